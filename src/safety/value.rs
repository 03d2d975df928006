//! What a word may become: text with marks where the shell, or the world, fills something in.
//!
//! One string carries the whole abstract value, because nearly every question about a word (which path is it, does it begin with
//! a dash, where does it split) is a question about a string. What is not text is a mark, a character that no command can
//! hold: text from outside loses these characters in [`clean`].

use crate::safety::ast::Span;
use std::borrow::Cow;

/// `*`: any row of characters but `/`.
pub const ANY: char = '\u{10F000}';
/// `**`: any depth of folders.
pub const DEEP: char = '\u{10F001}';
/// `?`: one character but `/`.
pub const ONE: char = '\u{10F002}';
/// Begins a bracket class; the characters up to [`CLOSE`] are its inside.
pub const OPEN: char = '\u{10F003}';
/// Ends a bracket class.
pub const CLOSE: char = '\u{10F004}';
/// The user's home.
pub const HOME: char = '\u{10F005}';
/// The directory the command line starts in.
pub const HERE: char = '\u{10F006}';
/// Any text, perhaps none.
pub const UNKNOWN: char = '\u{10F007}';
/// Any text, but some.
pub const FILLED: char = '\u{10F008}';
/// One name of a file, a number, a date: some text without `/`, and neither `.` nor `..`.
pub const NAME: char = '\u{10F009}';

/// Every mark is encoded with this first byte, and no other character that [`clean`] lets through is.
const LEAD: u8 = 0xF4;

/// Returns true for a mark.
pub fn is_mark(character: char) -> bool {
    (ANY..=NAME).contains(&character)
}

/// Returns true when the text holds any mark.
pub fn has_marks(text: &str) -> bool {
    text.as_bytes().contains(&LEAD)
}

/// Returns true when the text holds a mark that stands for text nobody knows.
pub fn has_unknown(text: &str) -> bool {
    has_marks(text) && text.contains([UNKNOWN, FILLED, NAME])
}

/// Returns true when the text holds a pattern.
pub fn has_glob(text: &str) -> bool {
    has_marks(text) && text.contains([ANY, DEEP, ONE, OPEN])
}

/// Takes the characters that marks use out of foreign text.
pub fn clean(text: &str) -> Cow<'_, str> {
    if has_marks(text) {
        Cow::Owned(text.chars().map(|c| if c >= '\u{100000}' { '\u{FFFFD}' } else { c }).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// Returns `text` as people write it: globs as globs, the home as `~`, the unknown as dots.
pub fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            ANY => shown.push('*'),
            DEEP => shown.push_str("**"),
            ONE => shown.push('?'),
            OPEN => shown.push('['),
            CLOSE => shown.push(']'),
            HOME => shown.push('~'),
            HERE => shown.push('.'),
            UNKNOWN | FILLED | NAME => shown.push('…'),
            other if other.is_control() => shown.extend(other.escape_default()),
            other => shown.push(other),
        }
    }
    if shown.chars().count() > 80 {
        shown = shown.chars().take(77).collect();
        shown.push('…');
    }
    shown
}

/// Where a text came from, as far as that matters: a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Taint(u16);

impl Taint {
    pub const NONE: Taint = Taint(0);
    /// Came over the network, or from another machine.
    pub const NETWORK: Taint = Taint(1);
    /// Came out of a decoder: what it says could not be read in the line.
    pub const DECODED: Taint = Taint(2);
    /// Holds a key, a token, a password.
    pub const SECRET: Taint = Taint(4);
    /// Holds the environment, which often holds tokens.
    pub const ENVIRONMENT: Taint = Taint(8);
    /// Text of a file, a variable or a program: unknown, but the user's own.
    pub const LOCAL: Taint = Taint(16);
    /// The path of something that this line made itself.
    pub const SCRATCH: Taint = Taint(32);
    /// Text that a program of this machine prints of its own: to run it is no more than to run that program.
    pub const PROGRAM: Taint = Taint(64);
    /// The user's own configuration.
    pub const CONFIGURATION: Taint = Taint(128);
    /// Came out of a shell that reads its commands from somewhere: whoever reads this talks to it.
    pub const SHELL: Taint = Taint(256);

    /// Returns true when any of `other` is in the set.
    pub fn has(self, other: Taint) -> bool {
        self.0 & other.0 != 0
    }

    /// Returns the set without `other`.
    pub fn without(self, other: Taint) -> Taint {
        Taint(self.0 & !other.0)
    }
}

impl std::ops::BitOr for Taint {
    type Output = Taint;
    fn bitor(self, other: Taint) -> Taint {
        Taint(self.0 | other.0)
    }
}

impl std::ops::BitOrAssign for Taint {
    fn bitor_assign(&mut self, other: Taint) {
        self.0 |= other.0;
    }
}

/// One word after expansion.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Value {
    pub text: String,
    pub taint: Taint,
    /// Where the word stands in the original text.
    pub span: Span,
}

impl Value {
    /// Makes a value of text with marks.
    pub fn new(text: impl Into<String>, span: Span) -> Self {
        Value { text: text.into(), taint: Taint::NONE, span }
    }

    /// Returns the text if all of it is known.
    pub fn known(&self) -> Option<&str> {
        if has_marks(&self.text) { None } else { Some(&self.text) }
    }

    /// Returns the value with other text.
    pub fn with_text(&self, text: impl Into<String>) -> Value {
        Value { text: text.into(), taint: self.taint, span: self.span }
    }

    /// Returns the text as people write it.
    pub fn shown(&self) -> String {
        shown(&self.text)
    }
}

/// What comes out of a command: its text if that is known, and where it came from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Flow {
    /// Text with marks; nothing when unknown.
    pub text: Option<String>,
    pub taint: Taint,
}

impl Flow {
    /// The longest text a flow remembers.
    const LIMIT: usize = 32 * 1024;

    /// Makes a flow of known text.
    pub fn text(text: impl Into<String>) -> Self {
        Flow { text: Some(text.into()), taint: Taint::NONE }
    }

    /// Makes a flow of which only the origin is known.
    pub fn of(taint: Taint) -> Self {
        Flow { text: None, taint }
    }

    /// Makes a flow without text: a command that prints nothing.
    pub fn empty() -> Self {
        Flow::text("")
    }

    /// Makes the flow of a program of which nothing is known.
    pub fn local() -> Self {
        Flow::of(Taint::LOCAL)
    }

    /// Appends what came after it.
    pub fn join(&mut self, next: Flow) {
        self.taint |= next.taint;
        match (&mut self.text, next.text) {
            (Some(text), Some(more)) if text.len() + more.len() <= Flow::LIMIT => text.push_str(&more),
            (_, Some(more)) if more.is_empty() => {}
            (Some(text), None) if text.is_empty() => self.text = None,
            // What is known stays known, with the unknown beside it.
            (Some(text), None) if text.len() < Flow::LIMIT => text.extend([UNKNOWN, '\n']),
            (mine @ None, Some(more)) if more.len() < Flow::LIMIT => *mine = Some(format!("{UNKNOWN}\n{more}")),
            (mine, _) => {
                *mine = None;
                if self.taint == Taint::NONE {
                    self.taint = Taint::LOCAL;
                }
            }
        }
    }

    /// Returns the same origin with other text.
    pub fn with_text(&self, text: Option<String>) -> Flow {
        Flow { text, taint: self.taint }
    }

    /// Adds an origin.
    pub fn tainted(mut self, taint: Taint) -> Flow {
        self.taint |= taint;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_cannot_hold_marks() {
        assert!(!has_marks(&clean("a\u{10F000}b\u{10FFFF}")));
        assert_eq!(clean("ü*~"), "ü*~");
        assert_eq!(shown(&format!("{HOME}/a{ANY}")), "~/a*");
    }

    #[test]
    fn flows_join() {
        let mut flow = Flow::text("a\n");
        flow.join(Flow::text("b\n"));
        assert_eq!(flow.text.as_deref(), Some("a\nb\n"));
        flow.join(Flow::local());
        assert_eq!(flow.text, Some(format!("a\nb\n{UNKNOWN}\n")));
        let mut flow = Flow::local();
        flow.join(Flow::text("a\n"));
        assert_eq!(flow.text, Some(format!("{UNKNOWN}\na\n")));
        let mut flow = Flow::empty();
        flow.join(Flow::local());
        assert_eq!(flow, Flow::local());
    }
}
