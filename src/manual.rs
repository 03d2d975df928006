//! What the manual pages of this machine say about a program and its options.
//!
//! Pages are formatted by the machine's own `man` and read as text; the program itself is never started. A machine
//! without `man`, or without that page, simply knows nothing.

use std::collections::HashMap;
use std::process::{Command, Stdio};

/// What a page says, as far as it could be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// The one line of its NAME section, without the name.
    pub summary: Option<String>,
    entries: Vec<Entry>,
}

/// One option and the first sentence about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its spellings, such as `-n` and `--lines`.
    pub names: Vec<String>,
    /// Whether its value is a word of its own.
    pub takes_value: bool,
    pub meaning: String,
}

/// Pages by name, each read once.
#[derive(Debug, Default)]
pub struct Manual {
    pages: HashMap<String, Option<Page>>,
}

impl Manual {
    /// The page called `name`, if this machine has one.
    pub fn page(&mut self, name: &str) -> Option<&Page> {
        self.pages.entry(name.to_owned()).or_insert_with(|| format(name).map(|text| Page::read(&text))).as_ref()
    }

    /// Makes `page` the one called `name`.
    pub fn learn(&mut self, name: &str, page: Page) {
        self.pages.insert(name.to_owned(), Some(page));
    }
}

impl Page {
    /// Reads a formatted page.
    pub fn read(text: &str) -> Page {
        let text = without_overstrikes(text);
        let lines: Vec<&str> = text.lines().collect();
        let summary = lines.iter().position(|line| line.trim() == "NAME").and_then(|at| {
            let section = lines[at + 1..].iter().take_while(|line| line.is_empty() || indent_of(line) > 0);
            let lines = section.map(|line| line.trim()).skip_while(|line| line.is_empty());
            let name: Vec<&str> = lines.take_while(|line| !line.is_empty()).collect();
            let name = name.join(" ");
            [" - ", " – ", " — "]
                .iter()
                .find_map(|dash| name.split_once(dash))
                .map(|(_, summary)| summary.trim().to_owned())
        });
        let entries = (0..lines.len()).filter_map(|at| Entry::at(&lines, at)).collect();
        Page { summary, entries }
    }

    /// The entry of an option in exactly this spelling.
    pub fn option(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.names.iter().any(|known| known == name))
    }
}

impl Entry {
    /// Reads the entry that begins on line `at`: spellings, then a sentence beside or below them, further in.
    fn at(lines: &[&str], at: usize) -> Option<Entry> {
        let line = lines[at];
        let indent = indent_of(line);
        let head = line.trim();
        if indent == 0 || indent > 12 || !head.starts_with('-') || head.len() < 2 {
            return None;
        }
        let (head, beside) = head.split_once("  ").map_or((head, ""), |(head, beside)| (head, beside.trim()));
        let names: Vec<String> = head
            .split([',', '|'])
            .map(|spelling| spelling.trim())
            .filter(|spelling| spelling.starts_with('-'))
            .map(|spelling| spelling.split(['=', '[', ' ']).next().unwrap_or(spelling).to_owned())
            .collect();
        let last = head.rsplit(',').next().unwrap_or(head).trim();
        let takes_value = !last.contains('[') && (last.contains(' ') || last.contains('='));
        let below = lines[at + 1..].iter().take_while(|next| indent_of(next) > indent && !next.trim().is_empty());
        let mut words = beside.to_owned();
        for next in below {
            words = format!("{words} {}", next.trim());
        }
        let meaning = first_sentence(words.trim());
        (!names.is_empty() && !meaning.is_empty()).then_some(Entry { names, takes_value, meaning })
    }
}

fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// Up to the first full stop that ends a sentence.
fn first_sentence(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let abbreviated = |head: &str| ["e.g", "i.e", "etc", "cf", "vs"].iter().any(|short| head.ends_with(short));
    let ends = |head: &str| !abbreviated(head) && !head.ends_with(' ');
    let end = words.match_indices(". ").map(|(at, _)| at).find(|at| ends(&words[..*at]));
    let sentence = &words[..end.unwrap_or(words.len())];
    sentence.strip_suffix(['.', ':']).filter(|rest| ends(rest)).unwrap_or(sentence).to_owned()
}

/// Takes out what prints a letter twice to make it bold (`x BACKSPACE x`).
fn without_overstrikes(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\u{8}' => {
                plain.pop();
            }
            '\u{ad}' | '\u{200b}' => {}
            '\u{2010}' | '\u{2212}' => plain.push('-'),
            c => plain.push(c),
        }
    }
    plain
}

/// Lets `man` format a page. The name comes from a command that a model wrote, so only plain names are looked up.
fn format(name: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._+-[".contains(c);
    if name.is_empty() || name.starts_with('-') || !name.chars().all(plain) {
        return None;
    }
    let output = Command::new("man")
        .args(["-P", "cat", name])
        .env("MANWIDTH", "200")
        .env("LC_ALL", "C.UTF-8")
        .env_remove("MAN_KEEP_FORMATTING")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GNU: &str = "LS(1)\n\nNAME\n       ls - list directory\n       contents\n\nOPTIONS\n       -a, --all\n              do not ignore entries starting with .\n\n       -w, --width=COLS\n              set output width to COLS.  0 means no limit\n\n       --color[=WHEN]\n              color the output WHEN\n";

    #[test]
    fn a_page_in_the_manner_of_gnu() {
        let page = Page::read(GNU);
        assert_eq!(page.summary.as_deref(), Some("list directory contents"));
        let all = page.option("--all").unwrap();
        assert_eq!((all.meaning.as_str(), all.takes_value), ("do not ignore entries starting with .", false));
        assert_eq!(page.option("-w").unwrap().meaning, "set output width to COLS");
        assert!(page.option("--width").unwrap().takes_value && !page.option("--color").unwrap().takes_value);
        assert_eq!(page.option("-x"), None);
    }

    #[test]
    fn a_page_in_the_manner_of_bsd() {
        let page = Page::read(
            "N\u{8}NA\u{8}AM\u{8}ME\u{8}E\n     sort – sort files\n\nDESCRIPTION\n     -n      Compare as numbers, e.g. in order. More.\n     -k field1\n             Sort by a key.\n",
        );
        assert_eq!(page.summary.as_deref(), Some("sort files"));
        assert_eq!(page.option("-n").unwrap().meaning, "Compare as numbers, e.g. in order");
        assert!(page.option("-k").unwrap().takes_value);
    }

    #[test]
    fn odd_names_are_not_looked_up() {
        for name in ["", "-k", "--html", "a b", "$(x)", "../x", "a;b"] {
            assert_eq!(format(name), None, "{name}");
        }
    }
}
