//! Owns: the Criterion benches whose ids the rest of perfledger knows. Must not know: kernels.
//!
//! `columnar` is this package, `copybook-codec` the published codec on the same bytes. They are not the same work: ours
//! fills reused columns, the codec makes a JSON value of each record. See the README.
//!
//! Short by default; `PERF=1` takes Criterion's own defaults. `PORTABLE=1` adds the portable kernels.

#![expect(clippy::expect_used, reason = "a bench has no caller to hand an error to")]

use std::{env, hint::black_box, time::Duration};

use copybook_bench::{Backend, Columns, Error, Layout, decode_with, sample};
use copybook_codec::{Codepage, DecodeOptions, RecordFormat, decode_record};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

const SEED: u64 = 0x0037_C0B0_1DA7_A5E7;
const COUNTS: [usize; 3] = [100, 1_000, 10_000];

fn is_set(name: &str) -> bool {
    env::var_os(name).is_some_and(|value| value == "1")
}

fn configuration() -> Criterion {
    if is_set("PERF") {
        return Criterion::default();
    }
    Criterion::default()
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_millis(300))
        .sample_size(12)
        .nresamples(2_000)
}

type Group<'a> = BenchmarkGroup<'a, WallTime>;

fn ours(group: &mut Group<'_>, layout: &Layout, count: usize, backend: Backend) {
    let input = sample::records(layout, count, SEED);
    let mut columns = Columns::default();
    group.throughput(Throughput::Bytes(input.len() as u64));
    group.bench_function(BenchmarkId::new("columnar", count), |bencher| {
        bencher.iter(|| {
            let outcome = decode_with(backend, layout, black_box(&input), &mut columns);
            assert!(outcome.is_ok(), "the sample is valid: {outcome:?}");
            black_box(&columns);
        });
    });
}

fn peer(group: &mut Group<'_>, layout: &Layout, count: usize) {
    let input = sample::records(layout, count, SEED);
    let source = layout.to_copybook().expect("the sample's fields follow each other");
    let schema = copybook_core::parse_copybook(&source).expect("the sample is valid COBOL");
    let options = DecodeOptions::new().with_codepage(Codepage::CP037).with_format(RecordFormat::Fixed);
    group.throughput(Throughput::Bytes(input.len() as u64));
    group.bench_function(BenchmarkId::new("copybook-codec", count), |bencher| {
        bencher.iter(|| {
            for record in black_box(&input).chunks_exact(layout.record_len()) {
                black_box(decode_record(&schema, record, &options).expect("the sample is valid"));
            }
        });
    });
}

type MakeLayout = fn() -> Result<Layout, Error>;

fn headline(criterion: &mut Criterion, name: &str, layout: MakeLayout) {
    let layout = layout().expect("the sample layout is valid");
    let mut group = criterion.benchmark_group(name);
    for count in COUNTS {
        ours(&mut group, &layout, count, Backend::detect());
        peer(&mut group, &layout, count);
    }
    group.finish();
}

fn family(criterion: &mut Criterion, name: &str, layout: MakeLayout, backend: Backend) {
    let layout = layout().expect("the sample layout is valid");
    let mut group = criterion.benchmark_group(name);
    ours(&mut group, &layout, 10_000, backend);
    group.finish();
}

fn decoders(criterion: &mut Criterion) {
    headline(criterion, "display", sample::account_display);
    headline(criterion, "comp3", sample::amounts_comp3);
    family(criterion, "display-zoned", sample::counts_zoned, Backend::detect());
    family(criterion, "display-text", sample::names_text, Backend::detect());
    if is_set("PORTABLE") {
        let portable = Backend::portable();
        family(criterion, "display-portable", sample::account_display, portable);
        family(criterion, "comp3-portable", sample::amounts_comp3, portable);
        family(criterion, "display-zoned-portable", sample::counts_zoned, portable);
        family(criterion, "display-text-portable", sample::names_text, portable);
    }
}

criterion_group! {
    name = benches;
    config = configuration();
    targets = decoders
}
criterion_main!(benches);
