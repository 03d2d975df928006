//! Cuts code of any language into names, strings and signs.

use super::Language;
use crate::safety::value::{HOME, UNKNOWN};

/// Cuts code into names, strings and signs.
pub(super) fn lex(code: &str, language: Language) -> Vec<Token> {
    let characters: Vec<char> = code.chars().take(16 * 1024).collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < characters.len() {
        let character = characters[at];
        if character.is_whitespace() {
            if character == '\n' {
                tokens.push(Token::Sign('\n'));
            }
            at += 1;
        } else if character == '#'
            && matches!(language, Language::Python | Language::Perl | Language::Ruby | Language::Awk)
            && (at == 0 || characters[at - 1].is_whitespace())
        {
            at += characters[at..].iter().position(|c| *c == '\n').unwrap_or(characters.len() - at);
        } else if character == '/' && language == Language::Awk && regex_may_start(&tokens) {
            at = quoted_end(&characters, at + 1, '/').1;
        } else if matches!(character, '"' | '\'' | '`') {
            let triple = character != '`'
                && characters.get(at + 1) == Some(&character)
                && characters.get(at + 2) == Some(&character)
                && language == Language::Python;
            let (text, end) = if triple {
                triple_end(&characters, at + 3, character)
            } else {
                quoted_end(&characters, at + 1, character)
            };
            at = end;
            if character == '`' && language.runs_backquotes() {
                tokens.push(Token::Run(text));
            } else {
                let interpolates = character != '\''
                    && matches!(language, Language::Perl | Language::Ruby | Language::Php | Language::Node);
                tokens.push(Token::Text(if interpolates { interpolated(&text) } else { text }));
            }
        } else if character.is_alphanumeric() || character == '_' || is_mark_like(character) {
            let start = at;
            while at < characters.len()
                && (characters[at].is_alphanumeric()
                    || matches!(characters[at], '_' | '.' | ':') && joins(&characters, at)
                    || is_mark_like(characters[at]))
            {
                at += 1;
            }
            let name: String = characters[start..at].iter().collect();
            // Perl and Ruby: q(...), qq{...}, qx(...), %w[...].
            if language == Language::Perl
                && matches!(name.as_str(), "q" | "qq" | "qx" | "qw")
                && characters.get(at).is_some_and(|c| "({[</|!".contains(*c))
            {
                let close = match characters[at] {
                    '(' => ')',
                    '{' => '}',
                    '[' => ']',
                    '<' => '>',
                    other => other,
                };
                let (text, end) = quoted_end(&characters, at + 1, close);
                at = end;
                match name.as_str() {
                    "qx" => tokens.push(Token::Run(text)),
                    "qw" => {
                        for word in text.split_whitespace() {
                            tokens.push(Token::Text(word.to_string()));
                            tokens.push(Token::Sign(','));
                        }
                    }
                    _ => tokens.push(Token::Text(text)),
                }
                continue;
            }
            // Elixir and Ruby: `rm_rf!`.
            if characters.get(at) == Some(&'!') && characters.get(at + 1) == Some(&'(') {
                at += 1;
            }
            // JavaScript: a tagged text that a shell runs.
            if characters.get(at) == Some(&'$') && characters.get(at + 1) == Some(&'`')
                || name == "$" && characters.get(at) == Some(&'`')
            {
                at += if characters[at] == '$' { 2 } else { 1 };
                let (text, end) = quoted_end(&characters, at, '`');
                at = end;
                tokens.push(Token::Run(interpolated(&text)));
                continue;
            }
            tokens.push(Token::Name(name));
        } else if character == '$' && characters.get(at + 1) == Some(&'`') && language == Language::Node {
            let (text, end) = quoted_end(&characters, at + 2, '`');
            at = end;
            tokens.push(Token::Run(interpolated(&text)));
        } else if character == '.'
            && characters.get(at + 1).is_some_and(|c| c.is_alphabetic())
            && matches!(tokens.last(), Some(Token::Sign(')' | ']') | Token::Text(_)))
        {
            let start = at;
            at += 1;
            while at < characters.len() && (characters[at].is_alphanumeric() || characters[at] == '_') {
                at += 1;
            }
            tokens.push(Token::Name(characters[start..at].iter().collect()));
        } else if language == Language::Ruby && character == '%' && characters.get(at + 1) == Some(&'x') {
            let (text, end) = quoted_end(
                &characters,
                at + 3,
                match characters.get(at + 2) {
                    Some('(') => ')',
                    Some('{') => '}',
                    Some('[') => ']',
                    _ => '|',
                },
            );
            at = end;
            tokens.push(Token::Run(text));
        } else {
            tokens.push(Token::Sign(character));
            at += 1;
        }
    }
    tokens
}

fn is_mark_like(character: char) -> bool {
    crate::safety::value::is_mark(character)
}

/// Returns true when a dot or colon is inside a name: `os.path`, `File::Path`.
fn joins(characters: &[char], at: usize) -> bool {
    let next = characters.get(at + 1);
    match characters[at] {
        ':' => {
            next == Some(&':') && characters.get(at + 2).is_some_and(|c| c.is_alphabetic())
                || at > 0 && characters[at - 1] == ':' && next.is_some_and(|c| c.is_alphabetic())
        }
        '.' => next.is_some_and(|c| c.is_alphabetic() || *c == '_'),
        _ => true,
    }
}

fn regex_may_start(tokens: &[Token]) -> bool {
    !matches!(tokens.last(), Some(Token::Name(_) | Token::Text(_) | Token::Sign(')' | ']' | '$')))
}

fn quoted_end(characters: &[char], from: usize, close: char) -> (String, usize) {
    let mut text = String::new();
    let mut at = from;
    while let Some(character) = characters.get(at) {
        at += 1;
        if *character == close {
            return (text, at);
        }
        if *character == '\\' {
            match characters.get(at) {
                Some('n') => text.push('\n'),
                Some('t') => text.push('\t'),
                Some('x') => {
                    let digits: String = characters[at + 1..].iter().take(2).collect();
                    match u8::from_str_radix(&digits, 16) {
                        Ok(byte) => {
                            text.push(char::from(byte));
                            at += 2;
                        }
                        Err(_) => text.push('x'),
                    }
                }
                Some(other) => text.push(*other),
                None => {}
            }
            at += 1;
        } else {
            text.push(*character);
        }
    }
    (text, at.min(characters.len()))
}

fn triple_end(characters: &[char], from: usize, quote: char) -> (String, usize) {
    let mut at = from;
    while at + 2 < characters.len()
        && !(characters[at] == quote && characters[at + 1] == quote && characters[at + 2] == quote)
    {
        at += 1;
    }
    (characters[from.min(at)..at].iter().collect(), (at + 3).min(characters.len()))
}

/// Makes `$x`, `#{…}` and `${…}` in a string unknown; `$ENV{HOME}` is the home.
fn interpolated(text: &str) -> String {
    if !text.contains(['$', '#']) {
        return text.to_string();
    }
    let text = text
        .replace("$ENV{HOME}", &HOME.to_string())
        .replace("$HOME", &HOME.to_string())
        .replace("#{ENV['HOME']}", &HOME.to_string())
        .replace("#{Dir.home}", &HOME.to_string());
    let mut out = String::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let opens = characters.peek() == Some(&'{');
        if matches!(character, '$' | '#') && opens {
            characters.by_ref().take_while(|c| *c != '}').for_each(drop);
            out.push(UNKNOWN);
        } else if character == '$' && characters.peek().is_some_and(|c| c.is_alphabetic() || *c == '_') {
            while characters.peek().is_some_and(|c| c.is_alphanumeric() || *c == '_') {
                characters.next();
            }
            out.push(UNKNOWN);
        } else {
            out.push(character);
        }
    }
    out
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// With its dots and colons: `os.path.join`, `File::Path`, `$x`.
    Name(String),
    Text(String),
    /// A backquoted command.
    Run(String),
    Sign(char),
}
