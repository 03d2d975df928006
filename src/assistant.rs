//! Where the parts meet: a request becomes a prompt, an engine answers, the reply becomes a
//! command, the command is judged. What comes out is a [`Suggestion`].

use std::time::{Duration, Instant};

use crate::context::Context;
use crate::engine::{Completion, Engine, EngineError, Event, Identity, Pieces, Sampling, Usage};
use crate::error::{Exit, Failure};
use crate::prompt::reply::NoCommand;
use crate::prompt::{Ask, CommandReader, Prompt};
use crate::safety::{self, Facts, Report};

/// Turns requests into suggestions.
pub struct Assistant {
    engine: Box<dyn Engine>,
    context: Context,
    facts: Facts,
    settings: Settings,
}

/// How replies are made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// The most tokens a reply may have.
    pub max_tokens: u32,
    pub sampling: Sampling,
}

/// A command with its report.
#[derive(Debug, Clone, PartialEq)]
pub struct Suggestion {
    pub request: String,
    pub command: String,
    pub report: Report,
    /// The probability the model gave this command, 0 to 1, where the engine tells.
    pub confidence: Option<f32>,
    pub usage: Usage,
    pub timing: Timing,
}

/// How long the parts of an answer took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Timing {
    /// Waiting for the model to be loaded.
    pub load: Duration,
    /// From the request to the first piece of the reply.
    pub first_token: Duration,
    /// From the request to the judged command.
    pub total: Duration,
}

/// Why there is no suggestion.
#[derive(Debug, Clone, PartialEq)]
pub enum AskError {
    Engine(EngineError),
    NoCommand(NoCommand),
}

impl From<AskError> for Failure {
    fn from(error: AskError) -> Failure {
        match error {
            AskError::Engine(error) => error.into(),
            AskError::NoCommand(NoCommand::Empty) => Failure::new(Exit::NoCommand, "the model's reply held no command")
                .hint("say it in other words, or ask a larger model with `--model PATH`"),
            AskError::NoCommand(NoCommand::Refused(words)) => {
                let words = if words.is_empty() { String::new() } else { format!(": {words}") };
                Failure::new(Exit::NoCommand, format!("the model knows no command for this{words}"))
                    .hint("say it in other words, or ask a larger model with `--model PATH`")
            }
        }
    }
}

impl Assistant {
    /// Makes an assistant that asks `engine`, tells it `context`, and judges with `facts`.
    pub fn new(engine: Box<dyn Engine>, context: Context, facts: Facts, settings: Settings) -> Assistant {
        Assistant { engine, context, facts, settings }
    }

    /// Says who answers.
    pub fn engine(&self) -> Identity {
        self.engine.identity()
    }

    /// Starts to answer `ask`. Dropping the [`Answer`] cancels it.
    pub fn ask(&self, ask: Ask) -> Answer<'_> {
        let prompt = Prompt::new(self.engine.identity().style, &ask, &self.context);
        let reader = prompt.reader();
        let completion = Completion {
            messages: prompt.messages,
            max_tokens: self.settings.max_tokens,
            sampling: self.settings.sampling,
        };
        Answer {
            assistant: self,
            request: ask.request,
            started: Instant::now(),
            pieces: Some(self.engine.complete(completion)),
            reader: Some(reader),
            first_token: None,
            log_probability: Some(0.0),
        }
    }
}

/// An answer in the making.
pub struct Answer<'a> {
    assistant: &'a Assistant,
    request: String,
    started: Instant,
    /// Gone when the reply is complete, which frees the engine.
    pieces: Option<Pieces>,
    /// Gone when the command was taken out.
    reader: Option<CommandReader>,
    first_token: Option<Duration>,
    log_probability: Option<f32>,
}

/// What happened to an [`Answer`].
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// The model is being loaded; the fraction done.
    Loading(f32),
    /// The command as far as it has come.
    Growing(String),
    /// The answer is whole; nothing follows.
    Done(Box<Suggestion>),
}

impl Answer<'_> {
    /// Waits for the next step. Dropping the future loses nothing; after [`Step::Done`] or an error
    /// there is no next step and the error of an empty reply is returned.
    ///
    /// # Errors
    ///
    /// When the engine fails or its reply holds no command.
    pub async fn next(&mut self) -> Result<Step, AskError> {
        loop {
            let Some(pieces) = &mut self.pieces else {
                return self.finish(Usage::default());
            };
            match pieces.next().await {
                Some(Ok(Event::Loading(fraction))) => return Ok(Step::Loading(fraction)),
                Some(Ok(Event::Piece { text, log_probability })) => {
                    if let Some(step) = self.take(&text, log_probability) {
                        return Ok(step);
                    }
                }
                Some(Ok(Event::End(usage))) => return self.finish(usage),
                Some(Err(error)) => return Err(AskError::Engine(error)),
                None => return Err(AskError::Engine(EngineError::Failed("the engine went away".to_owned()))),
            }
        }
    }

    fn take(&mut self, text: &str, log_probability: Option<f32>) -> Option<Step> {
        let reader = self.reader.as_mut()?;
        let before = reader.command().len();
        reader.push(text);
        self.first_token.get_or_insert(self.started.elapsed());
        self.log_probability = self.log_probability.zip(log_probability).map(|(sum, next)| sum + next);
        if reader.is_complete() {
            self.pieces = None;
        }
        let command = reader.command();
        (command.len() != before).then(|| Step::Growing(command.into_owned()))
    }

    fn finish(&mut self, usage: Usage) -> Result<Step, AskError> {
        self.pieces = None;
        let command = match self.reader.take() {
            Some(reader) => reader.finish().map_err(AskError::NoCommand)?,
            None => return Err(AskError::NoCommand(NoCommand::Empty)),
        };
        let total = self.started.elapsed();
        Ok(Step::Done(Box::new(Suggestion {
            request: std::mem::take(&mut self.request),
            report: safety::check_with(&command, self.assistant.context.shell, &self.assistant.facts),
            command,
            confidence: self.log_probability.filter(|_| self.first_token.is_some()).map(f32::exp),
            usage,
            timing: Timing { load: usage.load, first_token: self.first_token.unwrap_or(total), total },
        })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::scripted::ScriptedEngine;
    use crate::prompt::Style;
    use crate::shell::Shell;

    fn assistant(engine: ScriptedEngine) -> Assistant {
        let context = Context { shell: Shell::Bash, system: None, tools: None, directory: None };
        Assistant::new(
            Box::new(engine),
            context,
            Facts::default(),
            Settings { max_tokens: 64, sampling: Sampling::Greedy },
        )
    }

    fn ask(request: &str) -> Ask {
        Ask { request: request.to_owned(), ..Ask::default() }
    }

    /// Collects what was painted, and how it ended.
    async fn all_steps(engine: ScriptedEngine) -> (Vec<String>, Result<Suggestion, AskError>) {
        let assistant = assistant(engine);
        let mut answer = assistant.ask(ask("list files"));
        let mut painted = Vec::new();
        loop {
            match answer.next().await {
                Ok(Step::Loading(_)) => {}
                Ok(Step::Growing(command)) => painted.push(command),
                Ok(Step::Done(suggestion)) => return (painted, Ok(*suggestion)),
                Err(error) => return (painted, Err(error)),
            }
        }
    }

    #[tokio::test]
    async fn the_command_grows_and_is_judged() {
        let (painted, suggestion) =
            all_steps(ScriptedEngine::saying(&["```sh\n", "ls -", "l\n", "```\n", "Lists."])).await;
        assert_eq!(painted, ["ls -", "ls -l"]);
        let suggestion = suggestion.unwrap();
        assert_eq!((suggestion.command.as_str(), suggestion.request.as_str()), ("ls -l", "list files"));
        assert_eq!(suggestion.report, safety::check("ls -l", Shell::Bash));
    }

    #[tokio::test]
    async fn a_refusal_is_no_command() {
        let (painted, outcome) = all_steps(ScriptedEngine::saying(&["Sorry, ", "I can't do that."])).await;
        assert!(painted.is_empty(), "{painted:?}");
        assert!(matches!(outcome, Err(AskError::NoCommand(NoCommand::Refused(_)))), "{outcome:?}");
    }

    #[tokio::test]
    async fn an_engine_that_fails_in_the_middle_gives_no_suggestion() {
        let (engine, feed) = ScriptedEngine::fed(Style::Chat);
        feed.send(Ok(Event::Piece { text: "rm -r ".to_owned(), log_probability: None })).unwrap();
        feed.send(Err(EngineError::CutOff(64))).unwrap();
        let (painted, outcome) = all_steps(engine).await;
        assert_eq!(painted.len(), 1);
        assert_eq!(outcome, Err(AskError::Engine(EngineError::CutOff(64))));
    }

    #[tokio::test]
    async fn a_complete_reply_ends_the_stream_and_confidence_multiplies() {
        let (engine, feed) = ScriptedEngine::fed(Style::Masked);
        for (text, probability) in [("ls", 0.5f32), (" -l", 0.5)] {
            feed.send(Ok(Event::Piece { text: text.to_owned(), log_probability: Some(probability.ln()) })).unwrap();
        }
        feed.send(Ok(Event::End(Usage::default()))).unwrap();
        let (_, suggestion) = all_steps(engine).await;
        assert!((suggestion.unwrap().confidence.unwrap() - 0.25).abs() < 1e-6);
    }
}
