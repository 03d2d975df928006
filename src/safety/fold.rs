//! From words to values: what the shell would put in place of everything that is not plain text.
//!
//! Braces, tildes, variables, substitutions and globs are worked out where the line itself says what they are; the rest becomes
//! a mark. Substitutions are walked here, since walking is how one learns what they print.

use crate::safety::Level;
use crate::safety::ast::{Direction, Glob, Part, PartKind, Quote, Script, Span, Word};
use crate::safety::braces::{WORDS, all_but, alternatives, tilde_first};
use crate::safety::env::{File, VarKind};
use crate::safety::qualifiers::narrows;
use crate::safety::rules::text as text_rules;
use crate::safety::value::{
    ANY, CLOSE, DEEP, FILLED, Flow, HOME, NAME, ONE, OPEN, Taint, UNKNOWN, Value, clean, has_marks,
};
use crate::safety::walk::Walker;
use crate::shell::Shell;

/// What an expansion gives: one or more texts, and whether they stay apart.
#[derive(Debug, Default)]
pub struct Expansion {
    pub texts: Vec<String>,
    pub taint: Taint,
    /// The texts are words of their own even inside quotes: `"$@"`, `"${a[@]}"`.
    pub list: bool,
    /// One of the texts, nobody knows which.
    pub either: bool,
    /// zsh `${=x}`: split like in other shells.
    pub splits: bool,
    /// zsh `${~x}`: what is in the value is a pattern.
    pub globs: bool,
}

impl Expansion {
    pub fn one(text: impl Into<String>) -> Self {
        Expansion { texts: vec![text.into()], ..Expansion::default() }
    }

    pub fn unknown(taint: Taint) -> Self {
        Expansion { texts: vec![UNKNOWN.to_string()], taint, ..Expansion::default() }
    }

    pub fn with(mut self, taint: Taint) -> Self {
        self.taint |= taint;
        self
    }
}

/// The fields a word splits into, while they are being made.
struct Fields {
    done: Vec<Value>,
    current: Option<String>,
    taint: Taint,
    span: Span,
    either: bool,
}

impl Fields {
    fn push(&mut self, text: &str) {
        self.current.get_or_insert_default().push_str(text);
    }

    fn mark(&mut self, mark: char) {
        self.current.get_or_insert_default().push(mark);
    }

    fn cut(&mut self) {
        if let Some(text) = self.current.take()
            && self.done.len() < WORDS
        {
            self.done.push(Value { text, taint: self.taint, span: self.span });
        }
    }

    /// Appends text that the shell splits at the characters of `IFS`.
    fn split(&mut self, text: &str, separators: &str, globs: bool) {
        for (at, piece) in text.split(|c| separators.contains(c)).enumerate() {
            if at > 0 {
                self.cut();
            }
            if piece.is_empty() {
                continue;
            }
            if globs && piece.contains(['*', '?', '[']) {
                self.push(&globbed(piece));
            } else {
                self.push(piece);
            }
        }
    }

    /// Appends several texts as several words.
    fn list(&mut self, texts: &[String]) {
        for (at, text) in texts.iter().enumerate() {
            if at > 0 {
                self.cut();
            }
            self.push(text);
        }
    }
}

/// Reads the glob characters of a text.
pub fn globbed(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '*' if characters.peek() == Some(&'*') => {
                characters.next();
                out.push(DEEP);
            }
            '*' => out.push(ANY),
            '?' => out.push(ONE),
            '[' => {
                let rest: String = characters.clone().collect();
                match rest.find(']').filter(|end| *end > 0) {
                    Some(end) => {
                        out.push(OPEN);
                        out.push_str(&rest[..end]);
                        out.push(CLOSE);
                        characters.by_ref().take_while(|c| *c != ']').for_each(drop);
                    }
                    None => out.push('['),
                }
            }
            '\\' => out.extend(characters.next()),
            other => out.push(other),
        }
    }
    out
}

impl Walker<'_> {
    /// Folds words; each may become several, or none.
    pub fn words(&mut self, words: &[Word]) -> Vec<Value> {
        let mut values = Vec::with_capacity(words.len());
        for word in words {
            values.extend(self.word(word).0);
        }
        values
    }

    /// Folds a word; the flag says that only one of several values is meant.
    pub fn word(&mut self, word: &Word) -> (Vec<Value>, bool) {
        if let [Part { kind: PartKind::Literal(text), .. }] = word.parts.as_slice() {
            return (vec![Value::new(clean(text), word.span)], false);
        }
        if !self.burn(1) {
            return (vec![Value::new(UNKNOWN.to_string(), word.span)], false);
        }
        let braces = word
            .parts
            .iter()
            .any(|part| matches!(part.kind, PartKind::Brace(_) | PartKind::Glob(Glob::Group('@' | '?', _))));
        if !braces {
            return self.fields(&word.parts, word.span);
        }
        let negated = if self.shell == Shell::Zsh { all_but(&word.parts) } else { None };
        if let Some(parts) = negated {
            return self.fields(&parts, word.span);
        }
        let mut values = Vec::new();
        let braces = alternatives(&word.parts);
        if braces.cut {
            self.complete = false;
            self.note(&text_rules::TOO_MUCH, Level::Danger, word.span, "braces that stand for too many words to check");
        }
        for mut parts in braces.words {
            if !self.burn(1) {
                break;
            }
            tilde_first(&mut parts);
            values.extend(self.fields(&parts, word.span).0);
        }
        (values, false)
    }

    /// Folds a word that stays one: assignments, redirects, patterns, here-documents.
    pub fn joined(&mut self, word: &Word) -> Value {
        self.joined_parts(&word.parts, word.span)
    }

    /// Folds parts that stay one word.
    pub fn joined_parts(&mut self, parts: &[Part], span: Span) -> Value {
        if let [Part { kind: PartKind::Literal(text), .. }] = parts {
            return Value::new(clean(text), span);
        }
        let mut value = Value::new(String::new(), span);
        for part in parts {
            match &part.kind {
                PartKind::Literal(text) => value.text.push_str(&clean(text)),
                PartKind::Glob(Glob::Qualifier(text)) => self.qualifiers(text, &value.text, span),
                PartKind::Glob(glob) => push_glob(&mut value.text, glob),
                PartKind::Brace(_) => value.text.push(FILLED),
                PartKind::Array(elements) => {
                    let values = self.elements(elements);
                    let texts: Vec<&str> = values.iter().map(|value| value.text.as_str()).collect();
                    value.text.push_str(&texts.join(" "));
                }
                _ => {
                    let expansion = self.expand(part, span);
                    value.taint |= expansion.taint;
                    if expansion.either {
                        value.text.push_str(expansion.texts.first().map_or("", String::as_str));
                    } else {
                        value.text.push_str(&expansion.texts.join(" "));
                    }
                }
            }
        }
        value
    }

    fn fields(&mut self, parts: &[Part], span: Span) -> (Vec<Value>, bool) {
        let mut fields = Fields { done: Vec::new(), current: None, taint: Taint::NONE, span, either: false };
        let mut all_but = false;
        let zsh_globs = self.shell == Shell::Zsh && parts.iter().any(|part| matches!(part.kind, PartKind::Glob(_)));
        for part in parts {
            let quoted = part.quote != Quote::None;
            match &part.kind {
                // zsh's extended globs: `^x` is all but x, `a~x` is a but not x.
                PartKind::Literal(text) if zsh_globs && !quoted && !all_but && text.contains(['^', '~']) => {
                    let at = text.find(['^', '~']).unwrap_or(0);
                    let begins =
                        fields.current.as_deref().unwrap_or("").is_empty() && at == 0 || text[..at].ends_with('/');
                    fields.push(&clean(&text[..at]));
                    let last = at + 1 == text.len() && parts.last() == Some(part);
                    if text[at..].starts_with('~')
                        && !last
                        && fields.current.as_deref().is_some_and(|text| text.ends_with([ANY, DEEP, CLOSE]))
                    {
                        all_but = true;
                    } else if text[at..].starts_with('^') && begins {
                        all_but = true;
                        fields.mark(ANY);
                    } else {
                        fields.push(&clean(&text[at..]));
                    }
                }
                PartKind::Literal(text) if all_but && !quoted => match text.find('/') {
                    Some(slash) => {
                        all_but = false;
                        fields.push(&clean(&text[slash..]));
                    }
                    None => fields.push(""),
                },
                PartKind::Literal(text) => fields.push(&clean(text)),
                PartKind::Glob(Glob::Not) => {
                    // Everything but what follows is nearly everything.
                    all_but = true;
                    fields.mark(ANY);
                }
                PartKind::Glob(Glob::Qualifier(text)) => {
                    self.qualifiers(text, fields.current.as_deref().unwrap_or_default(), span);
                    if narrows(text)
                        && let Some(current) = &mut fields.current
                        && current.ends_with([ANY, DEEP])
                    {
                        current.pop();
                        current.push(NAME);
                    }
                }
                PartKind::Glob(_) if all_but => {}
                PartKind::Glob(glob) => push_glob(fields.current.get_or_insert_default(), glob),
                PartKind::Brace(_) => fields.mark(FILLED),
                PartKind::Array(elements) => {
                    let values = self.elements(elements);
                    fields.list(&values.into_iter().map(|value| value.text).collect::<Vec<_>>());
                }
                _ => {
                    let expansion = self.expand(part, span);
                    fields.taint |= expansion.taint;
                    fields.either |= expansion.either && expansion.texts.len() > 1;
                    self.put(&mut fields, part, quoted, &expansion);
                }
            }
        }
        fields.cut();
        (fields.done, fields.either)
    }

    /// Puts an expansion into the fields as the shell splits it.
    fn put(&self, fields: &mut Fields, part: &Part, quoted: bool, expansion: &Expansion) {
        let texts = &expansion.texts;
        let parameter = matches!(part.kind, PartKind::Parameter(_));
        // Each of several values continues the word from the same beginning.
        if (expansion.either || (self.shell == Shell::Fish && !quoted)) && texts.len() > 1 {
            let prefix = fields.current.take().unwrap_or_default();
            let joined: Vec<String> = texts.iter().map(|text| format!("{prefix}{text}")).collect();
            fields.list(&joined);
            return;
        }
        if matches!(part.kind, PartKind::Tilde(_) | PartKind::Arithmetic(_) | PartKind::Process(..)) {
            fields.push(&texts.concat());
        } else if expansion.list {
            fields.list(texts);
        } else if quoted {
            fields.push(&texts.join(if self.shell == Shell::Fish && !parameter { "\n" } else { " " }));
        } else {
            match (self.shell, parameter) {
                (Shell::Bash, _) => texts.iter().enumerate().for_each(|(at, text)| {
                    if at > 0 {
                        fields.cut();
                    }
                    fields.split(text, &self.separators(), true);
                }),
                (Shell::Zsh, parameter) if !parameter || expansion.splits || self.splits_words => {
                    texts.iter().enumerate().for_each(|(at, text)| {
                        if at > 0 {
                            fields.cut();
                        }
                        fields.split(text, &self.separators(), expansion.globs);
                    });
                }
                // A zsh scalar stays one word, but an empty one is none.
                (Shell::Zsh, _) => {
                    for (at, text) in texts.iter().enumerate() {
                        if at > 0 {
                            fields.cut();
                        }
                        if expansion.globs {
                            fields.push(&unquoted(text));
                        } else if !text.is_empty() {
                            fields.push(text);
                        }
                    }
                }
                (Shell::Fish, _) => {
                    let lines: Vec<String> = texts.iter().flat_map(|text| text.lines()).map(str::to_string).collect();
                    fields.list(&lines);
                }
            }
        }
    }

    /// Returns what words are split at.
    fn separators(&self) -> String {
        match self.env.get("IFS") {
            Some(var) => var.values.first().cloned().unwrap_or_default(),
            None => " \t\n".into(),
        }
    }

    /// Expands one part that is neither text nor a glob.
    pub fn expand(&mut self, part: &Part, span: Span) -> Expansion {
        match &part.kind {
            PartKind::Tilde(name) => Expansion::one(self.tilde(name)),
            PartKind::Parameter(parameter) => self.parameter(parameter, span),
            PartKind::Command(script) => self.substitution(script),
            PartKind::Process(direction, script) => self.process(*direction, script),
            PartKind::Arithmetic(word) => {
                let inside = self.joined(word);
                match inside.text.trim().parse::<i64>() {
                    Ok(number) => Expansion::one(number.to_string()),
                    Err(_) => {
                        Expansion::one(calculated(&inside.text).map_or_else(|| NAME.to_string(), |n| n.to_string()))
                    }
                }
            }
            PartKind::Literal(text) => Expansion::one(clean(text)),
            PartKind::Glob(glob) => {
                let mut text = String::new();
                push_glob(&mut text, glob);
                Expansion::one(text)
            }
            PartKind::Brace(_) | PartKind::Array(_) => Expansion::one(FILLED.to_string()),
        }
    }

    fn tilde(&self, name: &str) -> String {
        match name {
            "" => HOME.to_string(),
            "+" => self.env.cwd.clone(),
            "-" => UNKNOWN.to_string(),
            "root" => "/root".into(),
            name if self.facts.user.as_deref() == Some(name) => HOME.to_string(),
            name => format!("/home/{}", clean(name)),
        }
    }

    /// Walks a command substitution; what it prints is its value.
    fn substitution(&mut self, script: &Script) -> Expansion {
        let outer = self.stdin.clone();
        let flow = self.subshell(script);
        self.stdin = outer;
        match flow.text {
            Some(text) => {
                let text = text.trim_end_matches(['\n', '\0']);
                Expansion::one(text).with(flow.taint)
            }
            None if flow.taint == Taint::PROGRAM => Expansion::unknown(flow.taint),
            None => Expansion::unknown(flow.taint | Taint::LOCAL),
        }
    }

    fn process(&mut self, direction: Direction, script: &Script) -> Expansion {
        let outer = self.stdin.clone();
        let mut content = Flow::local();
        if direction == Direction::Output {
            // What is written there comes from the command around, which reads what this one would.
            self.stdin = Some(outer.clone().unwrap_or_default().tainted(Taint::NONE));
            self.subshell(script);
        } else {
            content = self.subshell(script);
        }
        self.stdin = outer;
        let path = format!("/dev/fd/{}", 63 + self.env.files.len());
        let taint = content.taint;
        self.env.remember(File { path: path.clone(), content, scratch: true, folder: false });
        Expansion::one(path).with(taint.without(Taint::LOCAL))
    }

    /// Returns the values a variable may have.
    pub fn variable(&mut self, name: &str) -> Option<Expansion> {
        if let Some(digits) = name.parse::<usize>().ok().filter(|_| name.len() < 4) {
            if digits == 0 {
                return Some(Expansion::one("$0"));
            }
            if self.env.positional.is_none() && digits > 8 {
                // Nobody passes nine arguments; such a name stands there because it is empty.
                return Some(Expansion::one(""));
            }
            let positional = self.env.positional.as_ref()?;
            return Some(match positional.get(digits - 1) {
                Some(value) => Expansion::one(value.text.clone()).with(value.taint),
                None => Expansion::one(""),
            });
        }
        if matches!(name, "@" | "*") || (name == "argv" && self.shell != Shell::Bash && !self.env.is_set("argv")) {
            let positional = self.env.positional.as_ref()?;
            let taint = positional.iter().fold(Taint::NONE, |taint, value| taint | value.taint);
            let texts = positional.iter().map(|value| value.text.clone()).collect();
            return Some(Expansion { texts, taint, list: true, ..Expansion::default() });
        }
        let mut var = self.env.get(name)?;
        if var.kind == VarKind::Reference {
            var = self.env.get(var.values.first()?)?;
        }
        let fish = self.shell == Shell::Fish;
        Some(Expansion {
            texts: if var.kind == VarKind::Array && !fish && self.shell == Shell::Bash {
                var.values.into_iter().collect()
            } else {
                var.values
            },
            taint: var.taint,
            either: var.kind == VarKind::Either,
            ..Expansion::default()
        })
    }
}

fn push_glob(text: &mut String, glob: &Glob) {
    match glob {
        Glob::Any | Glob::Not => text.push(ANY),
        Glob::AnyDepth => text.push(DEEP),
        Glob::One => text.push(ONE),
        Glob::Class(class) if class.starts_with('<') => {
            // zsh's range of numbers.
            text.extend([OPEN, '0', '-', '9', CLOSE, ANY]);
        }
        Glob::Class(class) => {
            text.push(OPEN);
            text.push_str(&clean(class.trim_start_matches('[').strip_suffix(']').unwrap_or(class)));
            text.push(CLOSE);
        }
        Glob::Group(..) => text.push(ANY),
        Glob::Qualifier(_) => {}
    }
}

/// Reads a value as a pattern: globs, and a tilde at its front.
fn unquoted(text: &str) -> String {
    let text = globbed(text);
    match text.strip_prefix('~') {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => format!("{HOME}{rest}"),
        _ => text,
    }
}

/// Works out the plainest sums: `1 + 2`, `3*4`.
fn calculated(text: &str) -> Option<i64> {
    if has_marks(text) {
        return None;
    }
    let at = text.find(['+', '-', '*', '/', '%'])?;
    let left = text[..at].trim().parse::<i64>().ok()?;
    let right = text[at + 1..].trim().parse::<i64>().ok()?;
    match text.as_bytes()[at] {
        b'+' => left.checked_add(right),
        b'-' => left.checked_sub(right),
        b'*' => left.checked_mul(right),
        b'/' => left.checked_div(right),
        _ => left.checked_rem(right),
    }
}
