//! The command line of json-processor.

use std::process::ExitCode;

fn main() -> ExitCode {
    bench_cli::main(json_processor::run)
}
