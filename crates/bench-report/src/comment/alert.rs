//! The issue about runs that fail: opened, written again, and closed. Must not know: where it is kept.

use bench_model::perf::Report;
use bench_model::verdict::{Judgement, Status};

use super::markdown::{code, link, prose};
use super::part::Part;
use super::{COMMENT_LIMIT, format_performance_summary, load, marker};

/// The labels of the issue.
pub const ALERT_LABELS: [&str; 2] = ["performance", "regression"];

/// How many characters of a name are shown.
const NAME: usize = 80;

/// What an issue is about.
#[derive(Debug, Clone, Copy)]
pub struct AlertContext<'a> {
    /// Tells issues apart: each suite has one.
    pub key: &'a str,
    /// Judged runs.
    pub runs: &'a [(&'a Report, &'a Judgement)],
    /// Scenarios that should have run and left no verdict.
    pub missing: &'a [String],
    /// The workflow run that measured.
    pub run_url: Option<&'a str>,
}

/// An issue's texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// How many runs fail, cannot be evaluated, or left no verdict. 0 closes the issue.
    pub failing: usize,
    /// The title.
    pub title: String,
    /// Its Markdown while something fails, the marker last; within [`COMMENT_LIMIT`].
    pub body: String,
    /// What is said when it is closed.
    pub closing: String,
}

/// The key of the marker that finds the issue again.
pub fn alert_key(key: &str) -> String {
    format!("alert-{key}")
}

/// The texts of an issue about these runs. A verdict is copied word for word.
pub fn alert(context: &AlertContext<'_>) -> Alert {
    let fails = |judgement: &Judgement| {
        judgement.status == Status::Fail || judgement.load.as_ref().is_some_and(|load| !load.evaluable)
    };
    let (failing, passing): (Vec<_>, Vec<_>) = context.runs.iter().partition(|(_, judgement)| fails(judgement));
    let count = failing.len() + context.missing.len();
    let all = context.runs.len() + context.missing.len();
    let page = context.run_url.and_then(|url| link("Workflow run", url));
    let page = page.map(|page| format!(" {page}.")).unwrap_or_default();
    let mut parts =
        vec![format!("{count} of {all} runs of the suite {} need attention.{page}", code(context.key, NAME))];
    parts.extend(context.missing.iter().map(|name| {
        format!("### {}\n\nNo verdict: the run ended before it was judged; its log says why.", code(name, NAME))
    }));
    parts.extend(failing.iter().map(|(report, judgement)| section(report, judgement)));
    if !passing.is_empty() {
        let names = passing.iter().map(|(report, _)| code(name(report), NAME));
        parts.push(format!("Well: {}.", names.collect::<Vec<_>>().join(", ")));
    }
    parts.push("This issue is written again after each run, and closed when all are well.".to_owned());
    let marker = marker(&alert_key(context.key));
    let room = COMMENT_LIMIT.saturating_sub(marker.len() + 80);
    Alert {
        failing: count,
        title: format!("Performance: {count} of {all} load runs fail ({})", title_text(context.key)),
        body: format!("{}\n\n{marker}", within(&parts, room)),
        closing: format!("All {all} runs of the suite are well again.{page}"),
    }
}

fn name(report: &Report) -> &str {
    report.load.as_ref().map_or(report.run_id.as_str(), |load| &load.scenario)
}

fn section(report: &Report, judgement: &Judgement) -> String {
    let mut text = format!("### {}\n\n{}\n", code(name(report), NAME), format_performance_summary(judgement));
    let reasons = Part::list(judgement.reasons.iter().map(|reason| prose(reason)));
    let thresholds = load::thresholds(judgement);
    for part in [reasons.text(0, 10), thresholds.text(0, 20)] {
        if !part.is_empty() {
            text.push_str(&format!("\n{part}\n"));
        }
    }
    if let Some(source) = &report.provenance.source {
        text.push_str(&format!(
            "\nCommit {}, run {}\n",
            code(source.commit.short(), NAME),
            code(report.run_id.as_str(), NAME)
        ));
    }
    text
}

/// As many whole parts as there is room for, and a line that counts the rest.
fn within(parts: &[String], room: usize) -> String {
    let mut text = String::new();
    for (i, part) in parts.iter().enumerate() {
        if text.len() + part.len() + 2 > room {
            text.push_str(&format!("{} more parts were left out for want of room.", parts.len() - i));
            break;
        }
        text.push_str(part.trim_end());
        text.push_str("\n\n");
    }
    text.trim_end().to_owned()
}

/// A title is plain text, on one line.
fn title_text(key: &str) -> String {
    key.chars().filter(|c| !c.is_control()).take(NAME).collect()
}
