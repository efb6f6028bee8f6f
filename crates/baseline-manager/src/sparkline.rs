//! Values as a line of blocks, with a line of marks below. Pure.

use bench_model::Finite;

/// How many of the newest values a sparkline shows.
pub(crate) const SPARKS: usize = 72;

/// The newest values as blocks of eight heights; equal values stand in the middle.
pub(crate) fn sparkline(values: &[Finite]) -> String {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let shown = values.get(hidden(values.len())..).unwrap_or_default();
    let least = shown.iter().map(|value| value.get()).fold(f64::INFINITY, f64::min);
    let most = shown.iter().map(|value| value.get()).fold(f64::NEG_INFINITY, f64::max);
    let height = |value: f64| match (value / 2.0 - least / 2.0) / (most / 2.0 - least / 2.0) {
        share if share.is_finite() => (share * 7.0).round() as usize,
        _ => 3,
    };
    shown.iter().filter_map(|value| BLOCKS.get(height(value.get()))).collect()
}

/// A `^` below each of the places (counted in all `count` values) that the sparkline shows, up to the last one.
pub(crate) fn marks(count: usize, places: impl Iterator<Item = usize>) -> String {
    let mut line: Vec<char> = Vec::new();
    for place in places.filter_map(|place| place.checked_sub(hidden(count))) {
        if line.len() <= place {
            line.resize(place + 1, ' ');
        }
        if let Some(mark) = line.get_mut(place) {
            *mark = '^';
        }
    }
    line.into_iter().collect()
}

/// How many of the oldest values are not shown.
fn hidden(count: usize) -> usize {
    count.saturating_sub(SPARKS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(values: &[f64]) -> String {
        sparkline(&values.iter().map(|value| Finite::try_from(*value).unwrap()).collect::<Vec<_>>())
    }

    #[test]
    fn a_sparkline_shows_the_newest_values_and_equal_ones_in_the_middle() {
        assert_eq!(line(&[4.0, 1.0, 3.0, 6.0]), "▅▁▄█");
        assert_eq!(line(&[2.0; 100]), "▄".repeat(SPARKS));
        assert_eq!(line(&[f64::MAX, f64::MAX, -f64::MAX]), "██▁");
    }

    #[test]
    fn marks_stand_below_what_is_shown_and_those_before_are_left_out() {
        assert_eq!(marks(6, [1, 4].into_iter()), " ^  ^");
        assert_eq!(marks(SPARKS + 10, [3, 12].into_iter()), "  ^");
        assert_eq!(marks(3, std::iter::empty()), "");
    }
}
