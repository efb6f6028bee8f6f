//! Annotations of a workflow run, and the commands that make them.

use std::fmt;

use bench_model::verdict::{Judgement, Verdict};

use super::figures::count;
use super::markdown::{plain, shortened};

/// How many annotations of a level GitHub shows for a step.
const MOST: usize = 10;
/// How many characters of a name are shown.
const NAME: usize = 120;
/// How many characters of a message are shown.
const MESSAGE: usize = 1000;

/// How serious an annotation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// A floor that is not met, or a required metric that is missing.
    Error,
    /// A regression.
    Warning,
    /// What a waiver permits.
    Notice,
}

impl Level {
    /// The name of its workflow command.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}

/// An annotation of a workflow run, plain text. Displayed it is the workflow command that makes it:
/// `::error title=Floor not met%2C or missing::…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotation {
    /// How serious it is.
    pub level: Level,
    /// Its title.
    pub title: String,
    /// What it says.
    pub message: String,
}

impl fmt::Display for Annotation {
    /// Characters that end a property or a command are written as `%XX`, as the runner reads them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let data = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
        let title = data(&self.title).replace(':', "%3A").replace(',', "%2C");
        write!(f, "::{} title={title}::{}", self.level.as_str(), data(&self.message))
    }
}

/// The annotations of a judgement, most serious first, at most 10 of a level: GitHub shows no more for a step. Where there
/// are more, the last one counts the rest.
pub fn annotations(judgement: &Judgement) -> Vec<Annotation> {
    let regressed = |waived| {
        let metrics = judgement.metrics.iter();
        let regressed = metrics.filter(move |metric| metric.verdict == Verdict::Regressed && metric.waived == waived);
        regressed.map(|metric| format!("`{}`: {}", shortened(metric.name.as_str(), NAME), metric.why)).collect()
    };
    let violations = judgement.violations.iter().map(|violation| violation.message.clone()).collect();
    [
        capped(Level::Error, "Floor not met, or missing", violations),
        capped(Level::Warning, "Performance regressed", regressed(false)),
        capped(Level::Notice, "Regression permitted by a waiver", regressed(true)),
    ]
    .concat()
}

fn capped(level: Level, title: &str, messages: Vec<String>) -> Vec<Annotation> {
    let shown = if messages.len() > MOST { MOST - 1 } else { messages.len() };
    let rest = messages.len() - shown;
    let last =
        (rest > 0).then(|| format!("and {}; the job summary has them", count(rest, "more like it", "more like it")));
    let said = messages.into_iter().take(shown).chain(last);
    said.map(|message| Annotation { level, title: title.to_owned(), message: plain(&message, MESSAGE) }).collect()
}
