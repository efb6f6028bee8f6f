//! What a figure is held against: a number, one with its unit, or a share of something else. Must not know: the figure.

use super::selector::Selector;
use super::{Operator, PHASE};
use crate::Unit;
use crate::unit::Quantity;

/// What a figure is held against.
#[derive(Debug, Clone, PartialEq)]
pub enum Limit {
    /// A bare number: milliseconds for times, as in k6.
    Number(f64),
    /// A number with its unit, in the base unit.
    Quantity(f64, Unit),
    /// A share of the baseline's value.
    OfBaseline(f64),
    /// A share of the same figure in another phase of the same run.
    OfPhase(PhaseShare),
}

/// `120 % of {phase:normal} or 50 ms`: a figure may be as far as either of the two lets it. A share alone of what is almost nothing
/// would be decided by noise.
#[derive(Debug, Clone, PartialEq)]
pub struct PhaseShare {
    /// The share, as a ratio.
    pub share: f64,
    /// The phase whose figure it is a share of.
    pub phase: String,
    /// The limit that will do as well, in the base unit, with that unit.
    pub or: Option<(f64, Unit)>,
}

impl PhaseShare {
    /// The limit in the base unit, when the figure of the other phase is `figure`: of the two the one that permits more.
    pub fn limit(&self, figure: f64, operator: Operator) -> f64 {
        let share = self.share * figure;
        match (self.or, operator) {
            (Some((or, _)), Operator::Below | Operator::AtMost) => share.max(or),
            (Some((or, _)), Operator::Above | Operator::AtLeast) => share.min(or),
            (Some(_), Operator::Equal | Operator::NotEqual) | (None, _) => share,
        }
    }
}

impl Limit {
    pub(super) fn read(text: &str, unit: Option<Unit>) -> Result<Self, String> {
        if let Some((share, of)) = text.split_once("of").filter(|(_, of)| of.trim_start().starts_with(['b', '{'])) {
            let share = Quantity::parse_as(share.trim(), Unit::Ratio)
                .map_err(|_| format!("`{text}`: expected a share, such as `110 % of baseline`"))?
                .value;
            return match of.trim() {
                "baseline" => Ok(Self::OfBaseline(share)),
                of => PhaseShare::read(share, of, unit).map(Self::OfPhase).ok_or_else(|| {
                    format!(
                        "`{text}`: expected a share of the baseline or of a phase, such as `110 % of baseline`, \
                         `120 % of {{phase:normal}}` or `120 % of {{phase:normal}} or 50 ms`"
                    )
                }),
            };
        }
        if let Some(number) = go_float(text) {
            return Ok(Self::Number(number));
        }
        match text.parse::<Quantity>() {
            Ok(quantity) => Ok(Self::Quantity(quantity.value, quantity.unit)),
            Err(_) => Err(format!(
                "`{text}` is no limit: expected a number, one with its unit, `110 % of baseline`, or \
                 `120 % of {{phase:normal}}`"
            )),
        }
    }
}

impl PhaseShare {
    /// Reads `{phase:normal}` and what may follow it, `or 50 ms`.
    fn read(share: f64, text: &str, unit: Option<Unit>) -> Option<Self> {
        let (inside, after) = text.strip_prefix('{')?.split_once('}')?;
        let tags = Selector::tags_of(inside).ok().filter(|tags| tags.len() == 1)?;
        let phase = tags.get(PHASE)?.clone();
        let or = match after.trim() {
            "" => None,
            after => {
                let or = after.strip_prefix("or")?.strip_prefix(' ')?.trim();
                Some(match go_float(or) {
                    Some(number) => (in_base(number, unit), unit.unwrap_or(Unit::Count)),
                    None => or.parse::<Quantity>().ok().map(|quantity| (quantity.value, quantity.unit))?,
                })
            }
        };
        Some(Self { share, phase, or })
    }
}

/// A bare number in the base unit: milliseconds for times.
pub(super) fn in_base(number: f64, unit: Option<Unit>) -> f64 {
    if unit == Some(Unit::Nanoseconds) { number * 1e6 } else { number }
}

/// A number as Go's `strconv.ParseFloat` reads it, but for hexadecimal ones.
pub(super) fn go_float(text: &str) -> Option<f64> {
    let allowed = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E');
    let word = text.trim_start_matches(['+', '-']).to_ascii_lowercase();
    let special = matches!(word.as_str(), "inf" | "infinity" | "nan");
    (special || (!text.is_empty() && text.chars().all(allowed))).then(|| text.parse().ok())?
}
