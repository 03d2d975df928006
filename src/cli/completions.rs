//! `caro completions SHELL`: completions for a shell, made from the command line's definition.

use clap::{Arg, ArgMatches, Command, value_parser};
use clap_complete::Shell;

use super::print;
use crate::error::{Exit, Failure};

/// The subcommand's arguments.
pub fn command() -> Command {
    Command::new("completions")
        .about("Print completions for a shell")
        .arg(Arg::new("shell").value_name("SHELL").required(true).value_parser(value_parser!(Shell)))
}

/// Prints the completions.
pub fn run(matches: &ArgMatches) -> Result<u8, Failure> {
    let Some(shell) = matches.get_one::<Shell>("shell") else {
        return Err(Failure::usage("which shell?"));
    };
    print(&script(*shell))?;
    Ok(Exit::Success.code())
}

/// Returns the completions for `shell`.
fn script(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut super::command(), "caro", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_files_are_those_of_this_command_line() {
        for (shell, name) in [(Shell::Bash, "caro.bash"), (Shell::Zsh, "_caro"), (Shell::Fish, "caro.fish")] {
            let path = format!("{}/completions/{name}", env!("CARGO_MANIFEST_DIR"));
            let committed = std::fs::read_to_string(&path).unwrap_or_default();
            let shell_name = shell.to_string();
            assert!(committed == script(shell), "stale: run `caro completions {shell_name} >completions/{name}`");
        }
    }
}
