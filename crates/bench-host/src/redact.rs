//! Keeps what an environment should not tell out of the records. Pure: variables come in as pairs.
//!
//! Provenance holds named facts only, but the last lines of a failed harness are its own words, and paths name homes.

use bench_model::Diagnostic;
use bench_model::run::Run;

/// Parts of names of variables whose values are secrets.
const SECRET: [&str; 7] = ["TOKEN", "SECRET", "PASSWORD", "PASSWD", "CREDENTIAL", "API_KEY", "PRIVATE"];
/// Shorter values are no secrets, and would be found by chance.
const SHORTEST: usize = 8;

/// Replaces the values of secret variables of this process by `***`, and its home folder by `~`, in every text about what happened.
pub fn redact_environment(run: &mut Run) {
    redact(run, std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))));
}

/// Replaces the values of secret variables by `***`, and the home folder by `~`, in every text about what happened.
fn redact(run: &mut Run, variables: impl Iterator<Item = (String, String)>) {
    let mut replacements: Vec<(String, &str)> = variables
        .filter_map(|(name, value)| {
            let name = name.to_uppercase();
            let secret = value.len() >= SHORTEST && SECRET.iter().any(|part| name.contains(part));
            let home = name == "HOME" && value.len() > 1;
            match (secret, home) {
                (true, _) => Some((value, "***")),
                (_, true) => Some((value.trim_end_matches('/').to_owned(), "~")),
                _ => None,
            }
        })
        .collect();
    // Longest first: one value may be part of another.
    replacements.sort_by(|(a, _), (b, _)| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    let clean = |text: &mut String| {
        for (value, shown) in &replacements {
            if text.contains(value) {
                *text = text.replace(value, shown);
            }
        }
    };
    run.warnings.iter_mut().for_each(clean);
    for Diagnostic { message, location, hint, .. } in &mut run.errors {
        clean(message);
        clean(hint);
        if let Some(file) = location.as_mut().and_then(|location| location.file.as_mut()) {
            let mut text = file.to_string_lossy().into_owned();
            clean(&mut text);
            *file = text.into();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;
    use std::time::Duration;

    use bench_model::run::{Mode, Plan, SCHEMA};
    use bench_model::time::Timestamp;
    use bench_model::{Code, Location};

    use super::*;
    use crate::{Facts, Places};

    fn run(message: &str, file: &str) -> Run {
        let places = Places {
            root: Path::new("/nothing"),
            folder: Path::new("/"),
            main_branch: "main",
            remote: "origin",
            variable: &|_| None,
        };
        let provenance =
            Facts::gather(&places).provenance("bench-runner", Timestamp::from_unix(0), Duration::ZERO, BTreeMap::new());
        let location = Some(Location::file(file));
        let error = Diagnostic { code: Code::Harness, message: message.into(), location, hint: message.into() };
        Run {
            schema: SCHEMA.into(),
            run_id: "r".parse().unwrap(),
            provenance,
            plan: Plan { mode: Mode::Quick, rounds: 1, filter: None, partial: false, asked: Vec::new(), pairing: None },
            complete: false,
            warnings: vec![message.into()],
            errors: vec![error],
            benchmarks: Vec::new(),
            load: None,
            scale: None,
        }
    }

    #[test]
    fn secrets_and_the_home_folder_do_not_get_into_a_record() {
        let variables = [
            ("GITHUB_TOKEN", "ghs_0123456789"),
            ("MY_SECRET", "ghs_0123456789abc"),
            ("SHORT_TOKEN", "a"),
            ("HOME", "/home/someone/"),
            ("OTHER", "an ordinary value"),
        ];
        let mut run = run("ghs_0123456789abc ghs_0123456789 an ordinary value", "/home/someone/p/harness.log");
        redact(&mut run, variables.into_iter().map(|(name, value)| (name.into(), value.into())));
        let error = &run.errors[0];
        assert_eq!(run.warnings, ["*** *** an ordinary value"]);
        assert_eq!((error.message.as_str(), error.hint.as_str()), (run.warnings[0].as_str(), run.warnings[0].as_str()));
        assert_eq!(error.location.as_ref().unwrap().file.as_deref(), Some(Path::new("~/p/harness.log")));
    }
}
