//! A sealed room for one test: its own home, a cleared environment, no way to the user's files.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// The binary under test; an example, which cargo does not tell, takes the release build.
pub const CARO: &str = match option_env!("CARGO_BIN_EXE_caro") {
    Some(path) => path,
    None => concat!(env!("CARGO_MANIFEST_DIR"), "/target/release/caro"),
};

/// A home folder that lives as long as the test, and the variables caro is started with.
pub struct Environment {
    home: tempfile::TempDir,
    variables: Vec<(String, String)>,
}

/// What a run left behind.
#[derive(Debug)]
pub struct Outcome {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Environment {
    pub fn new() -> Environment {
        let home = tempfile::tempdir().expect("a temporary folder can be made");
        let variables = [
            ("HOME", home.path().to_str().expect("temporary folders have UTF-8 names")),
            ("PATH", "/usr/local/bin:/usr/bin:/bin"),
            ("LC_ALL", "C.UTF-8"),
            ("TERM", "xterm-256color"),
            ("SHELL", "/bin/bash"),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        Environment { home, variables }
    }

    /// Sets a variable.
    pub fn with(mut self, name: &str, value: impl AsRef<str>) -> Environment {
        self.variables.retain(|(old, _)| old != name);
        self.variables.push((name.to_owned(), value.as_ref().to_owned()));
        self
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Writes a file below the home folder and returns its path.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.home().join(name);
        std::fs::create_dir_all(path.parent().expect("a name below the home has a parent"))
            .expect("folders can be made");
        std::fs::write(&path, content).expect("files can be written");
        path
    }

    pub fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// A command that starts caro in this room with nothing on standard input.
    pub fn command(&self, arguments: &[impl AsRef<OsStr>]) -> Command {
        let mut command = Command::new(CARO);
        command.args(arguments).env_clear().envs(self.variables()).current_dir(self.home()).stdin(Stdio::null());
        command
    }

    pub fn run(&self, arguments: &[impl AsRef<OsStr>]) -> Outcome {
        outcome_of(&mut self.command(arguments))
    }

    /// Runs with `--json` and returns the object.
    pub fn json(&self, arguments: &[&str]) -> Value {
        let outcome = self.run(&[&["--json"], arguments].concat());
        serde_json::from_str(&outcome.stdout).unwrap_or_else(|error| panic!("{error} in {outcome:?}"))
    }
}

pub fn outcome_of(command: &mut Command) -> Outcome {
    let output = command.output().expect("caro can be started");
    Outcome {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
