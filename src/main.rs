//! The program's door; everything else is library.

use std::process::ExitCode;

fn main() -> ExitCode {
    daemonsim::cli::run()
}
