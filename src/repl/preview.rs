//! What the built-in model would suggest for the line being typed.
//!
//! It answers in about ten milliseconds, so a person can see where their words lead before they send them. A thread of its
//! own waits for a pause in the typing, asks, and has the line painted again; it is never in the way of a key.

use std::path::PathBuf;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use super::meta::{Input, read};
use crate::assistant::{Assistant, Step, Suggestion};
use crate::prompt::{Ask, Turn};
use crate::term::line::{Hints, Repaint};
use crate::term::{Ui, width};

/// Without a key for this long, somebody looks up.
const PAUSE: Duration = Duration::from_millis(70);

/// The longest wait for a suggestion that was asked for by its key.
const PATIENCE: Duration = Duration::from_secs(5);

/// The key that takes the suggestion, as it is shown.
const KEY: &str = "ctrl-g takes it";

/// Asks the built-in model what it would suggest.
pub struct Preview {
    messages: mpsc::Sender<News>,
    latest: Arc<Latest>,
}

#[derive(Default)]
struct Latest {
    answer: Mutex<Option<(String, Option<Suggestion>)>>,
    changed: Condvar,
}

/// What the thread is told.
enum News {
    Line(String),
    Turns(Vec<Turn>),
    Folder(PathBuf),
}

/// The side of the preview that stands in the line editor.
pub struct PreviewHints {
    ui: Ui,
    messages: mpsc::Sender<News>,
    latest: Arc<Latest>,
    line: String,
}

impl Preview {
    /// Starts the thread; `repaint` has the line painted when an answer is there.
    pub fn start(ui: Ui, assistant: Assistant, repaint: Repaint) -> (Preview, PreviewHints) {
        let (messages, inbox) = mpsc::channel();
        let latest = Arc::new(Latest::default());
        let shared = latest.clone();
        thread::spawn(move || work(assistant, &inbox, &shared, &repaint));
        let hints = PreviewHints { ui, messages: messages.clone(), latest: latest.clone(), line: String::new() };
        (Preview { messages, latest }, hints)
    }

    /// The suggestion for `line`, waited for if it is not there yet; none when there is none.
    pub fn take(&self, line: &str) -> Option<Suggestion> {
        let _ = self.messages.send(News::Line(line.to_owned()));
        let answer = self.latest.answer.lock().ok()?;
        let absent = |answer: &mut Option<(String, Option<Suggestion>)>| {
            answer.as_ref().is_none_or(|(for_line, _)| for_line != line)
        };
        let (answer, _) = self.latest.changed.wait_timeout_while(answer, PATIENCE, absent).ok()?;
        answer.as_ref().filter(|(for_line, _)| for_line == line).and_then(|(_, suggestion)| suggestion.clone())
    }

    /// Tells what was asked before, so that follow-ups are understood.
    pub fn know(&self, turns: &[Turn]) {
        let _ = self.messages.send(News::Turns(turns.to_vec()));
    }

    /// Tells that the session is in another folder.
    pub fn go(&self, folder: PathBuf) {
        let _ = self.messages.send(News::Folder(folder));
    }
}

impl Hints for PreviewHints {
    fn hint(&mut self, line: &str) -> Option<String> {
        if line != self.line {
            line.clone_into(&mut self.line);
            let _ = self.messages.send(News::Line(line.to_owned()));
        }
        let answer = self.latest.answer.lock().ok()?;
        let (for_line, suggestion) = answer.as_ref()?;
        let best = &suggestion.as_ref()?.best;
        let note = if for_line == line {
            if best.guess {
                format!("a guess {} {KEY}", if self.ui.unicode { "·" } else { "-" })
            } else {
                KEY.to_owned()
            }
        } else if is_worth_asking(line) && (line.starts_with(for_line.as_str()) || for_line.starts_with(line)) {
            // The words go on: the row stays until the next answer, lest it flickers with every key.
            String::new()
        } else {
            return None;
        };
        Some(self.ui.preview(&best.command, best.report.level, &note, width()))
    }
}

/// The thread.
fn work(mut assistant: Assistant, inbox: &mpsc::Receiver<News>, latest: &Latest, repaint: &Repaint) {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
    let mut turns = Vec::new();
    let mut line = String::new();
    let mut waits = false;
    loop {
        let news =
            if waits { inbox.recv_timeout(PAUSE) } else { inbox.recv().map_err(|_| RecvTimeoutError::Disconnected) };
        match news {
            Ok(News::Line(next)) => (line, waits) = (next, true),
            Ok(News::Turns(next)) => turns = next,
            Ok(News::Folder(folder)) => assistant.go(folder),
            Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) => {
                waits = false;
                let ask = Ask { request: line.trim().to_owned(), turns: turns.clone(), ..Ask::default() };
                let suggestion = is_worth_asking(&line).then(|| runtime.block_on(suggest(&assistant, ask))).flatten();
                if let Ok(mut answer) = latest.answer.lock() {
                    *answer = Some((line.clone(), suggestion));
                    latest.changed.notify_all();
                }
                repaint();
            }
        }
    }
}

async fn suggest(assistant: &Assistant, ask: Ask) -> Option<Suggestion> {
    let mut answer = assistant.ask(ask);
    loop {
        match answer.next().await {
            Ok(Step::Done(suggestion)) => return Some(*suggestion),
            Ok(Step::Loading(_) | Step::Growing(_)) => {}
            Err(_) => return None,
        }
    }
}

/// A request of at least a word and a half; what is no request has no suggestion.
fn is_worth_asking(line: &str) -> bool {
    matches!(read(line), Input::Request(words) if words.chars().count() >= 4)
}
