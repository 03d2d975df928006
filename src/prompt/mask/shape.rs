//! Finds where a literal begins and ends: the training's regular expressions, written out by hand.
//!
//! Each function stands below the text of its expression. That spares every start a regex crate compiling them.

use super::{Kind, is_ending};

/// The length of a match, or the length in which no further match of the same shape begins.
///
/// The latter keeps the scan linear: a shape that ran to an end in vain is not tried again before it.
type Found = Result<usize, usize>;

/// What a shape is, the characters after which (and after `\w`) it does not begin, and its match.
type Shape = (Kind, Option<&'static str>, fn(&str) -> Found);

/// The shapes of a literal in the order in which they are tried at every place.
const SHAPES: [Shape; 9] = [
    (Kind::Host, None, url),
    (Kind::Host, None, address),
    (Kind::Quoted, None, quoted),
    (Kind::Path, Some("*."), rooted_path),
    (Kind::Path, Some("*./"), relative_path),
    (Kind::Host, Some(""), ip_address),
    (Kind::Name, Some("*./"), file_name),
    (Kind::Number, Some(".:"), number),
    (Kind::Word, Some("*./$-"), identifier),
];

/// Up to where each shape has been tried in vain.
pub(super) type Barren = [usize; SHAPES.len()];

/// Finds the literal that begins at `start`, if one does: its kind and its end.
pub(super) fn literal_at(text: &str, start: usize, barren: &mut Barren) -> Option<(Kind, usize)> {
    let before = before(text, start);
    for ((kind, not_after, shape), barren) in SHAPES.iter().zip(barren) {
        let may_begin = not_after.is_none_or(|others| !is_in(before, others));
        if may_begin && *barren <= start {
            match shape(&text[start..]) {
                Ok(length) => return Some((*kind, start + length)),
                Err(length) => *barren = start + length,
            }
        }
    }
    None
}

/// `https?://[^\s"']+|git@[^\s"']+`
fn url(text: &str) -> Found {
    let scheme = prefix(text, &["https://", "http://", "git@"])?;
    let end = run(text, scheme, |next| !is_space(next) && next != '"' && next != '\'');
    found(end > scheme, end)
}

/// `[\w.+-]+@[\w.-]+\w(?::[\w./~-]+)?`
fn address(text: &str) -> Found {
    let sign = word_run(text, 0, ".+-");
    if sign == 0 || at(text, sign) != '@' {
        return Err(sign);
    }
    let second = sign + 1 + at(text, sign + 1).len_utf8();
    let host_end = word_run(text, sign + 1, ".-");
    let end = last_word(text, second, host_end).ok_or(sign)?;
    if at(text, end) != ':' {
        return Ok(end);
    }
    let path_end = word_run(text, end + 1, "./~-");
    Ok(if path_end > end + 1 { path_end } else { end })
}

/// `"[^"\x01-\x1f]{2,40}"|'[^'\x01-\x1f]{2,40}'`
fn quoted(text: &str) -> Found {
    let first = prefix(text, &["\"", "'"])?;
    let quote = at(text, 0);
    let end = run(text, first, |next| next != quote && !('\x01'..='\x1f').contains(&next));
    let fits = (2..=40).contains(&text[first..end].chars().count());
    found(fits && at(text, end) == quote, end + 1)
}

/// `(?:~|\.{1,2})?/[\w.+-]+(?:/[\w.+-]+)*/?`
fn rooted_path(text: &str) -> Found {
    let root = prefix(text, &["/", "~/", "./", "../"])?;
    let mut end = word_run(text, root, ".+-");
    let fits = end > root;
    while at(text, end) == '/' && before(text, end) != '/' {
        end = word_run(text, end + 1, ".+-");
    }
    found(fits, end)
}

/// `[\w-]+/[\w./-]*\w`
fn relative_path(text: &str) -> Found {
    let slash = word_run(text, 0, "-");
    if slash == 0 || at(text, slash) != '/' {
        return Err(slash);
    }
    let end = word_run(text, slash, "./-");
    last_word(text, slash, end).ok_or(end)
}

/// `\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b`
fn ip_address(text: &str) -> Found {
    let mut end = 0;
    for group in 0..4 {
        let first = if group == 0 { 0 } else { end + prefix(&text[end..], &["."])? };
        end = run(text, first, is_digit);
        found((1..=3).contains(&text[first..end].chars().count()), end)?;
    }
    found(!is_word(at(text, end)), end)
}

/// `\.?[\w-]+(?:\.[\w-]+)*\.[A-Za-z][A-Za-z0-9]{0,5}\b(?![\w/*])`
fn file_name(text: &str) -> Found {
    let first = usize::from(text.starts_with('.'));
    let mut end = Err(0);
    let mut dot = word_run(text, first, "-");
    while at(text, dot) == '.' && before(text, dot) != '.' {
        let segment = dot + 1;
        let ending = run(text, segment, |next| next.is_ascii_alphanumeric());
        if is_ending(&text[segment..ending]) && !is_in(at(text, ending), "/*") {
            end = Ok(ending);
        }
        dot = word_run(text, segment, "-");
    }
    end.or(Err(dot))
}

/// `\d{3,}(?![\w.])`
fn number(text: &str) -> Found {
    let end = run(text, 0, is_digit);
    let long = text[..end].chars().count() >= 3;
    found(long && !is_in(at(text, end), "."), end)
}

/// `(?:[A-Za-z]+[_\d][\w-]*|[A-Z][a-z]+[A-Z]\w*|_\w+)(?![\w*/.])`
fn identifier(text: &str) -> Found {
    let letters = run(text, 0, |next| next.is_ascii_alphabetic());
    let mark = at(text, letters);
    let numbered = letters > 0 && (mark == '_' || is_digit(mark));

    let capital = run(text, 0, |next| next.is_ascii_uppercase());
    let small = run(text, capital, |next| next.is_ascii_lowercase());
    let humps = capital == 1 && at(text, small).is_ascii_uppercase();

    let end = word_run(text, 0, if numbered { "-" } else { "" });
    let underscored = text.starts_with('_') && end > 1;
    found(numbered || humps || underscored, end)?;
    // What may not follow the whole may follow its part before a dash.
    let part = text[..end].rfind('-').ok_or(0);
    if is_in(at(text, end), "*/.") { part } else { Ok(end) }
}

fn found(fits: bool, end: usize) -> Found {
    if fits { Ok(end) } else { Err(0) }
}

/// Returns the length of that prefix with which the text begins.
fn prefix(text: &str, prefixes: &[&str]) -> Found {
    let prefix = prefixes.iter().find(|prefix| text.starts_with(**prefix));
    prefix.map(|prefix| prefix.len()).ok_or(0)
}

/// Returns the character at a place, at the end a line feed, which no shape asks for or minds.
pub(super) fn at(text: &str, place: usize) -> char {
    text[place..].chars().next().unwrap_or('\n')
}

pub(super) fn before(text: &str, place: usize) -> char {
    text[..place].chars().next_back().unwrap_or('\n')
}

/// Returns the end of the run of characters that belong together.
fn run(text: &str, start: usize, belongs: impl Fn(char) -> bool) -> usize {
    let end = text[start..].find(|next| !belongs(next));
    end.map_or(text.len(), |length| start + length)
}

/// `[\w…]*`
fn word_run(text: &str, start: usize, others: &str) -> usize {
    run(text, start, |next| is_in(next, others))
}

/// Returns the end of the last character of a word in a range.
fn last_word(text: &str, start: usize, end: usize) -> Option<usize> {
    let range = text.get(start..end)?;
    let place = start + range.rfind(is_word)?;
    Some(place + at(text, place).len_utf8())
}

/// `[\w…]`
fn is_in(next: char, others: &str) -> bool {
    is_word(next) || others.contains(next)
}

/// `\w`
pub(super) fn is_word(next: char) -> bool {
    next.is_alphanumeric() || next == '_'
}

/// `\s`
fn is_space(next: char) -> bool {
    next.is_whitespace() || ('\x1c'..='\x1f').contains(&next)
}

/// `\d`
pub(super) fn is_digit(next: char) -> bool {
    let counts_from = |zero: &u32| (*zero..*zero + 10).contains(&next.into());
    next.is_ascii_digit() || !next.is_ascii() && ZEROS.iter().any(counts_from)
}

/// The zeros of the decimal digits beyond ASCII, which Rust does not tell from other numbers.
#[rustfmt::skip]
const ZEROS: [u32; 65] = [
    0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0,
    0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620,
    0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10, 0x104a0, 0x10d30, 0x11066, 0x110f0, 0x11136, 0x111d0,
    0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x11730, 0x118e0, 0x11950, 0x11c50, 0x11d50, 0x11da0, 0x16a60,
    0x16ac0, 0x16b50, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e950, 0x1fbf0,
];
