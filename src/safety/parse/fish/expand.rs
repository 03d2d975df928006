//! What fish expands: variables, substitutions, and the slices behind both.

use super::Reader;
use super::word::End;
use crate::safety::ast::{Parameter, ParameterOp, PartKind, Quote, Span, Word};
use crate::safety::parse::braces::{Parts, Single};

/// Slices kept behind one expansion; each is a level of the tree, and nobody writes more.
const MAX_SLICES: usize = 8;

impl Reader<'_> {
    /// Reads `$name`, `$$name` and the slices behind it.
    pub(super) fn variable(&mut self, quote: Quote, out: &mut Parts) {
        let start = self.pos;
        let dollars = self.bump_while(|byte| byte == b'$').len();
        let name = self.bump_while(|byte| byte == b'_' || byte.is_ascii_alphanumeric()).to_string();
        if name.is_empty() {
            self.bump();
            self.problem(start, "no name behind the dollar");
            self.pos = start + dollars;
            let span = self.since(start);
            return out.literal(&self.cursor.text[start..self.cursor.pos], quote, span);
        }
        let indices = self.indices(quote);
        let span = self.since(start);
        let mut indices = indices.into_iter();
        // In `$$x[1][2]` the first slice belongs to the inner variable.
        let mut parameter = bare(name);
        parameter.index = indices.next();
        for _ in 1..dollars.min(MAX_SLICES) {
            parameter = wrap(PartKind::Parameter(Box::new(parameter)), quote, span);
            parameter.index = indices.next();
        }
        parameter = slices(parameter, indices, quote, span);
        out.push(PartKind::Parameter(Box::new(parameter)), quote, span);
    }

    /// Reads `(…)` or `$(…)`, and the slices behind it.
    pub(super) fn substitution(&mut self, quote: Quote, out: &mut Parts) {
        let start = self.pos;
        self.eat("$");
        self.advance(1);
        let braces = std::mem::take(&mut self.braces);
        let script = self.script();
        self.braces = braces;
        if !self.eat(")") {
            self.problem(start, "`)` is missing");
            // A word of the grammar that closes nothing: read what is behind it, too.
            if !self.done() {
                self.bump();
            }
        }
        let indices = self.indices(quote);
        let span = self.since(start);
        let kind = PartKind::Command(script);
        if indices.is_empty() {
            return out.push(kind, quote, span);
        }
        let mut indices = indices.into_iter();
        let mut parameter = wrap(kind, quote, span);
        parameter.index = indices.next();
        parameter = slices(parameter, indices, quote, span);
        out.push(PartKind::Parameter(Box::new(parameter)), quote, span);
    }

    /// Reads `[1..2][3]`.
    fn indices(&mut self, quote: Quote) -> Vec<Word> {
        let mut indices = Vec::new();
        while self.peek() == b'[' && self.enter() {
            let start = self.pos;
            if indices.len() == MAX_SLICES {
                self.problem(start, "too many slices");
            }
            let close = self.closing_bracket();
            if let Some(close) = close {
                let limit = std::mem::replace(&mut self.cursor.end, close);
                self.advance(1);
                let mut inside = Parts::default();
                self.pieces(End::Index, &mut inside);
                self.end = limit;
                self.pos = if self.stopped() { limit } else { close + 1 };
                let span = self.span(start + 1, close);
                indices.push(inside.into_word(span, Single::Text));
            }
            self.leave();
            if close.is_none() {
                // In double quotes it is text.
                if quote == Quote::None {
                    self.bump();
                    self.problem(start, "`]` is missing");
                    self.pos = start;
                }
                break;
            }
        }
        indices
    }

    fn closing_bracket(&mut self) -> Option<usize> {
        let bytes = &self.text.as_bytes()[..self.end];
        let mut nest = 0usize;
        let mut at = self.pos;
        let mut found = None;
        while at < bytes.len() {
            match bytes[at] {
                b'\\' => at += 1,
                b'[' => nest += 1,
                b']' if nest == 1 => {
                    found = Some(at);
                    break;
                }
                b']' => nest -= 1,
                b'\n' => break,
                _ => {}
            }
            at += 1;
        }
        let seen = at.min(bytes.len()) - self.pos;
        self.pay(seen / 4);
        found
    }
}

fn bare(name: String) -> Parameter {
    let flags = String::new();
    Parameter { name, inner: None, flags, indirect: false, length: false, index: None, op: ParameterOp::None }
}

/// Makes what `kind` gives the thing to expand.
fn wrap(kind: PartKind, quote: Quote, span: Span) -> Parameter {
    let mut inner = Parts::default();
    inner.push(kind, quote, span);
    Parameter { inner: Some(inner.into_word(span, Single::Text)), ..bare(String::new()) }
}

/// Puts the slices that are left around `parameter`.
fn slices(mut parameter: Parameter, indices: impl Iterator<Item = Word>, quote: Quote, span: Span) -> Parameter {
    for index in indices.take(MAX_SLICES) {
        parameter = wrap(PartKind::Parameter(Box::new(parameter)), quote, span);
        parameter.index = Some(index);
    }
    parameter
}
