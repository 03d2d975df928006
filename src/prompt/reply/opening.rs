//! Decides what stands where a command may begin.
//!
//! Each form of wrapping is a small function that says [`Opening::Wait`] while it cannot tell, or nothing if the text
//! is not of its form, so that the order of the forms can be read in two lists. It is separate from the reader because
//! it decides and changes nothing.

use super::words::{self, Lead};

/// What stands at the start of a text; lengths are in bytes and are passed over.
#[derive(Debug)]
pub(super) enum Opening<'text> {
    /// Too little to tell.
    Wait,
    /// A thought, up to this closing tag.
    Thought {
        length: usize,
        close: &'static str,
    },
    /// The end of a thought that began before the reply did.
    ThoughtEnd {
        length: usize,
    },
    /// A label, or a lead-in that ends before the command.
    Introduction {
        length: usize,
    },
    Fence {
        length: usize,
        marker: &'text str,
    },
    FenceEnd {
        length: usize,
    },
    /// A code span that has its line to itself.
    Span(&'text str),
    Json,
    /// A line that is a comment.
    Comment(&'text str),
    /// A line that is prose.
    Prose(&'text str),
    /// A prompt, with a command behind it.
    Prompt {
        length: usize,
    },
    Command,
}

/// The tags that models think between.
const THOUGHTS: [(&str, &str); 3] =
    [("<think>", "</think>"), ("<thinking>", "</thinking>"), ("<reasoning>", "</reasoning>")];

/// The tags that some models put around their answer.
const ANSWERS: [&str; 4] = ["<answer>", "<cmd>", "<command>", "<tool_call>"];

/// How far a first word or a prompt is looked for.
const LONGEST_HEAD: usize = 256;

/// Decides what stands at the start of a reply or after its prose.
pub(super) fn in_reply(text: &str, lead: Lead, ended: bool) -> Opening<'_> {
    thought(text)
        .or_else(|| answer(text))
        .or_else(|| code(text, ended))
        .or_else(|| json(text))
        .or_else(|| comment(text, ended))
        .or_else(|| label(text, ended))
        .or_else(|| prompt(text, ended))
        .unwrap_or_else(|| prose(text, lead, ended))
}

/// Decides what stands at the start of a fence, where there is no prose but a refusal.
pub(super) fn in_fence<'text>(text: &'text str, marker: &str, lead: Lead, ended: bool) -> Opening<'text> {
    fence_end(text, marker, ended)
        .or_else(|| json(text))
        .or_else(|| comment(text, ended))
        .or_else(|| prompt(text, ended))
        .unwrap_or_else(|| refusal(text, lead, ended))
}

fn thought(text: &str) -> Option<Opening<'_>> {
    THOUGHTS.iter().find_map(|(open, close)| {
        if text.starts_with(open) {
            Some(Opening::Thought { length: open.len(), close })
        } else if text.starts_with(close) {
            Some(Opening::ThoughtEnd { length: close.len() })
        } else {
            (open.starts_with(text) || close.starts_with(text)).then_some(Opening::Wait)
        }
    })
}

fn answer(text: &str) -> Option<Opening<'_>> {
    ANSWERS.iter().find_map(|tag| {
        let is_tag = text.starts_with(tag);
        let wait = tag.starts_with(text).then_some(Opening::Wait);
        if is_tag { Some(Opening::Introduction { length: tag.len() }) } else { wait }
    })
}

/// A fence, or a code span at the start of a line.
fn code(text: &str, ended: bool) -> Option<Opening<'_>> {
    if "~~~".starts_with(text) && !ended {
        return Some(Opening::Wait);
    }
    if !text.starts_with('`') && !text.starts_with("~~~") {
        return None;
    }
    let Some(line) = line(text, ended) else {
        return Some(Opening::Wait);
    };
    let rest = line.trim_start_matches(&line[..1]);
    let marker = &line[..line.len() - rest.len()];
    if marker.len() >= 3 && !rest.contains('`') {
        return Some(Opening::Fence { length: line.len(), marker });
    }
    let (span, tail) = rest.split_once(marker).unwrap_or((rest, ""));
    if tail.trim_matches(['.', ':', '*', ' ']).is_empty() {
        Some(Opening::Span(words::bare_span(span)))
    } else if is_argument(tail) {
        None
    } else {
        Some(Opening::Prose(line))
    }
}

/// Returns whether the text behind a code span makes it the first word of a command.
fn is_argument(tail: &str) -> bool {
    let is_apart = tail.starts_with([' ', ',', '.', ':', ';', ')', '*']);
    let word = tail.split_whitespace().next().unwrap_or_default();
    let is_option = word.len() > 1 && word.starts_with('-');
    !is_apart || is_option || word.starts_with(['|', '>', '&', ';'])
}

/// An object, told from a group of commands by its first key.
fn json(text: &str) -> Option<Opening<'_>> {
    let wait = || (text.len() < LONGEST_HEAD).then_some(Opening::Wait);
    let head = &text[..text.floor_char_boundary(LONGEST_HEAD)];
    let rest = head.strip_prefix('{')?.trim_start();
    if rest.is_empty() {
        return wait();
    }
    if rest.starts_with('}') {
        return Some(Opening::Json);
    }
    let Some((_, rest)) = rest.strip_prefix('"')?.split_once('"') else {
        return wait();
    };
    match rest.trim_start().chars().next() {
        None => wait(),
        Some(next) => (next == ':').then_some(Opening::Json),
    }
}

/// A comment or a heading; a lone `#` is taken for one rather than for root's prompt.
fn comment(text: &str, ended: bool) -> Option<Opening<'_>> {
    text.starts_with('#').then(|| line(text, ended).map_or(Opening::Wait, Opening::Comment))
}

fn label(text: &str, ended: bool) -> Option<Opening<'_>> {
    let length = words::label(text)?;
    match text[length..].chars().next() {
        None if !ended => Some(Opening::Wait),
        Some(next) if !next.is_whitespace() && next != '`' => None,
        _ => Some(Opening::Introduction { length }),
    }
}

/// A prompt: a sign and a blank, alone or behind `user@host` or another word.
pub(super) fn prompt(text: &str, ended: bool) -> Option<Opening<'static>> {
    if let Some(rest) = text.strip_prefix(['$', '%', '❯', '➜', '>']) {
        return match rest.chars().next() {
            None if !ended => Some(Opening::Wait),
            Some(next) if next != ' ' => None,
            _ if text.starts_with('>') => greater_than(text, ended),
            next => Some(Opening::Prompt { length: text.len() - rest.len() + next.map_or(0, char::len_utf8) }),
        };
    }
    let word = first_word(text, ended)?;
    if word.ends_with('$') || word.ends_with('#') && ["root", "sh-", "bash-"].iter().any(|user| word.starts_with(user))
    {
        return Some(Opening::Prompt { length: word.len() });
    }
    if !is_user_and_host(word) {
        return None;
    }
    let line = line(text, ended);
    let head = line.unwrap_or(text);
    let head = &head[..head.floor_char_boundary(LONGEST_HEAD)];
    match ["$ ", "% ", "# ", "> "].iter().filter_map(|sign| head.find(sign)).min() {
        Some(start) => Some(Opening::Prompt { length: start + 2 }),
        None if line.is_none() && text.len() < LONGEST_HEAD => Some(Opening::Wait),
        None => None,
    }
}

/// The prompt `> `, which is a redirection where nothing but the name of a file follows, as in `> debug.log`.
fn greater_than(text: &str, ended: bool) -> Option<Opening<'static>> {
    let head = &text[..text.floor_char_boundary(LONGEST_HEAD)];
    let line = line(head, ended);
    let mut words = line.unwrap_or(head).split_whitespace().skip(1);
    let (word, more) = (words.next().unwrap_or_default(), words.next());
    if line.is_none() && more.is_none() && text.len() < LONGEST_HEAD {
        return Some(Opening::Wait);
    }
    let is_file = !word.starts_with("./") && word.rfind('.').is_some_and(|dot| dot > 0);
    (more.is_some() || !is_file).then_some(Opening::Prompt { length: text.len().min(2) })
}

fn is_user_and_host(word: &str) -> bool {
    let is_name = |name: &str| {
        name.starts_with(char::is_alphanumeric)
            && name.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '.' | '_' | '-'))
    };
    let parts = word.strip_prefix('[').unwrap_or(word).split_once('@');
    parts.is_some_and(|(user, host)| is_name(user) && host.starts_with(char::is_alphanumeric))
}

/// Prose or, where it does not read as prose, a plain command.
fn prose(text: &str, lead: Lead, ended: bool) -> Opening<'_> {
    let Some(word) = first_word(text, ended) else {
        return Opening::Wait;
    };
    let begins_prose = words::begins_prose(word);
    if !begins_prose && matches!(lead, Lead::None | Lead::Invitation) {
        return Opening::Command;
    }
    if let Some(length) = words::introduction(text) {
        return Opening::Introduction { length };
    }
    let Some(line) = line(text, ended) else {
        return Opening::Wait;
    };
    let thought_end = THOUGHTS.iter().find_map(|(_, close)| Some(line.find(close)? + close.len()));
    if let Some(length) = thought_end {
        Opening::ThoughtEnd { length }
    } else if let Some(length) = line.find("```").filter(|length| *length > 0) {
        Opening::Introduction { length }
    } else if begins_prose || lead == Lead::Refusal || words::is_sentence(line) {
        Opening::Prose(line)
    } else {
        Opening::Command
    }
}

/// A line that declines inside a fence, and the lines that follow it.
fn refusal(text: &str, lead: Lead, ended: bool) -> Opening<'_> {
    let Some(word) = first_word(text, ended) else {
        return Opening::Wait;
    };
    if lead != Lead::Refusal && !words::begins_prose(word) {
        return Opening::Command;
    }
    match line(text, ended) {
        None => Opening::Wait,
        Some(line) if lead == Lead::Refusal || words::refuses(line) => Opening::Prose(line),
        Some(_) => Opening::Command,
    }
}

/// The end of the fence with this marker: a line that begins with it, or with its first part at the end of the reply.
pub(super) fn fence_end(text: &str, marker: &str, ended: bool) -> Option<Opening<'static>> {
    let head = &text[..text.floor_char_boundary(LONGEST_HEAD)];
    let rest = head.trim_start_matches([' ', '\t']);
    if rest.starts_with(marker) {
        Some(Opening::FenceEnd { length: head.len() - rest.len() + marker.len() })
    } else if !marker.starts_with(rest) || head.len() < text.len() {
        None
    } else if ended {
        Some(Opening::FenceEnd { length: text.len() })
    } else {
        Some(Opening::Wait)
    }
}

/// Returns the first line, once it is whole.
fn line(text: &str, ended: bool) -> Option<&str> {
    match text.find('\n') {
        Some(end) => Some(&text[..end]),
        None => ended.then_some(text),
    }
}

/// Returns the first word, once it is whole or too long to matter.
fn first_word(text: &str, ended: bool) -> Option<&str> {
    let head = &text[..text.floor_char_boundary(LONGEST_HEAD)];
    match head.find(char::is_whitespace) {
        Some(end) => Some(&head[..end]),
        None => (ended || head.len() < text.len()).then_some(head),
    }
}
