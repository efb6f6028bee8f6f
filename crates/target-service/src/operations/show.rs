//! Figures as lines for programs and as a table for people.
//! Must not know: how they were measured.

use std::fmt::Write as _;

use super::Figure;

/// One JSON object a line and measure: `{"metric":"redis/get/rate","value":9000.0,"unit":"1/s","direction":"higher"}`, latencies in ns.
pub(crate) fn lines(figures: &[Figure]) -> String {
    let mut text = String::new();
    for Figure { name, rate, p50, p95, p99 } in figures {
        // A name is letters and signs that JSON takes as they are.
        let _ = writeln!(text, r#"{{"metric":"{name}/rate","value":{rate:?},"unit":"1/s","direction":"higher"}}"#);
        for (measure, value) in [("latency_p50", p50), ("latency_p95", p95), ("latency_p99", p99)] {
            let _ =
                writeln!(text, r#"{{"metric":"{name}/{measure}","value":{value},"unit":"ns","direction":"lower"}}"#);
        }
    }
    text
}

/// A row for each operation.
pub(crate) fn table(figures: &[Figure]) -> String {
    let width = figures.iter().map(|figure| figure.name.len()).max().unwrap_or(0).max("operation".len());
    let mut text = format!("{:width$} {:>12} {:>10} {:>10} {:>10}\n", "operation", "per second", "p50", "p95", "p99");
    for Figure { name, rate, p50, p95, p99 } in figures {
        let [p50, p95, p99] = [p50, p95, p99].map(|nanoseconds| time(*nanoseconds));
        let _ = writeln!(text, "{name:width$} {rate:>12.0} {p50:>10} {p95:>10} {p99:>10}");
    }
    text
}

/// A time in the unit that people read it in.
fn time(nanoseconds: u64) -> String {
    let value = nanoseconds as f64;
    match nanoseconds {
        0..1_000_000 => format!("{:.1} µs", value / 1e3),
        1_000_000..1_000_000_000 => format!("{:.2} ms", value / 1e6),
        _ => format!("{:.2} s", value / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures() -> Vec<Figure> {
        vec![
            Figure { name: "redis/get".into(), rate: 12_345.5, p50: 70_000, p95: 1_500_000, p99: 2_000_000_000 },
            Figure { name: "postgresql/insert".into(), rate: 900.0, p50: 1_000, p95: 2_000, p99: 3_000 },
        ]
    }

    #[test]
    fn each_measure_is_a_line_of_json() {
        let text = lines(&figures());
        let parsed: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(parsed.len(), 8);
        let first =
            serde_json::json!({"metric": "redis/get/rate", "value": 12_345.5, "unit": "1/s", "direction": "higher"});
        assert_eq!(parsed.first(), Some(&first));
        let second =
            serde_json::json!({"metric": "redis/get/latency_p50", "value": 70_000, "unit": "ns", "direction": "lower"});
        assert_eq!(parsed.get(1), Some(&second));
    }

    #[test]
    fn people_read_times_in_units_of_their_size() {
        let text = table(&figures());
        assert!(text.starts_with("operation           per second        p50        p95        p99\n"), "{text}");
        assert!(text.contains("redis/get                12346    70.0 µs    1.50 ms     2.00 s\n"), "{text}");
    }
}
