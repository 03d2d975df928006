//! Commands and redirects of fish.

use super::{Keyword, Reader};
use crate::safety::ast::{
    AndOr, Assignment, Command, CommandKind, Descriptor, ListEnd, PartKind, Pipeline, Quote, Redirect, RedirectOp,
    Script, Simple, Target, Value, Word,
};

/// Operators, longest first.
const OPERATORS: &[(&str, RedirectOp)] = &[
    ("&>>", RedirectOp::AppendBoth),
    ("&>?", RedirectOp::WriteNew),
    ("&>", RedirectOp::WriteBoth),
    (">>", RedirectOp::Append),
    (">&", RedirectOp::DuplicateOutput),
    (">?", RedirectOp::WriteNew),
    (">", RedirectOp::Write),
    ("<&", RedirectOp::DuplicateInput),
    ("<?", RedirectOp::Read),
    ("<", RedirectOp::Read),
];

impl Reader<'_> {
    /// Reads a block or a simple command, or nothing where none begins.
    pub(super) fn command(&mut self) -> Option<Command> {
        self.skip_blanks();
        let start = self.pos;
        if self.done() || self.at_closer() || !self.enter() {
            return None;
        }
        let command = match self.block() {
            Some(kind) => {
                let redirects = self.redirects();
                Some(Command { kind, redirects, span: self.since(start) })
            }
            None => self.simple(),
        };
        self.leave();
        command
    }

    fn simple(&mut self) -> Option<Command> {
        let start = self.pos;
        let mut simple = Simple::default();
        let mut redirects = Vec::new();
        let mut end = start;
        loop {
            self.skip_blanks();
            if self.done() || self.peek() == b'#' || (self.braces > 0 && self.peek() == b'}') {
                break;
            }
            if let Some(redirect) = self.redirect() {
                redirects.push(redirect);
            } else if self.at_pipe() {
                break;
            } else if let Some(assignment) = simple.words.is_empty().then(|| self.assignment()).flatten() {
                simple.assignments.push(assignment);
            } else if let Some(kind) = self.block_behind(&simple) {
                return Some(self.with_assignments(start, simple, kind));
            } else if let Some(word) = self.word() {
                if simple.words.is_empty() && !redirects.is_empty() {
                    self.problem(start, "a redirect before the command");
                }
                simple.words.push(word);
            } else {
                break;
            }
            end = self.pos;
        }
        self.pos = if self.stopped() { self.end } else { end };
        if end == start {
            return None;
        }
        match simple.words.first() {
            None if simple.assignments.is_empty() => self.problem(start, "a redirect without a command"),
            None => self.problem(start, "fish sets variables with `set`"),
            Some(first) if !may_name_command(first) => self.problem(start, "a substitution in the place of a command"),
            Some(_) => {}
        }
        Some(Command { kind: CommandKind::Simple(simple), redirects, span: self.since(start) })
    }

    /// Reads a block behind assignments alone.
    fn block_behind(&mut self, simple: &Simple) -> Option<CommandKind> {
        let first = simple.words.is_empty() && !simple.assignments.is_empty();
        if first { self.block() } else { None }
    }

    /// Makes `x=1 begin … end` a group of the assignments and the block.
    fn with_assignments(&mut self, start: usize, simple: Simple, block: CommandKind) -> Command {
        let span = self.since(start);
        let list = |kind, redirects| {
            let commands = vec![Command { kind, redirects, span }];
            let first = Pipeline { negated: false, timed: false, commands, pipes: Vec::new(), span };
            AndOr { first, rest: Vec::new(), end: ListEnd::Sequence, span }
        };
        let redirects = self.redirects();
        let lists = vec![list(CommandKind::Simple(simple), Vec::new()), list(block, redirects)];
        Command { kind: CommandKind::Group(Script { lists, span }), redirects: Vec::new(), span }
    }

    /// Tells whether a pipe with its descriptor begins here: `2>|`.
    fn at_pipe(&mut self) -> bool {
        let start = self.pos;
        self.bump_while(|byte| byte.is_ascii_digit());
        let found = self.at(">|");
        self.pos = start;
        found
    }

    /// Reads `name=value` before a command.
    fn assignment(&mut self) -> Option<Assignment> {
        let start = self.pos;
        let name = self.bump_while(|byte| byte == b'_' || byte.is_ascii_alphanumeric()).to_string();
        let starts = name.as_bytes().first().is_some_and(|byte| !byte.is_ascii_digit());
        if !starts || !self.eat("=") {
            self.pos = start;
            return None;
        }
        let empty = Word { parts: Vec::new(), span: self.span(self.pos, self.pos) };
        let value = Value::Scalar(self.word().unwrap_or(empty));
        Some(Assignment { name, index: None, append: false, value, span: self.since(start) })
    }

    fn redirects(&mut self) -> Vec<Redirect> {
        let mut redirects = Vec::new();
        loop {
            let before = self.pos;
            self.skip_blanks();
            match self.redirect() {
                Some(redirect) => redirects.push(redirect),
                None => {
                    self.pos = before;
                    return redirects;
                }
            }
        }
    }

    /// Reads a redirect, or nothing where none begins.
    fn redirect(&mut self) -> Option<Redirect> {
        let start = self.pos;
        let digits = self.bump_while(|byte| byte.is_ascii_digit());
        let descriptor = digits.parse().ok().map(Descriptor::Number);
        let found =
            OPERATORS.iter().find(|(token, _)| self.at(token) && (digits.is_empty() || !token.starts_with('&')));
        let Some((token, mut op)) = found.copied().filter(|_| !self.at(">|")) else {
            self.pos = start;
            return None;
        };
        self.advance(token.len());
        self.skip_blanks();
        let word = if self.peek() == b'#' { None } else { self.word() };
        let target = word.unwrap_or_else(|| {
            self.problem(start, "the redirect has no target");
            Word { parts: Vec::new(), span: self.span(self.pos, self.pos) }
        });
        let number = |text: &str| text == "-" || (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()));
        if op == RedirectOp::DuplicateOutput && !target.literal().is_some_and(|text| number(&text)) {
            op = RedirectOp::WriteBoth;
        }
        Some(Redirect { descriptor, op, target: Target::Word(target), span: self.since(start) })
    }

    /// Reads `begin … end`, `if …` and the other blocks.
    fn block(&mut self) -> Option<CommandKind> {
        if self.peek() == b'{' && matches!(self.peek_at(1), b' ' | b'\t' | b'\n' | b';') {
            let start = self.pos;
            self.advance(1);
            self.braces += 1;
            let script = self.script();
            self.braces -= 1;
            if !self.eat("}") {
                self.problem(start, "`}` is missing");
            }
            return Some(CommandKind::Group(script));
        }
        let start = self.pos;
        let (keyword, length) = self.keyword()?;
        let at = self.pos;
        self.advance(length);
        let kind = match keyword {
            Keyword::Begin => {
                let script = self.script();
                self.expect_end(start);
                CommandKind::Group(script)
            }
            Keyword::If => self.if_block(start),
            Keyword::While => self.while_block(start),
            Keyword::For => self.for_block(start),
            Keyword::Switch => self.switch_block(start),
            Keyword::Function => self.function_block(start),
            _ => {
                self.pos = at;
                return None;
            }
        };
        Some(kind)
    }
}

/// Tells whether fish takes `word` for a command: it refuses substitutions there.
fn may_name_command(word: &Word) -> bool {
    !word.parts.iter().any(|part| match &part.kind {
        PartKind::Command(_) => true,
        PartKind::Parameter(parameter) => {
            let substitutes = |inner: &Word| inner.parts.iter().any(|part| matches!(part.kind, PartKind::Command(_)));
            parameter.inner.as_ref().is_some_and(substitutes)
        }
        PartKind::Literal(text) => text.is_empty() && part.quote == Quote::None,
        _ => false,
    })
}
