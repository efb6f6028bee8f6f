//! `pr-automation` against a GitHub that remembers and fails as told.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod checks;
mod comments;
mod creations;
mod events;
mod failures;
mod fake;
mod issues;
mod printing;
mod program;

use fake::{Fake, TOKEN};
use program::Program;

/// `post` for pull request 5.
fn post(fake: &Fake) -> Program {
    Program::post(&fake.url, TOKEN).pull_request()
}
