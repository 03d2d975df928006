//! What `/help` and its like do.

use super::meta::METAS;
use super::{Flow, Session};
use crate::error::{Exit, Failure};
use crate::prompt::Ask;
use crate::term::{Ended, Judge, copy};

impl Session<'_> {
    /// Does what `/name argument` says.
    pub(super) fn obey(&mut self, name: &str, argument: &str) -> Flow {
        let ui = self.parts.ui;
        match name {
            "help" => self.help(),
            "model" => self.model(argument),
            "safety" => return self.safety(argument),
            "context" => self.context(),
            "history" => self.history(argument),
            "explain" => return self.explain(argument),
            "undo" => match self.turns.pop() {
                Some(turn) => ui.note(&format!("  took back \"{}\"; what a command did stays done", turn.request)),
                None => ui.note("  there is no turn to take back"),
            },
            "new" => {
                self.turns.clear();
                ui.note("  a new talk");
            }
            "copy" => match self.last.as_deref().map(copy) {
                Some(Ok(way)) => ui.note(&format!("  copied ({way})")),
                Some(Err(error)) => ui.error(&format!("can't copy: {error}"), None),
                None => ui.note("  there is no command yet"),
            },
            "last" => match self.last.clone() {
                Some(command) => {
                    let ended = self.round(|round, runtime| runtime.block_on(round.review_typed(&command, false)));
                    return self.after_round(ended, "");
                }
                None => ui.note("  there is no command yet"),
            },
            "set" => self.set(argument),
            "doctor" => self.doctor(),
            _ => return Flow::Leave,
        }
        Flow::On
    }

    fn help(&self) {
        let mut text = String::new();
        for meta in &METAS {
            let name = format!("/{} {}", meta.name, meta.argument);
            text.push_str(&format!("  {name:<27}{}\n", meta.help));
        }
        for (name, help) in [
            ("!COMMAND", "judges and runs a command as it stands"),
            ("!cd FOLDER", "goes there; ! alone opens your shell"),
            ("\\WORDS", "words that begin with / or !"),
            ("Tab  →  Ctrl-G  Ctrl-R", "completes, takes the hint, takes the suggestion, searches"),
        ] {
            text.push_str(&format!("  {name:<27}{help}\n"));
        }
        self.parts.ui.note(text.trim_end());
    }

    fn model(&mut self, argument: &str) {
        let changed = match argument {
            "" => Ok(()),
            "nano" => self.house.set("model.size", "nano").and_then(|()| self.reopen()),
            path => self
                .house
                .set("model.size", "auto")
                .and_then(|()| self.house.set("model.path", path))
                .and_then(|()| self.reopen()),
        };
        match changed {
            Ok(()) => {
                let engine = self.parts.assistant.engine();
                self.parts.ui.note(&format!("  {} ({})", engine.model, engine.backend));
            }
            Err(failure) => self.tell(&failure),
        }
    }

    /// Makes anew what depends on the settings; on an error all stays as it was.
    fn reopen(&mut self) -> Result<(), Failure> {
        let manner = self.parts.ui.manner;
        self.parts = self.house.open()?;
        self.parts.ui.manner = manner;
        Ok(())
    }

    fn safety(&mut self, argument: &str) -> Flow {
        match argument {
            "" => {
                let policy =
                    self.house.settings().into_iter().find(|(key, _)| *key == "safety").and_then(|(_, value)| value);
                self.parts.ui.note(&format!("  policy {}", policy.unwrap_or_default()));
            }
            "strict" | "moderate" | "permissive" => self.set(&format!("safety {argument}")),
            command => {
                let judge =
                    Judge { policy: self.parts.policy, shell: self.parts.shell.shell, facts: &self.parts.facts };
                let report = judge.judge(command);
                self.parts.ui.verdict(command, &report);
            }
        }
        Flow::On
    }

    fn context(&self) {
        let ask = Ask { request: "(your request)".to_owned(), turns: self.turns.clone(), ..Ask::default() };
        for message in self.parts.assistant.messages(&ask) {
            self.parts.ui.note(&format!("{}:\n{}\n", message.role.name(), message.content));
        }
    }

    fn history(&self, argument: &str) {
        let Some(log) = &self.parts.run_log else {
            return self.parts.ui.note("  no log is kept (`/set run_log true`)");
        };
        let most = argument.parse().unwrap_or(20);
        let entries = log.last(most);
        if entries.is_empty() {
            self.parts.ui.note("  nothing was run yet");
        }
        for entry in entries {
            let time = entry.time.replace('T', " ").replace('Z', "");
            let request = if entry.request.is_empty() { String::new() } else { format!("  # {}", entry.request) };
            self.parts.ui.note(&format!("  {time} UTC  exit {:<3} {}{request}", entry.status, entry.command));
        }
    }

    fn explain(&mut self, argument: &str) -> Flow {
        let command = if argument.is_empty() { self.last.clone() } else { Some(argument.to_owned()) };
        let Some(command) = command else {
            self.parts.ui.note("  there is no command yet; `/explain COMMAND` explains any");
            return Flow::On;
        };
        let ended = self.round(|round, runtime| match runtime.block_on(round.explain(&command)) {
            Ok(()) => Ended::Skipped,
            Err(error) => Ended::Failed(Failure::new(Exit::Failure, error.to_string())),
        });
        self.after_round(ended, "")
    }

    fn set(&mut self, argument: &str) {
        let Some((key, value)) = argument.split_once(char::is_whitespace) else {
            for (key, value) in self.house.settings().into_iter().filter(|(key, _)| key.starts_with(argument)) {
                self.parts.ui.note(&format!("  {key:<21} {}", value.unwrap_or_else(|| "-".to_owned())));
            }
            return;
        };
        match self.house.set(key, value.trim()).and_then(|()| self.reopen()) {
            Ok(()) => self.parts.ui.note(&format!("  {key} = {} for this session", value.trim())),
            Err(failure) => self.tell(&failure),
        }
    }

    fn doctor(&self) {
        let engine = self.parts.assistant.engine();
        let ui = self.parts.ui;
        let log = self.parts.run_log.as_ref().map_or("off".to_owned(), |log| log.path().display().to_string());
        let history = self.keepings.history.as_ref().map_or("none".to_owned(), |path| path.display().to_string());
        for (name, value) in [
            ("version", env!("CARGO_PKG_VERSION").to_owned()),
            ("engine", format!("{} ({})", engine.model, engine.backend)),
            ("preview", if self.preview.is_some() { "nano" } else { "off" }.to_owned()),
            ("shell", format!("{} ({})", self.parts.shell.program.display(), self.parts.shell.shell.name())),
            ("terminal", format!("{} columns, colours {}, UTF-8 {}", crate::term::width(), ui.color, ui.unicode)),
            ("requests", history),
            ("run log", log),
        ] {
            ui.note(&format!("  {name:<10}{value}"));
        }
    }
}
