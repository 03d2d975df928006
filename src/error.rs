//! What went wrong, said so that the reader knows the next step, and the exit codes.
//!
//! Rooms raise their own typed errors where a caller branches on them; on the way up each becomes
//! a [`Failure`]: one sentence, an exit code, and a hint on its own line. The codes are decided
//! here and nowhere else.

use std::fmt;

/// How caro ends when no command ran; a command that ran passes its own status on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Printed, inserted, copied or skipped.
    Success = 0,
    /// Anything without a code of its own.
    Failure = 1,
    /// The command line, the config file or the input can't be read.
    Usage = 2,
    /// The safety policy held the command back.
    HeldBack = 3,
    /// The user was asked and declined.
    Declined = 4,
    /// No engine could answer.
    NoEngine = 5,
    /// A model file is missing, damaged or could not be fetched.
    Model = 6,
    /// The reply held no command.
    NoCommand = 7,
    /// Cancelled with Ctrl-C (128 + SIGINT).
    Cancelled = 130,
}

impl Exit {
    /// Returns the number the process ends with.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// Returns the word that stands for this ending in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Exit::Success => "success",
            Exit::Failure => "failure",
            Exit::Usage => "usage",
            Exit::HeldBack => "held_back",
            Exit::Declined => "declined",
            Exit::NoEngine => "no_engine",
            Exit::Model => "model",
            Exit::NoCommand => "no_command",
            Exit::Cancelled => "cancelled",
        }
    }
}

/// An error on its way to the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// How the process ends.
    pub exit: Exit,
    /// What was being done, to what, and why it failed: lower case, no full stop.
    pub message: String,
    /// The next step, printed on its own line.
    pub hint: Option<String>,
}

impl Failure {
    /// Makes a failure without a hint.
    pub fn new(exit: Exit, message: impl Into<String>) -> Failure {
        Failure { exit, message: message.into(), hint: None }
    }

    /// Makes a failure of the command line or the config file.
    pub fn usage(message: impl Into<String>) -> Failure {
        Failure::new(Exit::Usage, message)
    }

    /// Adds the next step.
    pub fn hint(mut self, hint: impl Into<String>) -> Failure {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

/// Returns the name in `known` that is nearest to `word`, when it is near enough to be a slip.
///
/// Near is an edit distance (insert, delete, replace, swap of neighbours) of at most a third of
/// the word, at least one.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|name| (distance(word, name), name))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// The optimal string alignment distance
/// (<https://en.wikipedia.org/wiki/Damerau%E2%80%93Levenshtein_distance>).
fn distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.chars().collect();
    let right: Vec<char> = right.chars().collect();
    let mut rows: Vec<Vec<usize>> = (0..=left.len()).map(|i| (i..=i + right.len()).collect()).collect();
    for i in 1..=left.len() {
        for j in 1..=right.len() {
            let replace = rows[i - 1][j - 1] + usize::from(left[i - 1] != right[j - 1]);
            let mut best = replace.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            let swapped = i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1];
            if swapped {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[left.len()][right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_offered_only_when_it_is_near() {
        let known = ["backend", "base_url", "model.path"];
        assert_eq!(nearest("bakcend", known), Some("backend"));
        assert_eq!(nearest("baseurl", known), Some("base_url"));
        assert_eq!(nearest("colour", known), None);
        assert_eq!(nearest("", known), None);
    }
}
