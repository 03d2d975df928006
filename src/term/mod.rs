//! The terminal: painting a command as it grows, keys, and the edit-confirm-run review.
//!
//! Everything for people goes to standard error; standard output belongs to the command and to
//! data. Text from a model passes through [`text::visible`] before it is written.

mod bar;
mod clipboard;
pub mod highlight;
mod keys;
pub mod line;
pub mod probe;
mod review;
mod round;
mod stream;
pub mod text;
mod verdict;
pub mod widget;

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::ops::Range;
use std::time::Duration;

use crossterm::style::force_color_output;
use crossterm::terminal;
use nu_ansi_term::{Color, Style};
use unicode_width::UnicodeWidthStr;

use crate::exec::Outcome;
use crate::safety::Level;
pub use clipboard::copy;
pub use keys::has_hung_up;
pub use line::EditMode;
pub use review::{Judge, read_line};
pub use round::{Ended, Round, whole_answer};
use text::{Lines, visible};

/// How caro speaks to the person at the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ui {
    pub manner: Manner,
    pub color: bool,
    /// Whether glyphs beyond ASCII are understood.
    pub unicode: bool,
}

/// How much the terminal can do, or is wanted to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Cursor moves, single keys, repainting.
    Live,
    /// Whole lines and typed words: for dumb terminals and screen readers.
    Plain,
}

/// What decides about colours besides the terminal itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColorChoice {
    Auto,
    Always,
    Never,
}

impl Ui {
    /// Looks at the terminal and the environment. `plain` is the user's wish.
    pub fn new(choice: ColorChoice, plain: bool, variable: impl Fn(&str) -> Option<String>) -> Ui {
        let set = |name: &str| variable(name).is_some_and(|value| !value.is_empty() && value != "0");
        let dumb = variable("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
        let manner = if plain || dumb { Manner::Plain } else { Manner::Live };
        let color = match choice {
            _ if plain => false,
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto if variable("NO_COLOR").is_some_and(|value| !value.is_empty()) => false,
            ColorChoice::Auto if set("CLICOLOR_FORCE") || set("FORCE_COLOR") => true,
            ColorChoice::Auto => !dumb && io::stderr().is_terminal(),
        };
        let locale =
            ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| variable(name).filter(|value| !value.is_empty()));
        let unicode = locale.is_some_and(|locale| {
            let locale = locale.to_ascii_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        });
        // Our choice is made; crossterm must not make its own (it reads NO_COLOR itself).
        force_color_output(color);
        Ui { manner, color, unicode: unicode && !plain }
    }

    /// Whether a person can be asked: they see what we say and can answer.
    pub fn can_ask(&self) -> bool {
        io::stdout().is_terminal()
            && io::stderr().is_terminal()
            && (io::stdin().is_terminal() || File::open("/dev/tty").is_ok())
    }

    /// Prints a note for people on its own line.
    pub fn note(&self, note: &str) {
        self.say(&format!("{}\n", visible(note, Lines::Many)));
    }

    /// Prints an error and its hint.
    pub fn error(&self, message: &str, hint: Option<&str>) {
        let name = self.paint(Style::new().fg(Color::Red).bold(), "caro:");
        self.say(&format!("{name} {}\n", visible(message, Lines::Many)));
        if let Some(hint) = hint {
            let name = self.paint(Style::new().fg(Color::Cyan), "hint:");
            self.say(&format!("  {name} {}\n", visible(hint, Lines::Many)));
        }
    }

    /// Says that `command` runs now.
    pub fn running(&self, command: &str) {
        let mark = self.paint(Style::new().fg(Color::Blue), self.glyph("▶", ">"));
        self.say(&format!("{mark} {}\n", self.command(command)));
    }

    /// Says how a command ended.
    pub fn ended(&self, outcome: &Outcome) {
        self.say(&format!("{}\n", self.ending(outcome)));
    }

    /// The row that says how a command ended: `✗ exit 130 · stopped · 1.3s`.
    fn ending(&self, outcome: &Outcome) -> String {
        let (mark, color) = if outcome.code == 0 {
            (self.glyph("✓", "ok"), Color::Green)
        } else {
            (self.glyph("✗", "x"), Color::Red)
        };
        let dot = self.glyph("·", "-");
        let signal = match outcome.signal() {
            Some("SIGINT") => format!(" {dot} stopped"),
            Some(name) => format!(" {dot} {name}"),
            None => String::new(),
        };
        let text = format!("{mark} exit {}{signal} {dot} {}", outcome.code, seconds(outcome.elapsed));
        self.paint(Style::new().fg(color), &text)
    }

    /// The command as a preview of itself: its verdict's mark and the command, dim, on one row of `columns`.
    pub fn preview(&self, command: &str, level: Level, note: &str, columns: usize) -> String {
        let (mark, style) = self.mark(level);
        let word = if level == Level::Safe { String::new() } else { format!(" {}", level.word()) };
        let head = format!("{mark}{word} ");
        let room = columns.saturating_sub(4 + head.width() + note.width());
        let shown = visible(command, Lines::One);
        let mut command = String::new();
        for c in shown.chars() {
            if command.width() + 2 > room {
                command.push_str(self.glyph("…", "..."));
                break;
            }
            command.push(c);
        }
        let dim = |text: &str| self.paint(Style::new().dimmed(), text);
        format!("  {}{}  {}", self.paint(style, &head), dim(&command), dim(note))
    }

    /// Asks for a line; what is typed stands behind the question.
    pub fn ask(&self, question: &str) {
        self.say(question);
    }

    /// Writes to standard error; nobody can be told when that fails.
    fn say(&self, text: &str) {
        let mut stderr = io::stderr().lock();
        let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
    }

    fn paint(&self, style: Style, text: &str) -> String {
        if self.color { style.paint(text).to_string() } else { text.to_owned() }
    }

    /// Paints a command: safe to write, in colours where they are wanted.
    fn command(&self, command: &str) -> String {
        self.command_with(command, &[])
    }

    /// Paints a command with `spans` of it underlined, also without colours.
    fn command_with(&self, command: &str, spans: &[Range<usize>]) -> String {
        let mut painted = String::new();
        let mut start = 0;
        for (token, text) in highlight::tokens(command) {
            let mut rest = text;
            while !rest.is_empty() {
                let inside = spans.iter().any(|span| span.contains(&start));
                // Up to where the next span begins or ends.
                let borders = spans.iter().flat_map(|span| [span.start, span.end]);
                let end = borders.filter(|border| *border > start).min().map_or(rest.len(), |border| border - start);
                let (piece, behind) = rest.split_at(end.min(rest.len()));
                let style = if self.color { token.style() } else { Style::new() };
                let style = if inside && self.manner == Manner::Live { style.underline() } else { style };
                painted.push_str(&style.paint(visible(piece, Lines::Many)).to_string());
                start += piece.len();
                rest = behind;
            }
        }
        painted
    }

    /// `fancy` where it is understood, else `ascii`.
    fn glyph(&self, fancy: &'static str, ascii: &'static str) -> &'static str {
        if self.unicode { fancy } else { ascii }
    }
}

/// A duration as people read it.
fn seconds(elapsed: Duration) -> String {
    match elapsed.as_secs() {
        0..60 => format!("{:.1}s", elapsed.as_secs_f32()),
        all @ 60..3600 => format!("{}m {:02}s", all / 60, all % 60),
        all => format!("{}h {:02}m", all / 3600, all / 60 % 60),
    }
}

/// The terminal's width in columns, at least 20.
pub fn width() -> usize {
    terminal::size().map_or(80, |(columns, _)| usize::from(columns)).max(20)
}

/// The terminal's height in rows, at least 2.
fn height() -> usize {
    terminal::size().map_or(24, |(_, rows)| usize::from(rows)).max(2)
}

/// Raw mode for as long as it lives: keys come one by one and Ctrl-C is a key.
struct RawMode;

impl RawMode {
    fn new() -> io::Result<RawMode> {
        terminal::enable_raw_mode()?;
        Ok(RawMode)
    }
}

impl Drop for RawMode {
    fn drop(&mut self) {
        // A terminal that is gone needs no mode.
        let _ = terminal::disable_raw_mode();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ui(choice: ColorChoice, plain: bool, variables: &[(&str, &str)]) -> Ui {
        let variable =
            |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        Ui::new(choice, plain, variable)
    }

    #[test]
    fn colours_follow_the_conventions() {
        let xterm = ("TERM", "xterm");
        assert!(ui(ColorChoice::Always, false, &[xterm, ("NO_COLOR", "1")]).color);
        assert!(ui(ColorChoice::Auto, false, &[xterm, ("CLICOLOR_FORCE", "1")]).color);
        assert!(!ui(ColorChoice::Auto, false, &[xterm, ("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]).color);
        assert!(!ui(ColorChoice::Always, true, &[xterm]).color);
        assert!(!ui(ColorChoice::Never, false, &[xterm, ("FORCE_COLOR", "1")]).color);
    }

    #[test]
    fn a_dumb_terminal_is_spoken_to_plainly() {
        assert_eq!(ui(ColorChoice::Auto, false, &[("TERM", "dumb")]).manner, Manner::Plain);
        assert_eq!(ui(ColorChoice::Auto, false, &[]).manner, Manner::Plain);
        assert_eq!(ui(ColorChoice::Auto, true, &[("TERM", "xterm")]).manner, Manner::Plain);
        assert_eq!(ui(ColorChoice::Auto, false, &[("TERM", "xterm")]).manner, Manner::Live);
    }

    #[test]
    fn glyphs_need_a_utf8_locale() {
        assert!(ui(ColorChoice::Never, false, &[("LANG", "de_DE.UTF-8")]).unicode);
        assert!(!ui(ColorChoice::Never, false, &[("LC_ALL", "C"), ("LANG", "de_DE.UTF-8")]).unicode);
    }
}
