//! What is sent to GitHub, held against GitHub's own description of its API: the npm package `@octokit/openapi`, cut down
//! by `contract/cut.mjs` and served by `@stoplight/prism-cli`, which answers 422 to what the description does not allow. It keeps
//! no state; what needs one is tested in `github/`.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

#[path = "github/program.rs"]
mod program;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use bench_report::comment::marker;
use serde_json::{Value, json};

use program::{Ended, Program};

/// Looks like a token, and opens nothing.
const TOKEN: &str = "ghs_contract";
/// The head of the description's example of a pull request.
const EXAMPLE: &str = "6dcb09b5b57875f334f61aebed695e2e4193db5e";

fn npm() -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/npm/node_modules");
    let modules = std::env::var_os("PERFLEDGER_NPM").map_or_else(beside, PathBuf::from);
    assert!(
        modules.join("@stoplight/prism-cli").is_dir(),
        "no npm packages in {}: run cargo xtask test",
        modules.display()
    );
    modules
}

/// A server of the description, ended with the test.
struct Prism {
    server: Child,
    url: String,
}

impl Drop for Prism {
    fn drop(&mut self) {
        drop(self.server.kill());
        drop(self.server.wait());
    }
}

impl Prism {
    fn start() -> Self {
        let modules = npm();
        let description = Path::new(env!("CARGO_TARGET_TMPDIR")).join("api.github.com.cut.json");
        let cut = Command::new("node")
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("contract/cut.mjs"))
            .arg(modules.join("@octokit/openapi/generated/api.github.com.json"))
            .arg(&description)
            .status();
        assert!(cut.unwrap().success());
        change_examples(&description);
        // Free a moment ago; nothing else here asks for ports.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut server = Command::new("node")
            .arg(modules.join("@stoplight/prism-cli/dist/index.js"))
            .args(["mock", "--errors", "--host", "127.0.0.1", "--port", &port.to_string()])
            .arg(&description)
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(server.stdout.take().unwrap());
        let prism = Self { server, url: format!("http://127.0.0.1:{port}") };
        let mut line = String::new();
        while !line.contains("is listening") {
            line.clear();
            assert!(lines.read_line(&mut line).unwrap() > 0, "the server ended before it listened");
        }
        // It stops when nobody reads what it says.
        std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
        prism
    }

    /// Tells pull request 5 with these flags, and everything is accepted.
    fn post(&self, flags: &[&str]) -> Value {
        self.accepted(Program::post(&self.url, TOKEN).pull_request().args(flags))
    }

    fn accepted(&self, program: Program) -> Value {
        let Ended { exit, out, err } = program.args(&["--format", "json"]).arg("-vv").run();
        let told: Value = serde_json::from_str(&out).unwrap();
        assert_eq!((exit, &told["problems"]), (0, &json!([])), "{err}");
        told
    }

    /// The status that a request of ours without the program gets.
    fn status(&self, request: &str, body: &Value) -> u16 {
        let mut stream = TcpStream::connect(self.url.trim_start_matches("http://")).unwrap();
        let body = body.to_string();
        let headers = "host: x\r\nconnection: close\r\ncontent-type: application/json";
        let length = body.len();
        write!(stream, "{request} HTTP/1.1\r\n{headers}\r\ncontent-length: {length}\r\n\r\n{body}").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split(' ').nth(1).unwrap().parse().unwrap()
    }
}

/// The example of a list of comments becomes one with comments of ours: a bot's with the key `bot`, and one of the example's
/// user with the key `user`. Two examples of the description (23.0.2) contradict it, and are made to agree.
fn change_examples(description: &Path) {
    let mut whole: Value = serde_json::from_slice(&std::fs::read(description).unwrap()).unwrap();
    let list = whole["components"]["examples"]["issue-comment-items"]["value"].as_array_mut().unwrap();
    let mut of_bot = list[0].clone();
    of_bot["body"] = marker("bot").into();
    of_bot["user"]["type"] = "Bot".into();
    list[0]["body"] = marker("user").into();
    list.push(of_bot);
    let issues = whole["components"]["examples"]["issue-items"]["value"].as_array_mut().unwrap();
    issues[0]["body"] = marker("alert-load").into();
    issues[0]["user"]["type"] = "Bot".into();
    issues[0].as_object_mut().unwrap().remove("pull_request");
    let pulls = whole["components"]["examples"]["pull-request-simple-items"]["value"].as_array_mut().unwrap();
    pulls[0]["requested_teams"] = json!([]);
    // Its header speaks of another page, on every page.
    for path in ["/repos/{owner}/{repo}/issues/{issue_number}/comments", "/repos/{owner}/{repo}/issues"] {
        whole["paths"][path]["get"]["responses"]["200"]["headers"].as_object_mut().unwrap().remove("Link");
    }
    std::fs::write(description, whole.to_string()).unwrap();
}

#[test]
#[ignore = "needs npm packages: cargo xtask test github"]
fn every_request_is_one_that_github_describes() {
    let prism = Prism::start();

    // Nothing is there: a comment and a check run are created.
    let told = prism.post(&[]);
    assert_eq!(told["comment"]["done"], "created");
    assert!(told["check_run"].is_u64(), "{told}");
    let links = ["--report-url", "https://github.example/report", "--run-url", "https://github.example/run"];
    assert!(prism.post(&links)["check_run"].is_u64());

    // Something is there: both are updated, a bot's comment and, after asking who we are, a user's.
    let told = prism.post(&["--comment-key", "bot", "--check-id", "4"]);
    assert_eq!((&told["comment"]["done"], &told["check_run"]), (&json!("updated"), &json!(4)));
    assert_eq!(prism.post(&["--comment-key", "user", "--no-check"])["comment"]["done"], "updated");

    // A fork: the pull request is found by its branch.
    let event = json!({
        "repository": { "id": 7, "full_name": "acme/copybook" },
        "workflow_run": { "event": "pull_request", "head_sha": EXAMPLE, "head_branch": "a/b&c", "pull_requests": [],
            "head_repository": { "owner": { "login": "octocat" } } },
    });
    let told = prism.accepted(Program::post(&prism.url, TOKEN).event(&event));
    assert_eq!((&told["pull_request"], &told["comment"]["done"]), (&json!(1347), &json!("created")));

    // The check run before and without a verdict.
    let started = Program::new("start", &prism.url, TOKEN).pull_request().run();
    assert_eq!((started.out.as_str(), started.err.as_str()), ("4\n", ""));
    let aborted = Program::new("abort", &prism.url, TOKEN).pull_request().args(&["--check-id", "4"]).run();
    assert_eq!(aborted.err, "no check run is in progress: nothing to conclude\n", "the example is completed");

    // The issue about runs that fail: opened, and closed where the description's example is ours.
    let alert = |status: &str, key: &str| {
        let run = Program::alert(&prism.url, TOKEN, |_, verdict| verdict["status"] = status.into());
        let ended = run.args(&["--repo", "acme/copybook", "--key", key, "--require-issue"]).run();
        assert_eq!(ended.exit, 0, "{}", ended.err);
        ended.err
    };
    assert!(alert("FAIL", "other").contains("issue: opened"));
    assert!(alert("FAIL", "load").contains("issue: updated"));
    assert!(alert("PASS", "load").contains("issue: closed"));

    refuses_what_github_does_not_describe(&prism);
}

/// Without this, a server that accepts everything would prove nothing.
fn refuses_what_github_does_not_describe(prism: &Prism) {
    let comments = "POST /repos/acme/copybook/issues/5/comments";
    assert_eq!(prism.status(comments, &json!({ "body": "x" })), 201);
    assert_eq!(prism.status(comments, &json!({ "bodi": "x" })), 422);
    let checks = "POST /repos/acme/copybook/check-runs";
    let check = json!({ "name": "x", "head_sha": program::HEAD, "status": "completed", "conclusion": "neutral" });
    assert_eq!(prism.status(checks, &check), 201);
    for (field, value) in [("detail_url", "https://x"), ("conclusion", "passed"), ("external_id", "")] {
        let mut wrong = check.clone();
        wrong[field] = if value.is_empty() { Value::Null } else { value.into() };
        assert_eq!(prism.status(checks, &wrong), 422, "{wrong}");
    }
}
