//! The characters themselves: what a terminal would hide, turn around or draw, and letters of another alphabet in names.

use crate::safety::ast::Span;
use crate::safety::rules::text as rule;
use crate::safety::{Finding, Level, Rule};

/// Looks at every character; linear, and quick for plain ASCII.
pub fn gate(text: &str) -> Vec<Finding> {
    let plain = text.bytes().all(|byte| (b' '..0x7f).contains(&byte) || byte == b'\n' || byte == b'\t');
    let mut findings = Vec::new();
    if plain {
        return findings;
    }
    let mut add = |rule: &'static Rule, start: usize, character: char| {
        if findings.len() < 32 {
            let reason = format!("{}: {}", rule.summary, character.escape_unicode());
            let span = Span::new(start, start + character.len_utf8());
            findings.push(rule.finding(Level::Caution, span, reason));
        }
    };
    let mut before = ' ';
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let after = characters.peek().map_or(' ', |(_, next)| *next);
        match character {
            '\n' | '\t' => {}
            '\r' if after == '\n' => {}
            _ if character.is_control() => add(&rule::CONTROL, at, character),
            '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                add(&rule::BIDI, at, character)
            }
            // Emoji are joined by a joiner, some scripts need one between their letters.
            '\u{200d}' | '\u{200c}' if !before.is_ascii() && !after.is_ascii() => {}
            '\u{fe0f}' | '\u{fe0e}' if !before.is_ascii() || before.is_ascii_digit() => {}
            '\u{200b}'..='\u{200d}'
            | '\u{2060}'..='\u{2064}'
            | '\u{feff}'
            | '\u{00ad}'
            | '\u{034f}'
            | '\u{180e}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{3164}'
            | '\u{ffa0}'
            | '\u{206a}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{e0000}'..='\u{e0fff}' => {
                add(&rule::INVISIBLE, at, character);
            }
            '\u{00a0}'
            | '\u{1680}'
            | '\u{2000}'..='\u{200a}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{202f}'
            | '\u{205f}'
            | '\u{3000}' => {
                add(&rule::SPACE, at, character);
            }
            '\u{f0000}'.. => add(&rule::INVISIBLE, at, character),
            _ => {}
        }
        before = character;
    }
    findings
}

/// Returns true when a name of a command or a host mixes alphabets, or is ASCII in appearance only.
pub fn is_lookalike(name: &str) -> bool {
    if name.is_ascii() {
        return name.split('.').any(|label| label.len() > 4 && label.as_bytes()[..4].eq_ignore_ascii_case(b"xn--"));
    }
    let latin = name.chars().any(|c| c.is_ascii_alphabetic());
    let foreign = name.chars().any(|c| {
        matches!(c, '\u{0370}'..='\u{03ff}' | '\u{0400}'..='\u{052f}' | '\u{0530}'..='\u{058f}' | '\u{13a0}'..='\u{13ff}' | '\u{0250}'..='\u{02af}'
            | '\u{1d00}'..='\u{1d7f}' | '\u{a4d0}'..='\u{a4ff}' | '\u{ff01}'..='\u{ff5e}' | '\u{1d400}'..='\u{1d7ff}' | '\u{2100}'..='\u{214f}' | '\u{2044}' | '\u{2215}' | '\u{2024}' | '\u{0131}' | '\u{017f}')
    });
    // A whole word in another alphabet is a word; one that could be read as ASCII letters is a trap.
    foreign && (latin || name.chars().filter(|c| c.is_alphabetic()).all(looks_latin))
}

fn looks_latin(character: char) -> bool {
    matches!(character,
        'а' | 'е' | 'о' | 'р' | 'с' | 'у' | 'х' | 'і' | 'ј' | 'ѕ' | 'һ' | 'ԁ' | 'ԛ' | 'ԝ' | 'м' | 'т' | 'к' | 'в' | 'н' | 'г' | 'п'
        | 'ο' | 'α' | 'ν' | 'ρ' | 'ι' | 'κ' | 'υ' | '\u{ff01}'..='\u{ff5e}' | '\u{1d400}'..='\u{1d7ff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_are_found() {
        for text in ["ls\u{1b}[2K", "rm \u{202e}txt", "l\u{200b}s", "ls\u{a0}-l", "a\rb", "x\0"] {
            assert_eq!(gate(text).len(), 1, "{text:?}");
        }
    }

    #[test]
    fn other_languages_are_fine() {
        for text in ["echo Привет", "touch 报告.txt", "mkdir über", "echo 👩‍👧 ❤️", "grep \"می‌خواهم\" f", "a\tb\nc"]
        {
            assert!(gate(text).is_empty(), "{text:?}");
        }
        assert!(!is_lookalike("привет") && !is_lookalike("über") && !is_lookalike("example.org"));
        assert!(
            is_lookalike("сurl")
                && is_lookalike("gіthub.com")
                && is_lookalike("xn--pple-43d.com")
                && is_lookalike("ср")
        );
    }
}
