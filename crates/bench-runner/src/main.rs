//! The program: everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    bench_cli::main(bench_runner::cli::run)
}
