//! The program `load-runner`.

use std::process::ExitCode;

fn main() -> ExitCode {
    bench_cli::main(load_runner::run)
}
