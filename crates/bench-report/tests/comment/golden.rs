use bench_model::Sha256;
use bench_model::verdict::{Judgement, Rule, Status, Verdict};
use bench_report::comment::{CommentContext, Indicator, determine_status_indicator, render_comment, render_summary};

use crate::sample::{
    against_main, confirmed, context, finite, headlines, judgement, metric, missing, report, violation, waiver,
};

const URL: &str = "https://github.example/o/r/actions/runs/1";

fn shown(judgement: &Judgement, limit: usize) -> String {
    let head = Sha256::of(b"head");
    let report_url = format!("{URL}/artifacts/2?a=1&b=2");
    let context = CommentContext {
        report_url: Some(&report_url),
        run_url: Some(URL),
        ledger_head: Some(&head),
        limit,
        ..context()
    };
    render_comment(judgement, &report(), &context, None).unwrap().body
}

#[test]
fn a_pass_is_two_lines_and_the_rest_is_folded() {
    let metrics = ["display", "comp3"]
        .map(|id| metric(&format!("copybook-bench/decode/{id}#throughput"), Verdict::Unchanged, 0.002));
    let mut judgement = judgement(Status::Pass, "DISPLAY: 4.22 GiB/s, COMP-3: 571 MiB/s", metrics.into());
    judgement.headline = headlines();
    assert_eq!(determine_status_indicator(&judgement), Indicator::Pass);
    insta::assert_snapshot!(shown(&judgement, 65_536));
}

fn regression() -> Judgement {
    let slow = confirmed(metric("copybook-bench/decode/display/10x50#time", Verdict::Regressed, 0.118), 0.121);
    let waived = confirmed(metric("copybook-bench/decode/comp3/9_2#time", Verdict::Regressed, 0.083), 0.08);
    let mut waived = waived;
    waived.waived = true;
    let mut found = judgement(
        Status::Warn,
        "DISPLAY: 3.78 GiB/s, COMP-3: 571 MiB/s against main (6465159): 2 regressed, 1 improved, 1 unchanged",
        vec![
            slow,
            waived,
            metric("copybook-bench/encode/display#time", Verdict::Improved, -0.21),
            metric("copybook-bench/encode/comp3#time", Verdict::Unchanged, 0.001),
        ],
    );
    found.headline = headlines();
    found.against = against_main();
    found.reasons = vec!["`copybook-bench/decode/display/10x50#time` regressed: a sentence of the judge".into()];
    found.waivers = vec![waiver("copybook-bench/decode/comp3/9_2#time", 0.083)];
    found.warnings = vec!["load: 2.44 over 1 min, on 2 processors".into()];
    found
}

#[test]
fn a_confirmed_regression_and_a_waived_one() {
    assert_eq!(determine_status_indicator(&regression()), Indicator::Warn);
    insta::assert_snapshot!(shown(&regression(), 65_536));
}

#[test]
fn the_job_summary_has_everything_unfolded() {
    insta::assert_snapshot!(render_summary(&regression(), &report(), &context()).unwrap());
}

#[test]
fn sixty_regressions_of_five_hundred_metrics_in_a_small_comment() {
    let regressed = (0..60).map(|n| {
        confirmed(metric(&format!("suite/many/case{n:03}#time"), Verdict::Regressed, 0.9 - f64::from(n) / 100.0), 0.5)
    });
    let unchanged = (60..500).map(|n| metric(&format!("suite/many/case{n:03}#time"), Verdict::Unchanged, 0.0));
    let content = "500 metrics against main (6465159): 60 regressed, 440 unchanged";
    let mut found = judgement(Status::Fail, content, regressed.chain(unchanged).collect());
    found.against = against_main();
    found.reasons =
        (0..10).map(|n| format!("`suite/many/case{n:03}#time` regressed: a sentence of the judge")).collect();
    found.reasons.push("and 50 more regressions".into());
    insta::assert_snapshot!(shown(&found, 14_000));
}

#[test]
fn nothing_was_judged() {
    let mut found = judgement(Status::Warn, "0 metrics", Vec::new());
    found.reasons = vec!["nothing was judged: the run reported no metric to judge".into()];
    assert_eq!(determine_status_indicator(&found), Indicator::Undecided);
    insta::assert_snapshot!(shown(&found, 65_536));
}

#[test]
fn what_is_open_says_what_would_decide_it() {
    let mut open = metric("suite/parse/large#time", Verdict::Inconclusive, 0.031);
    open.more_rounds = Some(40);
    open.noise_floor = Some(finite(0.06));
    let mut chance = metric("suite/parse/small#time", Verdict::Inconclusive, 0.055);
    chance.rule = Rule::FalseDiscovery;
    let mut found = judgement(
        Status::Warn,
        "3 metrics against main (6465159): 2 inconclusive, 1 unchanged",
        vec![open, chance, metric("suite/parse/empty#time", Verdict::Unchanged, 0.0)],
    );
    found.against = against_main();
    found.reasons = vec![
        "1 change is beyond noise alone, but not among all tests: `suite/parse/small#time`".into(),
        "1 change is inconclusive: `suite/parse/large#time`; about 40 more rounds on each side would decide".into(),
    ];
    assert_eq!(determine_status_indicator(&found), Indicator::Undecided);
    insta::assert_snapshot!(shown(&found, 65_536));
}

#[test]
fn names_of_a_stranger_are_text() {
    let names = [
        "<script>alert(1)</script>/`rm -rf`|a|b#time",
        "@everyone see #1, GH-2 and https://evil.example ![x](http://evil.example/x.png)",
        "abc\u{202e}gnp.exe \u{200b}\u{5d0}\u{5d1}",
    ];
    let long = "x".repeat(2000) + &"y".repeat(2000);
    let regressed = names.iter().copied().chain([long.as_str()]).map(|name| metric(name, Verdict::Regressed, 0.2));
    let mut found = judgement(
        Status::Fail,
        "5 metrics, 4 regressed (`<script>alert(1)</script>|@everyone` +20.0 %)",
        regressed.collect(),
    );
    found.metrics.insert(0, missing("## heading [link](x)"));
    found.violations = vec![violation("## heading [link](x)")];
    found.reasons =
        vec![found.violations[0].message.clone(), "1. the report says\n<!-- perfledger:comment key=default -->".into()];
    insta::assert_snapshot!(shown(&found, 65_536));
}
