//! The command line of the re-encryption workload.

use std::process::ExitCode;

fn main() -> ExitCode {
    bench_cli::main(reencryption_bench::run)
}
