//! The real service, started and ended.
use std::path::PathBuf;

use super::*;
use crate::observe::fetch::Fetcher;
use crate::proxy::Cut;

/// Far more than it takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(240);

/// The service's program: named by the environment, or beside the test's own.
fn program() -> PathBuf {
    if let Some(program) = std::env::var_os("PERFLEDGER_TARGET_SERVICE") {
        return PathBuf::from(program);
    }
    let own = std::env::current_exe().unwrap();
    let program = own.parent().and_then(Path::parent).unwrap().join("target-service");
    assert!(
        program.exists(),
        "there is no {}: run `cargo build -p target-service`, or name the program in PERFLEDGER_TARGET_SERVICE",
        program.display()
    );
    program
}

fn asked(dependency: bool, args: &[&str]) -> scenario::Service {
    scenario::Service {
        args: args.iter().map(|text| (*text).to_owned()).collect(),
        dependency,
        limits: Limits::default(),
    }
}

/// Starts a program for a scenario, with a log in a folder that does not exist yet.
fn start_program(
    program: &Path,
    folder: &Path,
    service: &scenario::Service,
    limit: Duration,
) -> Result<Service, Error> {
    start_copies(Copies::Alone, program, folder, service, limit)
}

fn start_copies(
    copies: Copies,
    program: &Path,
    folder: &Path,
    service: &scenario::Service,
    limit: Duration,
) -> Result<Service, Error> {
    let (log, interrupt) = (folder.join("logs/service.log"), Interrupt::default());
    Service::start(&Start { program, service, copies, api_key: "a key", log: &log, limit, interrupt: &interrupt })
}

fn start(folder: &Path, service: &scenario::Service) -> Service {
    start_program(&program(), folder, service, PATIENCE).unwrap()
}

fn status(service: &Service, path: &str) -> u16 {
    Fetcher::new(PATIENCE).get(&format!("{}{path}", service.base_url())).unwrap().0
}

fn is_there(pid: u32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}

#[test]
fn the_service_is_ready_wants_its_key_and_ends_with_its_owner() {
    let folder = tempfile::tempdir().unwrap();
    let service = start(folder.path(), &asked(false, &["--plugins", "10", "--slow-start", "300"]));
    assert_eq!(status(&service, "/readyz"), 200);
    assert_eq!(status(&service, "/api/phase6/stats"), 401);
    assert!(service.dependency().is_none());
    assert!(folder.path().join("logs/service.log").exists());
    let pid = service.pids()[0];
    assert!(is_there(pid));
    drop(service);
    assert!(!is_there(pid));
}

#[test]
fn a_dependency_stands_behind_a_proxy_that_can_be_cut() {
    let folder = tempfile::tempdir().unwrap();
    let service = start(folder.path(), &asked(true, &["--plugins", "10"]));
    let proxy = service.dependency().unwrap();
    let through = format!("http://{}/healthz", proxy.address());
    let fetcher = Fetcher::new(PATIENCE);
    assert_eq!(fetcher.get(&through).unwrap().0, 200);
    proxy.cut(Cut::Refuse);
    let cut = Instant::now();
    while fetcher.get(&through).is_ok() {
        assert!(cut.elapsed() < PATIENCE);
    }
    // The service itself lives on.
    assert_eq!(status(&service, "/healthz"), 200);
    proxy.heal();
    let healed = Instant::now();
    while fetcher.get(&through).is_err() {
        assert!(healed.elapsed() < PATIENCE);
    }
    assert!(folder.path().join("logs/service-dependency.log").exists());
}

#[test]
fn several_processes_answer_at_one_address_and_end_together() {
    let folder = tempfile::tempdir().unwrap();
    let asked = asked(false, &["--plugins", "10"]);
    let service = start_copies(Copies::Sharing(3), &program(), folder.path(), &asked, PATIENCE).unwrap();
    let pids = service.pids();
    assert_eq!(pids.len(), 3);
    assert!(pids.iter().all(|pid| is_there(*pid)));
    // Each connection is given to one of them; with this many, all have their turn.
    let begun = Instant::now();
    let mut starts = std::collections::BTreeSet::new();
    while starts.len() < 3 {
        assert!(begun.elapsed() < PATIENCE, "{starts:?}");
        let text = Fetcher::new(PATIENCE).get(&format!("{}/metrics", service.base_url())).unwrap().1;
        let start = text.lines().find_map(|line| line.strip_prefix("process_start_time_seconds ")).unwrap();
        starts.insert(start.to_owned());
    }
    drop(service);
    assert!(pids.iter().all(|pid| !is_there(*pid)));
}

#[test]
fn limits_hold_for_the_service_and_not_for_who_starts_it() {
    let folder = tempfile::tempdir().unwrap();
    let own = || std::fs::read_to_string("/proc/thread-self/status").unwrap();
    let before = own();
    let limits = Limits { cpus: Some(1), descriptors: Some(123), memory: Some(3 << 30) };
    let service = start(folder.path(), &scenario::Service { limits, ..asked(false, &["--plugins", "10"]) });
    let told = |file: &str| std::fs::read_to_string(format!("/proc/{}/{file}", service.pids()[0])).unwrap();
    let limit = |name: &str| {
        let text = told("limits");
        let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.split_whitespace().take(2).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(limit("Max open files"), ["123", "123"]);
    assert_eq!(limit("Max address space"), ["3221225472", "3221225472"]);
    let allowed =
        |text: &str| text.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:")).unwrap().trim().to_owned();
    assert!(allowed(&told("status")).parse::<u32>().is_ok(), "{}", allowed(&told("status")));
    assert_eq!(allowed(&own()), allowed(&before));
}

#[test]
fn a_service_that_ends_at_once_shows_the_end_of_its_log() {
    let folder = tempfile::tempdir().unwrap();
    let wrong = asked(false, &["--no-such-flag"]);
    let Err(error) = start_program(&program(), folder.path(), &wrong, PATIENCE) else { panic!("it started") };
    use bench_model::Failure as _;
    assert_eq!(error.code(), bench_model::Code::Load);
    let text = error.to_string();
    assert!(text.contains("ended before it was ready") && text.contains("--no-such-flag"), "{text}");
}

#[test]
fn a_service_that_is_not_ready_in_time_is_ended() {
    let folder = tempfile::tempdir().unwrap();
    let slow = asked(false, &["--plugins", "10", "--slow-start", "3600000"]);
    let Err(error) = start_program(&program(), folder.path(), &slow, Duration::from_secs(3)) else {
        panic!("it started")
    };
    assert!(error.to_string().contains("was not ready within 3 s"), "{error}");
}

#[test]
fn a_program_that_is_missing_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing");
    let Err(error) = start_program(&missing, folder.path(), &asked(false, &[]), PATIENCE) else { panic!("it started") };
    use bench_model::Failure as _;
    assert_eq!(error.code(), bench_model::Code::Harness);
    assert!(error.to_string().contains("missing could not be started"), "{error}");
}

#[test]
fn keys_are_random() {
    let (one, other) = (new_key().unwrap(), new_key().unwrap());
    assert_ne!(one, other);
    assert!(one.len() == 64 && one.chars().all(|c| c.is_ascii_hexdigit()));
}
