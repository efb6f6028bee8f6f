//! What tests need besides Rust and git, installed where that is ours to do: Debian packages as root, npm and Python packages
//! into the target folder.

use std::path::PathBuf;
use std::process::Stdio;

use crate::chain::root;
use crate::process::{Failed, command, status};

/// Whether a program is there, after an attempt to install its Debian package.
pub(super) fn debian(program: &str, package: &str) -> Result<bool, Failed> {
    if !found(program) {
        install(package)?;
    }
    Ok(found(program))
}

/// Installs a Debian package, where that is ours to do.
fn install(package: &str) -> Result<(), Failed> {
    if rustix::process::getuid().is_root() && found("apt-get") {
        for arguments in [&["update", "-qq"][..], &["install", "-qq", "--yes", "--no-install-recommends", package]] {
            let mut apt = command("apt-get", arguments);
            status(apt.env("DEBIAN_FRONTEND", "noninteractive").stdout(Stdio::null()))?;
        }
    }
    Ok(())
}

fn found(program: &str) -> bool {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&paths).any(|folder| folder.join(program).is_file())
}

/// Where npm packages are.
pub(super) fn node_modules() -> PathBuf {
    root().join("target/npm/node_modules")
}

/// Whether the npm packages of `xtask/npm` are there, exactly as its lock file says.
pub(super) fn npm() -> Result<bool, Failed> {
    if !(debian("node", "nodejs")? && debian("npm", "npm")?) {
        return Ok(false);
    }
    let (from, to) = (root().join("xtask/npm"), root().join("target/npm"));
    let lock = std::fs::read(from.join("package-lock.json")).unwrap_or_default();
    // Written last, so that an interrupted installation is made again.
    let installed = to.join("installed-lock.json");
    if std::fs::read(&installed).is_ok_and(|installed| installed == lock) {
        return Ok(true);
    }
    let copied = std::fs::create_dir_all(&to).and_then(|()| {
        for name in ["package.json", "package-lock.json"] {
            std::fs::copy(from.join(name), to.join(name))?;
        }
        Ok(())
    });
    let mut install = command("npm", &["ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]);
    if copied.is_err() || status(install.current_dir(&to).stdout(Stdio::null()))? != 0 {
        return Ok(false);
    }
    Ok(std::fs::write(installed, lock).is_ok())
}

/// A program of a Python package, in a virtual environment of its own.
pub(super) fn python(program: &str, package: &str) -> Result<Option<PathBuf>, Failed> {
    let home = root().join("target").join(package.replace("==", "-"));
    installed(program, home, &[package])
}

/// A program of the packages that a requirements file pins, in a virtual environment of their own.
pub(super) fn python_all(program: &str, requirements: &str) -> Result<Option<PathBuf>, Failed> {
    let file = root().join(requirements);
    let text = std::fs::read_to_string(&file).unwrap_or_default();
    let home = root().join("target/python-load");
    // Written last, so that an interrupted installation is made again.
    let mark = home.join("installed.txt");
    if std::fs::read_to_string(&mark).is_ok_and(|installed| installed == text) {
        return Ok(Some(home.join("bin").join(program)));
    }
    drop(std::fs::remove_dir_all(&home));
    let found = installed(program, home, &["-r", &file.display().to_string()])?;
    Ok(found.filter(|_| std::fs::write(mark, text).is_ok()))
}

fn installed(program: &str, home: PathBuf, packages: &[&str]) -> Result<Option<PathBuf>, Failed> {
    let path = home.join("bin").join(program);
    if !path.is_file() {
        if !debian("python3", "python3-venv")? {
            return Ok(None);
        }
        let venv = || status(command("python3", &["-m", "venv", "--clear"]).arg(&home).stdout(Stdio::null()));
        if venv()? != 0 {
            // Debian keeps what `venv` needs in a package of its own.
            install("python3-venv")?;
            if venv()? != 0 {
                return Ok(None);
            }
        }
        let mut install = command(home.join("bin/python"), &["-m", "pip", "install", "--quiet"]);
        if status(install.args(packages).stdout(Stdio::null()))? != 0 {
            return Ok(None);
        }
    }
    Ok(path.is_file().then_some(path))
}
