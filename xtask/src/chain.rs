//! The stage programs: building only those that a verb needs, and finding them.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{Failed, command, status};

/// The workspace's root folder.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")).to_path_buf()
}

/// The variable that says where stages come from, and its only value.
pub(crate) const STAGES: &str = "PERFLEDGER_STAGES";
pub(crate) const BUILT: &str = "built";

/// Stage programs that are built and ready.
pub(crate) struct Stages {
    folder: PathBuf,
}

impl Stages {
    /// Builds these packages, and nothing else.
    pub(crate) fn build(packages: &[&str]) -> Result<Self, Failed> {
        Self::build_with(packages, &[])
    }

    /// Builds these packages with these features of theirs, each as `package/feature`. `PERFLEDGER_STAGES=built` says that somebody did
    /// so already: `cargo xtask test`, which compiles all of the workspace in one go.
    pub(crate) fn build_with(packages: &[&str], features: &[&str]) -> Result<Self, Failed> {
        if Self::are_built() {
            return Ok(Self::built());
        }
        let mut build = command(cargo(), &["build", "--quiet"]);
        build.current_dir(root());
        for package in packages {
            build.args(["--package", package]);
        }
        for feature in features {
            build.args(["--features", feature]);
        }
        if status(&mut build)? != 0 {
            return Err(Failed {
                code: "CBKB107",
                what: "perfledger's own stages do not compile".into(),
                next: "the compiler's message stands above",
            });
        }
        Ok(Self::built())
    }

    /// Whether the environment says that everything is built.
    pub(crate) fn are_built() -> bool {
        std::env::var_os(STAGES).is_some_and(|stages| stages == BUILT)
    }

    /// Those that are built already.
    pub(crate) fn built() -> Self {
        // Cargo puts this program beside the ones that it builds.
        let folder = std::env::current_exe().ok().and_then(|path| path.parent().map(Path::to_path_buf));
        Self { folder: folder.unwrap_or_default() }
    }

    /// A stage with its first arguments.
    pub(crate) fn stage(&self, name: &str, arguments: &[&str]) -> Command {
        command(self.path(name), arguments)
    }

    /// Where a stage is.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name).with_extension(std::env::consts::EXE_EXTENSION)
    }
}

/// The cargo that runs this program.
pub(crate) fn cargo() -> std::ffi::OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// `cargo xtask schema`.
pub(crate) fn schema(check: bool) -> Result<u8, Failed> {
    let mut schema = Stages::build(&["json-processor"])?.stage("json-processor", &["schema", "--dir"]);
    schema.arg(root().join("schemas"));
    if check {
        schema.arg("--check");
    }
    status(&mut schema)
}
