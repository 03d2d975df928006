//! Programs that find files, and what they do with them.

use super::{Act, Utility, dash, does};
use crate::safety::ast::Span;
use crate::safety::call::Call;
use crate::safety::fold::globbed;
use crate::safety::judge::{Delete, Write};
use crate::safety::pattern;
use crate::safety::value::{ANY, DEEP, Flow, HERE, NAME, Taint, Value};
use crate::safety::walk::Walker;

pub const UTILITIES: &[Utility] = &[
    Utility { names: "find gfind bfs", grammar: dash(""), act: Act::Do(find), verbs: &[] },
    does(
        "fd fdfind",
        "-e -t -d -E -S -o -j --extension --type --max-depth --exclude --size --owner --changed-within \
            --changed-before --base-directory --search-path",
        fd,
    ),
    does("locate mlocate plocate mdfind", "-n -l -d -onlyin", locate),
    does("ls gls exa eza lsd dir vdir", "-I -w -T --ignore --hide --color? --sort --time", ls),
];

/// What `find` looks for: where, and how narrowly.
struct Search {
    starts: Vec<Value>,
    /// The pattern of names asked for.
    name: Option<String>,
    /// Some test leaves only a part of the files: size, age, owner.
    filtered: bool,
}

fn find(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let words = call.words();
    let mut at = 0;
    while words.get(at).is_some_and(|word| {
        matches!(word.text.as_str(), "-H" | "-L" | "-P" | "-E" | "-X" | "-s" | "-x") || word.text.starts_with("-O")
    }) {
        at += 1;
    }
    let mut search = Search { starts: Vec::new(), name: None, filtered: false };
    while let Some(word) =
        words.get(at).filter(|word| !word.text.starts_with('-') && !matches!(word.text.as_str(), "(" | "!" | ")" | ","))
    {
        search.starts.push(word.clone());
        at += 1;
    }
    if search.starts.is_empty() {
        search.starts.push(Value::new(HERE.to_string(), call.span));
    }
    let mut negated = false;
    let mut either = false;
    let mut flow = None;
    while let Some(word) = words.get(at) {
        at += 1;
        let value = words.get(at);
        let negate = std::mem::take(&mut negated);
        match word.text.as_str() {
            "!" | "-not" => negated = !negate,
            "(" | ")" | "-a" | "-and" | "," => negated = negate && word.text == "(",
            "-o" | "-or" => either = true,
            "-name" | "-iname" | "-path" | "-ipath" | "-wholename" | "-iwholename" | "-regex" | "-iregex"
            | "-lname" | "-ilname" => {
                at += 1;
                let Some(value) = value else { break };
                if negate {
                    continue;
                }
                let path = word.text.contains("path") || word.text.contains("whole");
                let regex = word.text.contains("regex");
                let text = if regex { plain_regex(&value.text) } else { globbed(&value.text) };
                let text = if path || regex { text.rsplit('/').next().unwrap_or("").to_string() } else { text };
                if pattern::covers(&text) && !either {
                    continue;
                }
                search.name = Some(match search.name.take() {
                    // One of several names: none of them is everything.
                    Some(_) if either => format!("{ANY}{NAME}"),
                    _ => text,
                });
            }
            "-size" | "-mtime" | "-mmin" | "-atime" | "-amin" | "-ctime" | "-cmin" | "-newer" | "-anewer"
            | "-cnewer" | "-user" | "-group" | "-uid" | "-gid" | "-perm" | "-links" | "-inum" | "-samefile"
            | "-newermt" | "-newerct" | "-newerat" | "-context" | "-used" => {
                at += 1;
                // A test that nearly everything passes is none, but which do is not ours to know.
                search.filtered = true;
            }
            "-empty" | "-nouser" | "-nogroup" | "-executable" | "-readable" | "-writable" => search.filtered |= !negate,
            "-type" | "-xtype" => {
                at += 1;
                search.filtered |= !negate
                    && !either
                    && value.is_some_and(|value| !matches!(value.text.as_str(), "f" | "d" | "f,d" | "d,f" | "f,l"));
            }
            "-maxdepth" | "-mindepth" | "-depth+" | "-fstype" | "-printf" | "-D" | "-files0-from" => at += 1,
            "-fprint" | "-fprint0" | "-fls" | "-fprintf" => {
                at += if word.text == "-fprintf" { 2 } else { 1 };
                if let Some(file) = value {
                    walker.write(file, Write::Replace, &Flow::local());
                }
            }
            "-delete" => {
                for found in search.found() {
                    walker.delete(&found, Delete::Trees);
                }
                flow = Some(Flow::empty());
            }
            "-exec" | "-execdir" | "-ok" | "-okdir" => {
                let end = words[at..]
                    .iter()
                    .position(|word| matches!(word.text.as_str(), ";" | "+" | "\\;"))
                    .map_or(words.len(), |end| at + end);
                let command = &words[at..end];
                at = (end + 1).min(words.len());
                for found in search.found() {
                    run_on(walker, command, &found, call.span);
                }
                search.filtered |= negate;
                flow = Some(Flow::local());
            }
            "-prune" | "-quit"
                if !search.filtered
                // `-name x -prune -o …`: what is named is left out.
                && words.get(at).is_some_and(|word| matches!(word.text.as_str(), "-o" | "-or")) =>
            {
                search.name = None;
                at += 1;
            }
            _ => {}
        }
    }
    flow.unwrap_or_else(|| {
        let mut text = String::new();
        for found in search.found() {
            text.push_str(&found.text);
            text.push('\n');
        }
        let taint = search.starts.iter().fold(Taint::NONE, |taint, start| taint | start.taint);
        Flow { text: Some(text), taint: taint.without(Taint::LOCAL) }
    })
}

impl Search {
    /// Returns what is found, as patterns below each start.
    fn found(&self) -> Vec<Value> {
        self.starts
            .iter()
            .map(|start| {
                let mut text = start.text.trim_end_matches('/').to_string();
                if text.is_empty() && start.text.starts_with('/') {
                    text.push('/');
                }
                if !text.ends_with('/') {
                    text.push('/');
                }
                text.push(DEEP);
                match &self.name {
                    Some(name) => {
                        text.push('/');
                        text.push_str(name);
                    }
                    None if self.filtered => {
                        text.push('/');
                        text.push(NAME);
                    }
                    None => {}
                }
                Value { text, taint: start.taint, span: start.span }
            })
            .collect()
    }
}

/// Makes a glob of the plainest regular expressions.
fn plain_regex(regex: &str) -> String {
    let mut text = String::new();
    let mut characters = regex.trim_start_matches('^').trim_end_matches('$').chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '.' if matches!(characters.peek(), Some('*' | '+')) => {
                characters.next();
                text.push(ANY);
            }
            '.' => text.push(crate::safety::value::ONE),
            '\\' => {
                if let Some(next) = characters.next().filter(|next| !"(|)".contains(*next)) {
                    text.push(next);
                }
            }
            '(' | ')' | '|' | '?' | '+' | '*' => {}
            '[' => {
                characters.by_ref().take_while(|c| *c != ']').for_each(drop);
                text.push(crate::safety::value::ONE);
            }
            other => text.push(other),
        }
    }
    text
}

/// Runs a command on what was found, in place of its `{}` or behind its words.
fn run_on(walker: &mut Walker<'_>, command: &[Value], found: &Value, span: Span) {
    let argv: Vec<Value> = command
        .iter()
        .map(|word| {
            if word.text.contains("{}") {
                Value { text: word.text.replace("{}", &found.text), taint: word.taint | found.taint, span: word.span }
            } else {
                word.clone()
            }
        })
        .collect();
    let outer = walker.stdin.take();
    walker.call(&argv, span);
    walker.stdin = outer;
}

fn fd(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let words = call.words();
    let exec = words.iter().position(|word| matches!(word.text.as_str(), "-x" | "--exec" | "-X" | "--exec-batch"));
    let before = &words[..exec.unwrap_or(words.len())];
    let args = crate::safety::options::Args::read(
        before,
        super::gnu(
            "-e -t -d -E -S -o -j --extension --type --max-depth --exclude --size --owner --changed-within \
                --changed-before --base-directory --search-path",
        ),
    );
    let pattern = args.operand(0).unwrap_or("");
    let all = matches!(pattern, "" | "." | ".*" | "*");
    let name = match (args.value(&["-e", "--extension"]), all) {
        (Some(extension), _) => Some(format!("{ANY}.{extension}")),
        (None, true) if args.has(&["-S", "--size", "--changed-within", "--changed-before", "-o", "--owner"]) => {
            Some(NAME.to_string())
        }
        (None, true) => None,
        (None, false) => Some(format!("{ANY}{pattern}{ANY}")),
    };
    let start = args.operand(1).map_or(HERE.to_string(), str::to_string);
    let text = match name {
        Some(name) => format!("{}/{DEEP}/{name}", start.trim_end_matches('/')),
        None => format!("{}/{DEEP}", start.trim_end_matches('/')),
    };
    let found = Value::new(text, call.span);
    if let Some(at) = exec {
        let mut command = words[at + 1..].to_vec();
        if !command.iter().any(|word| word.text.contains('{')) {
            command.push(Value::new("{}", call.span));
        }
        run_on(walker, &command, &found, call.span);
        return Flow::local();
    }
    Flow { text: Some(format!("{}\n", found.text)), taint: Taint::NONE }
}

fn locate(_: &mut Walker<'_>, _: &Call<'_>) -> Flow {
    // From anywhere on the disk.
    Flow { text: Some(format!("/{DEEP}/{NAME}\n")), taint: Taint::NONE }
}

fn ls(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if call.args.has(&["-d", "--directory"]) {
        let text: String = call.args.operands.iter().map(|operand| format!("{}\n", operand.text)).collect();
        return Flow { text: Some(text), taint: Taint::NONE };
    }
    let deep = call.args.has(&["-R", "--recursive"]);
    walker.listed(&call.args.operands.clone(), deep)
}
