//! The review: the command and its verdict, then a key decides: run, edit, copy or skip.

use std::io::{self, BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use crossterm::clipboard::CopyToClipboard;
use crossterm::execute;
use nix::sys::termios::{FlushArg, tcflush};
use nu_ansi_term::{Color, Style};

use super::keys::{Key, Keys};
use super::line::{Edited, edit};
use super::text::{Lines, visible, wrap};
use super::{Manner, RawMode, Ui, width};
use crate::safety::{Approved, Confirmation, Facts, Level, Policy, Report, check_with, look};
use crate::shell::Shell;

/// What the user decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    Run(Approved),
    Copied,
    Skipped,
    /// The terminal is gone.
    Gone,
}

/// Keys typed before the user could have read the verdict count for nothing.
const READING_TIME: Duration = Duration::from_millis(300);

/// How commands are judged, and what their level asks for.
#[derive(Debug, Clone, Copy)]
pub struct Judge<'a> {
    pub policy: Policy,
    pub shell: Shell,
    pub facts: &'a Facts,
}

impl Judge<'_> {
    /// Judges a command that would run here, with a look at the disk.
    fn judge(&self, command: &str) -> Report {
        look(check_with(command, self.shell, self.facts), self.facts)
    }
}

/// Shows the verdict on `command`, which already stands on the screen when the manner is live, and
/// asks what to do with it. The report gets a look at the disk; an edited command is judged anew.
///
/// # Errors
///
/// When the terminal fails.
pub async fn review(ui: &Ui, judge: Judge<'_>, command: &str, report: &Report) -> io::Result<Decision> {
    let report = look(report.clone(), judge.facts);
    let mut review = Review { ui, judge, command: command.to_owned(), report };
    match ui.manner {
        Manner::Live => review.with_keys().await,
        Manner::Plain => review.with_words(),
    }
}

struct Review<'a> {
    ui: &'a Ui,
    judge: Judge<'a>,
    command: String,
    report: Report,
}

/// What a key or a typed word asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Run,
    Edit,
    Copy,
    Skip,
}

impl Review<'_> {
    async fn with_keys(&mut self) -> io::Result<Decision> {
        loop {
            self.show_verdict();
            match self.wait_for_action().await? {
                None => return Ok(Decision::Gone),
                Some(Action::Run) => {
                    if let Some(approved) = self.approved() {
                        return Ok(Decision::Run(approved));
                    }
                }
                Some(Action::Edit) => self.edit()?,
                Some(Action::Copy) => return self.copy().map(|()| Decision::Copied),
                Some(Action::Skip) => return Ok(Decision::Skipped),
            }
        }
    }

    fn confirmation(&self) -> Confirmation {
        self.judge.policy.confirmation(self.report.level)
    }

    fn approved(&self) -> Option<Approved> {
        Approved::by_user(&self.command, &self.report, self.judge.policy, self.confirmation())
    }

    fn show_verdict(&self) {
        for (level, reason) in self.verdicts() {
            self.ui.say(&self.verdict_lines(level, reason));
        }
    }

    /// What is to be said of the command, the gravest first.
    fn verdicts(&self) -> Vec<(Level, &str)> {
        match &self.report.findings[..] {
            [] => vec![(self.report.level, "only reads, or makes something new")],
            findings => findings.iter().map(|finding| (finding.level, finding.reason.as_str())).collect(),
        }
    }

    fn verdict_lines(&self, level: Level, reason: &str) -> String {
        let (mark, style) = match level {
            Level::Safe => (self.ui.glyph("✓", "ok"), Style::new().fg(Color::Green)),
            Level::Caution => ("!", Style::new().fg(Color::Yellow)),
            Level::Danger => (self.ui.glyph("✗", "x"), Style::new().fg(Color::Red).bold()),
            Level::Critical => (self.ui.glyph("■", "#"), Style::new().fg(Color::Red).bold().reverse()),
        };
        let head = format!("{mark} {}", level.word());
        let text = format!("{head} {} {}", self.ui.glyph("·", "-"), visible(reason, Lines::One));
        let mut lines = String::new();
        for (index, line) in wrap(&text, width() - 2).into_iter().enumerate() {
            let line = match line.strip_prefix(&head) {
                Some(rest) if index == 0 => format!("{}{rest}", self.ui.paint(style, &head)),
                _ => line,
            };
            lines.push_str(&format!("  {line}\n"));
        }
        lines
    }

    /// The row of keys, which must fit on one row to be taken away again.
    fn bar(&self) -> String {
        let key = |key: &str, word: &str| format!("{} {word}", self.ui.paint(Style::new().bold(), key));
        let run = match self.confirmation() {
            Confirmation::Enter => key(self.ui.glyph("⏎", "Enter"), "run"),
            Confirmation::Yes => key("y", "run"),
            Confirmation::Word if width() < WIDE => key(CONFIRMATION_WORD, "run"),
            Confirmation::Word => format!("type {}", key(CONFIRMATION_WORD, "to run")),
            Confirmation::Never if width() < WIDE => "never run".to_owned(),
            Confirmation::Never => "caro does not run this".to_owned(),
        };
        format!("  {run}  {}  {}  {}", key("e", "edit"), key("c", "copy"), key("s", "skip"))
    }

    /// Shows the bar and waits for a key that means something; `None` when the terminal is gone.
    async fn wait_for_action(&self) -> io::Result<Option<Action>> {
        let raw = RawMode::new()?;
        let mut keys = Keys::new();
        // What was typed before the verdict stood there was not meant for it.
        let _ = tcflush(io::stderr(), FlushArg::TCIFLUSH);
        self.ui.say(&self.bar());
        let reading = tokio::time::sleep(READING_TIME);
        tokio::pin!(reading);
        let mut has_read = false;
        let mut typed = String::new();
        let action = loop {
            let key = tokio::select! {
                key = keys.next() => key,
                () = &mut reading, if !has_read => {
                    has_read = true;
                    continue;
                }
            };
            match key {
                Key::Gone => break None,
                Key::Stop => break Some(Action::Skip),
                _ if !has_read => {}
                key => {
                    if let Some(action) = self.action_of(key, &mut typed) {
                        break Some(action);
                    }
                }
            }
        };
        drop(keys);
        drop(raw);
        self.ui.say("\r\x1b[J");
        Ok(action)
    }

    fn action_of(&self, key: Key, typed: &mut String) -> Option<Action> {
        if self.confirmation() == Confirmation::Word
            && let Some(action) = self.typed_word(key, typed)
        {
            return action;
        }
        match (key, self.confirmation()) {
            (Key::Enter, Confirmation::Enter) | (Key::Char('y'), Confirmation::Yes) => Some(Action::Run),
            (Key::Char('e'), _) => Some(Action::Edit),
            (Key::Char('c'), _) => Some(Action::Copy),
            (Key::Char('s' | 'q'), _) => Some(Action::Skip),
            _ => None,
        }
    }

    /// Collects the word that a dangerous command needs. `Some` when the key belonged to it.
    fn typed_word(&self, key: Key, typed: &mut String) -> Option<Option<Action>> {
        match key {
            Key::Char(c) if !typed.is_empty() || c == CONFIRMATION_WORD.chars().next().unwrap_or_default() => {
                typed.push(c);
                self.ui.say(&visible(&c.to_string(), Lines::One));
                Some(None)
            }
            Key::Backspace if typed.pop().is_some() => {
                self.ui.say("\x08 \x08");
                Some(None)
            }
            Key::Enter if !typed.is_empty() => {
                let right = typed.as_str() == CONFIRMATION_WORD;
                self.ui.say(&format!("\r\x1b[J{}", if right { String::new() } else { self.bar() }));
                typed.clear();
                Some(right.then_some(Action::Run))
            }
            _ => None,
        }
    }

    fn edit(&mut self) -> io::Result<()> {
        if let Edited::Command(command) = edit(self.ui, &self.command)? {
            self.take(command);
        }
        if self.ui.manner == Manner::Live {
            self.ui.say(&format!(
                "  {}\n",
                self.ui.command_with(&self.command, &self.report.findings).replace('\n', "\n  ")
            ));
        }
        Ok(())
    }

    fn take(&mut self, command: String) {
        self.report = self.judge.judge(&command);
        self.command = command;
    }

    fn copy(&self) -> io::Result<()> {
        let way = copy_to_clipboard(&self.command)?;
        self.ui.say(&format!("  copied ({way})\n"));
        Ok(())
    }

    /// The same for terminals without cursor moves: whole sentences, typed words.
    fn with_words(&mut self) -> io::Result<Decision> {
        let mut answers = terminal_lines()?;
        loop {
            self.ui.say(&format!("Command: {}\n", visible(&self.command, Lines::Many)));
            for (level, reason) in self.verdicts() {
                self.ui.say(&format!("Verdict: {}, {}\n", level.word(), visible(reason, Lines::One)));
            }
            let run = match self.confirmation() {
                Confirmation::Never => "",
                Confirmation::Enter | Confirmation::Yes => "run, ",
                Confirmation::Word => "yes to run, ",
            };
            self.ui.say(&format!("Type {run}edit, copy or skip: "));
            let Some(answer) = next_line(&mut answers)? else { return Ok(Decision::Skipped) };
            match (answer.as_str(), self.confirmation()) {
                ("run", Confirmation::Enter | Confirmation::Yes) | (CONFIRMATION_WORD, Confirmation::Word) => {
                    if let Some(approved) = self.approved() {
                        return Ok(Decision::Run(approved));
                    }
                }
                ("edit", _) => {
                    self.ui.say("New command: ");
                    match next_line(&mut answers)? {
                        Some(command) if !command.is_empty() => self.take(command),
                        _ => {}
                    }
                }
                ("copy", _) => return self.copy().map(|()| Decision::Copied),
                ("skip" | "quit", _) => return Ok(Decision::Skipped),
                _ => self.ui.say("That is none of the words.\n"),
            }
        }
    }
}

/// From this width on, in columns, the row of keys has room for whole sentences.
const WIDE: usize = 52;

/// What must be typed whole before a dangerous command runs.
const CONFIRMATION_WORD: &str = "yes";

/// Lines typed at the terminal, also when standard input is a pipe.
fn terminal_lines() -> io::Result<Box<dyn BufRead>> {
    use std::io::IsTerminal;
    if io::stdin().is_terminal() {
        return Ok(Box::new(io::stdin().lock()));
    }
    Ok(Box::new(BufReader::new(std::fs::File::open("/dev/tty")?)))
}

fn next_line(lines: &mut Box<dyn BufRead>) -> io::Result<Option<String>> {
    let mut line = String::new();
    let length = lines.read_line(&mut line)?;
    Ok((length > 0).then(|| line.trim().to_owned()))
}

/// Programs that own the clipboard of a desktop, and the variable that says it is there.
const CLIPBOARD_PROGRAMS: [(&str, &[&str], Option<&str>); 3] = [
    ("pbcopy", &[], None),
    ("wl-copy", &[], Some("WAYLAND_DISPLAY")),
    ("xclip", &["-selection", "clipboard"], Some("DISPLAY")),
];

/// Copies by the desktop's own program, else by asking the terminal (OSC 52), which also works
/// through ssh. Returns which way it went.
fn copy_to_clipboard(text: &str) -> io::Result<&'static str> {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if !is_set("SSH_CONNECTION") {
        for (program, arguments, needs) in CLIPBOARD_PROGRAMS {
            if needs.is_none_or(is_set) && pipe_into(program, arguments, text).is_ok() {
                return Ok(program);
            }
        }
    }
    execute!(io::stderr(), CopyToClipboard::to_clipboard_from(text))?;
    Ok("by the terminal, OSC 52")
}

fn pipe_into(program: &str, arguments: &[&str], text: &str) -> io::Result<()> {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(text.as_bytes())?;
    }
    if child.wait()?.success() { Ok(()) } else { Err(io::Error::other("it failed")) }
}
