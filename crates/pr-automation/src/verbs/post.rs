//! `post`: everything that was found, told once.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use bench_cli::{Context, printable};
use bench_model::file::{FileError, read};
use bench_model::{Exit, Failure};
use bench_report::Template;
use bench_report::comment::SUMMARY_LIMIT;
use serde_json::json;

use super::tell::{Task, Told, tell};
use super::{Target, command, dry_run, read_token, runtime, warn};
use crate::address::check_link;
use crate::cli::Post;
use crate::printing::{harmless, harmless_json};
use crate::surroundings::Surroundings;
use crate::texts::{Around, Texts};
use crate::{Check, Done, Error, Evidence, GithubError, Pull, Token};

/// The most that a template may have, in bytes.
const TEMPLATE_LIMIT: u64 = 1 << 20;

pub(super) fn post(options: &Post, surroundings: &Surroundings, context: &Context) -> Result<Exit, bench_cli::Error> {
    let evidence = Evidence::read(&options.perf, &options.verdict)?;
    let target = Target::resolve(&options.place, options.pr, surroundings)?;
    let summary = options.summary.clone().or_else(|| surroundings.summary.clone());
    let texts = texts(options, &evidence, &target, summary.as_deref())?;
    warn_of_another_commit(&evidence, &target, context);
    if options.dry_run {
        match context.json() {
            true => context.print(harmless_json(&dry_run::value(options, &target, &texts)))?,
            false => context.print(dry_run::text(options, &target, &texts, summary.as_deref()))?,
        }
        return Ok(Exit::Done);
    }
    let task = task(options, &target, &texts, &evidence)?;
    let token = match task.check.is_none() && *task.pull == Pull::None {
        true => None,
        false => Some(read_token(options.place.token_file.as_deref())?),
    };
    // Every input is in order: from here on people see what is done.
    if !context.json() {
        context.print(harmless(&texts.line))?;
    }
    texts.annotations.iter().for_each(|annotation| command(annotation, surroundings));
    let told = token.map(|token| told(&target, token, &task)).transpose()?.unwrap_or_default();
    // A file that cannot be written keeps nobody from being told.
    let written = summary.as_deref().map(|summary| append(summary, &texts.summary)).transpose();
    if context.json() {
        context.print(harmless_json(&value(&texts, &told)))?;
    }
    let exit = report(options, &told, &target, surroundings, context);
    written?;
    Ok(exit)
}

fn texts(options: &Post, evidence: &Evidence, target: &Target, summary: Option<&Path>) -> Result<Texts, Error> {
    let run_url = options.run_url.as_deref().or(target.run_url.as_deref());
    for (flag, url) in [("--report-url", options.report_url.as_deref()), ("--run-url", run_url)] {
        if let Some(url) = url {
            check_link(flag, url)?;
        }
    }
    let own = match &options.template {
        Some(path) => Some((path.display().to_string(), template(path)?)),
        None => None,
    };
    // Earlier steps of the job have files of their own, but an earlier call in this step wrote to the same.
    let written = summary.and_then(|path| std::fs::metadata(path).ok()).map_or(0, |found| found.len());
    let around = Around {
        key: &options.comment_key,
        report_url: options.report_url.as_deref(),
        run_url,
        ledger_head: options.ledger_head.as_ref(),
        template: own.as_ref().map(|(name, text)| Template { name, text }),
        summary_room: SUMMARY_LIMIT.saturating_sub(usize::try_from(written).unwrap_or(SUMMARY_LIMIT)),
    };
    Ok(Texts::make(evidence, &around)?)
}

fn template(path: &Path) -> Result<String, FileError> {
    String::from_utf8(read(path, TEMPLATE_LIMIT)?).map_err(|error| FileError::Content {
        path: path.to_path_buf(),
        pointer: String::new(),
        reason: error.to_string(),
    })
}

/// A run of a pull request measures its merge commit unless it checks out the head, so this is no error.
fn warn_of_another_commit(evidence: &Evidence, target: &Target, context: &Context) {
    let measured = evidence.report.provenance.source.as_ref().map(|source| &source.commit);
    if let (Some(measured), Some(head)) = (measured, &target.commit)
        && measured != head
    {
        let (measured, head) = (measured.short(), head.short());
        context.warn(format!("commit {measured} was measured, and {head} is told: a merge of it, or another one"));
    }
}

/// Adds to a file, and takes nothing away from it.
fn append(path: &Path, text: &str) -> Result<(), FileError> {
    let fail = |source| FileError::Write { path: PathBuf::from(path), source };
    let mut file: File = OpenOptions::new().append(true).create(true).open(path).map_err(fail)?;
    let newline = if text.ends_with('\n') { "" } else { "\n" };
    file.write_all(format!("{text}{newline}").as_bytes()).map_err(fail)
}

fn task<'a>(
    options: &'a Post,
    target: &'a Target,
    texts: &'a Texts,
    evidence: &'a Evidence,
) -> Result<Task<'a>, Error> {
    let pull = target.pull.as_ref().ok_or(Error::Unknown { what: "pull request", flag: "--pr" })?;
    let repository = target.repository()?;
    let details_url = options.report_url.as_deref().or(options.run_url.as_deref()).or(target.run_url.as_deref());
    let check = match options.no_check {
        true => None,
        false => Some(Check { repository, commit: target.commit()?, name: &options.place.check_name, details_url }),
    };
    let external_id = evidence.run_id().as_str();
    Ok(Task { texts, key: &options.comment_key, pull, repository, check, check_id: options.check_id.0, external_id })
}

fn told(target: &Target, token: Result<Token, GithubError>, task: &Task<'_>) -> Result<Told, Error> {
    Ok(runtime()?.block_on(async {
        match target.github(token) {
            Ok(mut github) => tell(&mut github, task).await,
            Err(problem) => Told { comment_problem: Some(problem), ..Told::default() },
        }
    }))
}

fn value(texts: &Texts, told: &Told) -> serde_json::Value {
    let problems: Vec<_> =
        [&told.comment_problem, &told.check_problem].into_iter().flatten().map(Failure::diagnostic).collect();
    json!({
        "line": texts.line, "pull_request": told.pull, "comment": told.comment, "check_run": told.check,
        "problems": problems,
    })
}

/// Says what became of it, and how the program ends: a failure of GitHub is none of the evidence.
fn report(options: &Post, told: &Told, target: &Target, surroundings: &Surroundings, context: &Context) -> Exit {
    if told.stale {
        let head = target.commit.as_ref().map_or("this commit", |commit| commit.short());
        context.say(format!(
            "no open pull request has {head} at its head: closed, or pushed to since; no comment is posted"
        ));
    }
    if let Some(comment) = &told.comment {
        let done = match comment.done {
            Done::Created => "created",
            Done::Updated => "updated",
            Done::Unchanged => "says the same already",
        };
        context.say(format!("comment: {done} {}", printable(&comment.url)));
    }
    if told.check.is_some() {
        context.say(format!("check run {}: concluded", options.place.check_name));
    }
    if let Some(problem) = &told.check_problem {
        warn(problem, surroundings, context);
    }
    match &told.comment_problem {
        None => Exit::Done,
        Some(problem) if options.require_comment => {
            context.report(&problem.diagnostic());
            problem.exit()
        }
        Some(problem) => {
            warn(problem, surroundings, context);
            Exit::Done
        }
    }
}
