//! The words of fish.

use super::Reader;
use crate::safety::ast::{Glob, Part, PartKind, Quote, Word};
use crate::safety::parse::braces::{Parts, Single};

/// Where a word ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Word,
    Double,
    /// The inside of `[…]`, to the end of the region.
    Index,
}

impl Reader<'_> {
    /// Reads a word, or nothing where none begins.
    pub(super) fn word(&mut self) -> Option<Word> {
        let start = self.pos;
        let mut out = Parts::default();
        self.pieces(End::Word, &mut out);
        let span = self.since(start);
        (!out.is_empty()).then(|| out.into_word(span, Single::Unwrapped))
    }

    pub(super) fn pieces(&mut self, end: End, out: &mut Parts) {
        let begin = self.pos;
        let mut open = 0usize;
        let quote = if end == End::Double { Quote::Double } else { Quote::None };
        while !self.done() {
            let start = self.pos;
            let byte = self.peek();
            let ends = match end {
                // At its start an `&` is an operator, whatever follows.
                End::Word if byte == b'&' && start == begin => true,
                End::Word => self.ends_token(byte, start) && (open == 0 || byte == b')'),
                End::Double => byte == b'"',
                End::Index => false,
            };
            if ends {
                break;
            }
            match byte {
                b'\\' if end == End::Double => self.quoted_escape(out),
                b'\\' => self.escape(out),
                b'$' if self.peek_at(1) == b'(' => self.substitution(quote, out),
                b'$' => self.variable(quote, out),
                b'\'' if end != End::Double => self.single_quoted(out),
                b'"' if end != End::Double => self.double_quoted(out),
                b'(' if end != End::Double => self.substitution(quote, out),
                b'*' if end == End::Word => {
                    let stars = self.bump_while(|byte| byte == b'*').len();
                    let glob = if stars > 1 { Glob::AnyDepth } else { Glob::Any };
                    let span = self.since(start);
                    out.push(PartKind::Glob(glob), Quote::None, span);
                }
                b'?' if end == End::Word => {
                    self.advance(1);
                    let span = self.since(start);
                    out.push(PartKind::Glob(Glob::One), Quote::None, span);
                }
                b' ' | b'\t' | b'\n' if open > 0 => self.blanks_in_braces(out),
                b'~' if end == End::Word && start == begin => self.tilde(out),
                b'{' | b',' | b'}' if end == End::Word => {
                    match byte {
                        b'{' => open += 1,
                        b'}' if open == 0 => {
                            self.advance(1);
                            self.problem(start, "unexpected `}`");
                            self.pos = start;
                        }
                        b'}' => open -= 1,
                        _ => {}
                    }
                    self.advance(1);
                    let span = self.since(start);
                    out.mark(byte, span);
                }
                _ => {
                    self.bump();
                    self.bump_while(|byte| {
                        byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/') || byte >= 0x80
                    });
                    let (text, span) = (self.text, self.since(start));
                    out.literal(&text[start..self.pos], quote, span);
                }
            }
        }
        if open > 0 {
            self.problem(begin, "`}` is missing");
        }
    }

    /// Reads blanks between braces: those beside a comma or a brace are nothing.
    fn blanks_in_braces(&mut self, out: &mut Parts) {
        let start = self.pos;
        let text = self.bump_while(|byte| matches!(byte, b' ' | b'\t' | b'\n'));
        let beside = matches!(self.text.as_bytes()[start - 1], b'{' | b',') || matches!(self.peek(), b',' | b'}');
        let span = self.since(start);
        out.literal(if beside { "" } else { text }, Quote::None, span);
    }

    fn tilde(&mut self, out: &mut Parts) {
        let start = self.pos;
        self.advance(1);
        let name =
            self.bump_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.') || byte >= 0x80);
        let span = self.since(start);
        out.push(PartKind::Tilde(name.to_string()), Quote::None, span);
    }

    /// Reads `'…'`, where only `\'` and `\\` are escapes.
    fn single_quoted(&mut self, out: &mut Parts) {
        let start = self.pos;
        self.advance(1);
        let mut text = String::new();
        while !self.done() && self.peek() != b'\'' {
            if self.peek() == b'\\' && matches!(self.peek_at(1), b'\'' | b'\\') {
                self.advance(1);
            }
            text.push_str(self.bump());
        }
        if !self.eat("'") {
            self.problem(start, "unclosed single quote");
        }
        let span = self.since(start);
        out.literal(&text, Quote::Single, span);
    }

    fn double_quoted(&mut self, out: &mut Parts) {
        let start = self.pos;
        self.advance(1);
        if !self.enter() {
            return;
        }
        let mut inside = Parts::default();
        self.pieces(End::Double, &mut inside);
        self.leave();
        if !self.eat("\"") {
            self.problem(start, "unclosed double quote");
        }
        let span = self.since(start);
        let mut parts = inside.into_word(span, Single::Text).parts;
        match parts.as_mut_slice() {
            [] => out.literal("", Quote::Double, span),
            [Part { kind: PartKind::Literal(_), span: only, .. }] => {
                *only = span;
                out.append(parts);
            }
            _ => out.append(parts),
        }
    }

    fn quoted_escape(&mut self, out: &mut Parts) {
        let start = self.pos;
        self.advance(1);
        let text = match self.peek() {
            b'\n' => {
                self.advance(1);
                ""
            }
            b'"' | b'$' | b'\\' if !self.done() => self.bump(),
            _ => "\\",
        };
        let span = self.since(start);
        out.literal(text, Quote::Double, span);
    }

    /// Reads a backslash outside quotes: `\n`, `\x41`, `\u263a`, or the character itself.
    fn escape(&mut self, out: &mut Parts) {
        let start = self.pos;
        self.advance(1);
        if self.done() {
            self.problem(start, "nothing follows the backslash");
        }
        let letter = self.bump();
        let simple = match letter {
            "\n" => {
                let span = self.since(start);
                if !out.is_empty() {
                    out.literal("", Quote::Backslash, span);
                }
                return;
            }
            "a" => Some(7),
            "b" => Some(8),
            "e" => Some(27),
            "f" => Some(12),
            "n" => Some(10),
            "r" => Some(13),
            "t" => Some(9),
            "v" => Some(11),
            "c" => self.bump().bytes().next().map(|byte| u32::from(byte & 0x1f)),
            "x" | "X" => self.digits(16, 2),
            "u" => self.digits(16, 4),
            "U" => self.digits(16, 8),
            "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" => {
                self.pos -= 1;
                self.digits(8, 3)
            }
            _ => {
                let span = self.since(start);
                out.literal(letter, Quote::Backslash, span);
                return;
            }
        };
        let decoded = simple.and_then(char::from_u32);
        if decoded.is_none() {
            self.problem(start, "not a valid escape");
        }
        let text = decoded.unwrap_or(char::REPLACEMENT_CHARACTER).to_string();
        let span = self.since(start);
        out.literal(&text, Quote::Backslash, span);
    }

    fn digits(&mut self, radix: u32, most: usize) -> Option<u32> {
        let mut value = None;
        for _ in 0..most {
            let Some(digit) = (self.peek() as char).to_digit(radix) else { break };
            value = Some(value.unwrap_or(0u32).wrapping_mul(radix) + digit);
            self.advance(1);
        }
        value
    }
}
