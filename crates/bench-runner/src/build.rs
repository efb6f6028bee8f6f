//! Builds the benches once and finds their executables. Must not know: how they are run.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use bench_cli::Interrupt;
use bench_model::config::Bench;
use serde::Deserialize;

use crate::child::{self, How};
use crate::log::Log;
use crate::project::Project;
use crate::{Observer, RunnerError};

/// What every Criterion executable holds, because the library reads a variable of this name.
const MARK: &[u8] = b"CRITERION_HOME";

/// A bench executable.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// `<package>/<bench target>`.
    pub(crate) label: String,
    pub(crate) executable: PathBuf,
    /// Where cargo would run it.
    pub(crate) folder: PathBuf,
    /// What cargo would set for it.
    pub(crate) variables: BTreeMap<String, OsString>,
    /// The version of its Criterion.
    pub(crate) criterion: Option<String>,
}

/// What a build gave.
#[derive(Debug, Clone)]
pub(crate) struct Built {
    /// Criterion targets, ordered by label.
    pub(crate) targets: Vec<Target>,
    /// Labels of bench targets with another harness.
    pub(crate) others: Vec<String>,
}

#[derive(Deserialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
enum Message {
    CompilerArtifact {
        package_id: String,
        target: TargetName,
        executable: Option<PathBuf>,
    },
    BuildScriptExecuted {
        package_id: String,
        #[serde(default)]
        linked_paths: Vec<String>,
        #[serde(default)]
        env: Vec<(String, String)>,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct TargetName {
    kind: Vec<String>,
    name: String,
}

/// Runs `cargo bench --no-run`. It has no timeout: how long compiling takes says nothing about the benches.
pub(crate) fn build(
    project: &Project,
    bench: &Bench,
    log: &mut Log,
    interrupt: &Interrupt,
    observer: &dyn Observer,
) -> Result<Built, RunnerError> {
    log.section("cargo bench --no-run")?;
    let fail = |source| RunnerError::Watch { program: "cargo".into(), source };
    let (out_read, out_write) = std::io::pipe().map_err(fail)?;
    let (err_read, err_write) = std::io::pipe().map_err(fail)?;
    let mut command = project.cargo("bench");
    command.args(["--no-run", "--message-format=json-render-diagnostics"]);
    if !bench.package.is_empty() {
        command.args(["--package", &bench.package]);
    }
    for target in &bench.targets {
        command.args(["--bench", target]);
    }
    if !bench.features.is_empty() {
        command.args(["--features", &bench.features.join(",")]);
    }
    command.stdin(Stdio::null()).stdout(out_write).stderr(err_write);
    let mut copy = log.copy()?;
    let (messages, ended) = std::thread::scope(|scope| {
        let messages = scope.spawn(move || read_messages(out_read));
        scope.spawn(move || tee(err_read, &mut copy, observer));
        // The command is dropped inside, and with it our ends of the pipes, so that both readers come to an end.
        let ended = child::run(command, None, interrupt);
        (messages.join().unwrap_or_default(), ended)
    });
    let ended = ended?;
    if ended.how != How::ByItself {
        return Err(RunnerError::Interrupted { during: "cargo was building the benches".into() });
    }
    if !ended.usage.status.success() {
        return Err(RunnerError::Cargo {
            verb: "bench --no-run",
            lines: log.tail(),
            log: Some(log.path().to_path_buf()),
        });
    }
    Ok(select(project, messages))
}

fn read_messages(out: impl Read) -> Vec<Message> {
    let lines = BufReader::new(out).split(b'\n').map_while(Result::ok);
    // Build scripts and tools may print lines of their own between cargo's messages.
    lines.filter_map(|line| serde_json::from_slice(&line).ok()).collect()
}

fn tee(err: impl Read, log: &mut File, observer: &dyn Observer) {
    for line in BufReader::new(err).split(b'\n').map_while(Result::ok) {
        drop(log.write_all(&line).and_then(|()| log.write_all(b"\n")));
        observer.building(String::from_utf8_lossy(&line).trim_end());
    }
}

fn select(project: &Project, messages: Vec<Message>) -> Built {
    let mut targets = BTreeMap::new();
    let mut others = Vec::new();
    let mut scripts: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    let mut libraries: Vec<PathBuf> = Vec::new();
    for message in messages {
        match message {
            Message::CompilerArtifact { package_id, target, executable: Some(executable) }
                if target.kind.iter().any(|kind| kind == "bench") =>
            {
                let Some(package) = project.package(&package_id) else { continue };
                let label = format!("{}/{}", package.name, target.name);
                if !holds(&executable, MARK) {
                    others.push(label);
                    continue;
                }
                let target = Target {
                    label: label.clone(),
                    executable,
                    folder: package.folder().to_path_buf(),
                    variables: package.variables(),
                    criterion: project.criterion_version(&package_id),
                };
                targets.insert(label, (package_id, target));
            }
            Message::BuildScriptExecuted { package_id, linked_paths, env } => {
                scripts.entry(package_id).or_default().extend(env);
                let plain = |path: String| PathBuf::from(path.split_once('=').map_or(path.clone(), |(_, p)| p.into()));
                let ours = |path: &PathBuf| path.starts_with(project.target_directory());
                libraries.extend(linked_paths.into_iter().map(plain).filter(ours));
            }
            Message::CompilerArtifact { .. } | Message::Other => {}
        }
    }
    let system = rust_libraries(project);
    let targets = targets
        .into_values()
        .map(|(package, mut target)| {
            target
                .variables
                .extend(scripts.remove(&package).unwrap_or_default().into_iter().map(|(k, v)| (k, v.into())));
            let (name, value) = library_path(&target.executable, &libraries, system.as_deref());
            target.variables.insert(name, value);
            target.variables.insert("CARGO".into(), std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
            target
        })
        .collect();
    others.sort();
    Built { targets, others }
}

/// The standard library's folder, for benches that link it dynamically.
fn rust_libraries(project: &Project) -> Option<PathBuf> {
    let output = bench_host::rustc(project.calls()).args(["--print", "target-libdir"]).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    Some(PathBuf::from(text.trim())).filter(|path| path.is_dir())
}

/// The dynamic library path that cargo would set: its own folders, those of build scripts, the compiler's, and what was there.
fn library_path(executable: &Path, libraries: &[PathBuf], system: Option<&Path>) -> (String, OsString) {
    let name = if cfg!(target_os = "macos") { "DYLD_FALLBACK_LIBRARY_PATH" } else { "LD_LIBRARY_PATH" };
    let mut folders: Vec<PathBuf> = libraries.to_vec();
    folders.extend(executable.ancestors().skip(1).take(2).map(Path::to_path_buf));
    folders.extend(system.map(Path::to_path_buf));
    let before = std::env::var_os(name).unwrap_or_default();
    folders.extend(std::env::split_paths(&before).filter(|path| !path.as_os_str().is_empty()));
    (name.to_owned(), std::env::join_paths(folders).unwrap_or(before))
}

/// Whether a file holds a text, read in pieces.
fn holds(path: &Path, text: &[u8]) -> bool {
    let Ok(mut file) = File::open(path) else { return false };
    let mut buffer = Vec::new();
    loop {
        let kept = buffer.len().min(text.len().saturating_sub(1));
        buffer.drain(..buffer.len() - kept);
        match (&mut file).take(1 << 20).read_to_end(&mut buffer) {
            Ok(0) | Err(_) => return false,
            Ok(_) if found(&buffer, text) => return true,
            Ok(_) => {}
        }
    }
}

fn found(mut bytes: &[u8], text: &[u8]) -> bool {
    let Some(first) = text.first() else { return true };
    while let Some(at) = bytes.iter().position(|byte| byte == first) {
        bytes = bytes.get(at..).unwrap_or_default();
        if bytes.starts_with(text) {
            return true;
        }
        bytes = bytes.get(1..).unwrap_or_default();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_mark_that_lies_across_two_pieces() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut bytes = vec![b'C'; (1 << 20) - 7];
        bytes.extend(MARK);
        std::fs::write(file.path(), &bytes).unwrap();
        assert!(holds(file.path(), MARK));
        std::fs::write(file.path(), vec![b'C'; 3 << 20]).unwrap();
        assert!(!holds(file.path(), MARK));
    }

    #[test]
    fn reads_the_messages_between_lines_of_other_programs() {
        let text = b"hello\n{\"reason\":\"build-finished\",\"success\":true}\n\xff\n{\"reason\":\"compiler-artifact\",\
            \"package_id\":\"x\",\"target\":{\"kind\":[\"bench\"],\"name\":\"b\",\"more\":1},\"executable\":null}\n";
        assert_eq!(read_messages(text.as_slice()).len(), 2);
    }
}
