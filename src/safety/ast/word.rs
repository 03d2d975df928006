//! Words and their parts.

use super::{Element, Script, Span};

/// One word before expansion.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Word {
    pub parts: Vec<Part>,
    pub span: Span,
}

impl Word {
    /// Returns the text if the word is made of literals only: what the shell passes on, whatever the variables are.
    pub fn literal(&self) -> Option<std::borrow::Cow<'_, str>> {
        match self.parts.as_slice() {
            [Part { kind: PartKind::Literal(text), .. }] => Some(text.as_str().into()),
            parts => parts
                .iter()
                .map(|part| match &part.kind {
                    PartKind::Literal(text) => Some(text.as_str()),
                    _ => None,
                })
                .collect::<Option<String>>()
                .map(Into::into),
        }
    }

    /// Reads an operand of `export`, `declare`, `local`, `alias`, `env` as an assignment: the name, whether `+=` stood there,
    /// and the parts of the value (an array is one [`PartKind::Array`]).
    ///
    /// The first literal of the value may be cut, so parts are copied.
    pub fn as_assignment(&self) -> Option<(&str, bool, Vec<Part>)> {
        let Part { kind: PartKind::Literal(text), quote: Quote::None, span } = self.parts.first()? else {
            return None;
        };
        let at = text.find('=')?;
        let (name, append) = match text[..at].strip_suffix('+') {
            Some(name) => (name, true),
            None => (&text[..at], false),
        };
        if name.is_empty() {
            return None;
        }
        let mut value = Vec::new();
        if at + 1 < text.len() {
            let kind = PartKind::Literal(text[at + 1..].to_string());
            // An unquoted literal without escapes is as long as its source; with them the start can only be too early.
            let start = (span.start + at + 1).min(span.end);
            value.push(Part { kind, quote: Quote::None, span: Span::new(start, span.end) });
        }
        value.extend(self.parts[1..].iter().cloned());
        Some((name, append, value))
    }
}

/// A piece of a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub kind: PartKind,
    pub quote: Quote,
    /// Of a literal that is alone between its quotes: with the quotes.
    pub span: Span,
}

/// How a part is quoted. Anything but `None` stops splitting and globbing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quote {
    None,
    /// One character after a backslash.
    Backslash,
    Single,
    /// `"…"`, and the body of an unquoted here-document.
    Double,
    /// `$'…'`, already decoded.
    Ansi,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartKind {
    Literal(String),
    /// Only where the shell would match it against file names or as a pattern; quoted `*` is a literal.
    Glob(Glob),
    /// `~` (empty), `~user`, `~+`, `~-`: what stands behind the tilde, up to the slash.
    Tilde(String),
    Parameter(Box<Parameter>),
    /// `$(…)`, backquotes, fish `(…)`.
    Command(Script),
    /// `<(…)`, `>(…)`, zsh `=(…)`.
    Process(Direction, Script),
    /// `$((…))`, `$[…]`: the inside as a word of literals and expansions.
    Arithmetic(Word),
    Brace(Brace),
    /// `(a b)` in an operand of a declaration (`declare x=(a b)`); never elsewhere.
    Array(Vec<Element>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Glob {
    /// `*`.
    Any,
    /// `**`: any depth (where the shell has it on).
    AnyDepth,
    /// `?`.
    One,
    /// `[a-z]` with its brackets, as written; zsh `<1-9>` too. Only `[` if the class holds an expansion: what follows is read
    /// as usual.
    Class(String),
    /// `@(a|b)` and its kin with the sign, zsh `(a|b)` with `@`; a zsh `(…)` alone is one alternative.
    Group(char, Vec<Word>),
    /// zsh qualifiers and flags, as written with the brackets: `(.om[1])`, `(#i)`. One that runs code is a problem, too.
    Qualifier(String),
    /// zsh's `^` at the start of a word: all but what follows, where extended globs are on.
    Not,
}

/// Which way a process substitution reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// `<(…)`: a file to read the output from.
    Input,
    /// `>(…)`: a file whose content goes to the command.
    Output,
    /// zsh `=(…)`: a temporary file with the output.
    File,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Brace {
    /// `{a,b}`.
    List(Vec<Word>),
    /// `{1..9}`, `{a..e..2}`.
    Range { from: String, to: String, step: Option<String> },
}

/// `$name`, `${…}`, fish `$name[…]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// A variable, a digit, or one of `@ * # ? - $ ! 0`. Empty when `inner` stands instead.
    pub name: String,
    /// zsh `${${x}…}`, `${:-x}`, fish `$$x` and `$(…)[1]`: what is expanded in place of a name.
    pub inner: Option<Word>,
    /// zsh `${(flags)x}`, without the brackets; arguments of flags are text.
    pub flags: String,
    /// `${!x}`: the value names the variable.
    pub indirect: bool,
    /// `${#x}`.
    pub length: bool,
    /// `${x[i]}` and fish `$x[1..2]`; `@` and `*` are literals.
    pub index: Option<Word>,
    pub op: ParameterOp,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParameterOp {
    None,
    /// `${x:-w}`, `${x-w}`.
    Default {
        colon: bool,
        word: Word,
    },
    /// `${x:=w}`; zsh `${x::=w}` is `always`.
    Assign {
        colon: bool,
        always: bool,
        word: Word,
    },
    /// `${x:?w}`.
    Error {
        colon: bool,
        word: Word,
    },
    /// `${x:+w}`.
    Alternative {
        colon: bool,
        word: Word,
    },
    /// `#`, `##`.
    TrimPrefix {
        longest: bool,
        pattern: Word,
    },
    /// `%`, `%%`.
    TrimSuffix {
        longest: bool,
        pattern: Word,
    },
    /// `/`, `//`, `/#`, `/%`; no `with`: deleted.
    Replace {
        which: Which,
        pattern: Word,
        with: Option<Word>,
    },
    /// `:offset:length`.
    Slice {
        offset: Word,
        length: Option<Word>,
    },
    /// `^ ^^ , ,,` (and `~ ~~`), as written.
    Case(String, Option<Word>),
    /// `@Q`, `@P`: the letter.
    Transform(char),
    /// `${!a[@]}`: the indices.
    Indices,
    /// `${!pre*}`, `${!pre@}`: names that begin so.
    Names,
    /// zsh `${x:h:t}` and `$x:h`: the letters behind the colons, with their arguments.
    Modifiers(String),
    /// Anything else (zsh `${a:|b}`, `${a:^b}`, `${a:#pat}`): as written, the expansions inside as parts.
    Other(Word),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Which {
    First,
    All,
    Prefix,
    Suffix,
}
