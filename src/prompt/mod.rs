//! What the model is asked and how its reply is read.
//!
//! Pure: a request, earlier turns and a [`Context`] go in, [`Message`]s come out; pieces of a reply
//! go in, the command comes out. A model made for caro is asked differently from a chat model
//! ([`Style`]); nobody else needs to know.

pub mod follow_up;
pub mod mask;
pub mod reply;

use std::borrow::Cow;

use crate::context::Context;
use crate::shell::Shell;
use mask::Masked;
use reply::{NoCommand, ReplyReader};

/// Who speaks in a [`Message`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    System,
    User,
    Assistant,
}

impl Role {
    /// The word for it in protocols.
    pub fn name(self) -> &'static str {
        match self {
            Role::System => "system",
            Role::User => "user",
            Role::Assistant => "assistant",
        }
    }
}

/// One message of the conversation that a chat template turns into a prompt.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Message {
    pub role: Role,
    pub content: String,
}

impl Message {
    /// Makes a message of `role`.
    pub fn new(role: Role, content: impl Into<String>) -> Message {
        Message { role, content: content.into() }
    }
}

/// How a model wants to be asked: a property of the model, not of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Style {
    /// System prompt, earlier turns, request.
    #[default]
    Chat,
    /// The bare request with its literals masked, as the built-in model was trained.
    Masked,
}

/// An earlier request of the same conversation and the command it led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    pub request: String,
    pub command: String,
}

/// What the user wants.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ask {
    /// In plain words.
    pub request: String,
    /// What led here, oldest first.
    pub turns: Vec<Turn>,
    /// Text piped in, to which the request refers.
    pub piped: Option<String>,
    /// Commands that were offered for this request already and are not wanted again.
    pub avoid: Vec<String>,
    /// How many other commands are wanted beside the best.
    pub alternatives: usize,
    /// Whether the request changes the last turn's command, whatever its words look like.
    pub revises: bool,
}

impl Ask {
    /// The request with what it follows, for a model that knows one request at a time.
    pub fn whole_request(&self) -> String {
        match (self.revises, self.turns.is_empty()) {
            (true, false) => follow_up::continued(&self.turns, &self.request),
            _ => follow_up::whole_request(&self.turns, &self.request),
        }
    }
}

/// What an engine is given, and what is needed to read its reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    pub messages: Vec<Message>,
    masked: Option<Masked>,
}

impl Prompt {
    /// Puts `ask` as a model of `style` wants to hear it.
    pub fn new(style: Style, ask: &Ask, context: &Context) -> Prompt {
        match style {
            Style::Masked => {
                let masked = mask::mask(&ask.whole_request());
                Prompt { messages: vec![Message::new(Role::User, masked.text.clone())], masked: Some(masked) }
            }
            Style::Chat => {
                let mut messages = vec![Message::new(Role::System, system_prompt(context))];
                for turn in &ask.turns {
                    messages.push(Message::new(Role::User, turn.request.as_str()));
                    messages.push(Message::new(Role::Assistant, turn.command.as_str()));
                }
                messages.push(Message::new(Role::User, request_with_text(ask)));
                Prompt { messages, masked: None }
            }
        }
    }

    /// Makes the reader for the reply to this prompt.
    pub fn reader(&self) -> CommandReader {
        match &self.masked {
            Some(masked) => CommandReader::Masked { masked: masked.clone(), text: String::new() },
            None => CommandReader::Chat(ReplyReader::new()),
        }
    }
}

/// Takes the command out of a reply, piece by piece.
#[derive(Debug)]
pub enum CommandReader {
    /// A chat model wraps its command in whatever it likes.
    Chat(ReplyReader),
    /// A model made for caro says the command and nothing else, with placeholders in it.
    Masked { masked: Masked, text: String },
}

impl CommandReader {
    /// Takes the next piece of decoded text.
    pub fn push(&mut self, piece: &str) {
        match self {
            CommandReader::Chat(reader) => reader.push(piece),
            CommandReader::Masked { text, .. } => text.push_str(piece),
        }
    }

    /// The command as far as it is known.
    pub fn command(&self) -> Cow<'_, str> {
        match self {
            CommandReader::Chat(reader) => Cow::Borrowed(reader.command()),
            CommandReader::Masked { text, .. } if text.trim_start().starts_with(REFUSAL) => Cow::Borrowed(""),
            CommandReader::Masked { masked, text } => Cow::Owned(masked.unmask(text.trim_start())),
        }
    }

    /// True once nothing that follows can change the command.
    pub fn is_complete(&self) -> bool {
        match self {
            CommandReader::Chat(reader) => reader.is_complete(),
            CommandReader::Masked { .. } => false,
        }
    }

    /// Ends the reply.
    ///
    /// # Errors
    ///
    /// Why it holds no command.
    pub fn finish(self) -> Result<String, NoCommand> {
        match self {
            CommandReader::Chat(reader) => reader.finish(),
            CommandReader::Masked { masked, text } => {
                let command = masked.unmask(&text).trim().to_owned();
                match command.strip_prefix(REFUSAL) {
                    Some(_) => Err(NoCommand::Refused(String::new())),
                    None if command.is_empty() => Err(NoCommand::Empty),
                    None => Ok(command),
                }
            }
        }
    }
}

/// With what a model made for caro begins when no command answers the request (`nano/data.py`).
const REFUSAL: char = '#';

/// What a chat model is told before the request. The rules come first and the facts that differ
/// between folders last, so that the beginning stays the same and its KV state can be kept.
fn system_prompt(context: &Context) -> String {
    let shell = context.shell;
    let mut prompt = format!(
        "You turn a request into one {shell} command.\n\
         \n\
         Rules:\n\
         - Answer with the command alone, on one line where it fits: no explanation, no Markdown, no comment.\n\
         - Use tools that a plain install has, unless the request names another.\n\
         - Quote every path and pattern that could hold a space or a wildcard.\n\
         - Do what is asked and no more: never delete, overwrite or change rights unless the request says so.\n\
         - Take names, numbers and paths from the request exactly as they stand there.\n\
         - If no command can do it, answer: unsupported\n\
         \n\
         Examples:\n\
         list the ten biggest files below this folder\n\
         {biggest}\n\
         which process listens on port 8080\n\
         {listening}\n",
        shell = shell.name(),
        biggest = biggest_files(shell, context.tools),
        listening = "lsof -nP -iTCP:8080 -sTCP:LISTEN",
    );
    let facts = [
        ("System", context.system.clone()),
        ("Standard tools", context.tools.map(str::to_owned)),
        ("Current folder", context.directory.as_ref().map(|folder| folder.display().to_string())),
    ];
    for (name, fact) in facts {
        if let Some(fact) = fact {
            prompt.push_str(&format!("\n{name}: {fact}"));
        }
    }
    prompt
}

/// What a chat model is asked to explain a command.
pub fn explaining(command: &str, context: &Context) -> Vec<Message> {
    let system = format!(
        "You explain {} commands to people who did not write them. Say in at most three short sentences of plain text \
         what the command does to what, and what could surprise. No Markdown, no advice to run it.",
        context.shell.name()
    );
    vec![Message::new(Role::System, system), Message::new(Role::User, command)]
}

fn biggest_files(shell: Shell, tools: Option<&str>) -> &'static str {
    match (shell, tools) {
        (_, Some("BSD")) => "find . -type f -exec stat -f '%z %N' {} + | sort -nr | head -n 10",
        (Shell::Bash | Shell::Zsh | Shell::Fish, _) => "find . -type f -printf '%s %p\\n' | sort -nr | head -n 10",
    }
}

fn request_with_text(ask: &Ask) -> String {
    match &ask.piped {
        Some(text) => format!("{}\n\nThe request is about this text:\n{text}", ask.request),
        None => ask.request.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context() -> Context {
        Context {
            shell: Shell::Zsh,
            system: Some("macOS".to_owned()),
            tools: Some("BSD"),
            directory: Some("/home/ana".into()),
        }
    }

    fn ask(request: &str) -> Ask {
        Ask { request: request.to_owned(), ..Ask::default() }
    }

    #[test]
    fn a_chat_model_hears_rules_turns_and_request() {
        let turns = vec![Turn { request: "find big pdfs".to_owned(), command: "find . -name '*.pdf'".to_owned() }];
        let ask = Ask { turns, piped: Some("a\nb".to_owned()), ..ask("only from last week") };
        let prompt = Prompt::new(Style::Chat, &ask, &context());
        let roles: Vec<Role> = prompt.messages.iter().map(|message| message.role).collect();
        assert_eq!(roles, [Role::System, Role::User, Role::Assistant, Role::User]);
        assert!(prompt.messages[0].content.starts_with("You turn a request into one zsh command."));
        assert!(prompt.messages[0].content.ends_with("System: macOS\nStandard tools: BSD\nCurrent folder: /home/ana"));
        assert!(prompt.messages[3].content.ends_with("about this text:\na\nb"));
    }

    #[test]
    fn the_beginning_is_the_same_in_every_folder() {
        let elsewhere = Context { directory: Some("/srv".into()), ..context() };
        let (here, there) = (system_prompt(&context()), system_prompt(&elsewhere));
        let common = here.bytes().zip(there.bytes()).take_while(|(left, right)| left == right).count();
        assert!(common > here.len() - 20);
    }

    #[test]
    fn a_masked_model_hears_the_bare_request_and_its_literals_come_back() {
        let prompt = Prompt::new(Style::Masked, &ask("show the last line of setup_nl2b_fs_1.sh"), &context());
        assert_eq!(prompt.messages.len(), 1);
        assert!(!prompt.messages[0].content.contains("setup_nl2b"));
        let placeholder = prompt.messages[0].content.chars().find(|c| c.is_control()).unwrap();
        let mut reader = prompt.reader();
        reader.push(" tail -n 1 ");
        assert_eq!(reader.command(), "tail -n 1 ");
        reader.push(&format!("{placeholder}.sh"));
        assert_eq!(reader.finish().unwrap(), "tail -n 1 setup_nl2b_fs_1.sh");
    }

    #[test]
    fn a_model_made_for_caro_can_refuse() {
        let mut reader = Prompt::new(Style::Masked, &ask("write me a poem"), &context()).reader();
        reader.push("# ref");
        assert_eq!(reader.command(), "");
        reader.push("use");
        assert_eq!(reader.finish(), Err(NoCommand::Refused(String::new())));
    }

    #[test]
    fn a_chat_reply_is_unwrapped() {
        let mut reader = Prompt::new(Style::Chat, &ask("list files"), &context()).reader();
        reader.push("```sh\nls -l\n`");
        assert_eq!(reader.command().trim_end(), "ls -l");
        reader.push("``\n");
        assert!(reader.is_complete());
        assert_eq!(reader.finish().unwrap(), "ls -l");
    }
}
