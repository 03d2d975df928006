//! Collects the parts of a word, and groups `{a,b}` and `{1..9}` among them.

use crate::safety::ast::{Brace, Part, PartKind, Quote, Span, Word};

/// Open braces followed at once; more stay text.
const MAX_OPEN: usize = 32;

/// The parts of a word being read.
#[derive(Default)]
pub(super) struct Parts {
    parts: Vec<Part>,
    /// Which parts are an unquoted `{`, `,` or `}`, in order.
    marks: Vec<(usize, u8)>,
    open: usize,
}

impl Parts {
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    pub fn push(&mut self, kind: PartKind, quote: Quote, span: Span) {
        self.parts.push(Part { kind, quote, span });
    }

    pub fn append(&mut self, parts: Vec<Part>) {
        self.parts.extend(parts);
    }

    /// Adds text, to the part before it where that is of the same kind.
    pub fn literal(&mut self, text: &str, quote: Quote, span: Span) {
        let marked = self.marks.last().is_some_and(|(index, _)| index + 1 == self.parts.len());
        if let Some(Part { kind: PartKind::Literal(before), quote: last, span: to }) = self.parts.last_mut()
            && *last == quote
            && to.end == span.start
            && !marked
        {
            before.push_str(text);
            to.end = span.end;
            return;
        }
        self.push(PartKind::Literal(text.to_string()), quote, span);
    }

    /// Adds an unquoted `{`, `,` or `}` that may belong to a brace expansion.
    pub fn mark(&mut self, byte: u8, span: Span) {
        let (text, counts) = match byte {
            b'{' => ("{", self.open < MAX_OPEN),
            b',' => (",", self.open > 0),
            _ => ("}", self.open > 0),
        };
        if !counts {
            return self.literal(text, Quote::None, span);
        }
        match byte {
            b'{' => self.open += 1,
            b'}' => self.open -= 1,
            _ => {}
        }
        self.marks.push((self.parts.len(), byte));
        self.push(PartKind::Literal(text.to_string()), Quote::None, span);
    }

    /// Tells whether all that was read so far is the unquoted literal `text`, and returns it.
    pub fn only_literal(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [Part { kind: PartKind::Literal(text), quote: Quote::None, .. }] if self.marks.is_empty() => Some(text),
            _ => None,
        }
    }

    pub fn into_word(self, span: Span, single: Single) -> Word {
        let parts = if self.marks.is_empty() { self.parts } else { group(self.parts, &self.marks, single) };
        Word { parts, span }
    }
}

/// What `{a}`, braces without a comma or a range, means.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Single {
    /// Itself (bash, zsh).
    Text,
    /// Itself, unless it holds an expansion (fish: `{$x}` is `$x`).
    Unwrapped,
}

struct Frame {
    open: Part,
    /// The alternatives before the last comma, with that comma.
    before: Vec<(Vec<Part>, Part)>,
    current: Vec<Part>,
}

fn group(parts: Vec<Part>, marks: &[(usize, u8)], single: Single) -> Vec<Part> {
    let mut marks = marks.iter().peekable();
    let mut frames: Vec<Frame> = Vec::new();
    let mut out = Vec::new();
    for (index, part) in parts.into_iter().enumerate() {
        let mark = marks.next_if(|(at, _)| *at == index).map(|(_, byte)| *byte);
        match mark {
            Some(b'{') => frames.push(Frame { open: part, before: Vec::new(), current: Vec::new() }),
            Some(b',') => match frames.last_mut() {
                Some(frame) => {
                    let alternative = std::mem::take(&mut frame.current);
                    frame.before.push((alternative, part));
                }
                None => append(&mut out, part),
            },
            Some(_) => {
                let closed = match frames.pop() {
                    Some(frame) => close(frame, part, single),
                    None => vec![part],
                };
                let target = frames.last_mut().map_or(&mut out, |frame| &mut frame.current);
                closed.into_iter().for_each(|part| append(target, part));
            }
            None => append(frames.last_mut().map_or(&mut out, |frame| &mut frame.current), part),
        }
    }
    for frame in frames {
        frame.flatten(&mut out);
    }
    out
}

impl Frame {
    /// Puts everything back as plain text.
    fn flatten(self, out: &mut Vec<Part>) {
        append(out, self.open);
        for (alternative, comma) in self.before {
            alternative.into_iter().for_each(|part| append(out, part));
            append(out, comma);
        }
        self.current.into_iter().for_each(|part| append(out, part));
    }
}

fn close(mut frame: Frame, end: Part, single: Single) -> Vec<Part> {
    let span = frame.open.span.to(end.span);
    let expands = |part: &Part| matches!(part.kind, PartKind::Parameter(_) | PartKind::Command(_));
    let unwraps = single == Single::Unwrapped && frame.current.iter().any(expands);
    let brace = if frame.before.is_empty() && !unwraps {
        range(&frame.current).filter(|_| single == Single::Text)
    } else {
        let mut start = frame.open.span.end;
        let mut words = Vec::new();
        for (alternative, comma) in std::mem::take(&mut frame.before) {
            words.push(alternative_word(alternative, Span::new(start, comma.span.start)));
            start = comma.span.end;
        }
        words.push(alternative_word(std::mem::take(&mut frame.current), Span::new(start, end.span.start)));
        Some(Brace::List(words))
    };
    match brace {
        Some(brace) => vec![Part { kind: PartKind::Brace(brace), quote: Quote::None, span }],
        None => {
            let mut out = Vec::new();
            frame.flatten(&mut out);
            append(&mut out, end);
            out
        }
    }
}

/// Makes a word of an alternative; an empty one is an empty literal.
fn alternative_word(mut parts: Vec<Part>, span: Span) -> Word {
    if parts.is_empty() {
        parts.push(Part { kind: PartKind::Literal(String::new()), quote: Quote::None, span });
    }
    Word { parts, span }
}

/// Reads `1..9`, `a..e..2`.
fn range(parts: &[Part]) -> Option<Brace> {
    let [Part { kind: PartKind::Literal(text), quote: Quote::None, .. }] = parts else {
        return None;
    };
    let mut ends = text.split("..");
    let (from, to, step) = (ends.next()?, ends.next()?, ends.next());
    let number = |text: &str| {
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        !digits.is_empty() && digits.len() < 19 && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let letter = |text: &str| matches!(text.as_bytes(), [only] if only.is_ascii_alphabetic());
    let matched = (number(from) && number(to)) || (letter(from) && letter(to));
    if !matched || !step.is_none_or(number) || ends.next().is_some() {
        return None;
    }
    Some(Brace::Range { from: from.to_string(), to: to.to_string(), step: step.map(str::to_string) })
}

/// Adds a part, joining plain text to plain text.
fn append(out: &mut Vec<Part>, part: Part) {
    if let (
        Some(Part { kind: PartKind::Literal(before), quote: Quote::None, span }),
        Part { kind: PartKind::Literal(text), quote: Quote::None, span: added },
    ) = (out.last_mut(), &part)
        && span.end == added.start
    {
        before.push_str(text);
        span.end = added.end;
        return;
    }
    out.push(part);
}
