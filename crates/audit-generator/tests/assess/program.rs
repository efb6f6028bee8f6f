//! The program from outside: files, exits and what it says.

use bench_model::assessment::{Assessment, AssessmentStatus};
use bench_model::file::read_json;

use serde_json::json;

use crate::fixture::{Ledger, item, level, metric, program, refused, run, scale, scaled, with};

const DAY: &str = "2026-11-30T00:00:00Z";

#[test]
fn equal_ledgers_give_equal_bytes() {
    let bytes = || {
        let mut ledger = Ledger::new();
        ledger.run(DAY, scaled("r1", &scale("processes", 2, &[level(1, 100.0), level(2, 150.0)], &refused()), &[]));
        ledger.run(DAY, run("r2", "e", &[metric("operations#redis/get/rate", 5.0, "1/s")]));
        serde_json::to_vec(&ledger.assess()).unwrap()
    };
    let first = bytes();
    assert_eq!(first, bytes());
    // What is written can be read, and is the same.
    let read: Assessment = serde_json::from_slice(&first).unwrap();
    assert_eq!(serde_json::to_vec(&read).unwrap(), first);
}

#[test]
fn operations_of_servers_stand_in_tables() {
    let mut ledger = Ledger::new();
    let id = ledger.run(
        DAY,
        run(
            "r1",
            "e",
            &[
                metric("operations#redis/get/rate", 5.0, "1/s"),
                metric("operations#redis/get/latency_p95", 7.0, "ns"),
                metric("operations#redis/get/bogus", 7.0, "ns"),
                metric("operations#redis/set/bogus", 7.0, "ns"),
                metric("operations#redis/rate", 9.0, "1/s"),
            ],
        ),
    );
    let of = ledger.assess();
    let row = &of.operations[0].rows[0];
    assert_eq!((of.operations[0].rows.len(), row.operation.as_str(), row.evidence.as_str()), (1, "get", id.as_str()));
    assert_eq!((row.rate.unwrap().get(), row.p95.unwrap().get(), row.p50), (5.0, 7.0, None));
    assert!(of.operations[1].rows.is_empty() && of.operations[1].why.contains("PostgreSQL"));
}

#[test]
fn hostile_names_are_data_and_nothing_else() {
    let name = "</script><script>alert(1)</script>\"{{7*7}}#set $x";
    let mut ledger = Ledger::new();
    ledger.run(DAY, run("r1", "e", &[metric(name, 5.0, "1/s")]));
    let text =
        format!("[[test]]\nid = \"T\"\ncategory = \"load\"\ntitle = \"t\"\nmetric = '{name}'\nat_least = \"1 1/s\"\n");
    let of = ledger.with_plan(&text);
    assert_eq!(item(&of, "T").measured_by.as_deref(), Some(name));
    // As data of the page, too.
    std::fs::write(ledger.folder.path().join("plan.toml"), text).unwrap();
    let path = ledger.write();
    let arguments =
        ["assess", "--ledger", path.to_str().unwrap(), "--plan", "plan.toml", "--subject", name, "--export", "html"];
    let output = program(ledger.folder.path(), &arguments);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let page = std::fs::read_to_string(ledger.folder.path().join("assessment.html")).unwrap();
    assert!(page.contains("&lt;script&gt;alert(1)") && !page.contains("<script>alert"));
}

#[test]
fn the_program_writes_the_record_and_a_broken_chain_says_no() {
    let mut ledger = Ledger::new();
    for id in ["r1", "r2", "r3"] {
        ledger.run(DAY, run(id, "e", &[metric("reencryption#records_per_second", 1e6, "1/s")]));
    }
    let path = ledger.write();
    let folder = ledger.folder.path();
    let arguments = ["assess", "--ledger", path.to_str().unwrap(), "--subject", "copybook", "--export", "json"];
    let output = program(folder, &arguments);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "./assessment.json\n");
    let of: Assessment = read_json(&folder.join("assessment.json")).unwrap();
    assert_eq!((of.subject.as_str(), of.status, of.ledger.runs), ("copybook", AssessmentStatus::NotReady, 3));
    let json = std::fs::read_to_string(folder.join("assessment.json")).unwrap();
    assert!(!json.contains(folder.to_str().unwrap()));
    ledger.lines.swap(1, 2);
    ledger.write();
    let output = program(folder, &arguments);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("CBKB103"));
    let of: Assessment = read_json(&folder.join("assessment.json")).unwrap();
    assert_eq!((of.ledger.verified, of.status, of.ledger.runs), (false, AssessmentStatus::NotAssessed, 1));
    assert_eq!(
        of.reasons[0],
        "the ledger's chain does not hold at line 2: expected line 2, found line 3: lines are missing, doubled or swapped"
    );
    // Nothing is measured for it, and nothing keeps anybody from the report.
    let asked = program(folder, &["assess", "--ledger", path.to_str().unwrap(), "--missing"]);
    assert_eq!((asked.status.code(), asked.stdout.is_empty()), (Some(0), true), "{asked:?}");
    assert!(String::from_utf8(asked.stderr).unwrap().contains("warning: nothing is asked for"));
}

#[test]
fn what_was_not_run_is_told_to_programs_with_its_sizes_and_what_was_is_not() {
    let told = |sizes: &[u32]| {
        let mut ledger = Ledger::new();
        let levels: Vec<_> = sizes.iter().map(|at| level(*at, 100.0)).collect();
        ledger.run(DAY, scaled("r1", &scale("processes", 2, &levels, &refused()), &[]));
        let path = ledger.write();
        let output = program(ledger.folder.path(), &["assess", "--ledger", path.to_str().unwrap(), "--missing"]);
        assert!(!ledger.folder.path().join("assessment.json").exists());
        String::from_utf8(output.stdout).unwrap()
    };
    let lines = told(&[1, 2, 3, 5, 10]);
    for line in [
        "scale scale-trust connections 1,2,10,50,100,1000",
        "scale scale-database pool 1,2,3,5,20",
        "operations",
        "load burst",
    ] {
        assert!(lines.lines().any(|told| told == line), "{lines}");
    }
    assert!(!lines.contains("scale scale-trust processes"), "{lines}");
    // A run that lacks a size is asked for again.
    assert!(told(&[1, 2, 3, 5]).contains("scale scale-trust processes 1,2,3,5,10\n"));
}

#[test]
fn what_was_only_run_shortened_is_asked_for_until_it_was_run_at_full_length() {
    let told = |modes: &[&str]| {
        let mut ledger = Ledger::new();
        let levels: Vec<_> = [1, 2, 3, 5, 10].iter().map(|at| level(*at, 100.0)).collect();
        for mode in modes {
            let sizes = scaled("r1", &scale("processes", 2, &levels, &refused()), &[]);
            ledger.run(DAY, with(sizes, json!({ "mode": mode })));
            ledger.run(DAY, with(run("r2", "e", &[metric("burst/all/all#rps", 9.0, "1/s")]), json!({ "mode": mode })));
        }
        let path = ledger.write();
        let output = program(ledger.folder.path(), &["assess", "--ledger", path.to_str().unwrap(), "--missing"]);
        let told = String::from_utf8(output.stdout).unwrap();
        ["scale scale-trust processes 1,2,3,5,10", "load burst"].map(|line| told.lines().any(|told| told == line))
    };
    assert_eq!(told(&["quick"]), [true, true]);
    assert_eq!((told(&["full"]), told(&["full", "quick"])), ([false, false], [false, false]));
}

#[test]
fn a_plan_that_is_not_there_is_an_error() {
    let ledger = Ledger::new();
    let path = ledger.write();
    let arguments = ["assess", "--ledger", path.to_str().unwrap(), "--plan", "none.toml", "--export", "json"];
    let output = program(ledger.folder.path(), &arguments);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("error[CBKB101]: none.toml: there is no such plan"), "{said}");
}

#[test]
fn settings_are_shown_with_where_they_come_from() {
    let ledger = Ledger::new();
    let path = ledger.write();
    let output = program(ledger.folder.path(), &["assess", "--ledger", path.to_str().unwrap(), "--show-settings"]);
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(
        shown.lines().any(|line| line.starts_with("service_level.p95") && line.ends_with("= \"100 ms\"  # default")),
        "{shown}"
    );
}
