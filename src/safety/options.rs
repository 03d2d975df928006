//! The words after a command's name, read as that command reads them: options with their values, and operands.
//!
//! A utility says how it reads its words with a [`Grammar`]; all that is written down is which options take a value, since
//! everything else (clusters, `--name=value`, abbreviations, `--`, options after operands) is the same for all of a style.

use crate::safety::value::Value;

/// How a utility tells options from operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Options may stand after operands, long ones may be cut short.
    Gnu,
    /// The first operand ends the options: wrappers, and the tools of old.
    Posix,
    /// Long options with one dash, as `find` and `terraform` have them; no clusters.
    Dash,
}

/// How a utility reads its words.
#[derive(Debug, Clone, Copy)]
pub struct Grammar {
    pub style: Style,
    /// Options that take the next word as their value, spaces between; with a `?` behind, only what is joined to them.
    pub values: &'static str,
}

impl Grammar {
    /// Returns how an option takes its value: nothing, the next word (`false`), or only what is joined (`true`).
    fn takes(&self, name: Name<'_>) -> Option<bool> {
        self.values.split_ascii_whitespace().find_map(|entry| {
            let (entry, joined) = match entry.strip_suffix('?') {
                Some(entry) => (entry, true),
                None => (entry, false),
            };
            name.is(entry).then_some(joined)
        })
    }
}

/// The name of an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name<'a> {
    /// `-x`.
    Short(char),
    /// `--name` or, in [`Style::Dash`], `-name`: without its dashes, perhaps cut short.
    Long(&'a str),
}

impl Name<'_> {
    /// Returns true when the name is `entry`, written with its dashes.
    fn is(self, entry: &str) -> bool {
        match self {
            Name::Short(letter) => {
                let mut rest = entry.chars();
                rest.next() == Some('-') && rest.next() == Some(letter) && rest.next().is_none()
            }
            Name::Long(name) => entry.strip_prefix("--").or_else(|| entry.strip_prefix('-')) == Some(name),
        }
    }

    /// Returns true when the name is `entry` or an abbreviation of it.
    fn abbreviates(self, entry: &str) -> bool {
        match self {
            Name::Short(_) => self.is(entry),
            Name::Long(name) => {
                let Some(entry) = entry.strip_prefix("--") else { return self.is(entry) };
                entry == name || (name.len() >= 2 && entry.starts_with(name) && !COMPLETE.contains(&name))
            }
        }
    }
}

/// Options that are whole although longer ones begin with them.
const COMPLETE: [&str; 14] = [
    "all",
    "delete",
    "exec",
    "file",
    "force",
    "from",
    "in",
    "mount",
    "no",
    "recursive",
    "remove",
    "to",
    "user",
    "volume",
];

/// An option as given.
#[derive(Debug, Clone, Copy)]
pub struct Opt<'a> {
    pub name: Name<'a>,
    pub value: Option<&'a str>,
    /// The word that holds the option's value, or the option itself.
    pub at: usize,
}

/// The words of a command, sorted.
#[derive(Debug, Clone, Default)]
pub struct Args<'a> {
    pub options: Vec<Opt<'a>>,
    pub operands: Vec<&'a Value>,
    /// The place in the words of the first operand; one past the end when there is none.
    pub first: usize,
    words: &'a [Value],
    gnu: bool,
}

impl<'a> Args<'a> {
    /// Reads `words`, which begin behind the command's name.
    pub fn read(words: &'a [Value], grammar: Grammar) -> Args<'a> {
        let mut args = Args { first: words.len(), words, gnu: grammar.style == Style::Gnu, ..Args::default() };
        let mut at = 0;
        while let Some(word) = words.get(at) {
            let text = word.text.as_str();
            if text == "--" {
                args.first = args.first.min(at + 1);
                args.operands.extend(&words[at + 1..]);
                return args;
            }
            if text.len() < 2 || !text.starts_with('-') {
                args.first = args.first.min(at);
                if grammar.style == Style::Posix {
                    args.operands.extend(&words[at..]);
                    return args;
                }
                args.operands.push(word);
                at += 1;
                continue;
            }
            at = match text.strip_prefix("--") {
                Some(long) => args.long(at, long, grammar),
                None if grammar.style == Style::Dash => args.long(at, &text[1..], grammar),
                None => args.cluster(at, &text[1..], grammar),
            };
        }
        args
    }

    fn long(&mut self, at: usize, text: &'a str, grammar: Grammar) -> usize {
        if let Some((name, value)) = text.split_once('=') {
            self.options.push(Opt { name: Name::Long(name), value: Some(value), at });
            return at + 1;
        }
        let name = Name::Long(text);
        let value = match grammar.takes(name) {
            Some(false) => self.words.get(at + 1).map(|word| word.text.as_str()),
            _ => None,
        };
        let used = usize::from(value.is_some());
        self.options.push(Opt { name, value, at: at + used });
        at + 1 + used
    }

    fn cluster(&mut self, at: usize, text: &'a str, grammar: Grammar) -> usize {
        for (offset, letter) in text.char_indices() {
            let name = Name::Short(letter);
            let rest = &text[offset + letter.len_utf8()..];
            match grammar.takes(name) {
                None => self.options.push(Opt { name, value: None, at }),
                Some(_) if !rest.is_empty() => {
                    self.options.push(Opt { name, value: Some(rest), at });
                    return at + 1;
                }
                Some(true) => self.options.push(Opt { name, value: None, at }),
                Some(false) => {
                    let value = self.words.get(at + 1).map(|word| word.text.as_str());
                    let used = usize::from(value.is_some());
                    self.options.push(Opt { name, value, at: at + used });
                    return at + 1 + used;
                }
            }
        }
        at + 1
    }

    /// Returns true when any of the options, written with their dashes, is there.
    pub fn has(&self, names: &[&str]) -> bool {
        self.get(names).is_some()
    }

    /// Returns the last of the options.
    pub fn get(&self, names: &[&str]) -> Option<&Opt<'a>> {
        self.options.iter().rev().find(|option| self.named(option, names))
    }

    /// Returns the values of all of the options, as words.
    pub fn values(&self, names: &[&str]) -> Vec<Value> {
        let given = self.options.iter().filter(|option| self.named(option, names));
        given.filter_map(|option| self.word(option)).collect()
    }

    /// Returns the value of the last of the options.
    pub fn value(&self, names: &[&str]) -> Option<&'a str> {
        self.get(names).and_then(|option| option.value)
    }

    /// Returns an option's value as a word of its own.
    pub fn word(&self, option: &Opt<'a>) -> Option<Value> {
        let word = self.words.get(option.at)?;
        Some(Value { text: option.value?.to_string(), taint: word.taint, span: word.span })
    }

    /// Returns the text of an operand.
    pub fn operand(&self, at: usize) -> Option<&'a str> {
        self.operands.get(at).map(|value| value.text.as_str())
    }

    fn named(&self, option: &Opt<'_>, names: &[&str]) -> bool {
        names.iter().any(|name| if self.gnu { option.name.abbreviates(name) } else { option.name.is(name) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::safety::ast::Span;

    fn read(text: &str, style: Style, values: &'static str, check: impl Fn(&Args<'_>)) {
        let words: Vec<Value> = text.split(' ').map(|word| Value::new(word, Span::default())).collect();
        check(&Args::read(&words, Grammar { style, values }));
    }

    #[test]
    fn clusters_values_and_permutation() {
        read("a -rf b -C dir --exclude=x -odir -- -z", Style::Gnu, "-C -o", |args| {
            assert!(args.has(&["-r"]) && args.has(&["-f"]) && args.has(&["--exclude"]) && !args.has(&["-z"]));
            assert_eq!(args.value(&["-C"]), Some("dir"));
            assert_eq!(args.value(&["-o"]), Some("dir"));
            assert_eq!(args.operands.iter().map(|v| v.text.as_str()).collect::<Vec<_>>(), ["a", "b", "-z"]);
        });
    }

    #[test]
    fn abbreviations_only_where_they_exist() {
        read("--recur --force", Style::Gnu, "", |args| {
            assert!(args.has(&["--recursive"]) && !args.has(&["--force-with-lease"]));
        });
        read("-auto-approve -var x=1 -chdir=prod destroy", Style::Dash, "-var", |args| {
            assert!(args.has(&["-auto-approve"]));
            assert_eq!(args.value(&["-chdir"]), Some("prod"));
            assert_eq!(args.operand(0), Some("destroy"));
        });
    }

    #[test]
    fn wrappers_stop_at_the_command() {
        read("-u bob rm -rf x", Style::Posix, "-u", |args| {
            assert_eq!(args.first, 2);
            assert!(!args.has(&["-r"]));
        });
    }
}
