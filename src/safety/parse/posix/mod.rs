//! bash (with sh) and zsh: scripts, lists, pipelines.

mod array;
mod compound;
mod function;
mod glob;
mod heredoc;
mod parameter;
mod quote;
mod redirect;
mod simple;
mod test;
mod word;

use super::cursor::Cursor;
use crate::safety::ast::{AndOr, Command, Connector, ListEnd, Pipe, Pipeline, Script};
use heredoc::Pending;
use std::ops::{Deref, DerefMut};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Bash,
    Zsh,
}

/// Reads a whole text.
pub(super) fn read(cursor: &mut Cursor<'_>, dialect: Dialect) -> Script {
    let whole = cursor.span(0, cursor.end);
    let mut reader = Reader::new(std::mem::replace(cursor, Cursor::new("")), dialect);
    let mut script = reader.script();
    while !reader.done() {
        let start = reader.pos;
        reader.skip_closer();
        let closer = reader.text[start..reader.pos].to_string();
        reader.problem(start, format!("unexpected `{closer}`"));
        script.lists.extend(reader.script().lists);
    }
    script.span = whole;
    *cursor = reader.cursor;
    script
}

/// A reader of bash or zsh. It is its cursor, and knows the dialect and the here-documents that wait for their bodies.
struct Reader<'a> {
    cursor: Cursor<'a>,
    zsh: bool,
    pending: Option<Pending>,
    /// Up to here no bracket begins a class: the look ahead of an earlier one has been there.
    no_class_before: usize,
    /// In the condition of a zsh `if` or `while`, where `[[ … ]]` needs no separator behind it.
    short: bool,
}

impl<'a> Deref for Reader<'a> {
    type Target = Cursor<'a>;

    fn deref(&self) -> &Cursor<'a> {
        &self.cursor
    }
}

impl DerefMut for Reader<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.cursor
    }
}

impl<'a> Reader<'a> {
    fn new(cursor: Cursor<'a>, dialect: Dialect) -> Self {
        Self { cursor, zsh: dialect == Dialect::Zsh, pending: None, no_class_before: 0, short: false }
    }

    /// Reads lists up to something that closes them, which is left to the caller.
    fn script(&mut self) -> Script {
        let start = self.pos;
        let short = std::mem::take(&mut self.short);
        let mut lists = Vec::new();
        if self.enter() {
            self.skip_gaps();
            while !self.done() && !self.at_closer() {
                let (list, ended) = self.and_or(short);
                lists.extend(list);
                if !ended {
                    break;
                }
                self.skip_gaps();
            }
            self.leave();
        }
        Script { lists, span: self.since(start) }
    }

    /// Reads a script that must hold a command.
    fn body(&mut self, of: &str) -> Script {
        let script = self.script();
        if script.lists.is_empty() && !self.zsh {
            self.problem(script.span.start, format!("no command in {of}"));
        }
        script
    }

    /// Reads one list with its end; says false when `short` allowed it to end without a separator.
    fn and_or(&mut self, short: bool) -> (Option<AndOr>, bool) {
        let start = self.pos;
        let mut list = self.bare_list();
        self.skip_blanks();
        let end = self.list_end();
        let ended = end.is_some() || self.done() || self.at_closer() || matches!(self.peek(), b'\n' | b'#');
        if !ended && short && list.as_ref().is_some_and(ends_delimited) {
            return (list, false);
        }
        if !ended {
            self.unexpected();
        } else if list.is_none() && !(self.zsh && end == Some(ListEnd::Sequence)) && !self.stopped() {
            // zsh takes a lone `;`.
            self.problem(start, "a command is missing");
        }
        if let (Some(list), Some(end)) = (&mut list, end) {
            list.end = end;
        }
        if self.pos == start && !self.done() {
            self.bump();
        }
        (list, true)
    }

    /// Reads pipelines and what joins them.
    fn bare_list(&mut self) -> Option<AndOr> {
        let start = self.pos;
        let first = self.pipeline();
        let mut end = self.pos;
        let mut rest = Vec::new();
        while let Some(connector) = self.connector() {
            let operator = self.pos - 2;
            self.skip_gaps();
            match self.pipeline() {
                Some(pipeline) if first.is_some() => rest.push((connector, pipeline)),
                found => {
                    self.problem(operator, "a command is missing beside the operator");
                    rest.extend(found.map(|pipeline| (connector, pipeline)));
                }
            }
            end = self.pos;
        }
        let span = self.span(start, end);
        let first = first.or_else(|| (!rest.is_empty()).then(|| rest.remove(0).1))?;
        Some(AndOr { first, rest, end: ListEnd::Sequence, span })
    }

    /// Notes what stands where it can't; steps over operators, and leaves a word for the next list.
    fn unexpected(&mut self) {
        let start = self.pos;
        let operator = self.bump_while(|byte| matches!(byte, b';' | b'&' | b'|'));
        if operator.is_empty() {
            self.bump();
            self.bump_while(|byte| !is_meta(byte) && byte.is_ascii());
        }
        let token = self.text[start..self.pos].to_string();
        self.problem(start, format!("unexpected `{token}`"));
        if operator.is_empty() {
            self.pos = start;
        }
    }

    fn connector(&mut self) -> Option<Connector> {
        self.skip_blanks();
        if self.eat("&&") {
            Some(Connector::And)
        } else if self.eat("||") {
            Some(Connector::Or)
        } else {
            None
        }
    }

    fn list_end(&mut self) -> Option<ListEnd> {
        match (self.peek(), self.peek_at(1)) {
            (b'&', b'|' | b'!') if self.zsh => {
                self.advance(2);
                Some(ListEnd::Disowned)
            }
            (b'&', next) if next != b'&' => {
                self.advance(1);
                Some(ListEnd::Background)
            }
            (b';', _) if self.at_case_end() => None,
            (b';', _) => {
                self.advance(1);
                Some(ListEnd::Sequence)
            }
            _ => None,
        }
    }

    fn pipeline(&mut self) -> Option<Pipeline> {
        let start = self.pos;
        let (mut negated, mut timed) = (false, false);
        loop {
            self.skip_blanks();
            match self.reserved() {
                "!" => {
                    if negated && self.zsh {
                        self.problem(start, "zsh takes one `!` only");
                    }
                    self.advance(1);
                    negated = !negated;
                }
                "time" => {
                    self.advance(4);
                    timed = true;
                    self.skip_blanks();
                    for option in ["-p", "--"] {
                        if !self.zsh && self.at(option) && is_meta(self.peek_at(2)) {
                            self.advance(2);
                            self.skip_blanks();
                        }
                    }
                }
                _ => break,
            }
        }
        let mut commands: Vec<Command> = self.command().into_iter().collect();
        if commands.is_empty() && !negated && !timed {
            return None;
        }
        let mut pipes = Vec::new();
        while let Some(pipe) = self.pipe() {
            let operator = self.pos - 1;
            self.skip_gaps();
            if self.reserved() == "!" {
                self.advance(1);
                self.problem(operator, "`!` behind a pipe");
            }
            match self.command() {
                Some(command) if !commands.is_empty() => {
                    pipes.push(pipe);
                    commands.push(command);
                }
                found => {
                    self.problem(operator, "a command is missing beside the pipe");
                    commands.extend(found);
                    break;
                }
            }
        }
        Some(Pipeline { negated, timed, commands, pipes, span: self.since(start) })
    }

    fn pipe(&mut self) -> Option<Pipe> {
        // Blanks before the pipe belong to nobody, so the span of the pipeline must not take them when there is none.
        let before = self.pos;
        self.skip_blanks();
        if self.at("||") || !self.eat("|") {
            self.pos = before;
            return None;
        }
        Some(if self.eat("&") { Pipe::Both } else { Pipe::Output })
    }

    /// Skips blanks and joined lines.
    fn skip_blanks(&mut self) {
        loop {
            match self.peek() {
                b' ' | b'\t' => self.advance(1),
                b'\\' if self.peek_at(1) == b'\n' => self.advance(2),
                _ => return,
            }
        }
    }

    /// Skips blanks, newlines (and the here-documents behind them) and comments.
    fn skip_gaps(&mut self) {
        loop {
            self.skip_blanks();
            match self.peek() {
                b'\n' => self.newline(),
                b'#' => self.skip_comment(),
                _ => return,
            }
        }
    }

    fn skip_comment(&mut self) {
        let start = self.pos;
        self.bump_while(|byte| byte != b'\n');
        self.cursor.comment(start);
    }

    /// Returns the plain word here if it is one the grammar may know, else nothing.
    fn reserved(&self) -> &'a str {
        // In zsh a brace needs no blank behind it.
        if self.zsh && self.peek() == b'{' {
            return "{";
        }
        let bytes = self.text.as_bytes();
        let mut end = self.pos;
        while end < self.end && (bytes[end].is_ascii_lowercase() || b"!{}[]".contains(&bytes[end])) {
            end += 1;
        }
        // Anything else behind it makes it another word; a joined line may come first.
        let behind = self.text[end.min(self.end)..self.end].trim_start_matches("\\\n");
        if !behind.bytes().next().is_none_or(is_meta) {
            return "";
        }
        let word = &self.text[self.pos..end];
        // In zsh the brace behind `done}` is a word of its own.
        match word.strip_suffix('}') {
            Some(keyword) if self.zsh && !keyword.is_empty() => keyword,
            _ => word,
        }
    }

    fn at_closer(&self) -> bool {
        match self.peek() {
            b')' => true,
            b';' => self.at_case_end(),
            b'}' | b'a'..=b'z' => match self.reserved() {
                "then" | "do" | "done" | "fi" | "elif" | "else" | "esac" | "}" => true,
                "end" => self.zsh,
                _ => false,
            },
            _ => false,
        }
    }

    /// Tells whether `;;`, `;&` or zsh's `;|` stands here.
    fn at_case_end(&self) -> bool {
        self.peek() == b';' && (matches!(self.peek_at(1), b';' | b'&') || (self.zsh && self.peek_at(1) == b'|'))
    }

    fn skip_closer(&mut self) {
        let length = match self.peek() {
            b')' => 1,
            b';' => 2,
            _ => self.reserved().len().max(1),
        };
        self.advance(length);
    }

    /// Steps over a word of the grammar that must stand here.
    fn expect(&mut self, keyword: &str, opened: usize) {
        self.skip_gaps();
        if self.reserved() == keyword {
            self.advance(keyword.len());
        } else {
            self.problem(opened, format!("`{keyword}` is missing"));
        }
    }
}

/// Tells whether the list's last command shows its own end.
fn ends_delimited(list: &AndOr) -> bool {
    use crate::safety::ast::CommandKind::{Arithmetic, Group, Subshell, Test};
    list.pipelines()
        .last()
        .and_then(|pipeline| pipeline.commands.last())
        .is_some_and(|last| matches!(last.kind, Test(_) | Arithmetic(_) | Subshell(_) | Group(_)))
}

/// Tells whether an unquoted `byte` ends a word; the end of the text reads as 0.
fn is_meta(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'(' | b')' | b'<' | b'>' | 0)
}
