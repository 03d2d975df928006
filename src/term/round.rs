//! One round: from a request to what became of its command.
//!
//! Ask, watch it grow, review, run, and after a failure go on from there. The one-shot is one round; a session is a row of
//! them in one place, each knowing the turns before it.

use std::io;
use std::path::Path;

use nu_ansi_term::Style;

use super::bar::{self, Offer};
use super::keys::{Key, Keys};
use super::line::EditMode;
use super::review::{Abilities, Decision, Judge, Review, read_line};
use super::stream::{Watched, watch};
use super::text::{Lines, visible, wrap};
use super::{Manner, RawMode, Ui, width};
use crate::assistant::explain::{Part, explain};
use crate::assistant::{Assistant, Step, Suggestion, Words};
use crate::engine::Identity;
use crate::error::{Exit, Failure};
use crate::exec::run_log::{Entry, RunLog};
use crate::exec::{self, Errors, Outcome, Place};
use crate::manual::Manual;
use crate::prompt::follow_up::is_follow_up;
use crate::prompt::{Ask, Style as ModelStyle, Turn};
use crate::safety::Approved;
use crate::shell::UserShell;

/// How a round ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// The command ran and ended with this status.
    Ran(u8),
    Copied,
    Inserted,
    Skipped,
    /// The user stopped the answer.
    Stopped,
    Failed(Failure),
    /// The terminal is gone, or the process is told to end.
    Gone,
}

/// What a round needs; it lives as long as the session.
pub struct Round<'a> {
    pub ui: Ui,
    pub assistant: &'a Assistant,
    pub judge: Judge<'a>,
    pub shell: &'a UserShell,
    /// Where commands run, when `cd` and `export` are to last.
    pub place: Option<&'a mut Place>,
    pub log: Option<&'a RunLog>,
    pub errors: Errors,
    pub edit_mode: EditMode,
    /// A file whose content the user's shell puts on its next prompt.
    pub prefill: Option<&'a Path>,
    /// Whether the user wants to hear of nothing but errors.
    pub quiet: bool,
    /// Told after each answer, for whoever wants to know how long things took.
    pub on_answer: &'a dyn Fn(&Identity, &Suggestion),
    /// What was asked and suggested before, oldest first; grows with the round.
    pub turns: Vec<Turn>,
}

/// What comes after a command that ran.
enum After {
    GoOn,
    Fix(Ask),
}

impl Round<'_> {
    /// Goes from `ask` to an end. Its `turns` are those of the round.
    pub async fn run(&mut self, mut ask: Ask) -> Ended {
        loop {
            ask.turns = self.turns.clone();
            let suggestion = match self.answer(ask.clone()).await {
                Ok(suggestion) => *suggestion,
                Err(ended) => return ended,
            };
            let request = suggestion.request.clone();
            if !self.quiet && self.ui.manner == Manner::Live && !ask.turns.is_empty() && is_follow_up(&request) {
                self.say_what_it_follows(&ask);
            }
            let abilities = Abilities { ask: true, insert: self.prefill.is_some() };
            let ui = self.ui;
            let mut review = Review::of_suggestion(&ui, self.judge, abilities, self.edit_mode, suggestion);
            match self.decide(&mut review, &ask).await {
                Ok(Next::Ask(next)) => ask = next,
                Ok(Next::End(ended)) => {
                    self.remember(&request, review.command());
                    return ended;
                }
                Err(error) => return failed(error),
            }
        }
    }

    /// Reviews a command that the user typed; `run_if_safe` runs it without asking where Enter would.
    pub async fn review_typed(&mut self, command: &str, run_if_safe: bool) -> Ended {
        let ask = Ask::default();
        let report = self.judge.judge(command);
        if run_if_safe && let Some(approved) = Approved::by_policy(command, &report, self.judge.policy) {
            let ended = match self.execute(&approved, "", false) {
                Ok(outcome) => match self.after(&approved, &ask, &outcome).await {
                    Ok(After::GoOn) => Ended::Ran(outcome.code),
                    Ok(After::Fix(next)) => Box::pin(self.run(next)).await,
                    Err(error) => failed(error),
                },
                Err(failure) => Ended::Failed(failure),
            };
            return ended;
        }
        let abilities = Abilities { ask: false, insert: self.prefill.is_some() };
        let suggestion = Suggestion::by_hand(self.assistant.inspect(command));
        self.review_suggestion(suggestion, abilities).await
    }

    /// Reviews a suggestion that was made elsewhere, and shows its command first.
    pub async fn review_made(&mut self, suggestion: Suggestion) -> Ended {
        let abilities = Abilities { ask: true, insert: self.prefill.is_some() };
        self.review_suggestion(suggestion, abilities).await
    }

    async fn review_suggestion(&mut self, suggestion: Suggestion, abilities: Abilities) -> Ended {
        let request = suggestion.request.clone();
        let ask = Ask { request: request.clone(), turns: self.turns.clone(), ..Ask::default() };
        let ui = self.ui;
        let mut review = Review::of_suggestion(&ui, self.judge, abilities, self.edit_mode, suggestion);
        if ui.manner == Manner::Live {
            review.show_command();
        }
        match self.decide(&mut review, &ask).await {
            Ok(Next::Ask(next)) => Box::pin(self.run(next)).await,
            Ok(Next::End(ended)) => {
                if !request.is_empty() {
                    self.remember(&request, review.command());
                }
                ended
            }
            Err(error) => failed(error),
        }
    }

    /// Explains `command`: by its parts, then in the words of a model that can.
    pub async fn explain(&mut self, command: &str) -> io::Result<()> {
        let parts = explain(command, self.shell.shell, &mut Manual::default());
        self.ui.say(&self.ui.explanation(&parts));
        if let Some(words) = self.assistant.explain(command) {
            self.stream_words(words).await?;
        }
        Ok(())
    }

    async fn answer(&self, ask: Ask) -> Result<Box<Suggestion>, Ended> {
        let before = ask.turns.last().filter(|_| ask.revises || is_follow_up(&ask.request));
        let before = before.map(|turn| turn.command.clone());
        let mut answer = self.assistant.ask(ask);
        let name = self.assistant.engine().model;
        match watch(&self.ui, &name, before.as_deref(), &mut answer).await {
            Watched::Suggestion(suggestion) => {
                (self.on_answer)(&self.assistant.engine(), &suggestion);
                Ok(suggestion)
            }
            Watched::Failed(error) => Err(Ended::Failed(error.into())),
            Watched::Stopped => {
                self.ui.note("  stopped");
                Err(Ended::Stopped)
            }
            Watched::Gone => Err(Ended::Gone),
        }
    }

    fn say_what_it_follows(&self, ask: &Ask) {
        if let Some(turn) = ask.turns.last() {
            let mark = self.ui.glyph("↳", "->");
            let words = format!("{mark} follows \"{}\" {} /new forgets it", turn.request, self.ui.glyph("·", "-"));
            for line in wrap(&visible(&words, Lines::One), width() - 2) {
                self.ui.say(&format!("  {}\n", self.ui.paint(Style::new().dimmed(), &line)));
            }
        }
    }

    async fn decide(&mut self, review: &mut Review<'_>, ask: &Ask) -> io::Result<Next> {
        loop {
            let ended = match review.decide().await? {
                Decision::Run(approved) => match self.execute(&approved, &ask.request, review.is_edited()) {
                    Ok(outcome) => match self.after(&approved, ask, &outcome).await? {
                        After::Fix(next) => {
                            self.remember(&ask.request, review.command());
                            return Ok(Next::Ask(next));
                        }
                        After::GoOn => Ended::Ran(outcome.code),
                    },
                    Err(failure) => Ended::Failed(failure),
                },
                Decision::Revise(words) => {
                    self.remember(&ask.request, review.command());
                    return Ok(Next::Ask(Ask { request: words, revises: true, ..Ask::default() }));
                }
                Decision::More => {
                    self.another(review, ask).await;
                    continue;
                }
                Decision::Explain => {
                    self.explain(review.command()).await?;
                    continue;
                }
                Decision::Insert => match self.insert(review.command()) {
                    Ok(()) => Ended::Inserted,
                    Err(error) => return Err(error),
                },
                Decision::Copied => Ended::Copied,
                Decision::Skipped => Ended::Skipped,
                Decision::Gone => Ended::Gone,
            };
            return Ok(Next::End(ended));
        }
    }

    /// Asks for a command that was not offered yet.
    async fn another(&self, review: &mut Review<'_>, ask: &Ask) {
        let again = Ask { avoid: review.offered(), ..ask.clone() };
        match self.answer(again).await {
            Ok(suggestion) => review.add(suggestion.best),
            Err(Ended::Failed(failure)) => self.ui.note(&format!("  {}", failure.message)),
            Err(_) => {}
        }
    }

    fn insert(&self, command: &str) -> io::Result<()> {
        match self.prefill {
            Some(path) => std::fs::write(path, command),
            None => Ok(()),
        }
    }

    fn execute(&mut self, approved: &Approved, request: &str, edited: bool) -> Result<Outcome, Failure> {
        self.ui.running(approved.command());
        let outcome = match &mut self.place {
            Some(place) => exec::run_in(approved, self.shell, place, self.errors)?,
            None => exec::run(approved, self.shell, exec::Output::Inherited)?,
        };
        if let Some(log) = self.log {
            let entry = Entry::ended_now(request, approved.command(), edited, outcome.code, outcome.elapsed);
            if let Err(error) = log.append(&entry) {
                self.ui.note(&format!("caro: can't write {}: {error}", log.path().display()));
            }
        }
        Ok(outcome)
    }

    fn tell_end(&self, outcome: &Outcome) {
        if !self.quiet {
            self.ui.ended(outcome);
        }
        if let Some(folder) = &outcome.moved_to {
            self.ui.note(&format!("  now in {}", folder.display()));
        }
    }

    /// Says how the command ended; after a failure asks whether to mend it, explain it, or go on.
    async fn after(&mut self, approved: &Approved, ask: &Ask, outcome: &Outcome) -> io::Result<After> {
        // Who stopped it knows why; who wants to hear nothing is not asked.
        if outcome.code == 0 || outcome.signal() == Some("SIGINT") || self.quiet {
            self.tell_end(outcome);
            return Ok(After::GoOn);
        }
        let assistant = self.assistant;
        // Words that were never said can't be said again to the built-in model.
        let can_fix = !ask.request.is_empty() || assistant.engine().style == ModelStyle::Chat;
        let fix = || assistant.fixing(ask, approved.command(), outcome.code, outcome.last_errors.as_deref());
        if self.ui.manner == Manner::Plain {
            self.tell_end(outcome);
            loop {
                self.ui.say(if can_fix { "Type fix, explain or go on: " } else { "Type explain or go on: " });
                match read_line()?.as_deref() {
                    Some("fix") if can_fix => return Ok(After::Fix(fix())),
                    Some("explain") => self.explain(approved.command()).await?,
                    Some("go on" | "") | None => return Ok(After::GoOn),
                    Some(_) => self.ui.say("That is none of the words.\n"),
                }
            }
        }
        let lead = self.ui.ending(outcome);
        let go_on = Offer { key: self.ui.glyph("⏎", "Enter"), word: "go on", short: Some("on"), help: "leaves it" };
        let fixes = Offer { key: "f", word: "fix", short: Some("fix"), help: "asks for a command that works" };
        let explains = Offer { key: "x", word: "explain", short: Some("why"), help: "explains the command" };
        let offers: Vec<Offer> = can_fix.then_some(fixes).into_iter().chain([explains, go_on]).collect();
        self.ui.say(&format!("{lead}\n"));
        if let Some(folder) = &outcome.moved_to {
            self.ui.note(&format!("  now in {}", folder.display()));
        }
        loop {
            let row = |columns| bar::paint(&self.ui, "", &offers, columns);
            let key = bar::choose(&self.ui, row, |key| match key {
                Key::Char('f') => can_fix.then_some(key),
                Key::Char('x' | '?') | Key::Enter | Key::Stop => Some(key),
                _ => None,
            });
            match key.await? {
                Some(Key::Char('f')) => return Ok(After::Fix(fix())),
                Some(Key::Char('x')) => self.explain(approved.command()).await?,
                Some(Key::Char('?')) => self.ui.say(&bar::help(&self.ui, &offers)),
                _ => return Ok(After::GoOn),
            }
        }
    }

    /// Shows a model's words as they come, until they end or a key stops them.
    async fn stream_words(&self, mut words: Words) -> io::Result<()> {
        let raw = (self.ui.manner == Manner::Live).then(RawMode::new).transpose()?;
        let mut keys = raw.is_some().then(Keys::new);
        let newline = if raw.is_some() { "\r\n" } else { "\n" };
        self.ui.say("  ");
        loop {
            tokio::select! {
                piece = words.next() => match piece {
                    Some(Ok(text)) => {
                        let text = visible(&text, Lines::Many).replace('\n', &format!("{newline}  "));
                        self.ui.say(&self.ui.paint(Style::new().dimmed(), &text));
                    }
                    Some(Err(error)) => {
                        self.ui.say(&format!("{newline}  {}", visible(&error.to_string(), Lines::One)));
                        break;
                    }
                    None => break,
                },
                key = next_key(&mut keys) => if matches!(key, Key::Stop | Key::Gone) { break },
            }
        }
        self.ui.say(newline);
        Ok(())
    }

    fn remember(&mut self, request: &str, command: &str) {
        // A model forgets the beginning of a long talk anyway, and each turn costs time.
        const MOST_TURNS: usize = 8;
        self.turns.push(Turn { request: request.to_owned(), command: command.to_owned() });
        let surplus = self.turns.len().saturating_sub(MOST_TURNS);
        self.turns.drain(..surplus);
    }
}

/// What follows a review.
enum Next {
    Ask(Ask),
    End(Ended),
}

fn failed(error: io::Error) -> Ended {
    Ended::Failed(Failure::new(Exit::Failure, format!("the terminal failed: {error}")))
}

async fn next_key(keys: &mut Option<Keys>) -> Key {
    match keys {
        Some(keys) => keys.next().await,
        None => std::future::pending().await,
    }
}

impl Ui {
    /// Lays out an explanation: the parts of the command beside what they mean.
    pub fn explanation(&self, parts: &[Part]) -> String {
        let columns = width();
        let indent = |part: &Part| 2 + 2 * part.depth.min(6);
        let longest = parts.iter().map(|part| indent(part) + shown(&part.text).chars().count()).max().unwrap_or(0);
        let left = longest.min(columns / 2).min(32);
        let mut rows = String::new();
        for part in parts {
            let text = shown(&part.text);
            let length = indent(part) + text.chars().count();
            let room = columns.saturating_sub(left + 3).max(10);
            let mut lines = wrap(&visible(&part.meaning, Lines::One), room).into_iter();
            rows.push_str(&format!("{}{}", " ".repeat(indent(part)), self.command(&text)));
            if length <= left
                && let Some(line) = lines.next()
            {
                rows.push_str(&format!("{}{line}", " ".repeat(left - length + 2)));
            }
            rows.push('\n');
            for line in lines {
                rows.push_str(&format!("{}{line}\n", " ".repeat(left + 2)));
            }
        }
        rows
    }
}

/// A part of a command on one row, shortened in the middle of nothing: its end is cut.
fn shown(text: &str) -> String {
    const MOST: usize = 60;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= MOST { line } else { line.chars().take(MOST - 1).chain(['…']).collect() }
}

/// The whole answer to `ask`, without showing how it comes.
///
/// # Errors
///
/// When there is none.
pub async fn whole_answer(assistant: &Assistant, ask: Ask) -> Result<Suggestion, Failure> {
    let mut answer = assistant.ask(ask);
    loop {
        if let Step::Done(suggestion) = answer.next().await? {
            return Ok(*suggestion);
        }
    }
}
