//! Tells prose from commands by their words.
//!
//! The tables of the reader live here, apart from the reading: which first words begin a sentence, which phrases
//! decline a request, which labels stand before an answer. They are judged on English replies and on what every
//! language shows, such as capitals at the start of a sentence.

/// First words, in any case, that begin a sentence and name no common command.
const SENTENCE_WORDS: [&str; 22] = [
    "below",
    "certainly",
    "here",
    "here's",
    "i",
    "i'd",
    "i'll",
    "i'm",
    "ok",
    "okay",
    "please",
    "sorry",
    "sure",
    "the",
    "there",
    "this",
    "to",
    "try",
    "unable",
    "unfortunately",
    "use",
    "you",
];

/// Commands that look like the first word of a sentence.
const CAPITALISED_COMMANDS: [&str; 5] = ["Rscript", "Xephyr", "Xnest", "Xorg", "Xvfb"];

/// Beginnings of a reply that declines, in lower case.
const REFUSALS: [&str; 33] = [
    "apologies",
    "as a language model",
    "as an ai",
    "can't",
    "cannot",
    "i am not able",
    "i am sorry",
    "i am unable",
    "i apologize",
    "i can not",
    "i can't",
    "i cannot",
    "i do not",
    "i don't",
    "i will not",
    "i won't",
    "i'm afraid",
    "i'm not able",
    "i'm not sure",
    "i'm sorry",
    "i'm unable",
    "it is not possible",
    "it's not possible",
    "no command",
    "not possible",
    "sorry",
    "there is no command",
    "there is no single command",
    "there's no command",
    "this cannot",
    "this is not possible",
    "unable to",
    "unfortunately",
];

/// Whole replies that decline, in lower case.
const REFUSED: [&str; 6] =
    ["unsupported", "n/a", "none", "echo \"unsupported\"", "echo 'unsupported'", "echo unsupported"];

/// What may stand before a colon and an answer, in lower case.
const LABELS: [&str; 19] = [
    "answer",
    "assistant",
    "bash",
    "bash command",
    "cmd",
    "command",
    "console",
    "fish",
    "output",
    "response",
    "result",
    "run",
    "sh",
    "shell",
    "shell command",
    "solution",
    "terminal",
    "try",
    "zsh",
];

/// What the prose so far promises for the lines that follow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lead {
    None,
    /// A command, as after "Here is the command:".
    Invitation,
    /// A command or more prose.
    Talk,
    /// No command, unless it is fenced.
    Refusal,
}

impl Lead {
    /// Returns the lead after another line of prose; a refusal stays one.
    pub(super) fn after(self, line: &str) -> Self {
        if refuses(line) {
            Self::Refusal
        } else if line.trim_end().trim_end_matches('*').ends_with(':') {
            self.invited()
        } else {
            self.or(Self::Talk)
        }
    }

    /// Returns the lead after a label or an introduction; a refusal stays one.
    pub(super) fn invited(self) -> Self {
        self.or(Self::Invitation)
    }

    fn or(self, next: Self) -> Self {
        if self == Self::Refusal { self } else { next }
    }
}

/// Returns whether a text declines the request.
pub(super) fn refuses(text: &str) -> bool {
    let text = plain(text);
    REFUSED.contains(&text.trim_end_matches('.'))
        || REFUSALS.iter().any(|refusal| {
            text.strip_prefix(refusal).is_some_and(|rest| !rest.starts_with(|next: char| is_inside_word(next)))
        })
}

/// Returns whether a text declines the request or could still come to.
pub(super) fn may_refuse(text: &str) -> bool {
    let start = plain(text);
    refuses(text) || REFUSED.iter().chain(&REFUSALS).any(|refusal| refusal.starts_with(&start))
}

/// Returns the beginning of a text in lower case, without emphasis, with plain apostrophes.
fn plain(text: &str) -> String {
    let head = &text[..text.floor_char_boundary(64)];
    let characters = head.trim_start_matches(['*', '_']).trim_end().chars();
    characters.flat_map(char::to_lowercase).map(|character| if character == '’' { '\'' } else { character }).collect()
}

fn is_inside_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '-' | '_' | '/' | '=')
}

/// Returns whether a first word begins a line of prose.
pub(super) fn begins_prose(word: &str) -> bool {
    let is_list_mark = ["-", "*", "•"].contains(&word)
        || word
            .strip_suffix(['.', ')'])
            .is_some_and(|number| !number.is_empty() && number.chars().all(|digit| digit.is_ascii_digit()));
    let is_phrase_end = word
        .strip_suffix([',', ':'])
        .is_some_and(|phrase| !phrase.is_empty() && phrase.chars().all(char::is_alphabetic));
    let bare = word.trim_start_matches(['(', '_']).trim_end_matches([',', '.', ':', ';', '!', '?', ')', '_']);
    is_list_mark
        || is_phrase_end
        || word.starts_with("**")
        || is_capitalised(bare)
        || SENTENCE_WORDS.contains(&plain(bare).as_str())
}

/// Returns whether a word is written like the first of a sentence, or in letters that no command is written in.
fn is_capitalised(word: &str) -> bool {
    let mut letters = word.chars();
    let Some(first) = letters.next() else {
        return false;
    };
    let rest = letters.as_str();
    let is_word = rest.chars().all(|letter| letter.is_lowercase() || matches!(letter, '\'' | '’'));
    let is_sentence_start = first.is_uppercase() && is_word && (!rest.is_empty() || word == "A");
    is_sentence_start && !CAPITALISED_COMMANDS.contains(&word) || first.is_alphabetic() && !first.is_ascii()
}

/// Returns whether a line that follows prose reads as more of it.
pub(super) fn is_sentence(line: &str) -> bool {
    let line = line.trim_end();
    let ends = line.strip_suffix(['.', '!', '?', ':']);
    ends.is_some_and(|rest| rest.ends_with(|last: char| last.is_alphabetic() || matches!(last, ')' | '`' | '"')))
        && line.split_whitespace().nth(2).is_some()
}

/// Returns the length of a label such as `**Command:**` at the start of a text.
pub(super) fn label(text: &str) -> Option<usize> {
    let head = first_line(text, 32);
    let colon = head.find(':')?;
    let name = head[..colon].trim_matches('*').trim().to_lowercase();
    let length = head.len() - head[colon + 1..].trim_start_matches('*').len();
    LABELS.contains(&name.as_str()).then_some(length)
}

/// Returns the length of an introduction such as "The command you need is: " at the start of a text.
pub(super) fn introduction(text: &str) -> Option<usize> {
    let (words, _) = first_line(text, 200).split_once(": ")?;
    let introduces = words.to_lowercase().contains("command") && !words.contains('`') && !refuses(words);
    introduces.then_some(words.len() + 1)
}

/// Returns the first line of a text, up to a length.
fn first_line(text: &str, longest: usize) -> &str {
    let head = &text[..text.floor_char_boundary(longest)];
    head.lines().next().unwrap_or_default()
}

/// Returns the code span of a line of prose that is a command: the only one, or the only one of several words.
///
/// There is none where the words before it warn of it.
pub(super) fn only_span(line: &str) -> Option<&str> {
    let parts: Vec<&str> = line.split('`').collect();
    let spans: Vec<usize> = (1..parts.len() - 1).step_by(2).collect();
    let long: Vec<usize> = spans.iter().copied().filter(|index| parts[*index].trim().contains(' ')).collect();
    let (([index], _) | (_, [index])) = (&spans[..], &long[..]) else {
        return None;
    };
    let before = parts[..*index].concat().to_lowercase();
    let warns = [" not ", "n't ", "n’t ", "never "].iter().any(|warning| before.contains(warning));
    Some(bare_span(parts[*index])).filter(|span| !warns && !span.is_empty() && !span.starts_with('-'))
}

/// Returns a code span without blanks around it and without a prompt.
pub(super) fn bare_span(span: &str) -> &str {
    let span = span.trim();
    span.strip_prefix("$ ").unwrap_or(span)
}
