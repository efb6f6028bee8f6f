//! What radars keep to.

use super::described;
use crate::chart::{Radar, Spoke, Theme, radar_svg};

fn spoke(label: &str, value: Option<f64>, cap: Option<f64>) -> Spoke {
    Spoke { label: label.into(), value, cap }
}

fn drawn(spokes: &[Spoke]) -> String {
    radar_svg(&Radar { title: "scores", most: 10.0, floor: 3.0, spokes }, (560, 440), Theme::Page).unwrap()
}

fn eight() -> Vec<Spoke> {
    let names = ["technical completeness", "automation depth", "authority modeling", "enterprise readiness"];
    let more = ["scalability", "data integration", "economic measurability", "operational maturity"];
    names.into_iter().chain(more).zip(1..).map(|(name, value)| spoke(name, Some(f64::from(value)), None)).collect()
}

#[test]
fn the_description_has_every_score_and_says_what_was_not_measured() {
    let svg = drawn(&[
        spoke("one", Some(2.5), Some(3.0)),
        spoke("two", None, Some(6.0)),
        spoke("three", Some(7.25), None),
        spoke("four", Some(f64::NAN), None),
    ]);
    let description = described(&svg);
    for text in [
        "4 scores of 0 to 10.",
        "Floor 3.00.",
        "one: 2.50, below the floor, at most 3.00 with the evidence that there is.",
        "two: not measured, at most 6.00 with the evidence that there is.",
        "three: 7.25.",
        "four: not measured.",
    ] {
        assert!(description.contains(text), "{text} in {description}");
    }
}

#[test]
fn a_score_that_was_not_measured_has_a_dashed_spoke_and_is_no_zero() {
    let whole = eight();
    let mut holed = eight();
    holed[3].value = None;
    let (whole, holed) = (drawn(&whole), drawn(&holed));
    let count = |svg: &str, what: &str| svg.matches(what).count();
    assert_eq!(count(&holed, "stroke-dasharray"), count(&whole, "stroke-dasharray") + 1);
    assert_eq!(count(&holed, "<circle"), count(&whole, "<circle") - 2, "a dot with its rim is gone");
    assert!(holed.contains(">\nnot measured\n") && !whole.contains("not measured"), "{holed}");
}

#[test]
fn long_names_are_whole_where_there_is_room_and_cut_where_there_is_none() {
    let svg = drawn(&eight());
    assert!(!svg.contains('…'), "{svg}");
    let mut long = eight();
    long[1].label = "a name without any end ".repeat(20);
    let svg = drawn(&long);
    assert!(svg.contains('…') && described(&svg).contains(long[1].label.trim()), "{svg}");
}

#[test]
fn any_number_of_spokes_is_drawn_without_a_number_that_is_none() {
    for count in [1, 2, 3, 40] {
        for value in [None, Some(0.0), Some(99.0), Some(-4.0), Some(f64::INFINITY)] {
            let spokes: Vec<_> = (0..count).map(|i| spoke(&format!("s{i}"), value, Some(4.0))).collect();
            let svg = drawn(&spokes);
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        }
    }
}

#[test]
fn no_spoke_and_no_highest_score_are_errors() {
    let refused = |most, spokes: &[Spoke]| {
        let chart = Radar { title: "scores", most, floor: 3.0, spokes };
        radar_svg(&chart, (400, 400), Theme::Page).unwrap_err().to_string()
    };
    assert_eq!(refused(10.0, &[]), "the chart of scores cannot be drawn: there is no spoke");
    for most in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(refused(most, &eight()).ends_with("its highest score is not above 0"));
    }
}

#[test]
fn hostile_names_are_text() {
    let svg = drawn(&[spoke("</desc><script>\u{1}", Some(1.0), None), spoke("\"=\"#F1C000\"", None, None)]);
    assert!(!svg.contains("<script") && !svg.contains('\u{1}'), "{svg}");
    assert_eq!(svg.matches("</desc>").count(), 1, "{svg}");
}

#[test]
fn equal_scores_give_equal_bytes() {
    assert_eq!(drawn(&eight()), drawn(&eight()));
    let mut other = eight();
    other[0].value = Some(1.5);
    assert_ne!(drawn(&eight()), drawn(&other));
}

#[cfg(feature = "png")]
#[test]
fn a_png_of_scores_has_the_size_asked_for_twice() {
    let spokes = eight();
    let chart = Radar { title: "scores", most: 10.0, floor: 3.0, spokes: &spokes };
    let png = crate::chart::radar_png(&chart, (320, 300)).unwrap();
    assert_eq!((&png[16..20], &png[20..24]), (&640u32.to_be_bytes()[..], &600u32.to_be_bytes()[..]));
    assert_eq!(png, crate::chart::radar_png(&chart, (320, 300)).unwrap());
}
