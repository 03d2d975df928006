//! What a level means for the user: how a command is confirmed, and the token that says it was.

use crate::safety::{Level, Report};

/// How careful the user wants to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Policy {
    Permissive,
    #[default]
    Moderate,
    Strict,
}

/// What the user has to do before a command runs, from the lightest to none at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confirmation {
    Enter,
    /// The letter `y`.
    Yes,
    /// A whole word, typed.
    Word,
    /// Caro does not run it.
    Never,
}

impl Policy {
    /// Returns what this policy asks for before a command of `level` runs.
    pub fn confirmation(self, level: Level) -> Confirmation {
        use Confirmation::{Enter, Never, Word, Yes};
        match (self, level) {
            (_, Level::Critical) => Never,
            (Policy::Permissive, Level::Safe | Level::Caution) => Enter,
            (Policy::Permissive, Level::Danger) => Yes,
            (Policy::Moderate, Level::Safe) => Enter,
            (Policy::Moderate, Level::Caution) => Yes,
            (Policy::Moderate, Level::Danger) => Word,
            (Policy::Strict, Level::Safe) => Yes,
            (Policy::Strict, Level::Caution) => Word,
            (Policy::Strict, Level::Danger) => Never,
        }
    }
}

/// A command that may run: someone saw its report and confirmed it, or a stated policy lets it run unasked.
///
/// There is no other way to make one, and nothing else can be executed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approved {
    command: String,
}

impl Approved {
    /// Approves a command whose report the user saw and answered with `given`; nothing if that is less than the policy asks.
    pub fn by_user(command: &str, report: &Report, policy: Policy, given: Confirmation) -> Option<Approved> {
        let asked = policy.confirmation(report.level);
        let enough = asked != Confirmation::Never && given != Confirmation::Never && given >= asked;
        enough.then(|| Approved { command: command.to_string() })
    }

    /// Approves a command that the policy lets Enter run.
    pub fn by_policy(command: &str, report: &Report, policy: Policy) -> Option<Approved> {
        Approved::by_user(command, report, policy, Confirmation::Enter)
    }

    /// Returns the command.
    pub fn command(&self) -> &str {
        &self.command
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(level: Level) -> Report {
        Report { level, complete: true, findings: Vec::new() }
    }

    #[test]
    fn critical_never_runs() {
        for policy in [Policy::Permissive, Policy::Moderate, Policy::Strict] {
            for given in [Confirmation::Enter, Confirmation::Yes, Confirmation::Word, Confirmation::Never] {
                assert_eq!(Approved::by_user("x", &report(Level::Critical), policy, given), None);
            }
        }
    }

    #[test]
    fn a_policy_runs_what_enter_would() {
        assert!(Approved::by_policy("ls", &report(Level::Safe), Policy::Moderate).is_some());
        assert!(Approved::by_policy("rm x", &report(Level::Caution), Policy::Moderate).is_none());
        assert!(Approved::by_policy("rm x", &report(Level::Caution), Policy::Permissive).is_some());
        assert!(Approved::by_user("rm -r *", &report(Level::Danger), Policy::Moderate, Confirmation::Yes).is_none());
        assert!(Approved::by_user("rm -r *", &report(Level::Danger), Policy::Moderate, Confirmation::Word).is_some());
    }
}
