//! Scenario files and what is made of them: every shipped scenario, every kind of mistake, what is drawn, sent and checked.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod answers;
mod built;
mod mistakes;
mod overrides;
mod shipped;

use std::path::{Path, PathBuf};

use load_runner::Error;
use load_runner::scenario::{Overrides, Scenario};

/// What a scenario needs at least.
const SMALL: &str = r#"description = "a small one"
base_url = "http://127.0.0.1:1/prefix"

[[request]]
name = "a"
get = "/a"

[[phase]]
name = "steady"
duration = "1 min"
rate = "10 req/s"
"#;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/scenarios")
}

fn overrides() -> Overrides<'static> {
    Overrides { set: Vec::new(), time_scale: 1.0, variable: &|name| Some(format!("secret-of-{name}")) }
}

/// Reads a text as the scenario `mine.toml`.
fn read(text: &str) -> Result<Scenario, Error> {
    read_with(text, &overrides())
}

fn read_with(text: &str, overrides: &Overrides<'_>) -> Result<Scenario, Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.toml");
    std::fs::write(&path, text).unwrap();
    Scenario::read(&path, overrides)
}
