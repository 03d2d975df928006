//! Hides the literals of a request from the small model and puts them back into its command.
//!
//! A small model misspells what it copies: port 8080 comes out as 808. So every literal (path, file stem, quoted text,
//! host, long number, odd identifier) becomes one control character, which is one token and cannot be misspelt. File
//! endings stay visible, as they tell what is meant.
//!
//! The model learnt from requests masked by `nano/mask.py`, so this must agree with it to the character;
//! `tests/data/mask.tsv` holds both to it. The two differ only in what is a letter: Rust also counts
//! vowel signs, encircled letters and what is younger than Python's tables.

mod shape;

use std::cmp::Reverse;

use shape::{Barren, at, before, is_digit, is_word, literal_at};

/// A request whose literals are hidden behind placeholders, and what these stand for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Masked {
    /// The request as the model is to see it.
    pub text: String,
    literals: Vec<(char, String)>,
}

/// Replaces the literals of a request by placeholders.
///
/// A literal that occurs again gets the same placeholder; one that comes when those of its kind are used up stays.
pub fn mask(request: &str) -> Masked {
    // The request may hold any character, also one that would pass for a placeholder.
    let request = request.replace(is_placeholder, " ");
    let mut masked = Masked::default();
    let mut barren = Barren::default();
    let mut start = 0;
    while start < request.len() {
        let next = at(&request, start);
        if let Some((kind, end)) = literal_at(&request, start, &mut barren) {
            masked.push_literal(kind, &request[start..end]);
            start = end;
        } else {
            masked.text.push(next);
            start += next.len_utf8();
        }
    }
    masked
}

impl Masked {
    /// Returns the literals in the order in which they were found.
    pub fn literals(&self) -> impl Iterator<Item = &str> {
        self.literals.iter().map(|(_, literal)| literal.as_str())
    }

    /// Puts the literals back into a command; a placeholder that stands for none is dropped.
    pub fn unmask(&self, command: &str) -> String {
        let mut unmasked = String::with_capacity(command.len());
        for next in command.chars() {
            match self.literals.iter().find(|(hidden, _)| *hidden == next) {
                Some((_, literal)) => unmasked.push_str(literal),
                None if is_placeholder(next) => {}
                None => unmasked.push(next),
            }
        }
        unmasked
    }

    /// Hides the literals of this request in a command that belongs to it, the longest first.
    pub fn mask_command(&self, command: &str) -> String {
        let mut command = command.to_owned();
        let mut literals: Vec<_> = self.literals.iter().collect();
        literals.sort_by_key(|(_, literal)| Reverse(literal.chars().count()));
        for (placeholder, literal) in literals {
            command = hide(&command, literal, *placeholder);
        }
        command
    }

    fn push_literal(&mut self, kind: Kind, literal: &str) {
        let stem = stem(kind, literal);
        let Some(placeholder) = self.placeholder(kind, stem) else {
            self.text.push_str(literal);
            return;
        };
        let quote = usize::from(kind == Kind::Quoted);
        self.text.push_str(&literal[..quote]);
        self.text.push(placeholder);
        self.text.push_str(&literal[quote + stem.len()..]);
    }

    fn placeholder(&mut self, kind: Kind, stem: &str) -> Option<char> {
        if let Some((known, _)) = self.literals.iter().find(|(_, known)| known == stem) {
            return Some(*known);
        }
        let is_free = |free: &char| self.literals.iter().all(|(taken, _)| taken != free);
        let free = kind.placeholders().chars().find(is_free);
        let free = free.filter(|_| !stem.is_empty())?;
        self.literals.push((free, stem.to_owned()));
        Some(free)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Name,
    Path,
    Quoted,
    Number,
    Host,
    Word,
}

impl Kind {
    /// Every kind has its own placeholders, so that the model sees what a literal is.
    fn placeholders(self) -> &'static str {
        match self {
            Kind::Name => "\x01\x02\x03\x04\x05",
            Kind::Path => "\x06\x07\x08\x0e",
            Kind::Quoted => "\x0f\x10\x11\x12",
            Kind::Number => "\x13\x14\x15\x16",
            Kind::Host => "\x17\x18",
            Kind::Word => "\x19\x1a",
        }
    }
}

fn is_placeholder(next: char) -> bool {
    matches!(next, '\x01'..='\x08' | '\x0e'..='\x1a')
}

/// Returns what is to be hidden of a literal: nothing where the model has to see it all.
fn stem(kind: Kind, literal: &str) -> &str {
    let quote = usize::from(kind == Kind::Quoted);
    let bare = &literal[quote..literal.len() - quote];
    let stem = match kind {
        Kind::Path => without_ending(bare),
        Kind::Name | Kind::Quoted if !bare.starts_with('.') => without_ending(bare),
        Kind::Name | Kind::Quoted | Kind::Number | Kind::Host | Kind::Word => bare,
    };
    let is_glob = kind == Kind::Quoted && is_glob(bare);
    let is_place = matches!(stem, "/" | "~" | "." | "..");
    if is_glob || is_place || is_ordinary(literal) { "" } else { stem }
}

fn without_ending(literal: &str) -> &str {
    let stem = match literal.rsplit_once('.') {
        Some((stem, "gz" | "bz2" | "xz")) => stem.strip_suffix(".tar").unwrap_or(stem),
        Some((stem, ending)) if is_ending(ending) => stem,
        _ => literal,
    };
    if stem.is_empty() || stem.ends_with('/') { literal } else { stem }
}

/// `[A-Za-z][A-Za-z0-9]{0,5}`
fn is_ending(text: &str) -> bool {
    let begins = text.starts_with(|first: char| first.is_ascii_alphabetic());
    begins && text.len() <= 6 && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// `\*?\.?\*?\w{0,5}\*?`, with a star or beginning with a dot: `*.txt` and `.php` tell what is meant.
fn is_glob(quoted: &str) -> bool {
    let skip = |text, sign| str::strip_prefix(text, sign).unwrap_or(text);
    let word = skip(skip(skip(quoted, '*'), '.'), '*');
    let word = word.strip_suffix('*').unwrap_or(word);
    let marked = quoted.contains('*') || quoted.starts_with('.');
    marked && word.chars().all(is_word) && word.chars().count() <= 5
}

/// Tells whether what looks like a literal is an ordinary word of a request.
fn is_ordinary(literal: &str) -> bool {
    let lower = literal.to_ascii_lowercase();
    // Python ignores the case of these, too.
    let lower = lower.replace(['İ', 'ı'], "i").replace('ſ', "s");
    let letters = lower.trim_end_matches(is_digit);
    let digits = lower[letters.len()..].chars().count();
    let folders = match lower.split_once('/') {
        Some((word, "directories" | "folders")) => !word.is_empty() && word.chars().all(is_word),
        _ => false,
    };
    folders || ORDINARY.contains(&lower.as_str()) || matches!((letters, digits), ("sha" | "utf", 1..) | ("ext", 1))
}

#[rustfmt::skip]
const ORDINARY: [&str; 26] = [
    "e.g", "i.e", "etc", "vs", "and/or", "read/write", "input/output",
    "files/directories", "directories/files", "file/directory",
    "md5", "utf8", "ipv4", "ipv6", "mp3", "mp4", "bzip2", "python", "python2", "python3",
    "base64", "x86_64", "stdin", "stdout", "7z", "h264",
];

/// Replaces a literal in a command wherever it is not part of a longer word.
fn hide(command: &str, literal: &str, placeholder: char) -> String {
    let joins = |next: char| next.is_ascii_alphanumeric() || next == '_';
    let stands_free = |start, end| {
        let before = before(command, start);
        !(literal.starts_with('/') && is_word(before)
            || literal.starts_with(is_word) && joins(before)
            || literal.ends_with(is_word) && joins(at(command, end)))
    };
    let mut hidden = String::with_capacity(command.len());
    let mut start = 0;
    while start < command.len() {
        let end = start + literal.len();
        if command[start..].starts_with(literal) && stands_free(start, end) {
            hidden.push(placeholder);
            start = end;
        } else {
            let next = at(command, start);
            hidden.push(next);
            start += next.len_utf8();
        }
    }
    hidden
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Undoes the escapes of the fixture, such as `\x01`.
    fn unescape(field: &str) -> String {
        let mut parts = field.split("\\x");
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |mut text, part| {
            let (code, rest) = part.split_at(2);
            let code = u8::from_str_radix(code, 16).expect("two hexadecimal digits");
            text.push(code.into());
            text + rest
        })
    }

    #[test]
    fn agrees_with_the_training() {
        for line in include_str!("../../tests/data/mask.tsv").lines().skip(1) {
            let fields: Vec<String> = line.split('\t').map(unescape).collect();
            let masked = mask(&fields[0]);
            assert_eq!(masked.text, fields[1], "{line}");
            assert_eq!(masked.mask_command(&fields[2]), fields[3], "{line}");
            assert_eq!(masked.unmask(&fields[3]), fields[2], "{line}");
        }
    }

    #[test]
    fn puts_literals_back() {
        let masked = mask("copy notes.txt to /srv/data on port 8080");
        assert_eq!(masked.text, "copy \x01.txt to \x06 on port \x13");
        assert!(masked.literals().eq(["notes", "/srv/data", "8080"]));
        assert_eq!(masked.unmask("cp \x01.txt \x06 # \x13"), "cp notes.txt /srv/data # 8080");
    }

    #[test]
    fn drops_placeholders_that_stand_for_nothing() {
        assert_eq!(mask("list files").unmask("ls \x01-l\x1a\t\x0b"), "ls -l\t\x0b");
    }

    #[test]
    fn takes_no_character_of_the_request_for_a_placeholder() {
        let masked = mask("show \x01.txt and notes.txt\x1a");
        assert_eq!(masked.text, "show  .txt and \x01.txt ");
        assert_eq!(masked.unmask("cat \x01.txt"), "cat notes.txt");
    }

    /// A scan that was not linear would take minutes.
    #[test]
    fn takes_anything_and_soon() {
        let odd = "a A 1 _ - . / @ ~ * \" ' é 漢 🦀 ٣ \u{301} \0 \u{85} a@ a@. -/ a.1- -.a ../ 1.1 \
                   a_ Aa a:b@c: http:// git@ '\" a/b- é.é ~/é é@é 漢- a_- *.a $a_b";
        let odd = odd.split(' ');
        for first in odd.clone() {
            let pairs = odd.clone().map(|second| [first, second, first].concat());
            for request in pairs.chain([first.repeat(10_000)]) {
                let masked = mask(&request);
                assert_eq!(masked.unmask(&masked.text), request);
            }
        }
    }
}
