//! `caro init`: the shell integration, printed for the shell to read.

use clap::{Arg, ArgMatches, Command};

use super::{print, switch, variable};
use crate::error::Failure;
use crate::shell::Shell;

/// The subcommand's arguments.
pub fn command() -> Command {
    Command::new("init")
        .about("Prints the shell integration: Ctrl-G turns the words on the line into a command")
        .arg(
            Arg::new("for").value_name("SHELL").required(true).value_parser(["bash", "zsh", "fish"]).help("Your shell"),
        )
        .arg(
            Arg::new("key")
                .long("key")
                .value_name("KEY")
                .help("The key, as the shell's own `bind` spells it [default: Ctrl-G] [env: CARO_KEY]"),
        )
        .arg(switch("no-key").long("no-key").help("Bind no key; the widget is there to be bound"))
        .arg(switch("no-wrap").long("no-wrap").help("Leave `caro` the plain program: no command on the next prompt"))
        .after_help(
            "In ~/.bashrc:                  eval \"$(caro init bash)\"\n\
             In ~/.zshrc:                   eval \"$(caro init zsh)\"\n\
             In ~/.config/fish/config.fish: caro init fish | source\n\n\
             Widgets: __caro_widget (bash, fish), caro-widget (zsh).",
        )
}

/// Prints the script.
pub fn run(matches: &ArgMatches) -> Result<u8, Failure> {
    let shell = matches.get_one::<String>("for").and_then(|name| name.parse().ok()).unwrap_or(Shell::Bash);
    let (script, usual_key) = match shell {
        Shell::Bash => (include_str!("../../shell/caro.bash"), "\\C-g"),
        Shell::Zsh => (include_str!("../../shell/caro.zsh"), "^G"),
        Shell::Fish => (include_str!("../../shell/caro.fish"), "\\cg"),
    };
    let named =
        matches.get_one::<String>("key").cloned().or_else(|| variable("CARO_KEY").filter(|key| !key.is_empty()));
    let key = if matches.get_flag("no-key") { String::new() } else { named.unwrap_or_else(|| usual_key.to_owned()) };
    if key.chars().any(char::is_control) {
        return Err(Failure::usage("a key is spelt, not typed")
            .hint("for example `--key '^X^G'` (zsh), `--key '\\C-x\\C-g'` (bash)"));
    }
    let wrap = if matches.get_flag("no-wrap") { "" } else { "1" };
    let settings = match shell {
        Shell::Bash | Shell::Zsh => format!("__CARO_KEY={} __CARO_WRAP={wrap}\n", shell.quote(&key)),
        // fish spells control keys by escapes that quotes would hide.
        Shell::Fish if key.starts_with('\\') && key.chars().all(|c| c == '\\' || c.is_alphanumeric()) => {
            format!("set -g __CARO_KEY {key}\nset -g __CARO_WRAP {wrap}\n")
        }
        Shell::Fish => format!("set -g __CARO_KEY {}\nset -g __CARO_WRAP {wrap}\n", shell.quote(&key)),
    };
    print(&format!("{settings}{script}"))?;
    Ok(0)
}
