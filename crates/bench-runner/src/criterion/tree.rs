//! Where results lie below Criterion's folder. Must not know: what is in them.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};

use super::record::Part;
use crate::RunnerError;

/// Group, function, value.
const DEPTH: usize = 3;
/// What Criterion writes before `benchmark.json`: where only these lie, it did not come to the end.
const BEFORE_LAST: [&str; 3] = ["estimates.json", "sample.json", "tukey.json"];

/// The `new` folders with a finished result, relative to `home` and in order, and what is wrong with the others.
/// The folders at the top are shared out among `threads`.
pub(super) fn results(home: &Path, threads: usize) -> (Vec<PathBuf>, Vec<RunnerError>) {
    let mut top = Walk::new(home);
    let groups = match top.folders(Path::new("")) {
        Ok(groups) => groups,
        // Never written to: the harness had nothing to report.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => {
            top.fail(PathBuf::new(), format!("cannot be read: {error}"));
            Vec::new()
        }
    };
    let share = groups.len().div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        let walks: Vec<_> = groups
            .chunks(share)
            .map(|groups| {
                scope.spawn(move || {
                    let mut walk = Walk::new(home);
                    groups.iter().for_each(|group| walk.child(Path::new(""), group, 0));
                    (walk.results, walk.errors)
                })
            })
            .collect();
        for walk in walks {
            let (results, errors) = walk.join().unwrap_or_default();
            top.results.extend(results);
            top.errors.extend(errors);
        }
    });
    top.results.sort();
    (top.results, top.errors)
}

struct Walk<'a> {
    home: &'a Path,
    results: Vec<PathBuf>,
    errors: Vec<RunnerError>,
}

impl<'a> Walk<'a> {
    fn new(home: &'a Path) -> Self {
        Self { home, results: Vec::new(), errors: Vec::new() }
    }

    fn below(&mut self, folder: &Path, depth: usize) {
        match self.folders(folder) {
            Ok(children) => children.iter().for_each(|name| self.child(folder, name, depth)),
            Err(error) => self.fail(folder.to_path_buf(), format!("cannot be read: {error}")),
        }
    }

    fn child(&mut self, folder: &Path, name: &OsStr, depth: usize) {
        let child = folder.join(name);
        if depth > 0 && name == "new" {
            self.result(&child);
        }
        // Into everything: groups and functions, too, may be called new, base, change or report.
        if depth < DEPTH {
            self.below(&child, depth + 1);
        }
    }

    /// A folder `new` is a result, or a group or function of this name, or both.
    fn result(&mut self, folder: &Path) {
        let here = self.home.join(folder);
        if here.join(Part::Benchmark.file()).exists() {
            self.results.push(folder.to_path_buf());
        } else if BEFORE_LAST.iter().any(|file| here.join(file).exists()) {
            let reason = "is missing: the harness ended before it finished this benchmark".to_owned();
            self.fail(folder.join(Part::Benchmark.file()), reason);
        }
    }

    fn folders(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(self.home.join(folder))? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                names.push(entry.file_name());
            }
        }
        Ok(names)
    }

    fn fail(&mut self, file: PathBuf, reason: String) {
        self.errors.push(RunnerError::Data { file, pointer: String::new(), reason });
    }
}
