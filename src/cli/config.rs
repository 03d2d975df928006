//! `caro config`: see and change settings.

use std::fmt::Write as _;

use clap::{Arg, ArgMatches, Command};
use serde_json::{Map, json};

use super::print;
use crate::config::{self, Config, ConfigPath, KEYS, Key};
use crate::error::{Exit, Failure, nearest};

/// The subcommand's arguments.
pub fn command() -> Command {
    let key =
        || Arg::new("key").value_name("KEY").required(true).help("The setting's name, as `caro config list` shows it");
    let json = || Arg::new("json").long("json").action(clap::ArgAction::SetTrue).help("Print JSON");
    Command::new("config")
        .about("Show and change settings")
        .subcommand_required(true)
        .subcommand(Command::new("path").about("Print where the config file lies"))
        .subcommand(Command::new("list").about("Show every setting, its value and where that came from").arg(json()))
        .subcommand(Command::new("get").about("Print the value of a setting").arg(key()))
        .subcommand(
            Command::new("set")
                .about("Set a setting in the config file")
                .arg(key())
                .arg(Arg::new("value").value_name("VALUE").required(true).allow_hyphen_values(true)),
        )
        .subcommand(Command::new("unset").about("Remove a setting from the config file").arg(key()))
}

/// Does what was asked; `load` reads the settings where they are needed, so that a broken file can
/// still be found.
pub fn run(
    matches: &ArgMatches,
    path: &ConfigPath,
    load: impl FnOnce() -> Result<Config, Failure>,
) -> Result<u8, Failure> {
    match matches.subcommand() {
        Some(("path", _)) => match &path.path {
            Some(path) => print(&format!("{}\n", path.display()))?,
            None => {
                return Err(Failure::usage("there is no home folder to keep a config file in")
                    .hint("name one with `--config FILE`"));
            }
        },
        Some(("get", matches)) => {
            let key = key_of(matches)?;
            if let Some(setting) = load()?.setting(key.name) {
                print(&format!("{}\n", setting.value))?;
            } else {
                return Err(Failure::new(Exit::Failure, format!("`{}` is not set", key.name))
                    .hint(format!("set it: `caro config set {} {}`", key.name, key.value_name)));
            }
        }
        Some(("set", matches)) => {
            let value = matches.get_one::<String>("value").map(String::as_str).unwrap_or_default();
            config::set(path, key_of(matches)?, value)?;
        }
        Some(("unset", matches)) => {
            config::unset(path, key_of(matches)?)?;
        }
        Some(("list", matches)) if matches.get_flag("json") => print(&as_json(&load()?))?,
        _ => print(&as_table(&load()?))?,
    }
    Ok(Exit::Success.code())
}

fn key_of(matches: &ArgMatches) -> Result<&'static Key, Failure> {
    let name = matches.get_one::<String>("key").map(String::as_str).unwrap_or_default();
    Key::named(name).ok_or_else(|| {
        let failure = Failure::usage(format!("`{name}` is not a setting"));
        match nearest(name, KEYS.iter().map(|key| key.name)) {
            Some(near) => failure.hint(format!("did you mean `{near}`?")),
            None => failure.hint("`caro config list` shows every setting"),
        }
    })
}

fn as_table(config: &Config) -> String {
    let width = KEYS.iter().map(|key| key.name.len()).max().unwrap_or_default();
    let mut table = String::new();
    for (key, setting) in config.settings() {
        let (value, origin) = match setting {
            Some(setting) => (setting.value.as_str(), setting.origin.to_string()),
            None => ("", "not set".to_owned()),
        };
        let _ = writeln!(table, "{:width$}  {value:<12}  ({origin})", key.name);
    }
    table
}

fn as_json(config: &Config) -> String {
    let settings: Map<String, serde_json::Value> = config
        .settings()
        .map(|(key, setting)| {
            let value = setting.map(|setting| &setting.value);
            let origin = setting.map(|setting| setting.origin.to_string());
            (key.name.to_owned(), json!({ "value": value, "origin": origin, "help": key.help }))
        })
        .collect();
    format!("{}\n", json!(settings))
}
