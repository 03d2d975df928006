//! `caro explain`: what a command does, part by part, without running it.

use std::io::{self, IsTerminal, Read};

use clap::{Arg, ArgMatches, Command};
use serde_json::json;

use super::{print, setup, ui};
use crate::assistant::explain::explain;
use crate::config::Config;
use crate::error::Failure;
use crate::manual::Manual;
use crate::safety::check_with;
use crate::term::Ui;

/// The subcommand's arguments.
pub fn command() -> Command {
    Command::new("explain")
        .about("Explains a command part by part, from its own syntax and this machine's manual pages; nothing is run")
        .arg(
            Arg::new("command")
                .value_name("COMMAND")
                .help("The command, as one argument; `-` or a pipe: read from standard input"),
        )
        .arg(super::switch("json").long("json").help("Print one JSON object: the parts, and the judge's report"))
}

/// Explains one command.
pub fn run(matches: &ArgMatches, config: &Config) -> Result<u8, Failure> {
    let command = match matches.get_one::<String>("command").map(String::as_str) {
        Some("-") => piped()?,
        Some(command) => command.to_owned(),
        None if !io::stdin().is_terminal() => piped()?,
        None => String::new(),
    };
    let command = command.trim();
    if command.is_empty() {
        return Err(Failure::usage("which command?").hint("give it as one argument: `caro explain 'ls -l | wc -l'`"));
    }
    let shell = setup::shell(config).shell;
    let parts = explain(command, shell, &mut Manual::default());
    let report = check_with(command, shell, &setup::facts(config));
    if matches.get_flag("json") {
        let parts: Vec<_> = parts
            .iter()
            .map(|part| json!({ "text": part.text, "meaning": part.meaning, "depth": part.depth }))
            .collect();
        print(&format!("{}\n", json!({ "schema_version": 1, "command": command, "parts": parts, "report": report })))?;
        return Ok(0);
    }
    let ui = ui(config);
    let ui = Ui { color: ui.color && io::stdout().is_terminal(), ..ui };
    print(&format!("{}{}", ui.explanation(&parts), ui.verdict_rows(&report)))?;
    Ok(0)
}

fn piped() -> Result<String, Failure> {
    let mut text = String::new();
    io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| Failure::usage(format!("can't read standard input: {error}")))?;
    Ok(text)
}
