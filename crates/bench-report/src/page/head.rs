//! The head of the page: the status, the one line, the headline values, and what must be known before reading on.
//! Must not know: single metrics' evidence.

use std::collections::BTreeMap;

use bench_model::unit::rounded;
use bench_model::verdict::{Judgement, Verdict};
use serde::Serialize;

use super::ReportPage;
use super::words::{Said, count, duration, minute, said, shown, thousands};

#[derive(Debug, Serialize)]
pub(super) struct Head {
    status: String,
    summary: String,
    run_id: String,
    /// When, on what commit, how.
    context: Vec<String>,
    tiles: Vec<Tile>,
    reasons: Vec<Vec<Said>>,
    violations: Vec<Vec<Said>>,
    errors: Vec<Vec<Said>>,
    warnings: Vec<Vec<Said>>,
    /// Whether the verdict was made from this very `perf.json`.
    digest_differs: bool,
}

#[derive(Debug, Serialize)]
struct Tile {
    label: String,
    figure: String,
    note: String,
}

pub(super) fn head(page: &ReportPage<'_>) -> Head {
    let ReportPage { report, judgement, .. } = page;
    let mut context = vec![minute(report.provenance.started)];
    match &report.provenance.source {
        Some(source) => {
            let branch = source.branch.as_ref().map(|branch| format!(" on {branch}")).unwrap_or_default();
            let dirty = if source.dirty { ", with uncommitted changes" } else { "" };
            context.push(format!("commit {}{branch}{dirty}", source.commit.short()));
        }
        None => context.push("no commit known".into()),
    }
    match &report.load {
        Some(load) => context.push(format!("scenario {}", load.scenario)),
        None => context.push(format!("{} mode", report.plan.mode.as_str().replace('_', " "))),
    }
    context.push(format!("measured in {}", duration(report.provenance.duration_s)));
    if report.plan.partial {
        context.push("partial: flags left out a part of what the configuration selects".into());
    }
    if !report.complete {
        context.push("incomplete: not every round ended by itself".into());
    }
    let perf = page.files.iter().find(|file| file.name == "perf.json");
    // Judge and runner both say what the runner noticed; the page says it once.
    let more = report.warnings.iter().filter(|text| !judgement.warnings.contains(text));
    let violations: Vec<_> = judgement.violations.iter().map(|violation| &violation.message).collect();
    // The first table of a load run says why each threshold, and each guard, is not met.
    let judged = || judgement.load.iter().flat_map(|load| &load.thresholds).filter(|row| !row.why.is_empty());
    let told = |text: &&String| violations.contains(text) || judged().any(|row| text.contains(&row.why));
    let reasons = judgement.reasons.iter().filter(|text| !told(text));
    Head {
        status: judgement.status.to_string(),
        summary: headline(judgement),
        run_id: report.run_id.to_string(),
        context: context.iter().map(|text| shown(text)).collect(),
        tiles: tiles(page),
        reasons: reasons.map(|text| said(text)).collect(),
        violations: violations.iter().map(|text| said(text)).collect(),
        errors: report.errors.iter().map(|text| said(text)).collect(),
        warnings: judgement.warnings.iter().chain(more).map(|text| said(text)).collect(),
        digest_differs: perf.is_some_and(|perf| perf.sha256 != judgement.perf_sha256),
    }
}

/// The judge's line. Of a load run without the status at both its ends, which the badge beside it shows.
fn headline(judgement: &Judgement) -> String {
    let whole = shown(&judgement.summary);
    if judgement.load.is_none() {
        return whole;
    }
    let ended = whole.strip_suffix(&format!(" [{}]", judgement.status)).unwrap_or(&whole);
    match ended.split_once(' ') {
        Some((symbol, rest)) if !symbol.contains(|letter: char| letter.is_alphanumeric()) => rest.to_owned(),
        Some(_) | None => ended.to_owned(),
    }
}

fn tiles(page: &ReportPage<'_>) -> Vec<Tile> {
    let mut tiles: Vec<_> = page
        .report
        .headline
        .iter()
        .map(|headline| {
            let value = page.report.headline_values.get(&headline.name);
            Tile {
                label: shown(&headline.label),
                figure: match value {
                    Some(value) => format!("{} {}", rounded(value.get(), 3), shown(&headline.unit)),
                    None => "not measured".into(),
                },
                // A load run's labels say it all.
                note: if page.report.load.is_some() { String::new() } else { shown(&headline.name) },
            }
        })
        .collect();
    let mut verdicts = BTreeMap::<Verdict, usize>::new();
    for metric in &page.judgement.metrics {
        *verdicts.entry(metric.verdict).or_default() += 1;
    }
    let words: Vec<_> = verdicts.iter().map(|(verdict, number)| format!("{} {verdict}", thousands(*number))).collect();
    tiles.push(Tile {
        label: "Metrics judged".into(),
        figure: thousands(page.judgement.metrics.len()),
        note: words.join(", "),
    });
    if let Some(load) = &page.report.load {
        let sent = load.series.first().map_or(0, |series| series.sent);
        tiles.push(Tile {
            label: "Requests sent".into(),
            figure: thousands(sent),
            note: format!("in {}", count(load.phases.len(), "phase", "phases")),
        });
        return tiles;
    }
    let rounds = || page.judgement.metrics.iter().map(|metric| metric.rounds as usize).filter(|rounds| *rounds > 0);
    let (fewest, most) = (rounds().min().unwrap_or(0), rounds().max().unwrap_or(0));
    let samples = page.report.metrics.iter().filter(|metric| metric.primary).map(|metric| metric.samples).sum::<u64>();
    tiles.push(Tile {
        label: "Evidence".into(),
        figure: match fewest == most {
            true => count(most, "round", "rounds"),
            false => format!("{} to {} rounds", thousands(fewest), thousands(most)),
        },
        note: format!(
            "for each metric; {} in all",
            count(usize::try_from(samples).unwrap_or(usize::MAX), "sample", "samples")
        ),
    });
    tiles
}
