//! Writes a ledger of N one-metric runs, spread over 36 months, with a promotion in every thousand lines.
//! `cargo run --release -p baseline-manager --example long_ledger -- DIR 1000000`, then
//! `baseline-manager verify DIR`: the way the README's figures are made.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use bench_model::ledger::{Body, Digests, LedgerMetric, Promotion, RunEntry, seal};
use bench_model::perf::EvidenceLevel;
use bench_model::provenance::Epoch;
use bench_model::time::Timestamp;
use bench_model::verdict::{Status, Verdict};
use bench_model::{Commit, Direction, Finite, Sha256, Unit};

const BEGIN: i64 = 1_672_531_200;
const MONTHS: u64 = 36;
const MONTH: i64 = 30 * 24 * 3600;

fn other(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::other(error)
}

fn run(number: u64) -> io::Result<RunEntry> {
    let digest = |text: &str| Sha256::of(format!("{text}{number}").as_bytes());
    let commit: Commit = digest("commit").to_string().parse().map_err(other)?;
    let wobble = (number % 97) as f64 / 1000.0;
    let value = |round: u64| Finite::try_from(4.2e9 * (1.0 + wobble) + round as f64 * 12_345.678).map_err(other);
    Ok(RunEntry {
        run_id: format!("20260101T000000Z-{number:07}").parse().map_err(other)?,
        commit: Some(commit),
        branch: Some("main".into()),
        dirty: false,
        epoch: Epoch(format!("{:016x}", number % 3)),
        status: Status::Pass,
        evidence_level: EvidenceLevel::CiBenchmark,
        digests: Digests { perf: digest("perf"), verdict: digest("verdict") },
        metrics: vec![LedgerMetric {
            name: "copybook-bench/decode/display/10000#throughput".parse().map_err(other)?,
            value: value(2)?,
            unit: Unit::BytesPerSecond,
            direction: Direction::HigherIsBetter,
            rounds: (0..5).map(value).collect::<io::Result<_>>()?,
            verdict: Verdict::Unchanged,
        }],
    })
}

fn body(number: u64) -> io::Result<Body> {
    let run = run(number)?;
    if number % 1000 != 999 {
        return Ok(Body::Run(run));
    }
    Ok(Body::Promotion(Promotion {
        commit: run.commit.ok_or_else(|| other("no commit"))?,
        run_id: run.run_id,
        epoch: run.epoch,
        digests: run.digests,
        replaces: None,
        criteria: vec!["generated".into()],
        metrics: run.metrics,
    }))
}

fn write(folder: &Path, lines: u64) -> io::Result<Sha256> {
    std::fs::create_dir_all(folder)?;
    let each = lines.div_ceil(MONTHS).max(1);
    let mut head = Sha256::zero();
    let mut out: Option<(String, BufWriter<File>)> = None;
    for number in 0..lines {
        let (month, within) = (number / each, number % each);
        let seconds = BEGIN + month as i64 * MONTH + (within as i64 * MONTH) / each as i64;
        let time = Timestamp::from_unix(seconds);
        let (line, digest) = seal(number + 1, &head, time, &body(number)?)?;
        head = digest;
        let segment = format!("{}.jsonl", time.month());
        if out.as_ref().is_none_or(|(open, _)| *open != segment) {
            let file = BufWriter::new(File::create(folder.join(&segment))?);
            if let Some((_, mut done)) = out.replace((segment, file)) {
                done.flush()?;
            }
        }
        if let Some((_, file)) = &mut out {
            file.write_all(&line)?;
            file.write_all(b"\n")?;
        }
    }
    out.map_or(Ok(()), |(_, mut file)| file.flush())?;
    Ok(head)
}

fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or_else(|| other("usage: long_ledger DIR LINES"))?;
    let lines =
        arguments.next().and_then(|text| text.parse().ok()).ok_or_else(|| other("usage: long_ledger DIR LINES"))?;
    let head = write(Path::new(&folder), lines)?;
    writeln!(io::stdout(), "{head}")
}
