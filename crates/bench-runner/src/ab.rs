//! Base and head measured in turns on one machine. Must not know: judging; a program that it calls does that.

mod decide;
mod overlay;
mod pace;
mod paired;
mod passes;
mod pin;
mod plant;
mod record;
mod revision;
mod rounds;
mod schedule;
mod sides;
mod tree;

use std::path::Path;
use std::time::Instant;

use bench_cli::Interrupt;
use bench_model::config::Bench;
use bench_model::run::{Purpose, Run};
use bench_model::time::Timestamp;
use bench_model::{Finite, RunId};

pub use decide::Decide;

use crate::environment::{fixed_addresses, stolen};
use crate::log::Log;
use crate::selection::Selection;
use crate::{Observer, Project, RunnerError, lock};
use bench_host::Facts;
use passes::Comparing;
use pin::Pin;
use plant::Plant;
use record::Records;
use rounds::Turns;

/// Fewer rounds a side give no verdict.
pub(crate) const FEWEST: u32 = 5;

/// What is to be compared, and how.
#[derive(Debug)]
pub struct Comparison<'a> {
    /// The project.
    pub project: &'a Project,
    /// What is measured; its rounds and its timeout hold where the number of rounds is fixed.
    pub bench: &'a Bench,
    /// What the project's own configuration selects, as in [`Request`](crate::Request).
    pub whole: &'a Bench,
    /// The benchmarks picked by name; all when it is empty.
    pub only: &'a Selection,
    /// Both sides.
    pub what: What,
    /// The remote that a pull request's branch is looked for on.
    pub remote: &'a str,
    /// The rounds of each side; without it they go on until all is decided, or the time budget is over.
    pub rounds: Option<u32>,
    /// What judges whether it is. Without it the number of rounds has to be given.
    pub decide: Option<Decide>,
    /// Whether what came out changed is measured again in a second pass.
    pub confirm: bool,
    /// Whether processes are kept on one core.
    pub pin: bool,
    /// The comparison's id: that of head's run in the first pass.
    pub id: RunId,
    /// Where head's run of the first pass goes; the other files lie beside it.
    pub out: &'a Path,
    /// Where the output of cargo and the harness goes.
    pub log: &'a Path,
}

/// What is compared with what.
#[derive(Debug, Clone)]
pub enum What {
    /// Head with a base.
    Change {
        /// The base.
        against: Against,
        /// The head, a git revision; without it the project as it stands.
        head: Option<String>,
    },
    /// Head with itself.
    Noise,
    /// Head with itself, slowed down by this share of its time, above 0.
    Plant(Finite),
}

/// Which commit is the base.
#[derive(Debug, Clone)]
pub enum Against {
    /// A git revision.
    Revision(String),
    /// Where head left this branch of the remote.
    ForkFrom(String),
}

impl What {
    const fn purpose(&self) -> Purpose {
        match self {
            Self::Change { .. } => Purpose::Change,
            Self::Noise => Purpose::Noise,
            Self::Plant(_) => Purpose::Plant,
        }
    }
}

/// Measures both sides in turns and writes what each reported: `run.json` (head) and `base.run.json`, and after a second
/// pass `confirm.run.json` and `confirm.base.run.json`. Returns the runs that were written, head's of the first pass first.
///
/// Both sides are built once, by the same cargo with the same flags, and their executables kept apart; the base runs head's
/// benches where these compile against it. Each round runs each bench target on both sides, one process after the other,
/// base first in odd rounds and head first in even ones, as [`execute_benchmark`](crate::execute_benchmark) runs one. The
/// environment of both is larger by a number of bytes that varies with the round.
///
/// With [`Comparison::decide`], the files are written after 6, 9, 13, 19, 28 ... rounds, and the program is asked which
/// benchmarks need more; only these run on. This ends when there is none, or when the time budget is over: no pair of
/// processes begins after it, and a pair that began is finished, for which it may take another half of the budget. What the
/// program wants confirmed is measured in fresh rounds, as many as before and at least 6, for at most another half of the
/// budget, or what 6 such rounds need at the pace so far and half as much again, if that is more.
///
/// The program may take until the end of that time, and 60 s at least. It may name benchmarks that a side measured.
///
/// An interrupt keeps all pairs of processes that have ended: [`Plan::rounds`](bench_model::run::Plan::rounds) then counts
/// the rounds in which at least one did.
///
/// # Errors
/// What keeps it from measuring: no repository or revision, a side that does not build, an interrupt before the first
/// round, files that cannot be written. What goes wrong later is in the runs.
pub fn compare(
    request: &Comparison<'_>,
    mut facts: Facts,
    warnings: Vec<String>,
    interrupt: &Interrupt,
    observer: &dyn Observer,
) -> Result<Vec<Run>, RunnerError> {
    record::check_id(&request.id)?;
    let folder = request.out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Before anything is built: work trees and builds of both sides are shared by all comparisons of this project.
    let _measuring = lock::measuring(&request.project.target_directory().join("perf"), interrupt, observer)?;
    let mut log = Log::create(request.log)?;
    let sides = sides::prepare(request, folder, &mut log, interrupt, observer)?;
    // From now on an edit changes nothing.
    facts.look_again(request.project.folder());
    let head = match &sides.head_source {
        Some(source) => facts.with_source(Some(source.clone())),
        None => facts,
    };
    let base = match &sides.base_source {
        Some(source) => head.clone().with_source(Some(source.clone())),
        None => head.clone(),
    };
    let pin = if request.pin { Pin::new() } else { None };
    let plant = match request.what {
        What::Plant(share) => Some(Plant::new(share.get())),
        What::Change { .. } | What::Noise => None,
    };
    let begun = Instant::now();
    let mut records = Records { request, sides: &sides, head, base, warnings, started: Timestamp::now(), begun };
    records.warnings.extend(unmeasured(&sides));
    records.warnings.extend(pinning(request.pin, pin.is_some()));
    records.warnings.extend(fixed_addresses());
    let turns = Turns { sides: &sides, bench: request.bench, interrupt, log, plant, pin };
    Comparing { request, observer, records, turns, folder, begun, stolen: stolen() }.run()
}

fn unmeasured(sides: &sides::Sides) -> impl Iterator<Item = String> {
    let others = sides.head.others.iter();
    others.map(|other| format!("bench target {other} does not use Criterion and was not measured"))
}

fn pinning(asked: bool, possible: bool) -> Option<String> {
    asked.then(|| match possible {
        true => "each process was kept on one core: threads of a bench shared it".to_owned(),
        false => {
            "processes could not be kept on one core: there is only one, or the system does not allow it".to_owned()
        }
    })
}
