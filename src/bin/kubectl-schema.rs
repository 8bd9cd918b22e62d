//! Runs the command line; as `kubectl schema` where it is on the PATH.

use std::process::ExitCode;

fn main() -> ExitCode {
    schema_operator::cli::main(std::env::args_os())
}
