//! What every chart keeps to.

mod bars;
mod radar;
mod scaling;

use super::*;

/// The text of the description, and nothing of the drawing.
fn described(svg: &str) -> &str {
    svg.split_once("<desc").unwrap().1.split_once("</desc>").unwrap().0
}

fn point(time: Option<i64>, value: f64) -> HistoryPoint {
    HistoryPoint { time, lowest: value, typical: value, highest: value, marks: Marks::default() }
}

fn chart<'a>(title: &'a str, points: &'a [HistoryPoint]) -> HistoryChart<'a> {
    HistoryChart {
        title,
        unit: Unit::Nanoseconds,
        direction: Direction::LowerIsBetter,
        points,
        floor: Some(150.0),
        target: None,
        baseline: Some(110.0),
    }
}

fn drawn(points: &[HistoryPoint], theme: Theme) -> String {
    history_svg(&chart("speed", points), (440, 200), theme).unwrap()
}

#[test]
fn marks_and_levels_have_a_word_each() {
    let mut points = vec![point(Some(0), 100.0), point(Some(86_400), 120.0), point(Some(172_800), 118.0)];
    points[0].marks.promoted = true;
    points[1].marks.regressed = true;
    points[2].marks.this_run = true;
    let svg = drawn(&points, Theme::Page);
    for word in ["promoted", "regressed", "this run", "ceiling", "baseline", "lower is better"] {
        assert!(svg.contains(&format!(">\n{word}")) || svg.contains(word), "{word} in {svg}");
    }
    let plain = drawn(&[point(Some(0), 100.0)], Theme::Page);
    assert!(!plain.contains("promoted\n") && !plain.contains("regressed\n"), "{plain}");
}

#[test]
fn the_description_says_the_numbers() {
    let mut points = vec![point(Some(0), 100.0), point(Some(86_400), 120.0)];
    points[1].marks.regressed = true;
    let svg = drawn(&points, Theme::Page);
    let description = svg.split_once("<desc").unwrap().1.split_once("</desc>").unwrap().0;
    for text in
        ["2 values from 1970-01-01 to 1970-01-02", "newest 120 ns", "Ceiling 150 ns", "Regressed: 120 ns on 1970-01-02"]
    {
        assert!(description.contains(text), "{text} in {description}");
    }
}

#[test]
fn one_value_equal_values_and_zeros_are_drawn() {
    for points in [vec![point(None, 5.0)], vec![point(None, 5.0); 4], vec![point(Some(7), 0.0); 3]] {
        assert!(drawn(&points, Theme::Page).contains("<circle"), "{points:?}");
    }
}

#[test]
fn nothing_finite_is_an_error_that_names_the_chart() {
    for points in [vec![], vec![point(None, f64::NAN)]] {
        let error = history_svg(&chart("speed", &points), (440, 200), Theme::Page).unwrap_err();
        assert_eq!(error.to_string(), "the chart of speed cannot be drawn: there is no finite value");
    }
}

#[test]
fn many_values_are_merged_and_keep_their_extremes() {
    let mut points: Vec<_> = (0..100_000).map(|i| point(Some(i * 60), 100.0 + (i % 7) as f64)).collect();
    points[55_555].highest = 900.0;
    let svg = drawn(&points, Theme::Page);
    assert!(svg.len() < 20_000, "{}", svg.len());
    assert!(svg.contains("highest 900 ns"), "{svg}");
    let longest = svg.lines().filter(|line| line.starts_with("<polyline")).map(|line| line.matches(',').count()).max();
    assert!(longest.unwrap() <= 401, "{longest:?}");
}

#[test]
fn hostile_titles_are_text_and_cannot_pass_for_a_colour() {
    let title = "\u{1}<script>\"=\"#F1C000\" & \u{202e}</title>";
    for theme in [Theme::Page, Theme::Standalone, Theme::Print] {
        let svg = history_svg(&chart(title, &[point(None, 5.0)]), (440, 200), theme).unwrap();
        assert!(!svg.contains("<script") && !svg.contains('\u{1}'), "{svg}");
        assert_eq!(svg.matches("</title>").count(), 1, "{svg}");
        assert!(svg.contains("&lt;script&gt;&quot;=&quot;#F1C000&quot; &amp;"), "{svg}");
    }
}

#[test]
fn themes_differ_in_where_colours_come_from() {
    let points = [point(None, 5.0), point(None, 6.0)];
    let [page, alone, print] = [Theme::Page, Theme::Standalone, Theme::Print].map(|theme| drawn(&points, theme));
    assert!(page.contains("var(--chart-line,#0072b2)") && !page.contains("<style"), "{page}");
    assert!(alone.contains("prefers-color-scheme:dark") && alone.contains("--chart-line:#56b4e9"), "{alone}");
    assert!(print.contains("\"#0072b2\"") && !print.contains("var("), "{print}");
    for svg in [page, alone, print] {
        assert!(!svg.contains("#F1C0") && !svg.contains("#F2C0"), "a colour has no theme: {svg}");
    }
}

#[test]
fn charts_of_different_content_have_different_ids() {
    let id = |svg: &str| svg.split_once("<title id=\"").unwrap().1.split_once('"').unwrap().0.to_owned();
    let [one, two] = [5.0, 6.0].map(|value| drawn(&[point(None, value)], Theme::Page));
    assert_ne!(id(&one), id(&two));
    assert_eq!(one, drawn(&[point(None, 5.0)], Theme::Page));
}

#[test]
fn a_floor_off_the_axis_points_where_it_is() {
    let points = [point(None, 5.0), point(None, 5.1)];
    assert!(drawn(&points, Theme::Page).contains("ceiling ↑"));
}

#[test]
fn rounds_stand_side_by_side_and_far_samples_are_counted() {
    let round = |typical: f64| RoundSamples { typical, samples: (0..50).map(|i| typical + f64::from(i % 5)).collect() };
    let mut rounds = vec![round(100.0), round(103.0)];
    rounds[1].samples.push(9000.0);
    let chart = DistributionChart {
        title: "rounds",
        unit: Unit::Nanoseconds,
        rounds: &rounds,
        value: Some(101.0),
        interval: Some((99.0, 104.0)),
    };
    let svg = distribution_svg(&chart, (330, 210), Theme::Page).unwrap();
    assert!(svg.contains("2 rounds (1 of the samples off the axis)"), "{svg}");
    assert!(svg.contains("2 rounds with 101 samples"), "{svg}");
    assert!(svg.contains("interval 99.0 ns to 104 ns"), "{svg}");
    assert!(svg.matches("<circle").count() <= 240);
}

#[cfg(feature = "png")]
#[test]
fn a_png_has_the_size_asked_for_twice_and_holds_a_drawing() {
    let points = [point(Some(0), 5.0), point(Some(86_400), 6.0)];
    let png = history_png(&chart("speed", &points), (440, 200)).unwrap();
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
    assert_eq!((&png[16..20], &png[20..24]), (&880u32.to_be_bytes()[..], &400u32.to_be_bytes()[..]));
    let blank = history_png(&chart("", &points), (440, 200)).unwrap();
    assert_ne!(png, blank, "the title is not there");
    assert_eq!(png, history_png(&chart("speed", &points), (440, 200)).unwrap());
}
