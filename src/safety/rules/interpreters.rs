//! Interpreters of other languages: code on the command line, in a file, on standard input.

use super::{Act, Utility, does, posix};
use crate::safety::Level;
use crate::safety::call::Call;
use crate::safety::code::Language;
use crate::safety::judge::Write;
use crate::safety::value::{Flow, Taint, Value};
use crate::safety::walk::Walker;
use crate::shell::Shell;

const fn interpreter(
    names: &'static str,
    values: &'static str,
    act: fn(&mut Walker<'_>, &Call<'_>) -> Flow,
) -> Utility {
    Utility { names, grammar: posix(values), act: Act::Do(act), verbs: &[] }
}

pub const UTILITIES: &[Utility] = &[
    interpreter("python pypy ipython micropython bpython", "-c -m -W -X -Q", python),
    interpreter("perl", "-e -E -M? -m? -I -i? -F? -0? -l? -x? -C?", perl),
    interpreter("ruby jruby", "-e -r -I -i? -F? -C -E -x? -0?", ruby),
    interpreter("node nodejs bun-node", "-e --eval -p --print -r --require --import", node),
    interpreter("deno", "-A? --config --import-map", deno),
    interpreter("php php-cli", "-r -f -B -R -E -d -c -S -t -z", php),
    interpreter(
        "octave maxima gap sage matlab scilab lua luajit lua5 tclsh wish expect guile racket julia Rscript R elixir \
            erl ghci runghc runhaskell swift scala groovy jshell clojure clj sbcl ocaml gst pike rlwrap_ osascript_ \
            nim crystal zig v raku",
        "-e -c -l -i -E --eval -r -f --execute -eval",
        other,
    ),
    does("gdb lldb", "-ex -x -iex -ix -p -c -d --command --eval-command --pid -o -O -s", debugger),
    does("ghostscript gs", "-c", other),
];

/// Code on standard input: known when the line wrote it.
fn stdin_code(walker: &mut Walker<'_>, call: &Call<'_>, language: Language) -> Flow {
    let Some(flow) = walker.stdin.clone() else { return Flow::local() };
    match flow.text {
        Some(text) => walker.code(&Value { text, taint: flow.taint, span: call.span }, language),
        None => {
            walker.run_tainted(flow.taint, call.span);
            Flow::local()
        }
    }
}

/// A file of code, or a dash.
fn file_code(walker: &mut Walker<'_>, call: &Call<'_>, file: &Value, language: Language) -> Flow {
    if file.text == "-" || file.text == "/dev/stdin" {
        return stdin_code(walker, call, language);
    }
    let path = walker.target(file).path.text();
    let known = walker.env.file(&path).map(|file| file.content.clone());
    match known {
        Some(content) if content.taint.has(Taint::NETWORK | Taint::DECODED) => {
            walker.run_tainted(content.taint, file.span)
        }
        Some(Flow { text: Some(text), taint }) => {
            return walker.code(&Value { text, taint, span: file.span }, language);
        }
        _ if file.text.contains("://") => walker.run_tainted(Taint::NETWORK, file.span),
        _ => {}
    }
    Flow::local()
}

/// Scripts of frameworks, and those of their verbs that drop the application's database.
const TASKS: &[(&str, &[&str])] = &[
    ("manage.py", &["flush", "reset_db", "sqlflush"]),
    ("artisan", &["migrate:fresh", "migrate:reset", "migrate:refresh", "db:wipe"]),
];

fn code_or_file(walker: &mut Walker<'_>, call: &Call<'_>, codes: &[Value], language: Language) -> Flow {
    let script = call.args.operand(0).unwrap_or_default().rsplit('/').next().unwrap_or_default();
    let task = TASKS.iter().find(|(name, _)| *name == script);
    if task.is_some_and(|(_, verbs)| codes.is_empty() && call.args.operand(1).is_some_and(|verb| verbs.contains(&verb)))
    {
        walker.note(&super::data::DROP, Level::Danger, call.span, "drops the application's database");
    }
    if !codes.is_empty() {
        let mut flow = Flow::empty();
        for code in codes {
            flow.join(walker.code(code, language));
        }
        return flow;
    }
    if call.args.has(&["--version", "-V", "--help", "-h"]) && call.args.operands.is_empty() {
        return Flow::local();
    }
    match call.args.operands.first() {
        Some(file) => file_code(walker, call, file, language),
        None => stdin_code(walker, call, language),
    }
}

fn python(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let codes = call.args.values(&["-c"]);
    if let Some(module) = call.args.value(&["-m"]) {
        let module = module.to_string();
        let at = call.words().iter().position(|word| word.text == "-m").map_or(call.words().len(), |at| at + 2);
        let rest = call.words().get(at..).unwrap_or_default();
        let mut argv = vec![Value::new(module.clone(), call.span)];
        argv.extend_from_slice(rest);
        return match module.as_str() {
            "pip" | "pipx" | "black" | "isort" | "autopep8" | "poetry" | "pipenv" | "uv" | "ansible" => {
                walker.call(&argv, call.span)
            }
            "http.server" | "SimpleHTTPServer" => Flow::local(),
            "base64" => Flow::of(Taint::DECODED | walker.stdin_taint()),
            _ => Flow::of(walker.stdin_taint() | Taint::LOCAL),
        };
    }
    code_or_file(walker, call, &codes, Language::Python)
}

fn edit_operands(walker: &mut Walker<'_>, call: &Call<'_>) {
    for operand in &call.args.operands {
        walker.write(operand, Write::Edit, &Flow::local());
    }
}

/// The files of `-i` lose everything when the code prints nothing.
fn edits(walker: &mut Walker<'_>, call: &Call<'_>, codes: &[Value]) {
    let prints =
        call.args.has(&["-p"]) || codes.iter().any(|code| code.text.contains("print") || code.text.contains("puts"));
    if prints {
        return edit_operands(walker, call);
    }
    for operand in &call.args.operands {
        walker.write(operand, Write::Replace, &Flow::empty());
    }
}

fn perl(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let codes = call.args.values(&["-e", "-E"]);
    if call.args.has(&["-i"]) && !codes.is_empty() {
        edits(walker, call, &codes);
    }
    let foreign = call
        .args
        .values(&["-M", "-m"])
        .iter()
        .any(|module| module.text.contains("LWP") || module.text.contains("HTTP"));
    if foreign
        && codes
            .iter()
            .any(|code| code.text.contains("eval") || code.text.contains("system") || code.text.contains("exec"))
    {
        walker.run_tainted(Taint::NETWORK, call.span);
    }
    let flow = code_or_file(walker, call, &codes, Language::Perl);
    reads_files(walker, call, codes.is_empty(), flow)
}

fn ruby(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let codes = call.args.values(&["-e"]);
    if call.args.has(&["-i"]) && !codes.is_empty() {
        edits(walker, call, &codes);
    }
    let flow = code_or_file(walker, call, &codes, Language::Ruby);
    reads_files(walker, call, codes.is_empty(), flow)
}

/// One-liners that read the files behind them print what is in there.
fn reads_files(walker: &Walker<'_>, call: &Call<'_>, file: bool, mut flow: Flow) -> Flow {
    if !file {
        for operand in &call.args.operands {
            if walker.target(operand).is_secret() {
                flow.taint |= Taint::SECRET;
            }
        }
    }
    flow
}

fn node(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let codes = call.args.values(&["-e", "--eval", "-p", "--print", "-pe"]);
    code_or_file(walker, call, &codes, Language::Node)
}

fn deno(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let operands = &call.args.operands;
    match call.args.operand(0) {
        Some("eval") => match operands.iter().skip(1).find(|operand| !operand.text.starts_with('-')) {
            Some(code) => walker.code(code, Language::Node),
            None => Flow::local(),
        },
        Some("run" | "install" | "serve") => {
            if let Some(file) = operands.iter().skip(1).find(|operand| operand.text.contains("://")) {
                walker.run_tainted(Taint::NETWORK, file.span);
            } else if operands.last().is_some_and(|file| file.text == "-") {
                return stdin_code(walker, call, Language::Node);
            }
            Flow::local()
        }
        _ => Flow::local(),
    }
}

fn php(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let codes = call.args.values(&["-r", "-B", "-R", "-E"]);
    code_or_file(walker, call, &codes, Language::Php)
}

fn other(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let mut codes = call.args.values(&["-e", "-c", "-E", "--eval", "--execute"]);
    // Erlang's long options have one dash.
    let words = call.words();
    if let Some(at) = words.iter().position(|word| word.text == "-eval") {
        codes.extend(words.get(at + 1).cloned());
    }
    if let (true, true, Some(Flow { text: Some(text), taint })) =
        (codes.is_empty(), call.args.operands.is_empty(), walker.stdin.clone())
    {
        codes.push(Value { text, taint, span: call.span });
    }
    let language = if call.name.starts_with("lua") { Language::Lua } else { Language::Other };
    if matches!(call.name, "expect" | "tclsh") {
        for code in &codes {
            // `spawn rm -rf x`, `exec rm -rf x`: words of a command.
            for line in code.text.split([';', '\n']) {
                if let Some(command) = line.trim().strip_prefix("spawn ").or_else(|| line.trim().strip_prefix("exec "))
                {
                    walker.run_text(&code.with_text(command.trim_start_matches("-noecho ")), Shell::Bash);
                }
            }
        }
    }
    if call.name == "elixir" || call.name == "julia" || call.name == "Rscript" || call.name == "R" {
        for code in &codes {
            // Julia's run(`…`).
            for piece in code.text.split('`').skip(1).step_by(2) {
                walker.run_text(&code.with_text(piece), Shell::Bash);
            }
        }
    }
    code_or_file(walker, call, &codes, language)
}

fn debugger(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    for text in call.args.values(&["-ex", "-iex", "--eval-command", "-o", "-O"]) {
        for prefix in ["shell ", "!", "platform shell ", "call system(", "python "] {
            if let Some(command) = text.text.strip_prefix(prefix) {
                let command = command.trim_matches(['"', '(', ')']);
                walker.run_text(&text.with_text(command), Shell::Bash);
            }
        }
    }
    let words = call.words();
    for (at, word) in words.iter().enumerate() {
        if matches!(word.text.as_str(), "-ex" | "-iex" | "-o")
            && let Some(text) = words.get(at + 1)
            && let Some(command) = text.text.strip_prefix("shell ").or_else(|| text.text.strip_prefix('!'))
        {
            walker.run_text(&text.with_text(command), Shell::Bash);
        }
    }
    Flow::local()
}
