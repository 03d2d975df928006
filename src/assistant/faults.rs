//! What can be seen to be wrong with a command without running it.
//!
//! Four checks, each cheap: is it valid in its shell, does it hold what the request named, does it name a file that the
//! request did not, are its programs on this machine. They rank the candidates of a small model and warn about any.

use std::fmt;

use crate::context::Programs;
use crate::prompt::mask::mask;
use crate::safety::{self, Facts, Report};
use crate::shell::Shell;

/// Something that speaks against a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Some part is not valid in that shell, or was not understood.
    Syntax,
    /// The request names this, the command does not.
    Lost(String),
    /// The command names this file, the request does not.
    Invented(String),
    /// This program is not on this machine.
    Absent(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Syntax => f.write_str("it may not be valid"),
            Fault::Lost(literal) => write!(f, "it leaves out {literal}"),
            Fault::Invented(literal) => write!(f, "you did not name {literal}"),
            Fault::Absent(program) => write!(f, "{program} is not installed here"),
        }
    }
}

/// What a command is looked at with.
pub struct Inspector<'a> {
    pub shell: Shell,
    pub facts: &'a Facts,
    pub programs: &'a Programs,
}

impl Inspector<'_> {
    /// Finds what speaks against any command.
    pub fn faults(&self, command: &str, report: &Report) -> Vec<Fault> {
        let mut faults = Vec::new();
        if !report.complete {
            faults.push(Fault::Syntax);
        }
        for step in safety::explain(command, self.shell, self.facts).steps {
            let absent = step.argv.first().filter(|name| !self.programs.has(name, self.shell));
            let known =
                |name: &String| faults.iter().any(|fault| matches!(fault, Fault::Absent(known) if known == name));
            if let Some(name) = absent.filter(|name| !known(name)) {
                faults.push(Fault::Absent(name.clone()));
            }
        }
        faults
    }

    /// Finds besides what speaks against the command of a small model, which copies: what `request` names must be
    /// in it, and no file that it does not name.
    pub fn faults_of_a_copy(&self, request: &str, command: &str, report: &Report) -> Vec<Fault> {
        let mut faults = self.faults(command, report);
        let lost = mask(request)
            .literals()
            .filter(|literal| !command.contains(*literal))
            .map(str::to_owned)
            .collect::<Vec<_>>();
        faults.extend(lost.into_iter().map(Fault::Lost));
        for word in command.split(|c: char| c.is_whitespace() || "'\"|;&<>()".contains(c)) {
            if is_file_of_ones_own(word) && !request.contains(word) && !names_part_of(word, request) {
                faults.push(Fault::Invented(word.to_owned()));
            }
        }
        faults
    }
}

/// A word that names one file by its whole name: a stem and an ending, no pattern, no place of the system.
fn is_file_of_ones_own(word: &str) -> bool {
    let name = word.rsplit('/').next().unwrap_or(word);
    let named = name.split_once('.').is_some_and(|(stem, ending)| {
        !stem.is_empty()
            && ending.starts_with(|c: char| c.is_ascii_alphabetic())
            && ending.chars().all(|c| c.is_ascii_alphanumeric() || c == '.')
    });
    let elsewhere = ["/etc/", "/var/", "/proc/", "/sys/", "/dev/", "/usr/", "/tmp/", "-", "$"];
    let plain = !word.contains(['*', '?', '[', '{', '%', '=', '@', ':', ',', '\\']);
    named && plain && !elsewhere.iter().any(|place| word.starts_with(place))
}

/// A new name made of one in the request: `report.pdf` → `report.txt`, `docs` → `docs.zip`.
fn names_part_of(word: &str, request: &str) -> bool {
    let name = word.rsplit('/').next().unwrap_or(word);
    name.split('.').next().is_some_and(|stem| stem.len() > 1 && request.contains(stem))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(request: &str, command: &str) -> Vec<String> {
        let facts = Facts::default();
        let programs = Programs::of(&["find", "tail", "wc", "zip", "tar"]);
        let inspector = Inspector { shell: Shell::Bash, facts: &facts, programs: &programs };
        let report = safety::check(command, Shell::Bash);
        inspector.faults_of_a_copy(request, command, &report).iter().map(Fault::to_string).collect()
    }

    #[test]
    fn a_faithful_command_has_no_fault() {
        for (request, command) in [
            ("count the lines of notes.txt", "wc -l notes.txt"),
            ("find pdfs bigger than 10 MB", "find . -name '*.pdf' -size +10M"),
            ("zip the folder docs", "zip -r docs.zip docs"),
            ("go to the folder src", "cd src"),
            ("last lines of the system log", "tail /var/log/syslog"),
        ] {
            assert_eq!(faults(request, command), [""; 0], "{command}");
        }
    }

    #[test]
    fn what_is_lost_invented_absent_or_broken_is_said() {
        assert_eq!(
            faults("show the last lines of /srv/app.log", "tail bin.jpg"),
            ["it leaves out /srv/app", "you did not name bin.jpg"]
        );
        assert_eq!(faults("files here", "rg --files"), ["rg is not installed here"]);
        assert_eq!(faults("files here", "find . -name 'a"), ["it may not be valid"]);
    }
}
