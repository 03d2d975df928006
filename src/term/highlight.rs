//! Colours for a shell command: the command words bold, options cyan, quoted text yellow.
//!
//! A plain scanner that never fails; it decides nothing but colours.

use nu_ansi_term::{Color, Style};

/// What a stretch of the command is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    CommandWord,
    Option,
    Quoted,
    Operator,
    Other,
}

impl Token {
    /// The colour it is painted in.
    pub fn style(self) -> Style {
        match self {
            Token::CommandWord => Style::new().bold(),
            Token::Option => Style::new().fg(Color::Cyan),
            Token::Quoted => Style::new().fg(Color::Yellow),
            Token::Operator => Style::new().fg(Color::Purple),
            Token::Other => Style::new(),
        }
    }
}

/// Cuts `command` into stretches that together are the whole text.
pub fn tokens(command: &str) -> Vec<(Token, &str)> {
    let mut tokens = Vec::new();
    let mut rest = command;
    // Whether the next word names a command.
    let mut head = true;
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            c if c.is_whitespace() => {
                head |= c == '\n';
                (Token::Other, c.len_utf8())
            }
            '|' | '&' | ';' | '(' | ')' => {
                head = true;
                (Token::Operator, 1)
            }
            '<' | '>' => (Token::Operator, 1),
            '\'' | '"' | '`' => {
                head = false;
                (Token::Quoted, quoted_length(rest, first))
            }
            _ => {
                let word = &rest[..word_length(rest)];
                let token = match word {
                    "{" | "}" | "!" if head => Token::Operator,
                    word if head && !is_assignment(word) => {
                        head = is_prefix(word);
                        Token::CommandWord
                    }
                    word if word.starts_with('-') => Token::Option,
                    _ => Token::Other,
                };
                (token, word.len())
            }
        };
        tokens.push((token, &rest[..length]));
        rest = &rest[length..];
    }
    tokens
}

fn quoted_length(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            c if c == quote && !escaped => return at + 1,
            '\\' if quote != '\'' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}

fn word_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if !escaped && (c.is_whitespace() || "|&;()<>'\"`".contains(c)) {
            return at;
        }
        escaped = c == '\\' && !escaped;
    }
    text.len()
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=')
        .is_some_and(|(name, _)| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
}

/// Words after which another command word comes.
fn is_prefix(word: &str) -> bool {
    matches!(
        word,
        "sudo" | "doas" | "time" | "nohup" | "xargs" | "do" | "then" | "else" | "if" | "while" | "not" | "and" | "or"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_command_are_told_apart() {
        let named = |wanted| {
            move |command: &'static str| {
                let found =
                    tokens(command).into_iter().filter(move |(token, _)| *token == wanted).map(|(_, text)| text);
                found.collect::<Vec<_>>()
            }
        };
        let command = "LC_ALL=C sudo find . -name '*.pdf' | sort -rn; echo \"a \\\" b\" > out";
        assert_eq!(named(Token::CommandWord)(command), ["sudo", "find", "sort", "echo"]);
        assert_eq!(named(Token::Option)(command), ["-name", "-rn"]);
        assert_eq!(named(Token::Quoted)(command), ["'*.pdf'", "\"a \\\" b\""]);
        let command = "{ find . -exec du -h {} +; }";
        assert_eq!(named(Token::CommandWord)(command), ["find"]);
        assert_eq!(named(Token::Operator)(command), ["{", ";", "}"]);
    }

    #[test]
    fn nothing_is_lost_whatever_the_text() {
        for command in ["", "'open", "a\\", "日本 -é \"x", "\\ b", "`a`'b'", "\u{1b}[2J", "a\\\n b"] {
            let joined: String = tokens(command).into_iter().map(|(_, text)| text).collect();
            assert_eq!(joined, command);
        }
    }
}
