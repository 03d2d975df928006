//! The blocks of fish, each closed by `end`.

use super::{Keyword, Reader};
use crate::safety::ast::{
    AndOr, Case, CaseEnd, CaseItem, Command, CommandKind, For, Function, If, ListEnd, Script, While, Word,
};

impl Reader<'_> {
    pub(super) fn expect_end(&mut self, opened: usize) {
        self.skip_gaps();
        match self.keyword() {
            Some((Keyword::End, length)) => self.advance(length),
            _ => self.problem(opened, "`end` is missing"),
        }
    }

    pub(super) fn if_block(&mut self, start: usize) -> CommandKind {
        let mut branches = Vec::new();
        let mut otherwise = None;
        loop {
            let condition = self.condition("if");
            let body = self.script();
            branches.push((condition, body));
            let Some((Keyword::Else, length)) = self.keyword() else { break };
            self.advance(length);
            self.skip_blanks();
            if let Some((Keyword::If, length)) = self.keyword() {
                self.advance(length);
                continue;
            }
            self.statement_end(start);
            otherwise = Some(self.script());
            break;
        }
        self.expect_end(start);
        CommandKind::If(If { branches, otherwise })
    }

    pub(super) fn while_block(&mut self, start: usize) -> CommandKind {
        let condition = self.condition("while");
        let body = self.script();
        self.expect_end(start);
        CommandKind::While(While { until: false, condition, body })
    }

    /// Reads the list behind `if` or `while`, and the statements with `and` and `or` that go on with it.
    fn condition(&mut self, of: &str) -> Script {
        let start = self.pos;
        self.skip_blanks();
        let mut lists: Vec<AndOr> = Vec::new();
        if self.done() || matches!(self.peek(), b';' | b'\n') {
            self.bump();
            self.problem(start, format!("`{of}` has no condition"));
            return Script { lists, span: self.since(start) };
        }
        loop {
            self.statement(&mut lists);
            let end = self.pos;
            // In the background it is no condition, and nothing goes on with it.
            if lists.last().is_none_or(|list| list.end != ListEnd::Sequence) {
                break;
            }
            self.skip_gaps();
            if self.done() || !matches!(self.keyword(), Some((Keyword::And | Keyword::Or, _))) {
                self.pos = if self.stopped() { self.end } else { end };
                break;
            }
        }
        Script { lists, span: self.since(start) }
    }

    pub(super) fn for_block(&mut self, start: usize) -> CommandKind {
        self.skip_blanks();
        let at = self.pos;
        let name = self.word();
        let names = vec![self.text[at..self.pos].to_string()];
        if name.is_none() {
            self.problem(start, "no variable for the loop");
        }
        self.skip_blanks();
        let at = self.pos;
        if self.word().is_none_or(|word| word.literal().as_deref() != Some("in")) {
            self.pos = if self.stopped() { self.end } else { at };
            self.problem(start, "`in` is missing");
        }
        let words = Some(self.words());
        self.statement_end(start);
        let body = self.script();
        self.expect_end(start);
        CommandKind::For(For { select: false, names, words, body })
    }

    pub(super) fn switch_block(&mut self, start: usize) -> CommandKind {
        let mut words = self.words();
        if words.len() != 1 {
            self.problem(start, "`switch` takes one word");
        }
        self.statement_end(start);
        let mut items = Vec::new();
        // Words that are too many are kept as patterns, so that nothing in them is lost.
        let word = if words.is_empty() { Word::default() } else { words.remove(0) };
        if !words.is_empty() {
            items.push(CaseItem { patterns: words, body: Script::default(), end: CaseEnd::Break });
        }
        self.skip_gaps();
        while let Some((Keyword::Case, length)) = self.keyword() {
            self.advance(length);
            let patterns = self.words();
            self.statement_end(start);
            let body = self.script();
            items.push(CaseItem { patterns, body, end: CaseEnd::Break });
        }
        self.expect_end(start);
        CommandKind::Case(Case { word, items })
    }

    pub(super) fn function_block(&mut self, start: usize) -> CommandKind {
        let names = self.words();
        if names.is_empty() {
            self.problem(start, "the function has no name");
        }
        self.statement_end(start);
        let at = self.pos;
        let script = self.script();
        let span = self.since(at);
        self.expect_end(start);
        let body = Command { kind: CommandKind::Group(script), redirects: Vec::new(), span };
        CommandKind::Function(Function { names, body: Box::new(body) })
    }

    fn words(&mut self) -> Vec<Word> {
        let mut words = Vec::new();
        loop {
            let before = self.pos;
            self.skip_blanks();
            if self.peek() == b'#' || (self.braces > 0 && self.peek() == b'}') {
                return words;
            }
            match self.word() {
                Some(word) => words.push(word),
                None => {
                    self.pos = if self.stopped() { self.end } else { before };
                    return words;
                }
            }
        }
    }

    /// Checks that a line ends here.
    fn statement_end(&mut self, opened: usize) {
        self.skip_blanks();
        if !self.done() && !matches!(self.peek(), b';' | b'\n' | b'\r' | b'#') {
            self.problem(opened, "unexpected text in the first line of a block");
        }
    }
}
