//! What Criterion wrote: finds the results below a folder and reads them.
//! Must not know: who ran the harness, or when.
//!
//! Format of Criterion 0.5 to 0.8, read from its behaviour: `<group>[/<function>][/<value>]/new/` holds `sample.json`,
//! `estimates.json` and, written last, `benchmark.json`. Folder names are cut and cleaned, so that identity is
//! `full_id` in `benchmark.json` and never the path. No file names a unit: times are nanoseconds for the default
//! measurement (`WallTime`), and taken as such.

mod record;
mod rounds;
mod tree;

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use bench_model::run::{Throughput, Timing};
use bench_model::{BenchmarkId, Diagnostic, Failure};

pub use record::{Part, Record, RecordError, parse_benchmark};
pub(crate) use rounds::add_round;

use crate::RunnerError;

/// The largest file of one benchmark that is read.
pub const MAX_FILE: u64 = 64 << 20;

/// One benchmark of one process.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// `criterion`, the target, and Criterion's full id.
    pub id: BenchmarkId,
    /// What one iteration processes.
    pub throughput: Option<Throughput>,
    /// Its samples.
    pub timing: Timing,
}

/// What a folder held.
#[derive(Debug, Default)]
pub struct Collected {
    /// Ordered by id.
    pub benchmarks: Vec<Found>,
    /// What could not be used (`CBKB002`), with the file relative to the folder; ordered by file.
    pub errors: Vec<Diagnostic>,
}

/// Reads every benchmark that one Criterion process wrote below `home`, for the bench target `target`
/// (`<package>/<name>`).
///
/// A benchmark that cannot be used is an error among [`Collected::errors`]; the others are returned all the same. So are
/// results without `benchmark.json` (the process ended before it finished them) and two benchmarks with one id, of which
/// neither is returned, because nothing tells them apart.
pub fn collect_performance_data(home: &Path, target: &str) -> Collected {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).clamp(1, 4);
    let (folders, mut errors) = tree::results(home, threads);
    let share = folders.len().div_ceil(threads).max(1);
    let mut found = Vec::with_capacity(folders.len());
    std::thread::scope(|scope| {
        let readers: Vec<_> =
            folders.chunks(share).map(|folders| scope.spawn(move || read_all(home, folders, target))).collect();
        for reader in readers {
            // A reader cannot panic; if one did, its benchmarks would be missing, which the judge notices.
            let (some, failed) = reader.join().unwrap_or_default();
            found.extend(some);
            errors.extend(failed);
        }
    });
    found.sort_by(|(a, left), (b, right)| left.id.cmp(&right.id).then_with(|| a.cmp(b)));
    let mut benchmarks: Vec<Found> = Vec::with_capacity(found.len());
    let mut twice: Option<BenchmarkId> = None;
    for (folder, one) in found {
        if twice.as_ref() == Some(&one.id) || benchmarks.last().is_some_and(|last| last.id == one.id) {
            errors.push(RunnerError::Data {
                file: folder.join(Part::Benchmark.file()),
                pointer: "/full_id".into(),
                reason: format!("two benchmarks of {target} have the id `{}`; give each its own", one.id.id),
            });
            if twice.as_ref() != Some(&one.id) {
                benchmarks.pop();
                twice = Some(one.id);
            }
            continue;
        }
        benchmarks.push(one);
    }
    let mut errors: Vec<Diagnostic> = errors.iter().map(Failure::diagnostic).collect();
    errors.sort_by_key(|error| error.location.as_ref().map(ToString::to_string));
    Collected { benchmarks, errors }
}

type Share = (Vec<(PathBuf, Found)>, Vec<RunnerError>);

fn read_all(home: &Path, folders: &[PathBuf], target: &str) -> Share {
    let mut buffers = [Vec::new(), Vec::new(), Vec::new()];
    let mut found = Vec::with_capacity(folders.len());
    let mut errors = Vec::new();
    for folder in folders {
        match read_one(home, folder, target, &mut buffers) {
            Ok(one) => found.push((folder.clone(), one)),
            Err(error) => errors.push(error),
        }
    }
    (found, errors)
}

fn read_one(home: &Path, folder: &Path, target: &str, buffers: &mut [Vec<u8>; 3]) -> Result<Found, RunnerError> {
    let [benchmark, estimates, sample] = buffers;
    read(home, folder, Part::Benchmark, benchmark)?;
    read(home, folder, Part::Estimates, estimates)?;
    read(home, folder, Part::Sample, sample)?;
    let Record { full_id, throughput, timing } = parse_benchmark(benchmark, estimates, sample).map_err(|error| {
        RunnerError::Data { file: folder.join(error.part.file()), pointer: error.pointer, reason: error.reason }
    })?;
    let id = BenchmarkId { harness: "criterion".into(), target: target.to_owned(), id: full_id };
    Ok(Found { id, throughput, timing })
}

fn read(home: &Path, folder: &Path, part: Part, buffer: &mut Vec<u8>) -> Result<(), RunnerError> {
    let file = folder.join(part.file());
    let fail = |reason: String| RunnerError::Data { file: file.clone(), pointer: String::new(), reason };
    buffer.clear();
    let opened = File::open(home.join(&file)).map_err(|error| fail(format!("cannot be read: {error}")))?;
    opened.take(MAX_FILE + 1).read_to_end(buffer).map_err(|error| fail(format!("cannot be read: {error}")))?;
    if buffer.len() as u64 > MAX_FILE {
        buffer.clear();
        buffer.shrink_to_fit();
        return Err(fail(format!("is larger than {MAX_FILE} bytes")));
    }
    if buffer.is_empty() {
        return Err(fail("is empty: the disk was full, or the harness was ended while it wrote".into()));
    }
    Ok(())
}
