//! The verb `doctor`.

use bench_cli::{Cell, Context, Error, Table, Tone, wrapped};
use bench_model::Exit;

use super::Doctor;
use super::measure::unfit;
use crate::{Finding, State, Surroundings, validate_execution_environment};

pub(super) fn doctor(flags: &Doctor, context: &Context) -> Result<Exit, Error> {
    let target = flags.project.join("target");
    let findings = validate_execution_environment(&Surroundings::observe(&flags.project, &target, true));
    if context.json() {
        let worst = findings.iter().map(|finding| finding.state).max().unwrap_or(State::Ok);
        context.print(serde_json::json!({ "state": worst, "findings": findings }).to_string())?;
    } else {
        context.print(page(&findings, context.width(), context.colour()))?;
    }
    match unfit(&findings) {
        Some(error) => Err(error.into()),
        None => Ok(Exit::Done),
    }
}

/// A table of all findings, and below it what those that are not fine mean and ask for.
fn page(findings: &[Finding], width: usize, colour: bool) -> String {
    let mut table = Table::new(&["check", "state", "found"], colour);
    table.left(1);
    table.left(2);
    let name = findings.iter().map(|finding| finding.name.len()).max().unwrap_or(0);
    for finding in findings {
        let tone = match finding.state {
            State::Ok => Tone::Good,
            State::Noisy => Tone::Warn,
            State::Unfit => Tone::Bad,
        };
        let room = width.saturating_sub(name + "  unfit  ".len()).max(1);
        let mut found: String = finding.found.chars().take(room).collect();
        if found.len() < finding.found.len() {
            found.pop();
            found.push('…');
        }
        table.row([finding.name.into(), Cell::new(finding.state.word(), tone), found.into()]);
    }
    let mut page = table.render();
    for finding in findings.iter().filter(|finding| finding.state != State::Ok) {
        page.push('\n');
        page.push_str(&wrapped(&format!("{}: {}", finding.name, finding.meaning), width, "", ""));
        page.push_str(&wrapped(&format!("do: {}", finding.advice), width, "  ", "  "));
    }
    page
}
