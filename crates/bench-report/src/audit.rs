//! `audit.html`: an [`Audit`] as a page that stands alone, for reading, for printing and for signing.
//! Must not know: how the audit was made, files, or the clock. It copies what the audit says and judges nothing.

mod controls;
mod deployment;
pub(crate) mod history;
mod lines;
pub(crate) mod metrics;
mod noise;
pub(crate) mod series;
mod summary;
pub(crate) mod words;

use bench_model::audit::{Audit, BadLine, Gap, Overview, RetentionRecord};
use serde::Serialize;

use crate::{ReportError, Template, render_template};
pub use history::accepting;
use lines::{Line, Lines};
use metrics::Names;
use words::{Moment, count};

/// The template compiled in.
const BUILT_IN: Template<'static> =
    Template { name: "templates/audit_report.html", text: include_str!("../../../templates/audit_report.html") };

/// The longest subject, in letters.
const SUBJECT: usize = 200;

/// The page of an audit, as one file that needs no network. `template` stands in for the one compiled in.
///
/// # Errors
/// [`ReportError`] when the template cannot be filled or is not named `.html` (its values would not be escaped), or a chart
/// cannot be drawn.
pub fn audit_page(audit: &Audit, template: Option<Template<'_>>) -> Result<String, ReportError> {
    let template = template.unwrap_or(BUILT_IN);
    if !template.name.ends_with(".html") {
        let reason = "the name of a page's template must end in `.html`, or its values would not be escaped".to_owned();
        return Err(ReportError::Template { name: template.name.to_owned(), line: None, reason });
    }
    render_template(template, &View::of(audit)?)
}

/// What the template is given.
#[derive(Debug, Serialize)]
struct View {
    subject: String,
    tool: String,
    period: String,
    generated: Moment,
    summary: summary::Summary,
    attention: Vec<String>,
    numbers: Vec<Number>,
    baselines: Vec<history::Baseline>,
    compliance: metrics::Compliance,
    incidents: Vec<history::Incident>,
    waivers: Vec<history::Waiver>,
    noise: Vec<noise::Noise>,
    releases: Option<Vec<deployment::Release>>,
    standards: Vec<controls::Standard>,
    integrity: Integrity,
    lines: Vec<Line>,
}

impl View {
    fn of(audit: &Audit) -> Result<Self, ReportError> {
        let names = Names::of(audit);
        let mut lines = Lines::default();
        let baselines = audit.baselines.iter().map(|record| history::Baseline::of(record, &mut lines)).collect();
        let incidents =
            audit.incidents.iter().map(|record| history::Incident::of(record, audit, &names, &mut lines)).collect();
        let waivers = audit.waivers.iter().map(|record| history::Waiver::of(record, &names, &mut lines)).collect();
        let noise = audit.noise.iter().map(|record| noise::Noise::of(record, &names, &mut lines)).collect();
        let releases = audit
            .releases
            .as_ref()
            .map(|releases| releases.iter().map(|release| deployment::Release::of(release, &mut lines)).collect());
        let compliance = metrics::Compliance::of(audit, &names, &mut lines)?;
        let standards = controls::standards(&audit.controls, &mut lines);
        let integrity = Integrity::of(audit, &mut lines);
        Ok(Self {
            subject: words::shortened(&audit.subject, SUBJECT),
            tool: words::shown(&audit.tool),
            period: words::period(&audit.period),
            generated: audit.generated.into(),
            summary: summary::Summary::of(audit),
            attention: audit.attention.iter().map(|text| words::shown(text)).collect(),
            numbers: numbers(&audit.overview),
            baselines,
            compliance,
            incidents,
            waivers,
            noise,
            releases,
            standards,
            integrity,
            lines: lines.finish(),
        })
    }
}

/// One number of the overview.
#[derive(Debug, Serialize)]
struct Number {
    label: &'static str,
    figure: String,
    note: String,
}

fn numbers(overview: &Overview) -> Vec<Number> {
    let number = |label, figure: u64, note: String| Number { label, figure: words::thousands(figure), note };
    let o = overview;
    let mut numbers = vec![
        number("Runs", o.runs, {
            let [passed, warned, failed] = [o.passed, o.warned, o.failed].map(words::thousands);
            format!("{passed} PASS, {warned} WARN, {failed} FAIL")
        }),
        number("Metrics", o.metrics, count(o.values, "value", "values")),
        number("Floors not met", o.violations, "values below a floor, or above a ceiling".into()),
        number("Incomplete runs", o.incomplete, "an expected metric did not report".into()),
        number("Promotions", o.promotions, "of a run to a baseline".into()),
        number(
            "Incidents",
            o.incidents_opened,
            format!("began; {} open at the end", words::thousands(o.incidents_open)),
        ),
        number("Waivers", o.waivers, "permitted something".into()),
    ];
    if let (Some(releases), Some(without)) = (o.releases, o.releases_without_evidence) {
        let note = format!("{} without evidence of their own", words::thousands(without));
        numbers.push(number("Releases", releases, note));
    }
    numbers
}

/// Whether the ledger can be trusted, and what it leaves out.
#[derive(Debug, Serialize)]
struct Integrity {
    verified: bool,
    empty: bool,
    problem: Option<Problem>,
    head: String,
    lines: String,
    range: String,
    gaps: Vec<Gap>,
    retention: Vec<Retention>,
}

#[derive(Debug, Serialize)]
struct Problem {
    seq: u64,
    text: String,
    /// Whether lines from there on are left out.
    hides: bool,
}

#[derive(Debug, Serialize)]
struct Retention {
    seq: u64,
    time: Moment,
    last_seq: String,
    keep: String,
    author: String,
}

impl Integrity {
    fn of(audit: &Audit, lines: &mut Lines) -> Self {
        let found = &audit.integrity;
        if let Some(bad) = &found.problem {
            lines.say(bad.seq, None, format!("The chain breaks here: {}", words::shown(&bad.problem)));
        }
        let problem = |bad: &BadLine| Problem {
            seq: bad.seq,
            text: words::shown(&bad.problem),
            hides: summary::hides(found, bad),
        };
        let range = match found.lines {
            0 => "none".to_owned(),
            _ => format!("{} to {}", words::thousands(found.first_seq), words::thousands(found.last_seq)),
        };
        Self {
            verified: found.verified,
            empty: found.lines == 0,
            problem: found.problem.as_ref().map(problem),
            head: found.head.to_string(),
            lines: words::thousands(found.lines),
            range,
            gaps: found.gaps.clone(),
            retention: found.retention.iter().map(|record| Retention::of(record, lines)).collect(),
        }
    }
}

impl Retention {
    fn of(record: &RetentionRecord, lines: &mut Lines) -> Self {
        let removed = format!("Retention marker: the lines up to {} were removed", words::thousands(record.last_seq));
        lines.say(record.seq, Some(record.time), removed);
        Self {
            seq: record.seq,
            time: record.time.into(),
            last_seq: words::thousands(record.last_seq),
            keep: count(u64::from(record.keep_months), "month", "months"),
            author: words::shown(&record.author),
        }
    }
}
