//! Where the files of a run go. Must not know: what is in them.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use bench_model::RunId;
use serde::Deserialize;

use crate::cargo;

/// A run's id, its file, and the folder for what lies beside that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFiles {
    /// The run's id.
    pub id: RunId,
    /// The run itself; `-` is standard output.
    pub out: PathBuf,
    /// Logs and whatever else belongs to the run go here. Nobody has made it yet.
    pub folder: PathBuf,
}

impl RunFiles {
    /// `run.json` in `<target>/perf/<id>`, unless another file is asked for: then the rest lies beside that one. `target` is looked for
    /// only where it is needed.
    pub fn new(id: RunId, out: Option<PathBuf>, target: impl FnOnce() -> PathBuf) -> Self {
        let own = || target().join("perf").join(id.as_str());
        let beside = out.as_deref().filter(|out| *out != Path::new("-")).and_then(Path::parent);
        let folder = beside.map_or_else(own, Path::to_path_buf);
        let out = out.unwrap_or_else(|| folder.join("run.json"));
        Self { id, out, folder }
    }
}

/// The target folder of a project as Cargo sees it: variables, configuration and a workspace around it count. Of what is no Cargo
/// project, `target` in it.
pub fn target_directory(project: &Path) -> PathBuf {
    told(project).unwrap_or_else(|| project.join("target"))
}

/// The part of `cargo metadata` that is wanted here.
#[derive(Deserialize)]
struct Metadata {
    target_directory: PathBuf,
}

fn told(project: &Path) -> Option<PathBuf> {
    let mut metadata = cargo(project);
    metadata.args(["metadata", "--format-version", "1", "--no-deps"]).stdin(Stdio::null());
    let told: Metadata = serde_json::from_slice(&metadata.output().ok()?.stdout).ok()?;
    Some(told.target_directory)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(out: Option<&str>) -> RunFiles {
        RunFiles::new("an-id".parse().unwrap(), out.map(PathBuf::from), || PathBuf::from("/t"))
    }

    #[test]
    fn a_run_has_a_folder_of_its_own_unless_a_file_is_named() {
        let both = |files: RunFiles| [files.out, files.folder].map(|path| path.display().to_string());
        assert_eq!(both(files(None)), ["/t/perf/an-id/run.json", "/t/perf/an-id"]);
        assert_eq!(both(files(Some("-"))), ["-", "/t/perf/an-id"]);
        assert_eq!(both(files(Some("/o/a.json"))), ["/o/a.json", "/o"]);
        let nobody_asks = || unreachable!("the folder is known");
        drop(RunFiles::new("an-id".parse().unwrap(), Some("/o/a.json".into()), nobody_asks));
    }

    #[test]
    fn a_folder_of_no_cargo_project_has_a_target_folder_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(target_directory(folder.path()), folder.path().join("target"));
    }

    #[test]
    fn the_target_folder_is_the_one_that_the_project_configures() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        for made in ["src", ".cargo"] {
            std::fs::create_dir(folder.path().join(made)).unwrap();
        }
        write("Cargo.toml", "[package]\nname = \"measured\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
        write("src/lib.rs", "");
        write(".cargo/config.toml", "[build]\ntarget-dir = \"elsewhere\"\n");
        // A variable that is set for these tests themselves has the last word.
        let expected = match std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from) {
            Some(named) => named,
            None => folder.path().canonicalize().unwrap().join("elsewhere"),
        };
        assert_eq!(target_directory(folder.path()), expected);
        assert_eq!(target_directory(&folder.path().join("src")), expected, "a folder inside belongs to it");
    }
}
