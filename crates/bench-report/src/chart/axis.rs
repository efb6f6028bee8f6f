//! Axes: which values and dates get a line and a label.
//! Must not know: how they are drawn.

use bench_model::time::Timestamp;
use bench_model::unit::rounded;
use bench_model::{Quantity, Unit};

/// A scale from values to pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scale {
    pub(super) values: (f64, f64),
    pub(super) pixels: (f64, f64),
}

impl Scale {
    pub(super) fn px(&self, value: f64) -> f64 {
        let share = (value - self.values.0) / (self.values.1 - self.values.0);
        self.pixels.0 + share.clamp(0.0, 1.0) * (self.pixels.1 - self.pixels.0)
    }

    pub(super) fn holds(&self, value: f64) -> bool {
        (self.values.0..=self.values.1).contains(&value)
    }
}

/// A place on an axis with its label.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tick {
    pub(super) at: f64,
    pub(super) label: String,
}

/// A value axis: its range, its ticks, and the unit of the labels.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ValueAxis {
    pub(super) range: (f64, f64),
    pub(super) ticks: Vec<Tick>,
    pub(super) unit: &'static str,
}

/// An axis for values between `lowest` and `highest`. It spans at least 4 % of them, so that a quiet history looks quiet.
/// Further values (`wishes`) are taken in where that leaves the values at least a third of the height.
pub(super) fn values((lowest, highest): (f64, f64), wishes: &[f64], unit: Unit) -> ValueAxis {
    // The unit that a value in the middle is read in, so that the axis and the text beside it agree.
    let read = Quantity { value: f64::midpoint(lowest, highest), unit }.reading_unit();
    values_in((lowest, highest), wishes, read)
}

/// As [`values`], with the labels' unit and its size in base units.
pub(super) fn values_in(
    (lowest, highest): (f64, f64),
    wishes: &[f64],
    (name, scale): (&'static str, f64),
) -> ValueAxis {
    let middle = f64::midpoint(lowest, highest);
    let least = if middle == 0.0 { 1.0 } else { middle.abs() * 0.04 };
    let span = (highest - lowest).max(least);
    let (mut low, mut high) = (middle - span / 2.0, middle + span / 2.0);
    let room = 3.0 * span;
    let mut wishes = wishes.to_vec();
    wishes.sort_by(|a, b| (a - middle).abs().total_cmp(&(b - middle).abs()));
    for wish in wishes {
        let (wider_low, wider_high) = (low.min(wish), high.max(wish));
        if wider_high - wider_low <= room {
            (low, high) = (wider_low, wider_high);
        }
    }
    let air = (high - low) * 0.08;
    // A measured quantity has no values below 0.
    let range = (if lowest >= 0.0 { (low - air).max(0.0) } else { low - air }, high + air);
    let step = nice_step((range.1 - range.0) / scale / 4.0);
    let first = (range.0 / scale / step).ceil();
    let decimals = usize::try_from(-(step.log10().floor() as i32)).unwrap_or(0);
    let ticks = (0..12)
        .map(|i| (first + f64::from(i)) * step)
        .take_while(|value| *value <= range.1 / scale * (1.0 + 1e-12))
        .map(|value| Tick { at: value * scale, label: tick_label(value, decimals) })
        .collect();
    ValueAxis { range, ticks, unit: name }
}

fn tick_label(value: f64, decimals: usize) -> String {
    if decimals > 6 || value.abs() >= 1e7 { rounded(value, 3) } else { format!("{:.decimals$}", value + 0.0) }
}

/// The next 1, 2 or 5 times a power of ten.
fn nice_step(raw: f64) -> f64 {
    let power = 10f64.powf(raw.log10().floor());
    let factor = match raw / power {
        share if share <= 1.0 => 1.0,
        share if share <= 2.0 => 2.0,
        share if share <= 5.0 => 5.0,
        _ => 10.0,
    };
    factor * power
}

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Dates between two seconds since 1970, at most `most` of them, at full minutes, hours, days or months.
pub(super) fn dates((from, to): (i64, i64), most: usize) -> Vec<Tick> {
    let span = to - from;
    let most = most.max(2);
    let fits = |step: i64| span / step < most as i64;
    let even = [
        MINUTE,
        5 * MINUTE,
        15 * MINUTE,
        30 * MINUTE,
        HOUR,
        3 * HOUR,
        6 * HOUR,
        12 * HOUR,
        DAY,
        2 * DAY,
        7 * DAY,
        14 * DAY,
    ];
    let Some(step) = even.into_iter().find(|step| fits(*step)) else { return months((from, to), most) };
    let first = from.div_euclid(step) * step + if from.rem_euclid(step) == 0 { 0 } else { step };
    (0..)
        .map(|i| first + i * step)
        .take_while(|at| *at <= to)
        .map(|at| Tick { at: at as f64, label: date_label(at, step < DAY) })
        .collect()
}

fn months((from, to): (i64, i64), most: usize) -> Vec<Tick> {
    let all: Vec<(i64, i64)> = {
        let start = Timestamp::from_unix(from).to_string();
        let part = |range: std::ops::Range<usize>| start.get(range).and_then(|digits| digits.parse::<i64>().ok());
        let first = part(0..4).unwrap_or(1970) * 12 + part(5..7).unwrap_or(1) - 1;
        (first..)
            .map_while(|month| {
                Some((
                    month,
                    format!("{:04}-{:02}-01T00:00:00Z", month / 12, month % 12 + 1).parse::<Timestamp>().ok()?.unix(),
                ))
            })
            .skip_while(|(_, at)| *at < from)
            .take_while(|(_, at)| *at <= to)
            .collect()
    };
    let step = [1, 2, 3, 6].into_iter().find(|step| all.len() as i64 / step < most as i64);
    let step = step.unwrap_or_else(|| 12 * (all.len() as i64 / 12 / most as i64 + 1));
    all.into_iter()
        .filter(|(month, _)| month % step == 0)
        .map(|(_, at)| Tick { at: at as f64, label: Timestamp::from_unix(at).month().to_string() })
        .collect()
}

/// `2026-11-21`, or `11-21 14:00` where days alone would not tell ticks apart.
fn date_label(at: i64, with_time: bool) -> String {
    let text = Timestamp::from_unix(at).to_string();
    if with_time {
        format!("{} {}", text.get(5..10).unwrap_or_default(), text.get(11..16).unwrap_or_default())
    } else {
        text.get(..10).unwrap_or_default().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ticks: &[Tick]) -> Vec<&str> {
        ticks.iter().map(|tick| tick.label.as_str()).collect()
    }

    #[test]
    fn values_are_labelled_in_the_unit_people_read() {
        let gib = 1_073_741_824.0;
        let axis = values((4.0 * gib, 4.3 * gib), &[], Unit::BytesPerSecond);
        assert_eq!(axis.unit, "GiB/s");
        assert_eq!(labels(&axis.ticks), ["4.0", "4.1", "4.2", "4.3"]);
    }

    #[test]
    fn equal_values_still_get_an_axis() {
        for value in [0.0, 5.0, 1e-9, 1e15] {
            let axis = values((value, value), &[], Unit::Nanoseconds);
            assert!(axis.range.0 < axis.range.1 && axis.ticks.len() >= 2, "{value}: {axis:?}");
        }
    }

    #[test]
    fn a_floor_far_away_does_not_flatten_the_history() {
        let axis = values((100.0, 110.0), &[1.0, 95.0], Unit::Nanoseconds);
        assert!(axis.range.0 > 80.0 && axis.range.0 < 95.0, "{axis:?}");
    }

    #[test]
    fn dates_stand_at_full_days_and_months() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap().unix();
        let days = dates((at("2026-11-03T10:00:00Z"), at("2026-11-06T09:00:00Z")), 4);
        assert_eq!(labels(&days), ["2026-11-04", "2026-11-05", "2026-11-06"]);
        let months = dates((at("2025-12-15T00:00:00Z"), at("2026-06-02T00:00:00Z")), 4);
        assert_eq!(labels(&months), ["2026-01", "2026-03", "2026-05"]);
        let hours = dates((at("2026-11-03T10:10:00Z"), at("2026-11-03T13:00:00Z")), 4);
        assert_eq!(labels(&hours), ["11-03 11:00", "11-03 12:00", "11-03 13:00"]);
        let years = dates((at("1990-01-01T00:00:00Z"), at("2026-01-01T00:00:00Z")), 5);
        assert!((2..=5).contains(&years.len()), "{years:?}");
    }
}
