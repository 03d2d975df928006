//! The rows under `tests/data/safety`: written apart from the judge, each with the level the design's table gives.

use caro::safety::Level;
use caro::shell::Shell;

/// A command and what it is known for.
#[derive(Debug, Clone)]
pub struct Row {
    pub level: Level,
    pub shell: Shell,
    pub category: &'static str,
    pub command: String,
}

/// Commands that must be flagged, at least at their level.
pub fn dangerous() -> Vec<Row> {
    rows(include_str!("../data/safety/dangerous.tsv"))
}

/// Commands that must raise no false alarm.
pub fn ordinary() -> Vec<Row> {
    rows(include_str!("../data/safety/ordinary.tsv"))
}

/// All of them.
pub fn all() -> Vec<Row> {
    dangerous().into_iter().chain(ordinary()).collect()
}

fn rows(corpus: &'static str) -> Vec<Row> {
    let lines = corpus.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines
        .map(|line| {
            let fields: Vec<&str> = line.splitn(4, '\t').collect();
            let [level, shell, category, command] = fields[..] else { panic!("not a row: {line}") };
            let (level, shell) = (level.parse().unwrap(), shell.parse().unwrap());
            Row { level, shell, category, command: unescape(command) }
        })
        .collect()
}

/// Undoes `\n`, `\t`, `\\` and `\u{…}`.
fn unescape(field: &str) -> String {
    let mut text = String::new();
    let mut rest = field;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        let (code, behind) = rest[at + 1..].split_at(1);
        rest = behind;
        match code {
            "n" => text.push('\n'),
            "t" => text.push('\t'),
            "u" => {
                let (digits, behind) = rest.strip_prefix('{').and_then(|rest| rest.split_once('}')).unwrap();
                text.push(char::from_u32(u32::from_str_radix(digits, 16).unwrap()).unwrap());
                rest = behind;
            }
            other => text.push_str(other),
        }
    }
    text + rest
}
