//! Text and files that become code: run by a shell, an interpreter, `eval`, or a command word.

use crate::safety::Level;
use crate::safety::ast::Span;
use crate::safety::env::Env;
use crate::safety::rules::effects as rule;
use crate::safety::target::Place;
use crate::safety::value::{FILLED, Flow, NAME, Taint, UNKNOWN, Value, has_unknown};
use crate::safety::walk::Walker;
use crate::shell::Shell;

impl Walker<'_> {
    /// Returns danger, or critical for what runs as root.
    fn foreign_level(&self) -> Level {
        if self.root { Level::Critical } else { Level::Danger }
    }

    /// Code of an origin is run, and what it says is not known.
    pub fn run_tainted(&mut self, taint: Taint, span: Span) {
        let as_root = if self.root { " as root" } else { "" };
        if taint.has(Taint::NETWORK) {
            self.note(&rule::RUN_FOREIGN, self.foreign_level(), span, format!("runs code from the network{as_root}"));
        } else if taint.has(Taint::DECODED) {
            self.note(
                &rule::RUN_DECODED,
                self.foreign_level(),
                span,
                format!("runs{as_root} what comes out of a decoder"),
            );
        } else if taint.has(Taint::LOCAL | Taint::SECRET | Taint::ENVIRONMENT | Taint::CONFIGURATION) {
            self.note(&rule::RUN_UNKNOWN, Level::Caution, span, format!("runs text that is not known yet{as_root}"));
        }
    }

    /// A value is run as a script of `shell`.
    pub fn run_text(&mut self, value: &Value, shell: Shell) -> Flow {
        let flow = Flow { text: Some(value.text.clone()), taint: value.taint };
        self.run_flow(&flow, shell, value.span)
    }

    /// A flow is run as a script of `shell`.
    pub fn run_flow(&mut self, flow: &Flow, shell: Shell, span: Span) -> Flow {
        if flow.taint.has(Taint::NETWORK | Taint::DECODED) {
            self.run_tainted(flow.taint, span);
        }
        let tainted = flow.taint.without(Taint::SCRATCH | Taint::PROGRAM);
        match &flow.text {
            None => {
                if !flow.taint.has(Taint::NETWORK | Taint::DECODED) {
                    self.run_tainted(flow.taint, span);
                }
                Flow::of(tainted)
            }
            Some(text) if text.trim().is_empty() => Flow::empty(),
            Some(text) if text.trim().chars().all(|c| matches!(c, UNKNOWN | FILLED | NAME)) => {
                if !flow.taint.has(Taint::NETWORK | Taint::DECODED) && flow.taint != Taint::PROGRAM {
                    self.run_tainted(flow.taint | Taint::LOCAL, span);
                }
                Flow::of(tainted)
            }
            Some(text) => {
                let text = if flow.taint == Taint::PROGRAM { without_programs(text) } else { text.clone() };
                let complete = self.complete;
                let out = self.text_script(&text, shell, span);
                // What is unknown inside of it may break the text into pieces it does not have.
                if has_unknown(&text) && !self.complete {
                    self.complete = complete;
                }
                out.tainted(tainted)
            }
        }
    }

    /// The input is run as a script of `shell`; a terminal is a person, and fine.
    pub fn run_stdin(&mut self, shell: Shell, span: Span) -> Flow {
        match self.stdin.take() {
            Some(flow) => {
                let out = self.run_flow(&flow, shell, span);
                self.stdin = Some(flow);
                out
            }
            None => Flow::local(),
        }
    }

    /// A file is run as a script of `shell` with these arguments.
    pub fn run_file(&mut self, file: &Value, shell: Shell, args: &[Value]) -> Flow {
        let target = self.target(file);
        let path = target.path.text();
        if matches!(path.as_str(), "/dev/stdin" | "/dev/fd/0" | "/proc/self/fd/0") {
            return self.run_stdin(shell, file.span);
        }
        if target.place == Place::Network {
            self.run_tainted(Taint::NETWORK, file.span);
            return Flow::of(Taint::NETWORK);
        }
        if file.text.contains("://") {
            self.run_tainted(Taint::NETWORK, file.span);
            return Flow::of(Taint::NETWORK);
        }
        let known = self.env.file(&path).map(|known| known.content.clone());
        match known {
            Some(content) if content.text.is_some() || content.taint.has(Taint::NETWORK | Taint::DECODED) => {
                let outer = self.env.positional.replace(args.to_vec());
                let out = self.run_flow(&content, shell, file.span);
                self.env.positional = outer;
                out
            }
            _ if has_unknown(&file.text) && file.text.chars().all(|c| matches!(c, UNKNOWN | FILLED)) => {
                self.note(&rule::RUN_UNKNOWN, Level::Caution, file.span, "runs a file whose name is not known yet");
                Flow::local()
            }
            _ => Flow::local(),
        }
    }

    /// Runs a file named as a command, if the line knows what is in it.
    pub fn run_known_file(&mut self, head: &Value, argv: &[Value]) -> bool {
        let path = self.target(head).path.text();
        let Some(file) = self.env.file(&path) else { return false };
        let name = path.rsplit('/').next().unwrap_or("");
        // What builds a fetched project is a project's own task.
        let task = matches!(
            name,
            "configure" | "autogen.sh" | "bootstrap" | "bootstrap.sh" | "gradlew" | "mvnw" | "waf" | "b2" | "x.py"
        );
        if file.folder && task {
            if file.content.taint.has(Taint::NETWORK) {
                self.note(
                    &rule::RUN_FOREIGN,
                    Level::Caution,
                    head.span,
                    "runs the build of a project fetched in this line",
                );
            }
            return true;
        }
        if file.content.text.is_none() && !file.content.taint.has(Taint::NETWORK | Taint::DECODED) {
            return false;
        }
        self.run_file(head, Shell::Bash, &argv[1..]);
        true
    }

    /// Walks commands that run apart: another machine, a container, another user's shell.
    pub fn apart<T>(&mut self, walk: impl FnOnce(&mut Self) -> T) -> T {
        let outer = std::mem::take(&mut self.env);
        let out = self.elsewhere(true, |walker| {
            let out = walk(walker);
            walker.unused_definitions();
            out
        });
        self.env = outer;
        out
    }

    /// Walks commands whose paths, if `away`, are not those of this disk, or not seen from this directory.
    pub fn elsewhere<T>(&mut self, away: bool, walk: impl FnOnce(&mut Self) -> T) -> T {
        let outer = self.away;
        self.away |= away;
        let out = walk(self);
        self.away = outer;
        out
    }

    /// Walks commands that run as root.
    pub fn as_root<T>(&mut self, root: bool, walk: impl FnOnce(&mut Self) -> T) -> T {
        let outer = std::mem::replace(&mut self.root, root);
        let out = walk(self);
        self.root = outer;
        out
    }

    /// Joins words to the text a shell reads again, as `eval` and `ssh` do.
    pub fn joined_words(&self, words: &[Value]) -> Value {
        let mut joined = Value::default();
        for (at, word) in words.iter().enumerate() {
            if at > 0 {
                joined.text.push(' ');
                joined.span = joined.span.to(word.span);
            } else {
                joined.span = word.span;
            }
            joined.text.push_str(&word.text);
            joined.taint |= word.taint;
        }
        joined
    }

    /// Returns the shell for scripts of `name`.
    pub fn shell_of(&self, name: &str) -> Shell {
        match name.rsplit('/').next().unwrap_or(name) {
            "fish" => Shell::Fish,
            "zsh" => Shell::Zsh,
            _ => Shell::Bash,
        }
    }
}

/// Puts a command that does nothing where the text of a program stands as a command.
fn without_programs(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let before = out.trim_end_matches([' ', '\t']);
        if letter != UNKNOWN || !(before.is_empty() || before.ends_with(['\n', ';', '&', '|', '(', '{'])) {
            out.push(letter);
            continue;
        }
        out.push(':');
        let rest: String = letters.clone().take_while(|letter| *letter != '\n').collect();
        if !rest.trim_start().is_empty() && !rest.trim_start().starts_with([';', '&', '|', '<', '>', ')']) {
            out.push('\n');
        }
    }
    out
}

/// Writes a value so that the text of a script can hold it as one word.
pub fn as_word(value: &Value, shell: Shell) -> String {
    if crate::safety::value::has_marks(&value.text) {
        Env::spelled(&value.text, shell)
    } else {
        shell.quote(&value.text).into_owned()
    }
}
