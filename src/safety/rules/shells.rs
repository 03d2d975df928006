//! Shells and their builtins: what changes the environment of the line, and what runs text.

use super::{Act, Utility, does, effects, posix};
use crate::safety::Level;
use crate::safety::call::Call;
use crate::safety::env::{Definition, Var, VarKind};
use crate::safety::options::{Args, Grammar, Style};
use crate::safety::printed;
use crate::safety::value::{Flow, HOME, NAME, Taint, UNKNOWN, Value};
use crate::safety::walk::Walker;
use crate::shell::Shell;

pub const UTILITIES: &[Utility] = &[
    Utility {
        names: "sh bash zsh dash ash ksh mksh rbash fish yash oksh tcsh csh elvish nu pwsh",
        grammar: posix("-o -O --rcfile --init-file -C --init-command"),
        act: Act::Do(shell),
        verbs: &[],
    },
    does("eval", "", eval),
    does("source .", "", source),
    does("trap", "", trap),
    does("alias abbr", "", alias),
    does("cd pushd chdir", "", cd),
    does("popd dirs", "", popd),
    Utility {
        names: "export declare typeset local readonly integer float",
        grammar: posix(""),
        act: Act::Do(declare),
        verbs: &[],
    },
    Utility { names: "set", grammar: posix(""), act: Act::Do(set), verbs: &[] },
    does("unset", "", unset),
    does("unalias unfunction", "", unalias),
    does("read vared", "-d -n -N -p -t -u -i -a -c -P -R --delimiter --prompt --nchars", read),
    does("readarray mapfile", "-d -n -O -s -u -C -c", read),
    does("shift", "", shift),
    does("let getopts", "", data),
    does(
        "exit return break continue true false : test [ [[ wait times umask ulimit shopt enable zle zstyle compdef \
            compinit autoload zmodload disown jobs fg \
 bg suspend logout fc status functions contains count math random not and or end begin isatty argparse emit block string zcompile \
 rehash where disable limit fish_config fish_update_completions set_color fish_add_path commandline syswrite sysread zsystem",
        "",
        data,
    ),
];

fn data(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    match call.name {
        "string" => printed::string(call.words(), walker.stdin.as_ref()),
        "jobs" if call.args.has(&["-p"]) => Flow { text: Some(NAME.to_string()), taint: Taint::LOCAL },
        _ => Flow::empty(),
    }
}

fn shell(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let args = &call.args;
    let language = walker.shell_of(call.name);
    if args.has(&["-i"]) && walker.stdin_taint().has(Taint::NETWORK) {
        walker.note(&effects::REVERSE_SHELL, Level::Danger, call.span, "gives a shell to another machine");
    }
    if args.has(&["--version", "--help", "-n"]) {
        return Flow::local();
    }
    for text in args.values(&["-C", "--init-command"]) {
        walker.run_text(&text, language);
    }
    for file in args.values(&["--rcfile", "--init-file"]) {
        walker.run_file(&file, language, &[]);
    }
    // `bash +x file`: options with a plus.
    let plus =
        args.operands.iter().take_while(|operand| operand.text.starts_with('+') && operand.text.len() > 1).count();
    let operands = &args.operands[plus..];
    let joined = args.values(&["--command"]).pop();
    if args.has(&["-c"]) || joined.is_some() {
        let operands: Vec<&Value> = joined.iter().chain(operands.iter().copied()).collect();
        let Some((text, rest)) = operands.split_first() else { return Flow::empty() };
        let positional: Vec<Value> = rest.iter().skip(1).map(|value| (*value).clone()).collect();
        let mut env = walker.env.clone();
        env.positional = (!rest.is_empty()).then_some(positional);
        let outer = std::mem::replace(&mut walker.env, env);
        // `bash -c "rm $0" x`: what stands for `$0` is an argument too.
        let mut text = (*text).clone();
        if let Some(zero) = rest.first() {
            text.text = text.text.replace("${0}", &zero.text).replace("$0", &zero.text);
            text.taint |= zero.taint.without(Taint::LOCAL);
        }
        let flow = walker.run_text(&text, language);
        let inner = std::mem::replace(&mut walker.env, outer);
        walker.keep_files(inner);
        return flow;
    }
    match operands.first() {
        Some(file) if !args.has(&["-s"]) && file.text != "-" => {
            let rest: Vec<Value> = operands[1..].iter().map(|value| (*value).clone()).collect();
            let env = walker.env.clone();
            let flow = walker.run_file(file, language, &rest);
            let inner = std::mem::replace(&mut walker.env, env);
            walker.keep_files(inner);
            flow
        }
        _ => {
            let env = walker.env.clone();
            let given: Vec<Value> =
                operands.iter().skip(usize::from(!args.has(&["-s"]))).map(|value| (*value).clone()).collect();
            walker.env.positional = (!given.is_empty()).then_some(given);
            let unseen = walker.stdin.as_ref().is_some_and(|flow| flow.text.is_none());
            let flow = walker.run_stdin(language, call.span);
            let inner = std::mem::replace(&mut walker.env, env);
            walker.keep_files(inner);
            if unseen { flow.tainted(Taint::SHELL) } else { flow }
        }
    }
}

fn eval(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let words = match call.words() {
        [first, rest @ ..] if first.text == "--" => rest,
        words => words,
    };
    if words.is_empty() && walker.shell == Shell::Fish {
        return walker.run_stdin(Shell::Fish, call.span);
    }
    let joined = walker.joined_words(words);
    walker.run_text(&joined, walker.shell)
}

fn source(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    match call.words().split_first() {
        Some((file, args)) if file.text != "-" => walker.run_file(file, walker.shell, args),
        _ => walker.run_stdin(walker.shell, call.span),
    }
}

fn trap(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if let Some(text) = call.args.operands.first()
        && call.args.operands.len() > 1
        && text.text != "-"
    {
        let env = walker.env.clone();
        walker.run_text(text, walker.shell);
        walker.env = env;
    }
    Flow::empty()
}

fn alias(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let operands = &call.args.operands;
    for operand in operands {
        if let Some((name, text)) = operand.text.split_once('=') {
            walker.env.define(name, Definition::Alias(operand.with_text(text)));
        }
    }
    // fish: `alias name text`, `abbr -a name text`.
    if walker.shell == Shell::Fish && operands.len() > 1 && !operands[0].text.contains('=') {
        let words: Vec<Value> = operands[1..].iter().map(|value| (*value).clone()).collect();
        let text = walker.joined_words(&words);
        walker.env.define(&operands[0].text.clone(), Definition::Alias(text));
    }
    Flow::local()
}

fn cd(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    match call.args.operands.last() {
        None if call.name == "pushd" => {}
        None if call.args.options.iter().any(|_| call.words().iter().any(|word| word.text == "-")) => {}
        None => walker.env.cwd = HOME.to_string(),
        Some(to) if to.text == "-" => walker.env.cwd = UNKNOWN.to_string(),
        Some(to) if to.text.is_empty() => {}
        Some(to) => {
            let to = (*to).clone();
            // A folder that may be empty: `cd "$dir"` then goes home, or stays.
            walker.enter(&to);
        }
    }
    Flow::empty()
}

fn popd(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if call.name == "popd" {
        walker.env.cwd = crate::safety::value::HERE.to_string();
    }
    Flow::empty()
}

fn declare(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let words = call.words();
    if call.args.operands.is_empty() {
        return Flow::of(Taint::ENVIRONMENT);
    }
    let flags: String = words.iter().filter_map(|word| word.text.strip_prefix('-')).collect();
    let mut at = 0;
    let array = words.iter().any(|word| word.text.starts_with('-') && word.text.contains(['a', 'A']));
    while at < words.len() {
        let word = &words[at];
        at += 1;
        if word.text.starts_with('-') {
            continue;
        }
        let Some((name, text)) = word.text.split_once('=') else { continue };
        let value = word.with_text(text);
        if array {
            // The elements have become words of their own.
            let mut values = vec![value];
            while at < words.len() && !words[at].text.contains('=') {
                values.push(words[at].clone());
                at += 1;
            }
            walker.env.set(name, Var::array(values));
        } else {
            let name = name.trim_end_matches('+').to_string();
            walker.hijacked(&name, &value);
            let mut var = Var::scalar(value);
            let change: Option<fn(&str) -> String> = match () {
                () if flags.contains('l') => Some(str::to_lowercase),
                () if flags.contains('u') => Some(str::to_uppercase),
                () => None,
            };
            if let Some(change) = change {
                var.values.iter_mut().for_each(|text| *text = change(text));
            }
            if flags.contains('n') && call.name != "export" {
                var.kind = VarKind::Reference;
            }
            walker.env.set(&name, var);
        }
    }
    Flow::empty()
}

fn set(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let words = call.words();
    if walker.shell == Shell::Fish {
        let grammar = Grammar { style: Style::Posix, values: "" };
        let args = Args::read(words, grammar);
        if args.has(&["-e", "--erase"]) || args.has(&["-q", "--query"]) {
            return Flow::empty();
        }
        let Some((name, values)) = args.operands.split_first() else { return Flow::of(Taint::ENVIRONMENT) };
        let values: Vec<Value> = values.iter().map(|value| (*value).clone()).collect();
        let var = match values.len() {
            0 => Var::scalar(Value::new("", name.span)),
            1 => Var::scalar(values[0].clone()),
            _ => Var::array(values),
        };
        if let [value] = var.values.as_slice() {
            let value = Value { text: value.clone(), taint: var.taint, span: name.span };
            walker.hijacked(&name.text.clone(), &value);
        }
        let name = name.text.split('[').next().unwrap_or("").to_string();
        let mut var = var;
        if args.has(&["-a", "--append"])
            && let Some(mut old) = walker.env.get(&name).filter(|_| walker.env.is_set(&name))
        {
            old.values.append(&mut var.values);
            old.kind = VarKind::Array;
            var = old;
        }
        walker.env.set(&name, var);
        return Flow::empty();
    }
    if words.is_empty() {
        return Flow::of(Taint::ENVIRONMENT);
    }
    // zsh and ksh: `set -A name values`.
    if let [flag, name, values @ ..] = words
        && flag.text == "-A"
    {
        walker.env.set(&name.text.clone(), Var::array(values.to_vec()));
        return Flow::empty();
    }
    let mut at = 0;
    while let Some(word) = words.get(at) {
        at += 1;
        if word.text == "--" {
            walker.env.positional = Some(words[at..].to_vec());
            return Flow::empty();
        }
        if word.text == "-o" || word.text == "+o" {
            at += 1;
        } else if !word.text.starts_with(['-', '+']) {
            walker.env.positional = Some(words[at - 1..].to_vec());
            return Flow::empty();
        }
    }
    Flow::empty()
}

fn unset(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    for operand in &call.args.operands {
        let empty = Var::scalar(Value::new("", operand.span));
        walker.env.set(&operand.text.clone(), empty);
    }
    Flow::empty()
}

fn unalias(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    for operand in &call.args.operands {
        walker.env.definitions.retain(|(name, _)| *name != operand.text);
    }
    Flow::empty()
}

fn read(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let flow = walker.stdin.clone().unwrap_or_else(Flow::local);
    let names = &call.args.operands;
    let text = flow.text.as_deref().map(|text| text.trim_end_matches('\n').to_string());
    for text in call.args.values(&["-C"]) {
        walker.run_text(&text, walker.shell);
    }
    let array = call.args.has(&["-a", "-A", "--list", "--array"]) || matches!(call.name, "readarray" | "mapfile");
    let array_name = call.args.value(&["-a"]).filter(|_| walker.shell != Shell::Fish).map(str::to_string);
    if array {
        let values = match &text {
            Some(text) => text
                .split_whitespace()
                .map(|part| Value { text: part.into(), taint: flow.taint, ..Value::default() })
                .collect(),
            None => vec![Value { text: UNKNOWN.to_string(), taint: flow.taint, ..Value::default() }],
        };
        let name = array_name.or_else(|| names.first().map(|name| name.text.clone())).unwrap_or_else(|| "REPLY".into());
        walker.env.set(&name, Var::array(values));
        return Flow::empty();
    }
    let mut rest = text.as_deref().map(|text| text.lines().next().unwrap_or(""));
    let default = [Value::new("REPLY", call.span)];
    let names: Vec<&Value> = if names.is_empty() { default.iter().collect() } else { names.clone() };
    for (at, name) in names.iter().enumerate() {
        let value = match rest {
            None => UNKNOWN.to_string(),
            Some(text) if at + 1 == names.len() => text.trim().to_string(),
            Some(text) => {
                let (first, others) = text.trim_start().split_once([' ', '\t']).unwrap_or((text, ""));
                rest = Some(others);
                first.to_string()
            }
        };
        let name = name.text.split('?').next().unwrap_or("").to_string();
        walker.env.set(&name, Var::scalar(Value { text: value, taint: flow.taint, span: call.span }));
    }
    Flow::empty()
}

fn shift(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let count = call.args.operand(0).and_then(|text| text.parse::<usize>().ok()).unwrap_or(1);
    if let Some(positional) = &mut walker.env.positional {
        positional.drain(..count.min(positional.len()));
    }
    Flow::empty()
}
