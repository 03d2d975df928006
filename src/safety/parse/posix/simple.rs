//! Commands: the choice of kind, and simple commands.

use super::word::{End, is_name};
use super::{Reader, is_meta};
use crate::safety::ast::{Assignment, Command, CommandKind, Part, PartKind, Quote, Redirect, Simple, Value, Word};

/// Words whose operands may be assignments of arrays.
const DECLARATIONS: &[&str] = &["export", "declare", "typeset", "local", "readonly", "integer", "float", "private"];

impl Reader<'_> {
    /// Reads a command, or nothing where none begins.
    pub(super) fn command(&mut self) -> Option<Command> {
        self.skip_blanks();
        let start = self.pos;
        if self.done() || self.at_closer() || !self.enter() {
            return None;
        }
        let compound = self.compound();
        let command = match compound {
            Some(CommandKind::Function(function)) => {
                // Redirects belong to the body, which has taken them.
                Some(Command { kind: CommandKind::Function(function), redirects: Vec::new(), span: self.since(start) })
            }
            Some(kind) => {
                let redirects = self.redirects();
                Some(Command { kind, redirects, span: self.since(start) })
            }
            None => self.simple(start),
        };
        self.leave();
        command
    }

    fn simple(&mut self, start: usize) -> Option<Command> {
        let mut simple = Simple::default();
        let mut redirects: Vec<Redirect> = Vec::new();
        let mut declares = false;
        let mut end = self.pos;
        loop {
            self.skip_blanks();
            let at = self.pos;
            let byte = self.peek();
            let ends = match byte {
                b'\n' | b';' | b'|' | b')' => true,
                b'&' => self.peek_at(1) != b'>',
                b'#' => true,
                // In zsh a lone `}` closes a group wherever it stands.
                b'}' => self.zsh && is_meta(self.peek_at(1)),
                _ => self.done(),
            };
            if ends {
                break;
            }
            if matches!(byte, b'<' | b'>' | b'&' | b'0'..=b'9' | b'{') && self.at_redirect() {
                redirects.extend(self.redirect());
            } else if simple.words.is_empty()
                && let Some(assignment) = self.assignment()
            {
                simple.assignments.push(assignment);
            } else if self.zsh
                && simple.words.is_empty()
                && end > start
                && let Some(kind) = self.compound()
            {
                // zsh takes redirects before a compound command, too.
                if !simple.assignments.is_empty() {
                    self.problem(start, "an assignment before a compound command");
                }
                redirects.extend(self.redirects());
                return Some(Command { kind, redirects, span: self.since(start) });
            } else if byte == b'(' && self.defines(&simple, &redirects) {
                return self.function_behind(start, simple.words);
            } else if let Some(word) = self.argument(declares) {
                declares |= word.literal().is_some_and(|text| DECLARATIONS.contains(&&*text));
                simple.words.push(word);
            } else {
                break;
            }
            end = self.pos.max(at);
        }
        self.pos = if self.stopped() { self.end } else { end };
        let nothing = simple.words.is_empty() && simple.assignments.is_empty() && redirects.is_empty();
        (!nothing).then(|| Command { kind: CommandKind::Simple(simple), redirects, span: self.since(start) })
    }

    /// Tells whether `name ()`, in zsh perhaps with more names, has been read up to its bracket.
    fn defines(&self, simple: &Simple, redirects: &[Redirect]) -> bool {
        let named = simple.words.len() == 1 || (self.zsh && !simple.words.is_empty());
        named && simple.assignments.is_empty() && redirects.is_empty() && self.at_empty_brackets()
    }

    /// Reads a word of a command; in a declaration `x=(…)` is one word.
    fn argument(&mut self, declares: bool) -> Option<Word> {
        let start = self.pos;
        if declares && let Some(length) = self.array_operand() {
            let text = self.text[start..start + length].to_string();
            self.advance(length);
            let name = Part { kind: PartKind::Literal(text), quote: Quote::None, span: self.since(start) };
            let at = self.pos;
            let elements = self.array();
            let span = self.since(at);
            let array = Part { kind: PartKind::Array(elements), quote: Quote::None, span };
            return Some(Word { parts: vec![name, array], span: self.since(start) });
        }
        self.word(End::Word)
    }

    /// Returns the length of `name=` or `name+=` if an array follows it.
    fn array_operand(&self) -> Option<usize> {
        let rest = self.rest();
        let equals = rest.find('=')?;
        let name = rest[..equals].strip_suffix('+').unwrap_or(&rest[..equals]);
        (is_name(name) && rest[equals + 1..].starts_with('(')).then_some(equals + 1)
    }

    /// Reads `name=…`, `name+=…`, `name[index]=…`, or nothing.
    fn assignment(&mut self) -> Option<Assignment> {
        let start = self.pos;
        let text = self.text;
        let name = self.bump_while(|byte| byte == b'_' || byte.is_ascii_alphanumeric()).to_string();
        // zsh also sets positional parameters: `1=x`.
        let named = is_name(&name) || (self.zsh && !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit()));
        if !named {
            self.pos = start;
            return None;
        }
        let mut index = None;
        if self.peek() == b'[' {
            let open = self.pos;
            let close = self.matching(open);
            if close.is_none() && !self.zsh {
                self.problem(start, "`]` is missing");
            }
            let assigns = |close: usize| text[close + 1..].starts_with('=') || text[close + 1..].starts_with("+=");
            let Some(close) = close.filter(|close| assigns(*close)) else {
                self.pos = start;
                return None;
            };
            index = Some(self.region(open + 1, close, End::Index));
            self.pos = (close + 1).max(self.pos);
        }
        let append = self.eat("+=");
        if !append && !self.eat("=") {
            self.pos = start;
            return None;
        }
        let value = if self.peek() == b'(' {
            Value::Array(self.array())
        } else {
            let at = self.pos;
            let empty = Word { parts: Vec::new(), span: self.span(at, at) };
            Value::Scalar(self.word(End::Value).unwrap_or(empty))
        };
        Some(Assignment { name, index, append, value, span: self.since(start) })
    }
}
