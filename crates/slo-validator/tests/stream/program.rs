//! The program, run with some input; and inputs that are the same on every machine.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_slo-validator"));
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PERFLEDGER_") {
            command.env_remove(name);
        }
    }
    command
}

/// Runs the program with these bytes on standard input.
pub(crate) fn run(arguments: &[&str], input: impl AsRef<[u8]>) -> Output {
    let mut child = command(arguments).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.as_ref().to_vec();
    // From a thread, as the program answers while it reads. It may stop reading early.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

pub(crate) fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

pub(crate) fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

pub(crate) fn lines(output: &Output) -> Vec<Value> {
    out(output).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The one answer to one question.
pub(crate) fn answer(arguments: &[&str], input: impl AsRef<[u8]>) -> Value {
    let output = run(arguments, input);
    assert_eq!((code(&output), err(&output).as_str()), (0, ""), "{}", out(&output));
    let mut lines = lines(&output);
    assert_eq!(lines.len(), 1, "{lines:?}");
    lines.remove(0)
}

/// Noise of mean 0 between -1 and 1: the same for the same seed.
pub(crate) struct Noise(pub(crate) u64);

impl Noise {
    pub(crate) fn next(&mut self) -> f64 {
        // Knuth's MMIX generator, of which the upper bits are good.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f64 / f64::from(1 << 23) - 1.0
    }

    /// Values of these levels, each as often as said, that vary by about 1 %.
    pub(crate) fn levels(&mut self, levels: &[(f64, usize)]) -> Vec<f64> {
        let level = |&(level, count): &(f64, usize)| std::iter::repeat_n(level, count);
        levels.iter().flat_map(level).map(|level| level * (1.0 + 0.01 * self.next())).collect()
    }
}
