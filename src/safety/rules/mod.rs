//! The rules: what each utility does, as tables.
//!
//! A [`Utility`] says how a command reads its words and what it does with them; most say it with [`Verb`]s (`kubectl delete`,
//! `docker volume prune`), the others with a function that states effects. A [`Rule`] is what a finding names: with a safer way
//! and with examples that one test walks. Levels of effects on paths are not here but in `judge`.

/// A utility whose verbs say what it does; without one of them it only prints.
macro_rules! verbs {
    ($names:expr, $values:expr, $verbs:expr $(,)?) => {
        $crate::safety::rules::Utility {
            names: $names,
            grammar: $crate::safety::rules::gnu($values),
            act: $crate::safety::rules::Act::Prints,
            verbs: $verbs,
        }
    };
}

pub mod effects;
pub mod services;
pub mod text;

mod access;
mod archives;
mod aws;
mod build;
mod channels;
mod cloud;
mod containers;
mod crypto;
mod data;
mod disks;
mod distributions;
mod editors;
mod files;
mod find;
mod firewalls;
mod forges;
mod git;
mod git_settings;
mod hooks;
mod interpreters;
mod language;
mod macos;
mod network;
mod orchestration;
mod packages;
mod processes;
mod readers;
mod rights;
mod runners;
mod shells;
mod sync;
mod system;
mod toolchains;
mod wrappers;

pub use wrappers::leads_away;

use crate::safety::ast::Span;
use crate::safety::call::Call;
use crate::safety::options::{Grammar, Style};
use crate::safety::value::Flow;
use crate::safety::walk::Walker;
use crate::safety::{Finding, Level};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

/// What a finding is an example of.
#[derive(Debug)]
pub struct Rule {
    pub id: &'static str,
    /// What it is about, in a few words.
    pub summary: &'static str,
    /// A safer way.
    pub hint: Option<&'static str>,
    /// Commands (bash) it must find, with the level.
    pub hits: &'static [(Level, &'static str)],
    /// Near ones, with the highest level they may get.
    pub near: &'static [(Level, &'static str)],
}

impl Rule {
    /// Makes a finding of this rule.
    pub fn finding(&'static self, level: Level, span: Span, reason: String) -> Finding {
        Finding {
            rule: Cow::Borrowed(self.id),
            level,
            span: span.start..span.end,
            reason,
            hint: self.hint.map(str::to_string),
            deletes: Vec::new(),
        }
    }
}

/// What a command does, told by its words.
#[derive(Debug)]
pub struct Verb {
    /// The operands it begins with: `a|b` either, `*` any one, `%` one that stands for all of a kind (a pattern, a whole list).
    pub words: &'static str,
    /// One of these options is there; `a+b` asks for both. Empty: none is asked for.
    pub with: &'static str,
    /// None of these is there.
    pub without: &'static str,
    pub level: Level,
    pub rule: &'static Rule,
    /// What happens; `{}` is what the rest of the operands name.
    pub reason: &'static str,
}

/// What a utility does.
pub enum Act {
    /// States effects.
    Do(fn(&mut Walker<'_>, &Call<'_>) -> Flow),
    /// Reads the files its operands name, or its input, and prints.
    Reads,
    /// Prints, and reads no file that matters.
    Prints,
    /// Runs the command its operands are.
    Wraps(wrappers::Wrap),
}

/// A command, or several that are alike.
pub struct Utility {
    /// Names with spaces between.
    pub names: &'static str,
    pub grammar: Grammar,
    pub act: Act,
    pub verbs: &'static [Verb],
}

const fn gnu(values: &'static str) -> Grammar {
    Grammar { style: Style::Gnu, values }
}

const fn posix(values: &'static str) -> Grammar {
    Grammar { style: Style::Posix, values }
}

const fn dash(values: &'static str) -> Grammar {
    Grammar { style: Style::Dash, values }
}

/// A utility whose function says what it does.
const fn does(names: &'static str, values: &'static str, act: fn(&mut Walker<'_>, &Call<'_>) -> Flow) -> Utility {
    Utility { names, grammar: gnu(values), act: Act::Do(act), verbs: &[] }
}

/// A verb that needs no options.
const fn verb(words: &'static str, level: Level, rule: &'static Rule, reason: &'static str) -> Verb {
    Verb { words, with: "", without: "", level, rule, reason }
}

/// A verb that needs one of some options.
const fn verb_with(
    words: &'static str,
    with: &'static str,
    level: Level,
    rule: &'static Rule,
    reason: &'static str,
) -> Verb {
    Verb { words, with, without: "", level, rule, reason }
}

/// A verb that needs some options to be absent.
const fn verb_without(
    words: &'static str,
    without: &'static str,
    level: Level,
    rule: &'static Rule,
    reason: &'static str,
) -> Verb {
    Verb { words, with: "", without, level, rule, reason }
}

const TABLES: &[&[Utility]] = &[
    access::UTILITIES,
    archives::UTILITIES,
    aws::UTILITIES,
    build::UTILITIES,
    channels::UTILITIES,
    cloud::UTILITIES,
    containers::UTILITIES,
    crypto::UTILITIES,
    data::UTILITIES,
    disks::UTILITIES,
    distributions::UTILITIES,
    editors::UTILITIES,
    files::UTILITIES,
    find::UTILITIES,
    firewalls::UTILITIES,
    forges::UTILITIES,
    git::UTILITIES,
    hooks::UTILITIES,
    interpreters::UTILITIES,
    language::UTILITIES,
    macos::UTILITIES,
    network::UTILITIES,
    orchestration::UTILITIES,
    packages::UTILITIES,
    processes::UTILITIES,
    readers::UTILITIES,
    rights::UTILITIES,
    runners::UTILITIES,
    services::UTILITIES,
    shells::UTILITIES,
    sync::UTILITIES,
    system::UTILITIES,
    toolchains::UTILITIES,
    wrappers::UTILITIES,
];

const RULES: &[&[&Rule]] = &[
    effects::RULES,
    text::RULES,
    access::RULES,
    containers::RULES,
    data::RULES,
    firewalls::RULES,
    git::RULES,
    packages::RULES,
    services::RULES,
    system::RULES,
];

static BY_NAME: LazyLock<HashMap<&'static str, &'static Utility>> = LazyLock::new(|| {
    let utilities = TABLES.iter().flat_map(|table| table.iter());
    utilities.flat_map(|utility| utility.names.split_ascii_whitespace().map(move |name| (name, utility))).collect()
});

/// Returns every rule.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    RULES.iter().flat_map(|rules| rules.iter().copied())
}

/// Returns true for a command in the tables.
pub fn is_known(name: &str) -> bool {
    utility(name).is_some()
}

/// Finds a command by its name, without version (`python3.12`) and, for file systems, without kind (`mkfs.ext4`).
pub fn utility(name: &str) -> Option<&'static Utility> {
    if let Some(utility) = BY_NAME.get(name) {
        return Some(utility);
    }
    // zsh's own versions: `zf_rm`.
    if let Some(utility) = name.strip_prefix("zf_").and_then(|name| BY_NAME.get(name)) {
        return Some(utility);
    }
    let short = match name.split_once('.') {
        Some((stem @ ("mkfs" | "fsck" | "newfs" | "iptables" | "mount" | "umount"), _)) => stem,
        _ => name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.' || c == '-'),
    };
    let short = if name.starts_with("newfs_") { "newfs" } else { short.strip_suffix(".exe").unwrap_or(short) };
    (short != name && !short.is_empty()).then(|| BY_NAME.get(short).copied()).flatten()
}

/// Returns the grave ones among the commands that a pattern of names may mean.
pub fn by_pattern(pattern: &str) -> Vec<&'static str> {
    const GRAVE: &[&str] = &[
        "rm", "dd", "mkfs", "shred", "chmod", "chown", "mv", "cp", "sh", "bash", "zsh", "dash", "unlink", "truncate",
        "tee", "curl", "wget", "nc", "sudo", "find", "xargs", "env", "kill", "cat",
    ];
    GRAVE.iter().copied().filter(|name| crate::safety::pattern::matches(pattern, name)).take(4).collect()
}

#[cfg(test)]
mod tests;
