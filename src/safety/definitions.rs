//! Functions and aliases of the line: called, recursing, or left for later.

use crate::safety::Level;
use crate::safety::ast::*;
use crate::safety::env::{Definition, Var};
use crate::safety::hijack::is_hook;
use crate::safety::value::{Flow, Value};
use crate::safety::walk::{DEPTH, Walker};
use crate::shell::Shell;

impl Walker<'_> {
    /// Enters a function; one that is being walked already is entered again only where there is something new to see.
    pub fn call_function(&mut self, name: &str, body: &Command, args: &[Value], span: Span) -> Flow {
        let Some(args) = self.entered(name, body, args, span) else { return Flow::local() };
        let argv = (self.shell == Shell::Fish).then(|| self.env.get("argv"));
        if argv.is_some() {
            self.env.set("argv", Var::array(args.clone().unwrap_or_default()));
        }
        let outer = std::mem::replace(&mut self.env.positional, args);
        self.depth += 1;
        let flow = if self.depth < DEPTH { self.command(body) } else { Flow::local() };
        self.depth -= 1;
        self.env.positional = outer;
        if let Some(argv) = argv {
            self.env.restore("argv", argv);
        }
        self.active.pop();
        self.used(name);
        flow
    }

    /// Remembers that a definition has been called, so that it is not judged again at the end.
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
