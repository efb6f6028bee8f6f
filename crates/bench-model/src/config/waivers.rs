//! `waivers.toml`: reviewed, expiring permissions for single metrics to be worse for a while.
//!
//! ```toml
//! [[waiver]]
//! metric = "my-crate/parse/json/large#throughput"   # one metric, by its full name
//! ceiling = "10 %"                                  # the largest loss that is permitted
//! expires = "2026-12-31"                            # the last day it is in force, UTC
//! issue = "https://example.org/issues/42"           # where the loss is tracked
//! reason = "the checked parser costs this much; see the issue"
//! author = "A. Maintainer"
//! ```
//! Every key is needed. An expired waiver is read all the same: the judge says what it means.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::civil::Date;
use serde::Deserialize;
use toml::Spanned;

use super::thresholds::Source;
use super::{ConfigError, read_optional, syntax};
use crate::ledger::Waiver;
use crate::{Finite, MetricName};

/// The file's name in the configuration folder.
pub const WAIVERS_FILE: &str = "waivers.toml";

const TOP_KEYS: [&str; 1] = ["waiver"];
const WAIVER_KEYS: [&str; 6] = ["metric", "ceiling", "expires", "issue", "reason", "author"];

#[derive(Deserialize)]
struct RawFile {
    #[serde(default)]
    waiver: Vec<RawWaiver>,
}

#[derive(Deserialize)]
struct RawWaiver {
    metric: Spanned<String>,
    ceiling: Spanned<toml::Value>,
    expires: Spanned<String>,
    issue: Spanned<String>,
    reason: Spanned<String>,
    author: Spanned<String>,
}

/// The waivers of a configuration folder, in the order of the file; none when there is no file.
///
/// # Errors
/// As [`parse_waivers`], or when the file exists and cannot be read.
pub fn waivers_from_folder(folder: &Path) -> Result<Vec<Waiver>, ConfigError> {
    let path = folder.join(WAIVERS_FILE);
    match read_optional(&path)? {
        Some(text) => parse_waivers(&path, &text),
        None => Ok(Vec::new()),
    }
}

/// Reads the text of a `waivers.toml`; `path` is only named in errors.
///
/// # Errors
/// [`ConfigError`] with the line: syntax, unknown or missing keys, a ceiling without a unit or not between 0 % and
/// 100 %, a date that is none, an empty text, a metric that is waived twice.
pub fn parse_waivers(path: &Path, text: &str) -> Result<Vec<Waiver>, ConfigError> {
    let file = Source { path, text };
    let table = toml::de::DeTable::parse(text).map_err(|error| syntax(path, text, &error))?;
    for (key, value) in table.get_ref() {
        if key.get_ref() != TOP_KEYS[0] {
            return Err(file.unknown(key.span().start, key.get_ref(), "", &TOP_KEYS));
        }
        file.check_keys(key.get_ref(), value, &WAIVER_KEYS)?;
    }
    let raw: RawFile = toml::from_str(text).map_err(|error| syntax(path, text, &error))?;
    let mut seen = BTreeSet::new();
    let mut waivers = Vec::new();
    for waiver in raw.waiver {
        let refuse = |at: &Spanned<String>, key: &str, reason: &str| file.refuse(at.span().start, key, reason);
        let metric: MetricName = (waiver.metric.get_ref().parse())
            .map_err(|error| refuse(&waiver.metric, "waiver.metric", &format!("is not usable: {error}")))?;
        if !seen.insert(metric.clone()) {
            return Err(refuse(&waiver.metric, "waiver.metric", &format!("`{metric}` is waived twice")));
        }
        let ceiling = file.ratio("waiver.ceiling", &waiver.ceiling)?;
        let ceiling = Finite::try_from(ceiling).ok().filter(|ceiling| ceiling.get() > 0.0).ok_or_else(|| {
            file.refuse(waiver.ceiling.span().start, "waiver.ceiling", "lies above 0 %, such as \"10 %\"")
        })?;
        if waiver.expires.get_ref().parse::<Date>().is_err() {
            return Err(refuse(&waiver.expires, "waiver.expires", "is a day, written as \"2026-12-31\""));
        }
        for (key, text) in
            [("waiver.issue", &waiver.issue), ("waiver.reason", &waiver.reason), ("waiver.author", &waiver.author)]
        {
            if text.get_ref().trim().is_empty() || text.get_ref().chars().any(char::is_control) {
                return Err(refuse(text, key, "is a visible text"));
            }
        }
        waivers.push(Waiver {
            metric,
            ceiling,
            expires: waiver.expires.into_inner(),
            issue: waiver.issue.into_inner(),
            reason: waiver.reason.into_inner(),
            author: waiver.author.into_inner(),
        });
    }
    Ok(waivers)
}
