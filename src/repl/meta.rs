//! What a line of a session is: a request, a command to run as it stands, or a command to caro itself.

use crate::error::nearest;

/// A command to caro, as `/help` lists them.
#[derive(Debug)]
pub struct Meta {
    pub name: &'static str,
    /// What may follow it, for people.
    pub argument: &'static str,
    pub help: &'static str,
}

/// Every one of them, in the order in which they are listed.
pub const METAS: [Meta; 14] = [
    Meta { name: "help", argument: "", help: "lists these" },
    Meta { name: "model", argument: "[PATH|nano]", help: "says who answers, or lets another model answer" },
    Meta { name: "safety", argument: "[POLICY|COMMAND]", help: "says or sets the policy, or judges a command" },
    Meta { name: "context", argument: "", help: "prints exactly what the model is told" },
    Meta { name: "history", argument: "[N]", help: "the last commands that caro ran" },
    Meta { name: "explain", argument: "[COMMAND]", help: "explains a command, or the last one" },
    Meta { name: "undo", argument: "", help: "takes back the last turn of the talk; not what a command did" },
    Meta { name: "new", argument: "", help: "forgets the talk so far" },
    Meta { name: "copy", argument: "", help: "copies the last command" },
    Meta { name: "last", argument: "", help: "reviews the last command again" },
    Meta { name: "set", argument: "[KEY VALUE]", help: "lists the settings, or changes one for this session" },
    Meta { name: "doctor", argument: "", help: "says what this session is made of" },
    Meta { name: "quit", argument: "", help: "leaves; so does Ctrl-D" },
    Meta { name: "exit", argument: "", help: "the same" },
];

/// What was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    Nothing,
    /// In plain words.
    Request(String),
    /// `!command`.
    Command(String),
    /// `!` alone: the user's shell.
    Shell,
    /// `!cd DIR`: the session goes there.
    Go(String),
    /// `/name argument`, one of [`METAS`].
    Meta {
        name: &'static str,
        argument: String,
    },
    /// `/name` of none of them, and the nearest that is.
    Unknown {
        name: String,
        nearest: Option<&'static str>,
    },
}

/// Reads a line. A `\` at its beginning, or a blank before a `/` or `!`, makes it words.
pub fn read(line: &str) -> Input {
    let text = line.trim();
    if text.is_empty() {
        return Input::Nothing;
    }
    if let Some(words) = text.strip_prefix('\\') {
        return Input::Request(words.trim().to_owned());
    }
    if line.starts_with(' ') {
        return Input::Request(text.to_owned());
    }
    if let Some(command) = text.strip_prefix('!') {
        let command = command.trim();
        return match command.strip_prefix("cd").map(|rest| (rest, rest.trim())) {
            _ if command.is_empty() => Input::Shell,
            Some(("", _)) => Input::Go("~".to_owned()),
            Some((rest, folder)) if rest.starts_with(' ') && is_one_word(folder) => Input::Go(unquoted(folder)),
            _ => Input::Command(command.to_owned()),
        };
    }
    match text.strip_prefix('/') {
        // A path is no command of ours: `/var/log is too big`.
        Some(rest) if !rest.split_whitespace().next().is_some_and(|word| word.contains('/')) => {
            let (name, argument) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            match METAS.iter().find(|meta| meta.name == name) {
                Some(meta) => Input::Meta { name: meta.name, argument: argument.trim().to_owned() },
                None => {
                    Input::Unknown { name: name.to_owned(), nearest: nearest(name, METAS.iter().map(|meta| meta.name)) }
                }
            }
        }
        _ => Input::Request(text.to_owned()),
    }
}

fn is_one_word(text: &str) -> bool {
    shell_words::split(text).is_ok_and(|words| words.len() == 1)
        && !text.contains([';', '&', '|', '$', '`', '<', '>', '*', '?', '('])
}

fn unquoted(word: &str) -> String {
    shell_words::split(word).ok().and_then(|mut words| words.pop()).unwrap_or_else(|| word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meta(name: &'static str, argument: &str) -> Input {
        Input::Meta { name, argument: argument.to_owned() }
    }

    #[test]
    fn lines_are_told_apart() {
        assert_eq!(read("  "), Input::Nothing);
        assert_eq!(read("find big pdfs"), Input::Request("find big pdfs".into()));
        assert_eq!(read("!ls -l"), Input::Command("ls -l".into()));
        assert_eq!(read("!"), Input::Shell);
        assert_eq!(read("!cd /tmp"), Input::Go("/tmp".into()));
        assert_eq!(read("!cd"), Input::Go("~".into()));
        assert_eq!(read("!cd 'a b'"), Input::Go("a b".into()));
        assert_eq!(read("!cd x && ls"), Input::Command("cd x && ls".into()));
        assert_eq!(read("!cdrecord x"), Input::Command("cdrecord x".into()));
        assert_eq!(read("/help"), meta("help", ""));
        assert_eq!(read("/set safety strict"), meta("set", "safety strict"));
        assert_eq!(read("/hlep"), Input::Unknown { name: "hlep".into(), nearest: Some("help") });
    }

    #[test]
    fn words_can_begin_like_a_command() {
        for line in ["\\/help me find it", " /help me find it"] {
            assert_eq!(read(line), Input::Request("/help me find it".into()));
        }
        assert_eq!(read("/var/log is too big"), Input::Request("/var/log is too big".into()));
        assert_eq!(read("\\!x"), Input::Request("!x".into()));
    }
}
