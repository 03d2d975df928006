//! One request: words in, a command out, reviewed and run, or printed.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Read};
use std::os::fd::AsFd;
use std::path::PathBuf;

use clap::ArgMatches;
use serde_json::{Value, json};

use super::{KEPT_WORDS, print, setup, ui};
use crate::assistant::{Assistant, Candidate, Suggestion};
use crate::config::Config;
use crate::engine::Identity;
use crate::error::{Exit, Failure};
use crate::exec::{self, Output};
use crate::prompt::{Ask, Style};
use crate::safety::{Approved, Level, Report, look};
use crate::shell::{Shell, UserShell};
use crate::term::text::{Lines, visible};
use crate::term::{Ended, Judge, Round, Ui, whole_answer};

/// The most bytes of piped text that a model is given; the middle of a longer one is left out.
const MOST_PIPED: usize = 4000;

/// How the command is handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Delivery {
    /// Shown, reviewed and run.
    Review,
    /// The command alone on standard output, whatever its level.
    Print,
    /// The same in a bare pipe: danger and critical are held back.
    Pipe,
    /// Run without asking, if the policy lets Enter run it.
    Run,
    /// One JSON object on standard output.
    Json,
}

/// Answers one request and returns the exit status. Behind `--` (`escaped`) everything is a request.
pub fn run(matches: &ArgMatches, config: &Config, escaped: bool) -> Result<u8, Failure> {
    let ui = ui(config);
    let request = request_of(matches, escaped)?;
    let flags = (matches.get_flag("json"), matches.get_flag("print"), matches.get_flag("yes"));
    let delivery = match flags {
        (true, _, _) => Delivery::Json,
        (false, true, _) => Delivery::Print,
        (false, false, true) => Delivery::Run,
        (false, false, false) if ui.can_ask() => Delivery::Review,
        (false, false, false) => Delivery::Pipe,
    };
    let one = OneRequest { matches, config, ui, delivery };
    match (one.answer(&request), delivery) {
        (Err(failure), Delivery::Json) => {
            ui.error(&failure.message, failure.hint.as_deref());
            print(&line(&failed_json(&request, config, &failure)))?;
            Ok(failure.exit.code())
        }
        (outcome, _) => outcome,
    }
}

fn request_of(matches: &ArgMatches, escaped: bool) -> Result<String, Failure> {
    let words: Vec<&str> = matches.get_many::<String>("request").into_iter().flatten().map(String::as_str).collect();
    let request = words.join(" ").trim().to_owned();
    if request.is_empty() {
        return Err(Failure::usage("what should the command do?")
            .hint("say it in words: `caro find big pdfs`; `caro --help` tells more"));
    }
    match words.first().filter(|_| !escaped) {
        Some(word) if KEPT_WORDS.contains(word) => {
            Err(Failure::usage(format!("`{word}` is kept for a command that this version does not have yet"))
                .hint(format!("to ask this in words: `caro -- {}`", Shell::Bash.join(&words))))
        }
        _ => Ok(request),
    }
}

struct OneRequest<'a> {
    matches: &'a ArgMatches,
    config: &'a Config,
    ui: Ui,
    delivery: Delivery,
}

impl OneRequest<'_> {
    fn answer(&self, request: &str) -> Result<u8, Failure> {
        let shell = setup::shell(self.config);
        let assistant = setup::assistant(self.config, &shell)?;
        let ask = Ask {
            request: request.to_owned(),
            piped: self.piped(assistant.engine().style),
            alternatives: self.alternatives(),
            ..Ask::default()
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Failure::new(Exit::Failure, format!("can't start: {error}")))?;
        runtime.block_on(async {
            match self.delivery {
                Delivery::Review => self.reviewed(assistant, ask, &shell).await,
                _ => self.handed_over(assistant, ask, &shell).await,
            }
        })
    }

    /// The text piped in, for a model that can use it. Standard input is not touched otherwise: it
    /// may belong to a loop around caro.
    fn piped(&self, style: Style) -> Option<String> {
        let stdin = io::stdin();
        if stdin.is_terminal() {
            return None;
        }
        if style == Style::Masked {
            if holds_text(&stdin) {
                self.note("the built-in model does not read piped text; a larger one does (`--model PATH`)");
            }
            return None;
        }
        let mut bytes = Vec::new();
        // What can't be read is as good as nothing piped in.
        let _ = stdin.lock().read_to_end(&mut bytes);
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim();
        let (shortened, left_out) = without_middle(text, MOST_PIPED);
        if left_out > 0 {
            self.note(&format!("the piped text is long: {left_out} bytes in its middle are left out"));
        }
        (!text.is_empty()).then_some(shortened)
    }

    /// How many commands are wanted beside the best: `--alternatives`.
    fn alternatives(&self) -> usize {
        self.matches.get_one::<u8>("alternatives").map_or(0, |count| usize::from(*count))
    }

    fn note(&self, note: &str) {
        if !self.matches.get_flag("quiet") {
            self.ui.note(&format!("caro: {note}"));
        }
    }

    async fn handed_over(&self, assistant: Assistant, ask: Ask, shell: &UserShell) -> Result<u8, Failure> {
        let mut suggestion = whole_answer(&assistant, ask).await?;
        suggestion.alternatives.truncate(self.alternatives());
        // What is printed whatever its level needs no look at the disk.
        if self.delivery != Delivery::Print {
            suggestion.best.report = look(suggestion.best.report, &setup::facts(self.config));
        }
        let engine = assistant.engine();
        self.say_timing(&engine, &suggestion);
        // The engine is idle. Where the process ends now, the system takes the model back faster than we do; a
        // command that runs may need the memory.
        let runs = self.matches.get_flag("yes") && self.delivery != Delivery::Print;
        if runs {
            drop(assistant)
        } else {
            std::mem::forget(assistant)
        }
        let report = &suggestion.best.report;
        match self.delivery {
            Delivery::Json => self.as_json(&suggestion, shell, &engine, runs),
            Delivery::Run => {
                let approved = self.approved(&suggestion)?;
                self.ui.running(approved.command());
                Ok(exec::run(&approved, shell, Output::Inherited)?.code)
            }
            Delivery::Pipe if report.level >= Level::Danger => {
                Err(held_back(report, "print it all the same with `--print`"))
            }
            Delivery::Print | Delivery::Pipe | Delivery::Review => {
                let shown = if io::stdout().is_terminal() {
                    visible(&suggestion.best.command, Lines::Many)
                } else {
                    (&suggestion.best.command).into()
                };
                print(&format!("{shown}\n"))?;
                self.say_guess(&suggestion.best);
                for other in &suggestion.alternatives {
                    self.note(&format!("or: {}", other.command));
                }
                Ok(Exit::Success.code())
            }
        }
    }

    /// Says on standard error that what was printed is a guess, and what speaks against it.
    fn say_guess(&self, candidate: &Candidate) {
        let faults: Vec<String> = candidate.faults.iter().map(ToString::to_string).collect();
        if candidate.guess {
            let faults = if faults.is_empty() { String::new() } else { format!(" ({})", faults.join(", ")) };
            self.note(&format!("a guess{faults}; a larger model knows more (`--model PATH`)"));
        } else if !faults.is_empty() {
            self.note(&faults.join(", "));
        }
    }

    /// The command with the leave to run it that `-y` and the policy give.
    fn approved(&self, suggestion: &Suggestion) -> Result<Approved, Failure> {
        Approved::by_policy(&suggestion.best.command, &suggestion.best.report, self.config.policy()).ok_or_else(|| {
            held_back(&suggestion.best.report, "leave `-y` out and confirm it, or print it with `--print`")
        })
    }

    fn as_json(
        &self,
        suggestion: &Suggestion,
        shell: &UserShell,
        engine: &Identity,
        runs: bool,
    ) -> Result<u8, Failure> {
        let mut json = suggestion_json(suggestion, shell, engine);
        let mut exit =
            if suggestion.best.report.level >= Level::Danger { Exit::HeldBack } else { Exit::Success }.code();
        if runs {
            match self.approved(suggestion).and_then(|approved| exec::run(&approved, shell, Output::ToStderr)) {
                Ok(outcome) => {
                    (json["ran"], json["exit_code"]) = (true.into(), outcome.code.into());
                    exit = outcome.code;
                }
                Err(failure) => {
                    json["error"] = error_json(&failure);
                    exit = failure.exit.code();
                }
            }
        }
        print(&line(&json))?;
        Ok(exit)
    }

    async fn reviewed(&self, assistant: Assistant, ask: Ask, shell: &UserShell) -> Result<u8, Failure> {
        let facts = setup::facts(self.config);
        let log = setup::run_log(self.config);
        let prefill = std::env::var_os("CARO_PREFILL").filter(|path| !path.is_empty()).map(PathBuf::from);
        let mut round = Round {
            ui: self.ui,
            assistant: &assistant,
            judge: Judge { policy: self.config.policy(), shell: shell.shell, facts: &facts },
            shell,
            place: None,
            log: log.as_ref(),
            errors: setup::errors(self.config),
            edit_mode: self.config.edit_mode(),
            prefill: prefill.as_deref(),
            quiet: self.matches.get_flag("quiet"),
            on_answer: &|engine, suggestion| self.say_timing(engine, suggestion),
            turns: Vec::new(),
        };
        match round.run(ask).await {
            Ended::Ran(code) => Ok(code),
            Ended::Copied | Ended::Inserted | Ended::Skipped => Ok(Exit::Success.code()),
            Ended::Stopped | Ended::Gone => Ok(Exit::Cancelled.code()),
            Ended::Failed(failure) => Err(failure),
        }
    }

    fn say_timing(&self, engine: &Identity, suggestion: &Suggestion) {
        if self.matches.get_count("verbose") == 0 {
            return;
        }
        self.ui.note(&timing_words(engine, suggestion));
    }
}

/// Who answered and how long the parts took.
pub fn timing_words(engine: &Identity, suggestion: &Suggestion) -> String {
    let (timing, usage) = (suggestion.timing, suggestion.usage);
    let mut words = format!(
        "{} ({}): load {:.0?}, first token {:.0?}, total {:.0?}",
        engine.model, engine.backend, timing.load, timing.first_token, timing.total
    );
    if usage.prompt_tokens > 0 {
        let _ = write!(
            words,
            "; {} prompt tokens ({} cached), {} reply tokens",
            usage.prompt_tokens, usage.cached_tokens, usage.reply_tokens
        );
    }
    words
}

/// Whether something that holds text is connected: a file that is not empty, or a pipe with bytes
/// in it. Nothing is read.
fn holds_text(stdin: &io::Stdin) -> bool {
    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
    use nix::sys::stat::{SFlag, fstat};
    let Ok(stat) = fstat(stdin) else { return false };
    match SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT {
        SFlag::S_IFREG => stat.st_size > 0,
        SFlag::S_IFIFO => {
            let mut descriptors = [PollFd::new(stdin.as_fd(), PollFlags::POLLIN)];
            poll(&mut descriptors, PollTimeout::ZERO).is_ok()
                && descriptors[0].revents().is_some_and(|events| events.contains(PollFlags::POLLIN))
        }
        _ => false,
    }
}

/// Cuts the middle out of a text of over `most` bytes; returns how many bytes were left out.
fn without_middle(text: &str, most: usize) -> (String, usize) {
    if text.len() <= most {
        return (text.to_owned(), 0);
    }
    let head_end = (0..=most / 2).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let tail_start = (text.len() - most / 2..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
    (format!("{}\n[…]\n{}", &text[..head_end], &text[tail_start..]), tail_start - head_end)
}

fn line(json: &Value) -> String {
    format!("{json}\n")
}

fn suggestion_json(suggestion: &Suggestion, shell: &UserShell, engine: &Identity) -> Value {
    let milliseconds = |duration: std::time::Duration| (duration.as_secs_f64() * 1e5).round() / 100.0;
    json!({
        "schema_version": 1,
        "request": suggestion.request,
        "command": suggestion.best.command,
        "shell": shell.shell.name(),
        "report": suggestion.best.report,
        "alternatives": suggestion.alternatives.iter().map(candidate_json).collect::<Vec<_>>(),
        "engine": { "backend": engine.backend, "model": engine.model },
        "timing_ms": {
            "load": milliseconds(suggestion.timing.load),
            "first_token": milliseconds(suggestion.timing.first_token),
            "total": milliseconds(suggestion.timing.total),
        },
        "confidence": suggestion.best.confidence,
        "ran": false,
        "exit_code": null,
        "error": null,
    })
}

fn candidate_json(candidate: &Candidate) -> Value {
    json!({ "command": candidate.command, "report": candidate.report, "confidence": candidate.confidence })
}

fn failed_json(request: &str, config: &Config, failure: &Failure) -> Value {
    json!({
        "schema_version": 1,
        "request": request,
        "command": null,
        "shell": setup::shell(config).shell.name(),
        "report": null,
        "alternatives": [],
        "engine": null,
        "timing_ms": null,
        "confidence": null,
        "ran": false,
        "exit_code": null,
        "error": error_json(failure),
    })
}

fn error_json(failure: &Failure) -> Value {
    json!({ "code": failure.exit.word(), "message": failure.message, "hint": failure.hint })
}

/// Says why nothing is run or printed.
fn held_back(report: &Report, hint: &str) -> Failure {
    let reason = report.findings.first().map_or("", |finding| finding.reason.as_str());
    Failure::new(Exit::HeldBack, format!("held back: {}: {reason}", report.level.word())).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_keeps_both_ends() {
        assert_eq!(without_middle("short", 10), ("short".to_owned(), 0));
        let text = format!("{}é{}", "a".repeat(49), "b".repeat(100));
        let (cut, left_out) = without_middle(&text, 100);
        assert!(cut.starts_with(&"a".repeat(49)) && cut.ends_with(&"b".repeat(50)), "{cut}");
        assert_eq!(left_out, text.len() - 49 - 50);
    }
}
