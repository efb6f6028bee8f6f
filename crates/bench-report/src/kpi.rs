//! Indicators as Markdown, and as spokes of a radar: scores, what they may claim, and what they lack.
//! Must not know: how a score is made, or files.

use std::fmt::Write as _;

use bench_model::kpi::{HIGHEST, Kpi, KpiInput, KpiReport};
use bench_model::words::{amount, count, unsigned_percent};

use crate::chart::{Radar, Spoke};
use crate::visible::markdown as escaped;

/// Shows the radar of all indicators to `draw`, clockwise in the order of their contracts. It has a ring for the floor when all have
/// the same.
pub fn kpi_radar<T>(report: &KpiReport, draw: impl FnOnce(&Radar<'_>) -> T) -> T {
    let spoke = |kpi: &Kpi| Spoke {
        label: kpi.name.as_str().replace('_', " "),
        value: kpi.score.map(f64::from),
        cap: kpi.tier.map(|tier| tier.cap.get()),
    };
    let spokes: Vec<Spoke> = report.kpis.iter().map(spoke).collect();
    let mut floors = report.kpis.iter().map(|kpi| kpi.floor.get());
    let first = floors.next().unwrap_or(f64::NAN);
    let floor = if floors.all(|floor| floor == first) { first } else { f64::NAN };
    draw(&Radar { title: &format!("Indicators of {}", report.version), most: HIGHEST, floor, spokes: &spokes })
}

/// Writes `kpi_<version>.md`. It shows `picture`, the radar's file beside it.
pub fn kpi_markdown(report: &KpiReport, picture: &str) -> String {
    let mut text = format!("# Indicators of {}\n\n", escaped(report.version.as_str()));
    if let Some(broken) = &report.ledger.broken {
        let broken = escaped(broken);
        let _ = writeln!(text, "> **The ledger's chain does not hold: {broken}.** Nothing here is verified.\n");
    }
    summary(&mut text, report);
    let _ = writeln!(text, "![The radar of the scores below]({picture})\n");
    table(&mut text, report);
    for kpi in &report.kpis {
        section(&mut text, kpi);
    }
    let lines = count(report.ledger.lines, "line", "lines");
    let _ = writeln!(text, "Ledger head: `{}`, {lines}", report.ledger.head);
    text
}

fn summary(text: &mut String, report: &KpiReport) {
    let of = count(report.total, "indicator", "indicators");
    let _ = write!(text, "**{} of {of} measured.** Scores are from 0 to {HIGHEST}. ", report.measured);
    text.push_str("One that was not measured is no 0, and there is no mean over all.");
    if let Some(previous) = &report.previous {
        let _ = write!(text, " Before: {}.", escaped(previous.version.as_str()));
    }
    text.push_str("\n\n");
}

fn table(text: &mut String, report: &KpiReport) {
    text.push_str("| indicator | score | before | evidence | confidence | status |\n|---|---:|---:|---|---:|---|\n");
    for kpi in &report.kpis {
        let score = kpi.score.map_or("-".into(), |score| shown(score.get()));
        let before = kpi.previous.map_or(String::new(), |before| shown(before.get()));
        let tier = kpi.tier.map_or(String::new(), |eligible| {
            format!("{}, at most {}", eligible.tier.as_str(), shown(eligible.cap.get()))
        });
        let confidence = kpi.tier.map_or(String::new(), |eligible| unsigned_percent(eligible.confidence.get()));
        let (name, status) = (escaped(kpi.name.as_str()), kpi.status.as_str());
        let _ = writeln!(text, "| {name} | {score} | {before} | {tier} | {confidence} | **{status}** |");
    }
    text.push('\n');
}

fn section(text: &mut String, kpi: &Kpi) {
    let score = kpi.score.map_or(String::new(), |score| format!(" {}", shown(score.get())));
    let _ = writeln!(text, "## {}:{score} {}\n", escaped(kpi.name.as_str()), kpi.status.as_str());
    let _ = writeln!(text, "It says: {}.\n", escaped(&kpi.about));
    for why in &kpi.why {
        let _ = writeln!(text, "- {}", escaped(why));
    }
    let limits = [kpi.floor, kpi.yellow, kpi.green, kpi.max_drop].map(|limit| shown(limit.get()));
    let [floor, yellow, green, drop] = limits;
    let _ = writeln!(text, "\nFormula: {}.", escaped(&kpi.formula));
    let _ = writeln!(text, "Floor {floor}, yellow from {yellow}, green from {green}, may fall by {drop}.\n");
    if kpi.inputs.is_empty() {
        return;
    }
    text.push_str("| input | source | value | points | proves | lines of the ledger |\n|---|---|---:|---:|---|---|\n");
    for input in &kpi.inputs {
        let _ = writeln!(text, "{}", row(input));
    }
    text.push('\n');
}

fn row(input: &KpiInput) -> String {
    let value = match (input.value, input.unit) {
        (Some(value), Some(unit)) => amount(value, unit),
        (Some(_), None) | (None, _) => "-".into(),
    };
    let points = match (input.points, input.most) {
        (Some(points), Some(most)) => format!("{} of {}", shown(points.get()), shown(most.get())),
        (None, Some(most)) => format!("- of {}", shown(most.get())),
        (_, None) => String::new(),
    };
    let level = input.level.map_or(String::new(), |level| level.as_str().replace('_', " "));
    let lines = match (&input.evidence, &input.missing) {
        (Some(evidence), missing) => {
            let range = match evidence.first_seq == evidence.last_seq {
                true => format!("{}", evidence.last_seq),
                false => format!("{} to {}", evidence.first_seq, evidence.last_seq),
            };
            let run = escaped(evidence.run_id.as_str());
            let why = missing.as_ref().map_or(String::new(), |why| format!("; missing: {}", escaped(why)));
            format!("{range} (run {run}, `{}`){why}", short(evidence.digest.as_str()))
        }
        (None, Some(why)) => format!("missing: {}", escaped(why)),
        (None, None) => String::new(),
    };
    let (what, source) = (escaped(&input.what), escaped(&input.source));
    format!("| {what} | {source} | {value} | {points} | {level} | {lines} |")
}

/// The first digits of a digest, for people; the file holds all of it.
fn short(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}

fn shown(score: f64) -> String {
    format!("{:.2}", score + 0.0)
}
