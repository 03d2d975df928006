//! From text to tree: reads a command line as its shell does.
//!
//! Parsing never fails and never panics: what is not understood becomes a [`Problem`] and `complete: false`, and the tree holds
//! the rest. It is a plain recursive descent over the bytes, without a token stream, because in a shell what a byte means
//! depends on where it stands. It is bounded: texts over [`MAX_LENGTH`] are not read, nesting over [`MAX_DEPTH`] is not
//! followed, and every look ahead is paid from a store of fuel, so time grows with the length.
//!
//! bash (which stands for sh too) and zsh share one reader (`posix`); fish has its own grammar and reader (`fish`).

mod braces;
mod cursor;
mod fish;
mod posix;
pub mod print;
#[cfg(test)]
mod tests;

use crate::safety::ast::{Parsed, Problem, ProblemKind, Script, Span};
use crate::shell::Shell;
use cursor::Cursor;

/// The longest text that is read, in bytes; no command anyone should run unseen is longer.
pub const MAX_LENGTH: usize = 64 * 1024;

/// How deep commands, substitutions and groups may nest. People stay under five; each level costs stack here and in every
/// walk over the tree.
pub const MAX_DEPTH: usize = 40;

/// Reads `text` as `shell` would.
pub fn parse(text: &str, shell: Shell) -> Parsed {
    if text.len() > MAX_LENGTH {
        return too_long(text);
    }
    let mut cursor = Cursor::new(text);
    let script = match shell {
        Shell::Bash => posix::read(&mut cursor, posix::Dialect::Bash),
        Shell::Zsh => posix::read(&mut cursor, posix::Dialect::Zsh),
        Shell::Fish => fish::read(&mut cursor),
    };
    let (problems, comments) = cursor.finish();
    Parsed { script, complete: problems.is_empty(), problems, comments }
}

fn too_long(text: &str) -> Parsed {
    let span = Span::new(0, text.len());
    let message = format!("longer than {} KiB", MAX_LENGTH / 1024);
    Parsed {
        script: Script { lists: Vec::new(), span },
        complete: false,
        problems: vec![Problem { kind: ProblemKind::TooLong, span, message }],
        comments: Vec::new(),
    }
}
