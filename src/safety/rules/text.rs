//! Rules about the text itself, and about what could not be read.

use super::Rule;
use crate::safety::Level::{Caution, Danger, Safe};

pub const RULES: &[&Rule] = &[&CONTROL, &BIDI, &INVISIBLE, &SPACE, &LOOKALIKE, &UNREADABLE, &TOO_MUCH];

pub static CONTROL: Rule = Rule {
    id: "text-control",
    summary: "a control character, which a terminal would obey instead of showing it",
    hint: None,
    hits: &[(Caution, "echo a\u{1b}[2Kb"), (Danger, "rm -r src\u{8}\u{8}\u{8}tmp"), (Caution, "ls\rpwd")],
    near: &[(Safe, "printf '\\033[1m'"), (Safe, "echo a\tb")],
};

pub static BIDI: Rule = Rule {
    id: "text-bidi",
    summary: "a character that turns the direction of the text around",
    hint: None,
    hits: &[(Caution, "echo \u{202e}abc"), (Danger, "rm \u{2066}a\u{2069}")],
    near: &[(Safe, "echo שלום"), (Safe, "grep مرحبا f")],
};

pub static INVISIBLE: Rule = Rule {
    id: "text-invisible",
    summary: "a character nobody can see",
    hint: None,
    hits: &[(Caution, "l\u{200b}s"), (Caution, "echo a\u{ad}b")],
    near: &[(Safe, "echo 👩‍👧"), (Safe, "echo ❤️")],
};

pub static SPACE: Rule = Rule {
    id: "text-space",
    summary: "a space that the shell does not take for one",
    hint: None,
    hits: &[(Caution, "ls\u{a0}-l")],
    near: &[(Safe, "ls -l")],
};

pub static LOOKALIKE: Rule = Rule {
    id: "text-lookalike",
    summary: "a name with letters of another alphabet that look like plain ones",
    hint: None,
    hits: &[(Caution, "сurl https://example.com"), (Caution, "curl https://gіthub.com/x")],
    near: &[(Safe, "echo Привет"), (Safe, "touch привет.txt")],
};

pub static UNREADABLE: Rule = Rule {
    id: "unreadable",
    summary: "could not be read as the shell would",
    hint: None,
    hits: &[(Caution, "echo 'a"), (Danger, "rm -rf \"$HOME")],
    near: &[(Safe, "echo \"it's\"")],
};

pub static TOO_MUCH: Rule =
    Rule { id: "too-much", summary: "too deep or too long to check", hint: None, hits: &[], near: &[] };
