//! How fast the re-encryption job is, by the cipher's own limit, and how much memory it takes for a small and a very large file.
//! Must not know: how it works.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::measure::{measured, median, metric};
use crate::{Outcome, build};

/// Rotations of each file; the median is told.
const TIMES: usize = 5;
/// Rotations of the very large file, of gigabytes.
const TIMES_LARGE: usize = 1;
/// What GCM's tag takes of a payload.
const TAG: usize = 16;

/// Records per second with all processors; peak memory; and the share of what OpenSSL's AES-256-GCM does with texts of that size, as if a
/// record were nothing but opening and sealing.
pub(crate) fn run(root: &Path, work: &Path) -> Outcome {
    let program = build(root, &["reencryption-bench"], &[])?.join("reencrypt");
    let policy = root.join("config");
    let mut fastest = 0.0_f64;
    let mut text = 0.0;
    for (name, records, times) in
        [("100k", 100_000_u64, TIMES), ("1m", 1_000_000, TIMES), ("10m", 10_000_000, TIMES_LARGE)]
    {
        let (claims, copy, proof) = (work.join("claims.jsonl"), work.join("work.jsonl"), work.join("proof.json"));
        let records = records.to_string();
        measured(Command::new(&program).args(["generate", "--quiet", "--records", &records, "--out"]).arg(&claims))?;
        text = mean_text(&claims)?;
        let (mut rates, mut peaks) = (Vec::new(), Vec::new());
        for time in 1..=times {
            // The last copy is the file itself: there may be no room for a third.
            match time == times {
                true => fs::rename(&claims, &copy)?,
                false => fs::copy(&claims, &copy).map(|_| ())?,
            }
            let mut rotate = Command::new(&program);
            rotate.args(["rotate", "--ci-mode", "--quiet", "--config"]).arg(&policy).arg(&copy);
            measured(rotate.arg("--proof").arg(&proof))?;
            let told: Value = serde_json::from_slice(&fs::read(&proof)?)?;
            let number =
                |key: &str| told.get(key).and_then(Value::as_f64).ok_or_else(|| format!("no {key} in the proof"));
            rates.push(number("records_per_second")?);
            peaks.push(number("peak_rss_bytes")?);
            fs::remove_file(&copy)?;
        }
        fastest = fastest.max(median(&rates));
        metric(&format!("reencryption_records_per_second_{name}"), median(&rates), "1/s")?;
        metric(&format!("reencryption_peak_rss_{name}"), median(&peaks), "B")?;
    }
    let processors = std::thread::available_parallelism()?.get() as f64;
    if let Some(bytes) = openssl(text)? {
        // Each record is opened and sealed, on all processors.
        metric("reencryption_by_openssl", fastest * 2.0 * text / (bytes * processors), "ratio")?;
    }
    Ok(())
}

/// The mean length of what is encrypted, in bytes, of the first records.
fn mean_text(claims: &Path) -> Result<f64, Box<dyn std::error::Error>> {
    let mut lengths = Vec::new();
    for line in BufReader::new(File::open(claims)?).lines().take(10_000) {
        let record: Value = serde_json::from_str(&line?)?;
        let payload = record.get("encrypted_payload").and_then(Value::as_str).ok_or("a record without a payload")?;
        let padding = payload.bytes().rev().take_while(|byte| *byte == b'=').count();
        lengths.push((payload.len() / 4 * 3 - padding - TAG) as f64);
    }
    Ok(lengths.iter().sum::<f64>() / lengths.len() as f64)
}

/// Bytes per second of OpenSSL's AES-256-GCM on one processor, for texts of this size; none where there is no such program.
fn openssl(text: f64) -> Result<Option<f64>, Box<dyn std::error::Error>> {
    let size = (text.round() as u64).to_string();
    let mut speed = Command::new("openssl");
    speed.args(["speed", "-mr", "-elapsed", "-seconds", "3", "-bytes", &size, "-evp", "aes-256-gcm"]);
    let Ok(output) = speed.stderr(Stdio::null()).output() else { return Ok(None) };
    // `+F:<number>:<name>:<bytes per second>`
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = told.lines().find_map(|line| line.strip_prefix("+F:")).and_then(|line| line.rsplit(':').next());
    Ok(line.and_then(|bytes| bytes.trim().parse().ok()))
}
