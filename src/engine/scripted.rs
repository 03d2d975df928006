//! An engine that says what it was told to: for tests and examples.
//!
//! Its pieces come from a channel, so that a test decides when each one arrives and "in the middle
//! of the stream" is a state, not a race.

use std::sync::Mutex;

use tokio::sync::mpsc;

use super::{Completion, Engine, EngineError, Event, Identity, Pieces};
use crate::prompt::Style;

/// Hands out the events it is fed, to one completion at a time.
pub struct ScriptedEngine {
    script: Mutex<Option<mpsc::UnboundedReceiver<Result<Event, EngineError>>>>,
    style: Style,
}

impl ScriptedEngine {
    /// Makes an engine and the sender that feeds its first completion.
    pub fn fed(style: Style) -> (ScriptedEngine, mpsc::UnboundedSender<Result<Event, EngineError>>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (ScriptedEngine { script: Mutex::new(Some(receiver)), style }, sender)
    }

    /// Makes an engine whose first completion is `pieces`, then the end.
    pub fn saying(pieces: &[&str]) -> ScriptedEngine {
        let (engine, feed) = ScriptedEngine::fed(Style::Chat);
        let texts = pieces.iter().map(|text| Event::Piece { text: (*text).to_owned(), log_probability: None });
        for event in texts.chain([Event::End(Default::default())]) {
            // The receiver lives in `engine`, so sending can't fail here.
            let _ = feed.send(Ok(event));
        }
        engine
    }
}

impl Engine for ScriptedEngine {
    fn identity(&self) -> Identity {
        Identity { backend: "embedded", model: "scripted".to_owned(), style: self.style }
    }

    fn complete(&self, _completion: Completion) -> Pieces {
        let (events, pieces, _) = Pieces::channel();
        let script = self.script.lock().ok().and_then(|mut script| script.take());
        tokio::spawn(async move {
            let Some(mut script) = script else {
                let _ = events.send(Err(EngineError::Failed("the script is used up".to_owned()))).await;
                return;
            };
            while let Some(event) = script.recv().await {
                if events.send(event).await.is_err() {
                    break;
                }
            }
        });
        pieces
    }
}
