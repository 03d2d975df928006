//! How a verdict came about: every command as it was judged, without its wrappers.

use crate::safety::ast::Span;
use crate::safety::{Facts, Report, walk};
use crate::shell::Shell;
use std::ops::Range;

/// A command as a rule saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Where it stands in the original text.
    pub span: Range<usize>,
    /// Its words after expansion and unwrapping, unknown parts as dots.
    pub argv: Vec<String>,
    /// It would run as root.
    pub root: bool,
}

/// A report with the steps that led to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    pub report: Report,
    pub steps: Vec<Step>,
}

/// Judges `command` and tells which commands were judged in it; the first finding of the report is the rule that decided.
pub fn explain(command: &str, shell: Shell, facts: &Facts) -> Explanation {
    let mut steps = Vec::new();
    let report = walk::judge(command, shell, facts, Some(&mut steps));
    Explanation { report, steps }
}

impl walk::Walker<'_> {
    /// Writes a step down, when someone asked for steps.
    pub fn trace(&mut self, argv: &[crate::safety::value::Value], span: Span) {
        let span = self.place.unwrap_or(span);
        let root = self.root;
        if let Some(steps) = &mut self.trace
            && steps.len() < 256
        {
            steps.push(Step { span: span.start..span.end, argv: argv.iter().map(|word| word.shown()).collect(), root });
        }
    }
}
