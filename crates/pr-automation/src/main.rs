//! The program `pr-automation`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::SUCCESS
}
