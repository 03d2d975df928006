//! What the shells themselves say about the rows, where they are installed.

use super::{SHELLS, rows};
use crate::shell::Shell;
use std::process::{Command, Stdio};

/// Rows that are not read in full though the shell takes them, because they hardly mean what they say: unfinished lines,
/// expansions that fail when they run, qualifiers that run code.
const STRICTER: &[&str] = &[
    "echo \\",
    "echo ${a!b}",
    "echo ${}",
    "cat << EOF",
    "cat <<EOF\na",
    "for 1x in a; do b; done",
    "[[ -v x && -z ]]",
    "[[ ]]",
    "ls *(e:'rm $REPLY':) ",
    "ls *(+f)",
];

/// Rows that are read in full though the shell refuses them, because it looks further than the grammar: for files, for
/// builtins.
const LOOSER: &[&str] = &[
    "cat =(ls | sort) == a=b",
    "x=(a b) y[1]=c z+=(d) w=$(<f) v=",
    "nocorrect - a; - b; command c; builtin d; exec e",
    "command a; builtin b; exec c",
];

#[test]
fn shells_agree() {
    let directory = std::env::temp_dir().join(format!("parse-rows-{}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("a temporary directory");
    let script = directory.join("row");
    let mut wrong = String::new();
    for (shell, file) in SHELLS {
        let command: &[&str] = match shell {
            Shell::Bash => &["bash", "-O", "extglob", "-n"],
            // It opens the file of `$(<file)`, so it never sees any text but these rows.
            Shell::Zsh => &["zsh", "-f", "-n"],
            Shell::Fish => &["fish", "-n"],
        };
        for row in rows(file) {
            // zsh wants a line to end before it believes a closing brace.
            let end = if shell == Shell::Zsh { "\n" } else { "" };
            std::fs::write(&script, format!("{}{end}", row.text)).expect("a temporary file");
            let output = Command::new(command[0])
                .args(&command[1..])
                .arg(&script)
                .current_dir(&directory)
                .env_clear()
                .env("HOME", &directory)
                .env("PATH", std::env::var_os("PATH").unwrap_or_default())
                .stdin(Stdio::null())
                .output();
            // A shell that is not here says nothing.
            let Ok(output) = output else { break };
            // `zsh -n` gives the status of `! a` without a word.
            let takes = output.status.success() || (shell == Shell::Zsh && output.stderr.is_empty());
            let listed = |list: &[&str]| list.contains(&row.text.as_str());
            if takes && !row.complete && !listed(STRICTER) {
                wrong += &format!("{shell:?} takes {:?}\n", row.text);
            }
            if !takes && row.complete && !listed(LOOSER) {
                wrong += &format!("{shell:?} refuses {:?}: {}\n", row.text, String::from_utf8_lossy(&output.stderr));
            }
        }
    }
    let _ = std::fs::remove_dir_all(&directory);
    assert!(wrong.is_empty(), "{wrong}");
}
