//! A metric's newest values as a small picture beside its name.
//! Must not know: units; the text beside it has them.

use std::fmt::Write;

use bench_model::Finite;

const WIDTH: f64 = 150.0;
const HEIGHT: f64 = 28.0;
/// Room for the line's width and for the dot at its end.
const EDGE: f64 = 4.0;

/// An SVG with one line and a dot on the newest value; `words` says it to those who cannot see it. Nothing for fewer than two
/// values.
pub(super) fn spark(values: &[Finite], words: &str) -> Option<String> {
    let values: Vec<f64> = values.iter().map(|value| value.get()).collect();
    if values.len() < 2 {
        return None;
    }
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    // Halves, so that the difference of the largest numbers is still finite.
    let share = |value: f64| match (value / 2.0 - least / 2.0) / (most / 2.0 - least / 2.0) {
        share if share.is_finite() => share,
        _ => 0.5,
    };
    let step = (WIDTH - 2.0 * EDGE) / (values.len() - 1) as f64;
    let place =
        |(at, value): (usize, &f64)| (EDGE + step * at as f64, HEIGHT - EDGE - share(*value) * (HEIGHT - 2.0 * EDGE));
    let mut points = String::new();
    let mut last = (0.0, 0.0);
    for (x, y) in values.iter().enumerate().map(place) {
        // Writing into a string cannot fail.
        let _ = write!(points, "{}{x:.1},{y:.1}", if points.is_empty() { "" } else { " " });
        last = (x, y);
    }
    let words = minijinja::HtmlEscape(words);
    Some(format!(
        "<svg class=\"spark\" role=\"img\" aria-label=\"{words}\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" \
         height=\"{HEIGHT}\"><polyline points=\"{points}\" fill=\"none\" stroke=\"var(--chart-line)\" stroke-width=\"1.5\" \
         stroke-linejoin=\"round\"/><circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"2.5\" fill=\"var(--chart-ink)\"/></svg>",
        last.0, last.1
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extreme_and_equal_values_stay_inside_the_picture() {
        let of = |values: &[f64]| {
            let values: Vec<_> = values.iter().map(|value| Finite::try_from(*value).unwrap()).collect();
            spark(&values, "\"><script>")
        };
        assert_eq!(of(&[1.0]), None);
        for svg in [of(&[f64::MAX, -f64::MAX]).unwrap(), of(&[2.0, 2.0]).unwrap()] {
            assert!(!svg.contains("NaN") && !svg.contains("inf") && !svg.contains("<script>"), "{svg}");
        }
        assert!(of(&[2.0, 2.0]).unwrap().contains("points=\"4.0,14.0 146.0,14.0\""));
    }
}
