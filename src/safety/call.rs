//! One command with all its words known as well as they can be: which utility it is, and what that does with them.

use crate::safety::Level;
use crate::safety::ast::Span;
use crate::safety::env::Definition;
use crate::safety::options::{Args, Style};
use crate::safety::rules::{Act, Utility, Verb, by_pattern, effects, leads_away, text, utility};
use crate::safety::run::as_word;
use crate::safety::target::Place;
use crate::safety::text::is_lookalike;
use crate::safety::value::{ANY, Flow, ONE, Taint, Value, has_glob, has_marks, has_unknown, shown};
use crate::safety::walk::Walker;

/// Wrappers inside wrappers, functions inside functions: beyond this nobody means well.
const NESTED: u32 = 40;

/// A command as a utility's function sees it.
pub struct Call<'a> {
    /// The utility's name, without its folder.
    pub name: &'a str,
    /// All the words, the name too.
    pub argv: &'a [Value],
    pub args: Args<'a>,
    pub span: Span,
}

impl Call<'_> {
    /// Returns the words behind the name.
    pub fn words(&self) -> &[Value] {
        self.argv.get(1..).unwrap_or_default()
    }

    /// Returns true for `help verb` and `verb -h`, where the name is that of a program with verbs.
    pub fn asks_about_verb(&self) -> bool {
        let last = self.argv.last().map(asked);
        matches!(last, Some("-h" | "-?" | "-help" | "--help")) || self.args.operand(0) == Some("help")
    }
}

impl Walker<'_> {
    /// Judges a command and gives what it prints.
    pub fn call(&mut self, argv: &[Value], span: Span) -> Flow {
        if self.nested >= NESTED {
            self.note(&text::TOO_MUCH, Level::Danger, span, "too many commands inside of each other to check");
            self.complete = false;
            return Flow::local();
        }
        self.nested += 1;
        let flow = self.call_head(argv, span);
        self.nested -= 1;
        flow
    }

    fn call_head(&mut self, argv: &[Value], span: Span) -> Flow {
        let Some(head) = argv.first() else { return Flow::empty() };
        if !self.burn(1 + argv.len() as u32 / 32) {
            return Flow::local();
        }
        let Some(word) = head.known() else { return self.call_unknown(argv, span) };
        if let Some(definition) = self.env.definition(word) {
            return self.call_defined(word, definition, argv, span);
        }
        if word == "$0" {
            if self.is_forking() {
                self.note(&effects::FORK_BOMB, Level::Critical, span, "starts itself over and over: a fork bomb");
            }
            return Flow::local();
        }
        if head.taint.has(Taint::DECODED | Taint::NETWORK) {
            self.run_tainted(head.taint, head.span);
        }
        let name = word.rsplit('/').next().unwrap_or(word);
        if is_lookalike(name) {
            self.note(
                &text::LOOKALIKE,
                Level::Caution,
                head.span,
                format!("`{}` only looks like a plain name", shown(name)),
            );
        }
        if word.contains('/') {
            if self.run_known_file(head, argv) {
                return Flow::local();
            }
            // A program of that name that lies here is not the one the tables know, unless it is a shell or another interpreter.
            let here = word.strip_prefix("./") == Some(name);
            if here
                && !utility(name).is_some_and(|known| {
                    known.names.contains("bash") || known.names.contains("python") || known.names.contains("rm ")
                })
            {
                return self.call_foreign(argv, span);
            }
            if (word.starts_with("/etc/init.d/") || word.starts_with("/etc/rc.d/")) && argv.len() > 1 {
                let mut words = argv.to_vec();
                words.insert(0, Value::new("service", head.span));
                words[1].text = name.to_string();
                return self.call(&words, span);
            }
        }
        let flow = match utility(name) {
            Some(utility) => self.call_utility(utility, name, argv, span),
            None => self.call_foreign(argv, span),
        };
        if name != "mkdir" {
            self.may_fill(&argv[1..]);
        }
        flow
    }

    /// Judges a command without aliases and functions: `command`, `builtin`, a backslash.
    pub fn call_plain(&mut self, argv: &[Value], span: Span) -> Flow {
        let definitions = std::mem::take(&mut self.env.definitions);
        let flow = self.call(argv, span);
        self.env.definitions = definitions;
        flow
    }

    fn call_utility(&mut self, utility: &'static Utility, name: &str, argv: &[Value], span: Span) -> Flow {
        let args = Args::read(&argv[1..], utility.grammar);
        let call = Call { name, argv, args, span };
        let first = self.findings.len();
        if only_asks(name, &argv[1..]) {
            self.trace(argv, span);
            return Flow::local();
        }
        if !matches!(utility.act, Act::Wraps(_)) {
            self.trace(argv, span);
        }
        self.own_rules(argv, span);
        if utility.grammar.style == Style::Gnu && is_rehearsal(&call.args) {
            return Flow::local();
        }
        self.verbs(utility.verbs, &call);
        let flow = self.elsewhere(leads_away(&call), |walker| match &utility.act {
            Act::Do(act) => act(walker, &call),
            Act::Wraps(wrap) => walker.unwrap(wrap, &call),
            Act::Prints => walker.prints(&call),
            Act::Reads => walker.reads(&call),
        });
        if first < self.findings.len() {
            self.allow(argv, first);
        }
        flow
    }

    /// Finds the gravest of a utility's verbs that the words match.
    pub fn verbs(&mut self, verbs: &'static [Verb], call: &Call<'_>) {
        if verbs.is_empty() || is_rehearsal(&call.args) || call.args.has(&["--version"]) || call.asks_about_verb() {
            return;
        }
        let fitting = || verbs.iter().filter_map(|verb| Some((verb, verb.fits(&call.args)?)));
        if fitting().any(|(verb, _)| verb.level == Level::Safe) {
            return;
        }
        if let Some((verb, rest)) = fitting().max_by_key(|(verb, _)| verb.level) {
            let operands = call.args.operands.get(rest..).unwrap_or_default();
            let named: Vec<String> = operands.iter().take(3).map(|value| value.shown()).collect();
            let named = if named.is_empty() { "what is named".to_string() } else { named.join(" ") };
            self.note(verb.rule, verb.level, call.span, verb.reason.replace("{}", &named));
        }
    }

    /// A program of which nothing is known: the user's own, most often.
    fn call_foreign(&mut self, argv: &[Value], span: Span) -> Flow {
        self.trace(argv, span);
        self.own_rules(argv, span);
        // `{rm,-rf,/}` is a command in bash; zsh reads a group around one word, and looks for a program of that name.
        if let Some(word) = argv[0].known().filter(|word| word.contains(',')) {
            let words: Vec<Value> = word.split(',').map(|word| argv[0].with_text(word)).collect();
            self.guess(&words, span);
        }
        // Some program may stand before another: try every word as the start of a command of its own.
        if argv.len() > 1 && self.depth_allows_guess() {
            for at in 1..argv.len().min(12) {
                let Some(word) = argv[at].known() else { continue };
                let base = word.rsplit('/').next().unwrap_or(word);
                let plain = !base.is_empty() && base.len() < 24 && !base.starts_with('-');
                if plain && at + 1 < argv.len() && is_runnable(base) && utility(base).is_some() {
                    self.elsewhere(true, |walker| walker.guess(&argv[at..], span));
                    break;
                }
            }
        }
        // What it prints without a file, a URL or an input to take it from is its own.
        let own = self.stdin.is_none() && argv[1..].iter().all(|word| is_plain(&word.text));
        Flow::of(if own { Taint::PROGRAM } else { self.stdin_taint() | Taint::LOCAL })
    }

    /// What a program with verbs prints; some of its verbs run a command elsewhere.
    fn prints(&mut self, call: &Call<'_>) -> Flow {
        let words = call.words();
        let enters = |word: &Value| {
            matches!(
                word.text.as_str(),
                "exec"
                    | "ssh"
                    | "shell"
                    | "run"
                    | "enter"
                    | "guestcontrol"
                    | "attach"
                    | "netns"
                    | "console"
                    | "execute"
            )
        };
        if let Some(at) = words.iter().position(enters) {
            let dashes = words.iter().position(|word| word.text == "--").map(|at| at + 1);
            let known = |word: &Value| {
                !enters(word)
                    && word.known().is_some_and(|text| {
                        is_runnable(text.rsplit('/').next().unwrap_or(""))
                            && utility(text.rsplit('/').next().unwrap_or("")).is_some()
                    })
            };
            let start = dashes
                .filter(|start| *start > at)
                .or_else(|| (at + 1..words.len().min(at + 5)).find(|start| known(&words[*start])));
            if let Some(inside) = start.and_then(|start| words.get(start..)).filter(|inside| !inside.is_empty()) {
                let inside = inside.to_vec();
                return self.apart(|walker| walker.call(&inside, call.span));
            }
        }
        if matches!(call.args.operand(0), Some("completion" | "completions" | "docker-env")) && self.stdin.is_none() {
            return Flow::of(Taint::PROGRAM);
        }
        if matches!(call.args.operand(0), Some("list" | "ls" | "ps")) {
            return Flow { text: Some(format!("{ANY}\n")), taint: self.stdin_taint() };
        }
        Flow::of(self.stdin_taint() | Taint::LOCAL)
    }

    /// Judges words that may be a command: only what is grave counts, and it counts less.
    fn guess(&mut self, argv: &[Value], span: Span) {
        let first = self.findings.len();
        let env = self.env.clone();
        let cap = self.cap;
        self.cap = Level::Danger.min(cap);
        self.call(argv, span);
        self.cap = cap;
        self.env = env;
        let mut at = 0;
        self.findings.retain(|finding| {
            at += 1;
            at <= first || finding.level >= Level::Danger
        });
    }

    fn depth_allows_guess(&self) -> bool {
        self.cap > Level::Caution
    }

    /// A command whose name is a pattern or unknown.
    fn call_unknown(&mut self, argv: &[Value], span: Span) -> Flow {
        let head = &argv[0];
        self.trace(argv, span);
        if !has_unknown(&head.text) && has_glob(&head.text) {
            let name = head.text.rsplit('/').next().unwrap_or(&head.text);
            for known in by_pattern(name) {
                let mut words = argv.to_vec();
                words[0].text = known.to_string();
                self.call(&words, span);
            }
        }
        // Only the folder is unknown: `"$BIN"/rm`.
        if let Some((_, name)) = head.text.rsplit_once('/')
            && !has_marks(name)
            && !name.is_empty()
        {
            let known = utility(name).is_some();
            if known {
                let mut words = argv.to_vec();
                words[0].text = name.to_string();
                return self.call(&words, span);
            }
        }
        if head.taint.has(Taint::NETWORK | Taint::DECODED) {
            self.run_tainted(head.taint, head.span);
            return Flow::local();
        }
        let grave = argv[1..].iter().any(|word| self.looks_grave(word));
        let (level, reason) = if grave {
            (Level::Danger, format!("runs {} with words that look destructive", head.shown()))
        } else {
            (Level::Caution, "runs a command whose name is not known yet".to_string())
        };
        self.note(&effects::RUN_UNKNOWN, level, head.span, reason);
        Flow::local()
    }

    /// Returns true for words that hardly stand on a harmless command.
    fn looks_grave(&self, word: &Value) -> bool {
        let text = word.text.as_str();
        if text.starts_with('-') {
            let cluster = !text.starts_with("--") && text.len() <= 4 && text.contains(['r', 'R']) && text.contains('f');
            return cluster || text == "--no-preserve-root";
        }
        let text = text.strip_prefix("of=").unwrap_or(text);
        let value = word.with_text(text);
        if self.target(&value).path.parts.iter().any(|part| matches!(part.as_str(), "bin" | "sbin")) {
            return false;
        }
        (text.starts_with('/') || has_marks(text))
            && matches!(
                self.target(&value).place,
                Place::Root | Place::System | Place::Account | Place::Device | Place::Home
            )
            && !has_unknown(text)
    }

    fn call_defined(&mut self, name: &str, definition: Definition, argv: &[Value], span: Span) -> Flow {
        match definition {
            Definition::Function(body) => {
                let place = self.place;
                let flow = self.call_function(name, &body, &argv[1..], span);
                self.place = place;
                flow
            }
            Definition::Alias(text) => {
                self.used(name);
                // An alias does not expand itself again.
                let definitions = self.env.definitions.clone();
                self.env.definitions.retain(|(known, _)| known != name);
                let mut script = text.text.clone();
                for word in &argv[1..] {
                    script.push(' ');
                    script.push_str(&as_word(word, self.shell));
                }
                let flow = self.text_script(&script, self.shell, span);
                self.env.definitions = definitions;
                flow
            }
        }
    }

    /// Returns where the input comes from.
    pub fn stdin_taint(&self) -> Taint {
        self.stdin.as_ref().map_or(Taint::NONE, |flow| flow.taint)
    }

    /// What a reader prints: what its files and its input hold.
    pub fn reads(&mut self, call: &Call<'_>) -> Flow {
        let mut taint = Taint::LOCAL;
        for operand in &call.args.operands {
            let target = self.target(operand);
            if target.is_secret() {
                taint |= Taint::SECRET;
            } else if target.is_configuration() {
                taint |= Taint::CONFIGURATION;
            }
            if !self.env.files.is_empty() {
                taint |= self.content(operand).taint;
            }
            taint |= operand.taint.without(Taint::SCRATCH | Taint::PROGRAM);
        }
        Flow::of(taint | self.stdin_taint())
    }
}

/// Returns true for words that name no file and no other place: `init`, `--zsh`, `-s`.
fn is_plain(word: &str) -> bool {
    word.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_=".contains(letter))
}

/// Returns true for commands that make sense behind another command's name.
fn is_runnable(name: &str) -> bool {
    !matches!(
        name,
        "install"
            | "find"
            | "kill"
            | "test"
            | "build"
            | "format"
            | "time"
            | "set"
            | "read"
            | "shift"
            | "exit"
            | "alias"
            | "source"
            | "export"
            | "link"
            | "unlink"
            | "local"
            | "up"
            | "at"
            | "service"
            | "move"
            | "git"
            | "docker"
            | "node"
            | "python"
            | "ruby"
            | "php"
            | "make"
            | "npm"
            | "watch"
            | "tee"
            | "file"
            | "w"
            | "id"
            | "sort"
            | "cut"
            | "host"
            | "route"
            | "ip"
            | "mount"
            | "history"
            | "stat"
            | "type"
            | "help"
            | "info"
            | "top"
    )
}

impl Verb {
    /// Returns how many operands the verb takes up, if the words are its.
    fn fits(&self, args: &Args<'_>) -> Option<usize> {
        let mut at = 0;
        for word in self.words.split_ascii_whitespace() {
            let operand = args.operand(at)?;
            let fits = match word {
                "*" => true,
                "%" => args.operands[at..]
                    .iter()
                    .any(|value| has_glob(&value.text) || value.text == "*" || value.text == "all"),
                _ => word.split('|').any(|choice| {
                    choice == operand
                        || choice == "*"
                        || choice.strip_suffix('*').is_some_and(|start| !start.is_empty() && operand.starts_with(start))
                        || choice.strip_prefix('*').is_some_and(|end| !end.is_empty() && operand.ends_with(end))
                }),
            };
            if !fits {
                return None;
            }
            if word != "%" {
                at += 1;
            }
        }
        let given = |option: &str| option.split('+').all(|one| given(args, one));
        if !self.with.is_empty() && !self.with.split_ascii_whitespace().any(given) {
            return None;
        }
        if self.without.split_ascii_whitespace().any(given) {
            return None;
        }
        Some(at)
    }
}

/// Returns a word as text; the pattern `-?` as what it is meant to be.
fn asked(word: &Value) -> &str {
    let pattern = word.text.strip_prefix('-').is_some_and(|rest| rest.chars().eq([ONE]));
    if pattern { "-?" } else { &word.text }
}

/// Returns true when the only word asks a command what it can do, or which one it is.
fn only_asks(name: &str, words: &[Value]) -> bool {
    let [word] = words else { return false };
    match asked(word) {
        "--help" | "--version" | "-help" | "-?" => true,
        // To a shell these letters mean something else, and so they do where disks are turned off or checked.
        "-h" | "-V" => {
            let shell = utility(name).is_some_and(|utility| utility.names.split(' ').any(|name| name == "bash"));
            !shell && !matches!(name, "shutdown" | "halt" | "reboot" | "poweroff" | "fsck")
        }
        _ => false,
    }
}

/// Returns true when the options say that nothing shall happen.
fn is_rehearsal(args: &Args<'_>) -> bool {
    let dry = args.get(&["--dry-run", "--dryrun", "--what-if", "--simulate", "--just-print"]);
    args.has(&["--help"]) || dry.is_some_and(|option| !matches!(option.value, Some("none" | "false" | "no")))
}

/// Returns true when an option is there; `--name=value` asks for the value too.
fn given(args: &Args<'_>, option: &str) -> bool {
    match option.split_once('=') {
        Some((name, value)) => args.get(&[name]).is_some_and(|found| found.value == Some(value)),
        None => args.has(&[option]),
    }
}
