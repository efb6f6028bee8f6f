//! `alert`: the one issue about runs that fail.

use bench_cli::{Context, printable};
use bench_model::{Exit, Failure};
use bench_report::comment::{Alert, AlertContext, alert};
use serde_json::json;

use super::{Target, read_token, runtime, warn};
use crate::address::check_link;
use crate::cli;
use crate::printing::{barred, harmless_json};
use crate::surroundings::Surroundings;
use crate::{Alerted, Error, Evidence, post_alert};

pub(super) fn alert_issue(
    options: &cli::Alert,
    surroundings: &Surroundings,
    context: &Context,
) -> Result<Exit, bench_cli::Error> {
    let evidence: Vec<Evidence> = options
        .run
        .iter()
        .map(|folder| Evidence::read(&folder.join("perf.json"), &folder.join("verdict.json")))
        .collect::<Result<_, _>>()?;
    let scenario = |found: &Evidence| found.report.load.as_ref().map(|load| load.scenario.clone());
    let reported: Vec<String> = evidence.iter().filter_map(scenario).collect();
    let missing: Vec<String> = options.expect.iter().filter(|name| !reported.contains(name)).cloned().collect();
    if evidence.is_empty() && missing.is_empty() {
        return Err(Error::Unknown { what: "run", flag: "--run" }.into());
    }
    let target = Target::resolve(&options.place, None, surroundings)?;
    let run_url = options.run_url.as_deref().or(target.run_url.as_deref());
    if let Some(url) = run_url {
        check_link("--run-url", url)?;
    }
    let runs: Vec<_> = evidence.iter().map(|found| (&found.report, &found.judgement)).collect();
    let text = alert(&AlertContext { key: &options.key, runs: &runs, missing: &missing, run_url });
    if options.dry_run {
        context.print(if context.json() { harmless_json(&value(&text, None)) } else { shown(&text) })?;
        return Ok(Exit::Done);
    }
    let repository = target.repository()?;
    let token = read_token(options.place.token_file.as_deref())?;
    let alerted = runtime()?.block_on(async {
        let mut github = target.github(token)?;
        post_alert(&mut github, repository, &options.key, &text).await
    });
    match alerted {
        Ok(done) => {
            if context.json() {
                context.print(harmless_json(&value(&text, Some(&done))))?;
            }
            context.say(printable(&said(&done)));
            Ok(Exit::Done)
        }
        Err(problem) if options.require_issue => {
            context.report(&problem.diagnostic());
            Ok(problem.exit())
        }
        Err(problem) => {
            warn(&problem, surroundings, context);
            Ok(Exit::Done)
        }
    }
}

fn said(done: &Alerted) -> String {
    match done {
        Alerted::Opened { url, .. } => format!("issue: opened {url}"),
        Alerted::Updated { url, .. } => format!("issue: updated {url}"),
        Alerted::Unchanged { url, .. } => format!("issue: says the same already {url}"),
        Alerted::Closed { url, .. } => format!("issue: closed {url}"),
        Alerted::Nothing => "nothing fails, and no issue is open".to_owned(),
    }
}

fn shown(alert: &Alert) -> String {
    if alert.failing == 0 {
        return format!("an open issue would be closed with\n{}", barred(&alert.closing));
    }
    format!("the issue's title\n{}\nthe issue\n{}", barred(&alert.title), barred(&alert.body))
}

fn value(alert: &Alert, done: Option<&Alerted>) -> serde_json::Value {
    json!({ "failing": alert.failing, "title": alert.title, "body": alert.body, "issue": done })
}
