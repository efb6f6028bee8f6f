//! `audit_config.yaml`: what an audit covers, promises and is written as. The file in the repository's `config` is compiled
//! in; a project's own stands over it, key by key.
//! Must not know: command lines, or the ledger.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use bench_model::config::{ConfigError, Layer};
use bench_model::unit::nearest;
use serde::Deserialize;
use serde_json::Value;
use serde_yaml::Spanned;

use crate::Frequency;

/// The file's name in the configuration folder.
pub const AUDIT_CONFIG_FILE: &str = "audit_config.yaml";

const DEFAULT: &str = include_str!("../../../config/audit_config.yaml");
/// The largest configuration file that is read.
const MAX_FILE: u64 = 1 << 20;
/// More than a hundred years are a mistake.
const MOST_MONTHS: u64 = 1200;

/// A form that an audit is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum ExportFormat {
    /// For a browser.
    Html,
    /// For the archive.
    Pdf,
    /// For programs.
    Json,
}

impl ExportFormat {
    /// The format as files and flags name it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Pdf => "pdf",
            Self::Json => "json",
        }
    }
}

/// Everything that `audit_config.yaml` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditConfig {
    /// Standards whose requirements are listed, as `controls.toml` names them, in the order of the report.
    pub compliance_standards: Vec<String>,
    /// What an audit covers where no month is named.
    pub frequency: Frequency,
    /// How many months of lines the ledger is promised to keep.
    pub retention_months: u32,
    /// The forms written where none is named.
    pub export_formats: Vec<ExportFormat>,
    /// How many months of promotions the ledger is promised to keep.
    pub baseline_history_retention: u32,
    /// Whether floors that were not met stand among what somebody should look at.
    pub slo_violation_alerts: bool,
    /// Whether open incidents stand there, and whether incidents count as evidence.
    pub regression_incident_tracking: bool,
    /// Clauses of a standard that are listed; all of them for a standard that is not named.
    pub regulatory_requirements: BTreeMap<String, Vec<String>>,
    origins: BTreeMap<&'static str, Layer>,
}

/// The file as it is written. Values are looked at one by one, so that each error can name its key and line.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    compliance_standards: Option<Spanned<Value>>,
    reporting: Option<RawReporting>,
    retention_months: Option<Spanned<Value>>,
    export_formats: Option<Spanned<Value>>,
    baseline_history_retention: Option<Spanned<Value>>,
    slo_violation_alerts: Option<Spanned<Value>>,
    regression_incident_tracking: Option<Spanned<Value>>,
    regulatory_requirements: Option<Spanned<Value>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawReporting {
    frequency: Option<Spanned<Value>>,
}

impl AuditConfig {
    /// The compiled-in configuration alone.
    ///
    /// # Errors
    /// Never for a released program: a test reads it.
    pub fn compiled_in() -> Result<Self, ConfigError> {
        let mut config = Self {
            compliance_standards: Vec::new(),
            frequency: Frequency::Monthly,
            retention_months: 0,
            export_formats: Vec::new(),
            baseline_history_retention: 0,
            slo_violation_alerts: true,
            regression_incident_tracking: true,
            regulatory_requirements: BTreeMap::new(),
            origins: BTreeMap::new(),
        };
        config.merge_text(Path::new("compiled-in audit_config.yaml"), DEFAULT)?;
        config.origins.clear();
        Ok(config)
    }

    /// The compiled-in configuration with the folder's file over it, when there is one.
    ///
    /// # Errors
    /// As [`Self::merge_text`], or when the file exists and cannot be read.
    pub fn from_folder(folder: &Path) -> Result<Self, ConfigError> {
        let mut config = Self::compiled_in()?;
        let path = folder.join(AUDIT_CONFIG_FILE);
        if let Some(text) = read_optional(&path)? {
            config.merge_text(&path, &text)?;
        }
        Ok(config)
    }

    /// Puts a file's text over what is there.
    ///
    /// # Errors
    /// [`ConfigError`] with the line: what is no YAML, keys that nothing reads, and values that cannot be used.
    pub fn merge_text(&mut self, path: &Path, text: &str) -> Result<(), ConfigError> {
        let options = serde_yaml::options! { with_snippet: false };
        // A file of nothing but comments says nothing.
        let raw: Option<Raw> =
            serde_yaml::from_str_with_options(text, options).map_err(|error| unreadable(path, &error))?;
        let Some(raw) = raw else { return Ok(()) };
        let mut file = File { path, origins: &mut self.origins };
        if let Some(value) = file.take("compliance_standards", raw.compliance_standards) {
            self.compliance_standards = value.names("a list of standards, such as [SOX, GDPR]; [] lists none")?;
        }
        if let Some(value) = file.take("reporting.frequency", raw.reporting.and_then(|reporting| reporting.frequency)) {
            self.frequency = match value.value.as_str() {
                Some("monthly") => Frequency::Monthly,
                Some("quarterly") => Frequency::Quarterly,
                Some("yearly") => Frequency::Yearly,
                _ => return Err(value.refuse("is monthly, quarterly or yearly")),
            };
        }
        if let Some(value) = file.take("retention_months", raw.retention_months) {
            self.retention_months = value.months()?;
        }
        if let Some(value) = file.take("export_formats", raw.export_formats) {
            let accepted = "a list of html, pdf and json, such as [html, json]";
            let formats = value.names(accepted)?;
            let format = |name: &String| match name.as_str() {
                "html" => Ok(ExportFormat::Html),
                "pdf" => Ok(ExportFormat::Pdf),
                "json" => Ok(ExportFormat::Json),
                _ => Err(value.refuse(&format!("is {accepted}"))),
            };
            self.export_formats = formats.iter().map(format).collect::<Result<_, _>>()?;
            if self.export_formats.is_empty() {
                return Err(value.refuse(&format!("is {accepted}; with none nothing would be written")));
            }
        }
        if let Some(value) = file.take("baseline_history_retention", raw.baseline_history_retention) {
            self.baseline_history_retention = value.months()?;
        }
        if let Some(value) = file.take("slo_violation_alerts", raw.slo_violation_alerts) {
            self.slo_violation_alerts = value.flag()?;
        }
        if let Some(value) = file.take("regression_incident_tracking", raw.regression_incident_tracking) {
            self.regression_incident_tracking = value.flag()?;
        }
        if let Some(value) = file.take("regulatory_requirements", raw.regulatory_requirements) {
            self.regulatory_requirements = value.clauses()?;
        }
        Ok(())
    }

    /// Every value with its origin, as `--show-settings` prints them.
    pub fn entries(&self) -> Vec<(String, String, Layer)> {
        let list = |items: &mut dyn Iterator<Item = &str>| format!("[{}]", items.collect::<Vec<_>>().join(", "));
        let clauses = |(standard, clauses): (&String, &Vec<String>)| {
            format!("{standard}: {}", list(&mut clauses.iter().map(String::as_str)))
        };
        let frequency = match self.frequency {
            Frequency::Monthly => "monthly",
            Frequency::Quarterly => "quarterly",
            Frequency::Yearly => "yearly",
        };
        let requirements: Vec<_> = self.regulatory_requirements.iter().map(clauses).collect();
        [
            ("compliance_standards", list(&mut self.compliance_standards.iter().map(String::as_str))),
            ("reporting.frequency", frequency.to_owned()),
            ("retention_months", self.retention_months.to_string()),
            ("export_formats", list(&mut self.export_formats.iter().map(|format| format.as_str()))),
            ("baseline_history_retention", self.baseline_history_retention.to_string()),
            ("slo_violation_alerts", self.slo_violation_alerts.to_string()),
            ("regression_incident_tracking", self.regression_incident_tracking.to_string()),
            ("regulatory_requirements", format!("{{{}}}", requirements.join(", "))),
        ]
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value, self.origins.get(key).cloned().unwrap_or(Layer::Default)))
        .collect()
    }

    /// An error about the value of a key, where it was set.
    pub(crate) fn refuse(&self, key: &'static str, reason: String) -> ConfigError {
        let (path, line) = match self.origins.get(key) {
            Some(Layer::File(path, line)) => (PathBuf::from(path), Some(*line)),
            Some(other) => (PathBuf::from(other.to_string()), None),
            None => (PathBuf::from("compiled-in audit_config.yaml"), None),
        };
        ConfigError::Value { path, line, key: key.to_owned(), reason }
    }
}

/// A file whose values are taken one by one.
struct File<'a> {
    path: &'a Path,
    origins: &'a mut BTreeMap<&'static str, Layer>,
}

impl<'a> File<'a> {
    fn take(&mut self, key: &'static str, found: Option<Spanned<Value>>) -> Option<Written<'a>> {
        let found = found?;
        let line = found.referenced.line();
        self.origins.insert(key, Layer::File(self.path.display().to_string(), line));
        Some(Written { path: self.path, line, key, value: found.value })
    }
}

/// A value as it was written, with its place.
struct Written<'a> {
    path: &'a Path,
    line: u64,
    key: &'static str,
    value: Value,
}

impl Written<'_> {
    fn refuse(&self, reason: &str) -> ConfigError {
        let (path, line) = (self.path.to_path_buf(), (self.line > 0).then_some(self.line));
        ConfigError::Value { path, line, key: self.key.to_owned(), reason: reason.to_owned() }
    }

    fn flag(&self) -> Result<bool, ConfigError> {
        self.value.as_bool().ok_or_else(|| self.refuse("is true or false"))
    }

    fn months(&self) -> Result<u32, ConfigError> {
        let months = self.value.as_u64().filter(|months| (1..=MOST_MONTHS).contains(months));
        months
            .and_then(|months| u32::try_from(months).ok())
            .ok_or_else(|| self.refuse(&format!("is a number of months between 1 and {MOST_MONTHS}, such as 36")))
    }

    fn names(&self, accepted: &str) -> Result<Vec<String>, ConfigError> {
        texts(&self.value).ok_or_else(|| self.refuse(&format!("is {accepted}, each once")))
    }

    fn clauses(&self) -> Result<BTreeMap<String, Vec<String>>, ConfigError> {
        let refused = || self.refuse("lists clauses by standard, each once, such as GDPR: [\"Art. 32(1)(b)\"]");
        let Value::Object(standards) = &self.value else {
            return if self.value.is_null() { Ok(BTreeMap::new()) } else { Err(refused()) };
        };
        let clauses = |(standard, list): (&String, &Value)| Some((standard.clone(), texts(list)?));
        standards.iter().map(clauses).collect::<Option<_>>().ok_or_else(refused)
    }
}

/// A list of visible texts, each standing there once.
fn texts(value: &Value) -> Option<Vec<String>> {
    let mut texts = Vec::new();
    for item in value.as_array()? {
        let text = item.as_str().filter(|text| !text.trim().is_empty())?.to_owned();
        if texts.contains(&text) {
            return None;
        }
        texts.push(text);
    }
    Some(texts)
}

/// Why YAML could not be read, with its line and for a key that nothing reads the nearest one.
fn unreadable(path: &Path, error: &serde_yaml::Error) -> ConfigError {
    let path = path.to_path_buf();
    let line = error.location().map(|location| location.line()).filter(|line| *line > 0);
    if let serde_yaml::Error::SerdeUnknownField { field, expected, .. } = error {
        let nearest = nearest(field, expected.iter().copied());
        return ConfigError::UnknownKey { path, line, key: field.clone(), nearest };
    }
    ConfigError::Syntax { path, line, reason: reason(error) }
}

/// What is wrong, without the advice that the reader's library has for programmers.
fn reason(error: &serde_yaml::Error) -> String {
    match error {
        serde_yaml::Error::DuplicateMappingKey { key: Some(key), .. } => format!("the key `{key}` stands there twice"),
        serde_yaml::Error::DuplicateMappingKey { key: None, .. } => "a key stands there twice".to_owned(),
        serde_yaml::Error::MultipleDocuments { .. } => "the file holds more than one document".to_owned(),
        serde_yaml::Error::Unexpected { expected: "mapping start", .. } => {
            "a table of keys must stand there".to_owned()
        }
        other => other.to_string(),
    }
}

/// A configuration file's text, where the file may be absent. One that exists and cannot be read is an error.
pub(crate) fn read_optional(path: &Path) -> Result<Option<String>, ConfigError> {
    match std::fs::symlink_metadata(path) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        _ => {
            let bytes = bench_model::file::read(path, MAX_FILE)?;
            String::from_utf8(bytes).map(Some).map_err(|_| ConfigError::Syntax {
                path: path.to_path_buf(),
                line: None,
                reason: "is not UTF-8".into(),
            })
        }
    }
}
