//! The command line: what was typed becomes settings and one thing to do.
//!
//! Each subcommand has a file with its arguments and its run; words that are no subcommand are a
//! request (`ask`). This is the only place that knows everything, and it does nothing itself.

mod ask;
mod check;
mod completions;
mod config;
mod explain;
mod init;
mod licenses;
mod man;
mod repl;
mod setup;
mod widget;

use std::ffi::OsString;
use std::io::{self, ErrorKind, Write};
use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use crate::config::{Color, Config, ConfigPath, KEYS, Key, Kind};
use crate::error::{Exit, Failure};
use crate::shell::Shell;
use crate::term::{ColorChoice, Ui};

/// Runs caro with `arguments` (the first is the program's name) and returns its exit status.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let matches = match command().try_get_matches_from(&arguments) {
        Ok(matches) => matches,
        Err(error) => return misread(&error, &arguments),
    };
    start_log(matches.get_count("verbose"));
    let escaped = arguments.iter().any(|word| word == "--");
    match run_matches(&matches, escaped) {
        Ok(code) => code,
        Err(failure) => {
            default_ui().error(&failure.message, failure.hint.as_deref());
            failure.exit.code()
        }
    }
}

fn run_matches(matches: &ArgMatches, escaped: bool) -> Result<u8, Failure> {
    match matches.subcommand() {
        Some(("repl", arguments)) => repl::run(arguments, matches),
        Some(("init", arguments)) => init::run(arguments),
        Some(("widget", arguments)) => widget::run(arguments, &load_config(matches)?),
        Some(("explain", arguments)) => explain::run(arguments, &load_config(matches)?),
        Some(("check", arguments)) => check::run(arguments, &load_config(matches)?),
        Some(("completions", arguments)) => completions::run(arguments),
        Some(("man", arguments)) => man::run(arguments),
        Some(("licenses", _)) => licenses::run(),
        Some(("config", arguments)) => config::run(arguments, &config_path(matches), || load_config(matches)),
        _ => ask::run(matches, &load_config(matches)?, escaped),
    }
}

/// Words kept for subcommands to come, so that no request begins with one and changes its meaning
/// later.
const KEPT_WORDS: [&str; 5] = ["models", "serve", "doctor", "eval", "help"];

/// The whole command line, from which help, man page and completions are made too.
pub fn command() -> Command {
    Command::new("caro")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Turns a request in plain words into one shell command, with a language model on your own machine")
        .override_usage("caro [OPTIONS] [REQUEST]...\n       caro <COMMAND>")
        .after_help(after_help())
        .args_conflicts_with_subcommands(true)
        .disable_help_subcommand(true)
        .arg(Arg::new("request").value_name("REQUEST").num_args(0..).help("What the command should do, in plain words"))
        .arg(switch("print").long("print").help("Print the command and never run it"))
        .arg(switch("yes").short('y').long("yes").help("Run without asking what the safety policy lets Enter run"))
        .arg(switch("json").long("json").help("Print one JSON object about the command"))
        .arg(
            Arg::new("alternatives")
                .short('n')
                .long("alternatives")
                .value_name("N")
                .value_parser(value_parser!(u8).range(0..=8))
                .help("Find up to N other commands too"),
        )
        .args(KEYS.iter().filter_map(flag_of))
        .arg(
            Arg::new("config")
                .long("config")
                .value_name("FILE")
                .global(true)
                .value_parser(value_parser!(PathBuf))
                .help("Config file to use [default: ~/.config/caro/config.toml] [env: CARO_CONFIG]"),
        )
        .arg(switch("quiet").short('q').long("quiet").global(true).help("Say nothing but errors"))
        .arg(
            Arg::new("verbose")
                .short('v')
                .long("verbose")
                .global(true)
                .action(ArgAction::Count)
                .help("Say who answered and how long it took; -vv shows the log (also CARO_LOG)"),
        )
        .subcommand(repl::command())
        .subcommand(init::command())
        .subcommand(widget::command())
        .subcommand(explain::command())
        .subcommand(check::command())
        .subcommand(config::command())
        .subcommand(completions::command())
        .subcommand(man::command())
        .subcommand(licenses::command())
}

/// What else a reader of the help needs: how words are taken, and the settings without a flag.
fn after_help() -> String {
    let mut help = "Settings without a flag (`caro config set KEY VALUE`, or the variable):\n".to_owned();
    for key in KEYS.iter().filter(|key| key.flag.is_none()) {
        help.push_str(&format!("  {:<21} {}\n", key.name, help_of(key)));
    }
    help.push_str("\nWords that are no command are the request: `caro find big pdfs`.\n");
    help.push_str("A request that begins with a command's name is asked with `caro -- …`.");
    help
}

fn switch(id: &'static str) -> Arg {
    Arg::new(id).action(ArgAction::SetTrue)
}

/// The flag of a setting, from its row in the table.
fn flag_of(key: &'static Key) -> Option<Arg> {
    let arg = Arg::new(key.name).long(key.flag?).help(help_of(key)).help_heading("Settings");
    Some(match key.kind {
        Kind::Switch => arg.action(ArgAction::SetTrue),
        Kind::Choice(words) => arg
            .value_name(key.value_name)
            .value_parser(clap::builder::PossibleValuesParser::new(words))
            .hide_possible_values(false),
        Kind::Text | Kind::Number(..) | Kind::Decimal(..) => arg.value_name(key.value_name),
    })
}

fn help_of(key: &Key) -> String {
    let default = match (key.kind, key.default) {
        (Kind::Switch, _) | (_, None) => String::new(),
        (_, Some(default)) => format!(" [default: {default}]"),
    };
    format!("{}{default} [env: {}]", key.help, key.variables.join(", "))
}

fn config_path(matches: &ArgMatches) -> ConfigPath {
    let named = matches.get_one::<PathBuf>("config").cloned();
    ConfigPath::find(named.or_else(|| std::env::var_os("CARO_CONFIG").map(PathBuf::from)))
}

fn load_config(matches: &ArgMatches) -> Result<Config, Failure> {
    Config::load(&config_path(matches), variable, |key| flag_value(matches, key))
}

fn flag_value(matches: &ArgMatches, key: &Key) -> Option<String> {
    key.flag?;
    match key.kind {
        Kind::Switch => {
            matches.try_get_one::<bool>(key.name).ok()?.copied().unwrap_or(false).then(|| "true".to_owned())
        }
        Kind::Text | Kind::Choice(_) | Kind::Number(..) | Kind::Decimal(..) => {
            matches.try_get_one::<String>(key.name).ok()?.cloned()
        }
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn ui(config: &Config) -> Ui {
    let choice = match config.color() {
        Color::Auto => ColorChoice::Auto,
        Color::Always => ColorChoice::Always,
        Color::Never => ColorChoice::Never,
    };
    Ui::new(choice, config.plain(), variable)
}

/// How to speak before, or without, knowing the settings.
fn default_ui() -> Ui {
    Ui::new(ColorChoice::Auto, variable("CARO_PLAIN").is_some_and(|value| !value.is_empty()), variable)
}

/// Prints what clap says of arguments it can't read, and how to ask the same in words.
fn misread(error: &clap::Error, arguments: &[OsString]) -> u8 {
    if !error.use_stderr() {
        return match print(&error.to_string()) {
            Ok(()) => Exit::Success.code(),
            Err(failure) => failure.exit.code(),
        };
    }
    let said = error.to_string();
    let message = said.trim_end().strip_prefix("error: ").unwrap_or(&said);
    let ui = default_ui();
    ui.error(message, asked_in_words(arguments).as_deref());
    Exit::Usage.code()
}

/// The hint for a line that may have been meant as a request.
fn asked_in_words(arguments: &[OsString]) -> Option<String> {
    let words: Vec<String> = arguments.iter().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    let is_command = |word: &String| command().get_subcommands().any(|subcommand| subcommand.get_name() == word);
    if let Some(command) = words.strip_prefix(&["check".to_owned()]).filter(|command| command.len() > 1) {
        return Some(check::quote_it(command));
    }
    let plain = words.iter().filter(|word| !word.starts_with('-')).count();
    (words.first().is_some_and(is_command) || plain > 1)
        .then(|| format!("to ask this in words: `caro -- {}`", Shell::Bash.join(&words)))
}

/// Writes data to standard output. A reader that has gone away is a good end.
fn print(data: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(data.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::new(Exit::Failure, format!("can't write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Starts the log when somebody asked for it: `-vv`, `-vvv`, or a filter in `CARO_LOG`.
fn start_log(verbosity: u8) {
    let filter = match (variable("CARO_LOG"), verbosity) {
        (Some(filter), _) if !filter.is_empty() => filter,
        (_, 0 | 1) => return,
        (_, 2) => "caro=debug,llama=debug".to_owned(),
        (_, _) => "caro=trace,llama=trace".to_owned(),
    };
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).without_time();
    // A second start in one process keeps the first log.
    let _ = log.with_ansi(false).try_init();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        command().debug_assert();
    }

    #[test]
    fn words_without_a_command_are_the_request() {
        let matches = command().try_get_matches_from(["caro", "list", "big", "files", "--print"]).unwrap();
        let words: Vec<&String> = matches.get_many("request").unwrap().collect();
        assert_eq!(words, ["list", "big", "files"]);
        assert!(matches.get_flag("print"));
    }

    #[test]
    fn a_line_that_may_be_a_request_is_told_how_to_ask() {
        let hint = |words: &[&str]| asked_in_words(&words.iter().map(OsString::from).collect::<Vec<_>>());
        assert_eq!(
            hint(&["caro", "config", "of", "nginx"]).unwrap(),
            "to ask this in words: `caro -- config of nginx`"
        );
        assert_eq!(
            hint(&["caro", "what", "does", "ls", "-l", "do"]).unwrap(),
            "to ask this in words: `caro -- what does ls -l do`"
        );
        assert_eq!(hint(&["caro", "--nonsense"]), None);
    }

    #[test]
    fn kept_words_are_not_commands_yet() {
        for word in KEPT_WORDS {
            assert!(command().find_subcommand(word).is_none(), "{word} exists: take it out of KEPT_WORDS");
        }
    }
}
