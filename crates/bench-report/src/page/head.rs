//! The head of the page: the status, the one line, the headline values, and what must be known before reading on.
//! Must not know: single metrics' evidence.

use std::collections::BTreeMap;

use bench_model::unit::rounded;
use bench_model::verdict::Verdict;
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
    context.push(format!("{} mode", report.plan.mode.as_str().replace('_', " ")));
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
    Head {
        status: judgement.status.to_string(),
        summary: shown(&judgement.summary),
        run_id: report.run_id.to_string(),
        context: context.iter().map(|text| shown(text)).collect(),
        tiles: tiles(page),
        reasons: judgement.reasons.iter().filter(|text| !violations.contains(text)).map(|text| said(text)).collect(),
        violations: violations.into_iter().map(|text| said(text)).collect(),
        errors: report.errors.iter().map(|text| said(text)).collect(),
        warnings: judgement.warnings.iter().chain(more).map(|text| said(text)).collect(),
        digest_differs: perf.is_some_and(|perf| perf.sha256 != judgement.perf_sha256),
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
                note: shown(&headline.name),
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
