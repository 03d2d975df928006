//! Where the parts meet: a request becomes a prompt, an engine answers, the reply becomes a
//! command, the command is judged. What comes out is a [`Suggestion`].
//!
//! The first reply streams. Where the built-in model is unsure, or something can be seen to be wrong with its
//! command ([`faults`]), it searches for several and the best that passes is suggested; the rest are the alternatives.

pub mod explain;
mod faults;
mod gate;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::context::{Context, Programs};
use crate::engine::{Completion, Engine, EngineError, Event, Identity, Pieces, Sampling, Usage};
use crate::error::{Exit, Failure};
use crate::prompt::reply::NoCommand;
use crate::prompt::{Ask, CommandReader, Message, Prompt, Style, explaining};
use crate::safety::{self, Facts, Report};
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

/// How warm other commands are drawn from a model that answers one at a time.
const OTHER_TEMPERATURE: f32 = 0.8;

/// How often such a draw may give a command that is known already.
const MOST_DRAWS: u64 = 3;

/// How many replies of a small model are followed side by side.
const BEAM_WIDTH: usize = 4;

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
        let style = self.engine.identity().style;
        let sampling = match (style, ask.avoid.len() as u64) {
            (_, 0) => self.settings.sampling,
            (Style::Masked, _) => Sampling::Beam { width: BEAM_WIDTH },
            (Style::Chat, seed) => Sampling::Temperature { temperature: OTHER_TEMPERATURE, seed },
        };
        let prompt = Prompt::new(style, &ask, &self.context);
        Answer {
            assistant: self,
            style,
            started: Instant::now(),
            pieces: Some(self.complete(&prompt, sampling)),
            reader: Some(prompt.reader()),
            sampling,
            prompt,
            ask,
            draws: 0,
            first_token: None,
            log_probability: Some(0.0),
            found: Vec::new(),
            load: Duration::ZERO,
        }
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

/// An answer in the making.
pub struct Answer<'a> {
    assistant: &'a Assistant,
    ask: Ask,
    style: Style,
    prompt: Prompt,
    sampling: Sampling,
    started: Instant,
    /// Gone when the reply is complete, which frees the engine.
    pieces: Option<Pieces>,
    /// Gone when the command was taken out.
    reader: Option<CommandReader>,
    /// How often a reply was asked for again, because what came was known.
    draws: u64,
    first_token: Option<Duration>,
    log_probability: Option<f32>,
    /// Whole commands so far, with the logarithm of their probability.
    found: Vec<(String, Option<f32>)>,
    load: Duration,
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
                if let Some(step) = self.reply_ended(Usage::default())? {
                    return Ok(step);
                }
                continue;
            };
            match pieces.next().await {
                Some(Ok(Event::Loading(fraction))) => return Ok(Step::Loading(fraction)),
                Some(Ok(Event::Piece { text, log_probability })) => {
                    if let Some(step) = self.take(&text, log_probability) {
                        return Ok(step);
                    }
                }
                Some(Ok(Event::Candidate { text, log_probability })) => self.take_whole(&text, log_probability),
                Some(Ok(Event::End(usage))) => {
                    if let Some(step) = self.reply_ended(usage)? {
                        return Ok(step);
                    }
                }
                // A search that fails costs only the alternatives.
                Some(Err(_)) | None if !self.found.is_empty() => return self.finish(Usage::default()),
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
        let shows = command.len() != before && self.ask.avoid.is_empty() && self.found.is_empty();
        shows.then(|| Step::Growing(command.into_owned()))
    }

    fn take_whole(&mut self, text: &str, log_probability: f32) {
        self.first_token.get_or_insert(self.started.elapsed());
        let mut reader = self.prompt.reader();
        reader.push(text);
        if let Ok(command) = reader.finish() {
            self.add(command, Some(log_probability));
        }
        // What the stream would have given is among these.
        self.reader = None;
    }

    fn add(&mut self, command: String, log_probability: Option<f32>) {
        let known = self.found.iter().any(|(found, _)| *found == command) || self.ask.avoid.contains(&command);
        if !known {
            self.found.push((command, log_probability));
        }
    }

    /// Decides, when a reply has ended, whether another one is needed; if not, the answer is whole.
    fn reply_ended(&mut self, usage: Usage) -> Result<Option<Step>, AskError> {
        self.pieces = None;
        self.load = self.load.max(usage.load);
        let streamed = self.reader.take().map(CommandReader::finish);
        if let Some(outcome) = streamed {
            match outcome {
                Ok(command) => {
                    let log_probability = self.log_probability.filter(|_| self.first_token.is_some());
                    self.add(command, log_probability);
                }
                Err(error) if self.found.is_empty() => return Err(AskError::NoCommand(error)),
                Err(_) => {}
            }
            if let Some(sampling) = self.what_else_to_try() {
                self.sampling = sampling;
                self.draws += 1;
                self.log_probability = Some(0.0);
                self.reader = Some(self.prompt.reader());
                self.pieces = Some(self.assistant.complete(&self.prompt, sampling));
                return Ok(None);
            }
        }
        self.finish(usage).map(Some)
    }

    /// How to go on after a streamed reply, if at all.
    fn what_else_to_try(&self) -> Option<Sampling> {
        let wanted = 1 + self.ask.alternatives;
        match self.style {
            Style::Masked => {
                let is_unsure = match self.found.first() {
                    Some((command, log_probability)) => self.judged(command, *log_probability).is_doubtful(),
                    None => true,
                };
                let searched = matches!(self.sampling, Sampling::Beam { .. });
                (!searched && (is_unsure || wanted > 1)).then_some(Sampling::Beam { width: BEAM_WIDTH })
            }
            Style::Chat => {
                let seed = self.ask.avoid.len() as u64 + self.draws + 1;
                let may_draw =
                    self.draws < MOST_DRAWS + wanted as u64 - 1 && (wanted > 1 || !self.ask.avoid.is_empty());
                (self.found.len() < wanted && may_draw)
                    .then_some(Sampling::Temperature { temperature: OTHER_TEMPERATURE, seed })
            }
        }
    }

    fn judged(&self, command: &str, log_probability: Option<f32>) -> Candidate {
        let request = (self.style == Style::Masked).then(|| self.ask.whole_request());
        self.assistant.candidate(command.to_owned(), log_probability, request.as_deref())
    }

    fn finish(&mut self, usage: Usage) -> Result<Step, AskError> {
        let found = std::mem::take(&mut self.found);
        let mut candidates: Vec<Candidate> =
            found.iter().map(|(command, log_probability)| self.judged(command, *log_probability)).collect();
        if self.style == Style::Masked {
            // Whole beams come likeliest first; what can be seen to be wrong goes behind what can't.
            candidates.sort_by(|a, b| {
                (a.faults.len(), b.confidence)
                    .partial_cmp(&(b.faults.len(), a.confidence))
                    .unwrap_or(std::cmp::Ordering::Equal)
            });
        }
        let mut candidates: VecDeque<Candidate> = candidates.into();
        let Some(best) = candidates.pop_front() else {
            let nothing =
                if self.ask.avoid.is_empty() { AskError::NoCommand(NoCommand::Empty) } else { AskError::NothingElse };
            return Err(nothing);
        };
        let total = self.started.elapsed();
        Ok(Step::Done(Box::new(Suggestion {
            request: std::mem::take(&mut self.ask.request),
            best,
            alternatives: candidates.into(),
            usage,
            timing: Timing { load: self.load, first_token: self.first_token.unwrap_or(total), total },
        })))
    }
}

/// Below this share of right answers a second look pays; above it the likeliest reply is nearly always the best found.
const DOUBT: f32 = 0.6;

impl Candidate {
    /// Whether it is worth looking for better ones.
    fn is_doubtful(&self) -> bool {
        !self.faults.is_empty() || self.confidence.is_none_or(|share| share < DOUBT)
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
