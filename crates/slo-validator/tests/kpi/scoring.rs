//! Scores, tiers, floors, drops and limits.

use bench_model::Unit;
use bench_model::kpi::{Kpi, KpiReport, KpiStatus, Tier};
use bench_model::ledger::{Body, IncidentState, RunEntry};
use bench_model::perf::EvidenceLevel::{self, CiBenchmark, DryRun, Production, RealWorkload, Simulated, Unmeasured};
use bench_model::verdict::{Status, Verdict};

use crate::sample::*;

fn score(kpi: &Kpi) -> Option<f64> {
    kpi.score.map(f64::from)
}

/// So many runs, each made by `make` from its number.
fn runs(number: usize, make: impl Fn(usize, &mut RunEntry)) -> Vec<Body> {
    let run = |at: usize| {
        let mut run = run(&format!("r{at}"), RealWorkload, vec![metric("m", 1.0, Unit::PerSecond)]);
        make(at, &mut run);
        Body::Run(run)
    };
    (0..number).map(run).collect()
}

/// The value of the only input, over these runs.
fn value(of: &str, bodies: &[Body]) -> Option<f64> {
    let unit = if matches!(of, "runs" | "open_incidents") { "count" } else { "ratio" };
    let text = points(&format!("of = \"{of}\""), &format!("{{ at_least = \"1 {unit}\", points = 1 }}"));
    kpi(&text, bodies).inputs[0].value.map(f64::from)
}

#[test]
fn each_level_of_evidence_permits_what_its_tier_does() {
    let cases: [(EvidenceLevel, Tier, f64, f64); 6] = [
        (Simulated, Tier::Simulated, 6.0, 0.45),
        (DryRun, Tier::Simulated, 6.0, 0.45),
        (Unmeasured, Tier::Unverified, 3.0, 0.30),
        (CiBenchmark, Tier::Simulated, 6.0, 0.45),
        (RealWorkload, Tier::Real, 8.5, 0.70),
        // Nothing here observes users' work, and a claim is worth what the accounts bear out.
        (Production, Tier::Real, 8.5, 0.70),
    ];
    for (level, tier, cap, confidence) in cases {
        let kpi = kpi(&direct(""), &[scored("r1", level, 10.0)]);
        let eligible = kpi.tier.unwrap();
        assert_eq!(
            (eligible.tier, eligible.cap.get(), eligible.confidence.get()),
            (tier, cap, confidence),
            "{level:?}"
        );
        assert_eq!(score(&kpi), Some(cap), "{level:?}");
        assert_eq!(kpi.capped_from.map(f64::from), (cap < 10.0).then_some(10.0), "{level:?}");
    }
}

#[test]
fn a_level_that_no_account_bears_out_is_that_of_a_benchmark() {
    let mut claimed = run("r1", RealWorkload, vec![metric("job#score", 10.0, Unit::Count)]);
    claimed.account = None;
    let kpi = kpi(&direct(""), &[Body::Run(claimed)]);
    assert_eq!((kpi.tier.unwrap().tier, score(&kpi)), (Tier::Simulated, Some(6.0)));
}

#[test]
fn a_score_within_its_tier_is_not_cut_and_says_nothing_of_a_cap() {
    let kpi = kpi(&direct(""), &[scored("r1", RealWorkload, 8.5)]);
    assert_eq!((score(&kpi), kpi.capped_from), (Some(8.5), None));
    assert_eq!(kpi.why, ["8.50 reaches 7.00, where green begins"]);
}

#[test]
fn a_cut_score_says_what_its_inputs_give_and_what_the_evidence_permits() {
    let kpi = kpi(&direct(""), &[scored("r1", CiBenchmark, 9.0)]);
    assert_eq!(kpi.why[1], "its inputs give 9.00, and evidence that is simulated permits 6.00");
}

#[test]
fn a_need_that_nothing_meets_lowers_the_tier_and_is_named() {
    let text = direct("[[kpi.needs]]\nwhat = \"time on call\"\nwhy = \"no line holds it\"");
    let kpi = kpi(&text, &[scored("r1", Production, 9.0)]);
    assert_eq!((score(&kpi), kpi.tier.unwrap().tier), (Some(3.0), Tier::Unverified));
    assert_eq!(kpi.inputs[1].missing.as_deref(), Some("no line holds it"));
    assert!(kpi.why.contains(&"missing: time on call: no line holds it".into()), "{:?}", kpi.why);
}

#[test]
fn an_input_that_is_missing_earns_nothing_and_lowers_the_tier() {
    let text = points("metric = \"job#score\"", "{ at_least = \"1 count\", points = 5 }")
        + "[[kpi.points]]\nwhat = \"the other\"\nmetric = \"job#other\"\nsteps = [{ at_least = \"1 count\", points = 5 }]\n";
    let kpi = kpi(&text, &[scored("r1", Production, 9.0)]);
    assert_eq!((score(&kpi), kpi.capped_from.map(f64::from)), (Some(3.0), Some(5.0)));
    assert_eq!(kpi.inputs[1].points, None, "what was not measured earned nothing, not 0");
    assert_eq!(kpi.inputs[1].missing.as_deref(), Some("no run of the ledger holds it"));
    assert!(kpi.why.contains(&"missing: the other: no run of the ledger holds it".into()), "{:?}", kpi.why);
}

#[test]
fn the_weakest_input_decides_the_tier() {
    let text = points("metric = \"strong\"", "{ at_least = \"1 count\", points = 5 }")
        + "[[kpi.points]]\nwhat = \"b\"\nmetric = \"weak\"\nsteps = [{ at_least = \"1 count\", points = 5 }]\n";
    let of = |weak: EvidenceLevel| {
        let bodies = [
            Body::Run(run("r1", Production, vec![metric("strong", 1.0, Unit::Count)])),
            Body::Run(run("r2", weak, vec![metric("weak", 1.0, Unit::Count)])),
        ];
        let kpi = kpi(&text, &bodies);
        (kpi.tier.unwrap().tier, score(&kpi))
    };
    assert_eq!(of(RealWorkload), (Tier::Real, Some(8.5)));
    assert_eq!(of(CiBenchmark), (Tier::Simulated, Some(6.0)));
}

#[test]
fn without_any_input_there_is_no_score_no_tier_and_no_mean() {
    let needs = "[[kpi]]\nname = \"b\"\nabout = \"x\"\n[[kpi.needs]]\nwhat = \"y\"\nwhy = \"z\"\n";
    let report = report(&(direct("") + needs), &[scored("r1", RealWorkload, 8.0)], None);
    assert_eq!((report.total, report.measured), (2, 1));
    let kpi = &report.kpis[1];
    assert_eq!((kpi.status, score(kpi), kpi.tier), (KpiStatus::NotMeasured, None, None));
    assert_eq!(kpi.formula, "none: it cannot be made of what is measured here");
    assert_eq!(kpi.why, ["nothing that it is made of was measured", "missing: y: z"]);
    let json = serde_json::to_value(&report).unwrap();
    assert!(json["kpis"][1].get("score").is_none(), "absent, not null and not 0");
    let mut keys: Vec<_> = json.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(keys, ["kpis", "ledger", "measured", "schema", "total", "version"]);
}

#[test]
fn base_points_alone_are_no_score() {
    let text = points("metric = \"nowhere\"", "{ at_least = \"1 count\", points = 5 }")
        .replace("[[kpi.points]]", "base = 5\n[[kpi.points]]");
    let kpi = kpi(&text, &[scored("r1", RealWorkload, 8.0)]);
    assert_eq!((score(&kpi), kpi.status), (None, KpiStatus::NotMeasured));
}

#[test]
fn the_newest_complete_run_is_what_counts_and_is_named_with_its_line() {
    let mut broken_off = run("r3", RealWorkload, vec![metric("job#score", 9.0, Unit::Count)]);
    broken_off.complete = false;
    let bodies = [scored("r1", RealWorkload, 4.0), scored("r2", RealWorkload, 5.0), Body::Run(broken_off.clone())];
    let newest = kpi(&direct(""), &bodies);
    let evidence = newest.inputs[0].evidence.clone().unwrap();
    assert_eq!(score(&newest), Some(5.0));
    assert_eq!((evidence.run_id.as_str(), evidence.first_seq, evidence.last_seq), ("r2", 2, 2));
    assert_eq!(evidence.digest, bench_model::Sha256::of(lines(&bodies)[1].trim_ascii_end()));
    let none = kpi(&direct(""), &[Body::Run(broken_off)]);
    let told = none.inputs[0].missing.clone().unwrap();
    assert_eq!(told, "only runs that did not end by themselves, or with changes that were not committed, hold it");
}

#[test]
fn a_value_with_uncommitted_changes_is_none_and_the_commit_of_one_that_counts_is_named() {
    let of = |id: &str, score: f64, spoil: fn(&mut RunEntry)| {
        let mut run = run(id, RealWorkload, vec![metric("job#score", score, Unit::Count)]);
        spoil(&mut run);
        Body::Run(run)
    };
    let dirty = of("r2", 8.0, |run| run.dirty = true);
    let found = kpi(&direct(""), &[scored("r1", RealWorkload, 5.0), dirty.clone()]);
    assert_eq!((score(&found), found.inputs[0].what.as_str()), (Some(5.0), "the score, of commit abababa"));
    let none = kpi(&direct(""), &[dirty]);
    assert_eq!(score(&none), None);
    assert!(none.inputs[0].missing.as_ref().unwrap().contains("changes that were not committed"));
    // Another program's benches, which are expected and were left out, are no part of what was measured.
    assert_eq!(score(&kpi(&direct(""), &[of("r1", 5.0, |run| run.partial = true)])), Some(5.0));
    let bare = kpi(&direct(""), &[of("r1", 5.0, |run| run.commit = None)]);
    assert_eq!((score(&bare), bare.inputs[0].what.as_str()), (Some(5.0), "the score"));
}

#[test]
fn nothing_simulated_is_green_by_the_shipped_contracts() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/kpi.toml");
    let contracts = bench_model::config::Contracts::read(&path).unwrap();
    assert!(contracts.kpis.iter().all(|kpi| kpi.green.get() > Tier::Simulated.cap()));
}

#[test]
fn metrics_that_are_not_judged_count_as_well() {
    let mut quiet = run("r1", RealWorkload, Vec::new());
    quiet.account = Some(account(vec![metric("job#score", 7.5, Unit::Count)]));
    assert_eq!(score(&kpi(&direct(""), &[Body::Run(quiet)])), Some(7.5));
}

#[test]
fn a_value_of_another_unit_or_beyond_ten_is_missing_and_says_so() {
    let other = Body::Run(run("r1", RealWorkload, vec![metric("job#score", 5.0, Unit::Bytes)]));
    let missing = |bodies: &[Body]| {
        let kpi = kpi(&direct(""), bodies);
        (kpi.status, kpi.inputs[0].missing.clone().unwrap())
    };
    assert_eq!(missing(&[other]), (KpiStatus::NotMeasured, "it is in B, where the contract has count".into()));
    for score in [-0.1, 10.1] {
        let (status, why) = missing(&[scored("r1", RealWorkload, score)]);
        assert_eq!((status, why), (KpiStatus::NotMeasured, format!("its value {score} is no score from 0 to 10")));
    }
}

#[test]
fn floor_yellow_and_green_each_begin_at_their_value() {
    let text = direct("floor = 3\nyellow = 4\ngreen = 6");
    let of = |score: f64| {
        let kpi = kpi(&text, &[scored("r1", Production, score)]);
        (kpi.status, kpi.why[0].clone())
    };
    let below = |limit: &str| format!("lies below {limit}");
    for (score, status, why) in [
        (2.99, KpiStatus::Red, below("the floor of 3.00")),
        (3.0, KpiStatus::Red, below("4.00, where yellow begins")),
        (3.99, KpiStatus::Red, below("4.00, where yellow begins")),
        (4.0, KpiStatus::Yellow, below("6.00, where green begins")),
        (5.99, KpiStatus::Yellow, below("6.00, where green begins")),
        (6.0, KpiStatus::Green, "reaches 6.00, where green begins".into()),
    ] {
        let (found, told) = of(score);
        assert_eq!(found, status, "{score}");
        assert!(told.ends_with(&why), "{score}: {told}");
    }
}

fn after(before: f64, now: f64) -> Kpi {
    let earlier = report(&direct(""), &[scored("r1", Production, before)], None);
    let mut now = report(&direct(""), &[scored("r2", Production, now)], Some(&earlier));
    assert_eq!(now.previous.as_ref().unwrap().version.as_str(), "1.0");
    now.kpis.remove(0)
}

#[test]
fn a_fall_by_more_than_is_permitted_is_red_above_every_limit() {
    let kpi = after(8.4, 7.3);
    assert_eq!(kpi.status, KpiStatus::Red);
    assert_eq!(kpi.why[0], "it fell by 1.10 from 8.40 (1.0), where 1.00 is the most");
    assert_eq!(kpi.previous.map(f64::from), Some(8.4));
}

#[test]
fn a_fall_by_exactly_what_is_permitted_and_a_rise_are_not_red() {
    // 8.3 - 7.3 is 1.0000000000000009 in binary.
    for (before, now) in [(8.0, 7.0), (8.3, 7.3), (7.5, 8.5)] {
        assert_eq!(after(before, now).status, KpiStatus::Green, "{before} -> {now}");
    }
    assert!(after(7.5, 8.5).drop.unwrap().get() < 0.0);
}

#[test]
fn what_had_a_score_before_and_has_none_now_says_so() {
    let earlier = report(&direct(""), &[scored("r1", Production, 8.0)], None);
    let kpi = report(&direct(""), &[], Some(&earlier)).kpis.remove(0);
    assert_eq!(kpi.status, KpiStatus::NotMeasured);
    assert_eq!(kpi.why[1], "it was 8.00 before (1.0)");
    assert_eq!((kpi.previous.map(f64::from), kpi.drop), (Some(8.0), None));
}

/// Scores a ledger with such a score, or with none, as a version.
fn version(name: &str, score: Option<f64>, before: Option<&KpiReport>) -> KpiReport {
    let bodies: Vec<Body> = score.map(|score| scored("r", RealWorkload, score)).into_iter().collect();
    report_of(name, &direct(""), &bodies, before)
}

#[test]
fn a_gap_in_measuring_hides_no_drop() {
    let mut before = version("1.0", Some(8.5), None);
    for gap in ["1.1", "1.2"] {
        before = version(gap, None, Some(&before));
        assert_eq!((before.measured, before.kpis[0].previous.map(f64::from)), (0, Some(8.5)));
    }
    let after = version("1.3", Some(4.0), Some(&before));
    let kpi = &after.kpis[0];
    assert_eq!((kpi.status, kpi.drop.map(f64::from)), (KpiStatus::Red, Some(4.5)));
    assert_eq!(kpi.why[0], "it fell by 4.50 from 8.50 (1.0), where 1.00 is the most");
    assert_eq!(kpi.previous_version.as_ref().unwrap().as_str(), "1.0");
    // What was measured since is what counts.
    assert_eq!(version("1.4", Some(3.9), Some(&after)).kpis[0].previous.map(f64::from), Some(4.0));
}

#[test]
fn to_score_a_version_again_makes_no_drop_unseen() {
    let first = version("1.0", Some(8.5), None);
    let fallen = version("1.1", Some(7.0), Some(&first));
    let again = version("1.1", Some(7.0), Some(&fallen));
    assert_eq!([&fallen, &again].map(|report| report.kpis[0].status), [KpiStatus::Red; 2]);
    assert_eq!(again.kpis[0].previous_version.as_ref().unwrap().as_str(), "1.0");
    // And what it had itself is held against it, too.
    let worse = version("1.0", Some(5.0), Some(&first));
    assert_eq!((worse.kpis[0].status, worse.kpis[0].drop.map(f64::from)), (KpiStatus::Red, Some(3.5)));
    let still = version("1.0", Some(5.0), Some(&worse));
    assert_eq!(still.kpis[0].status, KpiStatus::Red);
    // The next version is held against what this one has.
    assert_eq!(version("1.2", Some(7.0), Some(&again)).kpis[0].status, KpiStatus::Green);
}

#[test]
fn a_score_is_compared_with_that_of_its_own_name() {
    let earlier = report(&direct("").replace("\"a\"", "\"b\""), &[scored("r1", Production, 9.0)], None);
    let kpi = report(&direct(""), &[scored("r1", Production, 3.0)], Some(&earlier)).kpis.remove(0);
    assert_eq!(kpi.previous, None);
}

#[test]
fn shares_count_the_newest_runs_alone() {
    let text = "[defaults]\nwindow = 10\n".to_owned()
        + &points("of = \"passing_runs\"", "{ at_least = \"70 %\", points = 8 }");
    let failing =
        |from: usize| runs(30, move |at, run| run.status = if at < from { Status::Fail } else { Status::Pass });
    let of = |from: usize| {
        let kpi = kpi(&text, &failing(from));
        (kpi.inputs[0].value.unwrap().get(), score(&kpi).unwrap())
    };
    assert_eq!(of(20), (1.0, 8.0));
    assert_eq!(of(23), (0.7, 8.0));
    assert_eq!(of(24), (0.6, 0.0));
    let evidence = kpi(&text, &failing(20)).inputs[0].evidence.clone().unwrap();
    assert_eq!((evidence.first_seq, evidence.last_seq, evidence.run_id.as_str()), (21, 30, "r29"));
}

#[test]
fn a_share_of_a_handful_of_runs_is_none() {
    let text = points("of = \"passing_runs\"", "{ at_least = \"70 %\", points = 8 }");
    assert_eq!(
        kpi(&text, &runs(4, |_, _| ())).inputs[0].missing.as_deref(),
        Some("the ledger holds 4 runs, and a share needs 5")
    );
    for of in ["passing_runs", "metrics_reported", "metrics_with_floor"] {
        assert_eq!(value(of, &runs(4, |_, _| ())), None, "{of}");
        assert!(value(of, &runs(5, |_, _| ())).is_some(), "{of}");
    }
    let bare = runs(5, |_, run| run.metrics.clear());
    let text = points("of = \"metrics_with_floor\"", "{ at_least = \"70 %\", points = 8 }");
    let told = kpi(&text, &bare).inputs[0].missing.clone();
    assert_eq!(told.as_deref(), Some("none of the newest runs reported a metric"));
    let text = points("of = \"passing_runs\"", "{ at_least = \"70 %\", points = 8 }");
    assert_eq!(kpi(&text, &[]).inputs[0].missing.as_deref(), Some("the ledger holds no run"));
}

#[test]
fn each_measure_counts_what_its_name_says() {
    let spoil = |spoil: fn(&mut RunEntry)| {
        runs(10, move |at, run| {
            if at < 4 {
                spoil(run)
            }
        })
    };
    let bare = |run: &mut RunEntry| run.commit = None;
    assert_eq!(value("complete_runs", &spoil(|run| run.complete = false)), Some(0.6));
    assert_eq!(value("complete_runs", &spoil(|run| run.partial = true)), Some(0.6));
    assert_eq!(value("clean_runs", &spoil(|run| run.dirty = true)), Some(0.6));
    assert_eq!(value("clean_runs", &spoil(bare)), Some(0.6));
    for verdict in [Verdict::New, Verdict::Inconclusive] {
        let undecided = runs(10, |at, run| run.metrics[0].verdict = if at < 4 { verdict } else { Verdict::Regressed });
        assert_eq!(value("decided_runs", &undecided), Some(0.6));
    }
    assert_eq!(value("passing_runs", &spoil(|run| run.status = Status::Warn)), Some(0.6));
    let lacking = |run: &mut RunEntry| run.missing = vec!["x".parse().unwrap()];
    assert_eq!(value("metrics_reported", &spoil(lacking)), Some(10.0 / 14.0));
    assert_eq!(value("metrics_with_floor", &spoil(|run| run.metrics[0].floor = Some(finite(1.0)))), Some(0.4));
    assert_eq!(value("runs", &runs(7, |_, _| ())), Some(7.0));
    assert_eq!(value("chain_holds", &runs(7, |_, _| ())), Some(1.0));
}

#[test]
fn incidents_are_open_until_a_line_ends_them() {
    let mut bodies = runs(1, |_, _| ());
    bodies.extend([incident("a", IncidentState::Opened), incident("b", IncidentState::Opened)]);
    assert_eq!(value("open_incidents", &bodies), Some(2.0));
    bodies.push(incident("a", IncidentState::Waived));
    assert_eq!(value("open_incidents", &bodies), Some(1.0));
    bodies.push(incident("b", IncidentState::Recovered));
    assert_eq!(value("open_incidents", &bodies), Some(0.0));
}

#[test]
fn a_count_proves_as_much_as_its_weakest_run_that_measured_something() {
    let text = points("of = \"passing_runs\"", "{ at_least = \"1 ratio\", points = 10 }");
    let with = |level: EvidenceLevel| {
        let bodies = runs(6, |at, run| run.evidence_level = if at == 3 { level } else { RealWorkload });
        kpi(&text, &bodies).tier.unwrap().tier
    };
    assert_eq!([Simulated, CiBenchmark, RealWorkload].map(with), [Tier::Simulated, Tier::Simulated, Tier::Real]);
    assert_eq!(with(Unmeasured), Tier::Real);
    let nothing = runs(6, |_, run| run.evidence_level = Unmeasured);
    assert_eq!(kpi(&text, &nothing).tier.unwrap().tier, Tier::Unverified);
}

#[test]
fn a_sum_beyond_ten_is_ten_and_equal_ledgers_give_equal_bytes() {
    let text =
        points("of = \"runs\"", "{ at_least = \"1 count\", points = 10 }").replace("[[kpi.p", "base = 2\n[[kpi.p");
    let bodies = [scored("r1", Production, 1.0)];
    let sum = kpi(&text, &bodies);
    assert_eq!((score(&sum), sum.capped_from.map(f64::from)), (Some(8.5), Some(10.0)));
    let bytes = || serde_json::to_vec(&report(&text, &bodies, None)).unwrap();
    assert_eq!(bytes(), bytes());
    let read: KpiReport = serde_json::from_slice(&bytes()).unwrap();
    assert_eq!(read, report(&text, &bodies, None));
}
