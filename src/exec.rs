//! Runs an approved command in the user's shell, with the terminal as its own.

mod place;
pub mod run_log;

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, IsTerminal, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{ChildStderr, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::NamedTempFile;

use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
use nix::sys::termios::{SetArg, Termios, tcgetattr, tcsetattr};

use crate::error::{Exit, Failure};
use crate::safety::Approved;
use crate::shell::UserShell;
pub use place::Place;

/// How a command that ran ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The command's own exit status, or 128 + n when signal n ended it.
    pub code: u8,
    pub elapsed: Duration,
    /// The folder it went to for good, when the session follows and it is another one.
    pub moved_to: Option<PathBuf>,
    /// The last lines of its standard error, when they were kept.
    pub last_errors: Option<String>,
}

impl Outcome {
    /// The name of the signal that ended it, as far as the status tells.
    pub fn signal(&self) -> Option<&'static str> {
        Signal::try_from(i32::from(self.code.checked_sub(128)?)).ok().map(Signal::as_str)
    }
}

/// What happens to a command's standard error besides being shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Errors {
    /// Nothing: it is the terminal's own.
    Shown,
    /// Its end is kept for a fix; the command sees that it is no terminal.
    Kept,
}

/// Where the command's standard output goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// Where caro's own goes.
    Inherited,
    /// To standard error, because caro's own output is data.
    ToStderr,
}

/// Runs `approved` and waits for it. Ctrl-C and Ctrl-\ reach the command and leave caro alone; the
/// terminal's modes are put back afterwards.
///
/// # Errors
///
/// When the shell itself can't be started.
pub fn run(approved: &Approved, shell: &UserShell, output: Output) -> Result<Outcome, Failure> {
    let mut command = Command::new(&shell.program);
    command.args(shell.arguments(approved.command()));
    if output == Output::ToStderr {
        command.stdout(io::stderr());
    }
    wait_for(command, shell, Errors::Shown)
}

/// Runs `approved` in `place` and lets `place` follow where the command goes: its `cd` and `export` last.
///
/// # Errors
///
/// When the shell itself can't be started.
pub fn run_in(approved: &Approved, shell: &UserShell, place: &mut Place, errors: Errors) -> Result<Outcome, Failure> {
    let report = NamedTempFile::new()
        .map_err(|error| Failure::new(Exit::Failure, format!("can't make a temporary file: {error}")))?;
    let mut command = Command::new(&shell.program);
    command.args(shell.arguments(&place::reporting(approved.command(), shell.shell)));
    command.env_clear().envs(place.environment()).env(place::FILE, report.path());
    let mut outcome = wait_for(command, shell, errors)?;
    let mut written = Vec::new();
    if File::open(report.path()).and_then(|mut file| file.read_to_end(&mut written)).is_ok() {
        outcome.moved_to = place.follow(&written);
    }
    Ok(outcome)
}

/// Gives the terminal to the user's shell, at its own prompt, until they leave it.
///
/// # Errors
///
/// When the shell can't be started.
pub fn shell_in(shell: &UserShell, place: &Place) -> Result<Outcome, Failure> {
    let mut command = Command::new(&shell.program);
    command.env_clear().envs(place.environment());
    wait_for(command, shell, Errors::Shown)
}

fn wait_for(mut command: Command, shell: &UserShell, errors: Errors) -> Result<Outcome, Failure> {
    command.stdin(input());
    if errors == Errors::Kept {
        command.stderr(Stdio::piped());
    }
    let terminal = Terminal::remember();
    let signals = LeftToTheChild::new();
    let started = Instant::now();
    let ended = command.spawn().and_then(|mut child| {
        let reader = child.stderr.take().map(|errors| thread::spawn(|| show_and_keep(errors)));
        let status = child.wait()?;
        // A process left in the background may keep the pipe open; what came until now is enough.
        let kept = reader.map(|reader| {
            let patience = Instant::now() + Duration::from_millis(200);
            while !reader.is_finished() && Instant::now() < patience {
                thread::sleep(Duration::from_millis(2));
            }
            if reader.is_finished() { reader.join().unwrap_or_default() } else { String::new() }
        });
        Ok((status, kept))
    });
    let elapsed = started.elapsed();
    drop(signals);
    terminal.restore();
    let (status, last_errors) = ended.map_err(|error| {
        Failure::new(Exit::Failure, format!("can't start {}: {error}", shell.program.display()))
            .hint("name another shell with `--shell`")
    })?;
    Ok(Outcome { code: code_of(status), elapsed, moved_to: None, last_errors })
}

/// How much of the standard error is kept, in bytes.
const MOST_ERRORS: usize = 2000;

fn show_and_keep(mut errors: ChildStderr) -> String {
    let mut kept = VecDeque::new();
    let mut bytes = [0; 4096];
    while let Ok(length @ 1..) = errors.read(&mut bytes) {
        // Nobody can be told when the terminal is gone.
        let _ = io::stderr().write_all(&bytes[..length]);
        kept.extend(&bytes[..length]);
        let surplus = kept.len().saturating_sub(MOST_ERRORS);
        kept.drain(..surplus);
    }
    String::from_utf8_lossy(kept.make_contiguous()).trim().to_owned()
}

/// The command reads from the terminal also when text was piped into caro, which has read it.
fn input() -> Stdio {
    if io::stdin().is_terminal() {
        return Stdio::inherit();
    }
    File::open("/dev/tty").map_or_else(|_| Stdio::null(), Stdio::from)
}

fn code_of(status: ExitStatus) -> u8 {
    match (status.code(), status.signal()) {
        (Some(code), _) => code as u8,
        (None, Some(signal)) => 128u8.saturating_add(signal as u8),
        (None, None) => Exit::Failure.code(),
    }
}

/// While it lives, SIGINT and SIGQUIT do nothing to caro. A handler, not `SIG_IGN`: that would be
/// inherited by the command.
struct LeftToTheChild {
    before: Vec<(Signal, SigAction)>,
}

extern "C" fn nothing(_: i32) {}

impl LeftToTheChild {
    fn new() -> LeftToTheChild {
        let action = SigAction::new(SigHandler::Handler(nothing), SaFlags::SA_RESTART, SigSet::empty());
        // SAFETY: the handler does nothing, so it is safe at any moment.
        let set = |signal| unsafe { sigaction(signal, &action) }.ok().map(|before| (signal, before));
        LeftToTheChild { before: [Signal::SIGINT, Signal::SIGQUIT].into_iter().filter_map(set).collect() }
    }
}

impl Drop for LeftToTheChild {
    fn drop(&mut self) {
        for (signal, action) in &self.before {
            // SAFETY: this is the action that was in force before.
            let _ = unsafe { sigaction(*signal, action) };
        }
    }
}

/// The modes of the terminal, which a command that was killed may leave in disorder.
struct Terminal {
    modes: Option<(File, Termios)>,
}

impl Terminal {
    fn remember() -> Terminal {
        let modes = File::open("/dev/tty").ok().and_then(|tty| tcgetattr(&tty).ok().map(|modes| (tty, modes)));
        Terminal { modes }
    }

    fn restore(self) {
        if let Some((tty, modes)) = self.modes {
            // A terminal that is gone has no modes to restore.
            let _ = tcsetattr(&tty, SetArg::TCSADRAIN, &modes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::safety::{self, Policy};
    use crate::shell::Shell;
    use std::path::PathBuf;

    fn run_in_sh(command: &str) -> u8 {
        let report = safety::Report { level: safety::Level::Safe, complete: true, findings: Vec::new() };
        let approved = Approved::by_policy(command, &report, Policy::Moderate).unwrap();
        let shell = UserShell { shell: Shell::Bash, program: PathBuf::from("/bin/sh") };
        run(&approved, &shell, Output::ToStderr).unwrap().code
    }

    #[test]
    fn the_status_is_that_of_the_command() {
        assert_eq!(run_in_sh("true"), 0);
        assert_eq!(run_in_sh("exit 7"), 7);
        assert_eq!(run_in_sh("kill -TERM $$"), 128 + 15);
        assert_eq!(run_in_sh("no-such-command-anywhere 2>/dev/null"), 127);
    }

    #[test]
    fn the_child_keeps_its_own_signals() {
        assert_eq!(run_in_sh("kill -INT $$"), 128 + 2);
    }

    /// Serialises the tests that move this process.
    static FOLDER: std::sync::Mutex<()> = std::sync::Mutex::new(());

    #[test]
    fn cd_and_export_last_in_every_shell() {
        let _alone = FOLDER.lock();
        let before = std::env::current_dir().unwrap();
        for (shell, export) in [
            (Shell::Bash, "export CARO_TEST='a\nb'"),
            (Shell::Zsh, "export CARO_TEST='a\nb'"),
            (Shell::Fish, "set -gx CARO_TEST 'a\nb'"),
        ] {
            let user_shell = UserShell::find(Some(shell), None);
            let mut place = Place::here();
            let mut run = |command: &str| {
                let report = safety::Report { level: safety::Level::Safe, complete: true, findings: Vec::new() };
                let approved = Approved::by_policy(command, &report, Policy::Moderate).unwrap();
                run_in(&approved, &user_shell, &mut place, Errors::Kept).unwrap()
            };
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().canonicalize().unwrap();
            let outcome = run(&format!("cd {}; {export}; exit 3", path.display()));
            assert_eq!((outcome.code, outcome.moved_to.as_ref()), (3, Some(&path)), "{shell:?} {outcome:?}");
            let outcome = run("printenv CARO_TEST >&2; pwd >&2");
            assert_eq!(outcome.last_errors.unwrap(), format!("a\nb\n{}", path.display()), "{shell:?}");
            assert_eq!(outcome.moved_to, None);
            // fish 3.6 ends with 0 on text it can't read.
            assert!(run("echo 'open").code != 0 || shell == Shell::Fish, "{shell:?}");
            std::env::set_current_dir(&before).unwrap();
        }
    }

    #[test]
    fn a_shell_that_is_not_there_is_said() {
        let report = safety::Report { level: safety::Level::Safe, complete: true, findings: Vec::new() };
        let approved = Approved::by_policy("true", &report, Policy::Moderate).unwrap();
        let shell = UserShell { shell: Shell::Bash, program: PathBuf::from("/no/such/shell") };
        let failure = run(&approved, &shell, Output::Inherited).unwrap_err();
        assert!(failure.message.starts_with("can't start /no/such/shell"), "{failure}");
    }
}
