//! A Cargo project: where it lies, which packages it has, and how cargo is called in it.
//! Must not know: what is built or measured.

use bench_host::{cargo, has_above, rustc};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::RunnerError;
use crate::log::last_lines;

/// A Cargo project, as `cargo metadata` describes it.
#[derive(Debug, Clone)]
pub struct Project {
    folder: PathBuf,
    call: Call,
    metadata: Metadata,
}

/// How cargo is called.
#[derive(Debug, Clone)]
struct Call {
    /// Where it is called: toolchain and cargo's configuration are those of this folder.
    folder: PathBuf,
    /// The manifest, where it is not the one that cargo finds from there.
    manifest: Option<PathBuf>,
    /// The target folder, where it is not the project's own.
    target: Option<PathBuf>,
}

#[derive(Debug, Clone, Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Option<Resolve>,
    target_directory: PathBuf,
    workspace_root: PathBuf,
    workspace_members: Vec<String>,
}

/// A package of the project or one it depends on.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Package {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) manifest_path: PathBuf,
    targets: Vec<CargoTarget>,
    #[serde(default)]
    authors: Vec<String>,
    description: Option<String>,
    homepage: Option<String>,
    repository: Option<String>,
    license: Option<String>,
    license_file: Option<String>,
    rust_version: Option<String>,
    readme: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct CargoTarget {
    kind: Vec<String>,
    src_path: PathBuf,
}

#[derive(Debug, Clone, Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Debug, Clone, Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Debug, Clone, Deserialize)]
struct Dependency {
    name: String,
    pkg: String,
}

impl Project {
    /// Asks cargo about the project in `folder`.
    ///
    /// # Errors
    /// [`RunnerError::NoManifest`] where there is none, and [`RunnerError::Cargo`] with cargo's own words where it refuses.
    pub fn open(folder: &Path) -> Result<Self, RunnerError> {
        Self::find(folder)?;
        Self::ask(folder, Call { folder: folder.to_path_buf(), manifest: None, target: None })
    }

    /// The same project, built into another target folder.
    pub(crate) fn built_into(&self, target: &Path) -> Result<Self, RunnerError> {
        Self::ask(&self.folder, Call { target: Some(target.to_path_buf()), ..self.call.clone() })
    }

    /// Another checkout of this project, with its root and the project's folder below, built into a target folder of its own by the same cargo, called in the same place:
    /// its toolchain and its configuration are those of this one.
    pub(crate) fn elsewhere(&self, root: &Path, folder: &Path, target: &Path) -> Result<Self, RunnerError> {
        // Not above the checkout, which may lie below this project.
        let within = folder.ancestors().take_while(|above| above.starts_with(root));
        let manifest = within.map(|above| above.join("Cargo.toml")).find(|path| path.is_file());
        let manifest = manifest.ok_or_else(|| RunnerError::NoManifest { path: folder.to_path_buf() })?;
        let call =
            Call { folder: self.call.folder.clone(), manifest: Some(manifest), target: Some(target.to_path_buf()) };
        Self::ask(folder, call)
    }

    fn ask(folder: &Path, call: Call) -> Result<Self, RunnerError> {
        let mut command = call.cargo("metadata");
        command.args(["--format-version", "1"]).stdin(Stdio::null());
        // Dependencies of other systems need not be downloaded then.
        if let Some(host) = host(&call.folder) {
            command.args(["--filter-platform", &host]);
        }
        let output = command.output().map_err(|source| RunnerError::Start { program: "cargo".into(), source })?;
        if !output.status.success() {
            let lines = last_lines(&output.stderr);
            return Err(RunnerError::Cargo { verb: "metadata", lines, log: None });
        }
        let metadata = serde_json::from_slice(&output.stdout).map_err(|source| RunnerError::Metadata { source })?;
        Ok(Self { folder: folder.to_path_buf(), call, metadata })
    }

    /// Looks for the manifest without asking cargo, which may be missing.
    pub(crate) fn find(folder: &Path) -> Result<(), RunnerError> {
        match folder.is_dir() && has_above(folder, "Cargo.toml") {
            true => Ok(()),
            false => Err(RunnerError::NoManifest { path: folder.to_path_buf() }),
        }
    }

    /// The folder that cargo is run in.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Cargo's target folder.
    pub fn target_directory(&self) -> &Path {
        &self.metadata.target_directory
    }

    /// `cargo` with a verb, as this project calls it.
    pub(crate) fn cargo(&self, verb: &str) -> Command {
        self.call.cargo(verb)
    }

    /// Where cargo is called.
    pub(crate) fn calls(&self) -> &Path {
        &self.call.folder
    }

    /// The folder of the workspace, where the lock file lies.
    pub(crate) fn workspace(&self) -> &Path {
        &self.metadata.workspace_root
    }

    /// The workspace's packages.
    pub(crate) fn members(&self) -> impl Iterator<Item = &Package> {
        self.metadata.packages.iter().filter(|package| self.metadata.workspace_members.contains(&package.id))
    }

    /// A package by the id that cargo's messages use.
    pub(crate) fn package(&self, id: &str) -> Option<&Package> {
        self.metadata.packages.iter().find(|package| package.id == id)
    }

    /// The version of the library that a package calls `criterion`; with the package's name where that is another one.
    pub(crate) fn criterion_version(&self, id: &str) -> Option<String> {
        let node = self.metadata.resolve.as_ref()?.nodes.iter().find(|node| node.id == id)?;
        let named = |name: &str| node.deps.iter().find(|dependency| dependency.name == name);
        let dependency = named("criterion").or_else(|| named("criterion2"))?;
        let package = self.package(&dependency.pkg)?;
        Some(match package.name.as_str() {
            "criterion" => package.version.clone(),
            other => format!("{} ({other})", package.version),
        })
    }
}

impl Call {
    fn cargo(&self, verb: &str) -> Command {
        let mut command = cargo(&self.folder);
        command.arg(verb);
        if let Some(manifest) = &self.manifest {
            command.arg("--manifest-path").arg(manifest);
        }
        if let Some(target) = &self.target {
            // The second one is for intermediate files, which a user may have put into one folder for all projects.
            command.env("CARGO_TARGET_DIR", target).env("CARGO_BUILD_BUILD_DIR", target);
        }
        command
    }
}

impl Package {
    /// The main files of its bench targets.
    pub(crate) fn benches(&self) -> impl Iterator<Item = &Path> {
        let is_bench = |target: &&CargoTarget| target.kind.iter().any(|kind| kind == "bench");
        self.targets.iter().filter(is_bench).map(|target| target.src_path.as_path())
    }

    /// The folder of its manifest, where cargo runs its benches.
    pub(crate) fn folder(&self) -> &Path {
        self.manifest_path.parent().unwrap_or(Path::new("."))
    }

    /// The variables that cargo sets for a program of this package.
    pub(crate) fn variables(&self) -> BTreeMap<String, OsString> {
        let (numbers, pre) = match self.version.split_once('-') {
            Some((numbers, pre)) => (numbers, pre.split('+').next().unwrap_or_default()),
            None => (self.version.split('+').next().unwrap_or_default(), ""),
        };
        let mut numbers = numbers.split('.');
        let mut number = || OsString::from(numbers.next().unwrap_or_default());
        let text = |text: &Option<String>| OsString::from(text.as_deref().unwrap_or_default());
        let pairs = [
            ("CARGO_MANIFEST_DIR", self.folder().into()),
            ("CARGO_MANIFEST_PATH", self.manifest_path.clone().into()),
            ("CARGO_PKG_NAME", OsString::from(&self.name)),
            ("CARGO_PKG_VERSION", OsString::from(&self.version)),
            ("CARGO_PKG_VERSION_MAJOR", number()),
            ("CARGO_PKG_VERSION_MINOR", number()),
            ("CARGO_PKG_VERSION_PATCH", number()),
            ("CARGO_PKG_VERSION_PRE", OsString::from(pre)),
            ("CARGO_PKG_AUTHORS", self.authors.join(":").into()),
            ("CARGO_PKG_DESCRIPTION", text(&self.description)),
            ("CARGO_PKG_HOMEPAGE", text(&self.homepage)),
            ("CARGO_PKG_REPOSITORY", text(&self.repository)),
            ("CARGO_PKG_LICENSE", text(&self.license)),
            ("CARGO_PKG_LICENSE_FILE", text(&self.license_file)),
            ("CARGO_PKG_RUST_VERSION", text(&self.rust_version)),
            ("CARGO_PKG_README", text(&self.readme)),
        ];
        pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

/// The compiler's own platform.
fn host(folder: &Path) -> Option<String> {
    let output = rustc(folder).arg("-vV").stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.lines().find_map(|line| line.strip_prefix("host: ")).map(str::to_owned)
}
