//! What `post --dry-run` prints: everything that would be posted, and by which requests.
//! Must not know: network or token.

use std::path::Path;

use serde_json::json;

use super::Target;
use crate::cli::Post;
use crate::printing::{barred, harmless};
use crate::routes;
use crate::texts::Texts;
use crate::{Pull, Repository};

/// A request that would be made, and when.
struct Request {
    method: &'static str,
    path: String,
    when: &'static str,
}

/// Every request that `post` may make, in order; words in capitals stand for what nobody knows yet.
fn requests(options: &Post, target: &Target) -> Vec<Request> {
    let unknown = Repository::unknown();
    let repository = target.repository.as_ref().unwrap_or(&unknown);
    let request = |method, path, when| Request { method, path, when };
    let mut requests = Vec::new();
    let number = match target.pull.as_ref() {
        Some(Pull::Branch { owner, branch, .. }) => {
            let find = routes::pulls(repository, owner, branch);
            requests.push(request("GET", find, "for the pull request with this head commit"));
            Some("NUMBER".to_owned())
        }
        Some(Pull::Number(number)) => Some(number.to_string()),
        Some(Pull::None | Pull::Gone) => None,
        None => Some("NUMBER".to_owned()),
    };
    match options.check_id.0 {
        _ if options.no_check => {}
        Some(id) => requests.push(request("PATCH", routes::check(repository, id), "")),
        None => {
            let commit = target.commit.as_ref().map_or("COMMIT", |commit| commit.as_str());
            let find = routes::checks_of(repository, commit, &options.place.check_name);
            requests.push(request("GET", find, "for one that is in progress"));
            requests.push(request("PATCH", routes::check(repository, "ID"), "if there is one"));
            requests.push(request("POST", routes::checks(repository), "if there is none"));
        }
    }
    if let Some(number) = &number {
        let page = routes::comments_page(repository, number, 1);
        requests.push(request("GET", page, "and further pages, until the comment is found"));
        let comment = routes::comment(repository, "ID");
        requests.push(request("PATCH", comment, "if it is found and says something else"));
        requests.push(request("POST", routes::comments(repository, number), "if it is not found"));
    }
    requests
}

/// For people. The comment's one line comes first.
pub(super) fn text(options: &Post, target: &Target, texts: &Texts, summary: Option<&Path>) -> String {
    let mut out = harmless(&texts.line) + "\n";
    let mut part = |title: &str, body: &str| out.push_str(&format!("\n{title}\n{body}"));
    let asked: String = requests(options, target)
        .iter()
        .map(|Request { method, path, when }| format!("  {method:5} {path}  {when}").trim_end().to_owned() + "\n")
        .collect();
    part(&format!("requests to {}", target.api.as_str()), &asked);
    part("comment", &barred(&texts.comment.body));
    if !options.no_check {
        let title = format!("check run {}: {}", options.place.check_name, texts.check.conclusion.as_str());
        part(&title, &barred(&format!("{}\n\n{}", texts.check.title, texts.check.summary)));
    }
    let file = summary.map_or("nowhere: GITHUB_STEP_SUMMARY is not set".into(), |file| file.display().to_string());
    part(&format!("job summary, appended to {file}"), &barred(&texts.summary));
    let commands: Vec<_> = texts.annotations.iter().map(ToString::to_string).collect();
    part("annotations", &barred(&commands.join("\n")));
    out
}

/// For programs.
pub(super) fn value(options: &Post, target: &Target, texts: &Texts) -> serde_json::Value {
    let requests = requests(options, target);
    let requests: Vec<_> =
        requests.iter().map(|r| json!({ "method": r.method, "path": r.path, "when": r.when })).collect();
    let check = (!options.no_check).then(|| {
        json!({
            "name": options.place.check_name, "conclusion": texts.check.conclusion.as_str(),
            "title": texts.check.title, "summary": texts.check.summary,
        })
    });
    let annotations: Vec<_> = texts
        .annotations
        .iter()
        .map(|a| json!({ "level": a.level.as_str(), "title": a.title, "message": a.message }))
        .collect();
    json!({
        "line": texts.line, "dry_run": true, "api": target.api.as_str(), "requests": requests,
        "comment": texts.comment.body, "check_run": check, "job_summary": texts.summary, "annotations": annotations,
    })
}
