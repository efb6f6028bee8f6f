//! Runs `pr-automation` as a workflow would, on the files of a real run (quick mode, made with perfledger 0.1.0; machine and
//! digest redacted), and looks for the token in everything that comes out.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

pub(crate) const HEAD: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

pub(crate) struct Program {
    pub(crate) folder: tempfile::TempDir,
    command: Command,
    token: String,
}

pub(crate) struct Ended {
    pub(crate) exit: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Program {
    /// A verb, at GitHub's API there, with a token.
    pub(crate) fn new(verb: &str, url: &str, token: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pr-automation"));
        command.env_clear().arg(verb).env("GITHUB_TOKEN", token);
        if !url.is_empty() {
            command.env("GITHUB_API_URL", url);
        }
        Self { folder: tempfile::tempdir().unwrap(), command, token: token.to_owned() }
    }

    /// `post` of a run that came out like the one in `data`.
    pub(crate) fn post(url: &str, token: &str) -> Self {
        Self::new("post", url, token).evidence(|_, _| {})
    }

    /// Writes perf.json and verdict.json, changed, and still one of the other.
    pub(crate) fn evidence(mut self, change: impl FnOnce(&mut Value, &mut Value)) -> Self {
        self.written(change);
        let (at, of) = (self.path("perf.json"), self.path("verdict.json"));
        self.command.arg("--perf").arg(at).arg("--verdict").arg(of);
        self
    }

    /// `alert` about a run that came out like the one in `data`, changed.
    pub(crate) fn alert(url: &str, token: &str, change: impl FnOnce(&mut Value, &mut Value)) -> Self {
        let program = Self::new("alert", url, token);
        program.written(change);
        let folder = program.folder.path().to_path_buf();
        program.arg("--run").arg(folder)
    }

    fn written(&self, change: impl FnOnce(&mut Value, &mut Value)) {
        let mut perf: Value = serde_json::from_str(include_str!("../data/perf.json")).unwrap();
        let mut verdict: Value = serde_json::from_str(include_str!("../data/verdict.json")).unwrap();
        change(&mut perf, &mut verdict);
        let perf = serde_json::to_vec_pretty(&perf).unwrap();
        if verdict["perf_sha256"] == "PERF_SHA256" {
            verdict["perf_sha256"] = bench_model::Sha256::of(&perf).as_str().into();
        }
        let (at, of) = (self.path("perf.json"), self.path("verdict.json"));
        std::fs::write(at, perf).unwrap();
        std::fs::write(of, verdict.to_string()).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The event of the workflow.
    pub(crate) fn event(self, event: &Value) -> Self {
        let path = self.path("event.json");
        std::fs::write(&path, event.to_string()).unwrap();
        self.env("GITHUB_EVENT_PATH", &path)
    }

    /// Pull request 5 of acme/copybook.
    pub(crate) fn pull_request(self) -> Self {
        self.event(&serde_json::json!({
            "repository": { "id": 7, "full_name": "acme/copybook" },
            "pull_request": { "number": 5, "head": { "sha": HEAD } },
        }))
    }

    pub(crate) fn arg(mut self, arg: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    pub(crate) fn args(mut self, args: &[&str]) -> Self {
        self.command.args(args);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<Path>) -> Self {
        self.command.env(name, value.as_ref());
        self
    }

    pub(crate) fn run(&mut self) -> Ended {
        let output = self.command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let (out, err) = (text(output.stdout), text(output.stderr));
        if !self.token.is_empty() {
            assert!(!out.contains(&self.token) && !err.contains(&self.token), "the token is in\n{out}\n{err}");
        }
        Ended { exit: output.status.code().unwrap(), out, err }
    }
}
