//! Compound commands: every branch is taken and what they leave behind is joined; a loop is walked until it changes nothing new.

use crate::safety::Level;
use crate::safety::ast::*;
use crate::safety::env::{Definition, Env, Var, VarKind};
use crate::safety::rules::effects;
use crate::safety::value::{self, Flow, Taint, UNKNOWN, Value};
use crate::safety::walk::Walker;
use std::rc::Rc;

impl Walker<'_> {
    /// Walks what has commands inside.
    pub fn compound(&mut self, command: &Command) -> Flow {
        match &command.kind {
            CommandKind::Simple(simple) => self.simple(simple, &[], command.span),
            CommandKind::Group(script) => self.script(script),
            CommandKind::Subshell(script) => self.subshell(script),
            CommandKind::If(branch) => self.branches(branch),
            CommandKind::While(looped) => {
                let endless = !looped.until && is_true(&looped.condition);
                let before = self.env.clone();
                self.depth += 1;
                let flow = self.turns(|walker| {
                    let mut flow = walker.script(&looped.condition);
                    flow.join(walker.script(&looped.body));
                    flow
                });
                self.depth -= 1;
                self.env.merge(before);
                if endless && spawns(&looped.body) {
                    self.note(&effects::FORK_BOMB, Level::Critical, command.span, "starts processes without end");
                }
                Flow { text: None, taint: flow.taint | Taint::LOCAL }
            }
            CommandKind::For(looped) => self.for_loop(looped),
            CommandKind::ArithmeticFor(looped) => {
                self.joined(&looped.head);
                for name in assigned_names(&looped.head) {
                    self.env.set(&name, Var::scalar(Value::new(value::NAME.to_string(), looped.head.span)));
                }
                self.turns(|walker| walker.script(&looped.body))
            }
            CommandKind::Repeat(looped) => {
                self.joined(&looped.count);
                self.turns(|walker| walker.script(&looped.body))
            }
            CommandKind::Case(case) => {
                self.joined(&case.word);
                let before = self.env.clone();
                let mut flow = Flow::empty();
                let mut after: Option<Env> = None;
                for item in &case.items {
                    for pattern in &item.patterns {
                        self.joined(pattern);
                    }
                    self.env = before.clone();
                    flow.join(self.script(&item.body));
                    let env = std::mem::replace(&mut self.env, before.clone());
                    match &mut after {
                        Some(joined) => joined.merge(env),
                        None => after = Some(env),
                    }
                }
                if let Some(after) = after {
                    self.env.merge(after);
                }
                Flow { text: None, taint: flow.taint | Taint::LOCAL }
            }
            CommandKind::Test(test) => {
                self.test(test);
                Flow::empty()
            }
            CommandKind::Arithmetic(word) => {
                self.joined(word);
                for name in assigned_names(word) {
                    self.env.set(&name, Var::scalar(Value::new(value::NAME.to_string(), word.span)));
                }
                Flow::empty()
            }
            CommandKind::Coproc(coproc) => {
                self.forks += 1;
                self.command(&coproc.body);
                self.forks -= 1;
                Flow::empty()
            }
            CommandKind::Always(always) => {
                let mut flow = self.script(&always.body);
                flow.join(self.script(&always.always));
                flow
            }
            CommandKind::Function(function) => {
                let body = Rc::new((*function.body).clone());
                let names: Vec<String> = function.names.iter().map(|name| self.joined(name).text).collect();
                // fish keeps a function's options with its names: an event calls it.
                let event = names
                    .iter()
                    .any(|name| name.starts_with("--on-") || matches!(name.as_str(), "-e" | "-v" | "-s" | "-j" | "-p"));
                if let (true, Some(name)) = (event, names.first()) {
                    self.hook(name);
                }
                for name in names.iter().take_while(|name| !name.starts_with('-')) {
                    self.env.define(name, Definition::Function(Rc::clone(&body)));
                }
                Flow::empty()
            }
            CommandKind::AnonymousFunction(function) => {
                let args = self.words(&function.args);
                let outer = self.env.positional.replace(args);
                let flow = self.command(&function.body);
                self.env.positional = outer;
                flow
            }
        }
    }

    /// Takes every branch; what they leave behind is joined.
    fn branches(&mut self, branch: &If) -> Flow {
        let mut flow = Flow::empty();
        let mut after: Vec<Env> = Vec::new();
        for (condition, body) in &branch.branches {
            flow.join(self.script(condition));
            let before = self.env.clone();
            flow.join(self.script(body));
            after.push(std::mem::replace(&mut self.env, before));
        }
        if let Some(otherwise) = &branch.otherwise {
            flow.join(self.script(otherwise));
        }
        for env in after {
            self.env.merge(env);
        }
        Flow { text: None, taint: flow.taint | Taint::LOCAL }
    }

    /// Walks what a loop repeats: what one turn changes, the next one sees.
    fn turns(&mut self, mut turn: impl FnMut(&mut Self) -> Flow) -> Flow {
        let before = self.env.clone();
        let mut flow = turn(self);
        if !self.env.is_like(&before) {
            flow.join(turn(self));
        }
        flow
    }

    fn for_loop(&mut self, looped: &For) -> Flow {
        let values = match &looped.words {
            Some(words) => self.words(words),
            None => {
                self.env.positional.clone().unwrap_or_else(|| vec![Value::new(UNKNOWN.to_string(), Span::default())])
            }
        };
        let mut flow = Flow::empty();
        let [name] = looped.names.as_slice() else {
            for name in &looped.names {
                self.env.set(
                    name,
                    Var {
                        values: values.iter().map(|v| v.text.clone()).take(16).collect(),
                        kind: VarKind::Either,
                        ..Var::default()
                    },
                );
            }
            return self.turns(|walker| walker.script(&looped.body));
        };
        if values.is_empty() || values.len() > 6 {
            let mut var = Var::array(values);
            var.kind = VarKind::Either;
            if var.values.is_empty() {
                var.values.push(String::new());
            }
            self.env.set(name, var);
            return self.turns(|walker| walker.script(&looped.body));
        }
        for value in values {
            let many = value::has_glob(&value.text) || value::has_unknown(&value.text);
            self.env.set(name, Var::scalar(value));
            flow.join(if many { self.turns(|walker| walker.script(&looped.body)) } else { self.script(&looped.body) });
        }
        flow
    }

    fn test(&mut self, test: &Test) {
        match test {
            Test::Word(word) | Test::Unary(_, word) => {
                self.joined(word);
            }
            Test::Binary(left, _, right) => {
                self.joined(left);
                self.joined(right);
            }
            Test::Not(inner) => self.test(inner),
            Test::And(left, right) | Test::Or(left, right) => {
                self.test(left);
                self.test(right);
            }
        }
    }
}

/// Returns true for `while true`, `while :`.
fn is_true(script: &Script) -> bool {
    let [list] = script.lists.as_slice() else { return false };
    let [command] = list.first.commands.as_slice() else { return false };
    match &command.kind {
        CommandKind::Simple(simple) => {
            simple.words.len() == 1 && matches!(simple.words[0].literal().as_deref(), Some("true" | ":" | "/bin/true"))
        }
        CommandKind::Arithmetic(word) => word.literal().is_some_and(|text| text.trim() == "1"),
        _ => false,
    }
}

/// Returns true when a body puts commands in the background and never waits or sleeps.
fn spawns(body: &Script) -> bool {
    let mut background = false;
    let mut waits = false;
    for list in &body.lists {
        background |= list.end != ListEnd::Sequence;
        for pipeline in list.pipelines() {
            for command in &pipeline.commands {
                if let CommandKind::Simple(simple) = &command.kind
                    && let Some(name) = simple.words.first().and_then(Word::literal)
                {
                    waits |= list.end == ListEnd::Sequence
                        && !matches!(name.as_ref(), "echo" | ":" | "true" | "printf" | "let" | "export");
                } else {
                    waits = true;
                }
            }
        }
    }
    background && !waits
}

/// Returns the names that an arithmetic expression sets, roughly: every identifier in it.
fn assigned_names(word: &Word) -> Vec<String> {
    let mut names = Vec::new();
    for part in &word.parts {
        if let PartKind::Literal(text) = &part.kind {
            if !text.contains(['=', '+', '-']) {
                continue;
            }
            for name in text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')) {
                if name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && names.len() < 8 {
                    names.push(name.to_string());
                }
            }
        }
    }
    names
}
