//! The proof that tests passed: a check named with its commit, or a JUnit report.
//! Must not know: whether that suffices.

use std::path::{Path, PathBuf};

use bench_model::file::read;
use bench_model::{Commit, Sha256};
use junit_parser::TestSuite;

use crate::{Error, TestEvidence};

/// The largest JUnit report that is read.
const MAX_JUNIT: u64 = 256 << 20;

/// How a user proves that tests passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TestsProof {
    /// `NAME@SHA`.
    Check(String),
    /// A JUnit report.
    Junit(PathBuf),
}

impl TestsProof {
    /// Reads the proof.
    ///
    /// # Errors
    /// [`Error::Flag`] for a check without a full commit id, [`Error::Junit`] or [`Error::File`] for the report.
    pub fn read(&self) -> Result<TestEvidence, Error> {
        match self {
            Self::Check(text) => {
                let parts = text.rsplit_once('@').map(|(name, commit)| (name.trim(), commit.trim().parse::<Commit>()));
                match parts {
                    Some((name, Ok(commit))) if !name.is_empty() => {
                        Ok(TestEvidence::Check { name: name.to_owned(), commit })
                    }
                    _ => {
                        let reason = format!("`{text}` is not NAME@SHA with the full commit id (40 or 64 digits)");
                        Err(Error::Flag { flag: "tests-check", reason })
                    }
                }
            }
            Self::Junit(path) => read_junit(path),
        }
    }
}

/// Counts the tests of a JUnit report.
///
/// # Errors
/// [`Error::File`] when it cannot be read, [`Error::Junit`] when it is not JUnit XML.
pub fn read_junit(path: &Path) -> Result<TestEvidence, Error> {
    let bytes = read(path, MAX_JUNIT)?;
    let report = junit_parser::from_reader(bytes.as_slice())
        .map_err(|source| Error::Junit { path: path.to_path_buf(), source })?;
    let mut found = Counts::default();
    for suite in &report.suites {
        found.add(suite);
    }
    // A report may state failures without listing the cases. Whichever count is worse holds.
    Ok(TestEvidence::Junit {
        ran: found.ran,
        skipped: found.skipped,
        failures: found.failures.max(found.stated_failures).max(report.failures),
        errors: found.errors.max(found.stated_errors).max(report.errors),
        digest: Sha256::of(&bytes),
    })
}

#[derive(Default)]
struct Counts {
    ran: u64,
    skipped: u64,
    failures: u64,
    errors: u64,
    stated_failures: u64,
    stated_errors: u64,
}

impl Counts {
    fn add(&mut self, suite: &TestSuite) {
        for case in &suite.cases {
            self.skipped += u64::from(case.status.is_skipped());
            self.ran += u64::from(!case.status.is_skipped());
            self.failures += u64::from(case.status.is_failure());
            self.errors += u64::from(case.status.is_error());
        }
        self.stated_failures = self.stated_failures.saturating_add(suite.failures);
        self.stated_errors = self.stated_errors.saturating_add(suite.errors);
        suite.suites.iter().for_each(|inner| self.add(inner));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(xml: &str) -> Result<(u64, u64, u64, u64), Error> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("junit.xml");
        std::fs::write(&path, xml).unwrap();
        match read_junit(&path)? {
            TestEvidence::Junit { ran, skipped, failures, errors, .. } => Ok((ran, skipped, failures, errors)),
            TestEvidence::Check { .. } => unreachable!(),
        }
    }

    #[test]
    fn counts_cases_through_nested_suites() {
        let xml = r#"<testsuites><testsuite name="a" tests="3" failures="1" errors="1" skipped="1">
            <testcase name="x"/><testcase name="y"><failure message="m"/></testcase>
            <testsuite name="b"><testcase name="z"><error/></testcase><testcase name="w"><skipped/></testcase></testsuite>
            </testsuite></testsuites>"#;
        assert_eq!(counts(xml).unwrap(), (3, 1, 1, 1));
    }

    #[test]
    fn failures_that_are_stated_but_not_listed_count() {
        let xml = r#"<testsuite name="a" tests="2" failures="2"><testcase name="x"/></testsuite>"#;
        assert_eq!(counts(xml).unwrap(), (1, 0, 2, 0));
    }

    #[test]
    fn a_file_that_is_no_junit_report_is_refused_or_holds_no_test() {
        for xml in ["", "{}", "<testsuites", "<html></html>", "\u{0}\u{1}"] {
            assert!(!matches!(counts(xml), Ok((1.., ..))), "{xml:?}");
        }
    }

    #[test]
    fn a_check_names_the_full_commit() {
        let sha = "a".repeat(40);
        let read = |text: &str| TestsProof::Check(text.to_owned()).read();
        assert!(
            matches!(read(&format!("ci / test@{sha}")), Ok(TestEvidence::Check { name, .. }) if name == "ci / test")
        );
        for text in ["ci", "ci@", "ci@abc1234", "@aaaa", &format!("@{sha}")] {
            assert!(matches!(read(text), Err(Error::Flag { .. })), "{text}");
        }
    }
}
