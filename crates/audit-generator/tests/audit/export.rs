//! Every value, for spreadsheets and programs.

use serde_json::{Value, json};

use crate::fixture::{COMMIT, Ledger, program, rate, run, stderr, with};

fn ledger() -> Ledger {
    let mut ledger = Ledger::new();
    ledger.run("2026-09-30T00:00:00Z", run("r1", &[rate("a", 10.0, Some(5.0))]));
    let hostile = [rate("=cmd|' /C calc'!A0", 2.5e-7, None), rate("a, \"b\"", -1.0, Some(1e21))];
    ledger.run("2026-10-01T00:00:00Z", with(run("-r2", &hostile), json!({ "commit": null })));
    ledger
}

fn exported(ledger: &Ledger, arguments: &[&str]) -> (String, i32, String) {
    let path = ledger.write();
    let all = [["export", "--ledger", path.to_str().unwrap()].as_slice(), arguments].concat();
    let output = program(path.parent().unwrap(), &all);
    (String::from_utf8(output.stdout.clone()).unwrap(), output.status.code().unwrap(), stderr(&output))
}

#[test]
fn a_table_guards_against_formulas_and_quotes_what_needs_it() {
    let (text, exit, _) = exported(&ledger(), &["--as", "csv"]);
    let expected = format!(
        "time,run_id,commit,epoch,mode,metric,value,unit,direction,floor,verdict,seq\r\n\
         2026-09-30T00:00:00Z,r1,{COMMIT},e1,full,a,10,B/s,higher_is_better,5,unchanged,1\r\n\
         2026-10-01T00:00:00Z,'-r2,,e1,full,'=cmd|' /C calc'!A0,0.00000025,B/s,higher_is_better,,unchanged,2\r\n\
         2026-10-01T00:00:00Z,'-r2,,e1,full,\"a, \"\"b\"\"\",-1,B/s,higher_is_better,1000000000000000000000,unchanged,2\r\n"
    );
    assert_eq!((text, exit), (expected, 0));
}

#[test]
fn whatever_a_spreadsheet_would_run_is_guarded() {
    for (name, cell) in
        [("=1", "'=1"), ("+1", "'+1"), ("-1", "'-1"), ("@f", "'@f"), ("a=1", "a=1"), ("@\"", "\"'@\"\"\"")]
    {
        let mut ledger = Ledger::new();
        ledger.run("2026-10-01T00:00:00Z", run("r1", &[rate(name, 10.0, None)]));
        let (text, ..) = exported(&ledger, &["--as", "csv"]);
        assert!(text.contains(&format!(",full,{cell},10,")), "{text}");
    }
}

#[test]
fn json_lines_hold_every_text_as_it_is() {
    let (text, exit, _) = exported(&ledger(), &["--as", "jsonl"]);
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((lines.len(), exit), (3, 0));
    let expected = json!({ "time": "2026-09-30T00:00:00Z", "run_id": "r1", "commit": COMMIT, "epoch": "e1", "mode": "full", "metric": "a",
        "value": 10.0, "unit": "B/s", "direction": "higher_is_better", "floor": 5.0, "verdict": "unchanged", "seq": 1 });
    assert_eq!(lines[0], expected);
    assert_eq!(
        (&lines[1]["metric"], lines[1].get("floor"), lines[1].get("commit")),
        (&json!("=cmd|' /C calc'!A0"), None, None)
    );
}

#[test]
fn values_are_chosen_by_metric_and_month() {
    let count = |arguments: &[&str]| exported(&ledger(), &[arguments, &["--as", "jsonl"]].concat()).0.lines().count();
    assert_eq!(count(&["--metric", "a"]), 1);
    assert_eq!(count(&["--from", "2026-10"]), 2);
    assert_eq!(count(&["--to", "2026-09"]), 1);
    assert_eq!(count(&["--from", "2026-09", "--to", "2026-10"]), 3);
    let (text, exit, said) = exported(&ledger(), &["--metric", "b", "--as", "jsonl"]);
    assert_eq!((text.as_str(), exit), ("", 0));
    assert!(said.contains("the ledger holds no value of `b` there"), "{said}");
    let (_, exit, said) = exported(&ledger(), &["--from", "2026-10", "--to", "2026-09", "--as", "csv"]);
    assert!(exit == 2 && said.contains("CBKB101") && said.contains("2026-09 lies before 2026-10"), "{said}");
}

#[test]
fn what_stands_before_a_broken_line_is_written_and_the_exit_says_no() {
    let mut ledger = ledger();
    ledger.lines[1] = ledger.lines[1].replace_first(b"a, ", b"b, ");
    let (text, exit, said) = exported(&ledger, &["--as", "jsonl"]);
    assert_eq!((text.lines().count(), exit), (1, 1));
    assert!(said.contains("CBKB103") && said.contains("ledger.jsonl:2"), "{said}");
}

#[test]
fn a_ledger_that_is_not_there_leaves_an_old_export_alone() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("out.csv"), "old").unwrap();
    let output = program(folder.path(), &["export", "--ledger", "none.jsonl", "--as", "csv", "--out", "out.csv"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("CBKB102") && stderr(&output).contains("none.jsonl"), "{}", stderr(&output));
    assert_eq!(std::fs::read_to_string(folder.path().join("out.csv")).unwrap(), "old");
}

trait ReplaceFirst {
    fn replace_first(&self, from: &[u8], to: &[u8]) -> Vec<u8>;
}

impl ReplaceFirst for Vec<u8> {
    fn replace_first(&self, from: &[u8], to: &[u8]) -> Vec<u8> {
        let at = self.windows(from.len()).position(|part| part == from).unwrap();
        [&self[..at], to, &self[at + from.len()..]].concat()
    }
}
