//! A Cargo project: where it lies, which packages it has, and how cargo is called in it.
//! Must not know: what is built or measured.

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
    metadata: Metadata,
}

#[derive(Debug, Clone, Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Option<Resolve>,
    target_directory: PathBuf,
}

/// A package of the project or one it depends on.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Package {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) manifest_path: PathBuf,
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
        let mut command = cargo(folder);
        command.args(["metadata", "--format-version", "1"]).stdin(Stdio::null());
        // Dependencies of other systems need not be downloaded then.
        if let Some(host) = host(folder) {
            command.args(["--filter-platform", &host]);
        }
        let output = command.output().map_err(|source| RunnerError::Start { program: "cargo".into(), source })?;
        if !output.status.success() {
            let lines = last_lines(&output.stderr);
            return Err(RunnerError::Cargo { verb: "metadata", lines, log: None });
        }
        let metadata = serde_json::from_slice(&output.stdout).map_err(|source| RunnerError::Metadata { source })?;
        Ok(Self { folder: folder.to_path_buf(), metadata })
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

    /// `cargo`, as this project calls it.
    pub(crate) fn cargo(&self) -> Command {
        cargo(&self.folder)
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

impl Package {
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

/// `cargo` for a folder.
pub(crate) fn cargo(folder: &Path) -> Command {
    tool("cargo", folder)
}

/// `rustc` for a folder.
pub(crate) fn rustc(folder: &Path) -> Command {
    tool("rustc", folder)
}

/// A tool of the toolchain that the folder demands. `cargo xtask` hands its own toolchain down to everything it starts;
/// a project with a toolchain file of its own is measured with that one instead.
fn tool(program: &str, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder);
    if has_above(folder, "rust-toolchain.toml") || has_above(folder, "rust-toolchain") {
        command.env_remove("RUSTUP_TOOLCHAIN");
    }
    command
}

fn has_above(folder: &Path, name: &str) -> bool {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf());
    folder.ancestors().any(|above| above.join(name).is_file())
}
