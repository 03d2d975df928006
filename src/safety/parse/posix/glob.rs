//! Patterns: `*`, `?`, `[…]`, groups, and what zsh adds.

use super::Reader;
use super::word::End;
use crate::safety::ast::{Glob, PartKind, Quote, Word};
use crate::safety::parse::braces::Parts;

impl Reader<'_> {
    /// Reads a pattern character; says false where it is plain text.
    pub(super) fn glob(&mut self, out: &mut Parts) -> bool {
        let start = self.pos;
        let byte = self.peek();
        let grouped = self.peek_at(1) == b'(' && !self.zsh;
        if grouped && matches!(byte, b'*' | b'?' | b'+' | b'@' | b'!') {
            self.advance(1);
            let alternatives = self.alternatives();
            return self.push_glob(start, Glob::Group(byte as char, alternatives), out);
        }
        match byte {
            b'*' => {
                let stars = self.bump_while(|byte| byte == b'*').len();
                // `*(a|b)`: in bash the last star belongs to the group.
                if !self.zsh && self.peek() == b'(' && stars > 1 {
                    self.pos -= 1;
                }
                self.push_glob(start, if stars > 1 { Glob::AnyDepth } else { Glob::Any }, out)
            }
            b'?' => {
                self.advance(1);
                self.push_glob(start, Glob::One, out)
            }
            b'[' => match self.class_end() {
                Some(end) => {
                    let class = self.text[start..end].to_string();
                    self.pos = end;
                    self.push_glob(start, Glob::Class(class), out)
                }
                None => false,
            },
            b'^' if self.zsh && out.is_empty() && !super::is_meta(self.peek_at(1)) => {
                self.advance(1);
                self.push_glob(start, Glob::Not, out)
            }
            _ => false,
        }
    }

    fn push_glob(&mut self, start: usize, glob: Glob, out: &mut Parts) -> bool {
        let span = self.since(start);
        out.push(PartKind::Glob(glob), Quote::None, span);
        true
    }

    /// Finds the end of `[…]`. A class with an expansion inside is read as its bracket alone, so that the expansion is kept.
    fn class_end(&mut self) -> Option<usize> {
        let bytes = &self.text.as_bytes()[..self.end];
        let start = self.pos;
        if start < self.no_class_before {
            return None;
        }
        let mut at = start + 1;
        if matches!(bytes.get(at), Some(b'!' | b'^')) {
            at += 1;
        }
        let first = at;
        let mut found = None;
        while at < bytes.len() {
            match bytes[at] {
                b']' if at > first => {
                    found = Some(at + 1);
                    break;
                }
                b'[' if matches!(bytes.get(at + 1), Some(b':' | b'.' | b'=')) => {
                    let kind = bytes[at + 1];
                    let mut close = at + 2;
                    while close + 1 < bytes.len()
                        && close < at + 32
                        && (bytes[close] != kind || bytes[close + 1] != b']')
                    {
                        close += 1;
                    }
                    at = if bytes.get(close) == Some(&kind) { close + 1 } else { at };
                }
                b'\\' => at += 1,
                quote @ (b'\'' | b'"') => match super::quote::closing(bytes, at, quote) {
                    Some(close) if !bytes[at..close].iter().any(|byte| matches!(byte, b'$' | b'`')) => at = close,
                    _ => break,
                },
                b'$' | b'`' => {
                    // Still a pattern, whatever comes.
                    found = bytes[at..].iter().take(256).any(|byte| *byte == b']').then_some(start + 1);
                    break;
                }
                b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')' => break,
                _ => {}
            }
            at += 1;
        }
        if found.is_none() {
            // What closes none of these brackets closes no other between them; this keeps `[[[[…` linear.
            self.no_class_before = at.min(bytes.len());
        }
        found.filter(|end| self.text.is_char_boundary(*end))
    }

    /// Reads `(a|b)`, with the cursor on the bracket.
    fn alternatives(&mut self) -> Vec<Word> {
        let start = self.pos;
        let mut alternatives = Vec::new();
        loop {
            self.advance(1);
            let word = self.operand(End::Group);
            alternatives.push(word);
            if self.peek() != b'|' || self.done() {
                break;
            }
        }
        if !self.eat(")") {
            self.problem(start, "`)` is missing");
        }
        alternatives
    }

    /// Reads a zsh `(…)` in a word: flags, qualifiers or a group.
    pub(super) fn bare_group(&mut self, out: &mut Parts) {
        let start = self.pos;
        if self.zsh
            && let Some(close) = self.matching(start)
            && self.is_qualifier(start + 1, close)
        {
            let text = self.text[start..=close].to_string();
            self.pos = close + 1;
            let span = self.since(start);
            out.push(PartKind::Glob(Glob::Qualifier(text)), Quote::None, span);
            return;
        }
        let alternatives = self.alternatives();
        self.push_glob(start, Glob::Group('@', alternatives), out);
    }

    /// Tells flags (`(#i)`) and qualifiers (`(.om[1])`, at the end of a word) from a group.
    fn is_qualifier(&self, start: usize, close: usize) -> bool {
        let inside = &self.text[start..close];
        let next = self.text.as_bytes()[..self.end].get(close + 1).copied().unwrap_or(0);
        inside.starts_with('#') || (super::is_meta(next) && !inside.is_empty() && !has_bare_group(inside))
    }

    /// Returns the length of zsh's `<1-9>` if it stands here, else 0.
    pub(super) fn numeric_glob(&self) -> usize {
        let bytes = self.rest().as_bytes();
        let digits =
            |from: usize| bytes[from.min(bytes.len())..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        if bytes.first() != Some(&b'<') {
            return 0;
        }
        let dash = 1 + digits(1);
        let close = dash + 1 + digits(dash + 1);
        if bytes.get(dash) == Some(&b'-') && bytes.get(close) == Some(&b'>') { close + 1 } else { 0 }
    }

    pub(super) fn read_numeric_glob(&mut self, out: &mut Parts) {
        let start = self.pos;
        let length = self.numeric_glob();
        self.advance(length);
        let class = self.text[start..self.pos].to_string();
        self.push_glob(start, Glob::Class(class), out);
    }
}

/// Tells whether brackets or bars stand in a text outside of quotes.
fn has_bare_group(text: &str) -> bool {
    let mut quote = None;
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match (byte, quote) {
            (b'\\', None | Some(b'"')) => drop(bytes.next()),
            (b'\'' | b'"', None) => quote = Some(byte),
            (byte, Some(open)) if byte == open => quote = None,
            (b'|' | b'(', None) => return true,
            _ => {}
        }
    }
    false
}
