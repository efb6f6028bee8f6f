//! Owns: the Criterion benches of single operations. Must not know: what they are good for.
//!
//! `ledger/append` and `ledger/verify` are `baseline-manager`'s own, with everything that they do to a folder on disk: locking, reading
//! and checking every line that stands there, sealing, writing beside, syncing, renaming.
//!
//! Short by default; `PERF=1` takes Criterion's own defaults.

#![expect(clippy::expect_used, reason = "a bench has no caller to hand an error to")]

use std::hint::black_box;
use std::path::Path;
use std::time::Duration;
use std::{env, fs};

use baseline_manager::{Mainline, Place, Record, Store, store_historical_data, verify};
use bench_model::Sha256;
use bench_model::ledger::{Body, seal};
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ed25519_dalek::{Signer, SigningKey};
use operations_bench::{ledger, message, run, segment, time};
use sha2::Digest;
use tempfile::TempDir;

/// A message as digests are quoted for.
const KIB: usize = 1024;
/// A message as signatures are quoted for: a digest in hexadecimal digits.
const SIGNED: usize = 64;
/// Lines that stand in a ledger before one more is appended.
const BEFORE: [u64; 2] = [0, 1_000];
/// Lines of a ledger that is verified.
const LINES: u64 = 10_000;

fn configuration() -> Criterion {
    if env::var_os("PERF").is_some_and(|value| value == "1") {
        return Criterion::default();
    }
    Criterion::default()
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_millis(300))
        .sample_size(12)
        .nresamples(2_000)
}

fn digests(criterion: &mut Criterion) {
    let message = message(KIB);
    let mut group = criterion.benchmark_group("digest");
    group.throughput(Throughput::Bytes(KIB as u64));
    group.bench_function(BenchmarkId::new("sha256", KIB), |bencher| {
        bencher.iter(|| sha2::Sha256::digest(black_box(&message)));
    });
    group.bench_function(BenchmarkId::new("blake3", KIB), |bencher| {
        bencher.iter(|| blake3::hash(black_box(&message)));
    });
    group.finish();
}

fn signatures(criterion: &mut Criterion) {
    let message = message(SIGNED);
    let key = SigningKey::from_bytes(&[7; 32]);
    let public = key.verifying_key();
    let signature = key.sign(&message);
    let mut group = criterion.benchmark_group("ed25519");
    group.throughput(Throughput::Elements(1));
    group.bench_function(BenchmarkId::new("sign", SIGNED), |bencher| {
        bencher.iter(|| key.sign(black_box(&message)));
    });
    group.bench_function(BenchmarkId::new("verify", SIGNED), |bencher| {
        bencher.iter(|| public.verify_strict(black_box(&message), &signature).expect("the signature is right"));
    });
    group.finish();
}

/// A folder that holds a ledger with this text.
fn folder(text: &[u8]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder for a ledger");
    if !text.is_empty() {
        fs::write(folder.path().join(segment()), text).expect("a ledger on disk");
    }
    folder
}

fn store(folder: &Path) -> Store {
    Store::open(&Place::Folder(folder.to_path_buf()), folder).expect("a folder is a ledger's place")
}

fn seals(criterion: &mut Criterion) {
    let body = Body::Run(run(1).expect("a sample"));
    let prev = Sha256::zero();
    let mut group = criterion.benchmark_group("ledger");
    group.throughput(Throughput::Elements(1));
    group.bench_function("seal", |bencher| {
        bencher.iter(|| seal(1, &prev, time(1), black_box(&body)).expect("a sample has a JSON form"));
    });
    for before in BEFORE {
        let text = ledger(before).expect("a sample");
        let record = Record::from(run(before + 1).expect("a sample"));
        group.bench_function(BenchmarkId::new("append", before), |bencher| {
            // Each append finds the same ledger: one that grew from the append before would be slower and slower.
            let append = |folder: TempDir| {
                let main = Mainline { branch: "main", project: folder.path() };
                let appended = store_historical_data(&store(folder.path()), &record, &main, time(before + 1));
                assert!(appended.expect("it is appended").appended, "the run was not there before");
                folder
            };
            bencher.iter_batched(|| folder(&text), append, BatchSize::PerIteration);
        });
    }
    group.finish();
}

fn verifies(criterion: &mut Criterion) {
    let folder = folder(&ledger(LINES).expect("a sample"));
    let store = store(folder.path());
    let mut group = criterion.benchmark_group("ledger");
    group.throughput(Throughput::Elements(LINES));
    group.bench_function(BenchmarkId::new("verify", LINES), |bencher| {
        bencher.iter(|| {
            let verified = verify(&store, None).expect("the ledger holds");
            assert_eq!(verified.lines, LINES);
        });
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = configuration();
    targets = digests, signatures, seals, verifies
}
criterion_main!(benches);
