//! What completes a prompt: a request in, a stream of pieces out.
//!
//! One trait with three implementations: `llama` (a GGUF in this process), `remote` (any
//! OpenAI-compatible server) and `scripted` (pieces handed out one by one, for tests). An engine
//! knows no shell, no context and no safety: it turns [`Message`]s into text.
//!
//! Dropping the [`Pieces`] cancels the work, whatever stage it is in.

pub mod llama;
pub mod remote;
pub mod scripted;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::mpsc;

use crate::error::{Exit, Failure};
use crate::prompt::{Message, Style};

/// How the next token is chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Sampling {
    /// Always the likeliest token.
    Greedy,
    /// Drawn at this temperature (above 0) from a generator seeded with `seed`.
    Temperature { temperature: f32, seed: u64 },
    /// The `width` likeliest whole replies, which come as [`Event::Candidate`]s; an engine that
    /// can't do this answers as [`Sampling::Greedy`].
    Beam { width: usize },
}

/// What an engine is asked to complete.
#[derive(Debug, Clone, PartialEq)]
pub struct Completion {
    pub messages: Vec<Message>,
    /// The most tokens the reply may have.
    pub max_tokens: u32,
    pub sampling: Sampling,
}

/// What an engine says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// One of the values of `--backend`, never `auto`.
    pub backend: &'static str,
    /// The model's name, as far as it is known before the first request.
    pub model: String,
    pub style: Style,
}

/// One step of a completion.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The model is being loaded; the fraction done, 0 to 1.
    Loading(f32),
    /// Decoded text of one or more tokens and, where the engine knows it, the natural logarithm of
    /// the probability with which the model chose them.
    Piece { text: String, log_probability: Option<f32> },
    /// A whole reply among several, the likeliest first, with the logarithm of its probability.
    Candidate { text: String, log_probability: f32 },
    /// The reply is whole; nothing follows.
    End(Usage),
}

/// What a finished completion cost.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Usage {
    /// Tokens of the prompt, 0 where the engine does not say.
    pub prompt_tokens: u32,
    /// Of these, the tokens that were still in the KV cache.
    pub cached_tokens: u32,
    /// Tokens of the reply, 0 where the engine does not say.
    pub reply_tokens: u32,
    /// Time this request waited for the model to be loaded.
    pub load: Duration,
}

/// Something that completes prompts.
pub trait Engine: Send + Sync {
    /// Says who answers.
    fn identity(&self) -> Identity;

    /// Starts to complete `completion` and returns at once.
    fn complete(&self, completion: Completion) -> Pieces;
}

/// The running completion. Dropping it cancels.
#[derive(Debug)]
pub struct Pieces {
    events: mpsc::Receiver<Result<Event, EngineError>>,
    cancelled: Cancelled,
}

/// Where an engine puts its events; it closes by being dropped.
pub type EventSender = mpsc::Sender<Result<Event, EngineError>>;

impl Pieces {
    /// Makes a stream, the sender that feeds it, and the flag that says it was dropped.
    pub fn channel() -> (EventSender, Pieces, Cancelled) {
        let (sender, events) = mpsc::channel(64);
        let cancelled = Cancelled::default();
        let pieces = Pieces { events, cancelled: cancelled.clone() };
        (sender, pieces, cancelled)
    }

    /// Waits for the next event; `None` after [`Event::End`], after an error, or when the engine
    /// is gone. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<Result<Event, EngineError>> {
        self.events.recv().await
    }
}

impl Drop for Pieces {
    fn drop(&mut self) {
        self.cancelled.set();
    }
}

/// Tells an engine's thread that nobody waits for its answer any more. Clones share one flag.
#[derive(Debug, Clone, Default)]
pub struct Cancelled(Arc<AtomicBool>);

impl Cancelled {
    /// Cancels; there is no way back.
    pub fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// True once the stream was dropped.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Why an engine gave no answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EngineError {
    #[error("no model file at {}", .0.display())]
    NoSuchFile(PathBuf),
    #[error("can't read the model file {}: {reason}", path.display())]
    Unreadable { path: PathBuf, reason: String },
    #[error("{} is not a GGUF model file", .0.display())]
    NotGguf(PathBuf),
    #[error("the model file {} is damaged: {reason}", path.display())]
    Damaged { path: PathBuf, reason: String },
    #[error("llama.cpp does not know the model architecture `{architecture}` of {}", path.display())]
    UnknownArchitecture { path: PathBuf, architecture: String },
    #[error("{} has no chat template, so it can't be asked", .0.display())]
    NoChatTemplate(PathBuf),
    #[error("the chat template of {} can't be used: {reason}", path.display())]
    BadChatTemplate { path: PathBuf, reason: String },
    #[error("not enough memory to load {}: {reason}", path.display())]
    OutOfMemory { path: PathBuf, reason: String },
    #[error("llama.cpp could not load {}: {reason}", path.display())]
    LoadFailed { path: PathBuf, reason: String },
    #[error("the request is too long for this model: {tokens} tokens, room for {room}")]
    PromptTooLong { tokens: usize, room: usize },
    #[error("llama.cpp failed while answering: {0}")]
    Failed(String),
    #[error("can't reach {url}: {reason}")]
    Unreachable { url: String, reason: String },
    #[error("{url} answered {status}: {reason}")]
    Refused { url: String, status: u16, reason: String },
    #[error("{url} does not speak the OpenAI protocol: {reason}")]
    NotAServer { url: String, reason: String },
    #[error("the answer of {url} broke off: {reason}")]
    BrokeOff { url: String, reason: String },
    #[error("the reply was cut off at {0} tokens")]
    CutOff(u32),
    #[error("the server's content filter withheld the reply")]
    Filtered,
}

impl EngineError {
    /// Returns how caro ends because of this.
    pub fn exit(&self) -> Exit {
        match self {
            EngineError::NoSuchFile(_)
            | EngineError::Unreadable { .. }
            | EngineError::NotGguf(_)
            | EngineError::Damaged { .. }
            | EngineError::UnknownArchitecture { .. }
            | EngineError::NoChatTemplate(_)
            | EngineError::BadChatTemplate { .. }
            | EngineError::OutOfMemory { .. }
            | EngineError::LoadFailed { .. } => Exit::Model,
            EngineError::PromptTooLong { .. } => Exit::Failure,
            EngineError::Failed(_)
            | EngineError::Unreachable { .. }
            | EngineError::Refused { .. }
            | EngineError::NotAServer { .. }
            | EngineError::BrokeOff { .. } => Exit::NoEngine,
            EngineError::CutOff(_) | EngineError::Filtered => Exit::NoCommand,
        }
    }

    /// Returns the next step.
    pub fn hint(&self) -> &'static str {
        match self {
            EngineError::NoSuchFile(_) => "check the path, or leave `--model` out to use the built-in model",
            EngineError::Unreadable { .. } => "check the file's permissions",
            EngineError::NotGguf(_) => "name a file in GGUF format, for example a `…-q4_k_m.gguf`",
            EngineError::Damaged { .. } => "fetch the file again; a download that broke off leaves such a file",
            EngineError::UnknownArchitecture { .. } => {
                "this caro is too old for that model; Qwen2.5-Coder is known to work"
            }
            EngineError::NoChatTemplate(_) => "take the `instruct` variant of the model",
            EngineError::BadChatTemplate { .. } => "take another conversion of the model",
            EngineError::OutOfMemory { .. } => {
                "take a smaller model or a smaller quantisation, or close other programs"
            }
            EngineError::LoadFailed { .. } => "run again with `-vv` to see llama.cpp's own log",
            EngineError::PromptTooLong { .. } => "shorten the request or the text piped in",
            EngineError::Failed(_) => "try again; with `-vv` llama.cpp's own log is shown",
            EngineError::Unreachable { .. } => "start the server, or check `--base-url`",
            EngineError::Refused { .. } => "check the model's name and the key in `CARO_API_KEY`",
            EngineError::NotAServer { .. } => "check `--base-url`: it is the address before `/v1`",
            EngineError::BrokeOff { .. } => "try again; the server's log tells more",
            EngineError::CutOff(_) => "ask for less at once, or raise `reply.max_tokens`",
            EngineError::Filtered => "say it in other words, or use a local model",
        }
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Failure {
        Failure::new(error.exit(), error.to_string()).hint(error.hint())
    }
}
