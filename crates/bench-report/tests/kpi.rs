//! Indicators as Markdown and as a radar.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use bench_model::kpi::{
    Eligibility, Kpi, KpiEvidence, KpiInput, KpiLedger, KpiPrevious, KpiReport, KpiStatus, SCHEMA, Tier,
};
use bench_model::perf::EvidenceLevel;
use bench_model::time::Timestamp;
use bench_model::{Finite, Sha256, Unit};
use bench_report::chart::{Theme, radar_svg};
use bench_report::kpi::{kpi_markdown, kpi_radar};

fn finite(value: f64) -> Finite {
    Finite::try_from(value).unwrap()
}

fn input() -> KpiInput {
    KpiInput {
        what: "the score".into(),
        source: "metric job#score".into(),
        value: Some(finite(10.0)),
        unit: Some(Unit::Count),
        level: Some(EvidenceLevel::RealWorkload),
        points: Some(finite(10.0)),
        most: Some(finite(10.0)),
        evidence: Some(KpiEvidence {
            first_seq: 3,
            last_seq: 3,
            digest: Sha256::of(b"line"),
            time: Timestamp::from_unix(0),
            run_id: "run-3".parse().unwrap(),
        }),
        missing: None,
    }
}

fn measured() -> Kpi {
    Kpi {
        name: "scalability".parse().unwrap(),
        about: "what the job reaches".into(),
        formula: "the value of `job#score`".into(),
        score: Some(finite(8.5)),
        capped_from: Some(finite(10.0)),
        tier: Some(Eligibility { tier: Tier::Real, cap: finite(8.5), confidence: finite(0.7) }),
        floor: finite(3.0),
        max_drop: finite(1.0),
        yellow: finite(3.0),
        green: finite(6.0),
        previous: Some(finite(8.0)),
        previous_version: Some("1.0".parse().unwrap()),
        drop: Some(finite(-0.5)),
        status: KpiStatus::Green,
        why: vec!["8.50 reaches 6.00, where green begins".into()],
        inputs: vec![input()],
    }
}

fn unmeasured() -> Kpi {
    let need = KpiInput {
        what: "roles".into(),
        source: "outside".into(),
        missing: Some("nothing measures them".into()),
        value: None,
        unit: None,
        level: None,
        points: None,
        most: None,
        evidence: None,
    };
    Kpi {
        name: "authority_modeling".parse().unwrap(),
        score: None,
        capped_from: None,
        tier: None,
        previous: None,
        previous_version: None,
        drop: None,
        status: KpiStatus::NotMeasured,
        why: vec!["nothing that it is made of was measured".into()],
        inputs: vec![need],
        ..measured()
    }
}

fn report(kpis: Vec<Kpi>) -> KpiReport {
    KpiReport {
        schema: SCHEMA.into(),
        version: "1.1".parse().unwrap(),
        ledger: KpiLedger { head: Sha256::of(b"head"), lines: 4, broken: None },
        previous: Some(KpiPrevious { version: "1.0".parse().unwrap(), sha256: Sha256::of(b"file") }),
        total: 2,
        measured: 1,
        kpis,
    }
}

/// The cells of the first line of a table that begins so.
fn row(text: &str, first: &str) -> Vec<String> {
    let line = text.lines().find(|line| line.starts_with(&format!("| {first} |"))).unwrap();
    line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
}

#[test]
fn each_indicator_has_a_row_and_what_was_not_measured_has_no_figure() {
    let text = kpi_markdown(&report(vec![measured(), unmeasured()]), "kpi_radar.svg");
    assert!(text.starts_with("# Indicators of 1.1\n\n**1 of 2 indicators measured.**"), "{text}");
    assert!(text.contains("![The radar of the scores below](kpi_radar.svg)") && text.contains(" Before: 1.0."));
    let cells = row(&text, "scalability");
    assert_eq!(cells, ["scalability", "8.50", "8.00", "real, at most 8.50", "70 %", "**green**"]);
    let cells = row(&text, "authority\\_modeling");
    assert_eq!(cells, ["authority\\_modeling", "-", "", "", "", "**not measured**"]);
}

#[test]
fn each_input_has_a_row_with_its_lines_or_with_why_it_is_missing() {
    let text = kpi_markdown(&report(vec![measured(), unmeasured()]), "kpi_radar.svg");
    let cells = row(&text, "the score");
    let digest = Sha256::of(b"line");
    let lines = format!("3 (run run-3, `{}`)", digest.as_str().get(..12).unwrap());
    assert_eq!(cells, ["the score", "metric job\\#score", "10.0", "10.00 of 10.00", "real workload", lines.as_str()]);
    assert_eq!(row(&text, "roles"), ["roles", "outside", "-", "", "", "missing: nothing measures them"]);
}

#[test]
fn a_ledger_that_does_not_hold_is_the_first_thing_said() {
    let mut broken = report(vec![measured()]);
    broken.ledger.broken = Some("ledger line 3: torn".into());
    let text = kpi_markdown(&broken, "kpi_radar.svg");
    assert_eq!(
        text.lines().nth(2),
        Some("> **The ledger's chain does not hold: ledger line 3: torn.** Nothing here is verified.")
    );
}

#[test]
fn hostile_texts_are_shown_and_stay_in_their_cell() {
    let mut kpi = measured();
    let hostile = "|</td>\n# `x` <img src=x onerror=alert(1)> \u{202e}[a](javascript:b)";
    kpi.about = hostile.into();
    kpi.formula = hostile.into();
    kpi.why = vec![hostile.into()];
    for input in &mut kpi.inputs {
        input.what = hostile.into();
        input.source = hostile.into();
        input.missing = Some(hostile.into());
    }
    let text = kpi_markdown(&report(vec![kpi]), "kpi_radar.svg");
    let plain = kpi_markdown(&report(vec![measured()]), "kpi_radar.svg");
    assert_eq!(text.lines().count(), plain.lines().count());
    assert!(
        !text.replace("\\<", "").contains('<') && !text.contains("](javascript") && !text.contains('\u{202e}'),
        "{text}"
    );
    let bars = |text: &str| text.lines().map(|line| line.replace("\\|", "").matches('|').count()).collect::<Vec<_>>();
    assert_eq!(bars(&text), bars(&plain));
}

#[test]
fn the_radar_says_what_was_not_measured_and_what_the_evidence_permits() {
    let svg =
        kpi_radar(&report(vec![measured(), unmeasured()]), |radar| radar_svg(radar, (760, 560), Theme::Standalone));
    let svg = svg.unwrap();
    assert!(svg.contains("Floor 3.00."), "{svg}");
    assert!(svg.contains("scalability: 8.50, at most 8.50 with the evidence that there is."), "{svg}");
    assert!(svg.contains("authority modeling: not measured."), "{svg}");
}

#[test]
fn floors_that_differ_are_no_ring() {
    let other = Kpi { floor: finite(2.0), ..unmeasured() };
    kpi_radar(&report(vec![measured(), other]), |radar| assert!(radar.floor.is_nan()));
    kpi_radar(&report(vec![measured(), unmeasured()]), |radar| assert_eq!(radar.floor, 3.0));
}
