//! The command line: verbs and flags.
//! Must not know: what a verb does.

use std::path::PathBuf;

use bench_cli::Common;
use bench_model::{MetricName, Sha256};
use clap::{Args, Parser, Subcommand};

use crate::{AnchorName, Author, Reason};

/// Keep the ledger: the history that every run is judged against
#[derive(Debug, Parser)]
#[command(name = "baseline-manager", version)]
pub struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

impl AsRef<Common> for Cli {
    fn as_ref(&self) -> &Common {
        &self.common
    }
}

/// Which ledger is meant.
#[derive(Debug, Clone, Args)]
pub(crate) struct Where {
    /// The project whose ledger is meant
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) project: PathBuf,
    /// A folder, a git ref (refs/...), auto or none [default: the setting ledger.location]
    #[arg(long, value_name = "LEDGER")]
    pub(crate) ledger: Option<String>,
}

/// A run with its verdict.
#[derive(Debug, Args)]
pub(crate) struct Judged {
    /// The report
    #[arg(long, value_name = "PERF.json")]
    pub(crate) perf: PathBuf,
    /// The verdict on it
    #[arg(long, value_name = "VERDICT.json")]
    pub(crate) verdict: PathBuf,
}

/// What is asked of a promotion.
#[derive(Debug, Args)]
pub(crate) struct Asked {
    #[command(flatten)]
    pub(crate) run: Judged,
    /// The commit's green check, naming the full commit id: "ci / test@COMMIT"
    #[arg(long, value_name = "NAME@SHA", conflicts_with = "junit")]
    pub(crate) tests_check: Option<String>,
    /// The JUnit report of the commit's tests
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    /// Start a baseline beside those of other environments or modes
    #[arg(long)]
    pub(crate) new_epoch: bool,
    /// Freeze it as an anchor of this name, such as a release: later promotions do not replace it, a later anchor does
    #[arg(long, value_name = "NAME", value_parser = str::parse::<AnchorName>)]
    pub(crate) anchor: Option<AnchorName>,
    /// Let go of a metric that the baseline holds and the run did not report: its full name; repeatable
    #[arg(long, value_name = "METRIC")]
    pub(crate) retire: Vec<MetricName>,
    /// Who promotes, for the record: one line, at most 200 characters; nothing is recorded that you do not say
    #[arg(long, value_name = "NAME", value_parser = str::parse::<Author>)]
    pub(crate) author: Option<Author>,
    /// Why, for the record: one line, at most 1000 characters
    #[arg(long, value_name = "TEXT", value_parser = str::parse::<Reason>)]
    pub(crate) reason: Option<Reason>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Write what the ledger holds for judging a run: baseline, anchor, noise, earlier values, other environments
    Baseline {
        #[command(flatten)]
        place: Where,
        /// The report whose environment decides
        #[arg(long = "for", value_name = "PERF.json")]
        perf: PathBuf,
        /// Where to write it; - is standard output
        #[arg(long, value_name = "FILE", default_value = "-")]
        out: PathBuf,
    },
    /// Append a judged run, once, with the waivers it used and the incidents it opens and closes
    Append {
        #[command(flatten)]
        place: Where,
        #[command(flatten)]
        run: Judged,
    },
    /// Make a run the baseline of its environment and mode, if it meets every criterion
    Promote {
        #[command(flatten)]
        place: Where,
        #[command(flatten)]
        asked: Box<Asked>,
    },
    /// List runs, newest first, incidents and noise; with a metric its change points, too
    History {
        #[command(flatten)]
        place: Where,
        /// A headline's name, or a metric's full name
        metric: Option<String>,
        /// How many runs; 0 for all
        #[arg(long, value_name = "N", default_value_t = 20)]
        limit: usize,
    },
    /// Show how each metric went, and where its level changed
    Trends {
        #[command(flatten)]
        place: Where,
        /// Headlines' names, or metrics' full names [default: every metric]
        #[arg(value_name = "METRIC")]
        metrics: Vec<String>,
    },
    /// Print a good and a bad commit between which a metric got worse, and its full name; exit 3 when nothing tells
    Range {
        #[command(flatten)]
        place: Where,
        /// A headline's name, or a metric's full name
        metric: String,
    },
    /// Check the whole chain, offline
    Verify {
        #[command(flatten)]
        place: Where,
        /// The ledger, as for --ledger, and before it
        #[arg(value_name = "LEDGER")]
        named: Option<String>,
        /// A head noted earlier: fails when it is not part of the chain, so when history was rewritten
        #[arg(long, value_name = "SHA256")]
        head: Option<Sha256>,
    },
    /// Write every line as it stands, for whoever checks it elsewhere; exit 1, after writing, when the chain does not hold
    Export {
        #[command(flatten)]
        place: Where,
        /// Where to write it; - is standard output
        #[arg(long, value_name = "FILE", default_value = "-")]
        out: PathBuf,
        /// Write an empty file when the ledger holds no line
        #[arg(long)]
        allow_empty: bool,
    },
    /// Remove old months; a signed-off marker stays, so that the chain still verifies
    Prune {
        #[command(flatten)]
        place: Where,
        /// How many months to keep [default: the setting ledger.keep_months]
        #[arg(long, value_name = "N")]
        keep_months: Option<u32>,
        /// Who signs off the removal
        #[arg(long, value_name = "NAME")]
        author: String,
    },
}

impl Verb {
    pub(crate) fn place(&self) -> &Where {
        match self {
            Self::Baseline { place, .. }
            | Self::Append { place, .. }
            | Self::Promote { place, .. }
            | Self::History { place, .. }
            | Self::Trends { place, .. }
            | Self::Verify { place, .. }
            | Self::Range { place, .. }
            | Self::Export { place, .. }
            | Self::Prune { place, .. } => place,
        }
    }

    /// The ledger named on the command line, with the flag's id.
    pub(crate) fn named(&self) -> Option<(&str, &'static str)> {
        match self {
            Self::Verify { named: Some(named), .. } => Some((named, "named")),
            other => other.place().ledger.as_deref().map(|text| (text, "ledger")),
        }
    }
}
