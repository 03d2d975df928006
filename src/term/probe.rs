//! Whether the terminal says where its cursor is: a line editor asks that before every line and would wait two seconds for
//! a terminal that never answers.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::RawMode;

/// Longer than an answer takes through a slow line, and short enough to wait for.
const PATIENCE: Duration = Duration::from_millis(250);

/// What the terminal had to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub says_cursor: bool,
    /// What somebody typed meanwhile; it is not to be lost.
    pub typed: String,
}

/// Asks the terminal for the place of its cursor.
///
/// # Errors
///
/// When there is no terminal.
pub fn ask_for_cursor() -> io::Result<Answer> {
    let mut terminal = File::options().read(true).write(true).open("/dev/tty")?;
    let _raw = RawMode::new()?;
    let (place, typed) = ask(&mut terminal)?;
    Ok(Answer { says_cursor: place.is_some(), typed: printable(&typed) })
}

/// The row and column of the cursor, from 0, on a terminal in raw mode; none without an answer. What is typed meanwhile is
/// dropped.
pub fn position(terminal: &mut File) -> Option<Place> {
    ask(terminal).ok()?.0
}

/// A row and a column, from 0.
pub type Place = (usize, usize);

/// The answer, if there is one, and the bytes around it.
fn ask(terminal: &mut File) -> io::Result<(Option<Place>, Vec<u8>)> {
    terminal.write_all(b"\x1b[6n")?;
    let deadline = Instant::now() + PATIENCE;
    let mut bytes = Vec::new();
    loop {
        if let Some(report) = position_report(&bytes) {
            let report: Vec<u8> = bytes.drain(report).collect();
            return Ok((place_in(&report), bytes));
        }
        let left = deadline.saturating_duration_since(Instant::now());
        let mut polled = [PollFd::new(terminal.as_fd(), PollFlags::POLLIN)];
        let timeout = PollTimeout::try_from(left).unwrap_or(PollTimeout::ZERO);
        if left.is_zero() || poll(&mut polled, timeout).unwrap_or(0) == 0 {
            return Ok((None, bytes));
        }
        let mut chunk = [0; 256];
        let length = terminal.read(&mut chunk)?;
        bytes.extend(&chunk[..length]);
    }
}

/// Finds `ESC [ row ; column R`.
fn position_report(bytes: &[u8]) -> Option<std::ops::Range<usize>> {
    let starts = bytes.windows(2).enumerate().filter(|(_, pair)| pair == b"\x1b[").map(|(at, _)| at);
    starts.into_iter().find_map(|start| {
        let body = &bytes[start + 2..];
        let end = body.iter().position(|byte| !byte.is_ascii_digit() && *byte != b';')?;
        (body[end] == b'R' && end > 0).then_some(start..start + 2 + end + 1)
    })
}

fn place_in(report: &[u8]) -> Option<Place> {
    let text = std::str::from_utf8(report.get(2..report.len() - 1)?).ok()?;
    let (row, column) = text.split_once(';')?;
    Some((row.parse::<usize>().ok()?.checked_sub(1)?, column.parse::<usize>().ok()?.checked_sub(1)?))
}

/// What of it can stand in a line; the rest were keys that mean nothing yet.
fn printable(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let line = text.split(['\r', '\n', '\u{3}', '\u{1b}']).next().unwrap_or_default();
    line.chars().filter(|c| !c.is_control() && *c != '\u{fffd}').collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_is_found_among_what_was_typed() {
        assert_eq!(position_report(b"\x1b[12;3R"), Some(0..7));
        assert_eq!(position_report(b"ls\x1b[1;1Rx"), Some(2..8));
        assert_eq!(position_report(b"\x1b[A\x1b[2;2R"), Some(3..9));
        for nothing in [&b""[..], b"\x1b[", b"\x1b[12;", b"\x1b[R", b"12;3R"] {
            assert_eq!(position_report(nothing), None);
        }
        assert_eq!(place_in(b"\x1b[12;3R"), Some((11, 2)));
        assert_eq!(printable("find é\r".as_bytes()), "find é");
        assert_eq!(printable(b"ab\x1b[A"), "ab");
    }
}
