//! The engine in this process: a GGUF model run by llama.cpp on a thread of its own.
//!
//! The thread loads the model at once, so that the time until the first request is not lost, and
//! then answers one completion after another. What the conversation so far left in the KV cache is
//! kept and only what differs is read again.

mod beam;
mod native;
mod sample;
mod template;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

pub use native::Settings;

use super::{Cancelled, Completion, Engine, EngineError, Event, EventSender, Identity, Pieces, Sampling, Usage};
use crate::model::ModelFile;
use crate::model::gguf::{self, GgufError, Head};
use crate::prompt::Style;
use native::{Context, DecodeError, Model, Token};
use sample::Sampler;
use template::ChatTemplate;

/// A model in this process. Dropping the engine ends its work and gives the memory back.
pub struct LlamaEngine {
    identity: Identity,
    /// Closed by `drop`, which tells the thread to end.
    jobs: Option<mpsc::Sender<Job>>,
    stop: Cancelled,
    thread: Option<JoinHandle<()>>,
}

struct Job {
    completion: Completion,
    events: EventSender,
    cancelled: Cancelled,
    asked: Instant,
}

impl LlamaEngine {
    /// Starts to load `file` and returns at once; what is wrong with the file is told to the first
    /// completion, unless its head already tells.
    ///
    /// # Errors
    ///
    /// When the file is absent, unreadable, no GGUF, or has no chat template.
    pub fn start(file: ModelFile, settings: Settings) -> Result<LlamaEngine, EngineError> {
        let stop = Cancelled::default();
        let (jobs, queue) = mpsc::channel();
        let (order, ordered) = mpsc::channel::<Loader>();
        let thread = thread::Builder::new()
            .name("engine".to_owned())
            .spawn(move || {
                // Starting llama.cpp takes two milliseconds; meanwhile the head is read.
                native::start();
                if let Ok(loader) = ordered.recv() {
                    work(&loader, &queue);
                }
            })
            .map_err(|error| EngineError::Failed(error.to_string()))?;
        let head = gguf::read_head(&file.path).map_err(|error| from_head(file.path.clone(), error))?;
        let template = head.chat_template.clone().ok_or_else(|| EngineError::NoChatTemplate(file.path.clone()))?;
        let identity = Identity { backend: "embedded", model: file.name.clone(), style: style_of(&head) };
        // The thread waits for it; without one, after an error, it ends.
        let _ = order.send(Loader { file, head, template, settings, stop: stop.clone() });
        Ok(LlamaEngine { identity, jobs: Some(jobs), stop, thread: Some(thread) })
    }
}

impl Engine for LlamaEngine {
    fn identity(&self) -> Identity {
        self.identity.clone()
    }

    fn complete(&self, completion: Completion) -> Pieces {
        let (events, pieces, cancelled) = Pieces::channel();
        let job = Job { completion, events, cancelled, asked: Instant::now() };
        if let Some(jobs) = &self.jobs {
            // The thread lives as long as the engine, so the queue has a reader.
            let _ = jobs.send(job);
        }
        pieces
    }
}

impl Drop for LlamaEngine {
    fn drop(&mut self) {
        self.stop.set();
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // A panic there was already reported by the thread itself.
            let _ = thread.join();
        }
    }
}

fn style_of(head: &Head) -> Style {
    match head.prompt_style.as_deref() {
        Some("masked") => Style::Masked,
        _ => Style::Chat,
    }
}

fn from_head(path: PathBuf, error: GgufError) -> EngineError {
    match error {
        GgufError::NoSuchFile => EngineError::NoSuchFile(path),
        GgufError::Unreadable(reason) => EngineError::Unreadable { path, reason },
        GgufError::NotGguf => EngineError::NotGguf(path),
        GgufError::Damaged(reason) => EngineError::Damaged { path, reason },
    }
}

/// What the thread needs to load the model.
struct Loader {
    /// Held as long as the model is in use: it may be a temporary file.
    file: ModelFile,
    head: Head,
    template: String,
    settings: Settings,
    stop: Cancelled,
}

/// The thread: load, then answer until the queue closes.
fn work(loader: &Loader, queue: &mpsc::Receiver<Job>) {
    let started = Instant::now();
    let mut waiting = Vec::new();
    let loaded = loader.load(queue, &mut waiting);
    let ready = Instant::now();
    tracing::debug!(model = loader.file.name, elapsed = ?(ready - started), "loaded");
    match loaded {
        Ok(mut session) => {
            for job in waiting.into_iter().chain(queue) {
                session.answer(&job, ready.saturating_duration_since(job.asked));
            }
        }
        Err(error) => {
            for job in waiting.into_iter().chain(queue) {
                let _ = job.events.blocking_send(Err(error.clone()));
            }
        }
    }
}

impl Loader {
    /// Loads the model; jobs that come meanwhile are kept in `waiting` and told how far it is.
    fn load(&self, queue: &mpsc::Receiver<Job>, waiting: &mut Vec<Job>) -> Result<Session, EngineError> {
        let mut told = 0.0;
        let model = Model::load(&self.file.path, self.settings, |fraction| {
            waiting.extend(queue.try_iter());
            if fraction - told >= 0.02 {
                told = fraction;
                for job in waiting.iter() {
                    // A full channel only means that nobody looks at the progress.
                    let _ = job.events.try_send(Ok(Event::Loading(fraction)));
                }
            }
            !self.stop.is_set()
        })
        .map_err(|reason| self.why_not_loaded(reason))?;
        let model = Arc::new(model);
        let template = ChatTemplate::new(self.template.clone(), model.text_borders())
            .map_err(|reason| EngineError::BadChatTemplate { path: self.file.path.clone(), reason })?;
        let trained = model.trained_context();
        let settings = match self.settings.context_tokens.min(trained) {
            0 => self.settings,
            context_tokens => Settings { context_tokens, ..self.settings },
        };
        let context = Context::new(model, settings, self.stop.clone())
            .map_err(|reason| EngineError::OutOfMemory { path: self.file.path.clone(), reason })?;
        let beams = self.settings.beams as usize;
        Ok(Session { context, template, path: self.file.path.clone(), known: Vec::new(), beams })
    }

    /// Sorts llama.cpp's last words into what the user can do about it.
    fn why_not_loaded(&self, reason: String) -> EngineError {
        let path = self.file.path.clone();
        let says = |words: &[&str]| words.iter().any(|word| reason.contains(word));
        if says(&["unknown model architecture"]) {
            let architecture = self.head.architecture.clone().unwrap_or_default();
            EngineError::UnknownArchitecture { path, architecture }
        } else if says(&["alloc", "mmap failed", "memory", "out of"]) && !says(&["out of bounds"]) {
            EngineError::OutOfMemory { path, reason }
        } else if says(&[
            "corrupted",
            "incomplete",
            "not within",
            "bounds",
            "invalid",
            "missing",
            "failed to read",
            "wrong",
        ]) {
            EngineError::Damaged { path, reason }
        } else {
            EngineError::LoadFailed { path, reason }
        }
    }
}

/// A loaded model and the conversation it knows.
struct Session {
    context: Context,
    template: ChatTemplate,
    path: PathBuf,
    /// The tokens in the KV cache, in order.
    known: Vec<Token>,
    /// The most replies that can be written side by side.
    beams: usize,
}

/// How an answer ended before its end.
enum Ended {
    /// Nobody waits for it any more.
    Cancelled,
    Failed(EngineError),
}

impl From<DecodeError> for Ended {
    fn from(error: DecodeError) -> Ended {
        match error {
            DecodeError::Aborted => Ended::Cancelled,
            DecodeError::Failed(reason) => Ended::Failed(EngineError::Failed(reason)),
        }
    }
}

impl Session {
    /// Answers `job`, which waited `load` for the model.
    fn answer(&mut self, job: &Job, load: Duration) {
        if let Err(Ended::Failed(error)) = self.try_answer(job, load) {
            // A closed channel means that nobody waits for the answer any more.
            let _ = job.events.blocking_send(Err(error));
        }
    }

    fn try_answer(&mut self, job: &Job, load: Duration) -> Result<(), Ended> {
        let tokens = self.tokens_of(&job.completion).map_err(Ended::Failed)?;
        let cached = self.keep_common(&tokens);
        self.read(&tokens[cached..], &job.cancelled)?;
        let reply_tokens = match job.completion.sampling {
            Sampling::Beam { width } if self.beams > 1 => self.write_candidates(job, width.min(self.beams))?,
            _ => self.write(job)?,
        };
        let usage = Usage { prompt_tokens: tokens.len() as u32, cached_tokens: cached as u32, reply_tokens, load };
        job.send(Event::End(usage))
    }

    /// The prompt as tokens, at least one, with room for a reply behind them.
    fn tokens_of(&self, completion: &Completion) -> Result<Vec<Token>, EngineError> {
        let bad_template = |reason| EngineError::BadChatTemplate { path: self.path.clone(), reason };
        let prompt = self.template.render(&completion.messages).map_err(bad_template)?;
        let tokens = self.context.model().tokenize(&prompt);
        let room = self.context.capacity().saturating_sub(LEAST_REPLY);
        match tokens.len() {
            0 => Err(bad_template("it makes an empty prompt".to_owned())),
            length if length > room => Err(EngineError::PromptTooLong { tokens: length, room }),
            _ => Ok(tokens),
        }
    }

    /// Forgets all but the tokens that `tokens` begins with too, and returns their number. The
    /// last token is always read again: its scores are not kept.
    fn keep_common(&mut self, tokens: &[Token]) -> usize {
        let common = self.known.iter().zip(tokens).take_while(|(known, token)| known == token).count();
        let kept = common.min(tokens.len() - 1);
        self.known.truncate(kept);
        self.context.forget_from(kept);
        kept
    }

    fn read(&mut self, tokens: &[Token], cancelled: &Cancelled) -> Result<(), Ended> {
        let decoded = self.context.decode(&mut tokens.to_vec(), cancelled);
        match decoded {
            Ok(()) => self.known.extend(tokens),
            Err(_) => self.context.forget_from(self.known.len()),
        }
        Ok(decoded?)
    }

    /// Writes the reply, piece by piece, and returns its number of tokens.
    fn write(&mut self, job: &Job) -> Result<u32, Ended> {
        let mut sampler = Sampler::new(job.completion.sampling);
        let mut text = PartialText::default();
        let mut log_probability = 0.0;
        for written in 0..job.completion.max_tokens {
            let choice = sampler
                .choose(self.context.logits())
                .ok_or_else(|| Ended::Failed(EngineError::Failed("the model gave no scores".to_owned())))?;
            log_probability += choice.log_probability;
            if self.context.model().ends_reply(choice.token) {
                let piece = Event::Piece { text: text.rest(), log_probability: Some(log_probability) };
                return job.send(piece).map(|()| written);
            }
            self.context.model().append_piece(choice.token, &mut text.bytes);
            if let Some(text) = text.whole_characters() {
                job.send(Event::Piece { text, log_probability: Some(log_probability) })?;
                log_probability = 0.0;
            }
            if self.known.len() + 1 > self.context.capacity() {
                return Err(Ended::Failed(EngineError::CutOff(written + 1)));
            }
            self.read(&[choice.token], &job.cancelled)?;
        }
        Err(Ended::Failed(EngineError::CutOff(job.completion.max_tokens)))
    }
}

/// Fewer tokens than this are no room for a command.
const LEAST_REPLY: usize = 32;

impl Job {
    fn send(&self, event: Event) -> Result<(), Ended> {
        if self.cancelled.is_set() {
            return Err(Ended::Cancelled);
        }
        self.events.blocking_send(Ok(event)).map_err(|_| Ended::Cancelled)
    }
}

/// Bytes of tokens, which may end inside a character.
#[derive(Default)]
struct PartialText {
    bytes: Vec<u8>,
}

impl PartialText {
    /// Takes the whole characters out; what can never become one is replaced by `U+FFFD`.
    fn whole_characters(&mut self) -> Option<String> {
        let whole = match std::str::from_utf8(&self.bytes) {
            Ok(text) => text.len(),
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            Err(_) => self.bytes.len(),
        };
        let rest = self.bytes.split_off(whole);
        let whole = std::mem::replace(&mut self.bytes, rest);
        (!whole.is_empty()).then(|| String::from_utf8_lossy(&whole).into_owned())
    }

    /// Takes everything, at the end of the reply.
    fn rest(&mut self) -> String {
        String::from_utf8_lossy(&std::mem::take(&mut self.bytes)).into_owned()
    }
}
