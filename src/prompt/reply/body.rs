//! Reads the lines of a command and finds where they end.
//!
//! A body is painted while it grows, so it takes a line as it comes and holds back only what may be wrapping: a closing
//! fence at the start of a line or at its end, and in a console session whatever may be output. It is separate from the
//! reader because fenced and plain commands share it.

use super::continuation::Continuation;
use super::opening::{self, Opening};

/// Which lines of a fence are commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Prompt {
    /// All of them.
    None,
    /// Those behind a prompt; the others are output.
    EachCommand,
}

/// A command that is being read line by line.
#[derive(Debug)]
pub(super) struct Body {
    /// The marker of the fence around it; without one it ends with its first line that leaves nothing open.
    fence: Option<String>,
    prompt: Prompt,
    text: String,
    /// Where the last line begins in `text`.
    line: usize,
    /// Whether the start of that line is undecided.
    is_line_start: bool,
    continuation: Continuation,
    /// Where a fence closed inside a here-document, which is the end unless the document has one too.
    doubt: Option<usize>,
    is_complete: bool,
}

impl Body {
    /// Returns a body that begins behind the prompt of its first line, if it has one.
    pub(super) fn new(fence: Option<String>, prompt: Prompt) -> Self {
        Self {
            fence,
            prompt,
            text: String::new(),
            line: 0,
            is_line_start: false,
            continuation: Continuation::default(),
            doubt: None,
            is_complete: false,
        }
    }

    /// Returns the command as far as it is sure.
    pub(super) fn command(&self) -> &str {
        &self.text[..self.doubt.unwrap_or(self.text.len())]
    }

    /// Returns true once the command has ended.
    pub(super) fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// Reads on and returns how much of the text is settled.
    pub(super) fn read(&mut self, text: &str, ended: bool) -> usize {
        let mut read = 0;
        while !self.is_complete {
            let rest = &text[read..];
            if self.is_line_start {
                match self.start_line(rest, ended) {
                    Some(length) => read += length,
                    None => break,
                }
                continue;
            }
            if let Some(end) = rest.find('\n') {
                self.text.push_str(&rest[..end]);
                self.end_line();
                read += end + 1;
            } else if ended {
                self.text.push_str(rest);
                self.end_line();
                self.is_complete = true;
                read = text.len();
            } else {
                let sure = rest.len() - trailing_fence(rest);
                self.text.push_str(&rest[..sure]);
                read += sure;
                break;
            }
        }
        read
    }

    /// Decides what the start of a line is, and returns how much of it is passed over, or nothing if it cannot tell.
    fn start_line(&mut self, text: &str, ended: bool) -> Option<usize> {
        let end = self.fence.as_ref().and_then(|marker| opening::fence_end(text, marker, ended));
        match end {
            Some(Opening::Wait) => return None,
            Some(_) if self.continuation.is_in_document() => {
                self.doubt.get_or_insert(self.line);
            }
            Some(_) => {
                self.is_complete = true;
                return Some(0);
            }
            None => {}
        }
        let length = match self.prompt {
            Prompt::None => Some(0),
            Prompt::EachCommand if self.continuation.is_open() => continuation_prompt(text, ended),
            Prompt::EachCommand => match opening::prompt(text, ended) {
                Some(Opening::Prompt { length }) => Some(length),
                Some(_) => None,
                None => return text.find('\n').map(|end| end + 1).or(ended.then_some(text.len())),
            },
        }?;
        self.is_line_start = false;
        Some(length)
    }

    /// Takes account of a whole line, and ends the body if nothing can follow.
    fn end_line(&mut self) {
        let line = &self.text[self.line..];
        if let Some(length) = self.length_before_fence(line) {
            self.text.truncate(self.line + length);
            self.is_complete = true;
            return;
        }
        self.continuation.take(line);
        if !self.continuation.is_in_document() {
            self.doubt = None;
        }
        self.is_complete = self.fence.is_none() && !self.continuation.is_open();
        self.text.push('\n');
        self.line = self.text.len();
        self.is_line_start = true;
    }

    /// Returns the length of a line without the fence that closes at its end, unless that fence is quoted text.
    fn length_before_fence(&self, line: &str) -> Option<usize> {
        let marker = self.fence.as_deref().unwrap_or("```");
        let command = line.trim_end().strip_suffix(marker).filter(|_| !marker.starts_with('~'))?;
        let mut continuation = self.continuation.clone();
        continuation.take(command);
        (!self.continuation.is_in_document() && !continuation.is_in_quotes()).then_some(command.len())
    }
}

/// Decides whether a line that continues a command in a console session begins with the prompt for that.
fn continuation_prompt(text: &str, ended: bool) -> Option<usize> {
    match text {
        "" | ">" if !ended => None,
        _ if text.starts_with("> ") => Some(2),
        _ => Some(0),
    }
}

/// Returns the length of what at the end may be a closing fence.
fn trailing_fence(text: &str) -> usize {
    let line = text.trim_end();
    let ticks = line.bytes().rev().take(8).take_while(|byte| *byte == b'`').count();
    if ticks == 0 { 0 } else { text.len() - line.len() + ticks }
}
