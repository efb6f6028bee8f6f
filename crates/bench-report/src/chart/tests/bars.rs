//! What charts of bars keep to.

use bench_model::{Direction, Finite, Unit};

use super::described;
use crate::chart::{Bar, Bars, Theme, bars_svg};

fn finite(value: f64) -> Finite {
    Finite::try_from(value).unwrap()
}

fn bar(label: &str, value: f64) -> Bar {
    Bar { label: label.into(), value: finite(value), interval: None, floor: None, below: false }
}

fn drawn(bars: &[Bar]) -> String {
    let chart = Bars { title: "records", unit: Unit::PerSecond, direction: Direction::HigherIsBetter, bars };
    bars_svg(&chart, (640, 260), Theme::Page).unwrap()
}

fn many(count: u32) -> Vec<Bar> {
    (0..count).map(|i| bar(&format!("run {i}"), 1_000_000.0 + f64::from(i) * 1_000.0)).collect()
}

#[test]
fn the_description_has_every_value_interval_and_floor() {
    let mut bars = vec![bar("first", 1e6), bar("second", 0.5e6), bar("third", 0.6e6)];
    bars[1] = Bar { interval: Some((0.4e6, 0.6e6)), floor: Some(finite(0.8e6)), below: true, ..bars[1].clone() };
    bars[2].floor = Some(finite(0.4e6));
    let svg = drawn(&bars);
    let description = described(&svg);
    for text in [
        "3 bars, higher is better.",
        "first: 1.00 M/s.",
        "second: 500 k/s, interval 400 k/s to 600 k/s, below its floor of 800 k/s.",
        "third: 600 k/s, floor 400 k/s.",
    ] {
        assert!(description.contains(text), "{text} in {description}");
    }
}

#[test]
fn a_missed_floor_has_a_cross_and_a_word_besides_its_colour() {
    let mut bars = many(3);
    bars[1].floor = Some(finite(2e6));
    let kept = drawn(&bars);
    assert!(kept.contains(">\nfloor\n") && !kept.contains("below its floor\n"), "{kept}");
    bars[1].below = true;
    let missed = drawn(&bars);
    assert!(missed.contains("below its floor\n"), "{missed}");
    assert!(missed.matches("var(--chart-regressed").count() > 2, "{missed}");
}

#[test]
fn steps_break_where_a_bar_has_no_floor() {
    let dashes = |svg: &str| svg.matches("stroke-dasharray").count();
    let mut bars = many(5);
    for bar in &mut bars[1..] {
        bar.floor = Some(finite(9e5));
    }
    let whole = dashes(&drawn(&bars));
    bars[2].floor = None;
    assert_eq!(dashes(&drawn(&bars)), whole + 1);
}

#[test]
fn a_bar_begins_at_zero() {
    let svg = drawn(&[bar("a", 100.0), bar("b", 101.0)]);
    assert!(svg.contains(">\n0\n"), "{svg}");
}

#[test]
fn one_two_forty_and_a_thousand_bars_are_drawn_and_those_left_out_are_counted() {
    for count in [1, 2, 40, 1000] {
        let svg = drawn(&many(count));
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        assert!(svg.contains(&format!("run {}:", count - 1)), "the newest is not there");
    }
    let svg = drawn(&many(1000));
    assert!(described(&svg).contains("120 bars, the newest; 880 before them are not shown"), "{svg}");
    assert!(!drawn(&many(40)).contains("not shown"));
}

#[test]
fn zeros_negatives_and_intervals_that_are_none_are_drawn() {
    let mut odd = bar("odd", -5.0);
    odd.interval = Some((f64::NAN, 3.0));
    let mut swapped = bar("swapped", 2.0);
    swapped.interval = Some((3.0, 1.0));
    let svg = drawn(&[bar("zero", 0.0), odd, swapped]);
    assert!(!svg.contains("NaN") && !described(&svg).contains("interval"), "{svg}");
    assert!(!drawn(&[bar("zero", 0.0)]).contains("NaN"));
}

#[test]
fn nothing_to_draw_is_an_error_that_names_the_chart() {
    let chart = Bars { title: "records", unit: Unit::PerSecond, direction: Direction::HigherIsBetter, bars: &[] };
    let error = bars_svg(&chart, (640, 260), Theme::Page).unwrap_err();
    assert_eq!(error.to_string(), "the chart of records cannot be drawn: there is no bar");
}

#[test]
fn hostile_labels_are_text() {
    let svg = drawn(&[bar("<script>\"=\"#F1C000\"&\u{1}\n", 1.0), bar("</desc><svg onload=x>", 2.0)]);
    assert!(!svg.contains("<script") && !svg.contains("<svg onload") && !svg.contains('\u{1}'), "{svg}");
    assert_eq!(svg.matches("</desc>").count(), 1, "{svg}");
    assert!(svg.contains("&lt;script&gt;"), "{svg}");
}

#[test]
fn equal_bars_give_equal_bytes_and_others_do_not() {
    assert_eq!(drawn(&many(40)), drawn(&many(40)));
    assert_ne!(drawn(&many(40)), drawn(&many(39)));
}

#[test]
fn where_lower_is_better_the_floor_is_a_ceiling() {
    let mut bars = many(2);
    bars[1] = Bar { floor: Some(finite(9e5)), below: true, ..bars[1].clone() };
    let chart = Bars { title: "time", unit: Unit::Nanoseconds, direction: Direction::LowerIsBetter, bars: &bars };
    let svg = bars_svg(&chart, (640, 260), Theme::Standalone).unwrap();
    assert!(described(&svg).contains("above its ceiling of 900 µs"), "{svg}");
}

#[cfg(feature = "png")]
#[test]
fn a_png_of_bars_has_the_size_asked_for_twice() {
    let bars = many(3);
    let chart = Bars { title: "records", unit: Unit::PerSecond, direction: Direction::HigherIsBetter, bars: &bars };
    let png = crate::chart::bars_png(&chart, (320, 160)).unwrap();
    assert_eq!((&png[16..20], &png[20..24]), (&640u32.to_be_bytes()[..], &320u32.to_be_bytes()[..]));
    assert_eq!(png, crate::chart::bars_png(&chart, (320, 160)).unwrap());
    assert!(crate::chart::bars_png(&Bars { bars: &[], ..chart }, (320, 160)).is_err());
}
