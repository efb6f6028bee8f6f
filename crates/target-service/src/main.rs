//! The program `target-service`.

use std::process::ExitCode;

fn main() -> ExitCode {
    target_service::run()
}
