//! Here-documents: found when their redirect is read, skipped when its line ends.

use super::word::End;
use super::{Reader, is_meta};
use crate::safety::ast::{HereDocument, Part, PartKind, Quote, Word};

/// The bodies that belong to the current line.
pub(super) struct Pending {
    /// Where the newline stands that ends the line.
    line_end: usize,
    /// Where the line after the last body begins.
    resume: usize,
}

impl Reader<'_> {
    /// Steps over a newline, and over the here-documents that follow it.
    pub(super) fn newline(&mut self) {
        let at = self.pos;
        self.advance(1);
        let Some(pending) = self.pending.take() else { return };
        if at == pending.line_end {
            self.pos = pending.resume.min(self.end);
        } else if at < pending.line_end {
            // The line ends elsewhere than the look ahead thought, so the body may be in another place, too.
            self.problem(at, "a line break between a here-document and its line's end");
            self.pending = Some(pending);
        }
    }

    /// Reads what follows `<<` or `<<-`, and its body from below.
    pub(super) fn here_document(&mut self, strip: bool) -> Option<HereDocument> {
        self.skip_blanks();
        let start = self.pos;
        let (delimiter, quoted) = self.delimiter();
        if self.pos == start {
            self.problem(start, "the here-document has no delimiter");
            return None;
        }
        let (line_end, body_start) = match &self.pending {
            Some(pending) if self.pos <= pending.line_end => (pending.line_end, pending.resume),
            _ => {
                let line_end = self.line_end();
                (line_end, (line_end + 1).min(self.end))
            }
        };
        let found = self.find_end(body_start, &delimiter, strip);
        if found.is_none() {
            self.problem(start, format!("the here-document's end `{delimiter}` is missing"));
        }
        let (body_end, resume) = found.unwrap_or((self.end, self.end));
        self.pending = Some(Pending { line_end, resume });
        let body = self.here_body(body_start, body_end, strip, quoted);
        Some(HereDocument { delimiter, quoted, body })
    }

    /// Reads the delimiter word: quotes are taken away, nothing is expanded.
    fn delimiter(&mut self) -> (String, bool) {
        let (mut text, mut quoted) = (String::new(), false);
        while !self.done() && !is_meta(self.peek()) {
            match self.peek() {
                b'\\' => {
                    quoted = true;
                    self.advance(1);
                    text.push_str(self.bump());
                }
                quote @ (b'\'' | b'"') => {
                    let start = self.pos;
                    quoted = true;
                    self.advance(1);
                    text.push_str(self.bump_while(|byte| byte != quote));
                    if !self.eat(if quote == b'"' { "\"" } else { "'" }) {
                        self.problem(start, "unclosed quote");
                    }
                }
                b'$' if matches!(self.peek_at(1), b'\'' | b'"') && !self.zsh => self.advance(1),
                _ => text.push_str(self.bump()),
            }
        }
        (text, quoted)
    }

    /// Finds the newline that ends the current line, looking past quotes and substitutions on it.
    fn line_end(&mut self) -> usize {
        let bytes = self.text.as_bytes();
        let (mut at, end) = (self.pos, self.end);
        let mut open = 0usize;
        while at < end {
            match bytes[at] {
                b'\n' if open == 0 => break,
                b'\\' => at += 1,
                b'#' if is_meta(bytes[at - 1]) => {
                    while at < end && bytes[at] != b'\n' {
                        at += 1;
                    }
                    continue;
                }
                quote @ (b'\'' | b'"' | b'`') => match super::quote::closing(&bytes[..end], at, quote) {
                    Some(close) => at = close,
                    // Not closed here, so it most likely closes something before.
                    None => break,
                },
                b'(' => open += 1,
                b')' if open == 0 => {
                    while at < end && bytes[at] != b'\n' {
                        at += 1;
                    }
                    break;
                }
                b')' => open -= 1,
                _ => {}
            }
            at += 1;
        }
        if open > 0 || (at < end && bytes[at] != b'\n') {
            at = self.pos + bytes[self.pos..end].iter().position(|byte| *byte == b'\n').unwrap_or(end - self.pos);
        }
        let at = at.min(end);
        let distance = at - self.pos;
        self.pay(distance);
        at
    }

    /// Finds the line that is `delimiter`: where it begins, and where the next one does.
    fn find_end(&mut self, body: usize, delimiter: &str, strip: bool) -> Option<(usize, usize)> {
        let mut at = body.min(self.end);
        let text = self.text;
        for line in text[at..self.end].split_inclusive('\n') {
            let bare = line.strip_suffix('\n').unwrap_or(line);
            let bare = if strip { bare.trim_start_matches('\t') } else { bare };
            if bare == delimiter {
                self.pay((at - body) / 8);
                return Some((at, at + line.len()));
            }
            at += line.len();
        }
        self.pay((at - body.min(at)) / 8);
        None
    }

    fn here_body(&mut self, start: usize, end: usize, strip: bool, quoted: bool) -> Word {
        let span = self.span(start.min(end), end);
        if start >= end {
            return Word { parts: Vec::new(), span };
        }
        if quoted {
            let text = &self.text[start..end];
            let body = if strip {
                text.split_inclusive('\n').map(|line| line.trim_start_matches('\t')).collect()
            } else {
                text.to_string()
            };
            let part = Part { kind: PartKind::Literal(body), quote: Quote::Single, span };
            return Word { parts: vec![part], span };
        }
        self.region(start, end, if strip { End::StrippedHereDocument } else { End::HereDocument })
    }
}
