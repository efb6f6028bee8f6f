//! Base and head, built alike and ready to run. Must not know: in which order they run.
//!
//! Both are built by one cargo, called in the project's folder: its toolchain and its `.cargo/config.toml` hold for both.
//! Each has a target folder of its own, `<target>/perf/sides/<key>/{base,head}/build`, with paths of one length. Cargo hands
//! the compiler paths relative to the workspace, so that equal sources give executables that are equal byte for byte,
//! wherever the work trees lie; no path needs to be remapped. `<key>` is the project's, for projects that share a target
//! folder.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use bench_cli::Interrupt;
use bench_model::config::Bench;
use bench_model::provenance::Source;
use bench_model::run::{BenchSource, Side};
use bench_model::{Commit, Sha256};
use tempfile::TempDir;

use super::revision::Repository;
use super::{Against, Comparison, What, overlay, tree};
use crate::build::{self, Built, Target};
use crate::log::Log;
use crate::{Observer, Project, RunnerError};

/// Both sides.
pub(super) struct Sides {
    pub(super) base: Built,
    pub(super) head: Built,
    /// Where the base comes from; as head where both are the same code.
    pub(super) base_source: Option<Source>,
    /// Where head comes from, when it is not the project as it stands.
    pub(super) head_source: Option<Source>,
    pub(super) against: String,
    pub(super) bench_source: BenchSource,
    pub(super) warnings: Vec<String>,
    /// Holds the executables until the comparison is over.
    executables: TempDir,
}

/// What every build of a side needs.
struct Builder<'a> {
    project: &'a Project,
    bench: &'a Bench,
    /// The folder of both sides.
    home: PathBuf,
    log: &'a mut Log,
    interrupt: &'a Interrupt,
    observer: &'a dyn Observer,
}

/// Checks out and builds what is compared, and copies the executables into `folder`, so that no edit and no other build
/// changes what is measured.
pub(super) fn prepare(
    request: &Comparison<'_>,
    folder: &Path,
    log: &mut Log,
    interrupt: &Interrupt,
    observer: &dyn Observer,
) -> Result<Sides, RunnerError> {
    let project = request.project;
    let home = project.target_directory().join("perf").join("sides").join(key(project.folder()));
    let mut builder = Builder { project, bench: request.bench, home, log, interrupt, observer };
    let executables = room(folder)?;
    let (mut sides, differ) = match &request.what {
        What::Change { against, head } => {
            (builder.change((against, head.as_deref(), request.remote), executables)?, true)
        }
        What::Noise | What::Plant(_) => (builder.same(executables)?, false),
    };
    sides.keep(differ)?;
    Ok(sides)
}

impl Builder<'_> {
    /// The same code on both sides.
    fn same(&mut self, executables: TempDir) -> Result<Sides, RunnerError> {
        let project = self.project.built_into(&self.target(Side::Head))?;
        let head = self.build(&project, Side::Head)?;
        Ok(Sides {
            base: head.clone(),
            head,
            base_source: None,
            head_source: None,
            against: "head".into(),
            bench_source: BenchSource::Head,
            warnings: Vec::new(),
            executables,
        })
    }

    fn change(
        &mut self,
        (against, head, remote): (&Against, Option<&str>, &str),
        executables: TempDir,
    ) -> Result<Sides, RunnerError> {
        let repository = Repository::around(self.project.folder())?;
        let (commit, against) = match against {
            Against::Revision(text) => (repository.commit("--against", text)?, text.clone()),
            Against::ForkFrom(branch) => {
                let commit = repository.fork_point(remote, branch)?;
                (commit.clone(), commit.as_str().to_owned())
            }
        };
        let head_commit = head.map(|revision| repository.commit("--head", revision)).transpose()?;
        let (root, head_project) = match &head_commit {
            Some(commit) => {
                let tree = self.tree(Side::Head);
                tree::check_out(&repository, &tree, commit)?;
                overlay::lend_lock(self.project, &repository.root, &tree)?;
                let place = tree.join(&repository.project);
                let project = self.project.elsewhere(&tree, &place, &self.target(Side::Head))?;
                (tree, project)
            }
            None => (repository.root.clone(), self.project.built_into(&self.target(Side::Head))?),
        };
        let built_head = self.build(&head_project, Side::Head)?;

        self.check_out_base(&repository, &commit, &head_project, &root)?;
        let mut warnings = Vec::new();
        if toolchain(&self.tree(Side::Base), &repository.project) != toolchain(&root, &repository.project) {
            warnings.push("the base asks for another toolchain than head: both sides are built with head's".into());
        }
        let (base, bench_source) = self.base(&repository, &commit, &head_project, &root, &mut warnings)?;
        Ok(Sides {
            base,
            head: built_head,
            base_source: Some(at(commit)),
            head_source: head_commit.map(at),
            against,
            bench_source,
            warnings,
            executables,
        })
    }

    /// The base with head's benches, or where these do not compile against it, with its own.
    fn base(
        &mut self,
        repository: &Repository,
        commit: &Commit,
        head: &Project,
        from: &Path,
        warnings: &mut Vec<String>,
    ) -> Result<(Built, BenchSource), RunnerError> {
        let own = match overlay::lay_over(head, from, &self.tree(Side::Base)) {
            Ok(false) => false,
            laid => match laid.and_then(|_| self.build_base(repository)) {
                Ok(built) => return Ok((built, BenchSource::Head)),
                Err(error @ RunnerError::Interrupted { .. }) => return Err(error),
                Err(_) => {
                    warnings.push(
                        "head's benches do not compile against the base: each side runs its own, which may not measure \
                         the same"
                            .into(),
                    );
                    self.check_out_base(repository, commit, head, from)?;
                    true
                }
            },
        };
        let built = self.build_base(repository).map_err(|error| match error {
            RunnerError::Cargo { lines, log, .. } => {
                RunnerError::BaseBuild { commit: commit.as_str().to_owned(), lines, log }
            }
            other => other,
        })?;
        Ok((built, if own { BenchSource::Own } else { BenchSource::Head }))
    }

    fn check_out_base(
        &self,
        repository: &Repository,
        commit: &Commit,
        head: &Project,
        from: &Path,
    ) -> Result<(), RunnerError> {
        let tree = self.tree(Side::Base);
        tree::check_out(repository, &tree, commit)?;
        overlay::lend_lock(head, from, &tree)
    }

    fn build_base(&mut self, repository: &Repository) -> Result<Built, RunnerError> {
        let tree = self.tree(Side::Base);
        let place = tree.join(&repository.project);
        let project = self.project.elsewhere(&tree, &place, &self.target(Side::Base))?;
        self.build(&project, Side::Base)
    }

    fn build(&mut self, project: &Project, side: Side) -> Result<Built, RunnerError> {
        self.observer.building(&format!("building {}", name(side)));
        let built = build::build(project, self.bench, self.log, self.interrupt, self.observer)?;
        if built.targets.is_empty() {
            return Err(RunnerError::NoTarget { project: project.folder().to_path_buf(), others: built.others });
        }
        Ok(built)
    }

    fn tree(&self, side: Side) -> PathBuf {
        self.home.join(name(side)).join("tree")
    }

    fn target(&self, side: Side) -> PathBuf {
        self.home.join(name(side)).join("build")
    }
}

impl Sides {
    /// Two sides with nothing to run.
    #[cfg(test)]
    pub(super) fn without_targets() -> Self {
        let none = Built { targets: Vec::new(), others: Vec::new() };
        Self {
            base: none.clone(),
            head: none,
            base_source: None,
            head_source: None,
            against: "head".into(),
            bench_source: BenchSource::Head,
            warnings: Vec::new(),
            executables: tempfile::tempdir().unwrap(),
        }
    }

    /// The targets of one side.
    pub(super) fn of(&self, side: Side) -> &Built {
        match side {
            Side::Base => &self.base,
            Side::Head => &self.head,
        }
    }

    /// The target of this label on one side.
    pub(super) fn target(&self, side: Side, label: &str) -> Option<&Target> {
        self.of(side).targets.iter().find(|target| target.label == label)
    }

    /// The labels of all targets, in order.
    pub(super) fn labels(&self) -> BTreeSet<String> {
        let all = self.base.targets.iter().chain(&self.head.targets);
        all.map(|target| target.label.clone()).collect()
    }

    /// Bytes by which the environment of one side has to grow to be as large as the other's: folders of the two have
    /// names of different lengths.
    pub(super) fn shortfall(&self, side: Side, label: &str) -> usize {
        let room = |side| {
            let variables = self.target(side, label).map(|target| &target.variables);
            variables.map_or(0, |all| all.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>())
        };
        room(Side::Base).max(room(Side::Head)) - room(side)
    }

    /// Copies the executables, and says where both sides have the same one.
    fn keep(&mut self, differ: bool) -> Result<(), RunnerError> {
        let labels = self.labels();
        let folder = self.executables.path();
        for (side, built) in [(Side::Base, &mut self.base), (Side::Head, &mut self.head)] {
            let folder = folder.join(name(side));
            fs::create_dir_all(&folder).map_err(|source| RunnerError::write(&folder, source))?;
            for target in &mut built.targets {
                let number = labels.iter().position(|label| *label == target.label).unwrap_or_default();
                let copy = folder.join(format!("{number:03}-{}", target.label.replace('/', "-")));
                fs::copy(&target.executable, &copy).map_err(|source| RunnerError::write(&copy, source))?;
                target.executable = copy;
            }
        }
        for label in labels.iter().filter(|_| differ) {
            let read = |side| fs::read(&self.target(side, label)?.executable).ok();
            if read(Side::Base).is_some_and(|base| Some(base) == read(Side::Head)) {
                self.warnings.push(format!(
                    "the executable of bench target {label} is the same on both sides, byte for byte: what differs is noise"
                ));
            }
        }
        Ok(())
    }
}

/// The word for a side, also the name of its folder.
pub(super) const fn name(side: Side) -> &'static str {
    match side {
        Side::Base => "base",
        Side::Head => "head",
    }
}

/// A commit without anything changed.
fn at(commit: Commit) -> Source {
    Source { commit, branch: None, dirty: false, base: None }
}

/// What tells this project from others that share its target folder.
fn key(folder: &Path) -> String {
    let path = folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf());
    let digest = Sha256::of(path.as_os_str().as_encoded_bytes());
    digest.as_str().chars().take(8).collect()
}

/// What the toolchain file of a checkout says, looked for from the project's folder upwards.
fn toolchain(root: &Path, project: &Path) -> Option<String> {
    let place = root.join(project);
    let folders = place.ancestors().take_while(|folder| folder.starts_with(root));
    let files = folders.flat_map(|folder| ["rust-toolchain.toml", "rust-toolchain"].map(|name| folder.join(name)));
    files.filter_map(|file| fs::read_to_string(file).ok()).next().map(|text| text.trim().to_owned())
}

fn room(folder: &Path) -> Result<TempDir, RunnerError> {
    let fail = |source| RunnerError::write(folder, source);
    fs::create_dir_all(folder).map_err(fail)?;
    tempfile::Builder::new().prefix("executables-").tempdir_in(folder).map_err(fail)
}
