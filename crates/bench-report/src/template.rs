//! Templates: compiled in, or a user's own. An unknown name is an error, and what goes into HTML is escaped.
//! Must not know: what the templates are about.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};
use serde::Serialize;

/// The style that every page shares.
const STYLE: &str = include_str!("../../../templates/style.css");

/// A template's text.
#[derive(Debug, Clone, Copy)]
pub struct Template<'a> {
    /// Its name, as errors give it: the file's path, or that of the one compiled in. `.html` decides that values are escaped
    /// for HTML; of other names the caller escapes.
    pub name: &'a str,
    /// The text.
    pub text: &'a str,
}

/// Why something cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A template cannot be read or filled.
    #[error("template {name}{}: {reason}", line.map(|line| format!(", line {line}")).unwrap_or_default())]
    Template {
        /// Its name.
        name: String,
        /// The line, counted from 1, where it is known.
        line: Option<usize>,
        /// What is wrong.
        reason: String,
    },
    /// A chart cannot be drawn.
    #[error("the chart of {what} cannot be drawn: {reason}")]
    Chart {
        /// What it shows.
        what: String,
        /// Why not.
        reason: String,
    },
}

/// Fills a template with values.
///
/// # Errors
/// [`ReportError::Template`] when it cannot be parsed, or names a value that there is not.
pub fn render_template(template: Template<'_>, values: &impl Serialize) -> Result<String, ReportError> {
    let failed = |error: minijinja::Error| {
        let mut reason = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            reason = format!("{reason}: {cause}");
            source = cause.source();
        }
        ReportError::Template { name: template.name.to_owned(), line: error.line(), reason }
    };
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let html = template.name.ends_with(".html");
    environment.set_auto_escape_callback(move |_| if html { AutoEscape::Html } else { AutoEscape::None });
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build().map_err(failed)?);
    environment.add_template("style.css", STYLE).map_err(failed)?;
    environment.add_template(template.name, template.text).map_err(failed)?;
    environment.get_template(template.name).and_then(|filled| filled.render(Value::from(Serde(values)))).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(name: &str, text: &str) -> Result<String, ReportError> {
        render_template(Template { name, text }, &std::collections::BTreeMap::from([("name", "<b>")]))
    }

    #[test]
    fn values_in_html_are_escaped() {
        assert_eq!(filled("a.html", "{{ name }}").unwrap(), "&lt;b&gt;");
        assert_eq!(filled("a.md", "{{ name }}").unwrap(), "<b>");
    }

    #[test]
    fn an_unknown_name_is_an_error_that_names_the_line() {
        let error = filled("own/a.html", "fine\n{{ nome }}").unwrap_err().to_string();
        assert!(error.starts_with("template own/a.html, line 2: "), "{error}");
    }
}
