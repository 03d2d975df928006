//! Where the parts meet: a request becomes a prompt, an engine answers, the reply becomes a
//! command, the command is judged. What comes out is a [`Suggestion`].
//!
//! The first reply streams. Where the built-in model is unsure, or something can be seen to be wrong with its
//! command ([`faults`]), it searches for several and the best that passes is suggested; the rest are the alternatives.

mod answer;
pub mod explain;
mod faults;
mod gate;

use std::path::PathBuf;
use std::time::Duration;

use crate::context::{Context, Programs};
use crate::engine::{Completion, Engine, EngineError, Event, Identity, Pieces, Sampling, Usage};
use crate::error::{Exit, Failure};
use crate::prompt::reply::NoCommand;
use crate::prompt::{Ask, Message, Prompt, Style, explaining};
use crate::safety::{self, Facts, Report};
pub use answer::{Answer, Step};
pub use faults::Fault;
use faults::Inspector;
pub use gate::Gate;

/// Turns requests into suggestions.
pub struct Assistant {
    engine: Box<dyn Engine>,
    context: Context,
    facts: Facts,
    programs: Programs,
    settings: Settings,
}

/// How replies are made.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The most tokens a reply may have.
    pub max_tokens: u32,
    pub sampling: Sampling,
    /// What the model's confidence is worth, where that was measured.
    pub gate: Option<Gate>,
}

/// A command with its report.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    pub command: String,
    pub report: Report,
    /// How likely it is right, 0 to 1: by the model's gate, else the probability the model gave it, else unknown.
    pub confidence: Option<f32>,
    /// What can be seen to be wrong with it.
    pub faults: Vec<Fault>,
    /// Whether it is a guess and must be called one.
    pub guess: bool,
}

/// What is suggested for a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Suggestion {
    pub request: String,
    pub best: Candidate,
    /// Other commands for the same request, the better first.
    pub alternatives: Vec<Candidate>,
    pub usage: Usage,
    pub timing: Timing,
}

impl Suggestion {
    /// A command that no model made.
    pub fn by_hand(command: Candidate) -> Suggestion {
        let timing = Timing { load: Duration::ZERO, first_token: Duration::ZERO, total: Duration::ZERO };
        Suggestion { request: String::new(), best: command, alternatives: Vec::new(), usage: Usage::default(), timing }
    }
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
    /// The model knows no other command than those to avoid.
    NothingElse,
}

impl From<AskError> for Failure {
    fn from(error: AskError) -> Failure {
        let otherwise = "say it in other words, or ask a larger model with `--model PATH`";
        match error {
            AskError::Engine(error) => error.into(),
            AskError::NoCommand(NoCommand::Empty) => {
                Failure::new(Exit::NoCommand, "the model's reply held no command").hint(otherwise)
            }
            AskError::NoCommand(NoCommand::Refused(words)) => {
                let words = if words.is_empty() { String::new() } else { format!(": {words}") };
                Failure::new(Exit::NoCommand, format!("the model knows no command for this{words}")).hint(otherwise)
            }
            AskError::NothingElse => {
                Failure::new(Exit::NoCommand, "the model knows no other command for this").hint(otherwise)
            }
        }
    }
}

impl Assistant {
    /// Makes an assistant that asks `engine`, tells it `context`, and judges with `facts`.
    pub fn new(engine: Box<dyn Engine>, context: Context, facts: Facts, settings: Settings) -> Assistant {
        Assistant { engine, context, facts, programs: Programs::on_path(), settings }
    }

    /// Says who answers.
    pub fn engine(&self) -> Identity {
        self.engine.identity()
    }

    /// Lets context and judge know that commands run in `folder` now.
    pub fn go(&mut self, folder: PathBuf) {
        self.facts.cwd = folder.to_str().map(str::to_owned);
        if self.context.directory.is_some() {
            self.context.directory = Some(folder);
        }
    }

    /// Exactly what the model would be told.
    pub fn messages(&self, ask: &Ask) -> Vec<Message> {
        Prompt::new(self.engine.identity().style, ask, &self.context).messages
    }

    /// Starts to answer `ask`. Dropping the [`Answer`] cancels it.
    pub fn ask(&self, ask: Ask) -> Answer<'_> {
        Answer::begin(self, ask)
    }

    /// What is known and can be told of `command` without a model: the report and what speaks against it.
    pub fn inspect(&self, command: &str) -> Candidate {
        self.candidate(command.to_owned(), None, None)
    }

    /// What to ask for a command that works in place of `command`, which answered `ask` and ended with `code`.
    pub fn fixing(&self, ask: &Ask, command: &str, code: u8, last_errors: Option<&str>) -> Ask {
        match self.engine.identity().style {
            // It knows only requests: the next best command for the same one.
            Style::Masked => Ask { request: ask.whole_request(), avoid: vec![command.to_owned()], ..Ask::default() },
            Style::Chat => Ask {
                request: format!("that failed with exit status {code}; give a command that works"),
                piped: last_errors.filter(|errors| !errors.is_empty()).map(str::to_owned),
                revises: true,
                ..Ask::default()
            },
        }
    }

    /// The words of a model on `command`, where the model can tell any.
    pub fn explain(&self, command: &str) -> Option<Words> {
        (self.engine.identity().style == Style::Chat).then(|| {
            let messages = explaining(command, &self.context);
            let completion = Completion { messages, max_tokens: self.settings.max_tokens, sampling: Sampling::Greedy };
            Words { pieces: self.engine.complete(completion) }
        })
    }

    fn complete(&self, prompt: &Prompt, sampling: Sampling) -> Pieces {
        let messages = prompt.messages.clone();
        self.engine.complete(Completion { messages, max_tokens: self.settings.max_tokens, sampling })
    }

    /// Judges a command; `request` is what a small model should have copied from.
    fn candidate(&self, command: String, log_probability: Option<f32>, request: Option<&str>) -> Candidate {
        let report = safety::check_with(&command, self.context.shell, &self.facts);
        let inspector = Inspector { shell: self.context.shell, facts: &self.facts, programs: &self.programs };
        let faults = match request {
            Some(request) => inspector.faults_of_a_copy(request, &command, &report),
            None => inspector.faults(&command, &report),
        };
        let probability = log_probability.map(f32::exp);
        let gate = self.settings.gate.as_ref();
        let confidence = probability.map(|probability| gate.map_or(probability, |gate| gate.share_right(probability)));
        let guess = gate.zip(confidence).is_some_and(|(gate, share)| !gate.is_answer(share) || !faults.is_empty());
        Candidate { command, report, confidence, faults, guess }
    }
}

/// Words of a model, as they come. Dropping them cancels.
pub struct Words {
    pieces: Pieces,
}

impl Words {
    /// Waits for more; `None` at the end.
    ///
    /// # Errors
    ///
    /// When the engine fails.
    pub async fn next(&mut self) -> Option<Result<String, EngineError>> {
        loop {
            match self.pieces.next().await? {
                Ok(Event::Piece { text, .. } | Event::Candidate { text, .. }) => return Some(Ok(text)),
                Ok(Event::Loading(_)) => {}
                Ok(Event::End(_)) => return None,
                Err(error) => return Some(Err(error)),
            }
        }
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
            Settings { max_tokens: 64, sampling: Sampling::Greedy, gate: None },
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
        assert_eq!((suggestion.best.command.as_str(), suggestion.request.as_str()), ("ls -l", "list files"));
        assert_eq!(suggestion.best.report, safety::check("ls -l", Shell::Bash));
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
        assert!((suggestion.unwrap().best.confidence.unwrap() - 0.25).abs() < 1e-6);
    }
}
