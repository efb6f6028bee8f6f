//! `scaling.md`: the sizes as a table, and the law. Must not know: how a figure is put into words, or files.

use std::fmt::Write as _;

use bench_model::scale::ScaleSummary;

use super::{LawView, ScalingView, SizeRow, scaling_view};
use crate::comment::markdown::{code, prose, prose_inside};

/// How much of a name is shown.
const NAME: usize = 200;

/// A run at several sizes as Markdown: the picture `scaling.svg`, the table, the law, and what to know before trusting it.
pub fn scaling_markdown(summary: &ScaleSummary) -> String {
    let view = scaling_view(summary);
    let mut text = format!("# Throughput by {}\n\n", view.axis);
    let _ = writeln!(text, "Scenario {}, on {}.\n", code(&summary.scenario, NAME), view.machine);
    if !view.sizes.is_empty() {
        let _ = writeln!(text, "![Throughput by {}](scaling.svg)\n", view.axis);
        table(&mut text, &view);
    }
    if let Some(unknown) = &view.unknown {
        let _ = writeln!(text, "{unknown}\n");
    }
    law(&mut text, &view.law);
    if let Some(memory) = &view.memory {
        let _ = writeln!(text, "Memory of the service: {}.\n", prose_inside(memory));
    }
    for note in &summary.notes {
        let _ = writeln!(text, "- {}", prose(note));
    }
    text
}

type Column = (&'static str, fn(&SizeRow) -> String);

/// The columns of which any size has a figure, and those that every size has.
fn columns(view: &ScalingView) -> Vec<Column> {
    let has = view.columns;
    let columns: [(bool, Column); 9] = [
        (true, ("rounds", |row| row.rounds.to_string())),
        (true, ("requests/s", |row| within(Some(&row.throughput), row.interval.as_ref()))),
        (has.p95, ("p95", |row| within(row.p95.as_ref(), row.p95_interval.as_ref()))),
        (has.pool_wait, ("wait for the pool", |row| within(row.pool_wait.as_ref(), row.pool_wait_interval.as_ref()))),
        (has.cpu, ("processors, service", |row| row.cpu.clone().unwrap_or_default())),
        (has.cpu, ("generator", |row| row.generator_cpu.clone().unwrap_or_default())),
        (has.memory, ("memory", |row| row.memory.clone().unwrap_or_default())),
        (has.efficiency, ("efficiency", |row| within(row.efficiency.as_ref(), row.efficiency_interval.as_ref()))),
        (true, ("failed", |row| row.failed.clone())),
    ];
    columns.into_iter().filter_map(|(any, column)| any.then_some(column)).collect()
}

fn table(text: &mut String, view: &ScalingView) {
    let columns = columns(view);
    let _ = write!(text, "| {} |", view.axis);
    for (name, _) in &columns {
        let _ = write!(text, " {name} |");
    }
    text.push_str(if view.columns.notes { " to know |\n" } else { "\n" });
    text.push('|');
    text.push_str(&"---:|".repeat(columns.len() + 1));
    text.push_str(if view.columns.notes { "---|\n" } else { "\n" });
    for row in &view.sizes {
        let _ = write!(text, "| {} |", row.at);
        for (_, value) in &columns {
            let _ = write!(text, " {} |", value(row));
        }
        if view.columns.notes {
            let _ = write!(text, " {} |", prose_inside(&row.notes.join("; ")));
        }
        text.push('\n');
    }
    text.push_str("\nIn brackets: the interval at 95 %, where rounds give one.\n\n");
}

fn law(text: &mut String, law: &LawView) {
    let _ = writeln!(text, "{}\n", prose(&law.told));
    if !law.fitted {
        return;
    }
    let _ = writeln!(text, "    {}\n\n| | |\n|---|---|", law.formula);
    for fact in &law.facts {
        let _ = writeln!(text, "| {} | {} |", fact.name, prose_inside(&fact.value));
    }
    text.push('\n');
}

/// `4.21 k (4.11 k to 4.30 k)`; nothing where there is no value.
fn within(value: Option<&String>, interval: Option<&String>) -> String {
    match (value, interval) {
        (Some(value), Some(interval)) => format!("{value} ({interval})"),
        (Some(value), None) => value.clone(),
        (None, _) => String::new(),
    }
}
