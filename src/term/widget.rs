//! Drawing in the line that a shell is editing, while the shell waits.
//!
//! The shell believes the cursor stays where it left it, so everything here moves relatively, and at the end line and cursor
//! stand as before: what the shell then changes, it draws itself. Standard output is the shell's; all of this goes to the
//! terminal directly.

use std::fs::File;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use nix::sys::termios::{InputFlags, LocalFlags, SetArg, SpecialCharacterIndices, Termios, tcgetattr, tcsetattr};
use nu_ansi_term::Style;
use tokio::time::{sleep, sleep_until};

use super::keys::{Key, Keys};
use super::probe::position;
use super::text::{Lines, rows, visible, wrap};
use super::verdict::{spans_of, verdicts};
use super::{Ui, height, width};
use crate::assistant::{Answer, AskError, Step, Suggestion};

/// How asking ended.
#[derive(Debug)]
pub enum Drawn {
    Suggestion(Box<Suggestion>),
    Failed(AskError),
    /// Esc, Ctrl-C, Ctrl-G, or the terminal is gone.
    Cancelled,
}

/// What the shell shows, and where.
#[derive(Debug, Clone, Default)]
pub struct Line {
    /// The line as it stands on the screen.
    pub shown: String,
    /// Its part left of the cursor; bash does not tell, and takes its line away.
    pub left: Option<String>,
    /// What bash took away before the line: the last line of its prompt.
    pub prompt: String,
}

/// The line of a shell, drawn over. Dropping it puts everything back.
pub struct Canvas {
    terminal: File,
    before: Termios,
    ui: Ui,
    line: Line,
    /// The column where the line begins.
    start: usize,
    /// The place of the cursor, in rows and columns from the line's first row.
    cursor: (usize, usize),
    /// Whether something else than the line is drawn.
    dirty: bool,
}

/// A frame at 30 per second.
const FRAME: Duration = Duration::from_millis(33);

/// A wait shorter than this is not worth a sign.
const PATIENCE: Duration = Duration::from_millis(150);

impl Canvas {
    /// Takes the terminal over.
    ///
    /// # Errors
    ///
    /// When there is no terminal.
    pub fn open(ui: Ui, line: Line) -> io::Result<Canvas> {
        let terminal = File::options().read(true).write(true).open("/dev/tty")?;
        let before = tcgetattr(&terminal)?;
        let mut raw = before.clone();
        // Ctrl-C is a key: as a signal it would end the shell's function.
        raw.local_flags.remove(LocalFlags::ICANON | LocalFlags::ECHO | LocalFlags::ISIG | LocalFlags::IEXTEN);
        raw.input_flags.remove(InputFlags::ICRNL | InputFlags::IXON);
        raw.control_chars[SpecialCharacterIndices::VMIN as usize] = 1;
        raw.control_chars[SpecialCharacterIndices::VTIME as usize] = 0;
        tcsetattr(&terminal, SetArg::TCSANOW, &raw)?;
        let mut canvas = Canvas { terminal, before, ui, line, start: 0, cursor: (0, 0), dirty: false };
        canvas.find_start();
        Ok(canvas)
    }

    /// Where the line begins: bash's is gone, so its prompt is drawn again; the others' lies before the cursor.
    fn find_start(&mut self) {
        match self.line.left.clone() {
            None => {
                let prompt = self.line.prompt.clone();
                self.write(&format!("\r{prompt}"));
                self.start = rows(&without_escapes(&prompt), 0, width()).1;
                self.write(&self.shown());
                self.cursor = place(&self.line.shown, self.start);
            }
            Some(left) => {
                // Without an answer the drawing begins on the next row, and the line above it stays.
                let length = rows(&left, 0, usize::MAX).1;
                match position(&mut self.terminal) {
                    Some((_, column)) => self.start = (column + width() - length % width()) % width(),
                    None => self.start = 0,
                }
                self.cursor = place(&left, self.start);
            }
        }
    }

    fn shown(&self) -> String {
        visible(&self.line.shown, Lines::Many).replace('\n', "\r\n")
    }

    fn write(&mut self, text: &str) {
        // Nobody can be told when the terminal is gone.
        let _ = self.terminal.write_all(text.as_bytes()).and_then(|()| self.terminal.flush());
    }

    /// Moves from where the cursor is to the line's beginning and clears from there.
    fn back(&self) -> String {
        let (row, _) = self.cursor;
        let up = if row > 0 { format!("\x1b[{row}A") } else { String::new() };
        let right = if self.start > 0 { format!("\x1b[{}C", self.start) } else { String::new() };
        format!("\r{up}{right}\x1b[J")
    }

    /// Draws `painted`, which reads `plain`, in place of the line.
    fn draw(&mut self, painted: &str, plain: &str) {
        let frame = format!("\x1b[?2026h{}{}\x1b[?2026l", self.back(), painted.replace('\n', "\r\n"));
        self.write(&frame);
        self.cursor = place(plain, self.start);
        self.dirty = true;
    }

    /// Draws the line and puts the cursor where the shell believes it to be.
    fn restore(&mut self) {
        if self.line.left.is_none() {
            // bash draws its prompt and line anew from the first column.
            let (row, _) = self.cursor;
            let up = if row > 0 { format!("\x1b[{row}A") } else { String::new() };
            self.write(&format!("\r{up}\x1b[J"));
            return;
        }
        if !self.dirty {
            return;
        }
        let back = self.back();
        let shown = self.shown();
        let end = place(&self.line.shown, self.start);
        let target = place(self.line.left.as_deref().unwrap_or_default(), self.start);
        let up = end.0.saturating_sub(target.0);
        let up = if up > 0 { format!("\x1b[{up}A") } else { String::new() };
        let right = if target.1 > 0 { format!("\x1b[{}C", target.1) } else { String::new() };
        self.write(&format!("\x1b[?2026h{back}{shown}\r{up}{right}\x1b[?2026l"));
        self.dirty = false;
    }

    /// Shows `answer` as it comes, until it is whole or cancelled. `name` is who answers.
    pub async fn watch(&mut self, name: &str, answer: &mut Answer<'_>) -> Drawn {
        let mut keys = Keys::new();
        let started = Instant::now();
        let mut next_frame = tokio::time::Instant::now();
        let mut frame: Option<(String, String)> = None;
        let mut waits = true;
        loop {
            tokio::select! {
                biased;
                step = answer.next() => match step {
                    Ok(Step::Growing(command)) => {
                        waits = false;
                        let plain = tail(&visible(&command, Lines::Many), self.start).to_owned();
                        frame = Some((self.ui.command(&plain), plain));
                    }
                    Ok(Step::Loading(fraction)) if started.elapsed() > Duration::from_secs(1) => {
                        frame = Some(self.sign(&format!("loading {name}… {:.0} %", fraction * 100.0)));
                    }
                    Ok(Step::Loading(_)) => {}
                    Ok(Step::Done(suggestion)) => return Drawn::Suggestion(suggestion),
                    Err(error) => return Drawn::Failed(error),
                },
                key = keys.next() => match key {
                    Key::Stop | Key::Bell | Key::Gone => return Drawn::Cancelled,
                    // Whatever else is typed is not meant for a command that nobody has seen.
                    _ => {}
                },
                () = sleep_until(next_frame), if frame.is_some() => {
                    if let Some((painted, plain)) = frame.take() {
                        self.draw(&painted, &plain);
                    }
                    next_frame = tokio::time::Instant::now() + FRAME;
                }
                () = sleep(PATIENCE), if waits => {
                    waits = false;
                    frame = Some(self.sign("…"));
                }
            }
        }
    }

    /// The words as they are, with a dim sign behind them.
    fn sign(&self, sign: &str) -> (String, String) {
        let sign = if self.ui.unicode { sign.to_owned() } else { sign.replace('…', "...") };
        let words = visible(&self.line.shown, Lines::Many).into_owned();
        (format!("{words} {}", self.ui.paint(Style::new().dimmed(), &sign)), format!("{words} {sign}"))
    }

    /// Shows `rows` below the line until a key is pressed: what the command there does.
    pub async fn show_below(&mut self, rows: &str) {
        let line = visible(&self.line.shown, Lines::Many).into_owned();
        let room = height().saturating_sub(4).max(1);
        let all: Vec<&str> = rows.trim_end().lines().collect();
        let more = if all.len() > room { format!("\n  {}", self.ui.glyph("…", "...")) } else { String::new() };
        let below = format!("\n{}{more}\n  Esc leaves it", all[..all.len().min(room)].join("\n"));
        let plain = without_escapes_but_lines(&format!("{line}{below}"));
        self.draw(&format!("{}{below}", self.ui.command(&line)), &plain);
        let mut typed = Keys::new();
        while !matches!(typed.next().await, Key::Stop | Key::Bell | Key::Gone | Key::Enter | Key::Char(_)) {}
    }

    /// Shows a command that must not be placed unasked, and why; true when Enter was pressed.
    pub async fn confirm(&mut self, suggestion: &Suggestion) -> bool {
        let best = &suggestion.best;
        let command = visible(&best.command, Lines::Many).into_owned();
        let painted = self.ui.command_with(&best.command, &spans_of(&best.report));
        let mut below = String::new();
        for (level, reason) in verdicts(&best.report).into_iter().take(3) {
            let text = format!("{} {}: {}", self.ui.mark(level).0, level.word(), visible(reason, Lines::One));
            for line in wrap(&text, width().saturating_sub(2)) {
                below.push_str(&format!("\n{line}"));
            }
        }
        let keys = format!("\n{} puts it on the line · Esc keeps your words", self.ui.glyph("⏎", "Enter"));
        self.draw(&format!("{painted}{below}{keys}"), &format!("{command}{below}{keys}"));
        let mut typed = Keys::new();
        let reading = Instant::now();
        loop {
            match typed.next().await {
                // A stray Enter, pressed before it could be read, places nothing.
                Key::Enter if reading.elapsed() > Duration::from_millis(300) => return true,
                Key::Stop | Key::Bell | Key::Gone => return false,
                _ => {}
            }
        }
    }
}

impl Drop for Canvas {
    fn drop(&mut self) {
        self.restore();
        // With a flush: what was typed meanwhile was meant for nothing.
        let _ = tcsetattr(&self.terminal, SetArg::TCSAFLUSH, &self.before);
    }
}

/// The row and column where a text ends that begins in column `start`. A full row counts as wrapped, as shells draw it.
fn place(text: &str, start: usize) -> (usize, usize) {
    let (row, column) = rows(text, start, width());
    if column >= width() { (row, 0) } else { (row - 1, column) }
}

/// The end of a text that fits on the screen.
fn tail(text: &str, start: usize) -> &str {
    let mut from = 0;
    while rows(&text[from..], start, width()).0 > height().saturating_sub(1).max(1) {
        from = (from + 1..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
    }
    &text[from..]
}

/// Takes our own styles out, line by line.
fn without_escapes_but_lines(text: &str) -> String {
    text.lines().map(without_escapes).collect::<Vec<_>>().join("\n")
}

/// Takes escape sequences out of a prompt (`ESC [ … letter`, `ESC ] … BEL`), which take no room.
fn without_escapes(text: &str) -> String {
    let mut plain = String::new();
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match (c, characters.peek()) {
            ('\x1b', Some('[')) => {
                characters.next();
                while characters.next().is_some_and(|c| !('\x40'..='\x7e').contains(&c)) {}
            }
            ('\x1b', Some(']')) => while characters.next().is_some_and(|c| c != '\x07' && c != '\\') {},
            ('\x1b', _) => {
                characters.next();
            }
            (c, _) if c.is_control() => {}
            (c, _) => plain.push(c),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_of_a_prompt_take_no_room() {
        assert_eq!(without_escapes("\x1b[1;32mana\x1b[0m:\x1b]0;title\x07~$ "), "ana:~$ ");
    }
}
