//! Functions and aliases of the line: called, recursing, or left for later.

use crate::safety::Level;
use crate::safety::ast::*;
use crate::safety::env::{Definition, Var};
use crate::safety::hijack::is_hook;
use crate::safety::rules::effects;
use crate::safety::value::{Flow, Value};
use crate::safety::walk::{DEPTH, Walker};
use crate::shell::Shell;

impl Walker<'_> {
    /// Enters a function; gives nothing where it is being walked already.
    pub fn call_function(&mut self, name: &str, body: &Command, args: &[Value], span: Span) -> Flow {
        if let Some((_, forks)) = self.active.iter().find(|(known, _)| std::ptr::eq(*known, body)) {
            if self.forks > *forks {
                self.note(
                    &effects::FORK_BOMB,
                    Level::Critical,
                    span,
                    format!("`{name}` starts itself over and over: a fork bomb"),
                );
            }
            return Flow::local();
        }
        if self.active.len() >= 16 {
            return Flow::local();
        }
        self.active.push((std::ptr::from_ref(body), self.forks));
        // Without arguments it may still be meant for some: then they are unknown.
        let outer = std::mem::replace(&mut self.env.positional, (!args.is_empty()).then(|| args.to_vec()));
        if self.shell == Shell::Fish {
            self.env.set("argv", Var::array(args.to_vec()));
        }
        self.depth += 1;
        let flow = if self.depth < DEPTH { self.command(body) } else { Flow::local() };
        self.depth -= 1;
        self.env.positional = outer;
        self.active.pop();
        self.used(name);
        flow
    }

    /// Forgets nothing, but remembers that a definition has been walked.
    pub fn used(&mut self, name: &str) {
        let mark = Var::scalar(Value::new("1", Span::default()));
        self.env.set(&format!("caro_used_{name}"), mark);
    }

    /// Walks functions and aliases nobody called, where their name is that of a real command: they wait for their time.
    pub fn unused_definitions(&mut self) {
        let definitions = std::mem::take(&mut self.env.definitions);
        for (name, definition) in definitions {
            let shadows = crate::safety::rules::is_known(&name)
                || is_hook(&name)
                || self.env.is_set(&format!("caro_hook_{name}"));
            if self.env.is_set(&format!("caro_used_{name}")) || !shadows {
                continue;
            }
            let span = Span::default();
            match definition {
                Definition::Function(body) => {
                    self.call_function(&name, &body, &[], span);
                }
                Definition::Alias(text) => {
                    self.env.positional = None;
                    let cap = std::mem::replace(&mut self.cap, Level::Danger);
                    let first = self.findings.len();
                    self.text_script(&text.text, self.shell, text.span);
                    // `alias rm='rm -i'` is the command itself.
                    if text.text.split_whitespace().next() == Some(name.as_str()) {
                        self.findings.retain({
                            let mut at = 0;
                            move |finding| {
                                at += 1;
                                at <= first || finding.level >= Level::Danger
                            }
                        });
                    }
                    self.cap = cap;
                }
            }
        }
    }

    /// Remembers that something will call a function by itself.
    pub fn hook(&mut self, name: &str) {
        let mark = Var::scalar(Value::new("1", Span::default()));
        self.env.set(&format!("caro_hook_{name}"), mark);
    }

    /// Returns true inside a pipeline or a background list that the present function did not begin.
    pub fn is_forking(&self) -> bool {
        self.forks > 0
    }
}
