//! Words: what stands between blanks and operators, cut into parts.

use super::{Reader, is_meta};
use crate::safety::ast::{Direction, PartKind, Quote, Script, Word};
use crate::safety::parse::braces::{Parts, Single};

/// Where a word ends, which also decides what is special inside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// At a blank or an operator.
    Word,
    /// The same, for the value of an assignment: no braces, no globs, but a tilde behind each colon.
    Value,
    /// A pattern of `case`: also at `)` and `|`.
    Pattern,
    /// An alternative of a pattern group: at `)` and `|` only.
    Group,
    /// An operand inside `[[ ]]`.
    Test,
    /// The right side of `=~`: brackets group, and `|` is text.
    Regex,
    /// What follows an operator in `${x…}`: at `}`.
    Operand {
        quoted: bool,
        role: Role,
    },
    /// The pattern in `${x/…/…}`: also at `/`.
    Replace,
    /// The offset in `${x:…:…}`: also at `:`.
    Offset,
    /// A subscript: at `]`.
    Index,
    /// `"…"`.
    Double,
    /// To the end of the region: arithmetic, and bodies of here-documents.
    Arithmetic,
    HereDocument,
    StrippedHereDocument,
}

/// What an operand is for, which decides about quotes and globs in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Text,
    Pattern,
    Replacement,
}

impl End {
    fn quote(self) -> Quote {
        match self {
            End::Operand { quoted: true, .. } => Quote::Double,
            End::Double | End::Arithmetic | End::HereDocument | End::StrippedHereDocument => Quote::Double,
            _ => Quote::None,
        }
    }

    fn is_document(self) -> bool {
        matches!(self, End::HereDocument | End::StrippedHereDocument)
    }

    /// Tells whether single quotes quote. In double quotes they do so in patterns, and in bash also in replacements.
    fn single_quotes(self, zsh: bool) -> bool {
        match self {
            End::Operand { quoted: true, role } => role == Role::Pattern || (role == Role::Replacement && !zsh),
            _ => self.quote() == Quote::None,
        }
    }

    /// Tells whether `$'…'` does: in bash in every operand.
    pub(super) fn ansi_quotes(self, zsh: bool) -> bool {
        self.single_quotes(zsh) || (matches!(self, End::Operand { .. }) && !zsh)
    }

    fn double_quotes(self) -> bool {
        !matches!(self, End::Double | End::Arithmetic) && !self.is_document()
    }

    fn globs(self) -> bool {
        match self {
            End::Word | End::Pattern | End::Group | End::Test | End::Replace => true,
            End::Operand { quoted, role } => role == Role::Pattern || (role == Role::Text && !quoted),
            _ => false,
        }
    }

    fn tildes(self) -> bool {
        matches!(self, End::Word | End::Value | End::Pattern | End::Test | End::Operand { quoted: false, .. })
    }

    fn processes(self) -> bool {
        self.quote() == Quote::None && !matches!(self, End::Regex | End::Index | End::Offset)
    }
}

impl Reader<'_> {
    /// Reads a word, or nothing where none begins.
    pub(super) fn word(&mut self, end: End) -> Option<Word> {
        let start = self.pos;
        let mut out = Parts::default();
        self.pieces(end, &mut out);
        let span = self.since(start);
        (!out.is_empty()).then(|| out.into_word(span, Single::Text))
    }

    /// Reads what may be empty.
    pub(super) fn operand(&mut self, end: End) -> Word {
        let at = self.pos;
        let word = if self.enter() {
            let word = self.word(end);
            self.leave();
            word
        } else {
            None
        };
        word.unwrap_or_else(|| Word { parts: Vec::new(), span: self.span(at.min(self.pos), at.min(self.pos)) })
    }

    /// Reads the text from `start` to `stop` in the way of `end`, and comes back.
    pub(super) fn region(&mut self, start: usize, stop: usize, end: End) -> Word {
        let (pos, limit, pending) = (self.pos, self.end, self.pending.take());
        (self.pos, self.end) = (start, stop);
        let word = self.operand(end);
        self.end = limit;
        self.pos = if self.stopped() { limit } else { pos };
        self.pending = pending;
        word
    }

    /// Reads parts until `end`, which is left to the caller.
    pub(super) fn pieces(&mut self, end: End, out: &mut Parts) {
        let quote = end.quote();
        let mut nest = 0usize;
        let mut braces = 0usize;
        let mut apostrophe = false;
        let mut tilde = end.tildes();
        let mut assignment = end == End::Value;
        while !self.done() && (apostrophe || !self.stops(end, nest, out.is_empty())) {
            let start = self.pos;
            // zsh closes a group with the last character of a word, too.
            if self.zsh && end == End::Word && braces == 0 && self.peek() == b'}' && is_meta(self.peek_at(1)) {
                break;
            }
            let here_tilde = std::mem::take(&mut tilde);
            match self.peek() {
                b'\\' => self.escape(end, out),
                b'\'' if end.single_quotes(self.zsh) => self.single_quoted(out),
                b'"' if end.double_quotes() && !end.is_document() => self.double_quoted(out),
                b'`' => self.backquoted(quote, out),
                b'$' => self.dollar(end, quote, out),
                b'~' if here_tilde && self.tilde(end, out) => {}
                b'<' | b'>' if end.processes() && self.peek_at(1) == b'(' => self.process(out),
                b'<' if self.zsh && self.numeric_glob() > 0 => self.read_numeric_glob(out),
                b'=' if self.zsh && out.is_empty() && matches!(end, End::Word) && self.equals(out) => {}
                b'*' | b'?' | b'[' | b'+' | b'@' | b'!' | b'^' if end.globs() && self.glob(out) => {}
                // A value is not matched against files, but a group in it is read as one.
                b'*' | b'?' | b'+' | b'@' | b'!' if end == End::Value && self.peek_at(1) == b'(' && self.glob(out) => {}
                b'(' if end == End::Group
                    || (self.zsh && matches!(end, End::Word | End::Value | End::Pattern | End::Test)) =>
                {
                    self.bare_group(out);
                }
                byte @ (b'{' | b',' | b'}') if end == End::Word => {
                    braces = if byte == b'{' { braces + 1 } else { braces.saturating_sub(usize::from(byte == b'}')) };
                    self.advance(1);
                    let span = self.since(start);
                    out.mark(byte, span);
                }
                b'\'' if !self.zsh && matches!(end, End::Operand { quoted: true, role: Role::Text }) => {
                    // In bash a pair of them hides a `}`, though they stay text.
                    apostrophe = !apostrophe;
                    self.plain_byte_as(quote, out);
                }
                b'(' | b'[' if matches!(end, End::Regex | End::Index) => {
                    nest += usize::from((self.peek() == b'(') == (end == End::Regex));
                    self.plain(quote, out);
                }
                b')' | b']' if matches!(end, End::Regex | End::Index) => {
                    nest = nest.saturating_sub(usize::from((self.peek() == b')') == (end == End::Regex)));
                    self.plain(quote, out);
                }
                b'=' if end == End::Word && !self.zsh && out.only_literal().is_some_and(is_name) => {
                    (tilde, assignment) = (true, true);
                    self.plain_byte(out);
                }
                b':' if assignment => {
                    tilde = true;
                    self.plain_byte(out);
                }
                b'\n' if end == End::StrippedHereDocument => {
                    self.plain_byte_as(quote, out);
                    self.skip_tabs(out);
                }
                b'\t' if end == End::StrippedHereDocument && out.is_empty() => self.skip_tabs(out),
                _ => self.plain(quote, out),
            }
        }
        if apostrophe {
            let end = self.pos;
            self.problem(end, "unclosed single quote");
        }
    }

    /// Tells whether a word of this kind ends here.
    fn stops(&self, end: End, nest: usize, empty: bool) -> bool {
        let byte = self.peek();
        match end {
            End::Word | End::Value | End::Test | End::Pattern if is_meta(byte) => match byte {
                b'<' | b'>' if self.peek_at(1) == b'(' => false,
                b'<' if self.zsh && end != End::Value => self.numeric_glob() == 0,
                b'(' if self.zsh => self.at_empty_brackets() || (empty && end == End::Value),
                0 => self.done(),
                _ => true,
            },
            End::Group => matches!(byte, b')' | b'|'),
            End::Regex => nest == 0 && matches!(byte, b' ' | b'\t' | b'\n' | b')'),
            End::Operand { .. } => byte == b'}',
            End::Replace => matches!(byte, b'}' | b'/'),
            End::Offset => matches!(byte, b'}' | b':'),
            End::Index => byte == b']' && nest == 0,
            End::Double => byte == b'"',
            _ => false,
        }
    }

    /// Tells whether `()` stands here, in bash with or without blanks inside.
    pub(super) fn at_empty_brackets(&self) -> bool {
        let blanks: &[char] = if self.zsh { &[] } else { &[' ', '\t'] };
        self.peek() == b'(' && self.rest()[1..].trim_start_matches(blanks).starts_with(')')
    }

    /// Adds a run of ordinary characters.
    fn plain(&mut self, quote: Quote, out: &mut Parts) {
        let start = self.pos;
        self.bump();
        self.bump_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.') || byte >= 0x80);
        let (text, span) = (self.text, self.since(start));
        out.literal(&text[start..self.pos], quote, span);
    }

    fn plain_byte(&mut self, out: &mut Parts) {
        self.plain_byte_as(Quote::None, out);
    }

    fn plain_byte_as(&mut self, quote: Quote, out: &mut Parts) {
        let start = self.pos;
        let text = self.bump();
        let span = self.since(start);
        out.literal(text, quote, span);
    }

    fn skip_tabs(&mut self, out: &mut Parts) {
        let start = self.pos;
        self.bump_while(|byte| byte == b'\t');
        let span = self.since(start);
        out.literal("", Quote::Double, span);
    }

    /// Reads a backslash and what it protects.
    fn escape(&mut self, end: End, out: &mut Parts) {
        let start = self.pos;
        let quote = end.quote();
        self.advance(1);
        if self.eat("\n") {
            let span = self.since(start);
            if !out.is_empty() {
                out.literal("", quote, span);
            }
            return;
        }
        let escapes = match self.peek() {
            _ if quote == Quote::None => true,
            b'$' | b'`' | b'\\' => true,
            b'"' => !end.is_document(),
            b'}' | b'/' => matches!(end, End::Operand { .. }),
            _ => matches!(end, End::Operand { role: Role::Pattern | Role::Replacement, .. }),
        };
        if self.done() {
            // A backslash at the very end: the shell would read on.
            self.problem(start, "nothing follows the backslash");
        }
        let text = if escapes { self.bump() } else { "\\" };
        let span = self.since(start);
        out.literal(text, if quote == Quote::None { Quote::Backslash } else { quote }, span);
    }

    /// Reads `~`, `~user`; not when a quote or an expansion is part of the name.
    fn tilde(&mut self, end: End, out: &mut Parts) -> bool {
        let bytes = self.text.as_bytes();
        let mut at = self.pos + 1;
        let name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'+') || byte >= 0x80;
        while at < self.end && name(bytes[at]) {
            at += 1;
        }
        let ends = at >= self.end
            || is_meta(bytes[at])
            || bytes[at] == b'/'
            || (bytes[at] == b':' && matches!(end, End::Value | End::Word))
            || (bytes[at] == b'}' && matches!(end, End::Operand { .. }))
            || (matches!(bytes[at], b',' | b'}') && end == End::Word);
        if ends {
            let start = self.pos;
            self.pos = at;
            let span = self.since(start);
            out.push(PartKind::Tilde(self.text[start + 1..at].to_string()), Quote::None, span);
        }
        ends
    }

    /// Reads `<(…)` and `>(…)`.
    fn process(&mut self, out: &mut Parts) {
        let start = self.pos;
        let direction = if self.peek() == b'<' { Direction::Input } else { Direction::Output };
        self.advance(1);
        let script = self.bracketed(start);
        let span = self.since(start);
        out.push(PartKind::Process(direction, script), Quote::None, span);
    }

    /// Reads zsh's `=(…)` and `=name`, the path of a command, which stands for the command itself.
    fn equals(&mut self, out: &mut Parts) -> bool {
        let start = self.pos;
        match self.peek_at(1) {
            b'(' => {
                self.advance(1);
                let script = self.bracketed(start);
                let span = self.since(start);
                out.push(PartKind::Process(Direction::File, script), Quote::None, span);
                true
            }
            byte if byte.is_ascii_alphanumeric() => {
                self.advance(1);
                true
            }
            _ => false,
        }
    }

    /// Reads a script in round brackets.
    pub(super) fn bracketed(&mut self, opened: usize) -> Script {
        self.advance(1);
        let script = self.script();
        if !self.eat(")") {
            self.problem(opened, "`)` is missing");
        }
        script
    }
}

/// Tells whether `text` can name a variable.
pub(super) fn is_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|byte| byte == b'_' || byte.is_ascii_alphabetic())
        && bytes.all(|byte| byte == b'_' || byte.is_ascii_alphanumeric())
}
