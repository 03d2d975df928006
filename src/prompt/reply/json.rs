//! Reads the command out of a JSON object while it arrives.
//!
//! A parser wants the whole text, and a command must be painted before its closing quote has come, so the strings are
//! decoded here one character at a time. Everything but strings and the marks around them is passed over, which
//! forgives what models get wrong: line breaks in strings, escapes that JSON does not know, commas too many.

use std::iter;

/// The keys that hold the command.
const COMMAND_KEYS: [&str; 2] = ["cmd", "command"];

/// An object that is being read.
#[derive(Debug, Default)]
pub(super) struct Json {
    command: String,
    /// The other values that are strings.
    words: String,
    /// The string being read, unless it is the command.
    string: String,
    /// The key of the value that follows, if one does.
    key: Option<String>,
    place: Place,
    depth: usize,
    is_complete: bool,
}

/// Where in the text the reader is.
#[derive(Debug, Default)]
enum Place {
    #[default]
    Between,
    Command,
    String,
}

impl Json {
    /// Returns the command as far as it has come.
    pub(super) fn command(&self) -> &str {
        &self.command
    }

    /// Returns what the object says beside the command.
    pub(super) fn words(&self) -> &str {
        self.words.trim()
    }

    /// Returns true once the command, or the object without one, has ended.
    pub(super) fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// Reads on and returns how much of the text is settled: all but an escape that is cut short.
    pub(super) fn read(&mut self, text: &str) -> usize {
        let mut rest = text;
        while let Some(next) = rest.chars().next().filter(|_| !self.is_complete) {
            let (character, length) = match self.place {
                Place::Between => {
                    self.mark(next);
                    rest = &rest[next.len_utf8()..];
                    continue;
                }
                Place::Command | Place::String if next == '\\' => match escape(rest) {
                    Some(escape) => escape,
                    None => break,
                },
                Place::Command | Place::String => (next, next.len_utf8()),
            };
            let string = if matches!(self.place, Place::Command) { &mut self.command } else { &mut self.string };
            if next == '"' {
                self.close();
            } else {
                string.push(character);
            }
            rest = &rest[length..];
        }
        text.len() - rest.len()
    }

    /// Takes a character between strings.
    fn mark(&mut self, character: char) {
        match character {
            '{' | '[' => {
                self.depth += 1;
                self.key = None;
            }
            '}' | ']' => {
                self.depth -= 1;
                self.is_complete = self.depth == 0;
            }
            ',' => self.key = None,
            ':' => self.key = Some(std::mem::take(&mut self.string)),
            '"' => {
                let is_command = self.key.as_deref().is_some_and(|key| COMMAND_KEYS.contains(&key));
                self.place = if is_command { Place::Command } else { Place::String };
                self.string.clear();
            }
            _ => {}
        }
    }

    /// Ends a string.
    fn close(&mut self) {
        match self.place {
            Place::Command => self.is_complete = !self.command.trim().is_empty(),
            Place::String if self.key.is_some() => {
                self.words.push_str(&self.string);
                self.words.push(' ');
            }
            Place::String | Place::Between => {}
        }
        self.place = Place::Between;
    }
}

/// Decodes the escape at the start of a text into a character and its length there, once it is whole.
///
/// A backslash before anything else than JSON allows stays one, as models forget to double those of their patterns;
/// only `\'` is a quote.
fn escape(text: &str) -> Option<(char, usize)> {
    let character = match text.chars().nth(1)? {
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => return unicode(text),
        character @ ('"' | '\'' | '/' | '\\') => character,
        _ => return Some(('\\', 1)),
    };
    Some((character, 2))
}

/// Decodes `\u` escapes, two of them where they are a pair; half a pair becomes a replacement character.
fn unicode(text: &str) -> Option<(char, usize)> {
    if is_cut(text) {
        return None;
    }
    let Some(unit) = code_unit(text) else {
        return Some(('\\', 1));
    };
    let is_half = (0xd800..0xdc00).contains(&unit);
    if is_half && is_cut(&text[6..]) {
        return None;
    }
    let other = if is_half { code_unit(&text[6..]) } else { None };
    match char::decode_utf16(iter::once(unit).chain(other)).next()? {
        Ok(character) => Some((character, 6 * character.len_utf16())),
        Err(_) => Some((char::REPLACEMENT_CHARACTER, 6)),
    }
}

/// Returns the number of a `\u` escape at the start of a text.
fn code_unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u16::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'))
}

/// Returns whether a text ends inside a `\u` escape.
fn is_cut(text: &str) -> bool {
    let is_short = |digits: &str| digits.len() < 4 && digits.chars().all(|digit| digit.is_ascii_hexdigit());
    "\\u".starts_with(text) || text.strip_prefix("\\u").is_some_and(is_short)
}
