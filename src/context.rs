//! What the model is told about the machine, gathered once per request.
//!
//! Plain data: whoever shows it, sends it or tests it sees all of it.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::{env, fs};

use crate::shell::Shell;

/// How much of the machine the model is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Detail {
    /// The shell, the system and the current folder.
    #[default]
    Full,
    /// The shell and the system's family.
    Minimal,
    /// Only the shell, in whose language the command must be.
    None,
}

impl FromStr for Detail {
    type Err = String;

    fn from_str(word: &str) -> Result<Detail, String> {
        match word {
            "full" => Ok(Detail::Full),
            "minimal" => Ok(Detail::Minimal),
            "none" => Ok(Detail::None),
            other => Err(format!("`{other}` is none of full, minimal, none")),
        }
    }
}

/// Facts about the machine and the place where the command will run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    pub shell: Shell,
    /// The system, for example `Debian GNU/Linux 12 (x86_64)` or `linux`.
    pub system: Option<String>,
    /// Whether the standard tools are those of GNU or of BSD.
    pub tools: Option<&'static str>,
    /// The current folder.
    pub directory: Option<PathBuf>,
}

impl Context {
    /// Looks around, as far as `detail` allows.
    pub fn gather(shell: Shell, detail: Detail) -> Context {
        let full = detail == Detail::Full;
        let system = match detail {
            Detail::Full => Some(system_name()),
            Detail::Minimal => Some(env::consts::OS.to_owned()),
            Detail::None => None,
        };
        Context {
            shell,
            system,
            tools: (detail != Detail::None).then(tools),
            directory: full.then(|| env::current_dir().ok()).flatten(),
        }
    }
}

fn tools() -> &'static str {
    if cfg!(target_os = "linux") { "GNU" } else { "BSD" }
}

fn system_name() -> String {
    let family = env::consts::OS;
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let name = pretty_name(&release).unwrap_or(if family == "macos" { "macOS" } else { family });
    format!("{name} ({})", env::consts::ARCH)
}

/// Finds `PRETTY_NAME` (<https://www.freedesktop.org/software/systemd/man/latest/os-release.html>).
fn pretty_name(release: &str) -> Option<&str> {
    let value = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
    let value = value.trim().trim_matches(['"', '\'']);
    (!value.is_empty()).then_some(value)
}

/// Which programs this machine has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Programs {
    /// Those in these folders.
    In(Vec<PathBuf>),
    /// Exactly these; for tests.
    Named(Vec<String>),
}

impl Programs {
    /// The programs on `PATH`.
    pub fn on_path() -> Programs {
        Programs::In(env::var_os("PATH").map(|path| env::split_paths(&path).collect()).unwrap_or_default())
    }

    /// Exactly the programs `names`.
    pub fn of(names: &[&str]) -> Programs {
        Programs::Named(names.iter().map(|name| (*name).to_owned()).collect())
    }

    /// Whether `shell` finds something to run under `name`. What is not known before it runs counts as there.
    pub fn has(&self, name: &str, shell: Shell) -> bool {
        let unknown = name.is_empty() || name.contains(['…', '$', '*', '?', '~', ' ']);
        if unknown || shell.is_builtin(name) {
            return true;
        }
        match self {
            Programs::Named(names) => names.iter().any(|known| known == name),
            Programs::In(_) if name.contains('/') => true,
            Programs::In(folders) => folders.iter().any(|folder| is_executable(&folder.join(name))),
        }
    }
}

/// Whether a line is a command already, and not words that begin with a program's name (`find big pdfs`): it begins with
/// something `shell` runs, and holds an option, a path, an operator, a quoted part, or an operand that exists here.
pub fn is_command(line: &str, shell: Shell, programs: &Programs) -> bool {
    let mut words = line.split_whitespace();
    let Some(first) = words.next() else { return false };
    let name = first.trim_start_matches(['(', '{', '!']);
    let runs = name.contains('/') && is_executable(Path::new(name)) || programs.has(name, shell) && !name.contains('~');
    let quoted = ["\"", "$(", "`", " '"].iter().any(|mark| line.contains(mark));
    let speaks = |word: &str| {
        (word.starts_with('-') && word.len() > 1)
            || word.contains(['|', '<', '>', ';', '$', '*', '='])
            || word.contains("&&")
            || word.trim_end_matches('&') != word
            || word.starts_with("~/")
            || (word.contains('/') && !word.ends_with('?'))
            || Path::new(word).exists()
    };
    runs && (quoted || words.any(speaks))
}

fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn less_detail_tells_less() {
        let full = Context::gather(Shell::Fish, Detail::Full);
        assert!(full.directory.is_some() && full.system.is_some());
        let minimal = Context::gather(Shell::Fish, Detail::Minimal);
        assert_eq!((minimal.system.as_deref(), minimal.directory), (Some(env::consts::OS), None));
        let none = Context::gather(Shell::Fish, Detail::None);
        assert_eq!(none, Context { shell: Shell::Fish, system: None, tools: None, directory: None });
    }

    #[test]
    fn programs_are_those_on_the_path_and_the_shell_itself() {
        let programs = Programs::on_path();
        for name in ["sh", "cd", "$editor", "./run.sh"] {
            assert!(programs.has(name, Shell::Bash), "{name}");
        }
        assert!(!programs.has("no-such-program-anywhere", Shell::Bash));
        assert!(programs.has("funcsave", Shell::Fish) && !programs.has("funcsave", Shell::Bash));
    }

    #[test]
    fn a_command_is_told_from_words_that_begin_like_one() {
        let programs = Programs::of(&["find", "make", "ls", "git", "tar"]);
        for line in [
            "ls -l",
            "find . -name x",
            "git log | head",
            "tar xzf a.tgz -C /tmp",
            "ls 'a b'",
            "ls Cargo.toml",
            "echo $HOME",
        ] {
            assert!(is_command(line, Shell::Bash, &programs), "{line}");
        }
        for line in [
            "find big pdfs",
            "make a folder please",
            "git undo my last commit",
            "list files",
            "what is in ~/x?",
            "",
            "ls",
        ] {
            assert!(!is_command(line, Shell::Bash, &programs), "{line}");
        }
    }

    #[test]
    fn the_name_of_the_release_is_found() {
        assert_eq!(pretty_name("ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 12\"\n"), Some("Debian GNU/Linux 12"));
        assert_eq!(pretty_name("PRETTY_NAME=\n"), None);
        assert_eq!(pretty_name(""), None);
    }
}
