//! The verdict: a mark, a word and the reason, never colour alone.

use std::ops::Range;

use nu_ansi_term::{Color, Style};

use super::text::{Lines, visible, wrap};
use super::{Ui, width};
use crate::safety::{Level, Report};

/// The stretches of a command that its findings are about.
pub fn spans_of(report: &Report) -> Vec<Range<usize>> {
    report.findings.iter().map(|finding| finding.span.clone()).collect()
}

/// What is to be said of a command, the gravest first.
pub fn verdicts(report: &Report) -> Vec<(Level, &str)> {
    match &report.findings[..] {
        [] => vec![(report.level, "only reads, or makes something new")],
        findings => findings.iter().map(|finding| (finding.level, finding.reason.as_str())).collect(),
    }
}

impl Ui {
    /// Lays out what the judge has to say.
    pub fn verdict_rows(&self, report: &Report) -> String {
        verdicts(report).into_iter().map(|(level, reason)| self.verdict_lines(level, reason)).collect()
    }

    pub(super) fn verdict_lines(&self, level: Level, reason: &str) -> String {
        let (mark, style) = self.mark(level);
        let head = format!("{mark} {}", level.word());
        let text = format!("{head} {} {}", self.glyph("·", "-"), visible(reason, Lines::One));
        let mut lines = String::new();
        for (index, line) in wrap(&text, width() - 2).into_iter().enumerate() {
            let line = match line.strip_prefix(&head) {
                Some(rest) if index == 0 => format!("{}{rest}", self.paint(style, &head)),
                _ => line,
            };
            lines.push_str(&format!("  {line}\n"));
        }
        lines
    }

    /// Prints a command and its verdict.
    pub fn verdict(&self, command: &str, report: &Report) {
        self.say(&format!("  {}\n{}", self.command_with(command, &spans_of(report)), self.verdict_rows(report)));
    }

    /// The mark and the colour of a level.
    pub(super) fn mark(&self, level: Level) -> (&'static str, Style) {
        match level {
            Level::Safe => (self.glyph("✓", "ok"), Style::new().fg(Color::Green)),
            Level::Caution => ("!", Style::new().fg(Color::Yellow)),
            Level::Danger => (self.glyph("✗", "x"), Style::new().fg(Color::Red).bold()),
            Level::Critical => (self.glyph("■", "#"), Style::new().fg(Color::Red).bold().reverse()),
        }
    }
}
