//! The walk through the tree, in the order the shell would go, with the environment it would have.
//!
//! Branches are all taken and joined again; loops over known words turn once a word. Every script gives a [`Flow`], what it
//! prints, so a pipe, a substitution and a redirect all see what reaches them. Fuel bounds the whole walk.

use crate::safety::ast::*;
use crate::safety::env::Env;
use crate::safety::explain::Step;
use crate::safety::parse::parse;
use crate::safety::recursion::Frame;
use crate::safety::rules::{Rule, text as text_rules};
use crate::safety::target::Path;
use crate::safety::value::{self, Flow, HERE, UNKNOWN, Value};
use crate::safety::{Facts, Finding, Level, Report, text};
use crate::shell::Shell;

/// Words folded and commands judged in one check.
const FUEL: u32 = 20_000;
/// Scripts inside scripts: `eval`, `sh -c`, substitutions, functions.
pub const DEPTH: u32 = 40;
/// Texts inside texts: each is read anew.
const TEXTS: u32 = 12;

/// Everything known while walking.
pub struct Walker<'a> {
    pub facts: &'a Facts,
    pub shell: Shell,
    pub env: Env,
    /// The commands walked now run as root.
    pub root: bool,
    /// They run on another machine, in a container, in another tree: their paths are not those of this disk.
    pub away: bool,
    /// What the command walked now reads; nothing means the terminal.
    pub stdin: Option<Flow>,
    pub findings: Vec<Finding>,
    pub complete: bool,
    /// Findings are never above this: for guesses.
    pub cap: Level,
    /// The place in the original text that stands for everything walked now, when that is text inside a word.
    pub place: Option<Span>,
    /// zsh splits words like other shells: `setopt shwordsplit`.
    pub splits_words: bool,
    /// The unwrapped commands, when someone asked.
    pub trace: Option<Vec<Step>>,
    /// Functions being walked.
    pub active: Vec<Frame>,
    /// Pipelines and background lists around the present command.
    pub forks: u32,
    fuel: u32,
    pub depth: u32,
    /// Commands inside wrappers.
    pub nested: u32,
    texts: u32,
}

/// Judges a text: the whole of `check`.
pub fn judge(command: &str, shell: Shell, facts: &Facts, trace: Option<&mut Vec<Step>>) -> Report {
    let mut walker = Walker {
        facts,
        shell,
        env: Env::default(),
        root: false,
        away: false,
        stdin: None,
        findings: text::gate(command),
        complete: true,
        cap: Level::Critical,
        place: None,
        splits_words: false,
        trace: trace.as_ref().map(|_| Vec::new()),
        active: Vec::new(),
        forks: 0,
        fuel: FUEL,
        depth: 0,
        nested: 0,
        texts: 0,
    };
    let gated = walker.findings.len();
    let text = value::clean(command);
    let parsed = parse(&text, shell);
    walker.problems(&parsed, &text);
    walker.script(&parsed.script);
    walker.unused_definitions();
    // Hidden characters around something that is grave by itself are there to hide it.
    if gated > 0 && walker.findings[gated..].iter().any(|finding| finding.level >= Level::Caution) {
        walker.findings[..gated].iter_mut().for_each(|finding| finding.level = Level::Danger);
    }
    let limit = text.len();
    for finding in &mut walker.findings {
        // Spans of a cleaned text fit the original: a mark and its stand-in are equally long.
        let (start, end) = (finding.span.start.min(limit), finding.span.end.min(limit));
        let fits = start <= end && command.is_char_boundary(start) && command.is_char_boundary(end);
        finding.span = if fits { start..end } else { 0..limit };
    }
    if let (Some(trace), Some(steps)) = (trace, walker.trace.take()) {
        *trace = steps;
    }
    Report::new(walker.findings, walker.complete)
}

impl Walker<'_> {
    /// Records a finding.
    pub fn note(&mut self, rule: &'static Rule, level: Level, span: Span, reason: impl Into<String>) {
        let level = level.min(self.cap);
        if level == Level::Safe || self.findings.len() > 512 {
            return;
        }
        let span = self.place.unwrap_or(span);
        self.findings.push(rule.finding(level, span, reason.into()));
    }

    /// Uses up some fuel; when there is none left, what follows is not looked at, and that is said.
    pub fn burn(&mut self, amount: u32) -> bool {
        if self.fuel < amount {
            if self.fuel > 0 {
                self.fuel = 0;
                self.complete = false;
                self.note(
                    &text_rules::TOO_MUCH,
                    Level::Danger,
                    Span::default(),
                    "too deep or too long to check to the end",
                );
            }
            return false;
        }
        self.fuel -= amount;
        true
    }

    /// Says what the parser could not read.
    fn problems(&mut self, parsed: &Parsed, text: &str) {
        if parsed.complete {
            return;
        }
        self.complete = false;
        let whole = Span::new(0, text.len());
        if parsed.problems.is_empty() {
            self.note(&text_rules::UNREADABLE, Level::Caution, whole, "some part of this could not be read");
        }
        let grave = holds_grave_word(text);
        for problem in &parsed.problems {
            let (rule, level) = match problem.kind {
                ProblemKind::Syntax if grave => (&text_rules::UNREADABLE, Level::Danger),
                ProblemKind::Syntax => (&text_rules::UNREADABLE, Level::Caution),
                ProblemKind::TooDeep | ProblemKind::TooLong => (&text_rules::TOO_MUCH, Level::Danger),
            };
            self.note(
                rule,
                level,
                problem.span,
                format!("cannot be read as {}: {}", shell_name(self.shell), problem.message),
            );
        }
    }

    /// Walks text that becomes a script, and gives what it prints.
    pub fn text_script(&mut self, text: &str, shell: Shell, span: Span) -> Flow {
        if self.texts >= TEXTS || self.depth >= DEPTH || !self.burn(1 + (text.len() / 32) as u32) {
            self.note(&text_rules::TOO_MUCH, Level::Danger, span, "too deep to check to the end");
            self.complete = false;
            return Flow::local();
        }
        let spelled = if value::has_marks(text) { Env::spelled(text, shell) } else { text.to_string() };
        let parsed = parse(&spelled, shell);
        let outer_place = self.place.replace(self.place.unwrap_or(span));
        let outer_shell = std::mem::replace(&mut self.shell, shell);
        self.problems(&parsed, &spelled);
        self.texts += 1;
        let flow = self.script(&parsed.script);
        self.texts -= 1;
        self.shell = outer_shell;
        self.place = outer_place;
        flow
    }

    /// Walks a script in the present environment.
    pub fn script(&mut self, script: &Script) -> Flow {
        let mut flow = Flow::empty();
        if self.depth >= DEPTH {
            self.note(&text_rules::TOO_MUCH, Level::Danger, script.span, "too deep to check to the end");
            self.complete = false;
            return Flow::local();
        }
        self.depth += 1;
        for list in &script.lists {
            let background = u32::from(list.end != ListEnd::Sequence);
            self.forks += background;
            for pipeline in list.pipelines() {
                let out = self.pipeline(pipeline);
                flow.join(out);
            }
            self.forks -= background;
        }
        self.depth -= 1;
        flow
    }

    /// Walks a script in an environment of its own.
    pub fn subshell(&mut self, script: &Script) -> Flow {
        let env = self.env.clone();
        let flow = self.script(script);
        let inner = std::mem::replace(&mut self.env, env);
        self.keep_files(inner);
        flow
    }

    /// Keeps what a subshell left on the disk.
    pub fn keep_files(&mut self, mut inner: Env) {
        if inner.definitions.len() > self.env.definitions.len() {
            let outer = std::mem::replace(&mut self.env, inner);
            self.unused_definitions();
            inner = std::mem::replace(&mut self.env, outer);
        }
        if inner.files.len() > self.env.files.len() || inner.files != self.env.files {
            self.env.files = inner.files;
        }
    }

    fn pipeline(&mut self, pipeline: &Pipeline) -> Flow {
        match pipeline.commands.as_slice() {
            [] => Flow::empty(),
            [one] => self.command(one),
            many => {
                let outer = self.stdin.clone();
                self.forks += 1;
                let mut flow = Flow::empty();
                for (at, command) in many.iter().enumerate() {
                    if at > 0 {
                        self.stdin = Some(flow);
                    }
                    // Each part has its own shell but the last, which in zsh and fish is this one.
                    let env = self.env.clone();
                    flow = self.command(command);
                    let inner = std::mem::replace(&mut self.env, env);
                    if at + 1 == many.len() && self.shell != Shell::Bash {
                        self.env = inner;
                    } else {
                        self.keep_files(inner);
                    }
                }
                self.forks -= 1;
                self.stdin = outer;
                flow
            }
        }
    }

    /// Walks one command with its redirects.
    pub fn command(&mut self, command: &Command) -> Flow {
        if !self.burn(1) {
            return Flow::local();
        }
        if let CommandKind::Simple(simple) = &command.kind {
            return self.simple(simple, &command.redirects, command.span);
        }
        if command.redirects.is_empty() {
            return self.compound(command);
        }
        let outer = self.stdin.clone();
        let io = self.redirects(&command.redirects);
        let flow = self.compound(command);
        self.stdin = outer;
        self.written(io, flow)
    }

    /// Changes the directory.
    pub fn enter(&mut self, to: &Value) {
        // No system knows longer paths (`PATH_MAX`); `cd $PWD/$PWD` would double this one each time, `cd a` make it longer.
        const LONGEST_PATH: usize = 4096;
        let path = match to.text.len() {
            0 => HERE.to_string(),
            1..=LONGEST_PATH => Path::read(&to.text, &self.env.cwd, self.facts).text(),
            _ => UNKNOWN.to_string(),
        };
        self.env.cwd = if path.len() <= LONGEST_PATH { path } else { UNKNOWN.to_string() };
    }
}

fn shell_name(shell: Shell) -> &'static str {
    match shell {
        Shell::Bash => "bash",
        Shell::Zsh => "zsh",
        Shell::Fish => "fish",
    }
}

/// Returns true when text that could not be read holds a word that could do great harm.
fn holds_grave_word(text: &str) -> bool {
    const GRAVE: &[&str] = &[
        "rm",
        "dd",
        "mkfs",
        "shred",
        "wipefs",
        "fdisk",
        "sfdisk",
        "parted",
        "mkswap",
        "blkdiscard",
        "sgdisk",
        "cryptsetup",
        "dropdb",
        "diskutil",
        "sudo",
        "doas",
        "eval",
    ];
    let grave = text
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'))
        .any(|word| GRAVE.contains(&word) || word.starts_with("mkfs"));
    grave || text.contains("/dev/sd") || text.contains("/etc/passwd")
}
