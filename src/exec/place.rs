//! Where a session is: the folder and the environment that its next command starts in.
//!
//! Each command runs in a shell of its own, yet a person expects `cd` and `export` to last. So the shell is asked, as the
//! last thing it does, to write both into a private file; what it wrote is what the next one begins with.

use std::collections::BTreeMap;
use std::env;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::shell::Shell;

/// The environment of a session; its folder is that of the process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    environment: BTreeMap<OsString, OsString>,
}

/// The variable that tells the shell which file to write.
pub(super) const FILE: &str = "CARO_PLACE";

/// The variable under which the shell writes its folder.
const FOLDER: &str = "CARO_PWD";

/// What a shell sets for itself, or caro for it, and what is not to last.
const PASSING: [&str; 5] = [FILE, FOLDER, "_", "SHLVL", "PWD"];

impl Place {
    /// The place this process was started in.
    pub fn here() -> Place {
        Place { environment: env::vars_os().collect() }
    }

    /// The variables for the next command.
    pub fn environment(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.environment.iter().map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }

    /// The value of a variable.
    pub fn variable(&self, name: &str) -> Option<&OsStr> {
        self.environment.get(OsStr::new(name)).map(OsString::as_os_str)
    }

    /// Goes to where the shell that wrote `report` was at its end; returns the folder if it is another one.
    pub(super) fn follow(&mut self, report: &[u8]) -> Option<PathBuf> {
        let mut folder = None;
        let mut environment = BTreeMap::new();
        for entry in report.split(|byte| *byte == 0) {
            let Some(at) = entry.iter().position(|byte| *byte == b'=').filter(|at| *at > 0) else { continue };
            let (name, value) = (OsStr::from_bytes(&entry[..at]), OsStr::from_bytes(&entry[at + 1..]));
            if name == FOLDER {
                folder = Some(PathBuf::from(value));
            } else if !PASSING.iter().any(|passing| name == *passing) {
                environment.insert(name.to_owned(), value.to_owned());
            }
        }
        // Without the folder the report is not whole: the shell was killed, or replaced by another program.
        let folder = folder.filter(|folder| folder.is_absolute())?;
        self.environment = environment;
        self.go(&folder)
    }

    /// Moves to `folder`; returns it if that is another one and can be entered.
    pub fn go(&mut self, folder: &Path) -> Option<PathBuf> {
        let before = env::current_dir().ok();
        if before.as_deref() == Some(folder) || env::set_current_dir(folder).is_err() {
            return None;
        }
        if let Some(before) = before {
            self.environment.insert("OLDPWD".into(), before.into());
        }
        env::current_dir().ok()
    }
}

/// `command`, followed by a report of where the shell is at its end, however it ends.
pub(super) fn reporting(command: &str, shell: Shell) -> String {
    let report = format!("command env -0 {FOLDER}=\"$PWD\"");
    match shell {
        Shell::Bash | Shell::Zsh => {
            format!("trap '{report} >| \"${FILE}\" 2>/dev/null' EXIT\n{command}")
        }
        Shell::Fish => {
            format!("function __caro_report --on-event fish_exit; {report} >\"${FILE}\" 2>/dev/null; end\n{command}")
        }
    }
}
