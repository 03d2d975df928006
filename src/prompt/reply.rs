//! Takes the one shell command out of a model's reply, while the reply is still arriving.
//!
//! A model is asked for a bare command and answers with fences, labels, prompts, JSON, thoughts and apologies. What is
//! painted while it streams must be the command and never the wrapping, so reading is incremental: text whose role is
//! undecided is held back, and a settled part is never read twice. It is separate from the prompt that asks because a
//! reply is untrusted text and deserves a small pure reader with a table of cases (`tests/data/replies.txt`).
//!
//! The rules, in the order they are tried where a command may begin:
//!
//! - A thought (`<think>…</think>`) at the start is dropped; while one is open there is no command.
//! - The first fence that is not empty wins and ends at its closing fence; comments at its top are dropped. Where its
//!   first line carries a prompt, only lines with a prompt are commands and the rest is output.
//! - A JSON object gives the first string under `cmd` or `command`, at any depth.
//! - Comments, labels (`Command:`, `<answer>`) and prompts (`$ `) are passed over.
//! - A line that begins like prose (a capitalised word, a list mark, "sorry") is held until it ends. The only code span
//!   of such a line is the command; a span of one word, or in a line that ends with a colon, only if nothing better
//!   follows. After a refusal no words count, only code on lines of its own.
//! - Anything else is a plain command, painted at once. It ends with its first line on which nothing is left open.

mod body;
mod continuation;
mod json;
mod opening;
#[cfg(test)]
mod tests;
mod words;

use body::{Body, Prompt};
use json::Json;
use opening::Opening;
use words::Lead;

/// The longest reply that is read, in bytes; what follows is cut off.
const LONGEST_REPLY: usize = 64 * 1024;

/// The longest run of blanks, in characters; a model that goes on with nothing is stuck.
const LONGEST_BLANK: usize = 1024;

/// How many characters of a refusal are kept.
const LONGEST_REFUSAL: usize = 300;

/// Tokens that end a reply and that some servers print as text, and the tags that end an answer.
const END_TOKENS: [&str; 12] = [
    "<|im_end|>",
    "<|endoftext|>",
    "<|end_of_text|>",
    "<|eot_id|>",
    "<|end|>",
    "<end_of_turn>",
    "<｜end▁of▁sentence｜>",
    "</s>",
    "</answer>",
    "</cmd>",
    "</command>",
    "</tool_call>",
];

/// Why a reply holds no command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoCommand {
    /// The model said nothing, or only thought.
    Empty,
    /// The model declined or only talked; its words, which may be none, cut to a few lines.
    Refused(String),
}

/// Reads a reply piece by piece and knows the command as far as it has come.
#[derive(Debug)]
pub struct ReplyReader {
    /// The reply as it came, with CRLF made LF.
    raw: String,
    /// How far `raw` is understood; nothing before it is read again.
    read: usize,
    /// How far `raw` may be read; what follows could be the first half of an end token.
    known: usize,
    /// How many blanks `raw` ends with.
    blanks: usize,
    /// Whether the reply is over.
    ended: bool,
    form: Form,
    /// What the prose so far promises.
    lead: Lead,
    /// A command found in passing, in case nothing better follows.
    spare: String,
    /// What the model said beside the command, for a refusal.
    said: String,
}

/// What the text being read is part of.
#[derive(Debug)]
enum Form {
    /// Where a command may begin; inside the fence with this marker, if any.
    Opening(Option<String>),
    /// A thought that ends with this tag.
    Thought(&'static str),
    Span(String),
    Body(Body),
    Json(Json),
}

impl Default for ReplyReader {
    fn default() -> Self {
        Self::new()
    }
}

impl ReplyReader {
    /// Returns a reader of a reply that has not begun.
    pub fn new() -> Self {
        Self {
            raw: String::new(),
            read: 0,
            known: 0,
            blanks: 0,
            ended: false,
            form: Form::Opening(None),
            lead: Lead::None,
            spare: String::new(),
            said: String::new(),
        }
    }

    /// Takes the next piece of the reply, split from the others at any character.
    ///
    /// What the prompt has already put into the model's mouth, such as an open fence or `<think>`, is pushed first.
    pub fn push(&mut self, piece: &str) {
        for character in piece.chars() {
            if self.is_complete() {
                return;
            }
            self.blanks = if character.is_whitespace() { self.blanks + 1 } else { 0 };
            if self.blanks > LONGEST_BLANK || self.raw.len() + character.len_utf8() > LONGEST_REPLY {
                return self.end();
            }
            if character == '\n' && self.raw.ends_with('\r') {
                self.raw.pop();
            }
            self.raw.push(character);
        }
        self.look_for_end_token();
        self.advance();
    }

    /// Returns the command as far as it is known, empty while there is none.
    ///
    /// Wrapping and the beginning of a refusal are never in it.
    pub fn command(&self) -> &str {
        let command = self.candidate();
        if words::may_refuse(command) { "" } else { command }
    }

    /// Returns true once nothing that follows can change the command, so that the engine can be stopped.
    pub fn is_complete(&self) -> bool {
        self.ended
            || match &self.form {
                Form::Opening(_) | Form::Thought(_) => false,
                Form::Span(_) => true,
                Form::Body(body) => body.is_complete(),
                Form::Json(json) => json.is_complete(),
            }
    }

    /// Ends the reply and returns its command, or why there is none.
    pub fn finish(mut self) -> Result<String, NoCommand> {
        self.end();
        let command = match &self.form {
            Form::Opening(_) => self.spare.trim(),
            _ => self.candidate(),
        };
        let declined = match &self.form {
            Form::Json(json) => Some(json.words()),
            _ => Some(self.said.trim()).filter(|said| !said.is_empty()),
        };
        let words = match (command, declined) {
            ("", None) => return Err(NoCommand::Empty),
            ("", Some(words)) => words,
            (command, _) if words::refuses(command) => command,
            (command, _) => return Ok(command.to_owned()),
        };
        Err(NoCommand::Refused(words.chars().take(LONGEST_REFUSAL).collect()))
    }

    /// Returns what would be the command, were it not a refusal.
    fn candidate(&self) -> &str {
        match &self.form {
            Form::Opening(_) | Form::Thought(_) => "",
            Form::Span(command) => command.trim(),
            Form::Body(body) => body.command().trim(),
            Form::Json(json) => json.command().trim(),
        }
    }

    /// Reads what was held back, as nothing follows it.
    fn end(&mut self) {
        if self.ended {
            return;
        }
        self.look_for_end_token();
        if !self.ended && !END_TOKENS.contains(&self.raw[self.known..].trim_end()) {
            self.known = self.raw.len();
        }
        self.ended = true;
        self.advance();
    }

    /// Moves `known` on, up to an end token or what may become one.
    ///
    /// A token inside a word or quotes is text that the command is about, as in `grep '</s>' page.html`, so one counts
    /// only before a blank, another tag or the end.
    fn look_for_end_token(&mut self) {
        let end = self.raw.len() - usize::from(self.raw.ends_with('\r'));
        while let Some(offset) = self.raw[self.known..end].find('<') {
            self.known += offset;
            let text = &self.raw[self.known..];
            if END_TOKENS.iter().any(|token| token.starts_with(text)) {
                return;
            }
            let rest = END_TOKENS.iter().find_map(|token| text.strip_prefix(token));
            if rest.is_some_and(|rest| rest.starts_with(|next: char| next == '<' || next.is_whitespace())) {
                self.ended = true;
                return;
            }
            self.known += 1;
        }
        self.known = end;
    }

    /// Reads on until more text is needed.
    fn advance(&mut self) {
        while self.step() {}
    }

    /// Reads what stands next, and returns whether something else may follow it.
    fn step(&mut self) -> bool {
        let text = &self.raw[self.read..self.known];
        match &mut self.form {
            Form::Opening(_) => return self.open(),
            Form::Thought(close) => {
                if let Some(start) = text.find(*close) {
                    self.read += start + close.len();
                    self.form = Form::Opening(None);
                    return true;
                }
                self.read += text.floor_char_boundary(text.len().saturating_sub(close.len()));
            }
            Form::Span(_) => {}
            Form::Body(body) => self.read += body.read(text, self.ended),
            Form::Json(json) => self.read += json.read(text),
        }
        false
    }

    /// Decides what stands where a command may begin, and returns false if that takes more text.
    fn open(&mut self) -> bool {
        let Form::Opening(fence) = &mut self.form else {
            return false;
        };
        let text = self.raw[self.read..self.known].trim_start();
        self.read = self.known - text.len();
        let opening = match fence {
            Some(marker) => opening::in_fence(text, marker, self.lead, self.ended),
            None => opening::in_reply(text, self.lead, self.ended),
        };
        match opening {
            Opening::Wait => return false,
            Opening::Introduction { length } => {
                self.read += length;
                self.lead = self.lead.invited();
            }
            Opening::Thought { length, close } => {
                self.read += length;
                self.form = Form::Thought(close);
            }
            Opening::ThoughtEnd { length } => {
                self.read += length;
                self.lead = Lead::None;
                self.spare.clear();
                self.said.clear();
            }
            Opening::Fence { length, marker } => {
                self.read += length;
                self.lead = Lead::None;
                self.form = Form::Opening(Some(marker.to_owned()));
            }
            Opening::FenceEnd { length } => {
                self.read += length;
                self.form = Form::Opening(None);
            }
            Opening::Comment(line) => {
                self.read += line.len();
                note(&mut self.said, line.trim_start_matches('#'));
            }
            Opening::Prose(line) => {
                self.read += line.len();
                note(&mut self.said, line);
                self.lead = self.lead.after(line);
                let span = words::only_span(line).filter(|_| self.lead != Lead::Refusal);
                match span {
                    Some(span) if self.lead == Lead::Talk && span.contains(' ') => {
                        self.form = Form::Span(span.to_owned());
                    }
                    Some(span) if self.spare.is_empty() => self.spare = span.to_owned(),
                    _ => {}
                }
            }
            Opening::Span(command) => self.form = Form::Span(command.to_owned()),
            Opening::Json => self.form = Form::Json(Json::default()),
            Opening::Command => self.form = Form::Body(Body::new(fence.take(), Prompt::None)),
            Opening::Prompt { length } => {
                self.read += length;
                self.form = Form::Body(Body::new(fence.take(), Prompt::EachCommand));
            }
        }
        true
    }
}

/// Adds a line to what the model said, as far as it can ever be shown.
fn note(said: &mut String, line: &str) {
    if said.chars().count() < LONGEST_REFUSAL {
        said.push_str(line.trim());
        said.push(' ');
    }
}
