//! Walks over a whole tree, for the checks in these tests.

use crate::safety::ast::*;
use crate::shell::Shell;

/// Calls `each` with every part, from outside to inside.
pub fn parts(script: &Script, each: &mut dyn FnMut(&Part)) {
    Walk { part: each, span: &mut |_| {} }.script(script);
}

/// Calls `each` with every span of the tree.
pub fn spans(script: &Script, each: &mut dyn FnMut(Span)) {
    Walk { part: &mut |_| {}, span: each }.script(script);
}

struct Walk<'a> {
    part: &'a mut dyn FnMut(&Part),
    span: &'a mut dyn FnMut(Span),
}

impl Walk<'_> {
    fn script(&mut self, script: &Script) {
        (self.span)(script.span);
        for list in &script.lists {
            (self.span)(list.span);
            for pipeline in list.pipelines() {
                (self.span)(pipeline.span);
                pipeline.commands.iter().for_each(|command| self.command(command));
            }
        }
    }

    fn command(&mut self, command: &Command) {
        (self.span)(command.span);
        match &command.kind {
            CommandKind::Simple(simple) => {
                for assignment in &simple.assignments {
                    (self.span)(assignment.span);
                    assignment.index.iter().for_each(|index| self.word(index));
                    match &assignment.value {
                        Value::Scalar(word) => self.word(word),
                        Value::Array(elements) => self.elements(elements),
                    }
                }
                self.words(&simple.words);
            }
            CommandKind::Group(body) | CommandKind::Subshell(body) => self.script(body),
            CommandKind::If(one) => {
                for (condition, body) in &one.branches {
                    self.script(condition);
                    self.script(body);
                }
                one.otherwise.iter().for_each(|body| self.script(body));
            }
            CommandKind::While(one) => {
                self.script(&one.condition);
                self.script(&one.body);
            }
            CommandKind::For(one) => {
                one.words.iter().for_each(|words| self.words(words));
                self.script(&one.body);
            }
            CommandKind::ArithmeticFor(one) => {
                self.word(&one.head);
                self.script(&one.body);
            }
            CommandKind::Repeat(one) => {
                self.word(&one.count);
                self.script(&one.body);
            }
            CommandKind::Case(one) => {
                self.word(&one.word);
                for item in &one.items {
                    self.words(&item.patterns);
                    self.script(&item.body);
                }
            }
            CommandKind::Test(test) => self.test(test),
            CommandKind::Arithmetic(word) => self.word(word),
            CommandKind::Coproc(one) => self.command(&one.body),
            CommandKind::Always(one) => {
                self.script(&one.body);
                self.script(&one.always);
            }
            CommandKind::Function(one) => {
                self.words(&one.names);
                self.command(&one.body);
            }
            CommandKind::AnonymousFunction(one) => {
                self.command(&one.body);
                self.words(&one.args);
            }
        }
        for redirect in &command.redirects {
            (self.span)(redirect.span);
            match &redirect.target {
                Target::Word(word) => self.word(word),
                Target::HereDocument(document) => self.word(&document.body),
            }
        }
    }

    fn test(&mut self, test: &Test) {
        match test {
            Test::Word(word) | Test::Unary(_, word) => self.word(word),
            Test::Binary(left, _, right) => {
                self.word(left);
                self.word(right);
            }
            Test::Not(inner) => self.test(inner),
            Test::And(left, right) | Test::Or(left, right) => {
                self.test(left);
                self.test(right);
            }
        }
    }

    fn elements(&mut self, elements: &[Element]) {
        for element in elements {
            element.key.iter().for_each(|key| self.word(key));
            self.word(&element.value);
        }
    }

    fn words(&mut self, words: &[Word]) {
        words.iter().for_each(|word| self.word(word));
    }

    fn word(&mut self, word: &Word) {
        (self.span)(word.span);
        for part in &word.parts {
            (self.span)(part.span);
            (self.part)(part);
            match &part.kind {
                PartKind::Literal(_) | PartKind::Tilde(_) | PartKind::Brace(Brace::Range { .. }) => {}
                PartKind::Glob(Glob::Group(_, words)) | PartKind::Brace(Brace::List(words)) => self.words(words),
                PartKind::Glob(_) => {}
                PartKind::Parameter(parameter) => self.parameter(parameter),
                PartKind::Command(script) | PartKind::Process(_, script) => self.script(script),
                PartKind::Arithmetic(word) => self.word(word),
                PartKind::Array(elements) => self.elements(elements),
            }
        }
    }

    fn parameter(&mut self, parameter: &Parameter) {
        parameter.inner.iter().for_each(|word| self.word(word));
        parameter.index.iter().for_each(|word| self.word(word));
        match &parameter.op {
            ParameterOp::None | ParameterOp::Transform(_) | ParameterOp::Indices | ParameterOp::Names => {}
            ParameterOp::Modifiers(_) | ParameterOp::Case(_, None) => {}
            ParameterOp::Default { word, .. }
            | ParameterOp::Assign { word, .. }
            | ParameterOp::Error { word, .. }
            | ParameterOp::Alternative { word, .. }
            | ParameterOp::TrimPrefix { pattern: word, .. }
            | ParameterOp::TrimSuffix { pattern: word, .. }
            | ParameterOp::Case(_, Some(word))
            | ParameterOp::Other(word) => self.word(word),
            ParameterOp::Replace { pattern, with, .. } => {
                self.word(pattern);
                with.iter().for_each(|word| self.word(word));
            }
            ParameterOp::Slice { offset, length } => {
                self.word(offset);
                length.iter().for_each(|word| self.word(word));
            }
        }
    }
}

/// Returns where the text opens a substitution that no part begins with, and that neither a quote, a backslash, a comment nor
/// a quoted here-document hides.
pub fn left_over(text: &str, parsed: &Parsed, shell: Shell) -> Vec<usize> {
    let expansions: &[&str] = if shell == Shell::Fish { &["$("] } else { &["$(", "${", "`"] };
    let files: &[&str] = if shell == Shell::Fish { &["("] } else { &["<(", ">("] };
    let mut begun = vec![false; text.len() + 1];
    let mut ended = vec![false; text.len() + 1];
    let mut quoted = vec![false; text.len() + 1];
    let mut hidden = vec![false; text.len() + 1];
    parsed.comments.iter().for_each(|span| hidden[span.start..span.end].fill(true));
    parts(&parsed.script, &mut |part| match &part.kind {
        PartKind::Literal(_) => match part.quote {
            Quote::Single | Quote::Ansi | Quote::Backslash => hidden[part.span.start..part.span.end].fill(true),
            // In double quotes there are no files, in fish no brackets without a dollar.
            Quote::Double => quoted[part.span.start..part.span.end].fill(true),
            Quote::None => {}
        },
        PartKind::Glob(Glob::Class(_) | Glob::Qualifier(_)) => hidden[part.span.start..part.span.end].fill(true),
        // A subscript is no place for files.
        PartKind::Parameter(parameter) if parameter.index.is_some() && shell != Shell::Fish => {
            parameter.index.iter().for_each(|index| quoted[index.span.start..index.span.end].fill(true));
            begun[part.span.start] = true;
        }
        PartKind::Parameter(_) | PartKind::Command(_) | PartKind::Process(..) | PartKind::Arithmetic(_) => {
            begun[part.span.start] = true;
            // A backquote closes as it opens.
            ended[part.span.end.saturating_sub(1)] = true;
        }
        _ => {}
    });
    let starts = |at: usize, openers: &[&str]| openers.iter().any(|opener| text[at..].starts_with(opener));
    let opens = |at: usize| {
        let closes = text[at..].starts_with('`') && ended[at];
        // The second half of `$$` or of `$(`.
        let half = at > 0 && text.as_bytes()[at - 1] == b'$' && begun[at - 1];
        // The end of `<<<` or `&>` before a zsh pattern.
        let operator = at > 0 && matches!(text.as_bytes()[at - 1], b'<' | b'>' | b'&');
        let file = starts(at, files) && !quoted[at] && !operator;
        !begun[at] && !hidden[at] && !closes && !half && (starts(at, expansions) || file)
    };
    text.char_indices().map(|(at, _)| at).filter(|at| opens(*at) && !behind_backslash(text, *at)).collect()
}

fn behind_backslash(text: &str, at: usize) -> bool {
    text[..at].bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1
}
