//! Text with placeholders, `${…}`: read once, with every name checked. Must not know: how values are drawn, or what files look like.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use bench_model::unit::nearest;
use bench_model::{Quantity, Unit};
use serde::{Serialize, Serializer};

/// Text with placeholders, read. Its [`Display`](fmt::Display) is the text as written, with variables put in and secrets by name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Template {
    /// Its pieces in order; no two texts follow each other.
    pub pieces: Vec<Piece>,
}

/// A piece of a template.
#[derive(Debug, Clone, PartialEq)]
pub enum Piece {
    /// Text as it is.
    Text(String),
    /// A value of the environment.
    Secret(Secret),
    /// A value drawn for each arrival.
    Drawn(Draw),
}

/// A value of the environment. It is shown and digested by its name only.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    /// The variable's name.
    pub name: String,
    value: Option<String>,
}

/// A value drawn for each arrival: the same seed and arrival number give the same value, and the same placeholder twice in one request
/// is the same value twice.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Draw {
    /// `int(1, 1000)`: a whole number, both ends included, evenly drawn.
    Int(i64, i64),
    /// `repeat(90 %, 200)`: in that share of draws a number from 1 to 200, otherwise one never drawn before.
    Repeat {
        /// The share, in parts of 10,000.
        per_ten_thousand: u32,
        /// How many numbers repeat.
        among: u64,
    },
    /// `uuid`: a random UUID (version 4).
    Uuid,
    /// `text(1024)`: so many letters and blanks.
    Text(u32),
    /// `choice(a, b, c)`: one of them.
    Choice(Vec<String>),
    /// `arrival`: the arrival's number, from 0.
    Arrival,
    /// `region`: the region's name; empty without regions.
    Region,
    /// `capture.name`: a value captured from an answer.
    Captured(String),
    /// `data.name/pointer`: a value of one item of the data, the same item throughout a request.
    Data {
        /// The data's name.
        name: String,
        /// A JSON pointer into the item; empty for the whole item.
        pointer: String,
    },
}

/// The largest text that is drawn, in characters: what the default service accepts as a body.
const MAX_TEXT: u32 = 1 << 20;

const FUNCTIONS: [&str; 7] =
    ["int(1, 1000)", "repeat(90 %, 200)", "text(1024)", "choice(a, b)", "uuid", "arrival", "region"];

/// What tells a variable of the environment.
type Environment<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// What a placeholder may name.
#[derive(Default)]
pub(super) struct Scope<'a> {
    pub(super) variables: BTreeMap<String, Template>,
    pub(super) captures: BTreeSet<String>,
    pub(super) data: BTreeSet<String>,
    pub(super) regions: bool,
    pub(super) environment: Option<&'a Environment<'a>>,
}

impl Secret {
    /// Its value; `None` when the environment has none.
    pub(crate) fn value(&self) -> Option<&str> {
        self.value.as_deref()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({})", self.name)
    }
}

impl Template {
    /// Reads a text.
    ///
    /// # Errors
    /// What is wrong with which placeholder, and where it stands.
    pub(super) fn parse(text: &str, scope: &Scope<'_>) -> Result<Self, String> {
        let mut template = Self::default();
        let mut rest = text;
        while let Some(at) = rest.find("${") {
            let (before, from) = rest.split_at(at);
            if let Some(literal) = before.strip_suffix('$') {
                template.push(Piece::Text(format!("{literal}${{")));
                rest = from.get(2..).unwrap_or_default();
                continue;
            }
            template.push(Piece::Text(before.to_owned()));
            let position = text.len() - from.len();
            let place = || 1 + text.get(..position).map_or(0, |before| before.chars().count());
            let end = from
                .find('}')
                .ok_or_else(|| format!("has `${{` without `}}` at character {} (`$${{` is the text `${{`)", place()))?;
            let inside = from.get(2..end).unwrap_or_default();
            let pieces = placeholder(inside.trim(), scope)
                .map_err(|reason| format!("has `${{{inside}}}` at character {}: {reason}", place()))?;
            pieces.into_iter().for_each(|piece| template.push(piece));
            rest = from.get(end + 1..).unwrap_or_default();
        }
        template.push(Piece::Text(rest.to_owned()));
        Ok(template)
    }

    fn push(&mut self, piece: Piece) {
        match (self.pieces.last_mut(), piece) {
            (_, Piece::Text(text)) if text.is_empty() => {}
            (Some(Piece::Text(last)), Piece::Text(text)) => last.push_str(&text),
            (_, piece) => self.pieces.push(piece),
        }
    }

    /// What it draws, in order.
    pub fn draws(&self) -> impl Iterator<Item = &Draw> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Drawn(draw) => Some(draw),
            Piece::Text(_) | Piece::Secret(_) => None,
        })
    }

    /// The text, when nothing in it is drawn or secret.
    pub fn as_fixed(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [] => Some(""),
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The draw, when it is nothing but one.
    pub fn as_draw(&self) -> Option<&Draw> {
        match self.pieces.as_slice() {
            [Piece::Drawn(draw)] => Some(draw),
            _ => None,
        }
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pieces.iter().try_for_each(|piece| match piece {
            Piece::Text(text) => f.write_str(&text.replace("${", "$${")),
            Piece::Secret(secret) => write!(f, "${{ENV:{}}}", secret.name),
            Piece::Drawn(draw) => write!(f, "${{{draw}}}"),
        })
    }
}

impl Serialize for Template {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Display for Draw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(from, to) => write!(f, "int({from}, {to})"),
            Self::Repeat { per_ten_thousand, among } => {
                write!(f, "repeat({} %, {among})", f64::from(*per_ten_thousand) / 100.0)
            }
            Self::Uuid => f.write_str("uuid"),
            Self::Text(length) => write!(f, "text({length})"),
            Self::Choice(values) => write!(f, "choice({})", values.join(", ")),
            Self::Arrival => f.write_str("arrival"),
            Self::Region => f.write_str("region"),
            Self::Captured(name) => write!(f, "capture.{name}"),
            Self::Data { name, pointer } => write!(f, "data.{name}{pointer}"),
        }
    }
}

fn placeholder(text: &str, scope: &Scope<'_>) -> Result<Vec<Piece>, String> {
    if let Some(name) = text.strip_prefix("ENV:") {
        if !is_name(name) {
            return Err("a variable's name has letters, digits and `_`".into());
        }
        let environment = scope.environment.ok_or("a secret can stand in headers, paths and bodies only")?;
        return Ok(vec![Piece::Secret(Secret { name: name.to_owned(), value: environment(name) })]);
    }
    if let Some((name, rest)) = text.split_once('(') {
        let inside = rest.strip_suffix(')').ok_or("`(` without `)`")?;
        let arguments: Vec<&str> = inside.split(',').map(str::trim).collect();
        return Ok(vec![Piece::Drawn(function(name.trim(), &arguments)?)]);
    }
    let draw = match text {
        "uuid" => Draw::Uuid,
        "arrival" => Draw::Arrival,
        "region" if !scope.regions => return Err("the scenario has no regions".into()),
        "region" => Draw::Region,
        "now" => return Err("the time would differ in every run; `${arrival}` grows by one with each request".into()),
        _ => return named(text, scope),
    };
    Ok(vec![Piece::Drawn(draw)])
}

fn named(text: &str, scope: &Scope<'_>) -> Result<Vec<Piece>, String> {
    if let Some(name) = text.strip_prefix("capture.") {
        return match scope.captures.contains(name) {
            true => Ok(vec![Piece::Drawn(Draw::Captured(name.to_owned()))]),
            false => Err(unknown("no request captures it", name, &scope.captures)),
        };
    }
    if let Some(path) = text.strip_prefix("data.") {
        let (name, pointer) = path.find('/').map_or((path, ""), |at| path.split_at(at));
        return match scope.data.contains(name) {
            true => Ok(vec![Piece::Drawn(Draw::Data { name: name.to_owned(), pointer: pointer.to_owned() })]),
            false => Err(unknown("there is no such [data]", name, &scope.data)),
        };
    }
    if let Some(value) = scope.variables.get(text) {
        return Ok(value.pieces.clone());
    }
    let known = scope.variables.keys().map(String::as_str);
    let functions = FUNCTIONS.iter().map(|function| function.split('(').next().unwrap_or(function));
    Err(match nearest(text, known.chain(functions)) {
        Some(near) => format!("unknown placeholder; did you mean `{near}`"),
        None => format!(
            "unknown placeholder; there are [variables], ENV:NAME, capture.NAME, data.NAME/pointer, {}",
            FUNCTIONS.join(", ")
        ),
    })
}

fn function(name: &str, arguments: &[&str]) -> Result<Draw, String> {
    match (name, arguments) {
        ("int", [from, to]) => match (from.parse(), to.parse()) {
            (Ok(from), Ok(to)) if from <= to => Ok(Draw::Int(from, to)),
            _ => Err("expected two whole numbers, the smaller first, such as int(1, 1000)".into()),
        },
        ("repeat", [share, among]) => match (Quantity::parse_as(share, Unit::Ratio), among.parse::<u64>()) {
            (Ok(share), Ok(among)) if share.value <= 1.0 && among > 0 => {
                Ok(Draw::Repeat { per_ten_thousand: (share.value * 1e4).round() as u32, among })
            }
            _ => Err("expected a share and how many numbers repeat, such as repeat(90 %, 200)".into()),
        },
        ("text", [length]) => match length.parse() {
            Ok(length) if (1..=MAX_TEXT).contains(&length) => Ok(Draw::Text(length)),
            _ => Err(format!("expected a number of characters from 1 to {MAX_TEXT}, such as text(1024)")),
        },
        ("choice", values) if values.iter().all(|value| !value.is_empty()) => {
            Ok(Draw::Choice(values.iter().map(|value| (*value).to_owned()).collect()))
        }
        ("choice", _) => Err("expected values, such as choice(a, b, c)".into()),
        _ => {
            let form = FUNCTIONS.iter().find(|form| form.split('(').next() == Some(name));
            Err(match (form, nearest(name, FUNCTIONS.iter().map(|form| form.split('(').next().unwrap_or(form)))) {
                (Some(form), _) => format!("expected {form}"),
                (None, Some(near)) => format!("unknown function; did you mean `{near}`"),
                (None, None) => format!("unknown function; there are {}", FUNCTIONS.join(", ")),
            })
        }
    }
}

fn unknown(what: &str, name: &str, known: &BTreeSet<String>) -> String {
    match nearest(name, known.iter().map(String::as_str)) {
        Some(near) => format!("{what}; did you mean `{near}`"),
        None => what.to_owned(),
    }
}

/// Whether a text can name a variable, a capture or a data source.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
}
