//! Reads the calls in the code, with their arguments.

use super::Language;
use super::calls::{DECODERS, Does, LISTING, NETWORK, does_of};
use super::lex::Token;
use crate::safety::Level;
use crate::safety::ast::Span;
use crate::safety::judge::Write;
use crate::safety::value::{ANY, DEEP, Flow, HERE, HOME, Taint, UNKNOWN, Value};
use crate::safety::walk::Walker;
use crate::shell::Shell;
use std::cell::Cell;

pub(super) struct Reader<'t> {
    tokens: &'t [Token],
    pub(super) language: Language,
    pub(super) span: Span,
    /// Variables that hold text.
    vars: Vec<(String, Arg)>,
    at: usize,
    /// The arguments of the last call, for methods of what it gave.
    receiver: Vec<Arg>,
    pub(super) nested: u32,
    /// Calls inside calls whose arguments are being read.
    depth: u32,
    /// How much may still be read; shared by all readers of one code, for arguments are read again and again.
    pub(super) fuel: &'t Cell<u32>,
}

/// What one code may cost, in tokens and in pieces of 64 bytes put into arguments.
pub(super) const FUEL: u32 = 50_000;

/// Calls nested deeper than this are unknown text.
const DEEPEST: u32 = 24;

/// An argument: text with marks, and where it came from.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Arg {
    pub(super) text: String,
    pub(super) taint: Taint,
}

impl<'t> Reader<'t> {
    /// Makes a reader at the beginning of some code that stands at `span`.
    pub(super) fn new(tokens: &'t [Token], language: Language, span: Span, fuel: &'t Cell<u32>) -> Self {
        Reader { tokens, language, span, vars: Vec::new(), at: 0, receiver: Vec::new(), nested: 0, depth: 0, fuel }
    }

    /// Uses up some fuel; false when there is none left.
    fn burn(&self, amount: usize) -> bool {
        let left = self.fuel.get().saturating_sub(u32::try_from(amount).unwrap_or(u32::MAX));
        self.fuel.set(left);
        left > 0
    }

    pub(super) fn judge(&mut self, walker: &mut Walker<'_>) {
        self.loops();
        let mut printing = false;
        let mut depth = 0i32;
        let mut printed = String::new();
        while let Some(token) = self.tokens.get(self.at) {
            self.at += 1;
            match token {
                Token::Run(text) => {
                    let value = Value::new(text.clone(), self.span);
                    walker.run_text(&value, Shell::Bash);
                }
                Token::Sign(';' | '{' | '}' | '\n') => {
                    printing = false;
                    depth = 0;
                    printed.clear();
                }
                Token::Sign('(') => depth += 1,
                Token::Sign(')') => depth -= 1,
                // Ruby: the variable of a block stands for what was listed before it.
                Token::Sign('|') if self.language == Language::Ruby => {
                    if let (Some(Token::Name(name)), Some(Token::Sign('|'))) =
                        (self.tokens.get(self.at), self.tokens.get(self.at + 1))
                        && let Some(listed) = self.receiver.first()
                    {
                        self.vars.push((name.clone(), listed.clone()));
                    }
                }
                Token::Sign('|') if self.language == Language::Awk => {
                    if let Some(Token::Text(text)) = self.tokens.get(self.at) {
                        let text = text.clone();
                        let outer = walker.stdin.replace(match () {
                            () if printing && !printed.is_empty() => Flow::text(printed.clone()),
                            () if printing => walker.stdin.clone().unwrap_or_else(Flow::local),
                            () => Flow::local(),
                        });
                        walker.run_text(&Value::new(text, self.span), Shell::Bash);
                        walker.stdin = outer;
                    }
                }
                Token::Sign('>') if self.language == Language::Awk && printing && depth <= 0 => {
                    if self.tokens.get(self.at) == Some(&Token::Sign('>')) {
                        self.at += 1;
                    }
                    if let Some(Token::Text(text)) = self.tokens.get(self.at) {
                        walker.write(&Value::new(text.clone(), self.span), Write::Replace, &Flow::local());
                    } else if printing && !matches!(self.tokens.get(self.at), Some(Token::Sign('='))) {
                        walker.write(&Value::new(UNKNOWN.to_string(), self.span), Write::Replace, &Flow::local());
                    }
                }
                Token::Text(text) if self.language == Language::Awk => {
                    printed.push_str(text);
                    let piped = self.tokens.get(self.at) == Some(&Token::Sign('|'));
                    if piped && matches!(self.tokens.get(self.at + 1), Some(Token::Name(name)) if name == "getline") {
                        walker.run_text(&Value::new(text.clone(), self.span), Shell::Bash);
                    }
                }
                Token::Name(name) => {
                    printing |= matches!(name.as_str(), "print" | "printf");
                    self.name(name, walker);
                }
                _ => {}
            }
        }
    }

    /// Learns what the variables of loops stand for before the loops are read: a comprehension names them last.
    fn loops(&mut self) {
        for at in 1..self.tokens.len() {
            let (Token::Name(name), Token::Name(word)) = (&self.tokens[at - 1], &self.tokens[at]) else { continue };
            if matches!(word.as_str(), "in" | "of") && self.vars.len() < 16 {
                let mut reader = Reader { at: at + 1, vars: Vec::new(), receiver: Vec::new(), ..*self };
                if let Some(value) = reader.arguments(false).into_iter().next() {
                    self.vars.push((name.clone(), value));
                }
            }
        }
    }

    fn name(&mut self, name: &str, walker: &mut Walker<'_>) {
        let next = self.tokens.get(self.at);
        // `x = "text"`, `for x in listdir(...)`.
        let assigns = next == Some(&Token::Sign('=')) && self.tokens.get(self.at + 1) != Some(&Token::Sign('='));
        let loops = matches!(next, Some(Token::Name(word)) if word == "in" || word == "of");
        if assigns || loops {
            let from = self.at + 1;
            let mut reader = Reader { at: from, vars: self.vars.clone(), receiver: Vec::new(), ..*self };
            let values = reader.arguments(false);
            let value = values.into_iter().next().unwrap_or(Arg { text: UNKNOWN.to_string(), taint: Taint::NONE });
            self.vars.retain(|(known, _)| known != name);
            self.vars.push((name.to_string(), value));
            return;
        }
        // PHP: the name of a function as text.
        if matches!(name, "array_map" | "array_walk" | "call_user_func" | "call_user_func_array") {
            let mut reader = Reader { at: self.at, vars: self.vars.clone(), receiver: Vec::new(), ..*self };
            let args = reader.arguments(true);
            if let Some((first, rest)) = args.split_first()
                && let Some(does) = does_of(&first.text, self.language)
            {
                self.effect(does, &first.text, rest, false, false, walker);
            }
            return;
        }
        let last = name.rsplit(['.', ':']).next().unwrap_or(name);
        if last == "kill" && kills_all(&self.tokens[self.at..]) {
            walker.note(
                &crate::safety::rules::services::STOP_ALL,
                Level::Danger,
                self.span,
                "ends every process it may",
            );
        }
        let Some(does) = does_of(name, self.language) else {
            if LISTING.contains(&last) {
                let mut reader = Reader { at: self.at, vars: self.vars.clone(), receiver: Vec::new(), ..*self };
                let mut current = None;
                reader.named(name, &mut current);
                self.receiver = current.into_iter().collect();
                return;
            }
            // `new Path("x")`: methods of it will want to know.
            if next == Some(&Token::Sign('(')) {
                let mut reader = Reader { at: self.at, vars: self.vars.clone(), receiver: Vec::new(), ..*self };
                self.receiver = reader.arguments(true);
            }
            return;
        };
        let start = self.at;
        let calls = match next {
            Some(Token::Sign('(')) => true,
            // Perl, Ruby and PHP call without brackets; a method of something may have no arguments at all.
            Some(Token::Text(_) | Token::Sign('<' | '[' | '%')) => matches!(
                self.language,
                Language::Perl | Language::Ruby | Language::Php | Language::Awk | Language::Lua | Language::Other
            ),
            Some(Token::Name(_)) => matches!(self.language, Language::Perl | Language::Ruby | Language::Php),
            _ => false,
        };
        if !calls {
            return;
        }
        let mut reader = Reader { at: start, vars: self.vars.clone(), receiver: Vec::new(), ..*self };
        let mut args = reader.arguments(next == Some(&Token::Sign('(')));
        let end = reader.at.min(self.tokens.len());
        if args.is_empty() && name.starts_with('.') {
            args = self.receiver.clone();
        } else if matches!(name, ".write_text" | ".write_bytes" | ".truncate") && !self.receiver.is_empty() {
            args = self.receiver.clone();
            args.push(Arg { text: "w".into(), taint: Taint::NONE });
        } else if name == ".open" && !self.receiver.is_empty() {
            let mut all = self.receiver.clone();
            all.append(&mut args);
            args = all;
        }
        let inside = &self.tokens[start..end.max(start)];
        let network = names(inside).any(|name| is_one_of(name, NETWORK)) || has_address(inside) && does == Does::Evals;
        let decoded = names(inside).any(|name| is_one_of(name, DECODERS))
            || names(inside).any(|name| name.starts_with("Buffer"))
                && inside.iter().any(|token| matches!(token, Token::Text(text) if text == "base64" || text == "hex"));
        self.effect(does, name, &args, network, decoded, walker);
    }

    /// Reads the arguments of a call, from its bracket or, without one, to the end of the statement.
    fn arguments(&mut self, bracketed: bool) -> Vec<Arg> {
        let mut args = Vec::new();
        let mut current: Option<Arg> = None;
        let mut depth = 0i32;
        let mut keyword = false;
        if bracketed {
            self.at += 1;
        }
        let push = |args: &mut Vec<Arg>, current: &mut Option<Arg>, keyword: &mut bool| {
            if let Some(arg) = current.take()
                && !*keyword
            {
                args.push(arg);
            }
            *keyword = false;
        };
        while let Some(token) = self.tokens.get(self.at) {
            if !self.burn(1) {
                break;
            }
            self.at += 1;
            match token {
                Token::Sign('(' | '[' | '{') => depth += 1,
                Token::Sign(')' | ']' | '}') => {
                    depth -= 1;
                    if depth < 0 {
                        break;
                    }
                }
                Token::Sign(';') | Token::Sign('\n') if !bracketed && depth == 0 => break,
                Token::Sign(':') if !bracketed && depth == 0 && self.language == Language::Python => break,
                Token::Sign(',') => push(&mut args, &mut current, &mut keyword),
                Token::Sign('=') => keyword = bracketed,
                Token::Sign('+' | '.' | '-' | '&' | '$' | '@' | '%' | '\\' | '!') => {}
                Token::Sign('<') if self.language == Language::Perl => {
                    // `<*>`: a glob.
                    let mut text = String::new();
                    while let Some(token) = self.tokens.get(self.at) {
                        self.at += 1;
                        match token {
                            Token::Sign('>') => break,
                            Token::Sign('*') => text.push(ANY),
                            Token::Sign('~') => text.push(HOME),
                            Token::Sign(other) => text.push(*other),
                            Token::Name(name) => text.push_str(name),
                            Token::Text(more) | Token::Run(more) => text.push_str(more),
                        }
                    }
                    current.get_or_insert_default().text.push_str(&text);
                }
                Token::Sign('/') if self.language != Language::Perl => current.get_or_insert_default().text.push('/'),
                Token::Sign(_) => {}
                Token::Text(text) => current.get_or_insert_default().text.push_str(text),
                Token::Run(_) => {
                    let arg = current.get_or_insert_default();
                    arg.text.push(UNKNOWN);
                    arg.taint |= Taint::LOCAL;
                }
                Token::Name(name) => {
                    if bracketed && matches!(self.tokens.get(self.at), Some(Token::Sign('='))) {
                        keyword = true;
                        continue;
                    }
                    if matches!(name.as_str(), "if" | "unless" | "for" | "foreach" | "while" | "or" | "and")
                        && !bracketed
                        && depth == 0
                    {
                        break;
                    }
                    self.named(name, &mut current);
                }
            }
        }
        push(&mut args, &mut current, &mut keyword);
        args
    }

    /// Puts what a name stands for into the present argument.
    fn named(&mut self, name: &str, current: &mut Option<Arg>) {
        let last = name.rsplit(['.', ':']).next().unwrap_or(name);
        let called = self.tokens.get(self.at) == Some(&Token::Sign('('));
        if is_one_of(name, NETWORK) {
            current.get_or_insert_default().taint |= Taint::NETWORK;
        } else if is_one_of(name, DECODERS) {
            current.get_or_insert_default().taint |= Taint::DECODED;
        }
        if let Some((_, value)) = self.vars.iter().rev().find(|(known, _)| known == name) {
            let arg = current.get_or_insert_default();
            arg.taint |= value.taint;
            if self.burn(value.text.len() / 64) {
                arg.text.push_str(&value.text);
            } else {
                arg.text = UNKNOWN.to_string();
            }
            return;
        }
        match last {
            "expanduser" | "expand_path" | "require" | "normpath" | "abspath" | "realpath" | "resolve" | "Path"
            | "str" | "String" | "qw" | "list" | "sorted" | "path" | "raw" | "new" | "to_s" | "pathlib" | "File"
            | "my" | "our" | "let" | "const" | "var" | "local" | "b" | "r" | "f" | "u" | "True" | "False" | "None"
            | "true" | "false" | "null" | "undef" | "nil" | "posix" | "map" => {}
            "HOME" | "homedir" | "home" => current.get_or_insert_default().text.push(HOME),
            "getcwd" | "cwd" | "pwd" => current.get_or_insert_default().text.push(HERE),
            "environ" | "env" | "ENV" | "getenv" | "get" => {
                // The name of the variable is the text in the brackets that follow.
                if let (Some(Token::Sign('(' | '[' | '{')), Some(Token::Text(variable))) =
                    (self.tokens.get(self.at), self.tokens.get(self.at + 1))
                {
                    if variable == "HOME" {
                        current.get_or_insert_default().text.push(HOME);
                    } else {
                        current.get_or_insert_default().text.push(UNKNOWN);
                    }
                    self.at += 2;
                    if matches!(self.tokens.get(self.at), Some(Token::Sign(')' | ']' | '}'))) {
                        self.at += 1;
                    }
                } else if matches!(self.tokens.get(self.at + 1), Some(Token::Name(variable)) if variable == "HOME") {
                    current.get_or_insert_default().text.push(HOME);
                    self.at += 3;
                }
            }
            _ if called && self.depth > DEEPEST => current.get_or_insert_default().text.push(UNKNOWN),
            "join" if called => {
                let depth = self.depth + 1;
                let mut reader = Reader { vars: self.vars.clone(), receiver: Vec::new(), depth, ..*self };
                let parts = reader.arguments(true);
                self.at = reader.at;
                let separator = current.take().map_or("/".to_string(), |arg| arg.text);
                self.burn(parts.len() * (1 + separator.len() / 64));
                let texts: Vec<&str> = parts.iter().map(|part| part.text.as_str()).collect();
                let taint = parts.iter().fold(Taint::NONE, |taint, part| taint | part.taint);
                *current = Some(Arg { text: texts.join(&separator), taint });
            }
            _ if LISTING.contains(&last) && (called || last == "glob") => {
                let depth = self.depth + 1;
                let mut reader = Reader { vars: self.vars.clone(), receiver: Vec::new(), depth, ..*self };
                let parts = reader.arguments(called);
                self.at = reader.at;
                let start = parts.first().map_or(String::new(), |part| part.text.clone());
                let text = match last {
                    "glob" | "iglob" if start.is_empty() => ANY.to_string(),
                    "glob" | "iglob" => crate::safety::fold::globbed(&start),
                    "rglob" => DEEP.to_string(),
                    "walk" => format!("{start}/{DEEP}"),
                    _ if start.is_empty() => ANY.to_string(),
                    _ => format!("{start}/{ANY}"),
                };
                current.get_or_insert_default().text = home(&text);
            }
            _ => {
                if name.chars().all(|c| c.is_ascii_digit()) {
                    current.get_or_insert_default().text.push_str(name);
                } else if !name.starts_with('.') && !matches!(self.tokens.get(self.at), Some(Token::Text(_))) {
                    current.get_or_insert_default().text.push(UNKNOWN);
                }
            }
        }
    }
}

/// Returns true when a string is the address of something elsewhere.
fn has_address(tokens: &[Token]) -> bool {
    tokens.iter().any(|token| matches!(token, Token::Text(text) if text.starts_with("http://") || text.starts_with("https://") || text.starts_with("ftp://")))
}

/// Returns true when the arguments of `kill` hold -1.
fn kills_all(tokens: &[Token]) -> bool {
    tokens.windows(2).take(8).any(|pair| matches!(pair, [Token::Sign('-'), Token::Name(one)] if one == "1"))
}

/// Writes a leading `~` as the home.
pub(super) fn home(text: &str) -> String {
    match text.strip_prefix('~') {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => format!("{HOME}{rest}"),
        _ => text.to_string(),
    }
}

pub(super) fn names(tokens: &[Token]) -> impl Iterator<Item = &str> {
    tokens.iter().filter_map(|token| match token {
        Token::Name(name) => Some(name.as_str()),
        _ => None,
    })
}

pub(super) fn is_one_of(name: &str, wanted: &[&str]) -> bool {
    wanted.contains(&name) || name.split(['.', ':', '>', '-']).any(|part| wanted.contains(&part))
}
