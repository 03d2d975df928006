//! The user's shell: which one it is, how it quotes a word, and how it runs a command.
//!
//! A word of its own because nearly every room needs it and it needs none of them: the prompt
//! names the shell, the judge parses in its language, `exec` starts it.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// A shell whose language caro writes and judges. `Bash` stands for POSIX `sh` too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shell {
    Bash,
    Zsh,
    Fish,
}

impl Shell {
    /// Every shell caro knows, in the order in which they are listed to people.
    pub const ALL: [Shell; 3] = [Shell::Bash, Shell::Zsh, Shell::Fish];

    /// Returns the name under which the shell is started and spoken of.
    pub fn name(self) -> &'static str {
        match self {
            Shell::Bash => "bash",
            Shell::Zsh => "zsh",
            Shell::Fish => "fish",
        }
    }

    /// Whether the shell itself does what is called `name`.
    pub fn is_builtin(self, name: &str) -> bool {
        let own = match self {
            Shell::Bash => {
                "caller compgen complete compopt declare dirs enable fc help history let local logout mapfile popd pushd \
                 readarray shopt suspend typeset"
            }
            Shell::Zsh => {
                "autoload bindkey compdef declare dirs fc float functions history integer let local noglob popd print \
                 pushd rehash setopt typeset unfunction unsetopt vared whence where zcompile zmodload zmv zparseopts zstyle"
            }
            Shell::Fish => {
                "abbr and argparse begin bind block builtin commandline complete contains count dirh emit end funced \
                 funcsave functions history math not or path random set set_color status string switch"
            }
        };
        COMMON_BUILTINS.split_whitespace().chain(own.split_whitespace()).any(|builtin| builtin == name)
    }

    /// Quotes `text` so that this shell reads it as one literal word, also where it is the first.
    pub fn quote(self, text: &str) -> Cow<'_, str> {
        // What no shell gives a meaning, in any place of a word and with any of its options set.
        let plain = |c: char| c.is_alphanumeric() || "_-./:@,+".contains(c);
        if !text.is_empty() && text.chars().all(plain) {
            return Cow::Borrowed(text);
        }
        let mut quoted = String::with_capacity(text.len() + 2);
        quoted.push('\'');
        for c in text.chars() {
            match (self, c) {
                (Shell::Bash | Shell::Zsh, '\'') => quoted.push_str("'\\''"),
                // In fish's single quotes `\` means something too
                // (<https://fishshell.com/docs/current/language.html#quotes>).
                (Shell::Fish, '\'' | '\\') => quoted.extend(['\\', c]),
                _ => quoted.push(c),
            }
        }
        quoted.push('\'');
        Cow::Owned(quoted)
    }

    /// Quotes words and puts blanks between them.
    pub fn join<'a>(self, words: impl IntoIterator<Item = &'a (impl AsRef<str> + ?Sized + 'a)>) -> String {
        words.into_iter().map(|word| self.quote(word.as_ref())).collect::<Vec<_>>().join(" ")
    }
}

/// What every shell caro knows has built in, by POSIX or by custom.
const COMMON_BUILTINS: &str = ". : [ [[ alias bg break cd command continue disown echo eval exec exit export false fg getopts \
    hash jobs kill printf pwd read readonly return set shift source test time times trap true type ulimit umask unalias \
    unset wait";

impl FromStr for Shell {
    type Err = String;

    fn from_str(name: &str) -> Result<Shell, String> {
        match name {
            "bash" | "sh" | "dash" | "ksh" => Ok(Shell::Bash),
            "zsh" => Ok(Shell::Zsh),
            "fish" => Ok(Shell::Fish),
            other => Err(format!("`{other}` is not a shell caro knows")),
        }
    }
}

/// The shell a command is written for and the program that runs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserShell {
    /// Whose language the command is written in.
    pub shell: Shell,
    /// What is started to run it, for example `/usr/bin/fish`.
    pub program: PathBuf,
}

impl UserShell {
    /// Finds the user's shell: `named` (a flag or setting), else `$SHELL`, else `sh`.
    ///
    /// A login shell in another language (`/bin/tcsh`, `/usr/bin/nu`) can't be written for, so
    /// the command is written for, and run by, `sh`.
    pub fn find(named: Option<Shell>, login_shell: Option<&Path>) -> UserShell {
        let login = login_shell.filter(|path| path.is_absolute());
        let login_kind = login.and_then(kind_of);
        match (named, login, login_kind) {
            (Some(shell), Some(path), Some(kind)) if shell == kind => UserShell { shell, program: path.to_path_buf() },
            (Some(shell), _, _) => UserShell { shell, program: PathBuf::from(shell.name()) },
            (None, Some(path), Some(shell)) => UserShell { shell, program: path.to_path_buf() },
            (None, _, _) => UserShell { shell: Shell::Bash, program: PathBuf::from("/bin/sh") },
        }
    }

    /// Returns the arguments with which the shell runs `command` and ends: `-c COMMAND`.
    pub fn arguments<'a>(&self, command: &'a str) -> [&'a str; 2] {
        ["-c", command]
    }
}

fn kind_of(path: &Path) -> Option<Shell> {
    path.file_name()?.to_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(named: Option<Shell>, login: &str) -> (Shell, String) {
        let found = UserShell::find(named, Some(Path::new(login)));
        (found.shell, found.program.display().to_string())
    }

    #[test]
    fn the_login_shell_is_used_when_caro_knows_it() {
        assert_eq!(find(None, "/usr/bin/fish"), (Shell::Fish, "/usr/bin/fish".into()));
        assert_eq!(find(None, "/bin/dash"), (Shell::Bash, "/bin/dash".into()));
        assert_eq!(find(None, "/bin/tcsh"), (Shell::Bash, "/bin/sh".into()));
        assert_eq!(find(None, "zsh"), (Shell::Bash, "/bin/sh".into()));
    }

    #[test]
    fn a_named_shell_wins() {
        assert_eq!(find(Some(Shell::Zsh), "/bin/bash"), (Shell::Zsh, "zsh".into()));
        assert_eq!(find(Some(Shell::Bash), "/bin/sh"), (Shell::Bash, "/bin/sh".into()));
    }

    #[test]
    fn quoted_words_are_one_word() {
        assert_eq!(Shell::Bash.quote("it's"), "'it'\\''s'");
        assert_eq!(Shell::Fish.quote("it's \\"), "'it\\'s \\\\'");
        assert_eq!(Shell::Fish.quote("a-b.txt"), "a-b.txt");
        for shell in Shell::ALL {
            assert_eq!(shell.quote(""), "''");
            for bare in ["{rm,-rf,/}", "a=b", "!!", "x^y", "%self"] {
                assert_eq!(shell.quote(bare), format!("'{bare}'"), "{shell:?}");
            }
        }
        assert_eq!(Shell::Zsh.join(["a b", "c"]), "'a b' c");
    }
}
