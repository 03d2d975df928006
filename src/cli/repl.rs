//! `caro repl`: a session.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, IsTerminal};

use clap::{ArgMatches, Command};

use super::{ask, config_path, flag_value, setup, ui, variable};
use crate::assistant::Assistant;
use crate::config::{Config, KEYS, Key, home_folder, state_folder};
use crate::error::{Failure, nearest};
use crate::repl::{self, House, Keepings, Parts};

/// The subcommand's arguments.
pub fn command() -> Command {
    Command::new("repl")
        .about("Opens a session: the model stays loaded, requests follow each other")
        .args(KEYS.iter().filter_map(super::flag_of))
        .after_help(
            "Words are a request; `/help` lists caro's own commands, `!COMMAND` runs a command after the same verdict.\n\
             While you type, the built-in model shows what it would suggest; Ctrl-G takes it.",
        )
}

/// Talks until the user leaves.
pub fn run(matches: &ArgMatches, whole: &ArgMatches) -> Result<u8, Failure> {
    if !(io::stdin().is_terminal() && io::stdout().is_terminal() && io::stderr().is_terminal()) {
        return Err(Failure::usage("a session needs a terminal: standard input, output and error")
            .hint("for scripts: `caro --print WORDS`"));
    }
    let mut house = Settings { matches, whole, overrides: RefCell::default() };
    let config = house.config()?;
    let prefill = variable("CARO_PREFILL").filter(|path| !path.is_empty()).map(std::path::PathBuf::from);
    let ui = ui(&config);
    let on_answer = |engine: &crate::engine::Identity, suggestion: &crate::assistant::Suggestion| {
        if whole.get_count("verbose") > 0 {
            ui.note(&ask::timing_words(engine, suggestion));
        }
    };
    let keepings = Keepings {
        history: state_folder().map(|folder| folder.join("requests")),
        prefill: prefill.as_deref(),
        home: home_folder(),
        quiet: whole.get_flag("quiet"),
        on_answer: &on_answer,
    };
    repl::run(&mut house, &keepings)
}

/// The settings of a session: those of the command line, and those changed since.
struct Settings<'a> {
    matches: &'a ArgMatches,
    whole: &'a ArgMatches,
    overrides: RefCell<BTreeMap<&'static str, String>>,
}

impl Settings<'_> {
    fn config(&self) -> Result<Config, Failure> {
        let overrides = self.overrides.borrow();
        let flag = |key: &Key| {
            overrides
                .get(key.name)
                .cloned()
                .or_else(|| flag_value(self.matches, key))
                .or_else(|| flag_value(self.whole, key))
        };
        Config::load(&config_path(self.whole), variable, flag)
    }
}

impl House for Settings<'_> {
    fn open(&self) -> Result<Parts, Failure> {
        let config = self.config()?;
        let shell = setup::shell(&config);
        Ok(Parts {
            ui: ui(&config),
            assistant: setup::assistant(&config, &shell)?,
            policy: config.policy(),
            facts: setup::facts(&config),
            edit_mode: config.edit_mode(),
            errors: setup::errors(&config),
            run_log: setup::run_log(&config),
            shell,
        })
    }

    fn preview(&self) -> Option<Assistant> {
        let config = self.config().ok().filter(Config::preview)?;
        setup::preview(&config, &setup::shell(&config)).ok()
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), Failure> {
        let Some(known) = Key::named(key) else {
            let hint = nearest(key, KEYS.iter().map(|key| key.name))
                .map_or("`/set` lists them".to_owned(), |name| format!("did you mean `{name}`?"));
            return Err(Failure::usage(format!("there is no setting `{key}`")).hint(hint));
        };
        let value = known.validate(value).map_err(|reason| Failure::usage(format!("{key} {reason}")))?;
        self.overrides.borrow_mut().insert(known.name, value);
        Ok(())
    }

    fn settings(&self) -> Vec<(&'static str, Option<String>)> {
        let Ok(config) = self.config() else { return Vec::new() };
        config.settings().map(|(key, setting)| (key.name, setting.map(|setting| setting.value.clone()))).collect()
    }
}
