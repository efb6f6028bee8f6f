//! The verb `doctor`.

use bench_cli::{Cell, Context, Error, Table, Tone};
use bench_model::Exit;

use super::Doctor;
use super::measure::unfit;
use crate::{Finding, State, Surroundings, validate_execution_environment};

/// What fits beside the other columns into 80.
const WIDTH: usize = 80;

pub(super) fn doctor(flags: &Doctor, context: &Context) -> Result<Exit, Error> {
    let target = flags.project.join("target");
    let findings = validate_execution_environment(&Surroundings::observe(&flags.project, &target, true));
    if context.json() {
        let worst = findings.iter().map(|finding| finding.state).max().unwrap_or(State::Ok);
        context.print(serde_json::json!({ "state": worst, "findings": findings }).to_string())?;
    } else {
        context.print(page(&findings, context.colour()))?;
    }
    match unfit(&findings) {
        Some(error) => Err(error.into()),
        None => Ok(Exit::Done),
    }
}

/// A table of all findings, and below it what those that are not fine mean and ask for.
fn page(findings: &[Finding], colour: bool) -> String {
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
        let room = WIDTH - name - "  unfit  ".len();
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
        wrap(&mut page, &format!("{}: {}", finding.name, finding.meaning), 0);
        wrap(&mut page, &format!("do: {}", finding.advice), 2);
    }
    page
}

fn wrap(page: &mut String, text: &str, indent: usize) {
    let mut width = 0;
    for word in text.split(' ') {
        let length = word.chars().count();
        if width == 0 || width + 1 + length > WIDTH {
            if width > 0 {
                page.push('\n');
            }
            page.push_str(&" ".repeat(indent));
            width = indent;
        } else {
            page.push(' ');
            width += 1;
        }
        page.push_str(word);
        width += length;
    }
    page.push('\n');
}
