//! The command line: verbs and flags. There is none for a token: a command line can be read by every user of a machine.
//! Must not know: what a verb does.

use std::path::PathBuf;
use std::str::FromStr;

use bench_cli::Common;
use bench_model::{Commit, Sha256};
use clap::{Args, Parser, Subcommand};

use crate::Repository;

/// Tell a pull request: one comment, one check run, one job summary
#[derive(Debug, Parser)]
#[command(name = "pr-automation", version, arg_required_else_help = true)]
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

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Post what was found: create or update the comment, conclude the check run, append the job summary
    Post(Box<Post>),
    /// Open, update or close the one issue about runs that fail
    Alert(Alert),
    /// Make the check run in progress, and print its id
    Start(Start),
    /// Conclude the check run as cancelled, unless it is concluded already
    Abort(Abort),
}

/// Where on GitHub.
#[derive(Debug, Args)]
pub(crate) struct Where {
    /// The event that started the workflow [default: the file that GITHUB_EVENT_PATH names]
    #[arg(long, value_name = "FILE", help_heading = "Where")]
    pub(crate) event: Option<PathBuf>,
    /// The repository [default: the event's, or GITHUB_REPOSITORY]
    #[arg(long, value_name = "OWNER/NAME", help_heading = "Where")]
    pub(crate) repo: Option<Repository>,
    /// The commit that the check run stands at [default: the event's head commit]
    #[arg(long, value_name = "COMMIT", help_heading = "Where")]
    pub(crate) sha: Option<Commit>,
    /// The check run's name, which branch protection goes by
    #[arg(long, value_name = "NAME", default_value = "perfledger", value_parser = check_name, help_heading = "Where")]
    pub(crate) check_name: String,
    /// A file with the token [default: the variable GITHUB_TOKEN]
    #[arg(long, value_name = "FILE", help_heading = "Where")]
    pub(crate) token_file: Option<PathBuf>,
    /// GitHub's API [default: GITHUB_API_URL, or that of github.com]
    #[arg(long, value_name = "URL", help_heading = "Where")]
    pub(crate) api_url: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Post {
    /// The report
    #[arg(long, value_name = "PERF.json")]
    pub(crate) perf: PathBuf,
    /// The verdict on it
    #[arg(long, value_name = "VERDICT.json")]
    pub(crate) verdict: PathBuf,
    #[command(flatten)]
    pub(crate) place: Where,
    /// The pull request [default: the event's]. Never take the number from what a fork's workflow uploaded
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..), help_heading = "Where")]
    pub(crate) pr: Option<u64>,
    /// Tells apart the comments of one pull request, so that two suites can have one each
    #[arg(long, value_name = "KEY", default_value = "default", help_heading = "Text")]
    pub(crate) comment_key: String,
    /// Where the full report can be had
    #[arg(long, value_name = "URL", help_heading = "Text")]
    pub(crate) report_url: Option<String>,
    /// The workflow run that measured [default: the event's, or this one]
    #[arg(long, value_name = "URL", help_heading = "Text")]
    pub(crate) run_url: Option<String>,
    /// The ledger's head, as baseline-manager prints it
    #[arg(long, value_name = "HASH", help_heading = "Text")]
    pub(crate) ledger_head: Option<Sha256>,
    /// Your own template of the comment, in place of templates/pr_template.md
    #[arg(long, value_name = "FILE", help_heading = "Text")]
    pub(crate) template: Option<PathBuf>,
    /// Make no check run
    #[arg(long, conflicts_with = "check_id")]
    pub(crate) no_check: bool,
    /// The check run that `start` printed; nothing when it could not be made
    #[arg(long, value_name = "ID", default_value = "", hide_default_value = true)]
    pub(crate) check_id: CheckId,
    /// The job summary, which is appended to [default: the file that GITHUB_STEP_SUMMARY names]
    #[arg(long, value_name = "FILE")]
    pub(crate) summary: Option<PathBuf>,
    /// Print what would be posted; without network and token
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Exit 2 when the comment cannot be posted, in place of a warning
    #[arg(long)]
    pub(crate) require_comment: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Alert {
    /// A folder with perf.json and verdict.json; may be repeated
    #[arg(long, value_name = "DIR")]
    pub(crate) run: Vec<PathBuf>,
    /// A scenario that should have run; without a verdict among the runs it fails, too
    #[arg(long, value_name = "NAME")]
    pub(crate) expect: Vec<String>,
    /// Tells issues apart: each suite has one
    #[arg(long, value_name = "KEY", default_value = "load")]
    pub(crate) key: String,
    /// The workflow run that measured [default: the event's, or this one]
    #[arg(long, value_name = "URL")]
    pub(crate) run_url: Option<String>,
    #[command(flatten)]
    pub(crate) place: Where,
    /// Print what would be posted; without network and token
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Exit 2 when the issue cannot be written, in place of a warning
    #[arg(long)]
    pub(crate) require_issue: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Start {
    #[command(flatten)]
    pub(crate) place: Where,
}

#[derive(Debug, Args)]
pub(crate) struct Abort {
    #[command(flatten)]
    pub(crate) place: Where,
    /// The check run that `start` printed [default: the one in progress]
    #[arg(long, value_name = "ID", default_value = "", hide_default_value = true)]
    pub(crate) check_id: CheckId,
}

/// The id of a check run, or nothing: `start` prints nothing when GitHub did not answer, and a workflow hands that on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CheckId(pub(crate) Option<u64>);

impl FromStr for CheckId {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim() {
            "" => Ok(Self(None)),
            id => id.parse().map(|id| Self(Some(id))).map_err(|_| "pass the number that `start` printed"),
        }
    }
}

fn check_name(text: &str) -> Result<String, &'static str> {
    if text.trim().is_empty() || text.len() > 100 || text.chars().any(char::is_control) {
        return Err("a check run's name is 1 to 100 bytes on one line");
    }
    Ok(text.to_owned())
}
