//! What the operations work on: messages and ledger lines that are the same on every machine.
//! Must not know: how an operation is measured, or which program does it.

use bench_model::ledger::{Body, Digests, LedgerMetric, RunEntry, seal};
use bench_model::perf::EvidenceLevel;
use bench_model::provenance::Epoch;
use bench_model::run::Mode;
use bench_model::time::Timestamp;
use bench_model::verdict::{Status, Verdict};
use bench_model::{Direction, Finite, Sha256, Unit};

/// The first line's time: 2026-01-01T00:00:00Z. Lines follow each other in seconds, so that 10,000 lie in one month.
const FIRST: i64 = 1_767_225_600;
/// Metrics in each run, as a small project has.
const METRICS: u32 = 12;

/// A line that could not be made; the samples are constant, so that none is known.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A name or a number of a sample is not valid.
    #[error("a sample is not valid: {0}")]
    Sample(String),
    /// A line has no JSON form.
    #[error("a line has no JSON form")]
    Line(#[from] serde_json::Error),
}

/// So many bytes of no pattern that a digest could make use of.
pub fn message(length: usize) -> Vec<u8> {
    // The low byte of a linear congruential generator's high half (Knuth, The Art of Computer Programming, 3.3.4, MMIX).
    let mut state = 0x2026_1121_u64;
    let next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    std::iter::repeat_with(next).take(length).collect()
}

/// A run of 12 metrics with five rounds each.
///
/// # Errors
/// [`Error::Sample`], for no number that is known.
pub fn run(number: u64) -> Result<RunEntry, Error> {
    let invalid = |error: &dyn std::fmt::Display| Error::Sample(error.to_string());
    let metric = |at: u32| {
        let value = Finite::try_from(4.0e9 + f64::from(at) * 1.0e7).map_err(|error| invalid(&error))?;
        let name = format!("package/target/group/case/{at}#throughput").parse().map_err(|error| invalid(&error))?;
        Ok::<_, Error>(LedgerMetric {
            name,
            value,
            unit: Unit::BytesPerSecond,
            direction: Direction::HigherIsBetter,
            rounds: vec![value; 5],
            verdict: Verdict::Unchanged,
            floor: Finite::try_from(3.5e9).ok(),
            target: None,
        })
    };
    Ok(RunEntry {
        run_id: format!("run-{number}").parse().map_err(|error| invalid(&error))?,
        commit: None,
        branch: Some("main".into()),
        dirty: false,
        epoch: Epoch("0123456789abcdef".into()),
        mode: Mode::Full,
        complete: true,
        partial: false,
        status: Status::Pass,
        evidence_level: EvidenceLevel::CiBenchmark,
        digests: Digests { perf: Sha256::of(&number.to_le_bytes()), verdict: Sha256::zero() },
        metrics: (10..10 + METRICS).map(metric).collect::<Result<_, _>>()?,
        missing: Vec::new(),
        account: None,
    })
}

/// When the line of that number was appended.
pub fn time(number: u64) -> Timestamp {
    Timestamp::from_unix(FIRST.saturating_add_unsigned(number))
}

/// The segment that the first lines lie in.
pub fn segment() -> String {
    format!("{}.jsonl", time(0).month())
}

/// A ledger of so many lines, the text of one segment.
///
/// # Errors
/// As [`run`], and [`Error::Line`].
pub fn ledger(lines: u64) -> Result<Vec<u8>, Error> {
    let mut prev = Sha256::zero();
    let mut text = Vec::new();
    for seq in 1..=lines {
        let (line, digest) = seal(seq, &prev, time(seq), &Body::Run(run(seq)?))?;
        text.extend_from_slice(&line);
        text.push(b'\n');
        prev = digest;
    }
    Ok(text)
}
