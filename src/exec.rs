//! Runs an approved command in the user's shell, with the terminal as its own.

use std::fs::File;
use std::io::{self, IsTerminal};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
use nix::sys::termios::{SetArg, Termios, tcgetattr, tcsetattr};

use crate::error::{Exit, Failure};
use crate::safety::Approved;
use crate::shell::UserShell;

/// How a command that ran ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// The command's own exit status, or 128 + n when signal n ended it.
    pub code: u8,
    pub elapsed: Duration,
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
    command.args(shell.arguments(approved.command())).stdin(input());
    if output == Output::ToStderr {
        command.stdout(io::stderr());
    }
    let terminal = Terminal::remember();
    let signals = LeftToTheChild::new();
    let started = Instant::now();
    let status = command.status();
    drop(signals);
    terminal.restore();
    let status = status.map_err(|error| {
        Failure::new(Exit::Failure, format!("can't start {}: {error}", shell.program.display()))
            .hint("name another shell with `--shell`")
    })?;
    Ok(Outcome { code: code_of(status), elapsed: started.elapsed() })
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

    #[test]
    fn a_shell_that_is_not_there_is_said() {
        let report = safety::Report { level: safety::Level::Safe, complete: true, findings: Vec::new() };
        let approved = Approved::by_policy("true", &report, Policy::Moderate).unwrap();
        let shell = UserShell { shell: Shell::Bash, program: PathBuf::from("/no/such/shell") };
        let failure = run(&approved, &shell, Output::Inherited).unwrap_err();
        assert!(failure.message.starts_with("can't start /no/such/shell"), "{failure}");
    }
}
