//! One answer: the reply that streams, then others when there is reason to look for better ones.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::{AskError, Assistant, Candidate, Suggestion, Timing};
use crate::engine::{EngineError, Event, Pieces, Sampling, Usage};
use crate::prompt::reply::NoCommand;
use crate::prompt::{Ask, CommandReader, Prompt, Style};

/// How many replies of a small model are followed side by side.
const BEAM_WIDTH: usize = 4;

/// How often such a draw may give a command that is known already.
const MOST_DRAWS: u64 = 3;

/// How warm other commands are drawn from a model that answers one at a time.
const OTHER_TEMPERATURE: f32 = 0.8;

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
    /// Starts to answer `ask`.
    pub(super) fn begin(assistant: &Assistant, ask: Ask) -> Answer<'_> {
        let style = assistant.engine.identity().style;
        let sampling = match (style, ask.avoid.len() as u64) {
            (_, 0) => assistant.settings.sampling,
            (Style::Masked, _) => Sampling::Beam { width: BEAM_WIDTH },
            (Style::Chat, seed) => Sampling::Temperature { temperature: OTHER_TEMPERATURE, seed },
        };
        let prompt = Prompt::new(style, &ask, &assistant.context);
        Answer {
            assistant,
            style,
            started: Instant::now(),
            pieces: Some(assistant.complete(&prompt, sampling)),
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
