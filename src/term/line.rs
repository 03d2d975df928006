//! The line editors: one for a command or a change to it, one for the requests of a session.
//!
//! They are two, because every submitted line goes to its editor's history, and an edited command is no request.

mod request;

use std::borrow::Cow;

use nu_ansi_term::Style;
use reedline::{
    EditCommand, Emacs, Highlighter, Prompt, PromptEditMode, PromptHistorySearch, Reedline, Signal, StyledText,
    ValidationResult, Validator, Vi,
};

use super::{Ui, highlight};
pub use request::{Completion, Hints, Read, Repaint, RequestEditor, Setup};

/// Whose keys the line editor has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EditMode {
    #[default]
    Emacs,
    Vi,
}

/// What is being edited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A command, in the shell's colours.
    Edit,
    /// Words that say how a command is to change.
    Revise,
}

/// What became of an edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edited {
    Text(String),
    /// Ctrl-C, Ctrl-D, or nothing left.
    Abandoned,
}

/// Lets the user edit `text`. Blocks; raw mode must be off.
///
/// # Errors
///
/// When the terminal can't be read.
pub fn edit(ui: &Ui, purpose: Purpose, text: &str, mode: EditMode) -> std::io::Result<Edited> {
    let mut editor = Reedline::create().with_ansi_colors(ui.color).use_bracketed_paste(true);
    if mode == EditMode::Vi {
        editor = editor.with_edit_mode(Box::new(Vi::default()));
    } else {
        editor = editor.with_edit_mode(Box::new(Emacs::default()));
    }
    if purpose == Purpose::Edit {
        editor = editor.with_validator(Box::new(OneCommand));
        if ui.color {
            editor = editor.with_highlighter(Box::new(ShellHighlighter));
        }
    }
    editor.run_edit_commands(&[EditCommand::InsertString(text.to_owned())]);
    let label = match purpose {
        Purpose::Edit => "  edit ",
        Purpose::Revise => "  revise ",
    };
    match editor.read_line(&LinePrompt { label: label.to_owned(), indicator: ui.glyph("❯ ", "> ") })? {
        Signal::Success(text) if !text.trim().is_empty() => Ok(Edited::Text(text.trim().to_owned())),
        _ => Ok(Edited::Abandoned),
    }
}

/// A line that ends with a backslash goes on.
struct OneCommand;

impl Validator for OneCommand {
    fn validate(&self, line: &str) -> ValidationResult {
        let backslashes = line.bytes().rev().take_while(|byte| *byte == b'\\').count();
        if backslashes % 2 == 1 { ValidationResult::Incomplete } else { ValidationResult::Complete }
    }
}

struct ShellHighlighter;

impl Highlighter for ShellHighlighter {
    fn highlight(&self, line: &str, _cursor: usize) -> StyledText {
        let mut styled = StyledText::new();
        for (token, text) in highlight::tokens(line) {
            styled.push((token.style(), text.to_owned()));
        }
        if line.is_empty() {
            styled.push((Style::new(), String::new()));
        }
        styled
    }
}

/// One line, without a right side: what reedline redraws well when the window changes.
struct LinePrompt {
    label: String,
    indicator: &'static str,
}

impl Prompt for LinePrompt {
    fn render_prompt_left(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.label)
    }

    fn render_prompt_right(&self) -> Cow<'_, str> {
        Cow::Borrowed("")
    }

    fn render_prompt_indicator(&self, _mode: PromptEditMode) -> Cow<'_, str> {
        Cow::Borrowed(self.indicator)
    }

    fn render_prompt_multiline_indicator(&self) -> Cow<'_, str> {
        Cow::Borrowed("     : ")
    }

    fn render_prompt_history_search_indicator(&self, search: PromptHistorySearch) -> Cow<'_, str> {
        Cow::Owned(format!("(search: {}) ", search.term))
    }
}
