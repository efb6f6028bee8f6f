//! Synthetic inputs of a real size: Criterion's result files, and a ledger. Written as a stream, so that this
//! process stays small.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use bench_model::ledger::{Body, Digests, LedgerMetric, RunEntry, seal};
use bench_model::perf::EvidenceLevel;
use bench_model::provenance::Epoch;
use bench_model::run::Mode;
use bench_model::time::Timestamp;
use bench_model::verdict::{Status, Verdict};
use bench_model::{Direction, Finite, Sha256, Unit};
use serde_json::json;

use crate::random::Random;

/// Criterion 0.8 result files of `benchmarks` benchmarks with `samples` linear samples each.
pub(crate) fn criterion(root: &Path, benchmarks: usize, samples: usize) -> io::Result<()> {
    let mut random = Random::new(1);
    for index in 0..benchmarks {
        let (group, value) = (format!("group-{}", index / 100), index % 100);
        let folder = root.join(&group).join(format!("case/{value}")).join("new");
        fs::create_dir_all(&folder)?;
        let typical = 100.0 + 1e5 * random.uniform();
        let iters: Vec<f64> = (1..=samples).map(|n| (n * 17) as f64).collect();
        let times: Vec<f64> = iters.iter().map(|n| n * typical * (0.99 + 0.02 * random.uniform())).collect();
        let estimate = |value: f64| {
            json!({
                "confidence_interval": { "confidence_level": 0.95, "lower_bound": value * 0.999, "upper_bound": value * 1.001 },
                "point_estimate": value,
                "standard_error": value * 0.0005,
            })
        };
        let benchmark = json!({
            "group_id": group, "function_id": "case", "value_str": value.to_string(), "throughput": { "Bytes": 4096 },
            "full_id": format!("{group}/case/{value}"), "directory_name": format!("{group}/case/{value}"),
            "title": format!("{group}/case/{value}"),
        });
        let estimates = json!({
            "mean": estimate(typical), "median": estimate(typical), "median_abs_dev": estimate(1.0),
            "slope": estimate(typical), "std_dev": estimate(1.0),
        });
        let sample = json!({ "sampling_mode": "Linear", "iters": iters, "times": times });
        for (name, document) in [("benchmark", benchmark), ("estimates", estimates), ("sample", sample)] {
            fs::write(folder.join(format!("{name}.json")), document.to_string())?;
        }
    }
    Ok(())
}

/// What a synthetic ledger holds: `lines` run lines of `metrics` metrics each, one every `seconds`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LedgerShape {
    pub(crate) lines: u64,
    pub(crate) metrics: usize,
    pub(crate) seconds: i64,
    /// When the first line was written, in seconds since 1970.
    pub(crate) first: i64,
}

/// A ledger folder.
pub(crate) fn ledger(folder: &Path, shape: LedgerShape) -> Result<(), Box<dyn std::error::Error>> {
    fs::create_dir_all(folder)?;
    let mut random = Random::new(2);
    let mut prev = Sha256::zero();
    let mut segment: Option<(String, BufWriter<File>)> = None;
    for seq in 1..=shape.lines {
        let time = Timestamp::from_unix(shape.first + seq as i64 * shape.seconds);
        let mut metrics = Vec::with_capacity(shape.metrics);
        for metric in 1..=shape.metrics {
            metrics.push(ledger_metric(metric, 4e9 + 1e8 * random.uniform())?);
        }
        let body = Body::Run(RunEntry {
            run_id: format!("run-{seq}").parse()?,
            commit: None,
            branch: Some("main".into()),
            dirty: false,
            epoch: Epoch("0123456789abcdef".into()),
            mode: Mode::Full,
            complete: true,
            partial: false,
            status: Status::Pass,
            evidence_level: EvidenceLevel::CiBenchmark,
            digests: Digests { perf: Sha256::of(&seq.to_le_bytes()), verdict: Sha256::zero() },
            metrics,
            missing: Vec::new(),
            account: None,
        });
        let (line, digest) = seal(seq, &prev, time, &body)?;
        prev = digest;
        let name = format!("{}.jsonl", time.month());
        if segment.as_ref().is_none_or(|(open, _)| *open != name) {
            segment = Some((name.clone(), BufWriter::new(File::create(folder.join(&name))?)));
        }
        if let Some((_, out)) = &mut segment {
            out.write_all(&line)?;
            out.write_all(b"\n")?;
        }
    }
    Ok(())
}

fn ledger_metric(number: usize, value: f64) -> Result<LedgerMetric, Box<dyn std::error::Error>> {
    let value = Finite::try_from(value)?;
    Ok(LedgerMetric {
        name: format!("p/t/group/case/{number:02}#throughput").parse()?,
        value,
        unit: Unit::BytesPerSecond,
        direction: Direction::HigherIsBetter,
        rounds: vec![value; 5],
        verdict: Verdict::Unchanged,
        floor: Some(Finite::try_from(3.5e9)?),
        target: None,
    })
}
