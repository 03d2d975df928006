//! What a dollar begins: parameters, command substitutions, arithmetic.

use super::Reader;
use super::word::{End, Role};
use crate::safety::ast::{Parameter, ParameterOp, PartKind, Quote, Which, Word};
use crate::safety::parse::braces::Parts;

const SPECIAL: &[u8] = b"@*#?-$!";

impl Reader<'_> {
    pub(super) fn dollar(&mut self, end: End, quote: Quote, out: &mut Parts) {
        let start = self.pos;
        match self.peek_at(1) {
            b'(' if self.peek_at(2) == b'(' && self.arithmetic_close(start + 2).is_some() => {
                let close = self.arithmetic_close(start + 2).unwrap_or(self.end);
                let word = self.region(start + 3, close, End::Arithmetic);
                self.pos = (close + 2).min(self.end).max(self.pos);
                let span = self.since(start);
                out.push(PartKind::Arithmetic(word), quote, span);
            }
            b'(' => {
                self.advance(1);
                let script = self.bracketed(start);
                let span = self.since(start);
                if self.zsh && self.peek() == b'[' {
                    return self.indexed(PartKind::Command(script), start, quote, out);
                }
                out.push(PartKind::Command(script), quote, span);
            }
            b'{' => self.braced(quote, out),
            b'[' => {
                let Some(close) = self.matching(start + 1) else {
                    self.problem(start, "`]` is missing");
                    return self.lone_dollar(quote, out);
                };
                let word = self.region(start + 2, close, End::Arithmetic);
                self.pos = (close + 1).min(self.end).max(self.pos);
                let span = self.since(start);
                out.push(PartKind::Arithmetic(word), quote, span);
            }
            b'\'' if end.ansi_quotes(self.zsh) => self.ansi_quoted(out),
            b'"' if quote == Quote::None && !self.zsh => {
                self.advance(1);
                self.double_quoted(out);
            }
            _ => self.simple_parameter(quote, out),
        }
    }

    fn lone_dollar(&mut self, quote: Quote, out: &mut Parts) {
        let start = self.pos;
        self.advance(1);
        let span = self.since(start);
        out.literal("$", quote, span);
    }

    /// Finds where the inside of `((…))` ends, if the brackets at `open` (the second one) close together and it can be
    /// arithmetic: a `;` makes it commands.
    pub(super) fn arithmetic_close(&mut self, open: usize) -> Option<usize> {
        let close = self.matching(open)?;
        let together = self.text.as_bytes()[..self.end].get(close + 1) == Some(&b')');
        (together && !self.text[open..close].contains(';')).then_some(close)
    }

    /// Reads `$name`, `$1`, `$?`; in zsh with prefixes, a subscript and modifiers.
    fn simple_parameter(&mut self, quote: Quote, out: &mut Parts) {
        let start = self.pos;
        let text = self.text;
        self.advance(1);
        let mut parameter = empty_parameter();
        if self.zsh {
            self.prefixes(&mut parameter);
        }
        parameter.name = self.parameter_name().to_string();
        if parameter.name.is_empty() {
            self.pos = start;
            return self.lone_dollar(quote, out);
        }
        if !self.zsh && parameter.name.len() > 1 && parameter.name.as_bytes()[0].is_ascii_digit() {
            // `$10` is `$1` and a zero.
            parameter.name.truncate(1);
            self.pos = start + 2;
        }
        if self.zsh {
            self.subscript(&mut parameter);
            let modifiers = modifiers(&text[self.pos..self.end]);
            if modifiers > 0 {
                parameter.op = ParameterOp::Modifiers(text[self.pos..self.pos + modifiers].to_string());
                self.advance(modifiers);
            }
        }
        let span = self.since(start);
        out.push(PartKind::Parameter(Box::new(parameter)), quote, span);
    }

    /// Reads zsh's `#`, `+`, `=`, `~`, `^` between the dollar and a name.
    fn prefixes(&mut self, parameter: &mut Parameter) {
        loop {
            let next = self.peek_at(1);
            let named = next == b'_'
                || next.is_ascii_alphanumeric()
                || matches!(next, b'{' | b'(' | b'=' | b'~' | b'^' | b'*' | b'@');
            match self.peek() {
                b'#' if named && !matches!(next, b'=' | b'~' | b'^') => parameter.length = true,
                sign @ (b'+' | b'=' | b'~' | b'^') if named || next == b'"' => parameter.flags.push(sign as char),
                _ => return,
            }
            self.advance(1);
        }
    }

    fn parameter_name(&mut self) -> &str {
        let byte = self.peek();
        if byte == b'_' || byte.is_ascii_alphabetic() {
            self.bump_while(|byte| byte == b'_' || byte.is_ascii_alphanumeric())
        } else if byte.is_ascii_digit() {
            self.bump_while(|byte| byte.is_ascii_digit())
        } else if SPECIAL.contains(&byte) && !self.done() {
            self.bump()
        } else {
            ""
        }
    }

    /// Reads `[…]` behind a name.
    fn subscript(&mut self, parameter: &mut Parameter) {
        while self.peek() == b'[' {
            let start = self.pos;
            let Some(close) = self.matching(start) else { return };
            let index = self.region(start + 1, close, End::Index);
            self.pos = (close + 1).min(self.end).max(self.pos);
            // zsh `${x[1][2]}`: the last counts, but nothing inside the first may be lost.
            match &mut parameter.index {
                Some(before) => before.parts.extend(index.parts),
                None => parameter.index = Some(index),
            }
        }
    }

    /// Puts zsh's subscript behind a substitution.
    fn indexed(&mut self, kind: PartKind, start: usize, quote: Quote, out: &mut Parts) {
        let mut parameter = empty_parameter();
        let mut inner = Parts::default();
        let span = self.since(start);
        inner.push(kind, quote, span);
        parameter.inner = Some(inner.into_word(span, super::super::braces::Single::Text));
        self.subscript(&mut parameter);
        let span = self.since(start);
        out.push(PartKind::Parameter(Box::new(parameter)), quote, span);
    }

    /// Reads `${…}`, with the cursor on the dollar.
    fn braced(&mut self, quote: Quote, out: &mut Parts) {
        let start = self.pos;
        self.advance(2);
        if !self.enter() {
            return;
        }
        if matches!(self.peek(), b' ' | b'\t' | b'\n' | b'|') {
            // bash 5.3 and newer zsh: `${ command; }`.
            self.eat("|");
            let script = self.script();
            self.leave();
            self.close(start);
            let span = self.since(start);
            return out.push(PartKind::Command(script), quote, span);
        }
        let mut parameter = empty_parameter();
        if self.zsh {
            self.zsh_flags(&mut parameter);
            self.prefixes(&mut parameter);
        } else if self.peek() == b'!'
            && (self.peek_at(1) == b'_'
                || self.peek_at(1).is_ascii_alphanumeric()
                || b"@*#?-$!".contains(&self.peek_at(1)))
        {
            self.advance(1);
            parameter.indirect = true;
        }
        if self.peek() == b'#' && self.names_length() {
            self.advance(1);
            parameter.length = true;
        }
        self.target(&mut parameter, quote);
        self.subscript(&mut parameter);
        self.operation(&mut parameter, quote);
        self.leave();
        self.close(start);
        let span = self.since(start);
        out.push(PartKind::Parameter(Box::new(parameter)), quote, span);
    }

    fn close(&mut self, opened: usize) {
        if !self.eat("}") {
            self.problem(opened, "`}` is missing");
        }
    }

    /// Tells whether the `#` here asks for a length, and is not the parameter `$#`.
    fn names_length(&self) -> bool {
        let next = self.peek_at(1);
        if self.zsh && next == b'$' && matches!(self.peek_at(2), b'{' | b'(') {
            return true;
        }
        if SPECIAL.contains(&next) {
            return matches!(self.peek_at(2), b'}' | b'[');
        }
        next == b'_' || next.is_ascii_alphanumeric() || (self.zsh && matches!(next, b'$' | b'(' | b'"'))
    }

    /// Reads zsh's `(flags)`.
    fn zsh_flags(&mut self, parameter: &mut Parameter) {
        while self.peek() == b'(' {
            let start = self.pos;
            let Some(close) = self.matching(start) else {
                self.problem(start, "`)` is missing");
                return;
            };
            let text = self.text;
            parameter.flags.push_str(&text[start + 1..close]);
            if text[start + 1..close].contains(['$', '`']) {
                self.problem(start, "an expansion in the flags of a parameter");
            }
            self.pos = close + 1;
        }
    }

    /// Reads what is expanded: a name, or in zsh a nested expansion.
    fn target(&mut self, parameter: &mut Parameter, quote: Quote) {
        let start = self.pos;
        let nested = match self.peek() {
            b'$' => {
                matches!(self.peek_at(1), b'{' | b'(')
                    || self.peek_at(1) == b'_'
                    || self.peek_at(1).is_ascii_alphabetic()
            }
            b'"' | b'`' => true,
            _ => false,
        };
        if self.zsh && nested {
            let mut inner = Parts::default();
            match self.peek() {
                b'"' => self.double_quoted(&mut inner),
                b'`' => self.backquoted(quote, &mut inner),
                _ => self.dollar(End::Index, quote, &mut inner),
            }
            let span = self.since(start);
            parameter.inner = Some(inner.into_word(span, super::super::braces::Single::Text));
            return;
        }
        parameter.name = self.parameter_name().to_string();
        let substitutes = self.zsh && matches!(self.peek(), b':' | b'-' | b'+' | b'=' | b'}');
        if parameter.name.is_empty() && !substitutes {
            self.problem(start, "no name in `${…}`");
        }
    }

    fn operation(&mut self, parameter: &mut Parameter, quote: Quote) {
        let quoted = quote == Quote::Double;
        let [text, pattern, replacement] =
            [Role::Text, Role::Pattern, Role::Replacement].map(|role| End::Operand { quoted, role });
        let colon = self.peek() == b':' && matches!(self.peek_at(1), b'-' | b'=' | b'?' | b'+');
        if self.zsh && self.eat("::=") {
            parameter.op = ParameterOp::Assign { colon: true, always: true, word: self.operand(text) };
            return;
        }
        let start = self.pos;
        self.advance(usize::from(colon));
        let twice = self.peek_at(1) == self.peek();
        parameter.op = match self.peek() {
            b'}' if !colon => ParameterOp::None,
            sign @ (b'-' | b'=' | b'?' | b'+') => {
                self.advance(1);
                let word = self.operand(text);
                match sign {
                    b'-' => ParameterOp::Default { colon, word },
                    b'=' => ParameterOp::Assign { colon, always: false, word },
                    b'?' => ParameterOp::Error { colon, word },
                    _ => ParameterOp::Alternative { colon, word },
                }
            }
            sign @ (b'#' | b'%') => {
                self.advance(1 + usize::from(twice));
                let pattern = self.operand(pattern);
                match sign {
                    b'#' => ParameterOp::TrimPrefix { longest: twice, pattern },
                    _ => ParameterOp::TrimSuffix { longest: twice, pattern },
                }
            }
            b'/' => self.replacement(replacement),
            b':' if self.zsh && matches!(self.peek_at(1), b'#' | b'|' | b'*' | b'^') => {
                ParameterOp::Other(self.operand(pattern))
            }
            b':' if self.zsh && modifiers(self.rest()) > 0 => {
                let length = modifiers(self.rest());
                self.advance(length);
                if self.peek() == b'}' {
                    ParameterOp::Modifiers(self.text[start..self.pos].to_string())
                } else {
                    self.pos = start;
                    ParameterOp::Other(self.operand(text))
                }
            }
            b':' => {
                self.advance(1);
                let offset = self.operand(End::Offset);
                let length = self.eat(":").then(|| self.operand(text));
                ParameterOp::Slice { offset, length }
            }
            sign @ (b'^' | b',' | b'~') => {
                self.advance(1 + usize::from(twice));
                let sign = if twice { [sign, sign].to_vec() } else { vec![sign] };
                let operand = self.operand(pattern);
                let pattern = (!operand.parts.is_empty()).then_some(operand);
                ParameterOp::Case(sign.into_iter().map(char::from).collect(), pattern)
            }
            b'@' if parameter.indirect && self.peek_at(1) == b'}' => {
                self.advance(1);
                ParameterOp::Names
            }
            b'@' if self.peek_at(1).is_ascii_alphabetic() && self.peek_at(2) == b'}' => {
                self.advance(2);
                ParameterOp::Transform(self.text.as_bytes()[self.pos - 1] as char)
            }
            b'*' if parameter.indirect && self.peek_at(1) == b'}' => {
                self.advance(1);
                ParameterOp::Names
            }
            _ => {
                let word = self.operand(text);
                if !self.done() {
                    self.problem(start, "unknown operator in `${…}`");
                }
                ParameterOp::Other(word)
            }
        };
        let all = |index: &Word| matches!(index.literal().as_deref(), Some("@" | "*"));
        if parameter.indirect && parameter.op == ParameterOp::None && parameter.index.as_ref().is_some_and(all) {
            (parameter.op, parameter.indirect) = (ParameterOp::Indices, false);
        }
        if parameter.op == ParameterOp::Names {
            parameter.indirect = false;
        }
    }

    /// Reads `/pattern/with`.
    fn replacement(&mut self, text: End) -> ParameterOp {
        self.advance(1);
        let which = match self.peek() {
            b'/' => Which::All,
            b'#' => Which::Prefix,
            b'%' => Which::Suffix,
            _ => Which::First,
        };
        self.advance(usize::from(which != Which::First));
        let pattern =
            if self.peek() == b'/' && which == Which::First { Word::default() } else { self.operand(End::Replace) };
        let with = self.eat("/").then(|| self.operand(text));
        ParameterOp::Replace { which, pattern, with }
    }
}

fn empty_parameter() -> Parameter {
    let (name, flags) = (String::new(), String::new());
    Parameter { name, inner: None, flags, indirect: false, length: false, index: None, op: ParameterOp::None }
}

/// Returns the length of zsh's modifiers (`:h`, `:t:r`, `:s/a/b/`) at the start of `text`.
fn modifiers(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 0;
    while bytes.get(at) == Some(&b':') {
        let global = usize::from(bytes.get(at + 1) == Some(&b'g'));
        match bytes.get(at + 1 + global) {
            Some(b'h' | b't') => {
                let digits = bytes[at + 2..].iter().take_while(|byte| byte.is_ascii_digit()).count();
                at += 2 + digits;
            }
            Some(b'r' | b'e' | b'a' | b'A' | b'c' | b'l' | b'u' | b'q' | b'Q' | b'x' | b'P' | b'&') => at += 2 + global,
            Some(b's') => {
                let open = at + 2 + global;
                let Some(delimiter) = text[open..].chars().next().filter(char::is_ascii_punctuation) else { break };
                let mut pieces = text[open + 1..].splitn(3, delimiter);
                let (Some(from), Some(to)) = (pieces.next(), pieces.next()) else { break };
                if from.contains(['$', '`', '}']) || to.contains(['$', '`']) {
                    break;
                }
                let length = match pieces.next() {
                    Some(_) => to.len() + 1,
                    None => to.find(['}', ' ']).unwrap_or(to.len()),
                };
                at = open + 1 + from.len() + 1 + length;
            }
            _ => break,
        }
    }
    at
}
