//! How dangerous a command is, and what that means for running it.
//!
//! The judge itself is not built yet: [`check`] understands no command and says so. Every command
//! is therefore *caution: not judged*, which needs the user's `y`. What is settled here is the
//! shape of a judgement, the policies, and that only an [`Approved`] command can be run.

use std::ops::Range;

use crate::shell::Shell;

/// How dangerous a command is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Only reads, or makes something new.
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

/// One rule that matched.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// The rule's id.
    pub rule: &'static str,
    pub level: Level,
    /// The bytes of the command that the finding is about, on character borders.
    #[serde(serialize_with = "as_pair")]
    pub span: Range<usize>,
    /// Why, naming the target.
    pub reason: String,
    /// A safer form, where there is one.
    pub hint: Option<String>,
}

fn as_pair<S: serde::Serializer>(span: &Range<usize>, serializer: S) -> Result<S::Ok, S::Error> {
    serde::Serialize::serialize(&[span.start, span.end], serializer)
}

/// What the judge says of one command.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Report {
    /// The worst level of the findings.
    pub level: Level,
    /// False when some part was not understood.
    pub complete: bool,
    pub findings: Vec<Finding>,
}

/// Judges `command` as `shell` would read it. Never fails.
pub fn check(command: &str, _shell: Shell) -> Report {
    let finding = Finding {
        rule: "not-judged",
        level: Level::Caution,
        span: 0..command.len(),
        reason: "not judged: this version of caro does not look at what a command does".to_owned(),
        hint: None,
    };
    Report { level: Level::Caution, complete: false, findings: vec![finding] }
}

/// What the user must do before a command is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmation {
    /// Press Enter.
    Enter,
    /// Press `y`.
    Yes,
    /// Type a word.
    Word,
    /// Nothing: caro does not run it.
    Never,
}

/// What each level asks of the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Policy {
    Permissive,
    #[default]
    Moderate,
    Strict,
}

impl Policy {
    /// Returns what a command of `level` needs before it is run.
    pub fn confirmation(self, level: Level) -> Confirmation {
        match (self, level) {
            (Policy::Permissive, Level::Safe | Level::Caution) => Confirmation::Enter,
            (Policy::Permissive, Level::Danger) => Confirmation::Yes,
            (Policy::Moderate, Level::Safe) => Confirmation::Enter,
            (Policy::Moderate, Level::Caution) => Confirmation::Yes,
            (Policy::Moderate, Level::Danger) => Confirmation::Word,
            (Policy::Strict, Level::Safe) => Confirmation::Yes,
            (Policy::Strict, Level::Caution) => Confirmation::Word,
            (Policy::Strict, Level::Danger) | (_, Level::Critical) => Confirmation::Never,
        }
    }
}

/// A command that may be run: the only thing `exec` takes.
///
/// It is made from the report of that very text and what the user did when they saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approved {
    command: String,
}

impl Approved {
    /// Approves `command` when `given` is what `policy` asks for the level of its report.
    pub fn confirmed(command: &str, report: &Report, policy: Policy, given: Confirmation) -> Option<Approved> {
        let wanted = policy.confirmation(report.level);
        let enough = wanted == given && wanted != Confirmation::Never;
        enough.then(|| Approved { command: command.to_owned() })
    }

    /// The text to run.
    pub fn command(&self) -> &str {
        &self.command
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_judged_is_never_safe() {
        let report = check("ls", Shell::Bash);
        assert_eq!((report.level, report.complete), (Level::Caution, false));
    }

    #[test]
    fn only_the_confirmation_that_was_asked_for_approves() {
        let report = check("ls", Shell::Bash);
        let approve = |policy, given| Approved::confirmed("ls", &report, policy, given).is_some();
        assert!(approve(Policy::Moderate, Confirmation::Yes));
        assert!(!approve(Policy::Moderate, Confirmation::Enter));
        assert!(!approve(Policy::Strict, Confirmation::Yes));
        assert!(approve(Policy::Permissive, Confirmation::Enter));
        let critical = Report { level: Level::Critical, ..report };
        for given in [Confirmation::Enter, Confirmation::Yes, Confirmation::Word, Confirmation::Never] {
            assert_eq!(Approved::confirmed("x", &critical, Policy::Permissive, given), None);
        }
    }
}
