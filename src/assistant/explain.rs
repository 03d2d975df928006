//! A command explained part by part: what each program is, what each option asks for, what goes where.
//!
//! The parts come from the judge's own parser; what programs and options mean comes from this machine's manual pages, and
//! where those are silent the part stands there with its role alone. Nothing is run and nothing is guessed.

use crate::manual::{Manual, Page};
use crate::safety::ast::{
    AndOr, Command, CommandKind, Connector, ListEnd, PartKind, Pipe, Pipeline, Redirect, RedirectOp, Script, Simple,
    Span, Target, Value, Word,
};
use crate::safety::parse::parse;
use crate::shell::Shell;

/// One row of an explanation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// A stretch of the command, as it stands there.
    pub text: String,
    /// What it means; empty when only the text is known.
    pub meaning: String,
    /// How deep it stands inside other commands; 0 on the outside.
    pub depth: usize,
}

/// Explains `command` as `shell` reads it.
pub fn explain(command: &str, shell: Shell, manual: &mut Manual) -> Vec<Part> {
    let parsed = parse(command, shell);
    let mut teller = Teller { command, manual, parts: Vec::new(), depth: 0 };
    teller.script(&parsed.script);
    for problem in &parsed.problems {
        teller.add(problem.span, format!("not understood: {}", problem.message));
    }
    teller.parts
}

/// Commands whose first word that is no option, value or assignment begins another command.
const WRAPPERS: [&str; 17] = [
    "sudo",
    "doas",
    "env",
    "nohup",
    "nice",
    "ionice",
    "time",
    "timeout",
    "xargs",
    "setsid",
    "stdbuf",
    "watch",
    "command",
    "exec",
    "chroot",
    "caffeinate",
    "chronic",
];

/// Programs whose subcommands have pages of their own, as `git-log`.
const FAMILIES: [&str; 8] = ["git", "docker", "podman", "cargo", "apt", "npm", "kubectl", "systemd"];

/// Options of `find` behind which a command stands.
const EXECS: [&str; 4] = ["-exec", "-execdir", "-ok", "-okdir"];

struct Teller<'a> {
    command: &'a str,
    manual: &'a mut Manual,
    parts: Vec<Part>,
    depth: usize,
}

impl Teller<'_> {
    fn add(&mut self, span: Span, meaning: impl Into<String>) {
        let text = span.of(self.command).trim().to_owned();
        let meaning = meaning.into();
        if !text.is_empty() && self.parts.len() < MOST_PARTS {
            self.parts.push(Part { text, meaning, depth: self.depth });
        }
    }

    /// A joint between commands, which is explained without repeating what it joins.
    fn joint(&mut self, sign: &str, meaning: &str) {
        if self.parts.len() < MOST_PARTS {
            self.parts.push(Part { text: sign.to_owned(), meaning: meaning.to_owned(), depth: self.depth });
        }
    }

    fn inside(&mut self, tell: impl FnOnce(&mut Self)) {
        self.depth += 1;
        tell(self);
        self.depth -= 1;
    }

    fn script(&mut self, script: &Script) {
        for (index, list) in script.lists.iter().enumerate() {
            if index > 0 && script.lists[index - 1].end == ListEnd::Sequence {
                self.joint(";", "and after that");
            }
            self.list(list);
        }
    }

    fn list(&mut self, list: &AndOr) {
        self.pipeline(&list.first);
        for (connector, pipeline) in &list.rest {
            match connector {
                Connector::And => self.joint("&&", "and, if that worked"),
                Connector::Or => self.joint("||", "or, if that failed"),
            }
            self.pipeline(pipeline);
        }
        if list.end != ListEnd::Sequence {
            self.joint("&", "all this in the background");
        }
    }

    fn pipeline(&mut self, pipeline: &Pipeline) {
        if pipeline.negated {
            self.joint("!", "success and failure change places");
        }
        for (index, command) in pipeline.commands.iter().enumerate() {
            match index.checked_sub(1).and_then(|before| pipeline.pipes.get(before)) {
                Some(Pipe::Output) => self.joint("|", "its output goes into"),
                Some(Pipe::Both) => self.joint("|&", "its output and its errors go into"),
                Some(Pipe::Descriptor(number)) => self.joint("|", &format!("what it writes to {number} goes into")),
                None => {}
            }
            self.command(command);
        }
    }

    fn command(&mut self, command: &Command) {
        match &command.kind {
            CommandKind::Simple(simple) => self.simple(simple),
            CommandKind::Group(script) => self.body("{ … }", "together", &[script]),
            CommandKind::Subshell(script) => self.body("( … )", "in a shell of its own", &[script]),
            CommandKind::If(branches) => {
                for (condition, body) in &branches.branches {
                    self.body("if", "if this works", &[condition]);
                    self.body("then", "then", &[body]);
                }
                if let Some(otherwise) = &branches.otherwise {
                    self.body("else", "else", &[otherwise]);
                }
            }
            CommandKind::While(repeated) => {
                self.body(
                    "while",
                    if repeated.until { "until this works" } else { "as long as this works" },
                    &[&repeated.condition],
                );
                self.body("do", "again and again", &[&repeated.body]);
            }
            CommandKind::For(repeated) => {
                let words = repeated.words.as_deref().unwrap_or_default();
                let list = words.iter().map(|word| word.span.of(self.command)).collect::<Vec<_>>().join(" ");
                self.body(
                    &format!("for {} in {list}", repeated.names.join(" ")),
                    "for each of these",
                    &[&repeated.body],
                );
                self.inside(|teller| words.iter().for_each(|word| teller.substitutions(word)));
            }
            CommandKind::ArithmeticFor(repeated) => self.body("for", "counting", &[&repeated.body]),
            CommandKind::Repeat(repeated) => self.body("repeat", "several times", &[&repeated.body]),
            CommandKind::Case(case) => {
                let bodies: Vec<&Script> = case.items.iter().map(|item| &item.body).collect();
                self.body("case", "whichever pattern fits", &bodies);
            }
            CommandKind::Test(_) => self.add(command.span, "a test"),
            CommandKind::Arithmetic(_) => self.add(command.span, "a calculation"),
            CommandKind::Coproc(coproc) => self.command(&coproc.body),
            CommandKind::Always(always) => {
                self.body("{ … } always { … }", "the second also after an error", &[&always.body, &always.always])
            }
            CommandKind::Function(function) => {
                let names: Vec<&str> = function.names.iter().map(|name| name.span.of(self.command)).collect();
                let sign = format!("{} ()", names.join(" "));
                self.joint(&sign, "from here on, this name stands for");
                self.inside(|teller| teller.command(&function.body));
            }
            CommandKind::AnonymousFunction(function) => self.command(&function.body),
        }
        for redirect in &command.redirects {
            self.redirect(redirect);
        }
    }

    fn body(&mut self, sign: &str, meaning: &str, scripts: &[&Script]) {
        self.joint(sign, meaning);
        self.inside(|teller| scripts.iter().for_each(|script| teller.script(script)));
    }

    fn simple(&mut self, simple: &Simple) {
        for assignment in &simple.assignments {
            let meaning = if simple.words.is_empty() {
                "sets this variable"
            } else {
                "with this variable set, only for what follows"
            };
            self.add(assignment.span, meaning);
            if let Value::Scalar(word) = &assignment.value {
                self.inside(|teller| teller.substitutions(word));
            }
        }
        self.words(&simple.words);
    }

    /// A program and what stands behind it.
    fn words(&mut self, words: &[Word]) {
        let Some((program, arguments)) = words.split_first() else { return };
        let name =
            program.literal().map(|name| name.rsplit('/').next().unwrap_or_default().to_owned()).unwrap_or_default();
        let page = self.manual.page(&name).cloned().unwrap_or_default();
        let subcommand =
            arguments.first().and_then(|word| word.literal()).filter(|_| FAMILIES.contains(&name.as_str()));
        let own_page = subcommand.and_then(|subcommand| self.manual.page(&format!("{name}-{subcommand}")).cloned());
        match own_page {
            Some(own) => {
                let span = program.span.to(arguments[0].span);
                self.add(span, own.summary.clone().unwrap_or_default());
                self.substitutions(program);
                self.inside(|teller| teller.arguments(&name, &own, &arguments[1..]));
            }
            None => {
                let meaning = if name.is_empty() {
                    "the command, known only when it runs".to_owned()
                } else {
                    page.summary.clone().unwrap_or_default()
                };
                self.add(program.span, meaning);
                self.substitutions(program);
                self.inside(|teller| teller.arguments(&name, &page, arguments));
            }
        }
    }

    fn arguments(&mut self, name: &str, page: &Page, arguments: &[Word]) {
        let mut at = 0;
        let mut only_operands = false;
        while let Some(word) = arguments.get(at) {
            let text = word.literal().unwrap_or_default();
            at += 1;
            if text == "--" && !only_operands {
                only_operands = true;
                self.add(word.span, "what follows is no option");
            } else if EXECS.contains(&text.as_ref()) && name == "find" {
                let rest = &arguments[at..];
                let length = rest
                    .iter()
                    .position(|word| word.literal().is_some_and(|text| text == ";" || text == "+"))
                    .unwrap_or(rest.len());
                let all_at_once = rest.get(length).and_then(|word| word.literal()).is_some_and(|text| text == "+");
                self.add(
                    word.span,
                    if all_at_once {
                        "runs this on all that was found, {} being the files"
                    } else {
                        "runs this on each file found, {} being the file"
                    },
                );
                self.inside(|teller| teller.words(&rest[..length]));
                at += (length + 1).min(rest.len());
            } else if text.starts_with('-') && text.len() > 1 && !only_operands {
                at += self.option(word, &text, page, arguments.get(at));
            } else if WRAPPERS.contains(&name) && !text.contains('=') && !looks_like_a_value(&text) {
                return self.words(&arguments[at - 1..]);
            } else {
                let from = at - 1;
                while arguments
                    .get(at)
                    .is_some_and(|word| word.literal().is_none_or(|text| only_operands || !text.starts_with('-')))
                {
                    at += 1;
                }
                let operands = &arguments[from..at];
                let span = operands[0].span.to(operands[operands.len() - 1].span);
                self.add(span, if operands.len() > 1 { "what it works on, in this order" } else { "what it works on" });
                for operand in operands {
                    self.substitutions(operand);
                }
            }
        }
    }

    /// Explains an option and returns how many words behind it are its value.
    fn option(&mut self, word: &Word, text: &str, page: &Page, next: Option<&Word>) -> usize {
        let (name, has_value) = text.split_once('=').map_or((text, false), |(name, _)| (name, true));
        if let Some(entry) = page.option(name) {
            let value = next.filter(|next| {
                entry.takes_value && !has_value && next.literal().is_none_or(|text| !text.starts_with("--"))
            });
            let span = value.map_or(word.span, |value| word.span.to(value.span));
            self.add(span, entry.meaning.clone());
            if let Some(value) = value {
                self.substitutions(value);
            }
            self.substitutions(word);
            return usize::from(value.is_some());
        }
        // `-n10`, or several letters in one word.
        let letters: Vec<String> = name.chars().skip(1).map(|letter| format!("-{letter}")).collect();
        let known: Vec<&str> =
            letters.iter().map_while(|letter| page.option(letter)).map(|entry| entry.meaning.as_str()).collect();
        let counts = letters.get(1).is_some_and(|second| second.ends_with(|c: char| c.is_ascii_digit()));
        let meaning = match (name.starts_with("--"), known.as_slice()) {
            (false, [first, ..]) if counts => (*first).to_owned(),
            (false, known) if known.len() == letters.len() && !known.is_empty() => known.join("; "),
            _ => "an option".to_owned(),
        };
        self.add(word.span, meaning);
        self.substitutions(word);
        0
    }

    fn redirect(&mut self, redirect: &Redirect) {
        let meaning = match redirect.op {
            RedirectOp::Read => "reads from this file",
            RedirectOp::Write | RedirectOp::Clobber => "writes into this file; what it held is gone",
            RedirectOp::WriteNew => "writes into this file, if it is new",
            RedirectOp::Append => "adds to the end of this file",
            RedirectOp::ReadWrite => "reads and writes this file",
            RedirectOp::DuplicateInput => "reads from where that one does",
            RedirectOp::DuplicateOutput => "goes where that one goes",
            RedirectOp::WriteBoth => "writes output and errors into this file; what it held is gone",
            RedirectOp::AppendBoth => "adds output and errors to this file",
            RedirectOp::HereDocument => "reads the lines that follow",
            RedirectOp::HereString => "reads this text",
        };
        let into_nothing =
            matches!(&redirect.target, Target::Word(word) if word.literal().is_some_and(|text| text == "/dev/null"));
        self.add(redirect.span, if into_nothing { "is thrown away" } else { meaning });
        if let Target::Word(word) = &redirect.target {
            self.substitutions(word);
        }
    }

    /// The commands inside a word.
    fn substitutions(&mut self, word: &Word) {
        for part in &word.parts {
            let (script, meaning) = match &part.kind {
                PartKind::Command(script) => (script, "is replaced by the output of"),
                PartKind::Process(_, script) => (script, "stands for a file that is connected to"),
                _ => continue,
            };
            self.add(part.span, meaning);
            self.inside(|teller| teller.script(script));
        }
    }
}

/// More rows than this help nobody.
const MOST_PARTS: usize = 60;

/// A number, such as the priority of `nice` or the seconds of `timeout`.
fn looks_like_a_value(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is told without any manual page.
    fn told(command: &str) -> Vec<String> {
        let mut manual = Manual::default();
        let page = Page::read(
            "NAME\n       head - first lines\nOPTIONS\n       -n, --lines=N\n              print N lines\n       -q\n              no headers\n",
        );
        manual.learn("head", page);
        for name in ["find", "sort", "du", "rm", "sudo", "echo", "cat", "ls"] {
            manual.learn(name, Page::default());
        }
        let parts = explain(command, Shell::Bash, &mut manual);
        parts.iter().map(|part| format!("{}{}: {}", "  ".repeat(part.depth), part.text, part.meaning)).collect()
    }

    #[test]
    fn options_have_the_words_of_the_manual() {
        assert_eq!(
            told("head -n 5 a b"),
            ["head: first lines", "  -n 5: print N lines", "  a b: what it works on, in this order"]
        );
        assert_eq!(
            told("head -n5 --lines=3"),
            ["head: first lines", "  -n5: print N lines", "  --lines=3: print N lines"]
        );
        assert_eq!(
            told("head -qn 5 -x")[1..],
            ["  -qn: no headers; print N lines", "  5: what it works on", "  -x: an option"]
        );
    }

    #[test]
    fn joints_and_redirections_are_told() {
        assert_eq!(
            told("sort < a > b 2>/dev/null && rm a & cat"),
            [
                "sort: ",
                "< a: reads from this file",
                "> b: writes into this file; what it held is gone",
                "2>/dev/null: is thrown away",
                "&&: and, if that worked",
                "rm: ",
                "  a: what it works on",
                "&: all this in the background",
                "cat: "
            ]
        );
    }

    #[test]
    fn commands_inside_commands_are_told() {
        assert_eq!(
            told("find . -exec du -h {} + | head")[2..],
            [
                "  -exec: runs this on all that was found, {} being the files",
                "    du: ",
                "      -h: an option",
                "      {}: what it works on",
                "|: its output goes into",
                "head: first lines"
            ]
        );
        assert_eq!(told("sudo rm x"), ["sudo: ", "  rm: ", "    x: what it works on"]);
        assert_eq!(told("echo $(ls)")[2..], ["  $(ls): is replaced by the output of", "    ls: "]);
    }
}
