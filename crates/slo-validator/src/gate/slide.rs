//! Losses over several entries that holding a value against the entry before does not show. Must not know what a gate decides.

use bench_cli::words::{amount, count, unsigned_percent};
use bench_model::config::KeepBy;
use bench_model::ledger::HistoryPoint;
use bench_model::verdict::{GateCheck, GateOutcome, PreviousValue, Slide};
use bench_model::{Direction, Finite};

use super::previous;

/// A value that would not pass after the best that three entries in a row held in the median: many steps, each within its limit, have
/// led further down than one may. Single entries are not looked at, for one lucky run is no level. The median of the newest three must
/// lie there as well, so that one unlucky run is no slide. And a value that passes only because the entry before it did not: to
/// measure again must not make a failure unseen.
pub(super) fn slide(by: KeepBy, value: Finite, earlier: &[&HistoryPoint], direction: Direction) -> Option<Slide> {
    let values: Vec<f64> = earlier.iter().map(|point| point.value.get()).chain([value.get()]).collect();
    let falls = |from: f64, to: f64| !by.is_kept(from, to, direction);
    let last = values.len().checked_sub(1)?;
    let from = level_lost(&values, direction, falls).or_else(|| second_failure(&values, falls))?;
    let From { at: first, held: best } = from;
    let share = match direction {
        Direction::HigherIsBetter => value.get() / best,
        Direction::LowerIsBetter => best / value.get(),
    };
    let step = values.windows(2).zip(earlier.iter().skip(1)).skip(first).find(|(pair, _)| match pair {
        [one, next] => falls(*one, *next),
        _ => false,
    });
    Some(Slide {
        best: Finite::try_from(best).ok()?,
        share: Finite::try_from(share).ok()?,
        entries: u32::try_from(last - first).ok()?,
        step: step.map(|(_, point)| previous(point)),
    })
}

/// Where a loss began: an entry by its place (of three the middle one), and what was held there.
struct From {
    at: usize,
    held: f64,
}

fn level_lost(values: &[f64], direction: Direction, falls: impl Fn(f64, f64) -> bool) -> Option<From> {
    let medians: Vec<f64> = values.windows(3).filter_map(|three| median(three.try_into().ok()?)).collect();
    let (newest, earlier) = medians.split_last()?;
    let better = |one: f64, other: f64| match direction {
        Direction::HigherIsBetter => one > other,
        Direction::LowerIsBetter => one < other,
    };
    let (index, best) =
        earlier.iter().copied().enumerate().reduce(|best, next| if better(next.1, best.1) { next } else { best })?;
    (falls(best, *values.last()?) && falls(best, *newest)).then_some(From { at: index + 1, held: best })
}

fn second_failure(values: &[f64], falls: impl Fn(f64, f64) -> bool) -> Option<From> {
    let [.., from, before, value] = values else { return None };
    (falls(*from, *before) && falls(*from, *value)).then_some(From { at: values.len() - 3, held: *from })
}

fn median(mut three: [f64; 3]) -> Option<f64> {
    three.sort_by(f64::total_cmp);
    three.get(1).copied()
}

/// A slide in words, as the end of a sentence that begins with the metric.
pub(super) fn sentence(check: &GateCheck) -> Option<String> {
    let (slide, unit) = check.slide.as_ref().zip(check.unit)?;
    let lost = unsigned_percent(1.0 - slide.share.get());
    let entries = count(slide.entries, "entry", "entries");
    let how = match (&slide.step, check.outcome) {
        (Some(PreviousValue { run_id, value }), _) => {
            format!("; the entry `{run_id}` fell to {} in one step", amount(*value, unit))
        }
        (None, GateOutcome::NotMet) => ", this step included".to_owned(),
        (None, GateOutcome::Met | GateOutcome::NoPrevious) => {
            ", though no single step lost more than it may".to_owned()
        }
    };
    Some(format!("is {lost} worse than {} over {entries}{how}", amount(slide.best, unit)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHARE: KeepBy = KeepBy::Share(0.8);

    /// The best, the share that is left of it, the entries since, and the step, of values that end with the run's own.
    fn found(by: KeepBy, values: &[f64], direction: Direction) -> Option<(f64, f64, u32, Option<String>)> {
        let point = |(at, value): (usize, &f64)| HistoryPoint {
            run_id: format!("run-{at}").parse().unwrap(),
            commit: None,
            time: None,
            value: Finite::try_from(*value).unwrap(),
            evidence_level: None,
            inputs: Vec::new(),
            verdict: None,
            promoted: false,
        };
        let (own, earlier) = values.split_last().unwrap();
        let points: Vec<_> = earlier.iter().enumerate().map(point).collect();
        let slide = slide(by, Finite::try_from(*own).unwrap(), &points.iter().collect::<Vec<_>>(), direction)?;
        let step = slide.step.map(|step| step.run_id.to_string());
        Some((slide.best.get(), (slide.share.get() * 1000.0).round() / 1000.0, slide.entries, step))
    }

    #[test]
    fn small_steps_that_lead_far_down_are_a_slide() {
        let values = [100.0, 101.0, 99.0, 95.0, 90.0, 85.0, 81.0, 77.0, 74.0, 71.0];
        assert_eq!(found(SHARE, &values, Direction::HigherIsBetter), Some((100.0, 0.71, 8, None)));
        let upwards = values.map(|value| 1e4 / value);
        assert_eq!(found(SHARE, &upwards, Direction::LowerIsBetter), Some((100.0, 0.71, 8, None)));
    }

    #[test]
    fn what_still_keeps_of_the_best_is_none() {
        assert_eq!(found(SHARE, &[100.0, 100.0, 100.0, 95.0, 90.0, 85.0, 81.0], Direction::HigherIsBetter), None);
        assert_eq!(found(SHARE, &[100.0, 79.0], Direction::HigherIsBetter), None, "one step is the gate's own");
    }

    #[test]
    fn one_lucky_run_is_no_level_and_one_unlucky_run_no_slide() {
        assert_eq!(found(SHARE, &[100.0, 100.0, 180.0, 100.0, 100.0, 100.0], Direction::HigherIsBetter), None);
        assert_eq!(found(SHARE, &[100.0, 100.0, 100.0, 100.0, 60.0], Direction::HigherIsBetter), None);
    }

    #[test]
    fn to_measure_again_does_not_make_a_failure_unseen() {
        let lost = Some((100.0, 0.5, 2, Some("run-1".to_owned())));
        assert_eq!(found(SHARE, &[100.0, 50.0, 50.0], Direction::HigherIsBetter), lost);
        assert_eq!(found(SHARE, &[100.0, 50.0, 100.0], Direction::HigherIsBetter), None, "it is made good");
        let far = [100.0, 100.0, 100.0, 50.0, 50.0, 50.0];
        assert_eq!(found(SHARE, &far, Direction::HigherIsBetter), Some((100.0, 0.5, 4, Some("run-3".to_owned()))));
    }

    #[test]
    fn points_are_lost_one_by_one_too() {
        let values = [10.0, 10.0, 10.0, 9.0, 9.0, 9.0, 8.0, 8.0];
        assert_eq!(found(KeepBy::Drop(1.0), &values, Direction::HigherIsBetter), Some((10.0, 0.8, 6, None)));
        assert_eq!(found(KeepBy::Drop(1.0), &values[..6], Direction::HigherIsBetter), None);
    }
}
