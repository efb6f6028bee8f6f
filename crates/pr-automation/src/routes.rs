//! Paths of GitHub's REST API. What a stranger may have named is percent-encoded. Ids may also be words that stand for them.

use std::fmt::Display;

use crate::Repository;

/// Entries on a page: the most that GitHub gives.
pub(crate) const PER_PAGE: u32 = 100;

pub(crate) fn comments(repository: &Repository, pull: impl Display) -> String {
    format!("/repos/{repository}/issues/{pull}/comments")
}

pub(crate) fn comments_page(repository: &Repository, pull: impl Display, page: u32) -> String {
    format!("{}?per_page={PER_PAGE}&page={page}", comments(repository, pull))
}

pub(crate) fn comment(repository: &Repository, id: impl Display) -> String {
    format!("/repos/{repository}/issues/comments/{id}")
}

pub(crate) fn issues(repository: &Repository) -> String {
    format!("/repos/{repository}/issues")
}

/// The open issues that have all of these labels.
pub(crate) fn issues_page(repository: &Repository, labels: &str, page: u32) -> String {
    let labels = encoded(labels);
    format!("{}?state=open&labels={labels}&per_page={PER_PAGE}&page={page}", issues(repository))
}

pub(crate) fn issue(repository: &Repository, number: impl Display) -> String {
    format!("/repos/{repository}/issues/{number}")
}

/// The open pull requests of a branch.
pub(crate) fn pulls(repository: &Repository, owner: &str, branch: &str) -> String {
    format!("/repos/{repository}/pulls?state=open&head={}:{}&per_page={PER_PAGE}", encoded(owner), encoded(branch))
}

pub(crate) fn checks(repository: &Repository) -> String {
    format!("/repos/{repository}/check-runs")
}

pub(crate) fn check(repository: &Repository, id: impl Display) -> String {
    format!("/repos/{repository}/check-runs/{id}")
}

/// The check runs of a name, newest or not.
pub(crate) fn checks_of(repository: &Repository, commit: impl Display, name: &str) -> String {
    let name = encoded(name);
    format!("/repos/{repository}/commits/{commit}/check-runs?check_name={name}&filter=all&per_page={PER_PAGE}")
}

/// Who the token belongs to.
pub(crate) const USER: &str = "/user";

/// RFC 3986, section 2.3: everything but unreserved characters as `%XX`.
fn encoded(text: &str) -> String {
    let mut path = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => path.push(char::from(byte)),
            _ => path.push_str(&format!("%{byte:02X}")),
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_branch_cannot_leave_its_place_in_the_query() {
        let repository = "a/b".parse().unwrap();
        let path = pulls(&repository, "me", "x&state=all#/../ü");
        assert_eq!(path, "/repos/a/b/pulls?state=open&head=me:x%26state%3Dall%23%2F..%2F%C3%BC&per_page=100");
    }
}
