//! What every test of a driven engine needs: a scenario, the program, and its record.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use bench_model::load::{Load, Series};
use bench_model::run::Run;

/// The value of the scenario's secret.
pub(crate) const SECRET: &str = "a-secret-of-the-test";

/// Two requests, of which the second needs what the first captured, and a phase of each kind.
pub(crate) const SCENARIO: &str = r#"
description = "both kinds of phases"
base_url = "http://127.0.0.1:1"
timeout = "60 s"
connections = 40

[headers]
x-api-key = "${ENV:DRIVER_TEST_KEY}"

[[request]]
name = "create"
post = "/create"
json = { number = "${int(1, 9)}", text = "${text(20)} ${choice(a, b)}", "$" = "kept" }
checks = [{ exists = "/id" }, { pointer = "/echo/number", equals = "${int(1, 9)}", name = "same number" }]
capture = { made = "/id" }

[[request]]
name = "read"
get = "/read/${capture.made}"
checks = [{ pointer = "/path", matches = "^/read/[0-9]+$", name = "asked for one" }]

[[request]]
name = "broken"
get = "/broken"
weight = 0.2

[[phase]]
name = "open"
duration = "4 s"
rate = "20 req/s"

[[phase]]
name = "closed"
duration = "3 s"
users = 4
think_time = "50 ms"

[thresholds]
"http_req_duration{phase:open}" = ["p(95)<30000"]
"http_req_duration{phase:closed}" = ["p(95) < 120 % of {phase:open} or 30 s"]
http_req_failed = ["rate<0.0001"]
"{phase:open}" = ["samples >= 1"]
"#;

/// What scripts must send and judge as the engine of this program does: odd values in paths and headers, captures that hang on captures,
/// null, checks that fail, and a secret in a path.
pub(crate) const ODD: &str = r#"
description = "odd values"
base_url = "http://127.0.0.1:1"
timeout = "20 s"
connections = 10

[headers]
x-api-key = "${ENV:DRIVER_TEST_KEY}"

[[request]]
name = "first"
post = "/first"
json = { text = "a \"b\"\n/c ü!'()*~", "__proto__" = { kept = "${int(1, 9)}" } }
weight = 0.01
checks = [{ pointer = "/echo/__proto__/kept", equals = "${int(1, 9)}", name = "key kept" }]
capture = { text = "/echo/text" }

[[request]]
name = "second"
get = "/second/${capture.text}?q=a%20b"
headers = { x-odd = "<${capture.text}>" }
weight = 0.01
capture = { path = "/path", nothing = "/nothing" }

[[request]]
name = "third"
get = "/third/${capture.path}"
weight = 10

[[request]]
name = "wrong"
get = "/wrong/${ENV:DRIVER_TEST_PATH}"
checks = [{ pointer = "/path", equals = "/other", name = "never" }, { exists = "/nothing", name = "null" }, { exists = "/id", name = "there" }]

[[request]]
name = "needs nothing"
get = "/nothing/${capture.nothing}"
weight = 0.01

[[request]]
name = "away"
get = "/away"
accept = ["3xx"]

[[phase]]
name = "open"
duration = "4 s"
rate = "20 req/s"

[thresholds]
http_req_failed = ["rate<0.01"]
"http_req_failed{phase:open}" = ["rate<0.99"]
"#;

/// The value of the secret in a path: none of it may be written anywhere, in whatever form.
pub(crate) const PATH_SECRET: &str = "path secret/of the test";

/// A folder with the scenario in it.
pub(crate) struct Bench {
    pub(crate) folder: tempfile::TempDir,
}

impl Bench {
    pub(crate) fn new(scenario: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("both.toml"), scenario).unwrap();
        Self { folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// load-runner with a verb, the scenario, and a record in the folder.
    pub(crate) fn command(&self, verb: &str, url: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_load-runner"));
        command.arg(verb).arg(self.path("both.toml")).args(["--set", &format!("base_url={url}"), "--project"]);
        command.arg(self.folder.path()).arg("--out").arg(self.path("run.json")).env("DRIVER_TEST_KEY", SECRET);
        // Whoever listened there would get the secrets.
        for proxy in ["http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"] {
            command.env(proxy, "http://127.0.0.1:9");
        }
        command.env("NO_PROXY", "").env("DRIVER_TEST_PATH", PATH_SECRET);
        command
    }

    pub(crate) fn load(&self) -> Load {
        let run: Run = bench_model::file::read_json(&self.path("run.json")).unwrap();
        *run.load.unwrap()
    }

    /// Whether a text is in any file of the folder, but the scenario itself.
    pub(crate) fn holds(&self, text: &str) -> Option<PathBuf> {
        let files = std::fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let mut found = files.filter(|path| path.is_file() && !path.ends_with("both.toml"));
        found.find(|path| contains(&std::fs::read(path).unwrap(), text.as_bytes()))
    }
}

/// What a run of [`ODD`] must be, whatever drives it.
pub(crate) fn check_odd(bench: &Bench, server: &super::server::Server) {
    let load = bench.load();
    // As tests/scenarios/built.rs has it for the engine of this program.
    let path = "/second/a%20%22b%22%0A%2Fc%20%C3%BC%21%27%28%29%2A~?q=a%20b";
    let second = server.asked("/second");
    assert!(!second.is_empty(), "captures that hang on captures");
    for asked in second {
        assert_eq!((asked.path.as_str(), asked.odd.as_str()), (path, "<a \"b\" /c ü!'()*~>"));
    }
    let third = server.asked("/third");
    assert!(!third.is_empty());
    let inner = "%2Fsecond%2Fa%2520%2522b%2522%250A%252Fc%2520%25C3%25BC%2521%2527%2528%2529%252A~%3Fq%3Da%2520b";
    assert!(third.iter().all(|asked| asked.path == format!("/third/{inner}")), "{:?}", third.first());
    assert_eq!(server.asked("/nothing").len(), 0, "null is no value");
    assert_eq!(server.asked("/followed").len(), 0);
    assert!(server.asked("/wrong").iter().all(|asked| asked.path == "/wrong/path%20secret%2Fof%20the%20test"));
    let of = |name: &str| load.series.iter().find(|it| it.request == name && it.sent > 0).unwrap();
    let wrong = of("wrong");
    assert_eq!((wrong.completed, wrong.failed), (wrong.sent, wrong.sent), "a failed check is a failure");
    assert_eq!(wrong.errors.get("check"), Some(&wrong.sent), "{:?}", wrong.errors);
    for (name, passed) in [("never", false), ("null", false), ("there", true)] {
        let count = wrong.checks.get(name).unwrap();
        assert_eq!((count.passed > 0, count.failed > 0), (passed, !passed), "{name}");
        assert_eq!(count.passed + count.failed, wrong.sent, "{name}");
    }
    let first = of("first");
    assert!(first.checks.values().all(|count| count.failed == 0 && count.passed == first.sent), "{first:?}");
    assert_eq!((of("third").failed, of("away").failed), (0, 0));
    let failed: u64 = load.windows.iter().map(|it| it.failed).sum();
    assert_eq!(failed, wrong.sent);
    for secret in [SECRET, PATH_SECRET, "path%20secret", "secret%2Fof"] {
        assert_eq!(bench.holds(secret), None, "the secret is written down");
    }
}

fn contains(hay: &[u8], needle: &[u8]) -> bool {
    hay.windows(needle.len()).any(|window| window == needle)
}

/// The program that a variable names; says so when it is unset.
pub(crate) fn engine(variable: &str) -> Option<PathBuf> {
    let program = std::env::var_os(variable).map(PathBuf::from);
    if program.is_none() {
        eprintln!("not tested: {variable} names no program");
    }
    program
}

/// Runs it, with what it said.
pub(crate) fn said(command: &mut Command) -> (Option<i32>, String) {
    let out = command.output().unwrap();
    (out.status.code(), String::from_utf8_lossy(&out.stderr).into_owned())
}

/// A running program whose talk is read as it comes. Killed when dropped.
pub(crate) struct Talking {
    pub(crate) child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStderr>>,
}

impl Talking {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        Self { child, lines }
    }

    /// The rest of the next line that begins with `start` (after blanks).
    pub(crate) fn after(&mut self, start: &str) -> String {
        let mut all = String::new();
        for line in self.lines.by_ref() {
            let line = line.unwrap();
            if let Some(rest) = line.trim_start().strip_prefix(start) {
                return rest.to_owned();
            }
            all.push_str(&line);
            all.push('\n');
        }
        panic!("it never said `{start}`, but:\n{all}");
    }

    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.lines.by_ref().for_each(drop);
        self.child.wait().unwrap()
    }
}

impl Drop for Talking {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

pub(crate) fn sum(load: &Load, phase: &str, figure: impl Fn(&Series) -> u64) -> u64 {
    load.series.iter().filter(|series| series.phase.as_deref() == Some(phase)).map(figure).sum()
}

pub(crate) fn is_alive(pid: i32) -> bool {
    // One that ended and that nobody waited for yet is not alive.
    std::fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat"))
        .is_ok_and(|stat| !stat.rsplit(')').next().unwrap_or_default().trim_start().starts_with('Z'))
}
