//! Tells a pull request what was found: one comment, one check run, one job summary.
//!
//! Owns: the client of GitHub's API, what an event of GitHub says, and which requests are made. The texts are those of
//! `bench-report`.
//! Must not know: statistics, or how anything was judged.

mod address;
mod check;
mod cli;
mod comment;
mod error;
mod event;
mod evidence;
mod github;
mod issue;
mod printing;
mod pull;
mod repository;
mod routes;
mod surroundings;
mod texts;
mod token;
mod verbs;

pub use address::ApiAddress;
pub use bench_report::comment::{determine_status_indicator, format_performance_summary};
pub use check::{Check, CheckOutput, abort_check, conclude_check, start_check};
pub use cli::Cli;
pub use comment::{Done, Posted, post_pr_comment};
pub use error::Error;
pub use event::{Event, Pull, read_event};
pub use evidence::Evidence;
pub use github::{Github, GithubError, Limits, Operation, authenticate_github_api};
pub use issue::{Alerted, post_alert};
pub use pull::find_pull;
pub use repository::{Repository, RepositoryError};
pub use token::Token;
pub use verbs::run;
