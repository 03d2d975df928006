//! Patterns of file names: does one match a text, may two of them match the same, does one match everything.
//!
//! A pattern is text with the marks of `value`; the marks for unknown text are patterns too where that is what is asked.

use crate::safety::value::{ANY, CLOSE, DEEP, FILLED, NAME, ONE, OPEN, UNKNOWN};

/// One step of a pattern.
#[derive(Debug, Clone, PartialEq)]
enum Step {
    Char(char),
    One,
    Class(Vec<char>),
    Any,
}

/// Steps beyond this are not looked at: no file name is that long.
const LIMIT: usize = 256;

fn steps(pattern: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match character {
            ANY | DEEP | UNKNOWN | FILLED | NAME => {
                if steps.last() != Some(&Step::Any) {
                    steps.push(Step::Any);
                }
            }
            ONE => steps.push(Step::One),
            OPEN => steps.push(Step::Class(characters.by_ref().take_while(|c| *c != CLOSE).collect())),
            CLOSE => {}
            other => steps.push(Step::Char(other)),
        }
        if steps.len() >= LIMIT {
            break;
        }
    }
    steps
}

fn in_class(class: &[char], character: char) -> bool {
    let (negated, class) = match class {
        ['!' | '^', rest @ ..] => (true, rest),
        class => (false, class),
    };
    if class.first() == Some(&'[') {
        // `[[:alpha:]]`: which one does not matter, a letter or digit is in most of them.
        return character.is_alphanumeric() != negated;
    }
    let mut found = false;
    let mut at = 0;
    while at < class.len() {
        if at + 2 < class.len() && class[at + 1] == '-' {
            found |= (class[at]..=class[at + 2]).contains(&character);
            at += 3;
        } else {
            found |= class[at] == character;
            at += 1;
        }
    }
    found != negated
}

/// Returns true when `pattern` matches `text`, which has no marks.
pub fn matches(pattern: &str, text: &str) -> bool {
    let steps = steps(pattern);
    let text: Vec<char> = text.chars().take(LIMIT * 4).collect();
    // The textbook walk with one place to come back to: linear but for the last star.
    let (mut at, mut place, mut back) = (0, 0, None);
    while place < text.len() {
        let fits = match steps.get(at) {
            Some(Step::Char(character)) => *character == text[place],
            Some(Step::One) => true,
            Some(Step::Class(class)) => in_class(class, text[place]),
            Some(Step::Any) => {
                back = Some((at, place));
                at += 1;
                continue;
            }
            None => false,
        };
        if fits {
            at += 1;
            place += 1;
        } else if let Some((star, from)) = back {
            back = Some((star, from + 1));
            at = star + 1;
            place = from + 1;
        } else {
            return false;
        }
    }
    steps[at.min(steps.len())..].iter().all(|step| *step == Step::Any)
}

/// Returns true when `pattern` matches nearly every name: it asks for no letter or digit.
pub fn covers(pattern: &str) -> bool {
    let mut wide = false;
    let mut dots = 0;
    for step in steps(pattern) {
        match step {
            Step::Any => wide = true,
            Step::One => {}
            Step::Char('.') => dots += 1,
            Step::Char(_) => return false,
            Step::Class(class) => {
                let broad = ['a', 'm', 'A', 'M'].iter().filter(|c| in_class(&class, **c)).count() >= 2;
                if !broad {
                    return false;
                }
            }
        }
    }
    wide && dots <= 2 && !pattern.contains([UNKNOWN, FILLED, NAME])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> String {
        text.chars()
            .map(|c| match c {
                '*' => ANY,
                '?' => ONE,
                '[' => OPEN,
                ']' => CLOSE,
                other => other,
            })
            .collect()
    }

    #[test]
    fn a_pattern_matches_names() {
        for (glob, text, expected) in [
            ("b?n", "bin", true),
            ("[e]tc", "etc", true),
            ("[!e]tc", "etc", false),
            ("*.log", "etc", false),
            ("e*", "etc", true),
            ("*a*b", "xxaxxb", true),
            ("", "", true),
            ("*", "", true),
        ] {
            assert_eq!(matches(&pattern(glob), text), expected, "{glob} {text}");
        }
    }

    #[test]
    fn a_pattern_that_asks_for_nothing_covers() {
        for glob in ["*", "?*", ".*", ".[!.]*", "..?*", "[a-zA-Z0-9]*", "*.*"] {
            assert!(covers(&pattern(glob)), "{glob}");
        }
        for glob in ["*.log", "a*", "[0-9]*", "??", "x"] {
            assert!(!covers(&pattern(glob)), "{glob}");
        }
    }
}
