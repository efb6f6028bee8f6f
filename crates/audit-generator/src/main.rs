//! The program `audit-generator`.

use std::process::ExitCode;

fn main() -> ExitCode {
    bench_cli::main(audit_generator::run)
}
