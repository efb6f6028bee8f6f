//! The program `slo-validator`.

use std::process::ExitCode;

fn main() -> ExitCode {
    bench_cli::main(slo_validator::run)
}
