//! The Rust toolchain that a folder demands.

use std::path::Path;
use std::process::Command;

/// `cargo` for a folder.
pub fn cargo(folder: &Path) -> Command {
    tool("cargo", folder)
}

/// `rustc` for a folder.
pub fn rustc(folder: &Path) -> Command {
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

/// Whether a file of this name lies in a folder or above it.
pub fn has_above(folder: &Path, name: &str) -> bool {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf());
    folder.ancestors().any(|above| above.join(name).is_file())
}
