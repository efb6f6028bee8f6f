//! The name of a repository on GitHub.

use std::fmt;
use std::str::FromStr;

/// `OWNER/NAME`, of the characters that GitHub allows in both, so that it can stand in a path of the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository(String);

impl Repository {
    /// Stands for the one that nobody has named.
    pub(crate) fn unknown() -> Self {
        Self("OWNER/NAME".to_owned())
    }
}

/// A text that names no repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a repository is OWNER/NAME, of a-z A-Z 0-9 . _ - and at most 100 characters each")]
pub struct RepositoryError;

impl FromStr for Repository {
    type Err = RepositoryError;

    fn from_str(text: &str) -> Result<Self, RepositoryError> {
        let valid = |part: &str| {
            (1..=100).contains(&part.len())
                && !matches!(part, "." | "..")
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
        };
        match text.split_once('/') {
            Some((owner, name)) if valid(owner) && valid(name) => Ok(Self(text.to_owned())),
            _ => Err(RepositoryError),
        }
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_an_owner_and_a_name_and_never_a_path() {
        assert_eq!("acme/copy.book_1".parse::<Repository>().unwrap().to_string(), "acme/copy.book_1");
        for text in ["acme", "acme/", "/x", "a/b/c", "../x", "a/..", "a b/c", "a/b?x", "a/b#c", ""] {
            assert_eq!(text.parse::<Repository>(), Err(RepositoryError), "{text}");
        }
    }
}
