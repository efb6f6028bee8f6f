//! The scalability score of proven work: 0 to 10 points from time to recovery, records a second and data a minute.
//! Must not know: floors, gates, or other scores.

use bench_model::perf::{EvidenceLevel, Metric};
use bench_model::{BenchmarkId, Direction, Finite, Unit};

use crate::Problem;

/// The measure's name.
const MEASURE: &str = "scalability_score";
/// The work that is scored.
pub(crate) const WORK: &str = "reencryption";
/// Points for evidence alone.
const BASE: f64 = 2.0;
/// The most points without real work that was checked.
const UNPROVEN: f64 = 4.0;
const MOST: f64 = 10.0;

/// Points by the time from the compromise to the last record under the new key, in s: at most so long.
const RECOVERY: [(f64, f64); 3] = [(300.0, 3.0), (600.0, 2.0), (1_200.0, 1.0)];
/// Points by records per second: at least so many.
const RECORDS: [(f64, f64); 3] = [(5_000.0, 3.0), (1_000.0, 2.0), (100.0, 1.0)];
/// Points by MB (10^6 bytes) per minute: at least so many.
const DATA: [(f64, f64); 2] = [(500.0, 2.0), (100.0, 1.0)];

/// The score as a metric of the benchmark that did the work; `None` where one of the three was not measured, or not in the same rounds.
///
/// # Errors
/// A name that no metric can have.
pub(crate) fn scalability(
    benchmark: &BenchmarkId,
    metrics: &[&Metric],
    level: EvidenceLevel,
) -> Result<Option<Metric>, Problem> {
    let rounds = |measure: &str| {
        let found = metrics.iter().find(|metric| metric.benchmark == *benchmark && metric.measure == measure)?;
        Some(&found.rounds)
    };
    let (Some(recovery), Some(records), Some(data)) =
        (rounds("mttr"), rounds("records_per_second"), rounds("bytes_per_second"))
    else {
        return Ok(None);
    };
    if recovery.len() != records.len() || records.len() != data.len() {
        return Ok(None);
    }
    let scored = recovery.iter().zip(records).zip(data);
    let rounds: Vec<Finite> = scored
        .filter_map(|((recovery, records), data)| {
            Finite::try_from(points(recovery.get() / 1e9, records.get(), data.get() * 60.0 / 1e6, level)).ok()
        })
        .collect();
    let Some(value) = rounds.iter().copied().reduce(|least, next| if next < least { next } else { least }) else {
        return Ok(None);
    };
    let name = benchmark.metric(MEASURE).map_err(|error| Problem::at("/benchmarks", error.to_string()))?;
    Ok(Some(Metric {
        name,
        benchmark: benchmark.clone(),
        measure: MEASURE.into(),
        // The worst round's: points are steps, and have no interval.
        value,
        unit: Unit::Count,
        direction: Direction::HigherIsBetter,
        interval: None,
        samples: rounds.len() as u64,
        rounds,
        primary: true,
    }))
}

fn points(recovery_s: f64, records_per_s: f64, mb_per_min: f64, level: EvidenceLevel) -> f64 {
    let at_most =
        |steps: &[(f64, f64)]| steps.iter().find(|(limit, _)| recovery_s <= *limit).map_or(0.0, |(_, points)| *points);
    let at_least = |value: f64, steps: &[(f64, f64)]| {
        steps.iter().find(|(limit, _)| value >= *limit).map_or(0.0, |(_, points)| *points)
    };
    let all = BASE + at_most(&RECOVERY) + at_least(records_per_s, &RECORDS) + at_least(mb_per_min, &DATA);
    all.min(if level >= EvidenceLevel::RealWorkload { MOST } else { UNPROVEN })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_follow_the_steps_at_their_edges() {
        let real = EvidenceLevel::RealWorkload;
        for (recovery, records, data, expected) in [
            (300.0, 5_000.0, 500.0, 10.0),
            (300.1, 4_999.0, 499.0, 2.0 + 2.0 + 2.0 + 1.0),
            (600.0, 1_000.0, 100.0, 2.0 + 2.0 + 2.0 + 1.0),
            (600.1, 999.0, 99.0, 2.0 + 1.0 + 1.0),
            (1_200.0, 100.0, 0.0, 2.0 + 1.0 + 1.0),
            (1_200.1, 99.0, 0.0, 2.0),
        ] {
            assert_eq!(points(recovery, records, data, real), expected, "{recovery} {records} {data}");
        }
    }

    #[test]
    fn without_real_work_the_score_is_capped() {
        for level in [EvidenceLevel::DryRun, EvidenceLevel::CiBenchmark] {
            assert_eq!(points(1.0, 1e6, 1e6, level), 4.0);
        }
    }
}
