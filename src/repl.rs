//! The session: a model that stays loaded, a line for requests, and a place that commands leave behind them.

mod complete;
pub mod meta;
mod obey;
mod preview;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

use crate::assistant::{Assistant, Suggestion};
use crate::engine::Identity;
use crate::error::{Exit, Failure};
use crate::exec::run_log::{RunLog, open_private};
use crate::exec::{self, Errors, Place};
use crate::prompt::{Ask, Turn};
use crate::safety::{Facts, Policy};
use crate::shell::UserShell;
use crate::term::line::{Read, RequestEditor, Setup};
use crate::term::probe::ask_for_cursor;
use crate::term::{EditMode, Ended, Judge, Manner, Round, Ui, has_hung_up, read_line};
use meta::Input;
use preview::Preview;

/// What the session is given by whoever knows the settings.
pub trait House {
    /// Makes everything that depends on the settings.
    ///
    /// # Errors
    ///
    /// When the engine can't be started.
    fn open(&self) -> Result<Parts, Failure>;

    /// An assistant that asks the built-in model, for previews; none when they are not wanted.
    fn preview(&self) -> Option<Assistant>;

    /// Changes a setting for this session.
    ///
    /// # Errors
    ///
    /// When there is no such setting, or the value is not what it may be.
    fn set(&mut self, key: &str, value: &str) -> Result<(), Failure>;

    /// Names and values of all settings.
    fn settings(&self) -> Vec<(&'static str, Option<String>)>;
}

/// What depends on the settings.
pub struct Parts {
    pub ui: Ui,
    pub assistant: Assistant,
    pub policy: Policy,
    pub facts: Facts,
    pub shell: UserShell,
    pub edit_mode: EditMode,
    pub errors: Errors,
    pub run_log: Option<RunLog>,
}

/// What does not.
pub struct Keepings<'a> {
    /// The file of earlier requests.
    pub history: Option<PathBuf>,
    pub prefill: Option<&'a Path>,
    pub home: Option<PathBuf>,
    pub quiet: bool,
    /// Told after each answer.
    pub on_answer: &'a dyn Fn(&Identity, &Suggestion),
}

/// Talks until the user leaves, and returns the exit status.
///
/// # Errors
///
/// When the engine can't be started or the terminal fails.
pub fn run(house: &mut dyn House, keepings: &Keepings<'_>) -> Result<u8, Failure> {
    let parts = house.open()?;
    // A worker of its own: an answer that was stopped is taken back while the line editor blocks this thread.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new(Exit::Failure, format!("can't start: {error}")))?;
    let mut session = Session {
        house,
        keepings,
        parts,
        runtime,
        place: Place::here(),
        turns: Vec::new(),
        preview: None,
        last: None,
        request: String::new(),
        hinted: false,
    };
    session.talk()
}

struct Session<'a> {
    house: &'a mut dyn House,
    keepings: &'a Keepings<'a>,
    parts: Parts,
    runtime: Runtime,
    place: Place,
    turns: Vec<Turn>,
    preview: Option<Preview>,
    /// The last command that was looked at.
    last: Option<String>,
    /// What stands in the line when it is read next.
    request: String,
    /// Whether it was said how to leave.
    hinted: bool,
}

/// Waits until the terminal has hung up: its end may come without a signal, and a line editor would read nothing from it
/// for ever.
async fn terminal_is_gone() {
    while !has_hung_up(&std::io::stdin()) {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// Whether the session goes on.
#[derive(PartialEq, Eq)]
enum Flow {
    On,
    Leave,
}

impl Session<'_> {
    fn talk(&mut self) -> Result<u8, Failure> {
        let end = Arc::new(AtomicBool::new(false));
        self.watch_for_the_end(end.clone());
        self.greet();
        if self.parts.ui.manner == Manner::Live
            && let Ok(answer) = ask_for_cursor()
        {
            self.request = answer.typed;
            if !answer.says_cursor {
                self.parts.ui.note("  this terminal does not say where its cursor is; caro asks in whole lines");
                self.parts.ui.manner = Manner::Plain;
            }
        }
        let mut editor = (self.parts.ui.manner == Manner::Live).then(|| self.editor(end.clone()));
        loop {
            let text = std::mem::take(&mut self.request);
            let read = match &mut editor {
                Some(editor) => editor.read(&self.label(), &text),
                None => self.read_plainly(&text),
            };
            let read = read.map_err(|error| Failure::new(Exit::Failure, format!("the terminal failed: {error}")))?;
            let flow = match read {
                Read::Request(line) => self.take_line(&line),
                Read::Take(line) => self.take_preview(&line),
                Read::Cleared(false) if !self.hinted => {
                    self.hinted = true;
                    self.parts.ui.note("  Ctrl-D leaves");
                    Flow::On
                }
                Read::Cleared(_) => Flow::On,
                Read::End | Read::Gone => Flow::Leave,
            };
            if flow == Flow::Leave || end.load(Ordering::Relaxed) {
                return Ok(Exit::Success.code());
            }
            if let Some(preview) = &self.preview {
                preview.know(&self.turns);
            }
        }
    }

    fn greet(&self) {
        if !self.keepings.quiet {
            let dot = if self.parts.ui.unicode { "·" } else { "-" };
            let who = self.who();
            let version = env!("CARGO_PKG_VERSION");
            self.parts.ui.note(&format!("caro {version} {dot} {who} {dot} /help lists commands, Ctrl-D leaves"));
        }
    }

    /// Who answers: the model, as far as it is known before the first request.
    fn who(&self) -> String {
        let engine = self.parts.assistant.engine();
        if engine.model.is_empty() { engine.backend.to_owned() } else { engine.model }
    }

    fn editor(&mut self, end: Arc<AtomicBool>) -> RequestEditor {
        let history = self.keepings.history.as_deref().filter(|path| open_private(path).is_ok());
        let keys: Vec<&'static str> = self.house.settings().into_iter().map(|(key, _)| key).collect();
        let home = self.keepings.home.clone();
        let ui = self.parts.ui;
        let setup = Setup {
            ui,
            mode: self.parts.edit_mode,
            history,
            complete: Box::new(move |before| complete::complete(before, &keys, home.as_deref())),
            end,
        };
        let assistant = self.house.preview();
        let mut started = None;
        let editor = RequestEditor::new(setup, |repaint| {
            let (preview, hints) = Preview::start(ui, assistant?, repaint);
            started = Some(preview);
            Some(Box::new(hints))
        });
        self.preview = started;
        editor
    }

    /// The signals that end a program set `end`; the line editor looks at it. Ctrl-C between two raw moments means
    /// nothing; what runs gets its own.
    fn watch_for_the_end(&self, end: Arc<AtomicBool>) {
        std::thread::spawn(move || {
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
            runtime.block_on(async {
                let _interrupts = signal(SignalKind::interrupt());
                if let (Ok(mut terminate), Ok(mut hang_up)) =
                    (signal(SignalKind::terminate()), signal(SignalKind::hangup()))
                {
                    tokio::select! {
                        _ = terminate.recv() => {}
                        _ = hang_up.recv() => {}
                        () = terminal_is_gone() => {}
                    }
                    end.store(true, Ordering::Relaxed);
                }
            });
        });
    }

    /// `caro ~/docs `: the folder with the home as `~`, its end alone where there is little room.
    fn label(&self) -> String {
        let folder = std::env::current_dir().unwrap_or_default();
        let home = self.keepings.home.as_deref();
        let shown = match home.and_then(|home| folder.strip_prefix(home).ok()) {
            Some(rest) if rest.as_os_str().is_empty() => "~".to_owned(),
            Some(rest) => format!("~/{}", rest.display()),
            None => folder.display().to_string(),
        };
        let room = crate::term::width() / 3;
        let end = shown.rsplit('/').next().unwrap_or_default().to_owned();
        let shown = if shown.chars().count() > room && !end.is_empty() { end } else { shown };
        format!("caro {} ", crate::term::text::visible(&shown, crate::term::text::Lines::One))
    }

    fn read_plainly(&self, text: &str) -> std::io::Result<Read> {
        if !text.is_empty() {
            self.parts.ui.note(&format!("Your request was: {text}"));
        }
        self.parts.ui.ask(&format!("{}> ", self.label()));
        Ok(read_line()?.map_or(Read::End, Read::Request))
    }

    fn take_line(&mut self, line: &str) -> Flow {
        match meta::read(line) {
            Input::Nothing => {}
            Input::Request(request) => {
                let ended = self.round(|round, runtime| {
                    runtime.block_on(round.run(Ask { request: request.clone(), ..Ask::default() }))
                });
                return self.after_round(ended, &request);
            }
            Input::Command(command) => {
                self.last = Some(command.clone());
                let ended = self.round(|round, runtime| runtime.block_on(round.review_typed(&command, true)));
                return self.after_round(ended, "");
            }
            Input::Shell => match exec::shell_in(&self.parts.shell, &self.place) {
                Ok(_) => {}
                Err(failure) => self.tell(&failure),
            },
            Input::Go(folder) => self.go(&folder),
            Input::Meta { name, argument } => return self.obey(name, &argument),
            Input::Unknown { name, nearest } => {
                let hint = nearest.map_or("`/help` lists them".to_owned(), |name| format!("did you mean `/{name}`?"));
                self.parts.ui.error(&format!("there is no command `/{name}`"), Some(&hint));
            }
        }
        Flow::On
    }

    fn take_preview(&mut self, line: &str) -> Flow {
        match self.preview.as_ref().and_then(|preview| preview.take(line)) {
            Some(suggestion) => {
                let request = suggestion.request.clone();
                let ended = self.round(|round, runtime| runtime.block_on(round.review_made(suggestion)));
                self.after_round(ended, &request)
            }
            None => self.take_line(line),
        }
    }

    /// Runs something in a round of this session.
    fn round(&mut self, go: impl FnOnce(&mut Round<'_>, &Runtime) -> Ended) -> Ended {
        let parts = &self.parts;
        let mut round = Round {
            ui: parts.ui,
            assistant: &parts.assistant,
            judge: Judge { policy: parts.policy, shell: parts.shell.shell, facts: &parts.facts },
            shell: &parts.shell,
            place: Some(&mut self.place),
            log: parts.run_log.as_ref(),
            errors: parts.errors,
            edit_mode: parts.edit_mode,
            prefill: self.keepings.prefill,
            quiet: self.keepings.quiet,
            on_answer: self.keepings.on_answer,
            turns: std::mem::take(&mut self.turns),
        };
        let ended = go(&mut round, &self.runtime);
        self.turns = round.turns;
        ended
    }

    fn after_round(&mut self, ended: Ended, request: &str) -> Flow {
        if let Some(turn) = self.turns.last().filter(|_| !request.is_empty()) {
            self.last = Some(turn.command.clone());
        }
        self.settle();
        match ended {
            Ended::Ran(_) | Ended::Copied | Ended::Skipped => {}
            Ended::Inserted | Ended::Gone => return Flow::Leave,
            // What was not answered comes back for another try.
            Ended::Stopped => request.clone_into(&mut self.request),
            Ended::Failed(failure) => {
                self.tell(&failure);
                request.clone_into(&mut self.request);
            }
        }
        Flow::On
    }

    fn tell(&self, failure: &Failure) {
        self.parts.ui.error(&failure.message, failure.hint.as_deref());
    }

    /// Lets judge, model and preview know where the session is now.
    fn settle(&mut self) {
        if let Ok(folder) = std::env::current_dir() {
            self.parts.facts.cwd = folder.to_str().map(str::to_owned);
            self.parts.assistant.go(folder.clone());
            if let Some(preview) = &self.preview {
                preview.go(folder);
            }
        }
    }

    fn go(&mut self, folder: &str) {
        let home = self.keepings.home.as_deref();
        let path = match (folder.strip_prefix('~'), home) {
            (Some(rest), Some(home)) if rest.is_empty() || rest.starts_with('/') => {
                home.join(rest.trim_start_matches('/'))
            }
            _ if folder == "-" => self.place.variable("OLDPWD").map(PathBuf::from).unwrap_or_default(),
            _ => PathBuf::from(folder),
        };
        let path = std::env::current_dir().unwrap_or_default().join(path);
        if !path.is_dir() {
            self.parts.ui.error(&format!("can't go to {folder}: it is no folder"), None);
        } else if self.place.go(&path).is_none() && std::env::current_dir().ok() != path.canonicalize().ok() {
            self.parts.ui.error(&format!("can't go to {folder}"), None);
        }
        self.settle();
    }
}
