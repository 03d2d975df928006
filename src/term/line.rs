//! Editing a command in a line editor, prefilled, with the shell's colours.

use std::borrow::Cow;

use nu_ansi_term::Style;
use reedline::{
    EditCommand, Highlighter, Prompt, PromptEditMode, PromptHistorySearch, Reedline, Signal, StyledText,
    ValidationResult, Validator,
};

use super::{Ui, highlight};

/// What became of an edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edited {
    Command(String),
    /// Ctrl-C, Ctrl-D, or nothing left of the command.
    Abandoned,
}

/// Lets the user edit `command`. Blocks; raw mode must be off.
///
/// # Errors
///
/// When the terminal can't be read.
pub fn edit(ui: &Ui, command: &str) -> std::io::Result<Edited> {
    let mut editor = Reedline::create().with_ansi_colors(ui.color).with_validator(Box::new(OneCommand));
    if ui.color {
        editor = editor.with_highlighter(Box::new(ShellHighlighter));
    }
    editor.run_edit_commands(&[EditCommand::InsertString(command.to_owned())]);
    match editor.read_line(&EditPrompt { ui })? {
        Signal::Success(text) if !text.trim().is_empty() => Ok(Edited::Command(text.trim().to_owned())),
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

struct EditPrompt<'a> {
    ui: &'a Ui,
}

impl Prompt for EditPrompt<'_> {
    fn render_prompt_left(&self) -> Cow<'_, str> {
        Cow::Borrowed("  edit ")
    }

    fn render_prompt_right(&self) -> Cow<'_, str> {
        Cow::Borrowed("")
    }

    fn render_prompt_indicator(&self, _mode: PromptEditMode) -> Cow<'_, str> {
        Cow::Borrowed(self.ui.glyph("❯ ", "> "))
    }

    fn render_prompt_multiline_indicator(&self) -> Cow<'_, str> {
        Cow::Borrowed("     : ")
    }

    fn render_prompt_history_search_indicator(&self, _search: PromptHistorySearch) -> Cow<'_, str> {
        Cow::Borrowed("")
    }
}
