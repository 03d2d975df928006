//! Commands that run others many times, later, or in an environment: `xargs`, `parallel`, `watch`, `tmux`, `npx`, `at`.

use super::wrappers::special;
use super::{Utility, posix};
use crate::safety::Level;
use crate::safety::call::Call;
use crate::safety::value::{Flow, Taint, UNKNOWN, Value};
use crate::safety::walk::Walker;
use crate::shell::Shell;

pub const UTILITIES: &[Utility] = &[
    special(
        "start-stop-daemon",
        "-x -a -n -p -u -c -g -d -r -R -k -P -I -N --exec --startas --name --pidfile --user --chuid --chdir",
        start_daemon,
    ),
    special("watch", "-n --interval -q --equexit", watch),
    special("script", "-c --command -O -I -B -T --log-out --log-in --log-io --timing -F -m -E -o", script),
    special(
        "xargs gxargs",
        "-a -d -E -I -L -n -P -s -i? -l? -e? -J -R -S --arg-file --delimiter --max-lines --max-args --max-procs \
            --max-chars --replace? --process-slot-var",
        xargs,
    ),
    special(
        "parallel",
        "-j -N -n -I -L -a -S -d --jobs --arg-file --sshlogin --colsep --delay --timeout --joblog --results \
            --retries --max-args -C --workdir --tmpdir --halt --memfree --load",
        parallel,
    ),
    special(
        "bundle poetry pipenv uv rye pdm hatch pixi mise rtx asdf pyenv rbenv nodenv direnv conda mamba micromamba \
            nix nix-shell devbox flox aws-vault op doppler dotenv chamber envchain teller infisical bunx npx pnpx \
            yarn pnpm npm bun vagrant rvm pre-commit devcontainer spack",
        "-n --name -p --prefix -C --cwd --dir --env -f --env-file -i --package",
        runner,
    ),
    special("screen tmux zellij byobu", "-S -L -f -t -s -n -c -x -y -F -h -e", multiplexer),
    special("at batch", "-f -q -t --file", at),
];

fn watch(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let rest = call.words().get(call.args.first..).unwrap_or_default();
    if call.args.has(&["-x", "--exec"]) {
        return walker.call(rest, call.span);
    }
    let text = walker.joined_words(rest);
    walker.run_text(&text, Shell::Bash)
}

fn script(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    for text in call.args.values(&["-c", "--command"]) {
        walker.run_text(&text, Shell::Bash);
    }
    // BSD: `script file command …`.
    if call.args.operands.len() > 1 {
        let mut rest: Vec<Value> = call.args.operands[1..].iter().map(|value| (*value).clone()).collect();
        if rest.len() > 1 && rest[0].text == "-c" {
            let text = rest.remove(1);
            return walker.run_text(&text, Shell::Bash);
        }
        return walker.call(&rest, call.span);
    }
    Flow::local()
}

fn xargs(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let rest = call.words().get(call.args.first..).unwrap_or_default();
    let replace =
        call.args.get(&["-I", "-i", "--replace", "-J"]).map(|option| option.value.unwrap_or("{}").to_string());
    let input = match call.args.values(&["-a", "--arg-file"]).first() {
        Some(file) => walker.content(file),
        None => walker.stdin.clone().unwrap_or_else(Flow::local),
    };
    let items = items(
        &input,
        call.span,
        call.args.has(&["-0", "--null"]) || replace.is_some() || call.args.has(&["-d", "--delimiter"]),
    );
    let outer = walker.stdin.replace(Flow::empty());
    let mut argv: Vec<Value>;
    let mut flow = Flow::local();
    match replace {
        Some(mark) => {
            for item in items.iter().take(8) {
                argv = rest
                    .iter()
                    .map(|word| {
                        if word.text.contains(&mark) {
                            Value {
                                text: word.text.replace(&mark, &item.text),
                                taint: word.taint | item.taint,
                                span: word.span,
                            }
                        } else {
                            word.clone()
                        }
                    })
                    .collect();
                flow = walker.call(&argv, call.span);
            }
        }
        None => {
            argv = rest.to_vec();
            if argv.is_empty() {
                argv.push(Value::new("echo", call.span));
            }
            argv.extend(items);
            flow = walker.call(&argv, call.span);
        }
    }
    walker.stdin = outer;
    flow.tainted(input.taint)
}

/// Splits what a command reads into the words it will add.
fn items(flow: &Flow, span: crate::safety::ast::Span, lines: bool) -> Vec<Value> {
    let value = |text: &str| Value { text: text.to_string(), taint: flow.taint, span };
    match &flow.text {
        None => vec![value(&UNKNOWN.to_string())],
        Some(text) if lines => text.split(['\n', '\0']).filter(|line| !line.is_empty()).take(64).map(value).collect(),
        Some(text) => text
            .split(|c: char| c.is_whitespace() || c == '\0')
            .filter(|word| !word.is_empty())
            .take(64)
            .map(value)
            .collect(),
    }
}

fn parallel(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let rest = call.words().get(call.args.first..).unwrap_or_default();
    let split =
        rest.iter().position(|word| matches!(word.text.as_str(), ":::" | "::::" | ":::+")).unwrap_or(rest.len());
    let (command, sources) = rest.split_at(split);
    let items: Vec<Value> = if sources.len() > 1 && sources[0].text == ":::" {
        sources[1..].iter().filter(|word| !word.text.starts_with(":::")).take(16).cloned().collect()
    } else if sources.is_empty() {
        items(&walker.stdin.clone().unwrap_or_else(Flow::local), call.span, true)
    } else {
        vec![Value { text: UNKNOWN.to_string(), taint: Taint::LOCAL, span: call.span }]
    };
    let outer = walker.stdin.take();
    let mut text = walker.joined_words(command);
    let braces = ["{}", "{.}", "{/}", "{//}", "{/.}"];
    if command.is_empty() {
        for item in &items {
            walker.run_text(item, Shell::Bash);
        }
    } else if braces.iter().any(|mark| text.text.contains(mark)) {
        for item in items.iter().take(8) {
            let mut one = text.clone();
            for mark in braces {
                one.text = one.text.replace(mark, &item.text);
            }
            one.taint |= item.taint;
            one.taint = one.taint.without(Taint::LOCAL);
            walker.run_text(&one, Shell::Bash);
        }
    } else {
        for item in &items {
            text.text.push(' ');
            text.text.push_str(&item.text);
        }
        walker.run_text(&text, Shell::Bash);
    }
    walker.stdin = outer;
    Flow::local()
}

/// `poetry run …`, `npx …`, `nix-shell --run …`, `aws-vault exec profile -- …`.
fn runner(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    walker.package_verbs(call);
    let words = call.words();
    for text in call.args.values(&["--run", "--call", "--command"]) {
        walker.run_text(&text, Shell::Bash);
    }
    if call.name == "bun"
        && let Some(at) = words.iter().position(|word| matches!(word.text.as_str(), "-e" | "--eval" | "-p" | "--print"))
        && let Some(code) = words.get(at + 1)
    {
        return walker.code(code, crate::safety::code::Language::Node);
    }
    for (at, word) in words.iter().enumerate() {
        if matches!(word.text.as_str(), "--run" | "--call" | "-c")
            && matches!(call.name, "nix-shell" | "npm" | "npx" | "vagrant" | "pnpm")
            && let Some(text) = words.get(at + 1)
        {
            walker.run_text(text, Shell::Bash);
            return Flow::local();
        }
    }
    let at = call.args.first;
    let rest = words.get(at..).unwrap_or_default();
    let Some(first) = rest.first() else { return Flow::local() };
    let names_command = |words: &[Value]| {
        words.first().is_some_and(|word| {
            word.text != "." && crate::safety::rules::is_known(word.text.rsplit('/').next().unwrap_or(""))
        })
    };
    match (call.name, first.text.as_str()) {
        ("npx" | "bunx" | "pnpx" | "dotenv", _) => {
            let rest = if first.text == "--" { &rest[1..] } else { rest };
            if names_command(rest) { walker.call(rest, call.span) } else { Flow::local() }
        }
        (_, "run" | "exec" | "x" | "dlx" | "develop" | "shell" | "local" | "do") => {
            let mut rest = &rest[1..];
            if let Some(end) = rest.iter().position(|word| matches!(word.text.as_str(), "--" | "-c" | "--command")) {
                rest = &rest[end + 1..];
            } else {
                while let Some((word, others)) = rest.split_first() {
                    if !word.text.starts_with('-') {
                        break;
                    }
                    let valued = matches!(
                        word.text.as_str(),
                        "-n" | "-p"
                            | "--name"
                            | "--prefix"
                            | "--with"
                            | "--from"
                            | "--python"
                            | "--env-file"
                            | "--package"
                            | "-e"
                    );
                    rest = if valued { others.get(1..).unwrap_or_default() } else { others };
                }
            }
            // Of a profile, a folder or a tool that stands before the command, nothing is known.
            if !names_command(rest) && rest.len() > 1 && names_command(&rest[1..]) {
                rest = &rest[1..];
            }
            if names_command(rest) { walker.call(rest, call.span) } else { Flow::local() }
        }
        (_, "init" | "hook" | "env" | "activate" | "shellenv" | "completion" | "completions") => {
            Flow::of(Taint::PROGRAM)
        }
        ("conda" | "mamba" | "micromamba", text) if text.starts_with("shell") => Flow::of(Taint::PROGRAM),
        _ => Flow::local(),
    }
}

/// `start-stop-daemon --exec program -- words`.
fn start_daemon(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let mut argv = call.args.values(&["-x", "-a", "--exec", "--startas"]);
    argv.truncate(1);
    let words = call.words();
    if let Some(at) = words.iter().position(|word| word.text == "--") {
        argv.extend_from_slice(&words[at + 1..]);
    }
    if call.args.has(&["-K", "--stop"]) {
        walker.note(&super::services::STOP, Level::Caution, call.span, "stops a process");
        return Flow::local();
    }
    if argv.is_empty() { Flow::local() } else { walker.call(&argv, call.span) }
}

fn multiplexer(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let rest = call.words().get(call.args.first..).unwrap_or_default();
    match (call.name, rest.first().map(|word| word.text.as_str())) {
        ("screen", Some(_)) if !call.args.has(&["-r", "-x", "-ls", "-X"]) => return walker.call(rest, call.span),
        ("tmux" | "byobu", Some("send-keys" | "send")) => {
            let keys: Vec<Value> = rest[1..]
                .iter()
                .filter(|word| !matches!(word.text.as_str(), "Enter" | "C-m" | "-t" | "C-c" | "-l"))
                .cloned()
                .collect();
            let keys = if rest.get(1).is_some_and(|word| word.text == "-t") {
                keys.get(1..).unwrap_or_default()
            } else {
                &keys
            };
            let text = walker.joined_words(keys);
            walker.run_text(&text, Shell::Bash);
        }
        ("tmux" | "byobu", Some("kill-server")) => {
            walker.note(&super::services::STOP, Level::Caution, call.span, "ends every session");
        }
        ("tmux" | "byobu", Some("kill-session" | "kill-window" | "kill-pane")) => {
            walker.note(&super::services::STOP, Level::Caution, call.span, "ends a session");
        }
        (
            "tmux" | "byobu",
            Some(
                "new" | "new-session" | "new-window" | "neww" | "split-window" | "splitw" | "run" | "run-shell"
                | "if-shell" | "respawn-pane",
            ),
        ) => {
            let grammar = posix("-s -n -c -t -x -y -F -e -p -l -b");
            let args = crate::safety::options::Args::read(&rest[1..], grammar);
            let words: Vec<Value> = args.operands.iter().map(|value| (*value).clone()).collect();
            if !words.is_empty() {
                let text = walker.joined_words(&words);
                walker.run_text(&text, Shell::Bash);
            }
        }
        _ => {}
    }
    Flow::local()
}

fn at(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if call.args.has(&["-l", "-c"]) {
        return Flow::local();
    }
    if call.args.has(&["-r", "-d"]) {
        walker.note(&super::services::STOP, Level::Caution, call.span, "takes a planned job away");
        return Flow::local();
    }
    let files = call.args.values(&["-f", "--file"]);
    // What is given here is judged itself; a file nobody has looked into is another matter.
    let Some(file) = files.first() else { return walker.run_stdin(Shell::Bash, call.span) };
    walker.note(&super::services::SCHEDULE, Level::Caution, call.span, "plans a job that runs by itself later");
    walker.run_file(file, Shell::Bash, &[])
}
