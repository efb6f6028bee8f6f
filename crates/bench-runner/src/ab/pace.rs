//! How long rounds take, and so what others would need. Pure. Must not know: what runs.

use std::collections::BTreeMap;
use std::time::Duration;

/// The time of the pairs of each target that have ended, and how many these are.
#[derive(Debug, Default)]
pub(super) struct Pace(BTreeMap<String, (Duration, u32)>);

impl Pace {
    /// Both sides of a target have run.
    pub(super) fn ended(&mut self, label: &str, took: Duration) {
        let (time, pairs) = self.0.entry(label.to_owned()).or_default();
        *time += took;
        *pairs += 1;
    }

    /// What so many rounds of these targets would take. A target that has not run yet counts as the others do on average;
    /// `None` when none has. A part of a target counts as all of it, because what it sets up may take most of its time.
    pub(super) fn needed(&self, labels: &[String], rounds: u32) -> Option<Duration> {
        let mean = |(time, pairs): &(Duration, u32)| *time / (*pairs).max(1);
        let ran = u32::try_from(self.0.len()).ok().filter(|ran| *ran > 0)?;
        let usual = self.0.values().map(mean).sum::<Duration>() / ran;
        let round: Duration = labels.iter().map(|label| self.0.get(label).map_or(usual, mean)).sum();
        Some(round * rounds)
    }
}

/// As a budget is written, rounded up: `90 s`, `12 min`.
pub(super) fn in_words(time: Duration) -> String {
    let seconds = time.as_millis().div_ceil(1000);
    if seconds <= 90 { format!("{seconds} s") } else { format!("{} min", seconds.div_ceil(60)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn rounds_need_what_pairs_took_on_average() {
        let mut pace = Pace::default();
        assert_eq!(pace.needed(&labels(&["p/a"]), 6), None);
        for (label, seconds) in [("p/a", 1), ("p/a", 3), ("p/b", 10)] {
            pace.ended(label, Duration::from_secs(seconds));
        }
        assert_eq!(pace.needed(&labels(&["p/a"]), 6), Some(Duration::from_secs(12)));
        assert_eq!(pace.needed(&labels(&["p/a", "p/b"]), 2), Some(Duration::from_secs(24)));
        assert_eq!(pace.needed(&labels(&["p/b", "p/never"]), 1), Some(Duration::from_secs(16)));
    }

    #[test]
    fn a_time_in_words_is_never_less() {
        let words = |millis| in_words(Duration::from_millis(millis));
        assert_eq!([words(1), words(90_000), words(90_001), words(600_000)], ["1 s", "90 s", "2 min", "10 min"]);
    }
}
