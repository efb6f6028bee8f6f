//! Percentiles as HdrHistogram's plotter and its relatives read them: value, percentile, count up to it, `1 / (1 - percentile)`.
//! The steps are HdrHistogram's: five for each half of what is left.

use bench_model::load::Buckets;

const TICKS_PER_HALF: f64 = 5.0;

/// Values are in milliseconds.
pub(super) fn text(buckets: &Buckets) -> String {
    let mut text = String::from("       Value     Percentile TotalCount 1/(1-Percentile)\n\n");
    let total = buckets.count();
    let mut percent = 0.0_f64;
    while total > 0 && percent <= 100.0 {
        let value = buckets.percentile(percent).unwrap_or_default();
        let upto = count_up_to(buckets, value);
        // Whatever percentile was asked for, the value stands for all that do not exceed it.
        let last = upto >= total;
        let share = if last { 1.0 } else { percent / 100.0 };
        let inverse = if last { "inf".to_owned() } else { format!("{:.2}", 1.0 / (1.0 - share)) };
        text.push_str(&format!("{:12.3} {share:14.12} {upto:10} {inverse:>14}\n", value / 1e6));
        if last {
            break;
        }
        let halves = (100.0 / (100.0 - percent)).log2().floor() + 1.0;
        percent += 100.0 / (TICKS_PER_HALF * halves.exp2());
    }
    let mean = buckets.mean().unwrap_or_default();
    let spread = if total > 0 { (squares(buckets, mean) / total as f64).sqrt() } else { 0.0 };
    text.push_str(&format!("#[Mean    = {:12.3}, StdDeviation   = {:12.3}]\n", mean / 1e6, spread / 1e6));
    let max = buckets.max.unwrap_or_default() as f64;
    text.push_str(&format!("#[Max     = {:12.3}, Total count    = {total:12}]\n", max / 1e6));
    text.push_str(&format!("#[Buckets = {:12}, SubBuckets     = {:12}]\n", buckets.buckets.len(), 1));
    text
}

/// How many values lie in buckets that end at or below `value`, or hold it.
fn count_up_to(buckets: &Buckets, value: f64) -> u64 {
    let mut sum = 0_u64;
    for (end, count) in &buckets.buckets {
        sum = sum.saturating_add(*count);
        if *end as f64 >= value {
            break;
        }
    }
    sum
}

fn squares(buckets: &Buckets, mean: f64) -> f64 {
    buckets.buckets.iter().map(|(value, count)| (*value as f64 - mean).powi(2) * *count as f64).sum()
}

#[cfg(test)]
mod tests {
    use bench_model::Finite;

    use super::*;

    fn buckets(values: &[(u64, u64)]) -> Buckets {
        let sum: u64 = values.iter().map(|(value, count)| value * count).sum();
        Buckets {
            resolution: Finite::default(),
            min: values.first().map(|(value, _)| *value),
            max: values.last().map(|(value, _)| *value),
            sum: Finite::try_from(sum as f64).unwrap_or_default(),
            buckets: values.to_vec(),
        }
    }

    #[test]
    fn the_last_line_holds_every_value_and_the_largest() {
        let text = text(&buckets(&[(1_000_000, 900), (2_000_000, 99), (50_000_000, 1)]));
        let lines: Vec<_> = text.lines().filter(|line| !line.starts_with('#') && line.contains('.')).collect();
        let last: Vec<&str> = lines.last().map(|line| line.split_whitespace().collect()).unwrap_or_default();
        assert_eq!(last, ["50.000", "1.000000000000", "1000", "inf"], "{text}");
        assert!(text.contains("#[Max     =       50.000, Total count    =         1000]"), "{text}");
        let counts: Vec<u64> = lines.iter().filter_map(|line| line.split_whitespace().nth(2)?.parse().ok()).collect();
        assert!(counts.len() > 10 && counts.is_sorted(), "{text}");
    }

    #[test]
    fn nothing_counted_is_no_line() {
        assert_eq!(text(&buckets(&[])).lines().filter(|line| line.contains("inf")).count(), 0);
    }
}
