//! Head's benches laid over the base, so that both sides run the same benches. Must not know: whether they compile there.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::{Project, RunnerError};

/// The folder that cargo looks for benches in.
const BENCHES: &str = "benches";

/// How deep folders below `benches` are followed.
const DEPTH: u32 = 16;

/// Lays the source of `head`'s bench targets over the checkout `to`: the `benches` folder of each package, main files that
/// lie elsewhere, and what the manifest says in `[[bench]]` and `[dev-dependencies]`. What only the checkout has stays. `from`
/// is the root of head's tree. Tells whether anything differed.
pub(super) fn lay_over(head: &Project, from: &Path, to: &Path) -> Result<bool, RunnerError> {
    let from = from.canonicalize().map_err(|source| RunnerError::write(from, source))?;
    let mut differs = false;
    for package in head.members() {
        let folder = package.folder().canonicalize().unwrap_or_else(|_| package.folder().to_path_buf());
        let Ok(below) = folder.strip_prefix(&from) else { continue };
        let base = to.join(below);
        let manifest = base.join("Cargo.toml");
        if package.benches().next().is_none() || !manifest.is_file() {
            continue;
        }
        let mut sources: Vec<PathBuf> = package
            .benches()
            .filter_map(|path| path.strip_prefix(package.folder()).ok())
            .map(|path| if path.starts_with(BENCHES) { BENCHES.into() } else { path.to_path_buf() })
            .collect();
        sources.sort();
        sources.dedup();
        for source in sources {
            differs |= copy(&folder.join(&source), &base.join(&source), DEPTH)
                .map_err(|error| RunnerError::write(&base.join(&source), error))?;
        }
        differs |= merge_manifest(&folder.join("Cargo.toml"), &manifest)
            .map_err(|error| RunnerError::write(&manifest, error))?;
    }
    Ok(differs)
}

/// A lock file that is not under version control is part of no commit: the base gets head's, or it would be built with
/// whatever versions are newest.
pub(super) fn lend_lock(head: &Project, from: &Path, to: &Path) -> Result<(), RunnerError> {
    let workspace = head.workspace().canonicalize().unwrap_or_else(|_| head.workspace().to_path_buf());
    let from = from.canonicalize().unwrap_or_else(|_| from.to_path_buf());
    let Ok(below) = workspace.strip_prefix(from) else { return Ok(()) };
    let (lock, place) = (workspace.join("Cargo.lock"), to.join(below).join("Cargo.lock"));
    if lock.is_file() && !place.exists() && place.parent().is_some_and(Path::is_dir) {
        fs::copy(&lock, &place).map_err(|source| RunnerError::write(&place, source))?;
    }
    Ok(())
}

/// Copies what differs, and leaves the times of all else alone, so that cargo does not build it again.
fn copy(from: &Path, to: &Path, depth: u32) -> io::Result<bool> {
    if fs::metadata(from)?.is_dir() {
        fs::create_dir_all(to)?;
        let mut differs = false;
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            // A folder that is a link may lead anywhere, and round in circles.
            let linked = entry.file_type()?.is_symlink() && fs::metadata(entry.path()).is_ok_and(|data| data.is_dir());
            if depth > 0 && !linked {
                differs |= copy(&entry.path(), &to.join(entry.file_name()), depth - 1)?;
            }
        }
        return Ok(differs);
    }
    let bytes = fs::read(from)?;
    if fs::read(to).is_ok_and(|there| there == bytes) {
        return Ok(false);
    }
    if fs::symlink_metadata(to).is_ok_and(|data| data.is_symlink()) {
        fs::remove_file(to)?;
    }
    if let Some(above) = to.parent() {
        fs::create_dir_all(above)?;
    }
    fs::write(to, bytes)?;
    Ok(true)
}

/// Adds head's bench targets and the dependencies of benches to the base's manifest, in place of those of the same name.
fn merge_manifest(from: &Path, to: &Path) -> io::Result<bool> {
    let read = |path: &Path| fs::read_to_string(path)?.parse::<Table>().map_err(io::Error::other);
    let (head, before) = (read(from)?, read(to)?);
    let mut merged = before.clone();
    if let Some(Value::Array(targets)) = head.get("bench") {
        let name = |target: &Value| target.get("name").cloned();
        let place = merged.entry("bench").or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(place) = place {
            for target in targets {
                match place.iter_mut().find(|there| name(there) == name(target)) {
                    Some(there) => there.clone_from(target),
                    None => place.push(target.clone()),
                }
            }
        }
    }
    if let Some(Value::Table(dependencies)) = head.get("dev-dependencies") {
        let place = merged.entry("dev-dependencies").or_insert_with(|| Value::Table(Table::new()));
        if let Value::Table(place) = place {
            place.extend(dependencies.clone());
        }
    }
    let differs = merged != before;
    if differs {
        fs::write(to, toml::to_string(&merged).map_err(io::Error::other)?)?;
    }
    Ok(differs)
}
