//! A small run with every kind of value, and the real program.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

pub(crate) fn provenance() -> Value {
    json!({
        "tool": "bench-runner 0.1.0",
        "started": "2026-11-21T05:00:00Z",
        "duration_s": 12.5,
        "source": { "commit": "1a2b3c4d".repeat(5), "branch": "main", "dirty": false },
        "machine": { "cpu_model": "Some CPU", "cpus": 2, "memory_bytes": 8_589_934_592_u64 },
        "system": { "os": "linux-x86_64", "kernel": "6.1" },
        "toolchain": { "rustc": "rustc 1.95.0", "harness": { "criterion": "0.8.2" } },
        "epoch": "0123456789abcdef"
    })
}

pub(crate) fn timed(round: u32, typical: f64) -> Value {
    json!({ "round": round, "timing": {
        "sampling": "flat",
        "iters": [10.0, 10.0],
        "times": [typical * 9.0, typical * 11.0],
        "typical": { "value": typical, "lower": typical * 0.8, "upper": typical * 1.25, "level": 0.95 }
    } })
}

pub(crate) fn benchmark(id: &str, throughput: Value, rounds: &[Value]) -> Value {
    let mut benchmark = json!({ "id": { "harness": "criterion", "target": "pkg/decode", "id": id }, "rounds": rounds });
    if !throughput.is_null() {
        benchmark["throughput"] = throughput;
    }
    benchmark
}

pub(crate) fn reading(measure: &str, value: f64, unit: &str, direction: &str) -> Value {
    json!({ "measure": measure, "value": value, "unit": unit, "direction": direction })
}

pub(crate) fn run(benchmarks: &[Value]) -> Value {
    json!({
        "schema": "perfledger/run/1",
        "run_id": "20261121T050000Z-1a2b3c4-9f8e",
        "provenance": provenance(),
        "plan": { "mode": "quick", "rounds": 2, "partial": false },
        "complete": true,
        "warnings": ["the governor is `powersave`: clock rates change while measuring"],
        "errors": [{ "code": "CBKB002", "message": "truncated", "where": { "file": "new/sample.json" }, "hint": "run again" }],
        "benchmarks": benchmarks
    })
}

/// One timed benchmark with a throughput, one without, one process.
pub(crate) fn small_run() -> Value {
    let process = json!({
        "id": { "harness": "process", "target": "tool", "id": "" },
        "rounds": [
            { "round": 1, "readings": [
                reading("wall", 2e9, "ns", "lower_is_better"),
                reading("user", 1e9, "ns", "lower_is_better"),
                reading("rows", 500.0, "1/s", "higher_is_better"),
            ] },
            { "round": 2, "readings": [
                reading("wall", 2e9, "ns", "lower_is_better"),
                reading("user", 1e9, "ns", "lower_is_better"),
                reading("rows", 500.0, "1/s", "higher_is_better"),
            ] },
        ]
    });
    run(&[
        benchmark("display", json!({ "bytes": 1_048_576 }), &[timed(1, 250_000.0), timed(2, 250_000.0)]),
        benchmark("plain", Value::Null, &[timed(1, 100.0)]),
        process,
    ])
}

pub(crate) const CONFIG: &str = r#"
[[headline]]
name = "display_gibs"
label = "DISPLAY"
metric = "pkg/decode/display#throughput"
unit = "GiB/s"

[[headline]]
name = "comp3_mibs"
label = "COMP-3"
metric = "pkg/decode/comp3#throughput"
unit = "MiB/s"

[expect]
benchmarks = ["pkg/decode/display"]
"#;

/// A folder with a project's configuration, for files.
pub(crate) struct Place(tempfile::TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        place.text("config/perfledger.toml", CONFIG);
        place
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn text(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    pub(crate) fn json(&self, name: &str, value: &Value) -> PathBuf {
        self.text(name, serde_json::to_vec(value).unwrap())
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.path().join(name)).unwrap()
    }

    /// Runs the program in this folder.
    pub(crate) fn call(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    pub(crate) fn call_with_input(&self, arguments: &[&str], input: &[u8]) -> Output {
        use std::io::Write;
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        child.wait_with_output().unwrap()
    }

    /// Runs the program with its standard output going somewhere.
    pub(crate) fn call_into(&self, arguments: &[&str], out: Stdio) -> Output {
        self.command(arguments).stdout(out).stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_json-processor"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("PERFLEDGER_") {
                command.env_remove(name);
            }
        }
        command.args(arguments).current_dir(self.path());
        command
    }
}

pub(crate) fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn talk(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The exit status, and that nothing panicked.
pub(crate) fn exit(output: &Output) -> i32 {
    assert!(!talk(output).contains("panicked"), "{}", talk(output));
    output.status.code().unwrap_or_else(|| panic!("ended by a signal: {:?}", output.status))
}
