//! `cargo xtask bisect METRIC`: walks the commits between a good and a bad one, each step a comparison on this machine.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;

use crate::chain::Stages;
use crate::ledger::target;
use crate::process::{Failed, captured, command, interrupted, say, status};
use crate::steps::{Steps, project};

/// Find the commit that made a metric worse
#[derive(Args)]
pub(crate) struct Options {
    /// The metric's full name, as the table and the ledger have it
    metric: String,
    /// A commit that is good [default: what the ledger says]
    #[arg(long, value_name = "REF", requires = "bad")]
    good: Option<String>,
    /// A commit that is bad [default: what the ledger says]
    #[arg(long, value_name = "REF", requires = "good")]
    bad: Option<String>,
    /// How long one step may take, such as "10 min"
    #[arg(long, value_name = "TIME")]
    time_budget: Option<String>,
    /// The Cargo project [default: this repository]
    #[arg(long, value_name = "DIR", env = "PERFLEDGER_PROJECT")]
    project: Option<PathBuf>,
    /// The folder with perfledger.toml and thresholds.toml [default: config in the project]
    #[arg(long, value_name = "DIR", env = "PERFLEDGER_CONFIG")]
    config: Option<PathBuf>,
    /// Where history is kept: auto, a folder, or a git ref [default: auto]
    #[arg(long, value_name = "WHERE", env = "PERFLEDGER_LEDGER")]
    ledger: Option<String>,
}

/// What a comparison with the good commit says about another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Good,
    Bad,
    /// It does not build, or the noise is too large.
    CouldNotTell,
}

/// Where the search ended: the commits among which the first bad one is, oldest first. One, where all went well.
#[derive(Debug, PartialEq, Eq)]
struct Suspects(Vec<String>);

/// Runs the search. Exit 0 with one commit, 3 when several are left or the ends do not differ.
pub(crate) fn run(options: &Options) -> Result<u8, Failed> {
    let steps = Steps {
        stages: Stages::build(&["bench-runner", "json-processor", "slo-validator", "baseline-manager"])?,
        project: project(options.project.as_ref()),
        config: options.config.clone(),
    };
    let Range { metric, good, bad } = match (&options.good, &options.bad) {
        (Some(good), Some(bad)) => Range {
            metric: options.metric.clone(),
            good: resolve(&steps.project, good)?,
            bad: resolve(&steps.project, bad)?,
        },
        _ => match range(&steps, options)? {
            Ok(range) => range,
            Err(exit) => return Ok(exit),
        },
    };
    let folder = target(&steps.project)?.join("perf/bisect");
    let commits = between(&steps.project, &good, &bad)?;
    let number = if commits.len() == 1 { "1 commit".to_owned() } else { format!("{} commits", commits.len()) };
    say(&format!("{number} after {} up to {}", short(&good), short(&bad)));
    let mut measure = |commit: &str| -> Result<Step, Failed> {
        let step = compare(&steps, options, &folder, &metric, &good, commit)?;
        let words = match step {
            Step::Good => "good",
            Step::Bad => "bad",
            Step::CouldNotTell => "could not tell",
        };
        say(&format!("{}: {words}", described(&steps.project, commit)));
        Ok(step)
    };
    let ends = measure(&bad)?;
    if interrupted() {
        return Ok(2);
    }
    match ends {
        Step::Bad => {}
        Step::Good => {
            say(&format!("here, {metric} is not worse at {} than at {}", short(&bad), short(&good)));
            say("  next:  measure on the machine that the ledger's runs came from, or name other commits");
            return Ok(3);
        }
        Step::CouldNotTell => {
            say(&format!("whether {metric} is worse at {} than at {} could not be told", short(&bad), short(&good)));
            say("  next:  see what stands above; if it was measured, give it more time with --time-budget");
            return Ok(3);
        }
    }
    let Suspects(left) = search(&commits, &mut measure)?;
    let lines: Vec<String> = left.iter().map(|commit| described(&steps.project, commit)).collect();
    drop(writeln!(std::io::stdout().lock(), "{}", lines.join("\n")));
    if interrupted() {
        return Ok(2);
    }
    if left.len() > 1 {
        say("the first bad commit is one of these; those between could not be told apart");
        return Ok(3);
    }
    Ok(0)
}

/// Halves `commits` (oldest first, the last one bad) until one is left, or those between cannot be told.
fn search(commits: &[String], measure: &mut dyn FnMut(&str) -> Result<Step, Failed>) -> Result<Suspects, Failed> {
    // Everything before `low` is good, and the commit before `high` is bad.
    let (mut low, mut high) = (0, commits.len());
    let mut untold = Vec::new();
    while high - low > 1 && !interrupted() {
        // The middle, or what lies nearest to it and can be told.
        let middle = low + (high - low) / 2 - 1;
        let mut near: Vec<usize> = (low..high - 1).filter(|at| !untold.contains(at)).collect();
        near.sort_by_key(|at| at.abs_diff(middle));
        let Some(at) = near.first().copied() else { break };
        let Some(commit) = commits.get(at) else { break };
        match measure(commit)? {
            Step::Good => low = at + 1,
            Step::Bad => high = at + 1,
            Step::CouldNotTell => untold.push(at),
        }
    }
    Ok(Suspects(commits.get(low..high).unwrap_or_default().to_vec()))
}

/// One comparison of a commit with the good one, of the metric's benchmark alone.
fn compare(
    steps: &Steps,
    options: &Options,
    folder: &Path,
    metric: &str,
    good: &str,
    commit: &str,
) -> Result<Step, Failed> {
    let benchmark = metric.rsplit_once('#').map_or(metric, |(benchmark, _)| benchmark);
    let out = folder.join(short(commit)).join("run.json");
    let mut measure =
        steps.stages.stage("bench-runner", &["ab", "--format", "human", "--against", good, "--head", commit]);
    for name in ["RUN_ID", "OUT", "LOG", "FILTER"] {
        measure.env_remove(format!("PERFLEDGER_{name}"));
    }
    steps.shared(&mut measure);
    measure.args(["--only", benchmark]).arg("--out").arg(&out);
    steps.decide_with_this_program(&mut measure)?;
    if let Some(budget) = &options.time_budget {
        measure.args(["--time-budget", budget]);
    }
    drop(std::fs::remove_file(&out));
    captured(&mut measure)?;
    if !out.is_file() {
        return Ok(Step::CouldNotTell);
    }
    steps.clear(&out);
    steps.record_all(&out)?;
    let (judged, _) = captured(steps.judge(&out).arg("--require-confirmation"))?;
    let mut show = steps.stages.stage("slo-validator", &["show", "--format", "human", "--metric", metric]);
    let (shown, word) = captured(show.arg(out.with_file_name("verdict.json")))?;
    Ok(match word.trim() {
        "regressed" if judged != 2 && shown == 0 => Step::Bad,
        "unchanged" | "improved" if judged != 2 && shown == 0 => Step::Good,
        _ => Step::CouldNotTell,
    })
}

/// What is searched, and between which commits.
struct Range {
    metric: String,
    good: String,
    bad: String,
}

/// The range as the ledger has it, or the exit of the stage that found none.
fn range(steps: &Steps, options: &Options) -> Result<Result<Range, u8>, Failed> {
    let mut range = steps.stages.stage("baseline-manager", &["range", "--format", "human", &options.metric]);
    steps.shared(&mut range);
    if let Some(ledger) = &options.ledger {
        range.args(["--ledger", ledger]);
    }
    let (exit, lines) = captured(&mut range)?;
    let of = |word: &str| lines.lines().find_map(|line| line.strip_prefix(word)).map(|rest| rest.trim().to_owned());
    let metric = of("metric ").unwrap_or_else(|| options.metric.clone());
    Ok(match (exit, of("good "), of("bad ")) {
        (0, Some(good), Some(bad)) => Ok(Range { metric, good, bad }),
        (0, ..) => Err(2),
        (exit, ..) => Err(exit),
    })
}

fn git(project: &Path, arguments: &[&str]) -> Result<String, Failed> {
    let mut git: Command = command("git", arguments);
    let (exit, out) = captured(git.current_dir(project))?;
    if exit != 0 {
        return Err(Failed {
            code: "CBKB107",
            what: format!("git {} failed", arguments.join(" ")),
            next: "git's message stands above; a shallow clone lacks history: git fetch --unshallow",
        });
    }
    Ok(out)
}

fn resolve(project: &Path, reference: &str) -> Result<String, Failed> {
    let commit = format!("{reference}^{{commit}}");
    let mut git = command("git", &["rev-parse", "--verify", "--quiet", "--end-of-options", &commit]);
    match captured(git.current_dir(project))? {
        (0, out) => Ok(out.trim().to_owned()),
        _ => Err(Failed {
            code: "CBKB101",
            what: format!("git knows no commit `{reference}` here"),
            next: "correct --good or --bad; a shallow clone lacks history: git fetch --unshallow",
        }),
    }
}

/// The commits after `good` up to `bad`, oldest first, merges as one step.
fn between(project: &Path, good: &str, bad: &str) -> Result<Vec<String>, Failed> {
    let ancestor = status(command("git", &["merge-base", "--is-ancestor", good, bad]).current_dir(project))?;
    let range = format!("{good}..{bad}");
    let commits = git(project, &["rev-list", "--reverse", "--first-parent", &range])?;
    let commits: Vec<String> = commits.lines().map(str::to_owned).collect();
    if ancestor != 0 || commits.is_empty() {
        return Err(Failed {
            code: "CBKB101",
            what: format!("{} does not come before {} in history", short(good), short(bad)),
            next: "name the older commit with --good and the newer one with --bad",
        });
    }
    Ok(commits)
}

fn described(project: &Path, commit: &str) -> String {
    git(project, &["log", "-1", "--format=%h %s", commit])
        .map_or_else(|_| short(commit).into(), |line| line.trim().into())
}

fn short(commit: &str) -> &str {
    commit.get(..9).unwrap_or(commit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commits(n: usize) -> Vec<String> {
        (0..n).map(|at| format!("c{at}")).collect()
    }

    /// The suspects when `first` is the first bad of `n`, some cannot be told, and how many were measured.
    fn found(n: usize, first: usize, untold: &[usize]) -> (Vec<String>, usize) {
        let mut measured = 0;
        let Suspects(left) = search(&commits(n), &mut |commit| {
            measured += 1;
            let at: usize = commit[1..].parse().expect("a number");
            Ok(if untold.contains(&at) {
                Step::CouldNotTell
            } else if at < first {
                Step::Good
            } else {
                Step::Bad
            })
        })
        .unwrap_or_else(|error| panic!("{error}"));
        (left, measured)
    }

    #[test]
    fn finds_every_first_bad_commit_in_as_few_steps_as_halving_takes() {
        for n in 1..40 {
            for first in 0..n {
                let (left, measured) = found(n, first, &[]);
                assert_eq!(left, [format!("c{first}")], "{n}");
                assert!(measured <= n.next_power_of_two().trailing_zeros() as usize + 1, "{n} {first} {measured}");
            }
        }
    }

    #[test]
    fn commits_that_cannot_be_told_are_passed_by_or_named() {
        assert_eq!(found(10, 7, &[4, 5]).0, ["c7"]);
        assert_eq!(found(10, 6, &[4, 5]).0, ["c4", "c5", "c6"]);
        assert_eq!(found(4, 0, &[0, 1, 2]).0, commits(4));
    }
}
