//! Audits to make pages of: three years of a busy project, a small one, an empty one, a broken one, and one by a stranger.

use bench_model::audit::*;
use bench_model::ledger::{IncidentState, NoiseMetric, Waiver};
use bench_model::provenance::Epoch;
use bench_model::run::Mode;
use bench_model::time::Timestamp;
use bench_model::verdict::Status;
use bench_model::{Commit, Direction, Finite, MetricName, RunId, Sha256, Unit};

pub(crate) const MONTHS: usize = 36;
pub(crate) const METRICS: usize = 20;
const FIRST: i64 = 1_701_388_800; // 2023-12-01
const MONTH: i64 = 2_629_800;

pub(crate) fn finite(value: f64) -> Finite {
    Finite::try_from(value).unwrap()
}

fn time(seconds: i64) -> Timestamp {
    Timestamp::from_unix(seconds)
}

fn commit(number: u64) -> Commit {
    Sha256::of(&number.to_le_bytes()).as_str()[..40].parse().unwrap()
}

fn run_id(seconds: i64) -> RunId {
    format!("{}-1a2b3c4-9f8e", time(seconds).compact()).parse().unwrap()
}

fn epoch() -> Epoch {
    Epoch("6f1c2f0d9a7be431".into())
}

fn name(number: usize) -> MetricName {
    match number {
        0 => "display_gibs".parse().unwrap(),
        1 => "comp3_mibs".parse().unwrap(),
        n => format!(
            "copybook-bench/decode_display/records {} x {} bytes#{}",
            n * 100,
            40 + n,
            ["time", "throughput"][n % 2]
        )
        .parse()
        .unwrap(),
    }
}

fn unit(number: usize) -> (Unit, Direction, f64) {
    match number {
        0 => (Unit::BytesPerSecond, Direction::HigherIsBetter, 4.2e9),
        n if n % 2 == 1 => (Unit::BytesPerSecond, Direction::HigherIsBetter, 5.7e8 + 1e7 * n as f64),
        n => (Unit::Nanoseconds, Direction::LowerIsBetter, 1.5e6 * n as f64),
    }
}

/// Equal on every machine, and wild enough to look like measurements.
fn wobble(seed: u64) -> f64 {
    let mut x = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d;
    x ^= x >> 30;
    x = x.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x ^= x >> 27;
    (x % 10_000) as f64 / 10_000.0 - 0.5
}

fn integrity(lines: u64) -> Integrity {
    Integrity {
        verified: true,
        problem: None,
        head: if lines == 0 { Sha256::zero() } else { Sha256::of(b"head") },
        lines,
        first_seq: lines.min(1),
        last_seq: lines,
        gaps: Vec::new(),
        retention: Vec::new(),
    }
}

pub(crate) fn empty() -> Audit {
    Audit {
        schema: SCHEMA.into(),
        tool: "audit-generator 0.1.0".into(),
        subject: "an-empty-project".into(),
        period: Period { first: "2026-11".into(), last: "2026-11".into() },
        generated: time(1_796_083_200),
        integrity: integrity(0),
        overview: Overview::default(),
        attention: Vec::new(),
        baselines: Vec::new(),
        compliance: Vec::new(),
        incidents: Vec::new(),
        waivers: Vec::new(),
        noise: Vec::new(),
        releases: None,
        controls: Vec::new(),
        series: Vec::new(),
    }
}

fn month_of(number: usize, month: usize) -> MonthCompliance {
    let (_, _, level) = unit(number);
    let index = 2023 * 12 + 11 + month;
    let bad = (number * 7 + month * 3).is_multiple_of(61) && number % 6 != 5;
    let missing = if (number * 5 + month).is_multiple_of(83) { 2 } else { 0 };
    let judged = if number % 6 == 5 { 0 } else { 304 - missing };
    let worst = if bad { 0.962 } else { 1.08 + 0.02 * (number % 5) as f64 };
    let seq = (month * 310 + 17) as u64;
    MonthCompliance {
        month: format!("{}-{:02}", index / 12, index % 12 + 1),
        runs: 304 - missing,
        missing,
        judged,
        violations: if bad { 3 } else { 0 },
        violating_lines: if bad { vec![seq, seq + 1, seq + 4] } else { Vec::new() },
        time_met: (judged > 0).then(|| finite(if bad { 0.9917 } else { 1.0 })),
        lowest_margin: (judged > 0).then(|| finite(worst)),
        lowest: Some(finite(level * 0.96)),
        median: Some(finite(level)),
        highest: Some(finite(level * 1.035)),
    }
}

fn series(number: usize, points: usize, runs: u32) -> Series {
    let (unit, direction, level) = unit(number);
    let point = |place: usize| {
        let drift = if place > points / 2 && number.is_multiple_of(4) { 1.06 } else { 1.0 };
        let middle = level * drift * (1.0 + 0.02 * wobble((number * 10_000 + place) as u64));
        let seconds = FIRST + (place as i64) * MONTH * MONTHS as i64 / points as i64;
        SeriesPoint {
            time: time(seconds),
            seq: (place as u64 + 1) * u64::from(runs),
            runs,
            lowest: finite(middle * 0.985),
            median: finite(middle),
            highest: finite(middle * 1.012),
            floor: (number % 6 != 5)
                .then(|| finite(if number % 2 == 1 || number == 0 { level * 0.9 } else { level * 1.1 })),
            target: (number < 2).then(|| finite(level * 1.05)),
            promoted: place % 60 == 30,
            regressed: place % 131 == 97,
        }
    };
    Series {
        metric: name(number),
        unit,
        direction,
        epoch: epoch(),
        mode: Mode::Full,
        points: (0..points).map(point).collect(),
    }
}

fn baseline(number: u64) -> BaselineRecord {
    let seconds = FIRST + number as i64 * 5_200_000 - 3_000_000;
    BaselineRecord {
        seq: number * 620 + 40,
        line: (number > 0).then(|| Sha256::of(&number.to_be_bytes())),
        time: (number > 0).then(|| time(seconds)),
        in_period: number > 0,
        run_id: run_id(seconds),
        commit: commit(number),
        epoch: epoch(),
        mode: Mode::Full,
        anchor: (number % 5 == 4).then(|| format!("v{}.{}.0", 1 + number / 10, number % 10)),
        replaces: (number > 0).then(|| (number - 1) * 620 + 40),
        author: (number % 3 != 1).then(|| "Ada Example".into()),
        reason: number.is_multiple_of(2).then(|| "Decoder rewritten over 64-bit words; faster for wide records".into()),
        criteria: vec![
            "the run is complete and of a clean tree: 5 of 5 rounds".into(),
            "status PASS: every floor met, lowest margin 1.08".into(),
            "tests passed: ci / test at this commit".into(),
            "the commit is on main".into(),
        ],
        metrics: METRICS as u32,
    }
}

fn waiver(number: usize) -> Waiver {
    Waiver {
        metric: name(number),
        ceiling: finite(0.1),
        expires: "2026-12-31".into(),
        issue: "https://tracker.example/issues/812".into(),
        reason: "Bounds checks were added on purpose; to be won back by the new reader".into(),
        author: "Grace Sample".into(),
    }
}

fn incident(number: usize, ended: Option<IncidentState>) -> IncidentRecord {
    let opened = FIRST + MONTH * (10 + number as i64 * 4);
    let seq = (number as u64 * 4 + 10) * 310 + 5;
    IncidentRecord {
        metric: name(number),
        epoch: epoch(),
        mode: Mode::Full,
        seq,
        opened: time(opened),
        run_id: run_id(opened),
        commit: commit(seq),
        good: Some(commit(seq - 1)),
        change: Some(finite(if number.is_multiple_of(2) { 0.083 } else { -0.124 })),
        end: ended.map(|state| IncidentEnd {
            state,
            seq: seq + 60,
            time: time(opened + 500_000),
            run_id: run_id(opened + 500_000),
            commit: commit(seq + 60),
        }),
        duration_s: 500_000,
        waiver: (ended == Some(IncidentState::Waived)).then(|| waiver(number)),
    }
}

fn evidence(kind: EvidenceKind, coverage: Coverage, statement: &str, lines: &[u64]) -> EvidenceFinding {
    EvidenceFinding { kind, coverage, statement: statement.into(), lines: lines.into() }
}

fn control(standard: &str, clause: &str, title: &str, evidence: Vec<EvidenceFinding>) -> ControlFinding {
    let control = Control {
        standard: standard.into(),
        clause: clause.into(),
        title: title.into(),
        requirement:
            "Changes to systems follow a procedure that includes testing and somebody's approval before release.".into(),
        scope: "performance tests of released changes; it says nothing about functional tests or access rights".into(),
        evidence: evidence.iter().map(|found| found.kind).collect(),
    };
    let coverage = evidence.iter().map(|found| found.coverage).min().unwrap_or(Coverage::None);
    ControlFinding { control, coverage, evidence }
}

fn controls() -> Vec<ControlFinding> {
    use Coverage::{Complete, None, Partial};
    use EvidenceKind::*;
    let ledger = || evidence(IntactLedger, Complete, "The chain of 11,160 lines holds.", &[1, 11_160]);
    let baselines =
        || evidence(ApprovedBaselines, Partial, "7 of 21 promotions do not say who promoted.", &[660, 2520]);
    let releases = || evidence(ReleaseEvidence, Partial, "1 of 8 releases has no run of its own.", &[1540]);
    let noise = || evidence(MeasuredNoise, None, "Noise was not measured in the last 12 months.", &[]);
    vec![
        control("SOX", "404", "Change management", vec![baselines(), releases()]),
        control("PCI-DSS", "4.0, 6.5.1", "Change control", vec![baselines(), releases()]),
        control("PCI-DSS", "4.0, 10.3", "Audit logs are protected", vec![ledger()]),
        control(
            "PCI-DSS",
            "4.0, 10.5.1",
            "Audit log history is kept",
            vec![
                ledger(),
                evidence(
                    Retention,
                    Complete,
                    "Every removed line is covered by a marker; 36 months are kept.",
                    &[5000],
                ),
            ],
        ),
        control(
            "GDPR",
            "Art. 32(1)(b)",
            "Resilience of processing",
            vec![
                evidence(ContinuousMeasurement, Complete, "Runs in 36 of 36 months, no gap above 9 days.", &[]),
                evidence(FloorsHeld, Partial, "36 values did not meet their floor.", &[17, 18, 21]),
            ],
        ),
        control("ISO-27001", "2022, A.8.6", "Capacity management", vec![noise()]),
    ]
}

pub(crate) fn large() -> Audit {
    let mut audit = empty();
    audit.subject = "copybook-rs".into();
    audit.period = Period { first: "2023-12".into(), last: "2026-11".into() };
    audit.integrity = integrity(11_160);
    audit.integrity.gaps.push(Gap { first: "2024-12-23".into(), last: "2024-12-31".into(), days: 9 });
    audit.integrity.retention.push(RetentionRecord {
        seq: 5000,
        time: time(FIRST + 16 * MONTH),
        last_seq: 120,
        keep_months: 36,
        author: "Ada Example".into(),
    });
    let metric = |number| {
        let (unit, direction, _) = unit(number);
        let months = (0..MONTHS).filter(|month| number != 7 || *month > 9).map(|month| month_of(number, month));
        MetricCompliance { metric: name(number), unit, direction, months: months.collect() }
    };
    audit.compliance = (0..METRICS).map(metric).collect();
    audit.compliance.sort_by(|a, b| a.metric.cmp(&b.metric));
    let violations = audit.compliance.iter().flat_map(|m| &m.months).map(|m| u64::from(m.violations)).sum();
    audit.overview = Overview {
        runs: 10_950,
        passed: 10_701,
        warned: 213,
        failed: 36,
        metrics: METRICS as u64,
        values: 218_400,
        violations,
        incomplete: 14,
        promotions: 21,
        incidents_opened: 4,
        incidents_open: 1,
        waivers: 1,
        releases: Some(8),
        releases_without_evidence: Some(1),
    };
    audit.attention = vec![
        "display_gibs regressed by 8.3 % on 2024-10-01 and is still open (line 3105)".into(),
        "release v1.5.0 has no complete run of its own".into(),
        "7 of 21 promotions do not say who promoted".into(),
    ];
    audit.baselines = (0..22).map(baseline).collect();
    audit.incidents = vec![
        incident(0, None),
        incident(3, Some(IncidentState::Accepted)),
        incident(2, Some(IncidentState::Waived)),
        incident(1, Some(IncidentState::Recovered)),
    ];
    audit.waivers =
        vec![WaiverRecord { waiver: waiver(2), first_seq: 5640, last_seq: 5702, runs: 31, largest: finite(0.083) }];
    let noise = |place: u64| NoiseRecord {
        seq: place * 900 + 77,
        time: time(FIRST + place as i64 * 3 * MONTH),
        epoch: epoch(),
        mode: Mode::Full,
        metrics: (0..METRICS)
            .map(|number| NoiseMetric {
                name: name(number),
                floor: finite(0.004 + 0.001 * number as f64),
                rounds: 10,
                comparisons: 40,
                alarms: u32::from(number == 3),
            })
            .collect(),
    };
    audit.noise = (0..8).map(noise).collect();
    let release = |place: u64| Release {
        name: format!("v1.{place}.0"),
        commit: commit(place * 31),
        time: time(FIRST + place as i64 * 4 * MONTH),
        evidence: (place != 5).then(|| ReleaseEvidence {
            seq: place * 1240 + 300,
            run_id: run_id(FIRST + place as i64 * 4 * MONTH),
            status: if place == 2 { Status::Warn } else { Status::Pass },
            promoted: place.is_multiple_of(2),
        }),
    };
    audit.releases = Some((0..8).map(release).collect());
    audit.controls = controls();
    audit.series = (0..METRICS).map(|number| series(number, 365, 30)).collect();
    audit
}

pub(crate) fn tiny() -> Audit {
    let mut audit = empty();
    audit.subject = "first-week".into();
    audit.integrity = integrity(2);
    audit.overview = Overview { runs: 1, passed: 1, metrics: 1, values: 1, promotions: 1, ..Overview::default() };
    let mut month = month_of(0, 35);
    (month.runs, month.judged, month.violations) = (1, 1, 0);
    month.violating_lines.clear();
    (month.time_met, month.lowest_margin) = (Some(finite(1.0)), Some(finite(1.31)));
    let (unit, direction, _) = unit(0);
    audit.compliance = vec![MetricCompliance { metric: name(0), unit, direction, months: vec![month] }];
    let mut first = baseline(1);
    (first.seq, first.replaces) = (2, None);
    audit.baselines = vec![first];
    let mut one = series(0, 1, 1);
    one.points[0].time = time(1_795_000_000);
    audit.series = vec![one];
    audit
}

pub(crate) fn broken() -> Audit {
    let mut audit = large();
    audit.integrity.verified = false;
    audit.integrity.problem =
        Some(BadLine { seq: 8121, problem: "the content was changed: its hash is 1f..., the line says 9a...".into() });
    audit.integrity.lines = 8120;
    audit.integrity.last_seq = 8120;
    audit.attention.insert(0, "the ledger's chain does not hold from line 8121 on".into());
    audit
}

/// Texts that try to be something else.
pub(crate) const EVIL: &str =
    "<script>alert(1)</script>|`x` \u{202e}txet desrever\u{200f} '\"><img src=x onerror=alert(2)>&amp;{{ 7*7 }}";

pub(crate) fn hostile() -> Audit {
    let long = "x".repeat(10_000);
    let mut audit = large();
    audit.subject = format!("{EVIL} {long}");
    audit.attention = vec![format!("{EVIL}\nsecond line\u{1b}[31m"), long.clone()];
    let names: Vec<MetricName> = vec![
        EVIL.parse().unwrap(),
        "y".repeat(4096).parse().unwrap(),
        format!("a {} b", "слово ".repeat(60)).parse().unwrap(),
    ];
    for (place, name) in names.iter().enumerate() {
        audit.compliance[place].metric = name.clone();
        audit.series[place].metric = name.clone();
        audit.incidents[place].metric = name.clone();
        audit.noise[0].metrics[place].name = name.clone();
    }
    audit.compliance.sort_by(|a, b| a.metric.cmp(&b.metric));
    audit.waivers[0].waiver.metric = names[0].clone();
    audit.waivers[0].waiver.reason = format!("{EVIL}{long}");
    audit.waivers[0].waiver.author = EVIL.into();
    audit.waivers[0].waiver.issue = "javascript:alert(3)".into();
    audit.baselines[2].author = Some(long.clone());
    audit.baselines[2].reason = Some(EVIL.into());
    audit.baselines[2].criteria = vec![EVIL.into(), long.clone()];
    audit.baselines[4].anchor = Some(long.clone());
    audit.series[3].epoch = Epoch(EVIL.into());
    audit.releases.as_mut().unwrap()[0].name = EVIL.into();
    audit.releases.as_mut().unwrap()[1].name = long.clone();
    audit.controls[0].control.standard = EVIL.into();
    audit.controls[1].control.clause = long.clone();
    audit.controls[2].evidence[0].statement = EVIL.into();
    audit.integrity.retention[0].author = EVIL.into();
    audit
}
