//! The program from outside: files, exits and what it says.

use std::path::Path;

use bench_model::audit::Audit;
use bench_model::time::Timestamp;

use crate::fixture::{Ledger, program, rate, run, stderr};

fn ledger(time: &str) -> Ledger {
    let mut ledger = Ledger::new();
    ledger.run(time, run("r1", &[rate("<script>alert(1)</script>", 10.0, Some(5.0))]));
    ledger.run(time, run("r2", &[rate("a", 10.0, Some(5.0))]));
    ledger.run(time, run("r3", &[rate("a", 10.0, Some(5.0))]));
    ledger
}

fn read(folder: &Path) -> Audit {
    bench_model::file::read_json(&folder.join("audit.json")).unwrap()
}

#[test]
fn one_record_becomes_a_file_for_programs_and_a_page() {
    let ledger = ledger("2026-10-05T00:00:00Z");
    let folder = tempfile::tempdir().unwrap();
    let path = ledger.write();
    let arguments = [
        "audit",
        "--ledger",
        path.to_str().unwrap(),
        "--month",
        "2026-10",
        "--export",
        "html,json",
        "--subject",
        "copybook",
    ];
    let output = program(folder.path(), &arguments);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "./audit.html\n./audit.json\n");
    let audit = read(folder.path());
    assert_eq!((audit.subject.as_str(), audit.period.first.as_str(), audit.overview.runs), ("copybook", "2026-10", 3));
    let page = std::fs::read_to_string(folder.path().join("audit.html")).unwrap();
    assert!(page.contains("copybook") && page.contains("&lt;script&gt;alert(1)") && !page.contains("<script>alert"));
    let json = std::fs::read_to_string(folder.path().join("audit.json")).unwrap();
    assert!(!json.contains(folder.path().to_str().unwrap()) && !json.contains(path.to_str().unwrap()));
}

#[test]
fn without_a_month_it_is_the_last_one_that_is_over() {
    let now = Timestamp::now();
    let ledger = ledger(&Timestamp::from_unix(now.unix() - 40 * 86_400).to_string());
    let folder = tempfile::tempdir().unwrap();
    let path = ledger.write();
    let before = now.month().minus(1).to_string();
    let output = program(folder.path(), &["audit", "--ledger", path.to_str().unwrap(), "--export", "json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let audit = read(folder.path());
    // Should a month end while this runs, that one is over, too.
    let after = Timestamp::now().month().minus(1).to_string();
    assert!(
        audit.period.first == audit.period.last && [before, after].contains(&audit.period.first),
        "{:?}",
        audit.period
    );
}

#[test]
fn a_broken_chain_is_written_down_and_the_exit_says_no() {
    let mut ledger = ledger("2026-10-05T00:00:00Z");
    ledger.lines.swap(1, 2);
    let folder = tempfile::tempdir().unwrap();
    let path = ledger.write();
    let arguments = ["audit", "--ledger", path.to_str().unwrap(), "--month", "2026-10", "--export", "html,json"];
    let output = program(folder.path(), &arguments);
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    assert!(
        said.contains("error[CBKB103]: the chain does not hold at ledger line 2: expected line 2, found line 3"),
        "{said}"
    );
    assert!(said.contains("ledger.jsonl:2"), "{said}");
    let audit = read(folder.path());
    assert!(!audit.integrity.verified && audit.attention[0].starts_with("The ledger's chain does not hold at line 2"));
    assert!(folder.path().join("audit.html").exists());
}

#[cfg(not(feature = "pdf"))]
#[test]
fn without_pdf_built_in_asking_for_it_says_how_to_build_it_and_writes_nothing() {
    let ledger = ledger("2026-10-05T00:00:00Z");
    let folder = tempfile::tempdir().unwrap();
    let path = ledger.write();
    // The compiled-in configuration asks for it, too.
    for flags in [&["--export", "pdf"][..], &[]] {
        let arguments = [&["audit", "--ledger", path.to_str().unwrap(), "--month", "2026-10"], flags].concat();
        let output = program(folder.path(), &arguments);
        assert_eq!(output.status.code(), Some(2));
        let said = stderr(&output);
        assert!(said.contains("error[CBKB007]: this audit-generator was built without PDF"), "{said}");
        assert!(
            said.contains("cargo xtask audit")
                && said.contains("--features pdf")
                && said.contains("--export html,json"),
            "{said}"
        );
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

#[test]
fn a_projects_configuration_is_read_and_shown() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config");
    std::fs::create_dir(&config).unwrap();
    std::fs::write(config.join("audit_config.yaml"), "export_formats: [json]\ncompliance_standards: [House]\n")
        .unwrap();
    let own = "[[control]]\nstandard = \"House\"\nclause = \"7\"\ntitle = \"t\"\nrequirement = \"r\"\nscope = \"s\"\nevidence = [\"intact_ledger\"]\n";
    std::fs::write(config.join("controls.toml"), own).unwrap();
    std::fs::write(config.join("perfledger.toml"), "[ledger]\nkeep_months = 12\n").unwrap();
    let ledger = ledger("2026-10-05T00:00:00Z");
    let path = ledger.write();
    let arguments = ["audit", "--ledger", path.to_str().unwrap(), "--month", "2026-10", "--project", "."];
    let output = program(folder.path(), &arguments);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let audit = read(folder.path());
    let clauses: Vec<_> = audit.controls.iter().map(|control| control.control.clause.as_str()).collect();
    assert_eq!(clauses, ["7"]);
    assert!(
        audit
            .attention
            .contains(&"The settings keep 12 months of lines, and `retention_months` promises 36.".to_owned())
    );
    assert!(!folder.path().join("audit.html").exists());
    let output = program(folder.path(), &[&arguments[..], &["--show-settings"]].concat());
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains("compliance_standards         = [House]  # ./config/audit_config.yaml:2"), "{shown}");
    assert!(
        shown.contains("ledger.keep_months") && shown.contains("retention_months             = 36  # default"),
        "{shown}"
    );
    std::fs::write(config.join("audit_config.yaml"), "retenton_months: 3\n").unwrap();
    let output = program(folder.path(), &arguments);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        said.contains("CBKB101")
            && said.contains("did you mean `retention_months`")
            && said.contains("audit_config.yaml:1"),
        "{said}"
    );
}

#[test]
fn flags_that_cannot_be_used_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |arguments: &[&str]| {
        let output = program(folder.path(), &[&["audit", "--ledger", "-", "--export", "json"], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        stderr(&output)
    };
    assert!(refused(&["--from", "2026-10", "--to", "2026-09"]).contains("2026-09 lies before 2026-10"));
    assert!(refused(&["--month", "October"]).contains("a month is written as 2026-11"));
    assert!(refused(&["--project", "nowhere"]).contains("there is no folder nowhere"));
    assert!(refused(&["--month", "2026-10", "--subject", " "]).contains("a subject is a visible text"));
    let said = refused(&["--month", "2026-10", "--template", "own.html"]);
    assert!(said.contains("--template: a template is for audit.html, and no html is written"), "{said}");
}

#[test]
fn an_empty_ledger_is_not_called_verified_and_a_folder_without_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let empty = Ledger::new();
    let path = empty.write();
    let made = |ledger: &Path| {
        let ledger = ledger.to_str().unwrap();
        program(folder.path(), &["audit", "--ledger", ledger, "--month", "2026-10", "--export", "json"])
    };
    let output = made(&path);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("; ledger empty, head 0000") && !said.contains("verified"), "{said}");
    std::fs::remove_file(folder.path().join("audit.json")).unwrap();
    let output = made(folder.path());
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("error[CBKB102]") && said.contains("the folder holds no segment, such as 2026-11.jsonl"));
    assert!(!folder.path().join("audit.json").exists());
}

#[test]
fn the_help_says_what_pdf_needs() {
    let output = program(Path::new("."), &["audit", "--help"]);
    let help = String::from_utf8(output.stdout).unwrap();
    let words: Vec<_> = help.split_whitespace().collect();
    assert!(words.join(" ").contains("pdf needs a program built with `--features pdf`"), "{help}");
}

#[cfg(feature = "pdf")]
#[test]
fn the_pdf_holds_the_very_json_that_lies_beside_it() {
    let ledger = ledger("2026-10-05T00:00:00Z");
    let folder = tempfile::tempdir().unwrap();
    let path = ledger.write();
    let output = program(folder.path(), &["audit", "--ledger", path.to_str().unwrap(), "--month", "2026-10"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "./audit.html\n./audit.pdf\n./audit.json\n");
    let saved = std::process::Command::new("pdfdetach")
        .args(["-save", "1", "-o"])
        .args([folder.path().join("attached.json"), folder.path().join("audit.pdf")])
        .output()
        .expect("pdfdetach of poppler-utils, which cargo xtask test installs");
    assert!(saved.status.success(), "{}", String::from_utf8_lossy(&saved.stderr));
    let read = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    assert_eq!(read("attached.json"), read("audit.json"));
}
