//! Paints a command while it grows, in the shell's colours, with the time that passes below it.
//!
//! One region below the cursor is repainted as a whole, at most thirty times a second, with
//! relative moves only; when the command is whole it is printed once more, so that it can be read
//! and copied as one.

use std::ops::Range;
use std::time::{Duration, Instant};

use nu_ansi_term::Style;
use tokio::time::{sleep, sleep_until};

use super::keys::{Key, Keys};
use super::text::{Lines, rows, visible};
use super::verdict::spans_of;
use super::{Manner, RawMode, Ui, height, width};
use crate::assistant::{Answer, AskError, Step, Suggestion};

/// How watching an answer ended.
#[derive(Debug)]
pub enum Watched {
    /// The suggestion stands on the screen.
    Suggestion(Box<Suggestion>),
    Failed(AskError),
    /// The user stopped it.
    Stopped,
    /// The terminal is gone.
    Gone,
}

/// A frame at 30 per second.
const FRAME: Duration = Duration::from_millis(33);

/// From here on the time is shown.
const LONG: Duration = Duration::from_secs(1);

/// How often the time is shown anew.
const TICK: Duration = Duration::from_millis(100);

/// A wait shorter than this is not worth a sign.
const PATIENCE: Duration = Duration::from_millis(150);

/// Shows `answer` as it comes, until it is whole or stopped. `name` is who answers; what differs from the command
/// `before` is underlined.
pub async fn watch(ui: &Ui, name: &str, before: Option<&str>, answer: &mut Answer<'_>) -> Watched {
    match ui.manner {
        Manner::Live => watch_live(ui, name, before, answer).await,
        Manner::Plain => watch_plainly(answer).await,
    }
}

/// In plain manner nothing is painted before the end; Ctrl-C ends the process as anywhere.
async fn watch_plainly(answer: &mut Answer<'_>) -> Watched {
    loop {
        match answer.next().await {
            Ok(Step::Loading(_) | Step::Growing(_)) => {}
            Ok(Step::Done(suggestion)) => return Watched::Suggestion(suggestion),
            Err(error) => return Watched::Failed(error),
        }
    }
}

async fn watch_live(ui: &Ui, name: &str, before: Option<&str>, answer: &mut Answer<'_>) -> Watched {
    let Ok(_raw) = RawMode::new() else { return Watched::Gone };
    let mut keys = Keys::new();
    let mut region = Region::new(ui);
    let started = Instant::now();
    let mut shown = Shown::Nothing;
    // An answer that is whole within one frame is never seen growing.
    let mut next_frame = tokio::time::Instant::now() + FRAME;
    let mut stale = false;
    let ended = loop {
        tokio::select! {
            biased;
            step = answer.next() => match step {
                Ok(Step::Growing(command)) => (shown, stale) = (Shown::Command(command), true),
                Ok(Step::Loading(fraction)) => (shown, stale) = (Shown::Loading(fraction), true),
                Ok(Step::Done(suggestion)) => break Watched::Suggestion(suggestion),
                Err(error) => break Watched::Failed(error),
            },
            key = keys.next() => match key {
                Key::Stop => break Watched::Stopped,
                Key::Gone => break Watched::Gone,
                Key::Resized => stale = true,
                Key::Char(_) | Key::Enter | Key::Backspace | Key::Bell => {}
            },
            () = sleep_until(next_frame), if stale => {
                region.paint(&format!("{}{}", shown.text(ui, name, started.elapsed()), clock(ui, started.elapsed())));
                next_frame = tokio::time::Instant::now() + FRAME;
                stale = false;
            }
            () = sleep(PATIENCE), if matches!(shown, Shown::Nothing) => (shown, stale) = (Shown::Waiting, true),
            () = sleep(TICK), if !stale && started.elapsed() >= LONG => stale = true,
        }
    };
    match &ended {
        Watched::Suggestion(suggestion) => {
            let best = &suggestion.best;
            let mut spans = spans_of(&best.report);
            if let Some(before) = before.filter(|_| spans.is_empty()) {
                spans = changed(before, &best.command);
            }
            region.print(&indented(&ui.command_with(&best.command, &spans)));
        }
        Watched::Stopped | Watched::Failed(_) => match &shown {
            Shown::Command(command) => {
                region.print(&indented(&ui.paint(Style::new().dimmed(), &visible(command, Lines::Many))))
            }
            Shown::Nothing | Shown::Waiting | Shown::Loading(_) => region.clear(),
        },
        Watched::Gone => {}
    }
    ended
}

/// What the region holds.
enum Shown {
    Nothing,
    Waiting,
    Loading(f32),
    Command(String),
}

impl Shown {
    fn text(&self, ui: &Ui, name: &str, elapsed: Duration) -> String {
        let dim = |text: &str| ui.paint(Style::new().dimmed(), text);
        match self {
            Shown::Nothing => String::new(),
            Shown::Loading(fraction) if elapsed > Duration::from_secs(1) => {
                let more = ui.glyph("…", "...");
                format!("  {}", dim(&format!("loading {name}{more} {:.0} %", fraction * 100.0)))
            }
            Shown::Waiting | Shown::Loading(_) => format!("  {}", dim(ui.glyph("…", "..."))),
            Shown::Command(command) => indented(&ui.command(tail(command, width(), height().saturating_sub(3)))),
        }
    }
}

/// The row below what grows: the time that has passed, and how to stop it.
fn clock(ui: &Ui, elapsed: Duration) -> String {
    if elapsed < LONG {
        return String::new();
    }
    let text = format!("{:.1}s {} esc stops", elapsed.as_secs_f32(), ui.glyph("·", "-"));
    format!("\n  {}", ui.paint(Style::new().dimmed(), &text))
}

/// The words of `command` that do not stand in `before`.
fn changed(before: &str, command: &str) -> Vec<Range<usize>> {
    let mut known: Vec<&str> = before.split_whitespace().collect();
    let mut spans = Vec::new();
    let mut start = 0;
    for word in command.split_whitespace() {
        let at = start + command[start..].find(word).unwrap_or(0);
        start = at + word.len();
        match known.iter().position(|earlier| *earlier == word) {
            Some(index) => {
                known.remove(index);
            }
            None => spans.push(at..start),
        }
    }
    spans
}

/// The command stands two columns in; its further lines too.
fn indented(command: &str) -> String {
    format!("  {}", command.replace('\n', "\n  "))
}

/// The end of `text` that fits on `most` rows: a region taller than the screen can't be repainted.
fn tail(text: &str, width: usize, most: usize) -> &str {
    let mut start = 0;
    while rows(&text[start..], 2, width).0 > most.max(1) {
        let step = (text.len() - start) / 4 + 1;
        start = (start + step..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
    }
    &text[start..]
}

/// The rows below the cursor that are painted again and again.
struct Region<'a> {
    ui: &'a Ui,
    /// Rows painted so far, whose last one holds the cursor; 0 when nothing is painted.
    rows: usize,
    /// What was painted, to know its rows after a resize.
    text: String,
}

impl Region<'_> {
    fn new(ui: &Ui) -> Region<'_> {
        Region { ui, rows: 0, text: String::new() }
    }

    /// Replaces what the region holds.
    fn paint(&mut self, text: &str) {
        let frame = format!("\x1b[?2026h{}{}\x1b[?2026l", self.back(), for_raw_mode(text));
        self.ui.say(&frame);
        self.text = without_styles(text);
        self.rows = rows(&self.text, 0, width()).0;
    }

    /// Replaces what the region holds for good and goes to the next line.
    fn print(&mut self, text: &str) {
        let frame = format!("\x1b[?2026h{}{}\r\n\x1b[?2026l", self.back(), for_raw_mode(text));
        self.ui.say(&frame);
        self.rows = 0;
    }

    fn clear(&mut self) {
        let back = self.back();
        self.ui.say(&back);
        self.rows = 0;
    }

    /// Moves to the region's first column and clears what lies behind.
    fn back(&self) -> String {
        if self.rows == 0 {
            return String::new();
        }
        // The terminal may have been resized and have wrapped the old text anew.
        let up = rows(&self.text, 0, width()).0 - 1;
        let up = if up > 0 { format!("\x1b[{up}A") } else { String::new() };
        format!("\r{up}\x1b[J")
    }
}

/// In raw mode a newline only goes down.
fn for_raw_mode(text: &str) -> String {
    text.replace('\n', "\r\n")
}

/// Takes our own styles out again (`ESC [ … m`); model text holds none.
fn without_styles(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut inside = false;
    for c in text.chars() {
        match c {
            '\x1b' => inside = true,
            'm' if inside => inside = false,
            c if !inside => plain.push(c),
            _ => {}
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn styles_take_no_room() {
        assert_eq!(without_styles("\x1b[2mls \x1b[1;36m-m\x1b[0m"), "ls -m");
    }

    #[test]
    fn what_changed_is_found_by_words() {
        let command = "find . -name '*.pdf' -size +10M -mtime -7";
        let spans = changed("find . -name '*.pdf' -size +10M", command);
        let words: Vec<&str> = spans.into_iter().map(|span| &command[span]).collect();
        assert_eq!(words, ["-mtime", "-7"]);
    }

    #[test]
    fn a_command_taller_than_the_screen_shows_its_end() {
        let long = "a".repeat(1000);
        let shown = tail(&long, 20, 5);
        assert!(shown.len() <= 98 && shown.len() > 40, "{}", shown.len());
        assert_eq!(tail("日本", 20, 5), "日本");
    }
}
