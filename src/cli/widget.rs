//! `caro widget`: what the shells' Ctrl-G calls. It draws in the line being edited and prints the command that is to stand there.
//!
//! The request comes by environment, never as an argument, which others could read. Standard output: the command, and behind
//! a unit separator (`\x1f`) one line for the user. Exit 0 with nothing: cancelled, the line stays. Another exit: the line
//! stays, and what was printed says why.

use std::io::IsTerminal;

use clap::{ArgMatches, Command};

use super::{print, setup, ui, variable};
use crate::assistant::explain::explain;
use crate::assistant::{Assistant, Candidate, Suggestion};
use crate::config::Config;
use crate::context::{Programs, is_command};
use crate::error::{Exit, Failure};
use crate::manual::Manual;
use crate::prompt::{Ask, Style};
use crate::safety::{Confirmation, check_with, look};
use crate::shell::Shell;
use crate::term::text::{Lines, visible};
use crate::term::widget::{Canvas, Drawn, Line};
use crate::term::{Manner, Ui, whole_answer};

/// The subcommand's arguments; people do not call it.
pub fn command() -> Command {
    Command::new("widget").hide(true).about("Rewrites the line a shell is editing; the shell integration calls it").arg(
        clap::Arg::new("for")
            .long("shell")
            .value_name("SHELL")
            .required(true)
            .value_parser(["bash", "zsh", "fish"])
            .help("The shell that calls"),
    )
}

/// Between commands that were offered before.
const RECORD: char = '\u{1e}';

/// Before the note.
const UNIT: char = '\u{1f}';

/// Answers the line in the environment.
pub fn run(matches: &ArgMatches, config: &Config) -> Result<u8, Failure> {
    let outcome = answer(matches, config);
    match outcome {
        Ok(None) => Ok(Exit::Success.code()),
        Ok(Some((command, note))) => {
            let note = if note.is_empty() { String::new() } else { format!("{UNIT}{note}") };
            print(&format!("{}{note}", placeable(&command)))?;
            Ok(Exit::Success.code())
        }
        Err(failure) => {
            let hint = failure.hint.as_deref().map(|hint| format!(" ({hint})")).unwrap_or_default();
            print(&visible(&format!("caro: {}{hint}", failure.message), Lines::One))?;
            // 130 would tell a shell that its own function was interrupted.
            Ok(if failure.exit == Exit::Cancelled { Exit::Failure } else { failure.exit }.code())
        }
    }
}

/// The command for the line and a note, or nothing when it was cancelled.
fn answer(matches: &ArgMatches, config: &Config) -> Result<Option<(String, String)>, Failure> {
    let named = matches.get_one::<String>("for").and_then(|name| name.parse::<Shell>().ok());
    let mut shell = setup::shell(config);
    if let Some(named) = named {
        shell.shell = named;
    }
    let ui = ui(config);
    let line = Line {
        shown: variable("CARO_SHOWN").or_else(|| variable("CARO_LINE")).unwrap_or_default(),
        left: (named != Some(Shell::Bash)).then(|| variable("CARO_LEFT").unwrap_or_default()),
        prompt: variable("CARO_PROMPT").unwrap_or_default(),
    };
    if variable("CARO_SEEN").is_none_or(|seen| seen.is_empty())
        && is_command(&line.shown, shell.shell, &Programs::on_path())
    {
        return explained(ui, line, shell.shell, config);
    }
    let assistant = setup::assistant(config, &shell)?;
    let Some(ask) = ask_of(&assistant) else { return Ok(None) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new(Exit::Failure, format!("can't start: {error}")))?;
    let policy = config.policy();
    let facts = setup::facts(config);
    runtime.block_on(async {
        let canvas = (ui.manner == Manner::Live && !std::io::stdout().is_terminal())
            .then(|| Canvas::open(ui, line).ok())
            .flatten();
        let Some(mut canvas) = canvas else {
            let suggestion = whole_answer(&assistant, ask).await?;
            return place(suggestion, |level| policy.confirmation(level) <= Confirmation::Yes);
        };
        let name = assistant.engine().model;
        let mut answer = assistant.ask(ask);
        let mut suggestion = match canvas.watch(&name, &mut answer).await {
            Drawn::Suggestion(suggestion) => *suggestion,
            Drawn::Failed(error) => return Err(error.into()),
            Drawn::Cancelled => return Ok(None),
        };
        drop(answer);
        suggestion.best.report = look(suggestion.best.report, &facts);
        match policy.confirmation(suggestion.best.report.level) {
            Confirmation::Word => {
                let placed = canvas.confirm(&suggestion).await;
                if placed { place(suggestion, |_| true) } else { Ok(None) }
            }
            Confirmation::Enter | Confirmation::Yes | Confirmation::Never => {
                place(suggestion, |level| policy.confirmation(level) <= Confirmation::Yes)
            }
        }
    })
}

/// Explains a line that is a command already; the line stays.
fn explained(ui: Ui, line: Line, shell: Shell, config: &Config) -> Result<Option<(String, String)>, Failure> {
    let parts = explain(&line.shown, shell, &mut Manual::default());
    let report = check_with(&line.shown, shell, &setup::facts(config));
    let rows = format!("{}{}", ui.explanation(&parts), ui.verdict_rows(&report));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new(Exit::Failure, format!("can't start: {error}")))?;
    runtime.block_on(async {
        if let (Manner::Live, Ok(mut canvas)) = (ui.manner, Canvas::open(ui, line)) {
            canvas.show_below(&rows).await;
        }
    });
    Ok(None)
}

/// What is asked: the words on the line, or on an empty one a command that works in place of the one that failed.
fn ask_of(assistant: &Assistant) -> Option<Ask> {
    let words = variable("CARO_LINE").unwrap_or_default();
    let words = words.trim();
    if !words.is_empty() {
        let seen = variable("CARO_SEEN").unwrap_or_default();
        let avoid = seen.split(RECORD).filter(|command| !command.is_empty()).map(str::to_owned).collect();
        return Some(Ask { request: words.to_owned(), avoid, ..Ask::default() });
    }
    let status: u8 = variable("CARO_STATUS")?.parse().ok().filter(|status| *status != 0)?;
    let last = variable("CARO_LAST").filter(|last| !last.trim().is_empty())?;
    // The built-in model knows only requests; a command without one means nothing to it.
    (assistant.engine().style == Style::Chat).then(|| {
        let ask = Ask { request: String::new(), ..Ask::default() };
        let mut fix = assistant.fixing(&ask, &last, status, None);
        fix.turns.push(crate::prompt::Turn { request: "run this".to_owned(), command: last });
        fix
    })
}

/// What goes on the line, with a note where one is due.
fn place(
    suggestion: Suggestion,
    may: impl Fn(crate::safety::Level) -> bool,
) -> Result<Option<(String, String)>, Failure> {
    let Candidate { command, report, faults, guess, .. } = suggestion.best;
    let reason = report.findings.first().map(|finding| format!("{}: {}", report.level.word(), finding.reason));
    if !may(report.level) {
        let reason = reason.unwrap_or_default();
        return Err(Failure::new(Exit::HeldBack, format!("{reason}; not put on the line: {command}")));
    }
    let mut notes: Vec<String> = reason.into_iter().collect();
    if guess || !faults.is_empty() {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        let doubt = if guess { "a guess; press again for another" } else { "doubtful" };
        notes.push([vec![doubt.to_owned()], faults].concat().join(", "));
    }
    Ok(Some((command, visible(&notes.join(" · "), Lines::One).into_owned())))
}

/// A command without what a line must not hold: control characters but newline and tab.
fn placeable(command: &str) -> String {
    command.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}
