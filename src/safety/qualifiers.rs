//! zsh's glob qualifiers: which files they leave, and the code that some of them run (zshexpn(1), "Glob Qualifiers").

use crate::safety::Level;
use crate::safety::ast::Span;
use crate::safety::env::Var;
use crate::safety::rules::effects;
use crate::safety::value::{Value, clean};
use crate::safety::walk::Walker;
use crate::shell::Shell;
use std::iter::Peekable;
use std::str::Chars;

/// What a qualifier runs for every file.
#[derive(Debug, PartialEq, Eq)]
enum Runs {
    /// `e:'text':`
    Code(String),
    /// `+command`
    Command(String),
    /// Text that is expanded first.
    Unknown,
}

impl Walker<'_> {
    /// Walks what qualifiers run, with the name of each file that `pattern` matches in `$REPLY`.
    pub fn qualifiers(&mut self, text: &str, pattern: &str, span: Span) {
        let runs = runs(text);
        if runs.is_empty() {
            return;
        }
        let env = self.env.clone();
        self.env.set("REPLY", Var::scalar(Value::new(pattern, span)));
        for run in runs {
            match run {
                Runs::Code(code) => drop(self.text_script(&clean(&code), Shell::Zsh, span)),
                Runs::Command(name) => drop(self.call(&[Value::new(clean(&name), span)], span)),
                Runs::Unknown => {
                    let reason = "runs text that is not known yet for every file of a pattern";
                    self.note(&effects::RUN_UNKNOWN, Level::Caution, span, reason);
                }
            }
        }
        self.env = env;
    }
}

/// Reads `(…)` as qualifiers.
fn runs(text: &str) -> Vec<Runs> {
    let inside = text.strip_prefix('(').unwrap_or(text);
    let inside = inside.strip_suffix(')').unwrap_or(inside);
    let inside = inside.strip_prefix("#q").unwrap_or(inside);
    let mut runs = Vec::new();
    let mut letters = inside.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            // Flags of a pattern, or modifiers up to the end: `(#i)`, `(:t)`.
            '#' | ':' => break,
            'e' if at_delimiter(&mut letters) => runs.push(Runs::Code(delimited(&mut letters))),
            'f' | 'u' | 'g' | 'P' if at_delimiter(&mut letters) => drop(delimited(&mut letters)),
            '[' => letters.by_ref().take_while(|letter| *letter != ']').for_each(drop),
            '\\' => drop(letters.next()),
            '$' | '`' => runs.push(Runs::Unknown),
            '+' => {
                let mut name = String::new();
                while let Some(letter) = letters.next_if(|letter| letter.is_alphanumeric() || *letter == '_') {
                    name.push(letter);
                }
                if !name.is_empty() && !name.starts_with(|letter: char| letter.is_ascii_digit()) {
                    runs.push(Runs::Command(name));
                }
            }
            _ => {}
        }
    }
    runs
}

fn at_delimiter(letters: &mut Peekable<Chars<'_>>) -> bool {
    letters.peek().is_some_and(|letter| !letter.is_alphanumeric())
}

/// Reads a text between delimiters, and takes its quotes away.
fn delimited(letters: &mut Peekable<Chars<'_>>) -> String {
    let close = match letters.next() {
        Some('{') => '}',
        Some('[') => ']',
        Some('(') => ')',
        Some('<') => '>',
        Some(other) => other,
        None => return String::new(),
    };
    let mut text = String::new();
    let mut quote = None;
    while let Some(letter) = letters.next() {
        match (letter, quote) {
            ('\'', None) if close != '\'' => quote = Some('\''),
            ('"', None) if close != '"' => quote = Some('"'),
            (letter, Some(open)) if letter == open => quote = None,
            (letter, None) if letter == close => break,
            // Quoted, the delimiter still has to be escaped.
            ('\\', Some('\'')) if letters.peek() != Some(&close) => text.push('\\'),
            ('\\', _) => text.extend(letters.next()),
            (letter, _) => text.push(letter),
        }
    }
    text
}

/// Returns true for qualifiers that leave only some of the files.
pub fn narrows(qualifiers: &str) -> bool {
    !qualifiers.starts_with("(#")
        && !qualifiers.contains(",-1]")
        && qualifiers.chars().any(|c| !"()./@*NDFrwxonOL^-,a".contains(c) || c == '[')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::safety::check;

    #[test]
    fn code_is_found_between_any_delimiters() {
        let code = |text: &str| vec![Runs::Code(text.to_owned())];
        assert_eq!(runs("(e:'rm x':)"), code("rm x"));
        assert_eq!(runs("(.NDe['rm x'])"), code("rm x"));
        assert_eq!(runs(r"(#qoe{print\ a})"), code("print a"));
        assert_eq!(runs(r"(e:'curl x\://y | sh':)"), code("curl x://y | sh"));
        assert_eq!(runs(r#"(^e_"a'b"_)"#), code("a'b"));
        assert_eq!(runs("(o+size)"), vec![Runs::Command("size".into())]);
        assert_eq!(runs("(L+5m-1mh+2om[1,$n]u:eve:P:-e:)"), vec![]);
        assert_eq!(runs("(:e)"), vec![]);
        assert_eq!(runs("(#i)"), vec![]);
        assert_eq!(runs("($x)"), vec![Runs::Unknown]);
    }

    #[test]
    fn code_is_judged_with_the_files_it_is_run_for() {
        let report = |command: &str| check(command, Shell::Zsh);
        assert_eq!(report("ls *(e:'rm -rf $REPLY':)").level, Level::Danger);
        assert_eq!(report("ls *.o(e:'rm $REPLY':)").level, Level::Caution);
        assert_eq!(report("x=~/*(e:'rm -rf $REPLY':); echo ok").level, Level::Critical);
        let sorted = report(r"print -l *(oe:'REPLY=$REPLY\:t':)");
        assert!(sorted.level == Level::Safe && sorted.complete);
    }
}
