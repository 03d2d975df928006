//! Processes: who is ended, and how many.

use super::services::{GUARD, STOP, STOP_ALL, is_guard};
use super::{Act, Utility, does, gnu};
use crate::safety::Level;
use crate::safety::call::Call;
use crate::safety::value::{ANY, DEEP, Flow, NAME, Taint, Value, has_glob};
use crate::safety::walk::Walker;

pub const UTILITIES: &[Utility] = &[
    Utility { names: "kill", grammar: gnu(""), act: Act::Do(kill), verbs: &[] },
    does(
        "pkill",
        "-u -U -g -G -P -s -t -F --signal --euid --uid --group --parent --session --terminal --pidfile",
        pkill,
    ),
    does("killall killall5 skill slay snice xkill", "-u -s -n -o -y -Z -t --user --signal -id -display", killall),
    does("fuser", "-n", fuser),
    does("renice", "-n -p -g -u", renice),
    does("ps pgrep pidof lsof jps procs", "-o -p -u -U -C -t -g -G -P -i -c -d -s -F --sort --format", ps),
];

fn guard(walker: &mut Walker<'_>, call: &Call<'_>, names: &[&Value]) -> bool {
    let found = names.iter().find(|name| is_guard(&name.text));
    if let Some(name) = found {
        walker.note(&GUARD, Level::Danger, call.span, format!("ends {}, which guards the system", name.shown()));
    }
    found.is_some()
}

/// The signal is the first word with a dash, or the value of `-s` and `-n`; what follows are processes.
fn kill(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let words = call.words();
    let mut at = 0;
    match words.first().map(|word| word.text.as_str()) {
        Some("-l" | "-L" | "--list" | "--table" | "--help") => return Flow::local(),
        Some("-s" | "-n" | "--signal" | "-q") => at = 2,
        Some("--") => at = 1,
        Some(text) if text.starts_with("--signal=") => at = 1,
        Some(text) if text.starts_with('-') && text.len() > 1 => at = 1,
        _ => {}
    }
    let harmless = words.first().is_some_and(|word| matches!(word.text.as_str(), "-0"))
        || words.get(1).is_some_and(|word| at == 2 && word.text == "0");
    let mut targets: Vec<&Value> = words[at.min(words.len())..].iter().filter(|word| word.text != "--").collect();
    // `kill -1` alone is a signal without a process; `kill -9 -1` is everybody.
    if targets.is_empty() && words.len() == 1 && words[0].text == "-1" {
        targets.push(&words[0]);
    }
    if harmless || targets.is_empty() {
        return Flow::empty();
    }
    let all = targets.iter().any(|target| matches!(target.text.as_str(), "-1" | "1") || is_every(&target.text));
    if all {
        walker.note(&STOP_ALL, Level::Danger, call.span, "ends every process it may, or the first of all");
    } else {
        let named: Vec<String> = targets.iter().take(3).map(|target| target.shown()).collect();
        walker.note(&STOP, Level::Caution, call.span, format!("ends the process {}", named.join(" ")));
    }
    Flow::empty()
}

/// Returns true for a pattern that stands for every process.
fn is_every(text: &str) -> bool {
    let name = text.rsplit('/').next().unwrap_or(text);
    has_glob(text)
        && (crate::safety::pattern::covers(name)
            || name.chars().all(|c| c == ANY || c == DEEP)
            || crate::safety::pattern::matches(name, "1"))
}

fn pkill(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let names = &call.args.operands;
    if guard(walker, call, names) {
        return Flow::empty();
    }
    let wide = |name: &&Value| {
        matches!(name.text.as_str(), "" | "." | ".*" | "^" | "$" | ".+" | "[a-z]" | "^." | "*") || is_every(&name.text)
    };
    let user = call.args.has(&["-u", "-U", "--euid", "--uid"]) && names.is_empty();
    if names.iter().any(wide) || user {
        walker.note(&STOP_ALL, Level::Danger, call.span, "ends every process it may");
    } else if !names.is_empty() || !call.args.options.is_empty() {
        walker.note(
            &STOP,
            Level::Caution,
            call.span,
            format!("ends the processes called {}", names.first().map_or(String::new(), |name| name.shown())),
        );
    }
    Flow::empty()
}

fn killall(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let args = &call.args;
    if args.has(&["-l", "--list", "-V", "--version"]) {
        return Flow::local();
    }
    // `killall -KILL name`: a signal by name reads like a cluster.
    if guard(walker, call, &args.operands) {
        return Flow::empty();
    }
    let user =
        call.words().iter().any(|word| matches!(word.text.as_str(), "-u" | "--user")) && args.operands.is_empty();
    let regex = args.has(&["-r", "--regexp", "-m"])
        && args.operands.iter().any(|name| matches!(name.text.as_str(), "." | ".*" | ".+" | ""));
    let owner = matches!(call.name, "slay" | "skill") && args.operands.iter().any(|name| name.text == "root");
    let everything =
        call.name == "killall5" || user || regex || owner || args.operands.iter().any(|name| is_every(&name.text));
    let seated = call.words().iter().any(|word| word.text == "-u") && call.name != "killall";
    if everything || seated {
        walker.note(&STOP_ALL, Level::Danger, call.span, "ends every process of the system, or of a user");
    } else {
        walker.note(
            &STOP,
            Level::Caution,
            call.span,
            format!("ends every process called {}", args.operands.first().map_or(String::new(), |name| name.shown())),
        );
    }
    Flow::empty()
}

fn fuser(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if call.words().iter().any(|word| word.text.starts_with('-') && word.text.contains('k')) {
        let root = call.args.operands.iter().any(|operand| operand.text == "/");
        let (rule, level) = if root { (&STOP_ALL, Level::Danger) } else { (&STOP, Level::Caution) };
        walker.note(rule, level, call.span, "ends the processes that use it");
    }
    Flow { text: Some(format!("{NAME}\n")), taint: Taint::NONE }
}

fn renice(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    walker.note(&STOP, Level::Caution, call.span, "changes how much time a process gets");
    Flow::empty()
}

/// Lists of processes: all, or those asked for.
fn ps(_: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let args = &call.args;
    let text = match call.name {
        "ps" | "procs" => {
            let some = args.has(&["-p", "-C", "-u", "-U", "-t", "-g", "-s", "--ppid", "--pid", "--sid"]);
            if some { NAME } else { ANY }
        }
        "pgrep" => {
            let wide = args.operands.is_empty() && args.options.is_empty()
                || args.operands.iter().any(|name| matches!(name.text.as_str(), "." | ".*" | ""));
            if wide { ANY } else { NAME }
        }
        "lsof" => {
            if args.options.iter().any(|_| true) || !args.operands.is_empty() {
                NAME
            } else {
                ANY
            }
        }
        _ => NAME,
    };
    Flow { text: Some(format!("{text}\n")), taint: Taint::NONE }
}
