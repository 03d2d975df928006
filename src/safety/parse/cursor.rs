//! A place in the text, and what was noticed on the way there.

use super::MAX_DEPTH;
use crate::safety::ast::{Problem, ProblemKind, Span};

/// Problems noted in one text before the rest is given up.
const MAX_PROBLEMS: usize = 16;

/// A position in a text, with the limits that keep reading it bounded.
pub(super) struct Cursor<'a> {
    pub text: &'a str,
    pub pos: usize,
    /// Where reading ends for now: the text's end, or that of an arithmetic or a here-document inside it.
    pub end: usize,
    /// For text that was unescaped first (backquotes): where each byte stands in the original.
    map: Option<&'a [usize]>,
    depth: usize,
    fuel: usize,
    stopped: bool,
    problems: Vec<Problem>,
    comments: Vec<Span>,
}

impl<'a> Cursor<'a> {
    pub fn new(text: &'a str) -> Self {
        Self {
            text,
            pos: 0,
            end: text.len(),
            map: None,
            depth: 0,
            fuel: 32 * text.len() + 4096,
            stopped: false,
            problems: Vec::new(),
            comments: Vec::new(),
        }
    }

    /// Returns a cursor over `text`, which was made from a part of this one's; `map` tells where its bytes come from.
    pub fn inside<'b>(&self, text: &'b str, map: &'b [usize]) -> Cursor<'b> {
        let (depth, fuel, stopped) = (self.depth, self.fuel, self.stopped);
        Cursor { map: Some(map), depth, fuel, stopped, ..Cursor::new(text) }
    }

    /// Takes over what a cursor from [`Cursor::inside`] has noticed and used up.
    pub fn absorb(&mut self, inner: Cursor<'_>) {
        self.fuel = inner.fuel;
        self.problems.extend(inner.problems);
        self.problems.truncate(MAX_PROBLEMS);
        self.comments.extend(inner.comments);
        if inner.stopped {
            self.stop();
        }
    }

    pub fn finish(&mut self) -> (Vec<Problem>, Vec<Span>) {
        (std::mem::take(&mut self.problems), std::mem::take(&mut self.comments))
    }

    /// Tells whether there is nothing more to read; after a stop there never is, wherever the position is put.
    pub fn done(&self) -> bool {
        self.pos >= self.end || self.stopped
    }

    /// Steps over `bytes` bytes that were seen, not beyond the end.
    pub fn advance(&mut self, bytes: usize) {
        self.pos = (self.pos + bytes).min(self.end);
    }

    /// Returns the byte here, or 0 at the end.
    pub fn peek(&self) -> u8 {
        self.peek_at(0)
    }

    pub fn peek_at(&self, ahead: usize) -> u8 {
        if self.pos + ahead < self.end && !self.stopped { self.text.as_bytes()[self.pos + ahead] } else { 0 }
    }

    /// Returns what is left to read.
    pub fn rest(&self) -> &'a str {
        if self.done() { "" } else { self.text.get(self.pos..self.end).unwrap_or("") }
    }

    pub fn at(&self, token: &str) -> bool {
        self.rest().as_bytes().starts_with(token.as_bytes())
    }

    pub fn eat(&mut self, token: &str) -> bool {
        let found = self.at(token);
        if found {
            self.advance(token.len());
        }
        found
    }

    /// Steps over one character and returns its text.
    pub fn bump(&mut self) -> &'a str {
        let start = self.pos;
        let width = self.rest().chars().next().map_or(0, char::len_utf8);
        self.advance(width);
        &self.text[start..self.pos]
    }

    /// Steps over bytes while they please.
    pub fn bump_while(&mut self, pleases: impl Fn(u8) -> bool) -> &'a str {
        let start = self.pos;
        while !self.done() && pleases(self.peek()) {
            self.pos += 1;
        }
        &self.text[start..self.pos]
    }

    /// Returns the span from `start` to here, in the original text.
    pub fn since(&self, start: usize) -> Span {
        self.span(start, self.pos)
    }

    pub fn span(&self, start: usize, end: usize) -> Span {
        match self.map {
            None => Span::new(start, end),
            Some(map) => Span::new(map[start], map[end]),
        }
    }

    /// Returns where the byte at `at` stands in the original text.
    pub fn origin(&self, at: usize) -> usize {
        self.map.map_or(at, |map| map[at])
    }

    pub fn comment(&mut self, start: usize) {
        let span = self.since(start);
        self.comments.push(span);
    }

    /// Notes that the text from `start` to here can't be read.
    pub fn problem(&mut self, start: usize, message: impl Into<String>) {
        // After a stop, everything seems to be missing.
        if self.stopped {
            return;
        }
        if self.problems.len() >= MAX_PROBLEMS {
            return self.give_up("too many mistakes to read on".to_string());
        }
        let span = self.since(start.min(self.pos));
        self.problems.push(Problem { kind: ProblemKind::Syntax, span, message: message.into() });
    }

    /// Goes one level down, or says why not; then the rest of the text is not read.
    pub fn enter(&mut self) -> bool {
        if self.depth >= MAX_DEPTH {
            self.give_up(format!("nested deeper than {MAX_DEPTH} levels"));
            return false;
        }
        self.depth += 1;
        true
    }

    pub fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Pays for a look at `bytes` bytes ahead.
    pub fn pay(&mut self, bytes: usize) {
        match self.fuel.checked_sub(bytes + 1) {
            Some(fuel) => self.fuel = fuel,
            None => self.give_up("too tangled to read".to_string()),
        }
    }

    fn give_up(&mut self, message: String) {
        if !self.stopped {
            let span = self.span(self.pos, self.end);
            self.problems.push(Problem { kind: ProblemKind::TooDeep, span, message });
        }
        self.stop();
    }

    fn stop(&mut self) {
        self.stopped = true;
        self.pos = self.end;
    }

    pub fn stopped(&self) -> bool {
        self.stopped
    }
}
