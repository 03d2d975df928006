//! The judge: what a command would do, found by reading it as its shell would.
//!
//! [`check`] is pure: no file, no clock, no process; it never fails and never panics. What happens, in order:
//!
//! 1. `text` looks at the characters: what a terminal would hide or another alphabet would fake;
//! 2. `parse` makes the tree of `ast`, in the dialect the command will run in;
//! 3. `walk` goes through the tree as the shell would, with an environment (`env`) of variables, functions, aliases and the
//!    directory; `compound` takes every branch and follows loops, `recursion` functions that call themselves; `fold` turns words
//!    into values with marks (`value`), `printed` and `pure` know what `echo` and simple filters print;
//! 4. `call` takes wrappers (`sudo`, `xargs`, `ssh`) off a command and finds its utility in the tables under `rules`, which
//!    read options (`options`) and state effects: deletes this, overwrites that, runs this text;
//! 5. `judge` gives an effect its level by what it hits (`target`, `places`), after the table in the design.
//!
//! 6. `look`, apart from all this and not pure, is for faces: it resolves links and counts what would be deleted.
//!
//! The judge is a guard against a model's mistakes and injected text, not a sandbox.

pub mod ast;
mod braces;
mod call;
mod code;
mod compound;
mod definitions;
mod env;
mod explain;
mod fold;
mod hijack;
mod judge;
mod look;
mod options;
mod own;
mod parameter;
pub mod parse;
mod pattern;
mod places;
mod policy;
mod printed;
mod pure;
mod qualifiers;
mod recursion;
mod rules;
mod run;
mod secrets;
mod simple;
mod target;
#[cfg(test)]
mod tests;
mod text;
mod value;
mod walk;

pub use explain::{Explanation, Step, explain};
pub use look::look;
pub use own::{Allow, Deny, OwnRules};
pub use policy::{Approved, Confirmation, Policy};
pub use rules::{Rule, all as rules};

use crate::shell::Shell;
use std::borrow::Cow;
use std::ops::Range;
use std::str::FromStr;

/// How bad it would be to run a command by mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Only reads, or makes something new.
    #[default]
    Safe,
    /// Changes that deserve a look, recoverable or narrow.
    Caution,
    /// User data lost for good, privileges or secrets given away, remote code run.
    Danger,
    /// System, disk or home destroyed; remote code as root.
    Critical,
}

impl Level {
    /// Returns the word shown to people and written in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Level::Safe => "safe",
            Level::Caution => "caution",
            Level::Danger => "danger",
            Level::Critical => "critical",
        }
    }
}

impl FromStr for Level {
    type Err = String;

    fn from_str(word: &str) -> Result<Level, String> {
        let levels = [Level::Safe, Level::Caution, Level::Danger, Level::Critical];
        levels.into_iter().find(|level| level.word() == word).ok_or_else(|| format!("`{word}` is no level"))
    }
}

/// One rule that matched.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    pub rule: Cow<'static, str>,
    pub level: Level,
    /// Bytes of the original text, on character borders.
    #[serde(serialize_with = "as_pair")]
    pub span: Range<usize>,
    /// What would happen, and to what: "deletes everything under /home/ana".
    pub reason: String,
    /// A safer way, where there is one.
    pub hint: Option<String>,
    /// What [`look`] may look at; nothing when that is elsewhere, or a part of its path is not known.
    #[serde(skip)]
    pub deletes: Vec<Deletes>,
}

/// Something on this machine's disk that a finding is about to delete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deletes {
    /// An absolute path as the kernel would follow it: a `..` is kept, it may come behind a link.
    path: String,
    extent: target::Extent,
    how: judge::Delete,
}

fn as_pair<S: serde::Serializer>(span: &Range<usize>, serializer: S) -> Result<S::Ok, S::Error> {
    serde::Serialize::serialize(&[span.start, span.end], serializer)
}

/// What the judge has to say about a command.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Report {
    pub level: Level,
    /// False when some part was not understood, or is not valid in that shell.
    pub complete: bool,
    /// The gravest first, then in the order of the text.
    pub findings: Vec<Finding>,
}

impl Report {
    fn new(mut findings: Vec<Finding>, complete: bool) -> Report {
        sort(&mut findings);
        // One word may stand for several targets (`rm -rf {a,b}`, a loop): said once, and each of them looked at.
        findings.dedup_by(|next, kept| {
            let same = next.rule == kept.rule && next.span == kept.span;
            if same {
                next.deletes.retain(|deletes| !kept.deletes.contains(deletes));
                kept.deletes.append(&mut next.deletes);
            }
            same
        });
        let level = findings.first().map_or(Level::Safe, |finding| finding.level);
        Report { level, complete, findings }
    }
}

fn sort(findings: &mut [Finding]) {
    findings.sort_by(|a, b| {
        b.level
            .cmp(&a.level)
            .then_with(|| (a.span.start, a.span.end, &a.rule).cmp(&(b.span.start, b.span.end, &b.rule)))
    });
}

/// What the caller knows about the place a command would run in; all of it may stay empty.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The user's home, as an absolute path.
    pub home: Option<String>,
    /// The current directory, as an absolute path.
    pub cwd: Option<String>,
    pub user: Option<String>,
    /// The user's own rules.
    pub own: OwnRules,
}

/// Judges `command` as `shell` would run it.
pub fn check(command: &str, shell: Shell) -> Report {
    check_with(command, shell, &Facts::default())
}

/// Judges `command` with what is known about the place it would run in, and by the user's own rules too.
pub fn check_with(command: &str, shell: Shell, facts: &Facts) -> Report {
    walk::judge(command, shell, facts, None)
}
