//! Quotes: `'…'`, `"…"`, `$'…'` and backquotes.

use super::word::End;
use super::{Dialect, Reader};
use crate::safety::ast::{Part, PartKind, Quote, Script};
use crate::safety::parse::braces::Parts;

/// Finds the quote that closes the one at `open`: single quotes know no escape, the others do.
pub(super) fn closing(bytes: &[u8], open: usize, quote: u8) -> Option<usize> {
    let mut at = open + 1;
    while at < bytes.len() {
        match bytes[at] {
            byte if byte == quote => return Some(at),
            b'\\' if quote != b'\'' => at += 2,
            _ => at += 1,
        }
    }
    None
}

impl Reader<'_> {
    pub(super) fn single_quoted(&mut self, out: &mut Parts) {
        let start = self.pos;
        self.advance(1);
        let text = self.bump_while(|byte| byte != b'\'');
        if !self.eat("'") {
            self.problem(start, "unclosed single quote");
        }
        let span = self.since(start);
        out.literal(text, Quote::Single, span);
    }

    pub(super) fn double_quoted(&mut self, out: &mut Parts) {
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
        let mut parts = inside.into_word(span, super::super::braces::Single::Text).parts;
        match parts.as_mut_slice() {
            [] => out.literal("", Quote::Double, span),
            [Part { kind: PartKind::Literal(_), span: only, .. }] => {
                *only = span;
                out.append(parts);
            }
            _ => out.append(parts),
        }
    }

    /// Reads `$'…'`, with the cursor on the dollar.
    pub(super) fn ansi_quoted(&mut self, out: &mut Parts) {
        let start = self.pos;
        self.advance(2);
        let inside = self.pos;
        let close = ansi_end(&self.text.as_bytes()[..self.end], inside);
        let end = close.unwrap_or(self.end);
        let text = decode_ansi(&self.text[inside..end], self.zsh);
        self.pos = end;
        if !self.eat("'") {
            self.problem(start, "unclosed single quote");
        }
        let span = self.since(start);
        out.literal(&text, Quote::Ansi, span);
    }

    /// Reads a command substitution in backquotes; in double quotes `\"` is one escape more.
    pub(super) fn backquoted(&mut self, quote: Quote, out: &mut Parts) {
        let start = self.pos;
        let close = closing(&self.text.as_bytes()[..self.end], start, b'`');
        let end = close.unwrap_or(self.end);
        self.pay((end - start) / 4);
        let (text, map) = self.unescape(start + 1, end, quote == Quote::Double);
        let mut inner = self.cursor.inside(&text, &map);
        let script = if inner.enter() {
            super::read(&mut inner, if self.zsh { Dialect::Zsh } else { Dialect::Bash })
        } else {
            Script::default()
        };
        self.absorb(inner);
        if self.stopped() {
            return;
        }
        self.pos = end;
        if !self.eat("`") {
            self.problem(start, "unclosed backquote");
        }
        let span = self.since(start);
        out.push(PartKind::Command(script), quote, span);
    }

    /// Takes one level of backslashes away, and tells for each byte left where it stood.
    fn unescape(&self, start: usize, end: usize, quoted: bool) -> (String, Vec<usize>) {
        let raw = &self.text[start..end];
        let mut text = String::with_capacity(raw.len());
        let mut map = Vec::with_capacity(raw.len() + 1);
        let mut characters = raw.char_indices().peekable();
        while let Some((at, character)) = characters.next() {
            let escaped = match characters.peek() {
                Some((_, next @ ('`' | '\\' | '$'))) if character == '\\' => Some(*next),
                Some((_, '"')) if character == '\\' && quoted => Some('"'),
                _ => None,
            };
            if escaped.is_some() {
                characters.next();
            }
            let kept = escaped.unwrap_or(character);
            text.push(kept);
            for byte in 0..kept.len_utf8() {
                let skipped = usize::from(escaped.is_some() && byte > 0);
                map.push(self.origin(start + at + byte + skipped));
            }
        }
        map.push(self.origin(end));
        (text, map)
    }
}

/// Finds the end of `$'…'`, where a backslash protects even a quote.
fn ansi_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    while at < bytes.len() && bytes[at] != b'\'' {
        at += 1 + usize::from(bytes[at] == b'\\');
    }
    (at < bytes.len()).then_some(at)
}

/// Decodes the inside of `$'…'`. Bytes that are no UTF-8 become replacement characters; bash ends the text at a NUL.
fn decode_ansi(text: &str, zsh: bool) -> String {
    let bytes = text.as_bytes();
    let mut out: Vec<u8> = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != b'\\' || at + 1 >= bytes.len() {
            out.push(bytes[at]);
            at += 1;
            continue;
        }
        let letter = bytes[at + 1];
        at += 2;
        let simple = match letter {
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'a' => 7,
            b'b' => 8,
            b'e' | b'E' => 27,
            b'f' => 12,
            b'v' => 11,
            b'\\' | b'\'' | b'"' | b'?' => letter,
            b'0'..=b'7' => {
                let (value, used) = digits(&bytes[at - 1..], 8, 3);
                at += used - 1;
                value as u8
            }
            b'x' | b'u' | b'U' => {
                let most = [(b'x', 2), (b'u', 4), (b'U', 8)]
                    .iter()
                    .find(|(name, _)| *name == letter)
                    .map_or(2, |found| found.1);
                let (value, used) = digits(&bytes[at..], 16, most);
                at += used;
                match (used, letter) {
                    (0, _) => {
                        out.extend([b'\\', letter]);
                        continue;
                    }
                    (_, b'x') => value as u8,
                    _ => {
                        let character = char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER);
                        out.extend(character.encode_utf8(&mut [0; 4]).bytes());
                        continue;
                    }
                }
            }
            b'c' if at < bytes.len() => {
                at += 1;
                bytes[at - 1] & 0x1f
            }
            other => {
                out.extend([b'\\', other]);
                continue;
            }
        };
        if simple == 0 && !zsh {
            break;
        }
        out.push(simple);
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Reads up to `most` digits; returns their value and how many there were.
fn digits(bytes: &[u8], radix: u32, most: usize) -> (u32, usize) {
    let mut value = 0u32;
    let mut used = 0;
    while used < most && used < bytes.len() {
        let Some(digit) = (bytes[used] as char).to_digit(radix) else { break };
        value = value.wrapping_mul(radix).wrapping_add(digit);
        used += 1;
    }
    (value, used)
}
