//! `caro check`: the safety judge alone, for scripts, hooks and other agents.

use std::fmt::Write as _;
use std::io::Read;
use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use serde_json::{Value, json};

use super::{print, setup};
use crate::config::Config;
use crate::error::{Exit, Failure};
use crate::safety::{self, Facts, Level, Report};
use crate::shell::Shell;
use crate::term::text::{Lines, visible};

/// The subcommand's arguments.
pub fn command() -> Command {
    let levels = PossibleValuesParser::new(["caution", "danger", "critical"]);
    let shells = PossibleValuesParser::new(["bash", "zsh", "fish"]);
    let switch = |id: &'static str| Arg::new(id).long(id).action(ArgAction::SetTrue);
    Command::new("check")
        .about("Say how dangerous a command is, without running it")
        .after_help(
            "Levels: safe (only reads, or makes something new), caution (deserves a look), danger (data lost, secrets\n\
             or privileges given away, foreign code run), critical (system, disk or home destroyed).\n\
             Ends with 0 below the level of --fail-on, with 3 at or above it (the worst of all inputs), with 2 when the\n\
             input can't be read. The judge is a guard against mistakes, not a sandbox.",
        )
        .arg(Arg::new("command").value_name("COMMAND").num_args(0..).help("The command, as one quoted argument"))
        .arg(switch("stdin").conflicts_with("command").help("Judge standard input, one command a line"))
        .arg(
            Arg::new("null")
                .short('0')
                .long("null")
                .action(ArgAction::SetTrue)
                .requires("stdin")
                .help("Commands on standard input end with NUL, so they may hold newlines"),
        )
        .arg(
            Arg::new("script")
                .long("script")
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .conflicts_with_all(["command", "stdin"])
                .help("Judge a whole script; findings have line numbers"),
        )
        .arg(Arg::new("shell").long("shell").value_name("SHELL").value_parser(shells).help("Whose language it is [default: yours]"))
        .arg(
            Arg::new("fail-on")
                .long("fail-on")
                .value_name("LEVEL")
                .value_parser(levels)
                .default_value("danger")
                .help("End with 3 from this level on"),
        )
        .arg(switch("explain").help("Also show the commands as they were judged, unwrapped and expanded"))
        .arg(switch("json").help("Print one JSON object for each command"))
}

/// Judges what was given and returns the exit status.
pub fn run(matches: &ArgMatches, config: &Config) -> Result<u8, Failure> {
    let shell = match matches.get_one::<String>("shell") {
        Some(name) => name.parse().map_err(Failure::usage)?,
        None => setup::shell(config).shell,
    };
    let check = Check { matches, shell, facts: setup::facts(config) };
    let worst = if let Some(path) = matches.get_one::<PathBuf>("script") {
        check.script(path)?
    } else if matches.get_flag("stdin") {
        check.stdin()?
    } else {
        check.argument()?
    };
    let limit = matches.get_one::<String>("fail-on").and_then(|word| word.parse().ok()).unwrap_or(Level::Danger);
    Ok(if worst >= limit { Exit::HeldBack } else { Exit::Success }.code())
}

/// The hint for a command given as several words.
pub fn quote_it(words: &[impl AsRef<str>]) -> String {
    let words = words.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(" ");
    format!(
        "quote it: `caro check {}`; or ask for a command in words: `caro -- check {words}`",
        Shell::Bash.quote(&words)
    )
}

struct Check<'a> {
    matches: &'a ArgMatches,
    shell: Shell,
    facts: Facts,
}

impl Check<'_> {
    fn argument(&self) -> Result<Level, Failure> {
        let words: Vec<&str> =
            self.matches.get_many::<String>("command").into_iter().flatten().map(String::as_str).collect();
        match words[..] {
            [] => Err(Failure::usage("which command?")
                .hint("give it as one argument: `caro check 'rm -r build'`, or use `--stdin`")),
            [command] => self.judge(command, Place::Alone),
            _ => Err(Failure::usage("the command must be one argument").hint(quote_it(&words))),
        }
    }

    fn stdin(&self) -> Result<Level, Failure> {
        let mut bytes = Vec::new();
        std::io::stdin()
            .lock()
            .read_to_end(&mut bytes)
            .map_err(|error| Failure::usage(format!("can't read standard input: {error}")))?;
        let text = String::from_utf8_lossy(&bytes);
        let end = if self.matches.get_flag("null") { '\0' } else { '\n' };
        let text = text.strip_suffix(end).unwrap_or(&text);
        let mut worst = Level::Safe;
        if !text.is_empty() {
            for (index, command) in text.split(end).enumerate() {
                worst = worst.max(self.judge(command, Place::Number(index + 1))?);
            }
        }
        Ok(worst)
    }

    fn script(&self, path: &std::path::Path) -> Result<Level, Failure> {
        let bytes =
            std::fs::read(path).map_err(|error| Failure::usage(format!("can't read {}: {error}", path.display())))?;
        self.judge(&String::from_utf8_lossy(&bytes), Place::Script(&path.display().to_string()))
    }

    fn judge(&self, command: &str, place: Place<'_>) -> Result<Level, Failure> {
        let explanation = safety::explain(command, self.shell, &self.facts);
        let report = &explanation.report;
        if self.matches.get_flag("json") {
            let mut object = as_json(command, report);
            if self.matches.get_flag("explain") {
                object["steps"] = explanation.steps.iter().map(|step| json!({ "span": [step.span.start, step.span.end], "argv": step.argv, "root": step.root })).collect();
            }
            print(&format!("{object}\n"))?;
        } else {
            let mut text = as_text(command, report, place);
            if self.matches.get_flag("explain") {
                for step in &explanation.steps {
                    let root = if step.root { " (as root)" } else { "" };
                    let _ = writeln!(text, "  judged: {}{root}", visible(&Shell::Bash.join(&step.argv), Lines::One));
                }
                if let Some(first) = report.findings.first() {
                    let _ = writeln!(text, "  decided by: {}", first.rule);
                }
            }
            print(&text)?;
        }
        Ok(report.level)
    }
}

/// Where a command came from.
#[derive(Clone, Copy)]
enum Place<'a> {
    Alone,
    /// Counted from 1 on standard input.
    Number(usize),
    /// The whole of this file.
    Script(&'a str),
}

fn as_json(command: &str, report: &Report) -> Value {
    json!({ "command": command, "level": report.level, "findings": report.findings, "complete": report.complete })
}

/// The verdict, then each finding with the text it is about.
fn as_text(command: &str, report: &Report, place: Place<'_>) -> String {
    let mut text = match place {
        Place::Alone => format!("{}\n", report.level.word()),
        Place::Number(number) => format!("{number}: {}: {}\n", report.level.word(), visible(command, Lines::One)),
        Place::Script(name) => format!("{name}: {}\n", report.level.word()),
    };
    for finding in &report.findings {
        let line = match place {
            Place::Script(_) => format!("line {}: ", command[..finding.span.start].matches('\n').count() + 1),
            Place::Alone | Place::Number(_) => String::new(),
        };
        let part = visible(command[finding.span.clone()].trim_end(), Lines::One);
        let _ = writeln!(
            text,
            "  {line}{} · {} · `{part}` ({})",
            finding.level.word(),
            visible(&finding.reason, Lines::One),
            finding.rule
        );
        if let Some(hint) = &finding.hint {
            let _ = writeln!(text, "    safer: {}", visible(hint, Lines::One));
        }
    }
    if !report.complete && report.findings.is_empty() {
        text.push_str("  not understood in full\n");
    }
    text
}
