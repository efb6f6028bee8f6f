//! Releases, from the tags of a real repository.

use std::path::Path;
use std::process::Command;

use audit_generator::{Released, released};
use bench_model::verdict::Status;
use serde_json::json;

use crate::fixture::{Ledger, promotion, rate, run, with};

fn git(folder: &Path, time: &str, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(["-c", "user.name=A", "-c", "user.email=a@example.org"]);
    command.args(["-c", "commit.gpgsign=false", "-c", "tag.gpgsign=false", "-c", "init.defaultBranch=main"]);
    command.env("GIT_AUTHOR_DATE", time).env("GIT_COMMITTER_DATE", time).env("GIT_CONFIG_NOSYSTEM", "1");
    let output = command.args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn commit(folder: &Path, time: &str) -> String {
    git(folder, time, &["commit", "--quiet", "--allow-empty", "--message", "a change"]);
    git(folder, time, &["rev-parse", "HEAD"])
}

#[test]
fn each_tag_of_the_period_stands_with_the_best_run_of_its_commit() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    git(here, "", &["init", "--quiet"]);
    let old = commit(here, "2026-08-01T00:00:00Z");
    git(here, "2026-08-02T00:00:00Z", &["tag", "v1.0"]);
    // An annotated tag has a date of its own, here long after its commit.
    git(here, "2026-10-09T00:00:00Z", &["tag", "--annotate", "v1.1", "--message", "late"]);
    let good = commit(here, "2026-10-10T00:00:00Z");
    git(here, "2026-12-01T00:00:00Z", &["tag", "v1.2"]);
    let bare = commit(here, "2026-10-20T00:00:00Z");
    git(here, "", &["tag", "team/v1.3"]);
    git(here, "", &["tag", "a-tree", "HEAD^{tree}"]);
    git(here, "2026-10-20T00:00:00Z", &["tag", "--annotate", "a-noted-tree", "--message", "m", "HEAD^{tree}"]);
    let found = released(here);
    let Released::Tags(tags) = &found else { panic!("{found:?}") };
    let names: Vec<_> = tags.iter().map(|tag| (tag.name.as_str(), tag.commit.as_str(), tag.time.to_string())).collect();
    let expected = [
        ("v1.0", old.as_str(), "2026-08-01T00:00:00Z".to_owned()),
        ("v1.1", &old, "2026-10-09T00:00:00Z".to_owned()),
        ("v1.2", &good, "2026-10-10T00:00:00Z".to_owned()),
        ("team/v1.3", &bare, "2026-10-20T00:00:00Z".to_owned()),
    ];
    assert_eq!(names, expected);

    let mut ledger = Ledger::new();
    let mut measured = |time: &str, id: &str, commit: &str, status: &str, more: serde_json::Value| {
        let run = with(run(id, &[rate("a", 10.0, Some(5.0))]), json!({ "commit": commit, "status": status }));
        ledger.run(time, with(run, more))
    };
    let failed = measured("2026-10-08T00:00:00Z", "failed", &old, "FAIL", json!({}));
    measured("2026-10-10T01:00:00Z", "warned", &good, "WARN", json!({}));
    measured("2026-10-10T02:00:00Z", "first", &good, "PASS", json!({}));
    let best = measured("2026-10-10T03:00:00Z", "newest", &good, "PASS", json!({}));
    measured("2026-10-10T04:00:00Z", "later", &good, "WARN", json!({}));
    // None of these is a whole run of the commit as it is.
    for (number, more) in
        [json!({ "dirty": true }), json!({ "partial": true }), json!({ "complete": false })].into_iter().enumerate()
    {
        measured("2026-10-20T00:00:00Z", &format!("part{number}"), &bare, "PASS", more);
    }
    ledger.promote("2026-10-11T00:00:00Z", with(promotion("newest"), json!({ "commit": good })));
    let audit = ledger.audit_with("2026-10", "2026-10", |asked| asked.released = found.clone()).0;
    let releases = audit.releases.as_ref().unwrap();
    let found: Vec<_> = releases
        .iter()
        .map(|release| {
            (release.name.as_str(), release.evidence.as_ref().map(|run| (run.seq, run.status, run.promoted)))
        })
        .collect();
    let expected = [
        ("v1.1", Some((failed, Status::Fail, false))),
        ("v1.2", Some((best, Status::Pass, true))),
        ("team/v1.3", None),
    ];
    assert_eq!(found, expected);
    assert_eq!((audit.overview.releases, audit.overview.releases_without_evidence), (Some(3), Some(2)));
}

#[test]
fn a_repository_that_cannot_tell_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let reason = |project: &Path| match released(project) {
        Released::Unknown(reason) => reason,
        Released::Tags(tags) => panic!("{tags:?}"),
    };
    assert_eq!(reason(folder.path()), "the project lies in no git repository");
    let whole = folder.path().join("whole");
    std::fs::create_dir(&whole).unwrap();
    git(&whole, "", &["init", "--quiet"]);
    commit(&whole, "2026-10-01T00:00:00Z");
    assert!(reason(&whole).starts_with("the repository has no tags"));
    commit(&whole, "2026-10-02T00:00:00Z");
    git(&whole, "", &["tag", "v1"]);
    let url = format!("file://{}", whole.display());
    git(folder.path(), "", &["clone", "--quiet", "--depth", "1", &url, "shallow"]);
    assert!(reason(&folder.path().join("shallow")).starts_with("the repository is a shallow clone"));

    let mut ledger = Ledger::new();
    ledger.run("2026-10-01T00:00:00Z", run("r1", &[rate("a", 10.0, Some(5.0))]));
    let unknown = Released::Unknown(reason(folder.path()));
    let audit = ledger.audit_with("2026-10", "2026-10", |asked| asked.released = unknown).0;
    assert_eq!((audit.releases.as_ref(), audit.overview.releases), (None, None));
    let said = "What was released in the period is not known: the project lies in no git repository.";
    assert_eq!(audit.attention.first().map(String::as_str), Some(said));
}
