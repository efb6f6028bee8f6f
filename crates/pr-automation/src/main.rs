//! The program `pr-automation`.

use std::process::ExitCode;

fn main() -> ExitCode {
    bench_cli::main(pr_automation::run)
}
