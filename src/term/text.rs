//! Text from a model, made fit for a terminal: nothing in it moves the cursor, hides or lies.

use std::borrow::Cow;

use unicode_width::UnicodeWidthChar;

/// Replaces what a terminal would obey or not show (control characters, bidirectional overrides,
/// zero-width characters, line separators, tags) by visible escapes. Newlines and tabs stay when
/// `lines` says that the text may have several.
pub fn visible(text: &str, lines: Lines) -> Cow<'_, str> {
    let keep = |c: char| matches!(c, '\n' | '\t') && lines == Lines::Many;
    if text.chars().all(|c| keep(c) || !is_hostile(c)) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            c if keep(c) || !is_hostile(c) => shown.push(c),
            '\n' => shown.push_str("\\n"),
            '\t' => shown.push_str("\\t"),
            '\r' => shown.push_str("\\r"),
            '\u{1b}' => shown.push_str("\\e"),
            c if (c as u32) < 0x100 => shown.push_str(&format!("\\x{:02x}", c as u32)),
            c => shown.push_str(&format!("\\u{{{:x}}}", c as u32)),
        }
    }
    Cow::Owned(shown)
}

/// Whether a text may have more than one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    One,
    Many,
}

/// The ranges are those of Unicode's general categories Cc and Cf (without the soft joiner between
/// emoji, which is shown too: it has no place in a command), and of the line separators.
fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Returns on how many rows `text` stands and in which column it ends, when it begins in column
/// `column` of a terminal `width` columns wide. A wide character that does not fit begins the next
/// row; a full row wraps when the next character comes.
pub fn rows(text: &str, column: usize, width: usize) -> (usize, usize) {
    let width = width.max(2);
    let (mut row, mut at) = (1, column);
    for c in text.chars() {
        match c {
            '\n' => (row, at) = (row + 1, 0),
            '\t' => at = (at / 8 * 8 + 8).min(width - 1),
            c => {
                let wide = c.width().unwrap_or(0);
                if at + wide > width {
                    (row, at) = (row + 1, 0);
                }
                at += wide;
            }
        }
    }
    (row, at)
}

/// Breaks `text` at blanks into lines of at most `width` columns; a longer word stays whole.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut room = 0;
    for word in text.split_whitespace() {
        let length = unicode_width::UnicodeWidthStr::width(word);
        match lines.last_mut() {
            Some(line) if length < room => {
                line.push(' ');
                line.push_str(word);
                room -= length + 1;
            }
            _ => {
                lines.push(word.to_owned());
                room = width.saturating_sub(length);
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_shown() {
        let one = |text| visible(text, Lines::One).into_owned();
        assert_eq!(one("ls -l 'naïve 日本'"), "ls -l 'naïve 日本'");
        assert_eq!(one("a\u{1b}[2Jb\r\u{7}\nc"), "a\\e[2Jb\\r\\x07\\nc");
        assert_eq!(one("x\u{202e}y\u{200b}z\u{9b}"), "x\\u{202e}y\\u{200b}z\\x9b");
        assert_eq!(visible("a\n\tb\r", Lines::Many), "a\n\tb\\r");
    }

    #[test]
    fn rows_are_those_of_the_terminal() {
        assert_eq!(rows("abc", 2, 10), (1, 5));
        assert_eq!(rows("12345678", 2, 10), (1, 10));
        assert_eq!(rows("123456789", 2, 10), (2, 1));
        assert_eq!(rows("1234567日", 2, 10), (2, 2));
        assert_eq!(rows("a\nb", 2, 10), (2, 1));
    }

    #[test]
    fn prose_breaks_at_blanks() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("abcdefghij k", 4), ["abcdefghij", "k"]);
        assert!(wrap("  ", 4).is_empty());
    }
}
