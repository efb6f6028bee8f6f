//! Promotions, incidents and waivers.

use bench_model::ledger::IncidentState;
use serde_json::json;

use crate::fixture::{Ledger, at, incident, promotion, rate, run, waiver, with};

fn measured(ledger: &mut Ledger, time: &str, id: &str) -> u64 {
    ledger.run(time, run(id, &[rate("a", 10.0, Some(5.0))]))
}

#[test]
fn promotions_of_the_period_stand_behind_those_in_force_when_it_began() {
    let mut ledger = Ledger::new();
    measured(&mut ledger, "2026-07-01T00:00:00Z", "r1");
    let anchor = ledger.promote("2026-07-01T00:00:01Z", with(promotion("r1"), json!({ "anchor": "v1" })));
    ledger.promote("2026-08-01T00:00:00Z", with(promotion("r2"), json!({ "replaces": anchor })));
    let third = ledger.promote("2026-09-01T00:00:00Z", promotion("r3"));
    let elsewhere = ledger.promote("2026-09-02T00:00:00Z", with(promotion("r4"), json!({ "epoch": "e2" })));
    let fifth = ledger.promote("2026-10-31T23:59:59Z", with(promotion("r5"), json!({ "replaces": third })));
    ledger.promote("2026-11-01T00:00:00Z", promotion("r6"));
    let audit = ledger.audit("2026-10", "2026-10");
    let found: Vec<_> = audit.baselines.iter().map(|held| (held.seq, held.in_period)).collect();
    assert_eq!(found, [(anchor, false), (third, false), (elsewhere, false), (fifth, true)]);
    let last = audit.baselines.last().unwrap();
    assert_eq!(
        (last.author.as_deref(), last.reason.as_deref(), last.replaces),
        (Some("R. Manager"), Some("release"), Some(third))
    );
    assert_eq!((last.criteria.as_slice(), last.metrics), (["status is PASS".to_owned()].as_slice(), 1));
    assert_eq!(last.line.as_ref(), Some(&bench_model::Sha256::of(&ledger.lines[5])));
    assert_eq!(audit.overview.promotions, 1);
}

#[test]
fn incidents_are_told_with_size_duration_and_end_and_open_ones_come_first() {
    let mut ledger = Ledger::new();
    let past = ledger.incident("2026-09-01T00:00:00Z", incident("past", "opened", "r1", None));
    ledger.incident("2026-09-02T00:00:00Z", incident("past", "recovered", "r2", Some(past)));
    let crossing = ledger.incident("2026-09-03T00:00:00Z", incident("crossing", "opened", "r3", None));
    measured(&mut ledger, "2026-10-01T00:00:00Z", "r4");
    let open = ledger.incident("2026-10-02T00:00:00Z", incident("open", "opened", "r4", None));
    let ended = ledger.incident("2026-10-03T00:00:00Z", incident("crossing", "recovered", "r5", Some(crossing)));
    let waived = ledger.incident("2026-10-04T00:00:00Z", incident("waived", "opened", "r6", None));
    ledger.waive("2026-10-05T00:00:00Z", waiver("waived", "r7", -0.2));
    ledger.incident("2026-10-05T00:00:00Z", incident("waived", "waived", "r7", Some(waived)));
    // What happens behind the period is not known in it.
    ledger.incident("2026-11-02T00:00:00Z", incident("open", "recovered", "r8", Some(open)));
    ledger.incident("2026-11-03T00:00:00Z", incident("later", "opened", "r9", None));
    let audit = ledger.audit("2026-10", "2026-10");
    let names: Vec<_> = audit.incidents.iter().map(|incident| incident.metric.as_str()).collect();
    assert_eq!(names, ["open", "waived", "crossing"]);
    let [still, permitted, recovered] = audit.incidents.as_slice() else { panic!("three incidents") };
    assert_eq!((still.end.as_ref(), still.duration_s), (None, 30 * 86_400));
    assert_eq!(permitted.end.as_ref().unwrap().state, IncidentState::Waived);
    assert_eq!(permitted.waiver.as_ref().unwrap().author, "A. Maintainer");
    assert_eq!(permitted.duration_s, 86_400);
    let end = recovered.end.as_ref().unwrap();
    assert_eq!((end.seq, end.time, recovered.duration_s), (ended, at("2026-10-03T00:00:00Z"), 30 * 86_400));
    assert_eq!((recovered.change.unwrap().get(), recovered.waiver.as_ref()), (-0.2, None));
    assert_eq!((audit.overview.incidents_opened, audit.overview.incidents_open), (2, 1));
}

#[test]
fn a_waiver_is_listed_once_with_all_that_it_permitted() {
    let mut ledger = Ledger::new();
    measured(&mut ledger, "2026-10-01T00:00:00Z", "r1");
    ledger.waive("2026-09-30T00:00:00Z", waiver("a", "r0", -0.29));
    let first = ledger.waive("2026-10-01T00:00:00Z", waiver("a", "r1", -0.2));
    ledger.waive("2026-10-02T00:00:00Z", waiver("b", "r1", 0.05));
    let last = ledger.waive("2026-10-09T00:00:00Z", waiver("a", "r2", -0.1));
    let audit = ledger.audit("2026-10", "2026-10");
    let found: Vec<_> = audit
        .waivers
        .iter()
        .map(|record| {
            (record.waiver.metric.as_str(), record.first_seq, record.last_seq, record.runs, record.largest.get())
        })
        .collect();
    assert_eq!(found, [("a", first, last, 2, 0.2), ("b", first + 1, first + 1, 1, 0.05)]);
    assert_eq!(audit.overview.waivers, 2);
}

#[test]
fn what_a_retention_marker_carries_is_told_without_its_line() {
    let mut ledger = Ledger::new();
    measured(&mut ledger, "2023-01-01T00:00:00Z", "old");
    let carried = ledger.promote("2023-01-02T00:00:00Z", promotion("old"));
    let open = ledger.incident("2023-01-03T00:00:00Z", incident("slow", "opened", "old", None));
    let ended = ledger.incident("2023-01-04T00:00:00Z", incident("gone", "opened", "old", None));
    measured(&mut ledger, "2026-10-01T00:00:00Z", "r1");
    let end = ledger.incident("2026-10-02T00:00:00Z", incident("gone", "recovered", "r1", Some(ended)));
    let marker = ledger.prune(
        "2026-10-03T00:00:00Z",
        4,
        &json!({ "promotions": [{ "seq": carried, "promotion": promotion("old") }],
            "incidents": [{ "seq": open, "time": "2023-01-03T00:00:00Z", "incident": incident("slow", "opened", "old", None) }] }),
    );
    let audit = ledger.audit("2026-10", "2026-10");
    let integrity = &audit.integrity;
    assert_eq!((integrity.verified, integrity.first_seq, integrity.last_seq, integrity.lines), (true, 5, 7, 3));
    let kept = &integrity.retention[0];
    assert_eq!((kept.seq, kept.last_seq, kept.keep_months, kept.author.as_str()), (marker, 4, 36, "A. Keeper"));
    let held = &audit.baselines[0];
    assert_eq!((audit.baselines.len(), held.seq, held.in_period), (1, carried, false));
    assert_eq!((held.time, held.line.as_ref()), (None, None));
    let found: Vec<_> = audit.incidents.iter().map(|incident| (incident.seq, incident.end.is_some())).collect();
    assert_eq!(found, [(open, false)]);
    let said = format!("Line {end} ends an incident that began in a line that was removed: it is not in this report.");
    assert!(audit.attention.contains(&said), "{:?}", audit.attention);
    assert!(!audit.attention.iter().any(|line| line.starts_with("Lines before")), "{:?}", audit.attention);
    // What began behind a period is not in it, wherever the marker stands.
    assert_eq!(ledger.audit("2022-12", "2022-12").incidents, []);
    // A period that reaches behind the first line says so.
    let earlier = ledger.audit("2023-01", "2026-10");
    assert!(
        earlier.attention[0].starts_with("Lines before 2026-10-01 were removed (marker in line 7)"),
        "{:?}",
        earlier.attention
    );
}

#[test]
fn an_anchor_that_is_carried_replaces_nothing_that_was_promoted_since() {
    let mut ledger = Ledger::new();
    measured(&mut ledger, "2023-01-01T00:00:00Z", "old");
    let anchor = ledger.promote("2023-01-02T00:00:00Z", with(promotion("old"), json!({ "anchor": "v1" })));
    measured(&mut ledger, "2026-09-01T00:00:00Z", "r1");
    let since = ledger.promote("2026-09-02T00:00:00Z", promotion("r1"));
    let carried =
        json!({ "promotions": [{ "seq": anchor, "promotion": with(promotion("old"), json!({ "anchor": "v1" })) }] });
    let whole = ledger.lines.clone();
    ledger.prune("2026-10-03T00:00:00Z", 2, &carried);
    let in_force = |ledger: &Ledger| -> Vec<_> {
        let audit = ledger.audit("2026-10", "2026-10");
        assert!(audit.integrity.verified);
        audit.baselines.into_iter().map(|held| (held.seq, held.line.is_some())).collect()
    };
    assert_eq!(in_force(&ledger), [(anchor, false), (since, true)]);
    // A prune that was interrupted behind its marker leaves the line, which says more than the marker.
    ledger.lines = [&whole[..2], &ledger.lines].concat();
    assert_eq!(in_force(&ledger), [(anchor, true), (since, true)]);
}
