//! The expression of `[[ … ]]`.

use super::Reader;
use super::word::End;
use crate::safety::ast::{Test, Word};

impl Reader<'_> {
    /// Reads `[[ … ]]`, with the cursor on it.
    pub(super) fn test(&mut self) -> Test {
        let start = self.pos;
        self.advance(2);
        let test = self.test_or();
        self.skip_test_gaps();
        if !self.eat("]]") {
            self.problem(start, "`]]` is missing");
            // What is left of it still holds words.
            return self.rest_of_test(test);
        }
        test
    }

    fn rest_of_test(&mut self, mut test: Test) -> Test {
        loop {
            self.skip_test_gaps();
            let at = self.pos;
            if self.done() || self.eat("]]") {
                return test;
            }
            match self.word(End::Test) {
                Some(word) => test = Test::And(Box::new(test), Box::new(Test::Word(word))),
                None if matches!(self.peek(), b';' | b'\n') => return test,
                None => {
                    self.bump();
                }
            }
            // Each word is a level of the tree, so there may not be many.
            if self.pos == at || self.pos > at + 4096 {
                return test;
            }
            self.pay(512);
        }
    }

    fn skip_test_gaps(&mut self) {
        self.skip_blanks();
        while self.peek() == b'\n' {
            self.newline();
            self.skip_blanks();
        }
    }

    fn test_or(&mut self) -> Test {
        self.test_chain("||", Self::test_and, |left, right| Test::Or(Box::new(left), Box::new(right)))
    }

    fn test_and(&mut self) -> Test {
        self.test_chain("&&", Self::test_not, |left, right| Test::And(Box::new(left), Box::new(right)))
    }

    /// Reads operands joined by `operator`. The tree leans left, so the number of links counts as depth.
    fn test_chain(&mut self, operator: &str, next: fn(&mut Self) -> Test, join: fn(Test, Test) -> Test) -> Test {
        let mut test = next(self);
        let mut links = 0;
        loop {
            self.skip_test_gaps();
            if !self.at(operator) {
                break;
            }
            // Another level each, given back when the chain ends.
            if !self.enter() {
                break;
            }
            links += 1;
            self.advance(operator.len());
            let right = next(self);
            test = join(test, right);
        }
        (0..links).for_each(|_| self.leave());
        test
    }

    fn test_not(&mut self) -> Test {
        self.skip_test_gaps();
        if !self.enter() {
            return Test::Word(Word::default());
        }
        let test = if self.peek() == b'!' && super::is_meta(self.peek_at(1)) {
            self.advance(1);
            Test::Not(Box::new(self.test_not()))
        } else if self.peek() == b'(' {
            let start = self.pos;
            self.advance(1);
            let test = self.test_or();
            self.skip_test_gaps();
            if !self.eat(")") {
                self.problem(start, "`)` is missing");
            }
            test
        } else {
            self.test_primary()
        };
        self.leave();
        test
    }

    fn test_primary(&mut self) -> Test {
        let start = self.pos;
        let Some(left) = self.test_word() else {
            self.bump_while(|byte| byte == b';');
            self.problem(start, "an operand is missing in `[[ ]]`");
            return Test::Word(Word { parts: Vec::new(), span: self.since(start) });
        };
        self.skip_blanks();
        let unary = left.literal().is_some_and(|text| is_unary(&text)) && left.parts.len() == 1;
        if unary && !self.at_binary() {
            let at = self.pos;
            if let Some(operand) = self.test_word() {
                let operator = left.literal().unwrap_or_default().into_owned();
                return Test::Unary(operator, operand);
            }
            self.problem(at, "an operand is missing in `[[ ]]`");
            return Test::Word(left);
        }
        let Some(operator) = self.binary() else { return Test::Word(left) };
        self.skip_blanks();
        let at = self.pos;
        let right = if operator == "=~" { self.word(End::Regex) } else { self.test_word() };
        match right {
            Some(right) => Test::Binary(left, operator, right),
            None => {
                self.problem(at, "an operand is missing in `[[ ]]`");
                Test::Word(left)
            }
        }
    }

    /// Reads an operand; `]]` is none.
    fn test_word(&mut self) -> Option<Word> {
        self.skip_test_gaps();
        if self.at("]]") && super::is_meta(self.peek_at(2)) {
            return None;
        }
        self.word(End::Test)
    }

    fn at_binary(&mut self) -> bool {
        let start = self.pos;
        let found = self.binary().is_some();
        self.pos = start;
        found
    }

    fn binary(&mut self) -> Option<String> {
        let start = self.pos;
        let token = match self.peek() {
            b'<' | b'>' if self.peek_at(1) != b'(' => &self.text[start..start + 1],
            b'=' | b'!' | b'-' => {
                let word =
                    self.bump_while(|byte| matches!(byte, b'=' | b'!' | b'~' | b'-') || byte.is_ascii_lowercase());
                self.pos = start;
                const OPERATORS: &[&str] =
                    &["=", "==", "!=", "=~", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"];
                if !OPERATORS.contains(&word) || !super::is_meta(self.peek_at(word.len())) {
                    return None;
                }
                word
            }
            _ => return None,
        };
        self.advance(token.len());
        Some(token.to_string())
    }
}

/// Tells whether `text` looks like `-f`.
fn is_unary(text: &str) -> bool {
    text.len() == 2 && text.starts_with('-') && text.as_bytes()[1].is_ascii_alphabetic()
}
