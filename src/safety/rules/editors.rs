//! Editors and pagers: a person sits before them, except where their options run something.

use super::{Act, Utility, does, posix};
use crate::safety::call::Call;
use crate::safety::code::Language;
use crate::safety::judge::Write;
use crate::safety::value::{Flow, Value};
use crate::safety::walk::Walker;
use crate::shell::Shell;

pub const UTILITIES: &[Utility] = &[
    does(
        "vim vi nvim view vimdiff gvim mvim rvim rview nvim-qt",
        "-c -S -u -U -t -T -w -W -i --cmd --servername --remote-send --listen",
        vim,
    ),
    does("emacs emacsclient mg jove zile", "-f -l --eval --execute --load --funcall --script -batch?", emacs),
    Utility {
        names: "nano pico micro joe jed code subl gedit kate hx helix ne mcedit kak codium cursor zed idea pycharm \
            atom mousepad xdg-open open-with sensible-editor editor run-mailcap",
        grammar: posix(""),
        act: Act::Do(person),
        verbs: &[],
    },
    does("man less more most pg", "-P -p -o -O -k -t -M --pager", pager),
];

fn vim(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let mut commands = call.args.values(&["-c", "--cmd"]);
    commands
        .extend(call.words().iter().filter_map(|word| word.text.strip_prefix('+').map(|text| word.with_text(text))));
    let mut writes = false;
    for command in &commands {
        let mut rest = command.text.as_str();
        while !rest.is_empty() {
            // What follows `!` belongs to the shell, bars and all.
            let shell = rest.trim_start().trim_start_matches([':', '%']).starts_with(['!'])
                || rest.trim_start().starts_with("r !")
                || rest.trim_start().starts_with("w !");
            let (line, others) = if shell { (rest, "") } else { rest.split_once('|').unwrap_or((rest, "")) };
            rest = others;
            let line = line
                .trim()
                .trim_start_matches([':', '%'])
                .trim_start_matches("silent ")
                .trim_start_matches("sil! ")
                .trim_start_matches("silent! ");
            let run = line
                .strip_prefix('!')
                .or_else(|| line.strip_prefix("r !"))
                .or_else(|| line.strip_prefix("r!"))
                .or_else(|| line.strip_prefix("w !"))
                .or_else(|| line.strip_prefix("terminal "))
                .or_else(|| line.strip_prefix("term "));
            if let Some(text) = run {
                walker.run_text(&command.with_text(text), Shell::Bash);
            }
            if let Some(code) =
                line.strip_prefix("py3 ").or_else(|| line.strip_prefix("py ")).or_else(|| line.strip_prefix("python3 "))
            {
                walker.code(&command.with_text(code), Language::Python);
            }
            if let Some(code) = line.strip_prefix("lua ") {
                walker.code(&command.with_text(code), Language::Lua);
            }
            for name in ["system(", "systemlist(", "delete("] {
                if let Some((_, rest)) = line.split_once(name) {
                    let text = rest.trim_start_matches(['"', '\'']).split(['"', '\'']).next().unwrap_or("");
                    if name == "delete(" {
                        walker.delete(&command.with_text(text), crate::safety::judge::Delete::Trees);
                    } else {
                        walker.run_text(&command.with_text(text), Shell::Bash);
                    }
                }
            }
            writes |=
                matches!(line, "w" | "wq" | "x" | "wq!" | "w!" | "wqa" | "xa" | "wa" | "x!") || line.starts_with("up");
        }
    }
    if writes {
        for file in call.args.operands.iter().filter(|file| !file.text.starts_with('+')) {
            walker.write(file, Write::Edit, &Flow::local());
        }
    }
    Flow::local()
}

fn emacs(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let words = call.words();
    for (at, word) in words.iter().enumerate() {
        if matches!(word.text.as_str(), "--eval" | "-eval" | "--execute" | "-execute" | "-e")
            && let Some(code) = words.get(at + 1)
        {
            elisp(walker, code);
        } else if let Some(code) = word.text.strip_prefix("--eval=") {
            elisp(walker, &word.with_text(code));
        }
    }
    Flow::local()
}

/// Finds the strings of calls that run or delete.
fn elisp(walker: &mut Walker<'_>, code: &Value) {
    let string = |rest: &str| rest.split('"').nth(1).unwrap_or("").to_string();
    for name in [
        "shell-command-to-string",
        "shell-command",
        "call-process-shell-command",
        "async-shell-command",
        "compile",
        "start-process-shell-command",
    ] {
        if let Some((_, rest)) = code.text.split_once(name) {
            walker.run_text(&code.with_text(string(rest)), Shell::Bash);
            break;
        }
    }
    for name in ["delete-directory", "delete-file"] {
        if let Some((_, rest)) = code.text.split_once(name) {
            let path = string(rest).replace('~', &crate::safety::value::HOME.to_string());
            walker.delete(&code.with_text(path), crate::safety::judge::Delete::Trees);
        }
    }
}

fn person(_: &mut Walker<'_>, _: &Call<'_>) -> Flow {
    Flow::local()
}

fn pager(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if call.name == "man" {
        for text in call.args.values(&["-P", "--pager"]) {
            walker.run_text(&text, Shell::Bash);
        }
        return Flow::local();
    }
    for word in call.words().iter().filter_map(|word| word.text.strip_prefix("+!").map(|text| word.with_text(text))) {
        walker.run_text(&word, Shell::Bash);
    }
    walker.filter(call, 0)
}
