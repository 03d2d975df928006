//! fish: statements, jobs and blocks.
//!
//! fish is small beside the others: no word splitting, no here-documents, two kinds of quotes, and one word, `end`, that closes
//! every block.

mod block;
mod command;
mod expand;
mod word;

use super::cursor::Cursor;
use crate::safety::ast::{AndOr, Command, Connector, ListEnd, Pipe, Pipeline, Script};
use std::ops::{Deref, DerefMut};

/// Reads a whole text.
pub(super) fn read(cursor: &mut Cursor<'_>) -> Script {
    let whole = cursor.span(0, cursor.end);
    let mut reader = Reader { cursor: std::mem::replace(cursor, Cursor::new("")), braces: 0 };
    let mut script = reader.script();
    while !reader.done() {
        let start = reader.pos;
        let word = reader.keyword();
        reader.advance(word.map_or(1, |(_, length)| length));
        let closer = reader.text[start..reader.pos].to_string();
        reader.problem(start, format!("unexpected `{closer}`"));
        reader.separator();
        script.lists.extend(reader.script().lists);
    }
    script.span = whole;
    *cursor = reader.cursor;
    script
}

/// A reader of fish. It is its cursor.
struct Reader<'a> {
    cursor: Cursor<'a>,
    /// How many `{ … }` are open around: there a lone `}` ends a command.
    braces: usize,
}

impl<'a> Deref for Reader<'a> {
    type Target = Cursor<'a>;

    fn deref(&self) -> &Cursor<'a> {
        &self.cursor
    }
}

impl DerefMut for Reader<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.cursor
    }
}

/// Words of the grammar, quoted or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keyword {
    And,
    Or,
    Not,
    Time,
    If,
    Else,
    End,
    While,
    For,
    Switch,
    Case,
    Function,
    Begin,
}

const KEYWORDS: &[(&str, Keyword)] = &[
    ("and", Keyword::And),
    ("or", Keyword::Or),
    ("not", Keyword::Not),
    ("!", Keyword::Not),
    ("time", Keyword::Time),
    ("if", Keyword::If),
    ("else", Keyword::Else),
    ("end", Keyword::End),
    ("while", Keyword::While),
    ("for", Keyword::For),
    ("switch", Keyword::Switch),
    ("case", Keyword::Case),
    ("function", Keyword::Function),
    ("begin", Keyword::Begin),
];

impl Reader<'_> {
    /// Reads statements up to a word or bracket that closes them, which is left to the caller.
    fn script(&mut self) -> Script {
        let start = self.pos;
        let mut lists: Vec<AndOr> = Vec::new();
        if self.enter() {
            loop {
                self.skip_gaps();
                if self.done() || self.at_closer() {
                    break;
                }
                let at = self.pos;
                self.statement(&mut lists);
                if self.pos == at && !self.done() {
                    self.bump();
                    self.problem(at, "a command is missing");
                }
            }
            self.leave();
        }
        Script { lists, span: self.since(start) }
    }

    fn at_closer(&self) -> bool {
        match self.peek() {
            b')' => true,
            b'}' => self.braces > 0,
            _ => matches!(self.keyword(), Some((Keyword::End | Keyword::Else | Keyword::Case, _))),
        }
    }

    /// Reads a statement with its end. One that begins with `and` or `or` goes on with the list before it.
    fn statement(&mut self, lists: &mut Vec<AndOr>) {
        let joined = match self.keyword() {
            Some((Keyword::And, _)) => Some(Connector::And),
            Some((Keyword::Or, _)) => Some(Connector::Or),
            _ => None,
        };
        let start = self.pos;
        if joined.is_some() {
            let length = self.keyword().map_or(0, |(_, length)| length);
            self.advance(length);
            self.skip_blanks();
        }
        let Some(mut list) = self.bare_list() else {
            self.bump_while(|byte| matches!(byte, b'|' | b'&' | b'<' | b'>'));
            self.problem(start, "a command is missing");
            return;
        };
        list.end = self.list_end();
        let before = lists.last_mut().filter(|last| last.end == ListEnd::Sequence);
        match (joined, before) {
            (Some(connector), Some(before)) => {
                before.rest.push((connector, list.first));
                before.rest.extend(list.rest);
                before.span = before.span.to(list.span);
                before.end = list.end;
            }
            _ => lists.push(list),
        }
    }

    /// Reads jobs joined by `&&` and `||`.
    fn bare_list(&mut self) -> Option<AndOr> {
        let start = self.pos;
        let first = self.job()?;
        let mut end = self.pos;
        let mut rest = Vec::new();
        loop {
            self.skip_blanks();
            let operator = self.pos;
            let connector = if self.eat("&&") {
                Connector::And
            } else if self.eat("||") {
                Connector::Or
            } else {
                break;
            };
            self.skip_lines();
            match self.job() {
                Some(job) => rest.push((connector, job)),
                None => self.problem(operator, "a command is missing behind the operator"),
            }
            end = self.pos;
        }
        Some(AndOr { first, rest, end: ListEnd::Sequence, span: self.span(start, end) })
    }

    /// Reads `;`, `&` or a line break; notes anything else.
    fn list_end(&mut self) -> ListEnd {
        self.skip_blanks();
        let start = self.pos;
        match self.peek() {
            b'&' => {
                self.advance(1);
                ListEnd::Background
            }
            b';' | b'\n' | b'\r' | b'#' | b')' => ListEnd::Sequence,
            _ if self.done() => ListEnd::Sequence,
            b'}' => ListEnd::Sequence,
            _ => {
                self.bump();
                self.problem(start, "unexpected text behind a command");
                self.pos = start;
                ListEnd::Sequence
            }
        }
    }

    fn job(&mut self) -> Option<Pipeline> {
        let start = self.pos;
        let (mut negated, mut timed) = (false, false);
        loop {
            self.skip_blanks();
            match self.keyword() {
                Some((Keyword::Not, length)) if self.goes_on(length) => {
                    self.advance(length);
                    negated = !negated;
                }
                Some((Keyword::Time, length)) if self.goes_on(length) => {
                    self.advance(length);
                    timed = true;
                }
                Some((Keyword::Time, _)) => {
                    self.problem(start, "`time` without a command");
                    break;
                }
                _ => break,
            }
        }
        let first = self.command()?;
        let mut commands: Vec<Command> = vec![first];
        let mut pipes = Vec::new();
        let mut end = self.pos;
        loop {
            self.skip_blanks();
            let operator = self.pos;
            let Some(pipe) = self.pipe() else { break };
            self.skip_lines();
            match self.command() {
                Some(command) => {
                    pipes.push(pipe);
                    commands.push(command);
                }
                None => self.problem(operator, "a command is missing behind the pipe"),
            }
            end = self.pos;
        }
        self.pos = if self.stopped() { self.end } else { end };
        Some(Pipeline { negated, timed, commands, pipes, span: self.since(start) })
    }

    /// Tells whether a command follows the word of `length` here: else the word is the command (`not`, `time` alone).
    fn goes_on(&self, length: usize) -> bool {
        let rest = self.rest()[length..].trim_start_matches([' ', '\t']);
        !rest.is_empty() && !rest.starts_with([';', '\n', '|', '&', ')', '#', '<', '>'])
    }

    fn pipe(&mut self) -> Option<Pipe> {
        if self.at("||") {
            return None;
        }
        let start = self.pos;
        if self.eat("&|") {
            return Some(Pipe::Both);
        }
        if self.eat("|") {
            if self.peek() == b'&' {
                self.advance(1);
                self.problem(start, "fish has no `|&`");
                return Some(Pipe::Both);
            }
            return Some(Pipe::Output);
        }
        let digits = self.bump_while(|byte| byte.is_ascii_digit());
        if self.eat(">|") {
            return Some(match digits.parse() {
                Ok(1) | Err(_) => Pipe::Output,
                Ok(number) => Pipe::Descriptor(number),
            });
        }
        self.pos = start;
        None
    }

    /// Skips blanks and joined lines.
    fn skip_blanks(&mut self) {
        loop {
            match self.peek() {
                b' ' | b'\t' => self.advance(1),
                b'\\' if self.peek_at(1) == b'\n' => self.advance(2),
                b'\\' if self.peek_at(1) == b'\r' && self.peek_at(2) == b'\n' => self.advance(3),
                _ => return,
            }
        }
    }

    /// Skips all that may stand between statements.
    fn skip_gaps(&mut self) {
        self.skip_lines();
        while self.eat(";") {
            self.skip_lines();
        }
    }

    /// Skips blanks, line breaks and comments.
    fn skip_lines(&mut self) {
        loop {
            self.skip_blanks();
            match self.peek() {
                b'\n' | b'\r' => self.advance(1),
                b'#' => {
                    let start = self.pos;
                    self.bump_while(|byte| byte != b'\n');
                    self.comment(start);
                }
                _ => return,
            }
        }
    }

    /// Steps over one `;` or line break.
    fn separator(&mut self) {
        self.skip_blanks();
        if matches!(self.peek(), b';' | b'\n') {
            self.advance(1);
        }
    }

    /// Returns the word of the grammar that stands here, with its length in the text. Quotes and backslashes do not hide it.
    fn keyword(&self) -> Option<(Keyword, usize)> {
        let bytes = self.rest().as_bytes();
        let length =
            bytes.iter().take(24).take_while(|byte| byte.is_ascii_lowercase() || b"!'\"\\".contains(byte)).count();
        if !bytes.get(length).is_none_or(|byte| self.ends_token(*byte, self.pos + length)) {
            return None;
        }
        let raw = &self.rest()[..length];
        let paired = |quote| raw.bytes().filter(|byte| *byte == quote).count() % 2 == 0;
        if !paired(b'\'') || !paired(b'"') {
            return None;
        }
        let plain = raw.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'!');
        let find = |text: &str| KEYWORDS.iter().find(|(name, _)| *name == text).map(|(_, keyword)| (*keyword, length));
        if plain { find(raw) } else { find(&raw.replace(['\'', '"', '\\'], "")) }
    }

    /// Tells whether an unquoted `byte`, found at `at`, ends a token.
    fn ends_token(&self, byte: u8, at: usize) -> bool {
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' | b';' | b'|' | b'<' | b'>' | b')' => true,
            // In the middle of a word it is text, as in a URL.
            b'&' => {
                let next = self.text.as_bytes()[..self.end].get(at + 1).copied().unwrap_or(b' ');
                matches!(next, b' ' | b'\t' | b'\n' | b'\r' | b';' | b'|' | b'<' | b'>' | b')' | b'&')
            }
            _ => false,
        }
    }
}
