//! Redirects.

use super::Reader;
use super::word::{End, is_name};
use crate::safety::ast::{Descriptor, Part, PartKind, Quote, Redirect, RedirectOp, Target, Word};

/// Operators, longest first; the flag says zsh only.
const OPERATORS: &[(&str, RedirectOp, bool)] = &[
    ("<<<", RedirectOp::HereString, false),
    ("<<-", RedirectOp::HereDocument, false),
    ("<<", RedirectOp::HereDocument, false),
    ("<>", RedirectOp::ReadWrite, false),
    ("<&", RedirectOp::DuplicateInput, false),
    ("<", RedirectOp::Read, false),
    (">>&|", RedirectOp::AppendBoth, true),
    (">>&!", RedirectOp::AppendBoth, true),
    (">>&", RedirectOp::AppendBoth, true),
    (">>|", RedirectOp::Append, true),
    (">>!", RedirectOp::Append, true),
    (">&|", RedirectOp::WriteBoth, true),
    (">&!", RedirectOp::WriteBoth, true),
    (">>", RedirectOp::Append, false),
    (">&", RedirectOp::DuplicateOutput, false),
    (">|", RedirectOp::Clobber, false),
    (">!", RedirectOp::Clobber, true),
    (">", RedirectOp::Write, false),
    ("&>>|", RedirectOp::AppendBoth, true),
    ("&>>!", RedirectOp::AppendBoth, true),
    ("&>>", RedirectOp::AppendBoth, false),
    ("&>|", RedirectOp::WriteBoth, true),
    ("&>!", RedirectOp::WriteBoth, true),
    ("&>", RedirectOp::WriteBoth, false),
];

impl Reader<'_> {
    /// Reads every redirect that stands here.
    pub(super) fn redirects(&mut self) -> Vec<Redirect> {
        let mut redirects = Vec::new();
        loop {
            let before = self.pos;
            self.skip_blanks();
            match self.redirect() {
                Some(redirect) => redirects.push(redirect),
                None => {
                    self.pos = before;
                    return redirects;
                }
            }
        }
    }

    /// Reads one redirect, or nothing where none begins.
    pub(super) fn redirect(&mut self) -> Option<Redirect> {
        let start = self.pos;
        let descriptor = self.descriptor();
        let Some((token, mut op)) = self.redirect_operator() else {
            self.pos = start;
            return None;
        };
        self.advance(token.len());
        let target = if op == RedirectOp::HereDocument {
            self.here_document(token == "<<-").map(Target::HereDocument)
        } else {
            self.skip_blanks();
            let duplicates = matches!(op, RedirectOp::DuplicateInput | RedirectOp::DuplicateOutput);
            if duplicates && !self.zsh && self.peek() == b'-' {
                Some(Target::Word(self.dash()))
            } else if self.peek() == b'#' {
                None
            } else {
                self.word(End::Word).map(Target::Word)
            }
        };
        let target = target.unwrap_or_else(|| {
            if op != RedirectOp::HereDocument {
                self.problem(start, "the redirect has no target");
            }
            Target::Word(Word { parts: Vec::new(), span: self.span(self.pos, self.pos) })
        });
        if op == RedirectOp::DuplicateOutput && !names_descriptor(&target) {
            op = RedirectOp::WriteBoth;
        }
        Some(Redirect { descriptor, op, target, span: self.since(start) })
    }

    /// Reads the `-` of bash's `>&-`, a token by itself: in `>&-rm x` the command is `rm`.
    fn dash(&mut self) -> Word {
        let start = self.pos;
        self.advance(1);
        let span = self.since(start);
        Word { parts: vec![Part { kind: PartKind::Literal("-".to_string()), quote: Quote::None, span }], span }
    }

    /// Tells whether a redirect begins at a bracket or an `&`, as seen from inside a simple command.
    pub(super) fn at_redirect(&mut self) -> bool {
        let start = self.pos;
        self.descriptor();
        let found = self.redirect_operator().is_some();
        self.pos = start;
        found
    }

    fn redirect_operator(&self) -> Option<(&'static str, RedirectOp)> {
        match self.peek() {
            b'<' if self.zsh && self.numeric_glob() > 0 => None,
            b'<' | b'>' if self.peek_at(1) == b'(' => None,
            b'<' | b'>' | b'&' => OPERATORS
                .iter()
                .find(|(token, _, zsh)| (!zsh || self.zsh) && self.at(token))
                .map(|(token, op, _)| (*token, *op)),
            _ => None,
        }
    }

    /// Reads the number or `{name}` before an operator; the caller goes back if there is none behind it.
    fn descriptor(&mut self) -> Option<Descriptor> {
        match self.peek() {
            b'0'..=b'9' => {
                let digits = self.bump_while(|byte| byte.is_ascii_digit());
                // zsh takes one digit only; longer numbers are words there.
                if self.zsh && digits.len() > 1 {
                    self.pos = self.end;
                    return None;
                }
                matches!(self.peek(), b'<' | b'>').then(|| digits.parse().ok().map(Descriptor::Number)).flatten()
            }
            b'{' => {
                let close = self.rest().as_bytes().iter().take(64).position(|byte| *byte == b'}')?;
                let name = &self.rest()[1..close];
                let follows = matches!(self.peek_at(close + 1), b'<' | b'>');
                if !follows || !is_name(name) {
                    return None;
                }
                let name = name.to_string();
                self.advance(close + 1);
                Some(Descriptor::Variable(name))
            }
            _ => None,
        }
    }
}

/// Tells whether `>&` has a descriptor behind it: digits, `-`, or digits and `-`.
fn names_descriptor(target: &Target) -> bool {
    let Target::Word(word) = target else { return false };
    word.literal().is_some_and(|text| {
        let digits = text.strip_suffix('-').unwrap_or(&text);
        !text.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) || text == "p"
    })
}
