//! Arrays, and the search for closing brackets.

use super::Reader;
use super::word::End;
use crate::safety::ast::{Element, Word};

impl Reader<'_> {
    /// Reads the elements of an array, with the cursor on the bracket.
    pub(super) fn array(&mut self) -> Vec<Element> {
        let start = self.pos;
        self.advance(1);
        let mut elements = Vec::new();
        if !self.enter() {
            return elements;
        }
        loop {
            self.skip_gaps();
            if self.done() || self.peek() == b')' {
                break;
            }
            let at = self.pos;
            let key = self.array_key();
            match self.word(if key.is_some() { End::Value } else { End::Word }) {
                Some(value) => elements.push(Element { key, value }),
                None if key.is_some() => {
                    let value = Word { parts: Vec::new(), span: self.span(self.pos, self.pos) };
                    elements.push(Element { key, value });
                }
                None => {
                    self.bump();
                    self.problem(at, "no element of an array");
                }
            }
        }
        self.leave();
        if !self.eat(")") {
            self.problem(start, "`)` is missing");
        }
        elements
    }

    /// Reads `[key]=` or `[key]+=` in an array.
    fn array_key(&mut self) -> Option<Word> {
        if self.peek() != b'[' {
            return None;
        }
        let close = self.matching(self.pos)?;
        let rest = &self.text[close + 1..self.end];
        let sign = if rest.starts_with("+=") { 2 } else { usize::from(rest.starts_with('=')) };
        if sign == 0 {
            return None;
        }
        let key = self.region(self.pos + 1, close, End::Index);
        self.pos = close + 1 + sign;
        Some(key)
    }

    /// Finds the bracket that closes the one at `open`, past quotes and escapes.
    pub(super) fn matching(&mut self, open: usize) -> Option<usize> {
        let bytes = &self.text.as_bytes()[..self.end];
        let (opening, close) = match bytes[open] {
            b'(' => (b'(', b')'),
            b'[' => (b'[', b']'),
            _ => (b'{', b'}'),
        };
        let mut nest = 0usize;
        let mut at = open;
        let mut found = None;
        while at < bytes.len() {
            match bytes[at] {
                b'\\' => at += 1,
                quote @ (b'\'' | b'"' | b'`') => match super::quote::closing(bytes, at, quote) {
                    Some(end) => at = end,
                    None => break,
                },
                byte if byte == opening => nest += 1,
                byte if byte == close => {
                    nest -= 1;
                    if nest == 0 {
                        found = Some(at);
                        break;
                    }
                }
                _ => {}
            }
            at += 1;
        }
        let seen = at.min(bytes.len()) - open;
        self.pay(seen / 4);
        found.filter(|_| !self.stopped())
    }
}
