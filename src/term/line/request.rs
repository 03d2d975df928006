//! The line editor of a session: history, hints, completion, and what the built-in model would suggest.

use std::io;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use nu_ansi_term::{Color, Style};
use reedline::{
    ColumnarMenu, Completer, CompletionResult, EditCommand, Emacs, FileBackedHistory, Highlighter, Hinter, History,
    HistoryItem, KeyCode, KeyModifiers, Keybindings, MenuBuilder, Reedline, ReedlineEvent, ReedlineMenu, SearchQuery,
    Signal, Span, StyledText, Suggestion, Vi, default_emacs_keybindings, default_vi_insert_keybindings,
    default_vi_normal_keybindings, default_vi_visual_keybindings,
};

use super::{EditMode, LinePrompt};
use crate::term::Ui;

/// What came of reading a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Read {
    Request(String),
    /// The suggestion shown for this text is wanted.
    Take(String),
    /// Ctrl-C; whether there was text to clear.
    Cleared(bool),
    /// Ctrl-D on an empty line.
    End,
    /// The process is told to end, or the terminal is gone.
    Gone,
}

/// A completion: what replaces the text from byte `start` up to the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    pub text: String,
    pub help: Option<String>,
    pub start: usize,
    /// Whether a blank follows it.
    pub ends_word: bool,
}

/// Something that has a hint for a line, now or soon.
pub trait Hints: Send {
    /// The hint for `line`, if it is ready: one painted row. Called whenever the line is painted.
    fn hint(&mut self, line: &str) -> Option<String>;
}

/// Makes the editor paint its line again; may be called from any thread.
pub type Repaint = Box<dyn Fn() + Send>;

/// Completes the text before the cursor.
pub type Complete = Box<dyn Fn(&str) -> Vec<Completion> + Send>;

/// What an editor is made of.
pub struct Setup<'a> {
    pub ui: Ui,
    pub mode: EditMode,
    /// The file of earlier requests; it must exist, or can be made, readable by its owner only.
    pub history: Option<&'a Path>,
    pub complete: Complete,
    /// Set when the process is told to end.
    pub end: Arc<AtomicBool>,
}

/// Reads requests.
pub struct RequestEditor {
    editor: Reedline,
    ui: Ui,
    /// What stood in the line when it was last painted; Ctrl-C empties it before we could look.
    line: Arc<Mutex<String>>,
}

/// Requests that are remembered.
const HISTORY_SIZE: usize = 5000;

/// How often the editor looks whether a hint has come, while nothing is typed.
const POLL: Duration = Duration::from_millis(15);

/// The name under which the wish to take the suggestion comes back.
const TAKE: &str = "take";

const MENU: &str = "completions";

impl RequestEditor {
    /// Makes an editor; `hints` is given the means to have the line painted again.
    pub fn new(setup: Setup<'_>, hints: impl FnOnce(Repaint) -> Option<Box<dyn Hints>>) -> RequestEditor {
        let ui = setup.ui;
        let menu = ColumnarMenu::default().with_name(MENU).with_text_style(Style::new());
        let mut editor = Reedline::create()
            .with_ansi_colors(ui.color)
            .use_bracketed_paste(true)
            .with_poll_interval(POLL)
            .with_break_signal(setup.end)
            .with_history_exclusion_prefix(Some(" ".to_owned()))
            .with_completer(Box::new(Completions(setup.complete)))
            .with_menu(ReedlineMenu::EngineCompleter(Box::new(menu)))
            .with_quick_completions(true)
            .with_partial_completions(true)
            .with_edit_mode(edit_mode(setup.mode));
        let history = setup.history.and_then(|path| FileBackedHistory::with_file(HISTORY_SIZE, path.to_owned()).ok());
        if let Some(history) = history {
            editor = editor.with_history(Box::new(history));
        }
        let signal = editor.repaint_signal();
        let hints = hints(Box::new(move || signal.request_repaint()));
        let line = Arc::new(Mutex::new(String::new()));
        let watch = LineWatch { line: line.clone(), color: ui.color };
        editor = editor
            .with_hinter(Box::new(RequestHinter { from_history: String::new(), hints }))
            .with_highlighter(Box::new(watch));
        RequestEditor { editor, ui, line }
    }

    /// Reads one request behind `label`; `text` stands in the line already. Blocks.
    ///
    /// # Errors
    ///
    /// When the terminal fails.
    pub fn read(&mut self, label: &str, text: &str) -> io::Result<Read> {
        if !text.is_empty() {
            self.editor.run_edit_commands(&[EditCommand::Clear, EditCommand::InsertString(text.to_owned())]);
        }
        let prompt = LinePrompt { label: label.to_owned(), indicator: self.ui.glyph("❯ ", "> ") };
        let read = match self.editor.read_line(&prompt)? {
            Signal::Success(text) => Read::Request(text),
            Signal::CtrlC => Read::Cleared(self.line.lock().is_ok_and(|line| !line.is_empty())),
            Signal::CtrlD => Read::End,
            Signal::HostCommand(_) => {
                let text = self.editor.current_buffer_contents().to_owned();
                self.editor.run_edit_commands(&[EditCommand::Clear]);
                // The line stays on the screen; what is hinted below it goes.
                self.ui.say("\r\n\x1b[J");
                let _ = self.editor.history_mut().save(HistoryItem::from_command_line(&text));
                Read::Take(text)
            }
            _ => Read::Gone,
        };
        // Without a file that can be written, the history lasts as long as the session.
        let _ = self.editor.sync_history();
        Ok(read)
    }
}

fn edit_mode(mode: EditMode) -> Box<dyn reedline::EditMode> {
    match mode {
        EditMode::Emacs => Box::new(Emacs::new(with_own_keys(default_emacs_keybindings()))),
        EditMode::Vi => {
            let [insert, normal, visual] =
                [default_vi_insert_keybindings(), default_vi_normal_keybindings(), default_vi_visual_keybindings()];
            Box::new(Vi::new(with_own_keys(insert), with_own_keys(normal), visual))
        }
    }
}

fn with_own_keys(mut keys: Keybindings) -> Keybindings {
    let next = ReedlineEvent::UntilFound(vec![ReedlineEvent::Menu(MENU.to_owned()), ReedlineEvent::MenuNext]);
    keys.add_binding(KeyModifiers::NONE, KeyCode::Tab, next);
    // Enter that was typed while a command ran, which the terminal made a newline.
    keys.add_binding(KeyModifiers::CONTROL, KeyCode::Char('j'), ReedlineEvent::Enter);
    keys.add_binding(KeyModifiers::SHIFT, KeyCode::BackTab, ReedlineEvent::MenuPrevious);
    keys.add_binding(KeyModifiers::CONTROL, KeyCode::Char('g'), ReedlineEvent::ExecuteHostCommand(TAKE.to_owned()));
    keys
}

/// Remembers the line, and paints what is no request: `/command` and `!command`.
struct LineWatch {
    line: Arc<Mutex<String>>,
    color: bool,
}

impl Highlighter for LineWatch {
    fn highlight(&self, line: &str, _cursor: usize) -> StyledText {
        if let Ok(mut known) = self.line.lock() {
            line.clone_into(&mut known);
        }
        let style =
            if self.color && line.starts_with(['/', '!']) { Style::new().fg(Color::Cyan) } else { Style::new() };
        let mut styled = StyledText::new();
        styled.push((style, line.to_owned()));
        styled
    }
}

struct Completions(Complete);

impl Completer for Completions {
    fn complete(&mut self, line: &str, position: usize) -> CompletionResult {
        let completions = (self.0)(line.get(..position).unwrap_or_default());
        let suggestion = |completion: Completion| Suggestion {
            value: completion.text,
            description: completion.help,
            span: Span::new(completion.start, position),
            append_whitespace: completion.ends_word,
            ..Suggestion::default()
        };
        CompletionResult::fresh(completions.into_iter().map(suggestion).collect::<Vec<_>>())
    }
}

/// The rest of an earlier request behind the cursor, and the hint on the row below.
struct RequestHinter {
    from_history: String,
    hints: Option<Box<dyn Hints>>,
}

impl Hinter for RequestHinter {
    fn handle(&mut self, line: &str, _: usize, history: &dyn History, colors: bool, _: &str) -> String {
        let earlier = (line.chars().count() > 1)
            .then(|| history.search(SearchQuery::last_with_prefix(line.to_owned(), history.session())).ok())
            .flatten()
            .and_then(|found| found.into_iter().next());
        let rest = earlier.and_then(|item| item.command_line.get(line.len()..).map(str::to_owned)).unwrap_or_default();
        // A hint is one line; the whole comes back with the up key.
        self.from_history = if rest.contains('\n') { String::new() } else { rest };
        let mut shown = self.from_history.clone();
        if colors && !shown.is_empty() {
            shown = Style::new().dimmed().paint(shown).to_string();
        }
        if let Some(hint) = self.hints.as_mut().and_then(|hints| hints.hint(line)) {
            shown.push('\n');
            shown.push_str(&hint);
        }
        shown
    }

    fn complete_hint(&self) -> String {
        self.from_history.clone()
    }

    fn next_hint_token(&self) -> String {
        let end = self
            .from_history
            .trim_start()
            .find(' ')
            .map(|at| at + self.from_history.len() - self.from_history.trim_start().len());
        self.from_history[..end.unwrap_or(self.from_history.len())].to_owned()
    }
}
