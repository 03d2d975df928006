//! Compound commands.

use super::word::{End, is_name};
use super::{Reader, is_meta};
use crate::safety::ast::{
    Always, ArithmeticFor, Case, CaseEnd, CaseItem, CommandKind, For, If, Repeat, Script, While, Word,
};

impl Reader<'_> {
    /// Reads a compound command or a definition, without redirects; nothing where a simple command begins.
    pub(super) fn compound(&mut self) -> Option<CommandKind> {
        let start = self.pos;
        let kind = match self.peek() {
            b'(' if self.zsh && self.at_empty_brackets() => self.anonymous_function(),
            b'(' if self.peek_at(1) == b'(' => match self.arithmetic_close(start + 1) {
                Some(close) => {
                    let word = self.region(start + 2, close, End::Arithmetic);
                    self.pos = (close + 2).min(self.end).max(self.pos);
                    CommandKind::Arithmetic(word)
                }
                None => self.subshell(),
            },
            b'(' => self.subshell(),
            b'{' | b'[' | b'a'..=b'z' => match self.reserved() {
                "{" => self.group(),
                "[[" => CommandKind::Test(self.test()),
                "if" => self.if_command(),
                "while" => self.while_command(false),
                "until" => self.while_command(true),
                "for" => self.for_command(3),
                "select" => self.for_command(6),
                "case" => self.case_command(),
                "function" => self.function_keyword(),
                "coproc" => self.coproc(),
                "repeat" if self.zsh => self.repeat(),
                "foreach" if self.zsh => self.foreach_command(),
                _ => return None,
            },
            _ => return None,
        };
        Some(kind)
    }

    fn subshell(&mut self) -> CommandKind {
        let start = self.pos;
        let script = self.bracketed(start);
        if script.lists.is_empty() && !self.zsh {
            self.problem(start, "no command in `( )`");
        }
        CommandKind::Subshell(script)
    }

    fn group(&mut self) -> CommandKind {
        let body = self.braced_body();
        let before = self.pos;
        self.skip_blanks();
        if self.zsh && self.reserved() == "always" {
            self.advance("always".len());
            self.skip_gaps();
            let always = self.braced_body();
            return CommandKind::Always(Always { body, always });
        }
        self.pos = before;
        CommandKind::Group(body)
    }

    /// Reads `{ … }`.
    fn braced_body(&mut self) -> Script {
        let start = self.pos;
        if self.reserved() != "{" {
            self.problem(start, "`{` is missing");
            return Script::default();
        }
        self.advance(1);
        let script = self.body("`{ }`");
        self.expect("}", start);
        script
    }

    fn if_command(&mut self) -> CommandKind {
        let start = self.pos;
        self.advance("if".len());
        let mut branches = Vec::new();
        let mut otherwise = None;
        loop {
            self.short = self.zsh;
            let condition = self.body("`if`");
            self.short = false;
            self.skip_gaps();
            let (body, braced) = match self.reserved() {
                "then" => {
                    self.advance("then".len());
                    (self.body("`then`"), false)
                }
                "{" if self.zsh => (self.braced_body(), true),
                _ if self.zsh && !self.done() && !self.at_closer() => {
                    let body = self.one_list();
                    branches.push((condition, body));
                    return CommandKind::If(If { branches, otherwise });
                }
                _ => {
                    self.problem(start, "`then` is missing");
                    (Script::default(), false)
                }
            };
            branches.push((condition, body));
            let before = self.pos;
            self.skip_gaps();
            match self.reserved() {
                "elif" => {
                    self.advance("elif".len());
                    continue;
                }
                "else" => {
                    self.advance("else".len());
                    self.skip_gaps();
                    if braced && self.reserved() == "{" {
                        otherwise = Some(self.braced_body());
                        break;
                    }
                    otherwise = Some(self.body("`else`"));
                    self.expect("fi", start);
                }
                "fi" if !braced => self.advance("fi".len()),
                _ if braced => self.pos = before,
                _ => self.problem(start, "`fi` is missing"),
            }
            break;
        }
        CommandKind::If(If { branches, otherwise })
    }

    fn while_command(&mut self, until: bool) -> CommandKind {
        let start = self.pos;
        self.advance("while".len());
        self.short = self.zsh;
        let condition = self.body("`while`");
        self.short = false;
        self.skip_gaps();
        // In zsh all of it may be the condition: `while read -r x; print $x`.
        let bodiless = self.zsh && (self.done() || self.at_closer()) && self.reserved() != "do";
        let body = if bodiless { Script::default() } else { self.loop_body(start) };
        CommandKind::While(While { until, condition, body })
    }

    /// Reads `do … done`, `{ … }`, or in zsh one list.
    fn loop_body(&mut self, opened: usize) -> Script {
        self.skip_gaps();
        match self.reserved() {
            "do" => {
                self.advance("do".len());
                let body = self.body("the loop");
                self.expect("done", opened);
                body
            }
            "{" => self.braced_body(),
            _ if self.zsh && !self.done() && !self.at_closer() => self.one_list(),
            _ => {
                self.problem(opened, "`do` is missing");
                Script::default()
            }
        }
    }

    /// Reads a single list as a body, without its end.
    fn one_list(&mut self) -> Script {
        let start = self.pos;
        if !self.enter() {
            return Script::default();
        }
        let list = self.bare_list();
        self.leave();
        Script { lists: list.into_iter().collect(), span: self.since(start) }
    }

    fn for_command(&mut self, keyword: usize) -> CommandKind {
        let start = self.pos;
        let select = keyword > 3;
        self.advance(keyword);
        self.skip_blanks();
        if self.at("((") && !select {
            return self.arithmetic_for(start);
        }
        let mut names = Vec::new();
        loop {
            self.skip_blanks();
            let at = self.pos;
            let name = self.bump_while(|byte| byte == b'_' || byte.is_ascii_alphanumeric()).to_string();
            let keyword = matches!(name.as_str(), "in" | "do") && !names.is_empty();
            if keyword || name.is_empty() || !is_meta(self.peek()) {
                self.pos = at;
                break;
            }
            names.push(name);
            if !self.zsh {
                break;
            }
        }
        if !names.first().is_some_and(|name| is_name(name) || self.zsh) {
            self.problem(start, "no variable for the loop");
            // A word that is no name, so that the rest can be read.
            self.word(End::Word);
        }
        let words = self.for_words(start);
        let body = self.loop_body(start);
        CommandKind::For(For { select, names, words, body })
    }

    /// Reads `in a b;`, zsh `(a b)`, or nothing but an end.
    fn for_words(&mut self, opened: usize) -> Option<Vec<Word>> {
        self.skip_blanks();
        if self.zsh && self.peek() == b'(' {
            let elements = self.array();
            // `; do` may follow, but `; command` is the next command.
            let behind = self.pos;
            self.skip_blanks();
            self.eat(";");
            self.skip_gaps();
            if !matches!(self.reserved(), "do" | "{") {
                self.pos = behind;
            }
            return Some(elements.into_iter().map(|element| element.value).collect());
        }
        let before = self.pos;
        self.skip_gaps();
        if self.reserved() != "in" {
            self.pos = before;
            if !self.eat(";") && !self.zsh && self.reserved() == "{" {
                self.problem(opened, "`;` is missing before the braces of the loop");
            }
            return None;
        }
        self.advance("in".len());
        let mut words = Vec::new();
        loop {
            self.skip_blanks();
            if self.peek() == b'#' {
                self.skip_comment();
            }
            match self.word(End::Word) {
                Some(word) => words.push(word),
                None => break,
            }
        }
        if !self.eat(";") && self.peek() != b'\n' {
            self.problem(opened, "`;` or a line break is missing behind the words of the loop");
        }
        Some(words)
    }

    fn arithmetic_for(&mut self, start: usize) -> CommandKind {
        let open = self.pos + 1;
        let close = self.matching(open).filter(|close| self.text[*close..self.end].starts_with("))"));
        let Some(close) = close else {
            self.problem(start, "`))` is missing");
            self.pos = self.end;
            return CommandKind::Arithmetic(Word::default());
        };
        let head = self.region(open + 1, close, End::Arithmetic);
        self.pos = (close + 2).max(self.pos).min(self.end);
        if self.text[open..close].bytes().filter(|byte| *byte == b';').count() != 2 {
            self.problem(start, "not three expressions in `for ((…))`");
        }
        self.skip_blanks();
        self.eat(";");
        let body = self.loop_body(start);
        CommandKind::ArithmeticFor(ArithmeticFor { head, body })
    }

    fn repeat(&mut self) -> CommandKind {
        let start = self.pos;
        self.advance("repeat".len());
        self.skip_blanks();
        let count = self.word(End::Word).unwrap_or_default();
        self.skip_blanks();
        self.eat(";");
        let body = self.loop_body(start);
        CommandKind::Repeat(Repeat { count, body })
    }

    /// Reads zsh's `foreach x (a b) …; end`, also with the bodies of `for`.
    fn foreach_command(&mut self) -> CommandKind {
        let start = self.pos;
        self.advance("foreach".len());
        let mut names = Vec::new();
        loop {
            self.skip_blanks();
            let name = self.bump_while(|byte| byte == b'_' || byte.is_ascii_alphanumeric());
            match name {
                "" => break,
                "in" if !names.is_empty() => {
                    self.pos -= "in".len();
                    break;
                }
                name => names.push(name.to_string()),
            }
        }
        if names.is_empty() {
            self.problem(start, "no variable for the loop");
        }
        let words = self.for_words(start);
        self.skip_blanks();
        self.eat(";");
        self.skip_gaps();
        let body = if matches!(self.reserved(), "do" | "{") {
            self.loop_body(start)
        } else {
            let body = self.script();
            self.expect("end", start);
            body
        };
        CommandKind::For(For { select: false, names, words, body })
    }

    fn case_command(&mut self) -> CommandKind {
        let start = self.pos;
        self.advance("case".len());
        self.skip_blanks();
        let word = self.word(End::Word).unwrap_or_else(|| {
            self.problem(start, "`case` has no word");
            Word::default()
        });
        if self.zsh {
            self.eat(";");
        }
        self.skip_gaps();
        let braced = self.zsh && self.reserved() == "{";
        let closer = if braced { "}" } else { "esac" };
        if braced {
            self.advance(1);
        } else {
            self.expect("in", start);
        }
        let mut items = Vec::new();
        loop {
            self.skip_gaps();
            if self.done() || self.reserved() == closer {
                break;
            }
            let at = self.pos;
            items.extend(self.case_item());
            if self.pos == at {
                break;
            }
        }
        self.expect(closer, start);
        CommandKind::Case(Case { word, items })
    }

    fn case_item(&mut self) -> Option<CaseItem> {
        let start = self.pos;
        // In zsh the bracket may belong to the pattern: `(a|b)c)`.
        let opened = self.peek() == b'(' && (!self.zsh || self.closes_patterns());
        self.advance(usize::from(opened));
        let mut patterns = Vec::new();
        loop {
            self.skip_gaps();
            let word = self.word(End::Pattern).unwrap_or_else(|| {
                self.problem(start, "a pattern is missing in `case`");
                Word { parts: Vec::new(), span: self.span(self.pos, self.pos) }
            });
            patterns.push(word);
            self.skip_blanks();
            if !self.eat("|") {
                break;
            }
        }
        if !self.eat(")") {
            self.problem(start, "`)` is missing behind the patterns");
            return None;
        }
        let body = self.script();
        let end = if self.eat(";;&") || (self.zsh && self.eat(";|")) {
            CaseEnd::Continue
        } else if self.eat(";&") {
            CaseEnd::FallThrough
        } else {
            // The last one may go without.
            if !self.eat(";;") && !self.done() && !matches!(self.reserved(), "esac" | "}") {
                self.problem(start, "`;;` is missing");
            }
            CaseEnd::Break
        };
        Some(CaseItem { patterns, body, end })
    }

    /// Tells whether the bracket here encloses all the patterns: the one that closes it is not followed by more of a pattern.
    fn closes_patterns(&mut self) -> bool {
        let Some(close) = self.matching(self.pos) else { return true };
        let rest = self.text[close + 1..self.end].trim_start_matches([' ', '\t']);
        let next = self.text.as_bytes()[..self.end].get(close + 1).copied().unwrap_or(0);
        is_meta(next) && !rest.starts_with(')') && !rest.starts_with('|') && next != b'('
    }
}
