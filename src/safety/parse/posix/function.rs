//! Definitions of functions, zsh's anonymous ones, and coprocesses.

use super::word::{End, is_name};
use super::{Reader, is_meta};
use crate::safety::ast::{AnonymousFunction, Command, CommandKind, Coproc, Function, Script, Word};

impl Reader<'_> {
    /// Reads `function name [()] body`.
    pub(super) fn function_keyword(&mut self) -> CommandKind {
        let start = self.pos;
        self.advance("function".len());
        let mut names = Vec::new();
        loop {
            self.skip_blanks();
            if self.reserved() == "{" || (!self.zsh && names.len() == 1) {
                break;
            }
            match self.word(End::Word) {
                Some(name) => names.push(name),
                None => break,
            }
        }
        let brackets = self.at_empty_brackets();
        if brackets {
            self.pos = self.text[self.pos..].find(')').map_or(self.end, |at| self.pos + at + 1);
        }
        self.skip_gaps();
        let body = self.function_body(start);
        if !names.is_empty() {
            return CommandKind::Function(Function { names, body });
        }
        if !self.zsh {
            self.problem(start, "the function has no name");
        }
        let args = self.arguments();
        CommandKind::AnonymousFunction(AnonymousFunction { body, args })
    }

    /// Reads what follows `name`, with the cursor on the brackets.
    pub(super) fn function_behind(&mut self, start: usize, names: Vec<Word>) -> Option<Command> {
        self.pos = self.text[self.pos..].find(')').map_or(self.end, |at| self.pos + at + 1);
        self.skip_gaps();
        let body = self.function_body(start);
        let kind = CommandKind::Function(Function { names, body });
        Some(Command { kind, redirects: Vec::new(), span: self.since(start) })
    }

    fn function_body(&mut self, opened: usize) -> Box<Command> {
        let body = self.command();
        let compound =
            body.as_ref().is_some_and(|body| !matches!(body.kind, CommandKind::Simple(_) | CommandKind::Function(_)));
        if body.is_none() || (!compound && !self.zsh) {
            self.problem(opened, "the function has no body");
        }
        Box::new(body.unwrap_or_else(|| self.nothing()))
    }

    /// Reads zsh's `() { … } args`; without a body it is an empty subshell.
    pub(super) fn anonymous_function(&mut self) -> CommandKind {
        let start = self.pos;
        self.pos = self.text[self.pos..].find(')').map_or(self.end, |at| self.pos + at + 1);
        self.skip_blanks();
        if self.done() || matches!(self.peek(), b';' | b'&' | b'|' | b'<' | b'>' | b')') {
            return CommandKind::Subshell(Script { lists: Vec::new(), span: self.since(start) });
        }
        self.skip_gaps();
        let body = self.function_body(start);
        let args = self.arguments();
        CommandKind::AnonymousFunction(AnonymousFunction { body, args })
    }

    fn arguments(&mut self) -> Vec<Word> {
        let mut args = Vec::new();
        loop {
            let before = self.pos;
            self.skip_blanks();
            let closes = self.peek() == b'}' && is_meta(self.peek_at(1));
            match self.word(End::Word).filter(|_| !closes) {
                Some(word) => args.push(word),
                None => {
                    self.pos = before;
                    return args;
                }
            }
        }
    }

    pub(super) fn coproc(&mut self) -> CommandKind {
        let start = self.pos;
        self.advance("coproc".len());
        self.skip_blanks();
        let before = self.pos;
        let name = self.bump_while(|byte| byte == b'_' || byte.is_ascii_alphanumeric()).to_string();
        self.skip_blanks();
        // A name is one only before a compound command.
        const COMPOUND: &[&str] = &["{", "[[", "if", "while", "until", "for", "select", "case"];
        let named = is_name(&name) && (self.peek() == b'(' || COMPOUND.contains(&self.reserved()));
        if !named || COMPOUND.contains(&name.as_str()) || self.zsh {
            self.pos = before;
        }
        let name = (self.pos > before).then_some(name);
        let body = self.command();
        if body.is_none() {
            self.problem(start, "`coproc` has no command");
        }
        CommandKind::Coproc(Coproc { name, body: Box::new(body.unwrap_or_else(|| self.nothing())) })
    }

    /// A command that is not there.
    fn nothing(&self) -> Command {
        let kind = CommandKind::Group(Script::default());
        Command { kind, redirects: Vec::new(), span: self.span(self.pos, self.pos) }
    }
}
