//! The review: a command and its verdict, then a key decides what becomes of it.
//!
//! One state for the one-shot and the session: the candidates, which of them is looked at, and what its level asks for
//! before it may run. Edited commands are judged anew; the confirmation belongs to the very text that was confirmed.

use std::io::{self, BufRead, BufReader};

use nu_ansi_term::Style;

use super::bar::{self, Offer};
use super::clipboard;
use super::keys::Key;
use super::line::{self, EditMode, Edited};
use super::text::{Lines, visible, wrap};
use super::verdict::{spans_of, verdicts};
use super::{Manner, Ui, width};
use crate::assistant::{Candidate, Suggestion};
use crate::safety::{Approved, Confirmation, Facts, Policy, Report, check_with, look};
use crate::shell::Shell;

/// What the user decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    Run(Approved),
    /// Change it as these words say.
    Revise(String),
    /// Another candidate is wanted than those at hand.
    More,
    Explain,
    /// Put it on the next prompt of the user's shell.
    Insert,
    Copied,
    Skipped,
    /// The terminal is gone.
    Gone,
}

/// How commands are judged, and what their level asks for.
#[derive(Debug, Clone, Copy)]
pub struct Judge<'a> {
    pub policy: Policy,
    pub shell: Shell,
    pub facts: &'a Facts,
}

impl Judge<'_> {
    /// Judges a command that would run here, with a look at the disk.
    pub fn judge(&self, command: &str) -> Report {
        look(check_with(command, self.shell, self.facts), self.facts)
    }
}

/// What can be done with the command besides running, editing, copying and leaving it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Abilities {
    /// A model is there to ask again.
    pub ask: bool,
    /// The user's shell takes a command for its next prompt.
    pub insert: bool,
}

/// A command under review.
pub struct Review<'a> {
    ui: &'a Ui,
    judge: Judge<'a>,
    abilities: Abilities,
    edit_mode: EditMode,
    /// At least one.
    candidates: Vec<Candidate>,
    /// Which of them were looked up on the disk.
    looked_up: Vec<usize>,
    /// The one that is looked at.
    at: usize,
    /// Whether the user changed it.
    edited: bool,
    /// Whether its verdict stands on the screen.
    told: bool,
}

impl<'a> Review<'a> {
    /// Begins with a suggestion that already stands on the screen when the manner is live.
    pub fn of_suggestion(
        ui: &'a Ui,
        judge: Judge<'a>,
        abilities: Abilities,
        mode: EditMode,
        suggestion: Suggestion,
    ) -> Review<'a> {
        let candidates = [suggestion.best].into_iter().chain(suggestion.alternatives).collect();
        let mut review = Review {
            ui,
            judge,
            abilities,
            edit_mode: mode,
            candidates,
            looked_up: Vec::new(),
            at: 0,
            edited: false,
            told: false,
        };
        review.look_at_disk();
        review
    }

    /// The command as it stands now.
    pub fn command(&self) -> &str {
        &self.current().command
    }

    /// Whether the user changed it.
    pub fn is_edited(&self) -> bool {
        self.edited
    }

    /// Every command that was offered.
    pub fn offered(&self) -> Vec<String> {
        self.candidates.iter().map(|candidate| candidate.command.clone()).collect()
    }

    /// Adds a candidate that was asked for and looks at it.
    pub fn add(&mut self, candidate: Candidate) {
        self.candidates.push(candidate);
        self.turn_to(self.candidates.len() - 1);
        self.told = false;
    }

    /// Asks what to do.
    ///
    /// # Errors
    ///
    /// When the terminal fails.
    pub async fn decide(&mut self) -> io::Result<Decision> {
        match self.ui.manner {
            Manner::Live => self.with_keys().await,
            Manner::Plain => self.with_words(),
        }
    }

    fn current(&self) -> &Candidate {
        &self.candidates[self.at]
    }

    fn turn_to(&mut self, at: usize) {
        self.at = at;
        self.edited = false;
        self.look_at_disk();
    }

    /// The judge reads only text; before anyone decides, links and counts are looked up too.
    fn look_at_disk(&mut self) {
        if !self.looked_up.contains(&self.at) {
            self.looked_up.push(self.at);
            let candidate = &mut self.candidates[self.at];
            candidate.report = look(candidate.report.clone(), self.judge.facts);
        }
    }

    fn confirmation(&self) -> Confirmation {
        self.judge.policy.confirmation(self.current().report.level)
    }

    fn approved(&self) -> Option<Approved> {
        let candidate = self.current();
        Approved::by_user(&candidate.command, &candidate.report, self.judge.policy, self.confirmation())
    }

    async fn with_keys(&mut self) -> io::Result<Decision> {
        loop {
            if !self.told {
                self.show_verdict();
                self.told = true;
            }
            match self.wait_for_action().await? {
                None => return Ok(Decision::Gone),
                Some(Action::Run) => {
                    if let Some(approved) = self.approved() {
                        return Ok(Decision::Run(approved));
                    }
                }
                Some(Action::Edit) => self.edit()?,
                Some(Action::Revise) => {
                    if let Edited::Text(words) = line::edit(self.ui, line::Purpose::Revise, "", self.edit_mode)? {
                        return Ok(Decision::Revise(words));
                    }
                }
                Some(Action::Next) if self.at + 1 < self.candidates.len() => self.show_candidate(self.at + 1),
                Some(Action::Next) => return Ok(Decision::More),
                Some(Action::Previous) => self.show_candidate(self.at.saturating_sub(1)),
                Some(Action::Explain) => return Ok(Decision::Explain),
                Some(Action::Help) => self.ui.say(&bar::help(self.ui, &self.offers())),
                Some(Action::Copy) => return self.copy().map(|()| Decision::Copied),
                Some(Action::Insert) => return Ok(Decision::Insert),
                Some(Action::Skip) => return Ok(Decision::Skipped),
            }
        }
    }

    fn show_candidate(&mut self, at: usize) {
        if at != self.at {
            self.turn_to(at);
            self.show_command();
            self.told = false;
        }
    }

    /// Prints the command as it stands now.
    pub fn show_command(&self) {
        let candidate = self.current();
        let painted = self.ui.command_with(&candidate.command, &spans_of(&candidate.report));
        self.ui.say(&format!("  {}\n", painted.replace('\n', "\n  ")));
    }

    fn show_verdict(&self) {
        let mut lines = String::new();
        let count = self.candidates.len();
        let place = if count > 1 && !self.edited { format!(" ({}/{count})", self.at + 1) } else { String::new() };
        for (index, (level, reason)) in verdicts(&self.current().report).into_iter().enumerate() {
            let reason = if index == 0 { format!("{reason}{place}") } else { reason.to_owned() };
            lines.push_str(&self.ui.verdict_lines(level, &reason));
        }
        if let Some(doubt) = self.doubt() {
            for line in wrap(&doubt, width() - 2) {
                lines.push_str(&format!("  {}\n", self.ui.paint(Style::new().dimmed(), &line)));
            }
        }
        self.ui.say(&lines);
    }

    /// Says that the command is a guess, what speaks against it, and what would do better.
    fn doubt(&self) -> Option<String> {
        let candidate = self.current();
        if self.edited || (!candidate.guess && candidate.faults.is_empty()) {
            return None;
        }
        let dot = self.ui.glyph(" · ", " - ");
        let mut parts: Vec<String> =
            candidate.faults.iter().map(|fault| visible(&fault.to_string(), Lines::One).into_owned()).collect();
        if candidate.guess {
            parts.insert(0, "? a guess".to_owned());
            if self.abilities.ask && self.ui.manner == Manner::Live {
                parts.push("n shows another".to_owned());
            }
            parts.push("a larger model knows more (--model PATH)".to_owned());
        } else {
            parts.insert(0, "? doubtful".to_owned());
        }
        Some(parts.join(dot))
    }

    fn offers(&self) -> Vec<Offer> {
        let offer = |key, word, short, help| Offer { key, word, short, help };
        let run = match self.confirmation() {
            Confirmation::Enter => Some(offer(self.ui.glyph("⏎", "Enter"), "run", Some("run"), "runs it")),
            Confirmation::Yes => Some(offer("y", "run", Some("run"), "runs it")),
            Confirmation::Word => Some(offer("yes", "run", Some("run"), "runs it, when the word is typed whole")),
            Confirmation::Never => None,
        };
        let ask = self.abilities.ask;
        let others = [
            (true, offer("e", "edit", Some("edit"), "edits the command; it is judged anew")),
            (true, offer("x", "explain", Some("why"), "explains it part by part")),
            (ask, offer("r", "revise", None, "changes it by words")),
            (ask, offer("n", "next", None, "shows another command; N goes back")),
            (true, offer("c", "copy", None, "copies it")),
            (self.abilities.insert, offer("i", "insert", None, "leaves caro and puts it on your next prompt")),
            (true, offer("s", "skip", Some("skip"), "leaves it; so do q, Esc, Ctrl-C and Ctrl-D")),
        ];
        run.into_iter().chain(others.into_iter().filter(|(can, _)| *can).map(|(_, offer)| offer)).collect()
    }

    /// The row of keys, which must fit on one row to be taken away again.
    fn row(&self, columns: usize) -> String {
        let offers = self.offers();
        match self.confirmation() {
            Confirmation::Word => bar::paint(self.ui, "type yes to run", &offers[1..], columns),
            Confirmation::Never => bar::paint(self.ui, "caro does not run this.", &offers, columns),
            Confirmation::Enter | Confirmation::Yes => bar::paint(self.ui, "", &offers, columns),
        }
    }

    async fn wait_for_action(&self) -> io::Result<Option<Action>> {
        let mut typed = String::new();
        bar::choose(self.ui, |columns| self.row(columns), |key| self.action_of(key, &mut typed)).await
    }

    fn action_of(&self, key: Key, typed: &mut String) -> Option<Action> {
        if self.confirmation() == Confirmation::Word
            && let Some(action) = self.typed_word(key, typed)
        {
            return action;
        }
        match (key, self.confirmation()) {
            (Key::Stop, _) => Some(Action::Skip),
            (Key::Enter, Confirmation::Enter) | (Key::Char('y'), Confirmation::Yes) => Some(Action::Run),
            (Key::Char('e'), _) => Some(Action::Edit),
            (Key::Char('x'), _) => Some(Action::Explain),
            (Key::Char('r'), _) if self.abilities.ask => Some(Action::Revise),
            (Key::Char('n'), _) if self.abilities.ask || self.at + 1 < self.candidates.len() => Some(Action::Next),
            (Key::Char('N'), _) if self.at > 0 => Some(Action::Previous),
            (Key::Char('c'), _) => Some(Action::Copy),
            (Key::Char('i'), _) if self.abilities.insert => Some(Action::Insert),
            (Key::Char('s' | 'q'), _) => Some(Action::Skip),
            (Key::Char('?'), _) => Some(Action::Help),
            _ => None,
        }
    }

    /// Collects the word that a dangerous command needs. `Some` when the key belonged to it.
    fn typed_word(&self, key: Key, typed: &mut String) -> Option<Option<Action>> {
        let again = |typed: &mut String| {
            typed.clear();
            self.ui.say(&format!("\r\x1b[J{}", self.row(width())));
        };
        match key {
            Key::Char(c) if !typed.is_empty() || CONFIRMATION_WORD.starts_with(c) => {
                if typed.is_empty() {
                    self.ui.say(&format!("\r\x1b[J  run? {c}"));
                } else {
                    self.ui.say(&visible(&c.to_string(), Lines::One));
                }
                typed.push(c);
                Some(None)
            }
            Key::Backspace if typed.pop().is_some() => {
                if typed.is_empty() {
                    again(typed);
                } else {
                    self.ui.say("\x08 \x08");
                }
                Some(None)
            }
            Key::Stop if !typed.is_empty() => {
                again(typed);
                Some(None)
            }
            Key::Enter if !typed.is_empty() => {
                let right = typed.as_str() == CONFIRMATION_WORD;
                again(typed);
                Some(right.then_some(Action::Run))
            }
            _ => None,
        }
    }

    fn edit(&mut self) -> io::Result<()> {
        let before = self.command().to_owned();
        if let Edited::Text(command) = line::edit(self.ui, line::Purpose::Edit, &before, self.edit_mode)? {
            self.take(command);
        }
        self.show_command();
        Ok(())
    }

    fn take(&mut self, command: String) {
        if command == self.current().command {
            return;
        }
        let report = self.judge.judge(&command);
        self.candidates[self.at] = Candidate { command, report, confidence: None, faults: Vec::new(), guess: false };
        self.edited = true;
        self.told = false;
    }

    fn copy(&self) -> io::Result<()> {
        let way = clipboard::copy(self.command())?;
        self.ui.say(&format!("  copied ({way})\n"));
        Ok(())
    }

    /// The same for terminals without cursor moves: whole sentences, typed words.
    fn with_words(&mut self) -> io::Result<Decision> {
        loop {
            if !self.told {
                self.ui.say(&format!("Command: {}\n", visible(self.command(), Lines::Many)));
                for (level, reason) in verdicts(&self.current().report) {
                    self.ui.say(&format!("Verdict: {}, {}\n", level.word(), visible(reason, Lines::One)));
                }
                if let Some(doubt) = self.doubt() {
                    self.ui.say(&format!("Note: {}\n", doubt.trim_start_matches("? ")));
                }
                self.told = true;
            }
            let run = match self.confirmation() {
                Confirmation::Never => "",
                Confirmation::Enter | Confirmation::Yes => "run, ",
                Confirmation::Word => "yes to run, ",
            };
            let ask = if self.abilities.ask { "revise, next, " } else { "" };
            let insert = if self.abilities.insert { ", insert" } else { "" };
            self.ui.say(&format!("Type {run}edit, explain, {ask}copy{insert} or skip: "));
            let Some(answer) = read_line()? else { return Ok(Decision::Skipped) };
            match (answer.as_str(), self.confirmation()) {
                ("run", Confirmation::Enter | Confirmation::Yes) | (CONFIRMATION_WORD, Confirmation::Word) => {
                    if let Some(approved) = self.approved() {
                        return Ok(Decision::Run(approved));
                    }
                }
                ("edit", _) => {
                    self.ui.say("New command: ");
                    match read_line()? {
                        Some(command) if !command.is_empty() => self.take(command),
                        _ => {}
                    }
                }
                ("explain", _) => return Ok(Decision::Explain),
                ("revise", _) if self.abilities.ask => {
                    self.ui.say("Change it how: ");
                    match read_line()? {
                        Some(words) if !words.is_empty() => return Ok(Decision::Revise(words)),
                        _ => {}
                    }
                }
                ("next", _) if self.at + 1 < self.candidates.len() => {
                    self.turn_to(self.at + 1);
                    self.told = false;
                }
                ("next", _) if self.abilities.ask => return Ok(Decision::More),
                ("copy", _) => return self.copy().map(|()| Decision::Copied),
                ("insert", _) if self.abilities.insert => return Ok(Decision::Insert),
                ("skip" | "quit", _) => return Ok(Decision::Skipped),
                _ => self.ui.say("That is none of the words.\n"),
            }
        }
    }
}

/// What a key asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Run,
    Edit,
    Explain,
    Revise,
    Next,
    Previous,
    Copy,
    Insert,
    Skip,
    Help,
}

/// What must be typed whole before a dangerous command runs.
const CONFIRMATION_WORD: &str = "yes";

/// Reads a line typed at the terminal, also when standard input is a pipe; `None` at the end of input.
///
/// # Errors
///
/// When the terminal can't be read.
pub fn read_line() -> io::Result<Option<String>> {
    use std::io::IsTerminal;
    let mut line = String::new();
    let length = if io::stdin().is_terminal() {
        io::stdin().lock().read_line(&mut line)?
    } else {
        // At a terminal a read ends with the line, so nothing behind it is taken.
        BufReader::new(std::fs::File::open("/dev/tty")?).read_line(&mut line)?
    };
    Ok((length > 0).then(|| line.trim().to_owned()))
}
