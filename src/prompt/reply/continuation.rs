//! Knows whether a command goes on in its next line.
//!
//! A reply without a fence gives no other sign of where its command ends. This follows just enough of the shell grammar
//! of bash, zsh and fish to count what is open, line by line; it judges nothing and forgives everything, which is why
//! the parser of the safety rules is not used for it.

/// What the lines of a command so far have left open.
#[derive(Clone, Debug, Default)]
pub(super) struct Continuation {
    /// What is open, innermost last.
    open: Vec<Open>,
    /// The here-documents that follow, in order.
    documents: Vec<Document>,
    /// Whether the last line ends in a backslash or an operator that wants another command.
    is_dangling: bool,
}

/// Something that ends later than it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    /// `'…'`
    SingleQuote,
    /// `$'…'`
    EscapedQuote,
    /// `"…"`
    DoubleQuote,
    /// `` `…` ``
    Backtick,
    /// `(…)`
    Parenthesis,
    /// `$(…)`
    Substitution,
    /// `((…))` and `$((…))`
    Arithmetic,
    /// `${…}`
    Parameter,
    /// `{ …; }`
    Brace,
    /// `if`, `case`, a loop, and what fish ends with `end`
    Block,
}

/// A here-document that has been announced.
#[derive(Clone, Debug)]
struct Document {
    delimiter: String,
    /// Whether tabs before the delimiter are ignored, as for `<<-`.
    is_indented: bool,
}

impl Continuation {
    /// Returns whether the next line belongs to the command.
    pub(super) fn is_open(&self) -> bool {
        self.is_dangling || !self.open.is_empty() || !self.documents.is_empty()
    }

    /// Returns whether the next line belongs to a here-document.
    pub(super) fn is_in_document(&self) -> bool {
        !self.documents.is_empty()
    }

    /// Returns whether the next line begins inside quotes.
    pub(super) fn is_in_quotes(&self) -> bool {
        matches!(self.open.last(), Some(Open::SingleQuote | Open::EscapedQuote | Open::DoubleQuote))
    }

    /// Takes the next line, without its line break.
    pub(super) fn take(&mut self, line: &str) {
        self.is_dangling = false;
        match self.documents.first() {
            None => self.scan(line),
            Some(document) => {
                let line = if document.is_indented { line.trim_start_matches('\t') } else { line };
                if line == document.delimiter {
                    self.documents.remove(0);
                }
            }
        }
    }

    /// Reads a line of shell.
    fn scan(&mut self, line: &str) {
        let mut words = Words::default();
        let mut rest = line;
        while let Some(next) = rest.chars().next() {
            let inner = self.open.last().copied();
            if next == '#' && words.word.is_empty() && is_shell(inner) {
                break;
            }
            self.is_dangling &= next.is_whitespace();
            rest = &rest[self.read(rest, next, inner, &mut words)..];
        }
        if words.word == "{" {
            self.open.push(Open::Brace);
        } else {
            words.end(&mut self.open);
        }
    }

    /// Reads what begins with the next character, and returns its length.
    fn read(&mut self, rest: &str, next: char, inner: Option<Open>, words: &mut Words) -> usize {
        let length = next.len_utf8();
        match (inner, next) {
            (Some(Open::SingleQuote | Open::EscapedQuote), '\'') | (Some(Open::DoubleQuote), '"') => {
                words.word.push(next);
                self.open.pop();
            }
            (Some(Open::SingleQuote), _) => {}
            (_, '\\') => {
                words.word.push(next);
                let escaped = rest.chars().nth(1);
                self.is_dangling = escaped.is_none();
                return length + escaped.map_or(0, char::len_utf8);
            }
            (Some(Open::EscapedQuote), _) => {}
            (_, '$') => return self.read_expansion(rest, inner, words),
            (_, '`') => self.toggle_backtick(words),
            (Some(Open::DoubleQuote), _) => {}
            (_, '"') => self.open.push(Open::DoubleQuote),
            (_, '\'') => self.open.push(Open::SingleQuote),
            (Some(Open::Parameter), '}') => drop(self.open.pop()),
            (Some(Open::Parameter), _) => {}
            (_, '(') => {
                let is_arithmetic = rest.starts_with("((");
                self.open.push(if is_arithmetic { Open::Arithmetic } else { Open::Parenthesis });
                words.begin();
                return length + usize::from(is_arithmetic);
            }
            (_, ')') => return self.read_closing(rest, words),
            (_, ';' | '&' | '|') => {
                words.end(&mut self.open);
                words.begin();
                let is_double = rest.starts_with("&&") || rest.starts_with("||") || rest.starts_with("|&");
                self.is_dangling = is_double || next == '|';
                return length + usize::from(is_double);
            }
            (_, '<') if rest.starts_with("<<<") => return 3,
            (_, '<') if rest.starts_with("<<") && !self.open.contains(&Open::Arithmetic) => {
                return self.read_document(rest);
            }
            (_, blank) if blank.is_whitespace() => words.end(&mut self.open),
            _ => words.word.push(next),
        }
        length
    }

    /// Reads a `$` and the bracket behind it.
    fn read_expansion(&mut self, rest: &str, inner: Option<Open>, words: &mut Words) -> usize {
        let (open, length) = match rest.as_bytes() {
            [_, b'(', b'(', ..] => (Open::Arithmetic, 3),
            [_, b'(', ..] => (Open::Substitution, 2),
            [_, b'{', ..] => (Open::Parameter, 2),
            [_, b'\'', ..] if inner != Some(Open::DoubleQuote) => (Open::EscapedQuote, 2),
            _ => {
                words.word.push('$');
                return 1;
            }
        };
        self.open.push(open);
        words.word.push('$');
        if open == Open::Substitution {
            words.begin();
        }
        length
    }

    /// Reads a `)`, which in a `case` closes nothing.
    fn read_closing(&mut self, rest: &str, words: &mut Words) -> usize {
        words.end(&mut self.open);
        words.begin();
        match self.open.last() {
            Some(Open::Arithmetic) => {
                self.open.pop();
                words.word.push('$');
                return if rest.starts_with("))") { 2 } else { 1 };
            }
            Some(Open::Substitution) => {
                self.open.pop();
                words.word.push('$');
            }
            Some(Open::Parenthesis) => drop(self.open.pop()),
            _ => {}
        }
        1
    }

    fn toggle_backtick(&mut self, words: &mut Words) {
        if self.open.contains(&Open::Backtick) {
            while self.open.pop() != Some(Open::Backtick) {}
            words.word.push('`');
        } else {
            self.open.push(Open::Backtick);
            words.begin();
        }
    }

    /// Reads the announcement of a here-document.
    fn read_document(&mut self, rest: &str) -> usize {
        let text = &rest[2..];
        let is_indented = text.starts_with('-');
        let text = text.strip_prefix('-').unwrap_or(text).trim_start();
        let end = text.find(|end: char| end.is_whitespace() || ";&|<>()".contains(end)).unwrap_or(text.len());
        let delimiter = text[..end].replace(['\'', '"', '\\'], "");
        if !delimiter.is_empty() {
            self.documents.push(Document { delimiter, is_indented });
        }
        rest.len() - text.len() + end
    }
}

/// Returns whether what is innermost is read as commands.
fn is_shell(inner: Option<Open>) -> bool {
    !matches!(
        inner,
        Some(Open::SingleQuote | Open::EscapedQuote | Open::DoubleQuote | Open::Parameter | Open::Arithmetic)
    )
}

/// The words of a line, as far as they tell where reserved words stand.
#[derive(Debug, Default)]
struct Words {
    /// The word being read, with a mark in place of what is quoted or expanded.
    word: String,
    /// Whether the word is an argument, so that it is not reserved.
    is_argument: bool,
}

impl Words {
    /// Begins a command.
    fn begin(&mut self) {
        self.word.clear();
        self.is_argument = false;
    }

    /// Ends a word, which opens or closes something if it is reserved.
    fn end(&mut self, open: &mut Vec<Open>) {
        let mut close = |closed| {
            if open.last() == Some(&closed) {
                open.pop();
            }
        };
        match self.word.as_str() {
            "" => return,
            _ if self.is_argument => {}
            "fi" | "done" | "esac" | "end" => {
                close(Open::Block);
                self.is_argument = true;
            }
            "}" => {
                close(Open::Brace);
                self.is_argument = true;
            }
            "if" | "while" | "until" | "begin" => open.push(Open::Block),
            "for" | "case" | "select" | "switch" => {
                open.push(Open::Block);
                self.is_argument = true;
            }
            "{" => open.push(Open::Brace),
            "then" | "else" | "elif" | "do" | "!" | "time" | "and" | "or" | "not" => {}
            _ => self.is_argument = true,
        }
        self.word.clear();
    }
}
