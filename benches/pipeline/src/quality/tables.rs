//! The scores as text, no wider than 80 columns.

use std::fmt::{self, Write};

use super::found::{Counts, Found};
use super::judged::Judged;
use super::noise::Noise;
use super::pairs::Kind;

/// The scores of histories and of tails, side by side.
pub(super) fn found(out: &mut String, histories: &Found, tails: &Found) -> fmt::Result {
    let both = [histories, tails];
    let mut row = |name: &str, cells: [String; 2]| {
        let [one, other] = cells;
        writeln!(out, "{name:<48}{one:>16}{other:>16}")
    };
    let percents = |share: fn(&Found) -> f64| both.map(|score| percent(share(score)));
    row("", ["histories", "tails"].map(str::to_owned))?;
    row("changes to find", both.map(|score| score.all.changes().to_string()))?;
    row("F1", both.map(|score| plain(score.all.f1())))?;
    row("precision", percents(|score| score.all.precision()))?;
    row("recall", percents(|score| score.all.recall()))?;
    for size in [2, 3, 5, 10] {
        let recall = |score: &Found| score.by_size.get(&size).map_or(f64::NAN, |share| share.ratio());
        row(&format!("  of changes of {size} %"), both.map(|score| percent(recall(score))))?;
    }
    for after in [1, 2, 3, 5, 8, 13, 20] {
        let recall = tails.by_points_after.get(&after).map_or(f64::NAN, |share| share.ratio());
        let points = if after == 1 { "1 point".into() } else { format!("{after} points") };
        row(&format!("  {points} after the change"), [String::from("-"), percent(recall)])?;
    }
    row("found in the very place, of those found", percents(|score| score.exact.ratio()))?;
    row("false alarms per 1000 points of quiet histories", both.map(|score| plain(score.all.quiet.per_thousand())))?;
    row("quiet histories with an alarm", percents(|score| score.alarmed.ratio()))?;
    row("alarms per 1000 points of drifting histories", both.map(|score| plain(score.drift.per_thousand())))?;
    writeln!(out)?;
    writeln!(out, "{:<20}{:>30}{:>30}", "", "histories", "tails")?;
    let titles = format!("{:>8}{:>12}{:>10}", "F1", "precision", "alarms");
    writeln!(out, "{:<20}{titles}{titles}", "noise")?;
    for noise in Noise::ALL {
        let counts = both.map(|score| score.by_noise.get(&noise).copied().unwrap_or_default());
        let cells = |counts: Counts| {
            let alarms = plain(counts.quiet.per_thousand());
            format!("{:>8}{:>12}{alarms:>10}", plain(counts.f1()), percent(counts.precision()))
        };
        let [one, other] = counts.map(cells);
        writeln!(out, "{:<20}{one}{other}", noise.name())?;
    }
    Ok(())
}

/// The scores of pairs.
pub(super) fn judged(out: &mut String, score: &Judged) -> fmt::Result {
    let counted = || score.by_kind.iter().filter(|(kind, _)| **kind != Kind::StickyMachines);
    let mut row = |name: &str, value: f64, kind: &str| {
        let comma = if kind.is_empty() { "" } else { ", " };
        writeln!(out, "{:<48}{:>16}", format!("{name}{comma}{kind}"), rare(value))
    };
    row("A/A pairs with a verdict of 99 % confidence", score.all.false_positives.ratio(), "")?;
    let worst = counted().map(|(kind, counts)| (counts.false_positives.ratio(), *kind));
    if let Some((rate, kind)) = worst.max_by(|one, other| one.0.total_cmp(&other.0)) {
        row("  of the worst kind", rate, kind.name())?;
    }
    row("changes found (mean over the sizes)", score.all.mean_power(), "")?;
    for (size, share) in &score.all.power {
        row(&format!("  of {size} %"), share.ratio(), "")?;
    }
    if let Some(duet) = score.by_kind.get(&Kind::Duet) {
        row("  in paired runs", duet.mean_power(), "")?;
    }
    row("changes found to the wrong side", score.all.wrong_sign.ratio(), "")?;
    row("95 % intervals that hold the true change", score.all.coverage.ratio(), "")?;
    let worst = counted().map(|(kind, counts)| (counts.coverage.ratio(), *kind));
    if let Some((rate, kind)) = worst.min_by(|one, other| one.0.total_cmp(&other.0)) {
        row("  of the worst kind", rate, kind.name())?;
    }
    writeln!(out)?;
    writeln!(out, "{:<20}{:>15}{:>15}{:>15}{:>15}", "kind", "A/A verdicts", "found", "wrong side", "coverage")?;
    for (kind, counts) in &score.by_kind {
        let cells =
            [counts.false_positives.ratio(), counts.mean_power(), counts.wrong_sign.ratio(), counts.coverage.ratio()];
        let [same, power, wrong, coverage] = cells.map(rare);
        let mark = if *kind == Kind::StickyMachines { " *" } else { "" };
        let name = format!("{}{mark}", kind.name());
        writeln!(out, "{name:<20}{same:>15}{power:>15}{wrong:>15}{coverage:>15}")?;
    }
    writeln!(out, "* Not counted above: the runs of a side are not independent.")
}

fn percent(ratio: f64) -> String {
    if ratio.is_nan() { "-".into() } else { format!("{:.1} %", 100.0 * ratio) }
}

/// With a digit more.
fn rare(ratio: f64) -> String {
    if ratio.is_nan() { "-".into() } else { format!("{:.2} %", 100.0 * ratio) }
}

fn plain(value: f64) -> String {
    if value.is_nan() { "-".into() } else { format!("{value:.3}") }
}
