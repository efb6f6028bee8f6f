//! Which released commits have evidence of their own.
//! Must not know: how releases are found.

use serde::Serialize;

use super::lines::Lines;
use super::words::{Moment, shown};

/// A released commit.
#[derive(Debug, Serialize)]
pub(super) struct Release {
    name: String,
    commit: String,
    short: String,
    time: Moment,
    evidence: Option<Evidence>,
}

#[derive(Debug, Serialize)]
struct Evidence {
    seq: u64,
    run: String,
    status: String,
    promoted: bool,
}

impl Release {
    pub(super) fn of(release: &bench_model::audit::Release, lines: &mut Lines) -> Self {
        let name = shown(&release.name);
        let evidence = release.evidence.as_ref().map(|found| {
            let run = shown(found.run_id.as_str());
            lines.say(found.seq, None, format!("Run {run}, {}: evidence for release {name}", found.status));
            Evidence { seq: found.seq, run, status: found.status.to_string(), promoted: found.promoted }
        });
        Self {
            name,
            commit: release.commit.to_string(),
            short: release.commit.short().to_owned(),
            time: release.time.into(),
            evidence,
        }
    }
}
