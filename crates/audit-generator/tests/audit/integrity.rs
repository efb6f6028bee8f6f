//! Whether the ledger can be trusted, and what it leaves out.

use bench_model::Failure;
use bench_model::ledger::read_ledger;
use serde_json::json;

use crate::fixture::{Ledger, rate, run};

fn daily(days: impl IntoIterator<Item = u32>) -> Ledger {
    let mut ledger = Ledger::new();
    for day in days {
        let id = format!("r{day}");
        ledger.run(&format!("2026-10-{day:02}T05:00:00Z"), run(&id, &[rate("a", 10.0, Some(5.0))]));
    }
    ledger
}

#[test]
fn a_broken_line_ends_the_report_and_is_its_first_sentence() {
    let mut ledger = daily(1..=9);
    let text = String::from_utf8(ledger.lines[4].clone()).unwrap();
    ledger.lines[4] = text.replacen("\"status\":\"PASS\"", "\"status\":\"WARN\"", 1).into_bytes();
    let (audit, broken) = ledger.audit_with("2026-10", "2026-10", |_| {});
    let broken = broken.unwrap();
    assert_eq!((broken.line, broken.error.seq), (5, 5));
    assert!(!audit.integrity.verified);
    assert_eq!((audit.integrity.lines, audit.integrity.last_seq, audit.overview.runs), (4, 4, 4));
    let problem = audit.integrity.problem.as_ref().unwrap();
    assert_eq!(problem.seq, 5);
    assert!(problem.problem.starts_with("the content was changed"), "{}", problem.problem);
    assert!(audit.attention[0].starts_with("The ledger's chain does not hold at line 5: the content was changed"));
    assert!(audit.attention[0].ends_with("; nothing behind it is in this report."), "{}", audit.attention[0]);
}

#[test]
fn lines_that_went_away_without_a_marker_are_a_broken_chain() {
    let mut ledger = daily(1..=9);
    ledger.lines.drain(..3);
    let audit = ledger.audit("2026-10", "2026-10");
    assert!(!audit.integrity.verified);
    assert_eq!((audit.integrity.problem.as_ref().unwrap().seq, audit.overview.runs), (4, 6));
    assert!(!audit.attention[0].contains("nothing behind it"), "{}", audit.attention[0]);
}

#[test]
fn the_hint_for_a_broken_chain_tells_on_which_side_of_the_line_the_rest_is() {
    let hint = |ledger: &Ledger| ledger.audit_with("2026-10", "2026-10", |_| {}).1.unwrap().diagnostic().hint;
    let mut ledger = daily(1..=9);
    ledger.lines.drain(..3);
    assert!(hint(&ledger).starts_with("what was written holds the lines from there on, and not those before"));
    ledger.lines.remove(2);
    assert!(hint(&ledger).starts_with("what was written holds the lines before it"));
}

#[test]
fn a_folder_without_a_segment_is_no_ledger() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ledger.json"), "{}").unwrap();
    let error = read_ledger(folder.path(), &mut |_| {}).unwrap_err();
    assert_eq!(error.code().as_str(), "CBKB102");
    let said = format!("{error}: {}", std::error::Error::source(&error).unwrap());
    let expected =
        format!("cannot read {}: the folder holds no segment, such as 2026-11.jsonl", folder.path().display());
    assert_eq!(said, expected);
}

#[test]
fn a_period_that_is_not_over_is_said_to_end_later() {
    let said = |generated: &str| {
        let ledger = daily(1..=9);
        let audit = ledger.audit_with("2026-10", "2026-10", |asked| asked.generated = generated.parse().unwrap()).0;
        audit.attention.into_iter().find(|line| line.contains("not over"))
    };
    let line = "The period is not over: it ends on 2026-10-31, and what comes until then is not in this report.";
    assert_eq!(said("2026-10-31T23:59:59Z").as_deref(), Some(line));
    assert_eq!(said("2026-11-01T00:00:00Z"), None);
}

#[test]
fn a_chain_is_checked_across_batches_and_files() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = Ledger::new();
    let rounds: Vec<_> = (0..2000).map(|round| 1.0e9 + f64::from(round) / 7.0).collect();
    for number in 0..120 {
        let mut metric = rate("a", 10.0, Some(5.0));
        metric["rounds"] = json!(rounds);
        ledger.run(&format!("2026-{:02}-05T05:00:00Z", number / 60 + 9), run(&format!("r{number}"), &[metric]));
    }
    let size: usize = ledger.lines.iter().map(Vec::len).sum();
    assert!(size > 3 << 20, "several batches, not {size} bytes");
    let (september, october) = ledger.lines.split_at(60);
    for (name, lines) in [("2026-09.jsonl", september), ("2026-10.jsonl", october)] {
        std::fs::write(folder.path().join(name), [lines.join(&b'\n'), vec![b'\n']].concat()).unwrap();
    }
    let mut seen = Vec::new();
    let read = read_ledger(folder.path(), &mut |entry| seen.push(entry.seq)).unwrap();
    assert_eq!((read.broken, read.summary.lines), (None, 120));
    assert!(seen.iter().copied().eq(1..=120));
    // A torn last line is the first bad one.
    let path = folder.path().join("2026-10.jsonl");
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() - 10]).unwrap();
    let read = read_ledger(folder.path(), &mut |_| {}).unwrap();
    let broken = read.broken.unwrap();
    assert_eq!((broken.path, broken.line, broken.error.seq), (path, 60, 120));
}

#[test]
fn a_line_without_end_is_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.jsonl");
    std::fs::write(&path, "x".repeat((16 << 20) + 1)).unwrap();
    let broken = read_ledger(&path, &mut |_| {}).unwrap().broken.unwrap();
    assert_eq!(
        (broken.line, broken.error.to_string()),
        (1, "ledger line 1: the line is longer than 16777216 bytes".to_owned())
    );
}

#[test]
fn gaps_are_seven_days_or_longer_and_never_before_the_first_run_or_behind_today() {
    let gaps = |ledger: &Ledger, generated: &str| -> Vec<_> {
        let audit = ledger.audit_with("2026-10", "2026-10", |asked| asked.generated = generated.parse().unwrap()).0;
        audit.integrity.gaps.into_iter().map(|gap| (gap.first, gap.last, gap.days)).collect()
    };
    let gap = |first: &str, last: &str, days: u32| (first.to_owned(), last.to_owned(), days);
    let later = "2026-12-01T00:00:00Z";
    // From the 4th to the 10th are seven days without a run, from the 12th to the 17th only six.
    let ledger = daily([3, 11, 18, 24, 31]);
    assert_eq!(gaps(&ledger, later), [gap("2026-10-04", "2026-10-10", 7)]);
    // The days behind the last run count as far as they are over.
    let ledger = daily([10]);
    assert_eq!(gaps(&ledger, later), [gap("2026-10-11", "2026-10-31", 21)]);
    assert_eq!(gaps(&ledger, "2026-10-18T12:00:00Z"), [gap("2026-10-11", "2026-10-17", 7)]);
    assert_eq!(gaps(&ledger, "2026-10-17T12:00:00Z"), []);
    // A gap that began before the period counts from its first day.
    let november = ledger.audit("2026-11", "2026-11").integrity.gaps;
    assert_eq!((november.len(), november[0].first.as_str(), november[0].days), (1, "2026-11-01", 30));
}

#[test]
fn an_empty_ledger_is_reported_as_one() {
    let audit = Ledger::new().audit("2026-10", "2026-10");
    let integrity = &audit.integrity;
    assert_eq!((integrity.verified, integrity.lines, integrity.first_seq, integrity.last_seq), (true, 0, 0, 0));
    assert_eq!(integrity.head, bench_model::Sha256::zero());
    assert_eq!(audit.attention[0], "No run was recorded in the period.");
}

#[test]
fn equal_inputs_give_equal_bytes() {
    let ledger = daily([1, 2, 3, 20]);
    let bytes = || {
        let audit = ledger.audit("2026-10", "2026-10");
        (serde_json::to_vec(&audit).unwrap(), audit_generator::generate_html_report(&audit, None).unwrap())
    };
    assert_eq!(bytes(), bytes());
}
