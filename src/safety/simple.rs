//! Simple commands: words, assignments, redirects, and what the files they write hold.

use crate::safety::Level;
use crate::safety::ast::Value as Value_;
use crate::safety::ast::*;
use crate::safety::env::{File, Var, VarKind};
use crate::safety::judge::Write;
use crate::safety::rules::effects;
use crate::safety::target::Place;
use crate::safety::value::{self, Flow, Taint, Value};
use crate::safety::walk::Walker;
use crate::shell::Shell;

impl Walker<'_> {
    /// Walks a simple command.
    pub fn simple(&mut self, simple: &Simple, redirects: &[Redirect], span: Span) -> Flow {
        let mut words = Vec::with_capacity(simple.words.len());
        let mut heads: Vec<Value> = Vec::new();
        if let Some((first, rest)) = simple.words.split_first() {
            let (head, either) = self.word(first);
            if either && head.len() > 1 {
                heads = head;
                words.push(heads[0].clone());
            } else {
                words.extend(head);
            }
            for word in rest {
                let (values, _) = self.word(word);
                words.extend(values);
            }
        }
        let assigned = self.assignments(&simple.assignments);
        let outer = self.stdin.clone();
        let io = self.redirects(redirects);
        if words.is_empty() {
            for (name, var) in assigned {
                self.env.set(&name, var);
            }
            let read = if simple.assignments.is_empty() && io.out.is_none() && simple.words.is_empty() {
                self.stdin.take()
            } else {
                None
            };
            self.stdin = outer;
            return self.written(io, read.unwrap_or_else(Flow::empty));
        }
        let before: Vec<(String, Option<Var>)> = assigned
            .into_iter()
            .map(|(name, var)| {
                let old = self.env.is_set(&name).then(|| self.env.get(&name)).flatten();
                self.env.set(&name, var);
                (name, old)
            })
            .collect();
        let start = self.findings.len();
        let mut flow = self.call(&words, span);
        for head in heads.into_iter().skip(1).take(7) {
            words[0] = head;
            flow.join(self.call(&words, span));
        }
        if start < self.findings.len() {
            self.allow(&words, start);
        }
        for (name, old) in before {
            self.env.restore(&name, old);
        }
        self.stdin = outer;
        self.written(io, flow)
    }

    pub fn assignments(&mut self, assignments: &[Assignment]) -> Vec<(String, Var)> {
        let mut assigned: Vec<(String, Var)> = Vec::new();
        for assignment in assignments {
            if let Some(index) = &assignment.index {
                let index = self.joined(index);
                if self.shell == Shell::Zsh && assignment.name == "mapfile" {
                    self.mapped_file(&index, assignment.span);
                }
            }
            let mut var = match &assignment.value {
                Value_::Scalar(word) => Var::scalar(self.joined(word)),
                Value_::Array(elements) => Var::array(self.elements(elements)),
            };
            if let (Some(first), VarKind::Scalar) = (var.values.first(), var.kind) {
                let value = Value { text: first.clone(), taint: var.taint, span: assignment.span };
                self.hijacked(&assignment.name, &value);
            }
            let known = assigned.iter().rev().find(|(name, _)| *name == assignment.name).map(|(_, var)| var.clone());
            let known = known.or_else(|| self.env.get(&assignment.name));
            if let (true, Some(mut old)) = (assignment.append, known.clone()) {
                old.taint |= var.taint;
                if old.kind == VarKind::Array || var.kind == VarKind::Array {
                    old.values.append(&mut var.values);
                    old.kind = VarKind::Array;
                } else {
                    let tail = var.values.pop().unwrap_or_default();
                    old.values.iter_mut().for_each(|value| value.push_str(&tail));
                }
                var = old;
            } else if let (Some(_), Some(mut old)) = (&assignment.index, known) {
                // One element changes: now it may be any of them, in the order they came.
                old.values.append(&mut var.values);
                old.values.truncate(64);
                old.kind = VarKind::Array;
                old.taint |= var.taint;
                var = old;
            } else if assignment.index.is_some() {
                var.kind = VarKind::Array;
            }
            // Later assignments of the same command see the earlier ones.
            if assignments.len() > 1 {
                self.env.set(&assignment.name, var.clone());
            }
            assigned.push((assignment.name.clone(), var));
        }
        assigned
    }

    /// Folds the elements of an array.
    pub fn elements(&mut self, elements: &[Element]) -> Vec<Value> {
        let mut values = Vec::new();
        for element in elements {
            if let Some(key) = &element.key {
                self.joined(key);
            }
            values.extend(self.word(&element.value).0);
        }
        values
    }

    /// Reads the redirects: sets what is read, judges what is written.
    pub fn redirects(&mut self, redirects: &[Redirect]) -> Io {
        let mut io = Io::default();
        for redirect in redirects {
            let number = match &redirect.descriptor {
                Some(Descriptor::Number(number)) => Some(*number),
                _ => None,
            };
            match (&redirect.target, redirect.op) {
                (Target::HereDocument(document), _) => {
                    let body = self.joined(&document.body);
                    self.stdin = Some(Flow { text: Some(body.text), taint: body.taint });
                }
                (Target::Word(word), RedirectOp::HereString) => {
                    let body = self.joined(word);
                    self.stdin = Some(Flow { text: Some(format!("{}\n", body.text)), taint: body.taint });
                }
                (Target::Word(word), RedirectOp::Read | RedirectOp::ReadWrite) => {
                    let path = self.joined(word);
                    if redirect.op == RedirectOp::ReadWrite
                        && matches!(self.target(&path).place, Place::Device | Place::Account)
                    {
                        self.note(
                            &effects::WRITE_SYSTEM,
                            Level::Danger,
                            path.span,
                            format!("opens {} for writing", path.shown()),
                        );
                    }
                    let content = self.content(&path);
                    match number {
                        None | Some(0) => self.stdin = Some(content),
                        Some(number) => self.env.descriptors.push((number, content)),
                    }
                }
                (Target::Word(word), RedirectOp::DuplicateInput) => {
                    let from = self.joined(word);
                    if from.taint.has(Taint::NETWORK) {
                        self.stdin = Some(Flow::of(Taint::NETWORK));
                    }
                    let known = from.text.trim_end_matches('-').parse().ok();
                    let found = known
                        .and_then(|n: u32| self.env.descriptors.iter().rev().find(|(d, _)| *d == n))
                        .map(|(_, f)| f.clone());
                    if let (Some(flow), None | Some(0)) = (found, number) {
                        self.stdin = Some(flow);
                    }
                }
                (Target::Word(word), RedirectOp::DuplicateOutput) => {
                    let to = self.joined(word);
                    if to.taint.has(Taint::NETWORK) {
                        io.out = Some((to.with_text("/dev/tcp/descriptor"), true));
                        self.stdin = Some(Flow::of(Taint::NETWORK));
                    }
                }
                (Target::Word(word), op) => {
                    let path = self.joined(word);
                    if path.taint.has(Taint::NETWORK) && path.text == value::NAME.to_string() {
                        // A descriptor that leads to another machine.
                        io.out = Some((path.with_text("/dev/tcp/descriptor"), true));
                        self.stdin = Some(Flow::of(Taint::NETWORK));
                        continue;
                    }
                    if self.target(&path).place == Place::Network {
                        self.stdin = Some(Flow::of(Taint::NETWORK));
                    }
                    let append = matches!(op, RedirectOp::Append | RedirectOp::AppendBoth);
                    let error = number == Some(2);
                    let flow = if error { Flow::local() } else { Flow::text("") };
                    let new = op == RedirectOp::WriteNew;
                    if append || new {
                        // What is appended matters, and is not known before the command has run.
                        if error {
                            self.write(&path, Write::Append, &flow);
                        }
                    } else if self.target(&path).place != Place::Network {
                        self.write(&path, Write::Replace, &flow);
                    }
                    if !error {
                        io.out = Some((path, append || new));
                    }
                }
            }
        }
        io
    }

    /// Remembers what was written to where.
    pub fn written(&mut self, io: Io, flow: Flow) -> Flow {
        let Some((path, append)) = io.out else { return flow };
        let target = self.target(&path);
        if append && target.place != Place::Network {
            self.write(&path, Write::Append, &flow);
        }
        match target.place {
            Place::Network => self.send(&flow, path.span, "another machine"),
            Place::Stream => {
                if target.path.text().ends_with("null") {
                    return Flow::empty();
                }
                return flow;
            }
            _ => {
                self.start_file(&target, &flow, path.span);
                if !(path.text.starts_with("/dev/fd/")) {
                    self.remember(&path, flow, false);
                }
            }
        }
        Flow::empty()
    }

    /// Judges text that goes into a file which will be run by itself.
    pub fn start_file(&mut self, target: &crate::safety::target::Target, flow: &Flow, span: Span) {
        if let (Place::HomeStart | Place::SystemStart, Some(text)) = (target.place, &flow.text) {
            let before = self.findings.len();
            let env = self.env.clone();
            let (complete, shell) = (self.complete, if self.shell == Shell::Fish { Shell::Fish } else { Shell::Bash });
            self.text_script(&text.clone(), shell, span);
            self.complete = complete;
            self.env = env;
            // Lines that set something up are what such files are for.
            let mut at = 0;
            self.findings.retain(|finding| {
                at += 1;
                at <= before || finding.level >= Level::Danger
            });
        }
    }

    /// Remembers the content of a file the line writes.
    pub fn remember(&mut self, path: &Value, content: Flow, scratch: bool) {
        let place = self.target(path);
        let text = place.path.text();
        self.env.remember(File { path: text, content, scratch, folder: false });
    }

    /// Remembers a folder the line fills.
    pub fn remember_folder(&mut self, path: &Value, content: Flow, scratch: bool) {
        let text = self.target(path).path.text();
        self.env.remember(File { path: text, content, scratch, folder: true });
    }
}

#[derive(Default)]
pub struct Io {
    /// Where standard output goes, and whether it only adds.
    out: Option<(Value, bool)>,
}
