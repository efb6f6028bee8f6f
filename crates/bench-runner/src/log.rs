//! The log file that harness output goes to, and its last lines.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use bench_cli::printable;

use crate::RunnerError;

/// The most that is read back to find the last lines.
const TAIL_BYTES: u64 = 64 << 10;
/// Lines shown on a failure.
const TAIL_LINES: usize = 12;
/// Characters shown of a line.
const LINE_LENGTH: usize = 400;

/// An open log file.
pub(crate) struct Log {
    path: PathBuf,
    file: File,
    section: u64,
}

impl Log {
    /// Begins an empty log.
    pub(crate) fn create(path: &Path) -> Result<Self, RunnerError> {
        let fail = |source| RunnerError::write(path, source);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(fail)?;
        }
        File::create(path).map_err(fail)?;
        // Appending, so that every process that holds a copy writes behind what is there.
        let file = OpenOptions::new().append(true).open(path).map_err(fail)?;
        Ok(Self { path: path.to_path_buf(), file, section: 0 })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Begins a part of the log; [`Log::tail`] looks no further back.
    pub(crate) fn section(&mut self, title: &str) -> Result<(), RunnerError> {
        writeln!(self.file, "== {title}").map_err(|source| RunnerError::write(&self.path, source))?;
        self.section = self.file.metadata().map_or(0, |data| data.len());
        Ok(())
    }

    /// Adds raw bytes.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), RunnerError> {
        self.file.write_all(bytes).map_err(|source| RunnerError::write(&self.path, source))
    }

    /// A copy for another thread.
    pub(crate) fn copy(&self) -> Result<File, RunnerError> {
        self.file.try_clone().map_err(|source| RunnerError::write(&self.path, source))
    }

    /// A copy for a process to write to.
    pub(crate) fn stdio(&self) -> Result<Stdio, RunnerError> {
        Ok(Stdio::from(self.copy()?))
    }

    /// The last lines of this section, control characters replaced.
    pub(crate) fn tail(&self) -> Vec<String> {
        self.read_tail().unwrap_or_default()
    }

    fn read_tail(&self) -> std::io::Result<Vec<String>> {
        let mut file = File::open(&self.path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(self.section.max(length.saturating_sub(TAIL_BYTES))))?;
        let mut bytes = Vec::new();
        file.take(TAIL_BYTES).read_to_end(&mut bytes)?;
        Ok(last_lines(&bytes))
    }
}

/// The last lines of an output that say something: control characters replaced, the frames of a backtrace left out, so
/// that the message above them shows.
pub(crate) fn last_lines(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let mut traced = false;
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines().map(str::trim_end).filter(|line| !line.is_empty()) {
        let begins = line.trim_start() == "stack backtrace:";
        traced = begins || (traced && is_frame(line));
        if !traced {
            lines.push(printable(line).chars().take(LINE_LENGTH).collect());
        }
    }
    lines.split_off(lines.len().saturating_sub(TAIL_LINES))
}

/// `  12: function` or `      at file`, as Rust prints them.
fn is_frame(line: &str) -> bool {
    let text = line.trim_start();
    let number = text.split_once(": ").is_some_and(|(number, _)| number.bytes().all(|byte| byte.is_ascii_digit()));
    text.len() < line.len() && (number || text.starts_with("at "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backtrace_does_not_hide_the_message() {
        let frames: String = (0..50).map(|n| format!("  {n:2}: a::b\n             at src/a.rs:1:2\n")).collect();
        let text = format!("before\nthe message\x1b[0m\nstack backtrace:\n{frames}note: some\n\n");
        assert_eq!(last_lines(text.as_bytes()), ["before", "the message\u{fffd}[0m", "note: some"]);
    }

    #[test]
    fn shows_the_end_of_a_long_output() {
        let text: String = (0..100).map(|n| format!("{n}\n")).collect();
        let lines = last_lines(text.as_bytes());
        assert_eq!((lines.len(), lines[0].as_str(), lines[11].as_str()), (12, "88", "99"));
    }
}
