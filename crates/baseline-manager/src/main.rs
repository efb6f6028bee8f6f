//! `baseline-manager`: keeps the ledger.

use std::process::ExitCode;

fn main() -> ExitCode {
    bench_cli::main(baseline_manager::run)
}
