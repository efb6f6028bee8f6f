//! What a comment consists of, in the order in which it is kept when there is no room for all.
//! Must not know: where on the page a part stands.

use bench_model::perf::Report;
use bench_model::verdict::{Judgement, Verdict, Violation};
use serde::Serialize;

use super::figures::{amount, thousands};
use super::markdown::{code, prose};
use super::part::Part;
use super::table;
use super::{facts, load};

/// How much is said of each violation and regression.
#[derive(Debug, Clone, Copy)]
pub(super) enum Density {
    /// Everything.
    Full,
    /// Name and figure, at most so many characters of the name.
    Names(usize),
}

/// The parts.
pub(super) struct Contents {
    parts: [(Kind, Part); 11],
}

/// What a part is about, most important first: the order of the parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Violations,
    Regressions,
    Open,
    Thresholds,
    Waivers,
    Improvements,
    Decided,
    Warnings,
    Environment,
    Table,
    Whys,
}

impl Kind {
    /// How many rows are shown unfolded.
    const fn unfolded(self) -> usize {
        match self {
            Self::Violations | Self::Regressions | Self::Open | Self::Thresholds => 10,
            Self::Waivers | Self::Improvements => 5,
            Self::Decided | Self::Warnings | Self::Environment | Self::Table | Self::Whys => usize::MAX,
        }
    }

    const fn rows(self) -> &'static str {
        match self {
            Self::Violations => "violations",
            Self::Regressions => "regressions",
            Self::Open => "reasons",
            Self::Thresholds => "thresholds",
            Self::Waivers => "waivers",
            Self::Improvements => "improvements",
            Self::Decided => "lines on what was compared",
            Self::Warnings => "warnings",
            Self::Environment => "lines on the environment",
            Self::Table => "rows of the table of all metrics",
            Self::Whys => "sentences on single verdicts",
        }
    }
}

/// A part as a template has it: Markdown, empty where there is nothing.
#[derive(Debug, Serialize)]
pub(super) struct Shown {
    /// The first rows.
    text: String,
    /// The other rows.
    rest: String,
    /// How many rows `rest` has.
    rest_rows: String,
    /// How many rows there are: `500`, or `15 of 500` when not all are shown. Nothing when there is none.
    count: Option<String>,
}

impl Shown {
    /// The first `shown` rows, of which `first` are not in the rest.
    fn new(part: &Part, shown: usize, first: usize) -> Self {
        let count = match (shown, part.len()) {
            (_, 0) => None,
            (shown, all) if shown == all => Some(thousands(all)),
            (shown, all) => Some(format!("{} of {}", thousands(shown), thousands(all))),
        };
        let rest_rows = thousands(shown - first);
        Self { text: part.text(0, first), rest: part.text(first, shown), rest_rows, count }
    }
}

/// The parts as a template has them; each key is the name of one.
#[derive(Debug, Serialize)]
pub(super) struct ShownParts {
    violations: Shown,
    regressions: Shown,
    open: Shown,
    thresholds: Shown,
    waivers: Shown,
    improvements: Shown,
    decided: Shown,
    warnings: Shown,
    environment: Shown,
    metrics: Shown,
    whys: Shown,
}

impl Contents {
    pub(super) fn new(judgement: &Judgement, report: &Report, density: Density) -> Self {
        let of = |verdict| judgement.metrics.iter().filter(move |metric| metric.verdict == verdict);
        let list = |sentences: Vec<String>| Part::list(sentences.iter().map(|sentence| prose(sentence)));
        let (violations, regressions) = match density {
            Density::Full => (
                Part::list(judgement.violations.iter().map(|violation| prose(&violation.message))),
                table::changes(of(Verdict::Regressed)),
            ),
            Density::Names(most) => (
                Part::list(judgement.violations.iter().map(|violation| in_short(violation, most))),
                table::names(of(Verdict::Regressed), most),
            ),
        };
        Self {
            parts: [
                (Kind::Violations, violations),
                (Kind::Regressions, regressions),
                (Kind::Open, list(facts::open(judgement))),
                (Kind::Thresholds, load::thresholds(judgement)),
                (Kind::Waivers, Part::list(facts::waivers(judgement))),
                (Kind::Improvements, table::changes(of(Verdict::Improved))),
                (Kind::Decided, list(facts::decided(judgement, report))),
                (Kind::Warnings, list(judgement.warnings.clone())),
                (Kind::Environment, list(facts::environment(report))),
                (Kind::Table, table::all(&judgement.metrics)),
                (Kind::Whys, Part::list(facts::whys(judgement))),
            ],
        }
    }

    /// Rows of all parts.
    pub(super) fn len(&self) -> usize {
        self.parts.iter().map(|(_, part)| part.len()).sum()
    }

    /// Rows of the parts that are never cut.
    pub(super) fn kept(&self) -> usize {
        let kept = self.parts.iter().filter(|(kind, _)| matches!(kind, Kind::Violations | Kind::Regressions));
        kept.map(|(_, part)| part.len()).sum()
    }

    /// The first `rows` rows of all parts.
    pub(super) fn shown(&self, rows: usize) -> ShownParts {
        let mut left = rows;
        let [
            violations,
            regressions,
            open,
            thresholds,
            waivers,
            improvements,
            decided,
            warnings,
            environment,
            metrics,
            whys,
        ] = self.parts.each_ref().map(|(kind, part)| {
            let shown = left.min(part.len());
            left -= shown;
            Shown::new(part, shown, shown.min(kind.unfolded()))
        });
        ShownParts {
            violations,
            regressions,
            open,
            thresholds,
            waivers,
            improvements,
            decided,
            warnings,
            environment,
            metrics,
            whys,
        }
    }

    /// What is not among the first `rows` rows, such as `440 of 500 rows of the table of all metrics`.
    pub(super) fn left_out(&self, rows: usize) -> Vec<String> {
        let mut left = rows;
        let counted = self.parts.iter().filter_map(|(kind, part)| {
            let shown = left.min(part.len());
            left -= shown;
            let missing = part.len() - shown;
            (missing > 0).then(|| format!("{} of {} {}", thousands(missing), thousands(part.len()), kind.rows()))
        });
        counted.collect()
    }
}

/// A violation by name and figure.
fn in_short(violation: &Violation, most: usize) -> String {
    let name = code(violation.metric.as_str(), most);
    match (violation.value, violation.floor) {
        (None, _) => format!("{name} is missing"),
        (Some(value), None) => format!("{name} is {}", amount(value, violation.unit)),
        (Some(value), Some(floor)) => {
            format!("{name} is {}, floor {}", amount(value, violation.unit), amount(floor, violation.unit))
        }
    }
}
