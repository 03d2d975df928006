use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(caro::cli::run(std::env::args_os()))
}
