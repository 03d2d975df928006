//! Builtins that keep text or functions for later, and zsh's modules that do what utilities do.

use super::{Act, Utility, does, effects, gnu, posix};
use crate::safety::Level;
use crate::safety::call::Call;
use crate::safety::env::Var;
use crate::safety::fold::globbed;
use crate::safety::judge::Write;
use crate::safety::value::{Flow, NAME, Taint, Value};
use crate::safety::walk::Walker;
use crate::shell::Shell;

pub const UTILITIES: &[Utility] = &[
    Utility { names: "bind bindkey", grammar: posix(""), act: Act::Do(keys), verbs: &[] },
    Utility { names: "complete compgen", grammar: posix(""), act: Act::Do(completions), verbs: &[] },
    does("add-zsh-hook", "", zsh_hook),
    does("sched", "", sched),
    does("emulate", "-c", emulate),
    does("zargs", "-n -P -L -s -i? -I", zargs),
    does("zmv zcp zln", "-p -P -o", zmv),
    does("ztcp", "-d", ztcp),
    does("sysopen", "-u -o -m", sysopen),
    Utility { names: "history", grammar: gnu("-d -a? -w? -r? --max --show-time?"), act: Act::Do(history), verbs: &[] },
    does("hash", "-p", hash),
    does("psub", "-s --suffix", psub),
    does("setopt unsetopt", "", setopt),
];

/// `bind -x '"\C-l": command'`, `bindkey -s keys text`, fish's `bind key command`: what a key will run.
fn keys(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let Some(last) = call.words().last().filter(|_| call.words().len() > 1) else { return Flow::local() };
    let text = match last.text.split_once("\":") {
        Some((_, command)) => command.trim().trim_matches(['"', '\'']),
        None => last.text.trim_end_matches("^M").trim_end_matches("^J").trim_end_matches("\\n").trim_end_matches("\\r"),
    };
    walker.later(&last.with_text(text), walker.shell);
    Flow::local()
}

/// fish runs the substitutions in the words it would offer; bash runs `-C command`.
fn completions(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    for (at, word) in call.words().iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| call.words().get(at)).map_or("", |word| word.text.as_str());
        if word.text.starts_with('(')
            || matches!(before, "-C" | "-n" | "--condition" | "-W") && word.text.contains(['(', ' '])
        {
            let text = word.text.strip_prefix('(').and_then(|text| text.strip_suffix(')')).unwrap_or(&word.text);
            walker.later(&word.with_text(text), walker.shell);
        }
    }
    Flow::local()
}

fn zsh_hook(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if let Some(name) = call.args.operand(1) {
        walker.hook(name);
    }
    Flow::empty()
}

fn sched(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let words = call.words();
    if words.len() > 1 {
        let text = walker.joined_words(&words[1..]);
        walker.run_text(&text, Shell::Zsh);
    }
    Flow::local()
}

fn emulate(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let shell = if call.args.operand(0) == Some("zsh") { Shell::Zsh } else { Shell::Bash };
    for text in call.args.values(&["-c"]) {
        walker.run_text(&text, shell);
    }
    Flow::empty()
}

/// `zargs -- items -- command`.
fn zargs(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let words = call.words();
    let mut pieces = words.split(|word| word.text == "--");
    let first = pieces.next().unwrap_or_default();
    let rest: Vec<&[Value]> = pieces.collect();
    let (items, command) = match rest.as_slice() {
        [command] => (first, *command),
        [items, command, ..] => (*items, *command),
        [] => return Flow::local(),
    };
    let mut argv = command.to_vec();
    argv.extend(items.iter().filter(|item| !item.text.starts_with('-')).cloned());
    walker.call(&argv, call.span)
}

/// zsh's `zmv`: moves what a pattern matches, with another program if one is named.
fn zmv(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let args = &call.args;
    if args.has(&["-n"]) {
        return Flow::local();
    }
    let [from, to, ..] = args.operands.as_slice() else { return Flow::local() };
    let plain = from.text.replace(['(', ')'], "");
    let plain = plain.strip_prefix('~').map_or(plain.clone(), |rest| format!("{}{rest}", crate::safety::value::HOME));
    let from = from.with_text(globbed(&plain));
    if let Some(program) = args.values(&["-p", "-P"]).pop() {
        let mut argv = vec![program];
        argv.extend(args.values(&["-o"]));
        argv.push(from);
        return walker.call(&argv, call.span);
    }
    walker.move_away(&from, to);
    if args.has(&["-f"]) {
        walker.note(&effects::WRITE, Level::Caution, call.span, "moves over files that are there");
    }
    Flow::empty()
}

fn ztcp(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if call.args.operands.len() > 1 {
        let value = Value { text: NAME.to_string(), taint: Taint::NETWORK, span: call.span };
        walker.env.set("REPLY", Var::scalar(value));
    }
    Flow::empty()
}

fn sysopen(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if call.words().iter().any(|word| word.text.starts_with('-') && word.text.contains(['w', 'a'])) {
        for file in &call.args.operands {
            walker.write(file, Write::Replace, &Flow::local());
        }
    }
    Flow::empty()
}

fn history(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let verb = call.args.operand(0).unwrap_or("");
    if call.args.has(&["-c", "-d"]) || matches!(verb, "clear" | "delete" | "clear-session") {
        walker.note(&effects::DELETE, Level::Caution, call.span, "deletes the shell's history, or a part of it");
    }
    Flow::of(Taint::LOCAL)
}

/// `hash -p program name`: the name means that program from now on.
fn hash(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if let (Some(program), Some(name)) = (call.args.values(&["-p"]).pop(), call.args.operand(0)) {
        walker.env.define(name, crate::safety::env::Definition::Alias(program));
    }
    Flow::empty()
}

/// fish's file with what it reads.
fn psub(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let content = walker.stdin.clone().unwrap_or_else(Flow::local);
    let path = format!("/tmp/.psub.{}", walker.env.files.len());
    walker.remember(&Value::new(path.clone(), call.span), content, true);
    Flow::text(path)
}

fn setopt(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    for option in &call.args.operands {
        let name = option.text.to_ascii_lowercase().replace('_', "");
        if name == "shwordsplit" {
            walker.splits_words = call.name == "setopt";
        }
    }
    Flow::empty()
}
