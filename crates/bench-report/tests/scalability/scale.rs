//! Sizes, their law and what to know of it.

use bench_model::perf::{Interval, IntervalSource, Report};
use bench_model::scale::{AmdahlFit, Axis, Estimated, FittedLaw, Law, LawKind, Peak, ScaleLevel, ScaleSummary};
use bench_report::scaling::scaling_markdown;

use super::{HOSTILE, assert_accessible, finite, judgement, page, report, section, tags, text};

fn estimated(value: f64) -> Estimated {
    let (lower, upper) = (finite(value * 0.9), finite(value * 1.1));
    let interval = Some(Interval { lower, upper, level: finite(0.95), from: IntervalSource::Rounds });
    Estimated { value: finite(value), interval }
}

fn exactly(value: f64) -> Estimated {
    Estimated { value: finite(value), interval: None }
}

fn level(at: u32, throughput: f64) -> ScaleLevel {
    ScaleLevel {
        at,
        rounds: 3,
        throughput: estimated(throughput),
        p95: Some(exactly(f64::from(at) * 1.5e6)),
        pool_wait: None,
        service_cpu: Some(exactly(0.87)),
        service_memory: Some(exactly(33_554_432.0)),
        generator_cpu: Some(finite(0.41)),
        efficiency: Some(exactly(throughput / 1_000.0 / f64::from(at))),
        error_rate: finite(0.0),
        beyond_cores: at > 2,
        limited_rounds: 0,
        unusable_rounds: 0,
        unusable_why: None,
    }
}

pub(crate) fn law(peak: Peak) -> Law {
    Law::Fitted(Box::new(FittedLaw {
        kind: LawKind::Universal,
        fewest: 1,
        most: 10,
        rate: estimated(1_010.0),
        contention: estimated(0.05),
        coherency: estimated(0.01),
        r_squared: Some(finite(0.9921)),
        residual: finite(0.013),
        amdahl: Some(AmdahlFit { rate: finite(990.0), contention: finite(0.12), residual: finite(0.041) }),
        peak,
    }))
}

fn summary() -> ScaleSummary {
    let levels = [(1, 1_000.0), (2, 1_850.0), (3, 2_600.0), (5, 3_500.0), (10, 4_123.0)];
    ScaleSummary {
        scenario: "scale-trust".into(),
        axis: Axis::Processes,
        cores: 2,
        levels: levels.into_iter().map(|(at, throughput)| level(at, throughput)).collect(),
        law: law(Peak::At { size: estimated(9.7), throughput: estimated(4_200.0) }),
        memory_per_thousand: Some(estimated(1_048_576.0)),
        notes: vec!["this machine has 2 processors".into()],
    }
}

fn scaled(summary: ScaleSummary) -> Report {
    let mut report = report();
    report.scale = Some(Box::new(summary));
    report
}

fn shown(summary: ScaleSummary) -> String {
    text(section(&page(&scaled(summary), &judgement()), "scale"))
}

#[test]
fn every_size_has_a_row_with_what_was_measured_and_what_limits_it() {
    let mut run = summary();
    run.levels[1].limited_rounds = 1;
    run.levels[4].limited_rounds = 3;
    run.levels[1].p95 = None;
    run.levels[4].error_rate = finite(0.0123);
    let html = page(&scaled(run), &judgement());
    let scale = section(&html, "scale");
    assert_accessible(&html, scale);
    let rows: Vec<String> = scale.split("<tr>").skip(2).map(text).collect();
    assert_eq!(rows.len(), 5);
    assert!(rows[0].starts_with("11000900.0 to 11001.50 ms0.87generator 0.4132.0 MiB100 %0 %3"), "{}", rows[0]);
    assert!(rows[1].contains("not measured") && rows[1].contains("the generator was the limit in 1 of 3 rounds"));
    assert!(rows[4].contains("412337") && rows[4].contains("1.23 %"), "{}", rows[4]);
    assert!(rows[4].contains("more than processors; the generator was the limit"), "{}", rows[4]);
    assert!(!rows[4].contains("of 3 rounds"), "{}", rows[4]);
    assert!(text(scale).contains("Not measured at any size: the wait for a database connection."));
    assert!(!scale.contains("Pool wait"), "a column of nothing");
    assert_eq!(scale.matches("<svg").count(), 1);
}

#[test]
fn a_size_without_evidence_has_words_of_its_own_and_no_figures() {
    let mut run = summary();
    for (level, rounds) in run.levels.iter_mut().skip(3).zip([3, 1]) {
        let why = format!("a process of the service ended{HOSTILE}");
        (level.unusable_rounds, level.unusable_why, level.limited_rounds) = (rounds, Some(why), 1);
        (level.p95, level.service_cpu, level.service_memory, level.efficiency) = (None, None, None, None);
        level.throughput.interval = None;
    }
    let html = page(&scaled(run), &judgement());
    let scale = section(&html, "scale");
    assert_accessible(&html, scale);
    let rows: Vec<String> = scale.split("<tr>").skip(2).map(text).collect();
    assert!(rows[3].starts_with("5no evidencenot measured"), "{}", rows[3]);
    assert!(
        rows[3].contains("more than processors; no evidence: a process of the service ended<script>"),
        "{}",
        rows[3]
    );
    assert!(!rows[3].contains("rounds") && rows[4].contains(" in 1 of 3 rounds"), "{}", rows[4]);
    assert!(!text(scale).contains("the generator was the limit"), "{}", text(scale));
    assert!(!scale.contains("3500") && !text(scale).contains("4123"), "{scale}");
}

#[test]
fn what_has_an_interval_is_shown_with_it() {
    let mut run = summary();
    (run.levels[2].p95, run.levels[2].efficiency) = (Some(estimated(4e6)), Some(estimated(0.8)));
    run.levels[2].pool_wait = Some(estimated(2e6));
    let html = page(&scaled(run), &judgement());
    let row = text(section(&html, "scale").split("<tr>").nth(4).unwrap());
    for part in ["4.00 ms3.60 ms to 4.40 ms", "2.00 ms1.80 ms to 2.20 ms", "80.0 %72.0 % to 88.0 %"] {
        assert!(row.contains(part), "{part} in {row}");
    }
}

#[test]
fn a_law_is_told_with_its_parameters_intervals_and_peak() {
    let shown = shown(summary());
    for part in [
        "cost of keeping in step, as the Universal Scalability Law has it",
        "X(N) = λN / (1 + σ(N − 1) + κN(N − 1))",
        "1010 (95 % interval 909.0 to 1111) per second",
        "Contention, σ0.0500 (95 % interval 0.0450 to 0.0550)",
        "Coherency, κ0.0100 (95 % interval 0.00900 to 0.0110)",
        "99.2 %",
        "Amdahl's law alone (κ = 0)λ 990.0 per second, σ 0.120; points lie around it by 4.1 %",
        "Of sizes1 to 10",
        "1.3 %",
        "at 9.70 (95 % interval 8.73 to 10.7): 4200 (95 % interval 3780 to 4620) per second",
        "1.00 MiB (95 % interval 922 KiB to 1.10 MiB) for each further 1,000 processes",
        "This machine has 2 processors.",
    ] {
        let flat = shown.replace('\n', "");
        assert!(flat.contains(part), "{part} in {flat}");
    }
}

#[test]
fn a_law_or_a_peak_that_is_not_known_says_why_and_has_no_number() {
    let told = shown(ScaleSummary { law: Law::Refused { why: "2 sizes have a say".into() }, ..summary() });
    assert!(told.contains("No law is fitted to these sizes. 2 sizes have a say."), "{told}");
    assert!(!told.contains("Contention, σ") && !told.contains("X(N)"), "{told}");
    let why = "the points do not show that throughput ever falls".to_owned();
    let told = shown(ScaleSummary { law: law(Peak::Unknown { why }), ..summary() });
    assert!(told.contains("not known: the points do not show that throughput ever falls"), "{told}");
}

#[test]
fn a_run_of_which_no_size_was_kept_has_a_page_without_picture_and_table() {
    let law = Law::Refused { why: "nothing was answered".into() };
    let html = page(&scaled(ScaleSummary { levels: Vec::new(), law, ..summary() }), &judgement());
    let scale = section(&html, "scale");
    assert!(!scale.contains("<svg") && !scale.contains("<table"), "{scale}");
    assert!(text(scale).contains("Nothing was answered."), "{scale}");
}

#[test]
fn hostile_texts_of_a_run_are_text() {
    let known = tags(&page(&scaled(summary()), &judgement()));
    let law = law(Peak::Unknown { why: HOSTILE.into() });
    let run = ScaleSummary { scenario: HOSTILE.into(), notes: vec![HOSTILE.into()], law, ..summary() };
    let html = page(&scaled(run), &judgement());
    assert!(tags(&html).is_subset(&known), "{:?}", tags(&html));
    assert!(!html.contains("49}"));
    assert!(text(section(&html, "scale")).matches(HOSTILE).count() >= 3, "{html}");
}

#[test]
fn equal_runs_give_equal_bytes() {
    assert_eq!(page(&scaled(summary()), &judgement()), page(&scaled(summary()), &judgement()));
}

#[test]
fn a_table_for_markdown_has_a_row_for_each_size_and_only_columns_that_were_measured() {
    let mut run = summary();
    run.scenario = HOSTILE.into();
    run.levels[4].limited_rounds = 3;
    run.notes = vec![HOSTILE.into()];
    let text = scaling_markdown(&run);
    let rows: Vec<_> = text.lines().filter(|line| line.contains(" ms | 0.87 |")).collect();
    let first = "| 1 | 3 | 1000 (900.0 to 1100) | 1.50 ms | 0.87 | 0.41 | 32.0 MiB | 100 % | 0 % |  |";
    assert_eq!(rows.first(), Some(&first), "{text}");
    assert!(rows.last().unwrap().ends_with("| more than processors; the generator was the limit |"), "{text}");
    let head = text.lines().find(|line| line.starts_with("| processes |")).unwrap();
    assert!(!head.contains("wait"), "nobody measured a pool: {head}");
    assert!(text.contains("X(N) = λN") && text.contains("| Contention, σ |"), "{text}");
    assert!(!text.contains("<script") && !text.contains("</svg"), "{text}");

    run.law = Law::Refused { why: "fewer than four sizes".into() };
    run.levels.iter_mut().for_each(|level| level.p95 = None);
    let text = scaling_markdown(&run);
    assert!(text.contains("No law is fitted to these sizes. Fewer than four sizes."), "{text}");
    assert!(!text.contains("λ") && !text.contains("p95"), "{text}");
    run.levels.clear();
    assert!(!scaling_markdown(&run).contains("scaling.svg"), "there is no picture of nothing");
}
