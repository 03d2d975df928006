//! `${…}`: defaults, trims, replacements, slices, case, indices, flags, as far as the value is known.

use crate::safety::ast::{Parameter, ParameterOp, Part, PartKind, Span, Which, Word};
use crate::safety::env::{Var, VarKind};
use crate::safety::fold::Expansion;
use crate::safety::pattern;
use crate::safety::value::{FILLED, HOME, NAME, Taint, UNKNOWN, Value, has_glob, has_marks};
use crate::safety::walk::Walker;
use crate::shell::Shell;

impl Walker<'_> {
    /// Expands `$name` and `${…}`.
    pub fn parameter(&mut self, parameter: &Parameter, span: Span) -> Expansion {
        let name = parameter.name.as_str();
        let mut known = match &parameter.inner {
            Some(inner) => {
                let value = self.joined(inner);
                // fish `$$x`: the value names the variable.
                if self.shell == Shell::Fish
                    && matches!(inner.parts.as_slice(), [Part { kind: PartKind::Parameter(_), .. }])
                {
                    self.variable(&value.text)
                } else {
                    Some(Expansion::one(value.text).with(value.taint))
                }
            }
            None => self.variable(name),
        };
        if parameter.indirect || parameter.flags.contains('P') {
            known = match known.and_then(|expansion| expansion.texts.into_iter().next()) {
                Some(text) if !has_marks(&text) => self.variable(&text),
                _ => None,
            };
        }
        let secret = if is_secret_name(name) { Taint::SECRET } else { Taint::NONE };
        if parameter.length {
            let length = known
                .as_ref()
                .filter(|e| e.texts.len() == 1 && !has_marks(&e.texts[0]))
                .map(|e| e.texts[0].chars().count());
            return Expansion::one(length.map_or_else(|| NAME.to_string(), |length| length.to_string()));
        }
        let array = name == "@" || self.env.get(name).is_some_and(|var| var.kind == VarKind::Array);
        if name == "commands"
            && let Some(index) = &parameter.index
        {
            // zsh: where a command lies.
            let value = self.joined(index);
            return Expansion::one(value.text).with(value.taint);
        }
        if let (Some(expansion), Some(index)) = (&mut known, &parameter.index) {
            let index = self.joined(index);
            self.index(expansion, &index.text, array);
        } else if let Some(index) = &parameter.index {
            self.joined(index);
        } else if let Some(expansion) = &mut known
            && array
            && self.shell == Shell::Bash
            && name != "@"
        {
            // `$a` alone is the first element.
            expansion.texts.truncate(1);
        }
        let known = known.map(|expansion| expansion.with(secret));
        let expansion = self.operate(parameter, known, span, secret);
        self.flagged(parameter, expansion)
    }

    fn index(&self, expansion: &mut Expansion, index: &str, array: bool) {
        if matches!(index, "@" | "*") {
            expansion.list = index == "@";
            return;
        }
        let first = usize::from(self.shell != Shell::Bash);
        let (from, to) = match index.split_once(if self.shell == Shell::Fish { ".." } else { "," }) {
            Some((from, to)) => (from.trim(), Some(to.trim())),
            None => (index.trim(), None),
        };
        let place = |text: &str, length: usize| -> Option<usize> {
            let number = text.parse::<i64>().ok()?;
            if number < 0 {
                length.checked_sub(number.unsigned_abs() as usize)
            } else {
                (number as usize).checked_sub(first)
            }
        };
        if !array && self.shell == Shell::Zsh && expansion.texts.len() == 1 {
            // A scalar's characters.
            let characters: Vec<char> = expansion.texts[0].chars().collect();
            let (start, end) = (
                place(from, characters.len()),
                to.map_or(place(from, characters.len()), |to| place(to, characters.len())),
            );
            if let (Some(start), Some(end)) = (start, end) {
                expansion.texts = vec![sliced(&expansion.texts[0], start, (end + 1).saturating_sub(start))];
            }
            return;
        }
        let length = expansion.texts.len();
        match (place(from, length), to) {
            (Some(start), None) => match expansion.texts.get(start) {
                Some(text) => expansion.texts = vec![text.clone()],
                None => expansion.texts = vec![String::new()],
            },
            (Some(start), Some(to)) => {
                let end = place(to, length).unwrap_or(length.saturating_sub(1));
                if start > end {
                    // fish takes them backwards.
                    let mut texts = expansion.texts.get(end..(start + 1).min(length)).unwrap_or_default().to_vec();
                    texts.reverse();
                    expansion.texts = texts;
                } else {
                    expansion.texts = expansion.texts.get(start..(end + 1).min(length)).unwrap_or_default().to_vec();
                }
                expansion.list = true;
            }
            // An unknown place: any of them.
            (None, _) => expansion.either = true,
        }
    }

    fn operate(&mut self, parameter: &Parameter, known: Option<Expansion>, span: Span, secret: Taint) -> Expansion {
        let unknown = || Expansion::unknown(Taint::LOCAL | secret);
        let empty = |e: &Expansion| e.texts.iter().all(String::is_empty);
        match &parameter.op {
            ParameterOp::None => known.unwrap_or_else(unknown),
            ParameterOp::Default { word, .. } => match known {
                Some(expansion) if !empty(&expansion) => expansion,
                _ => self.instead(word, span),
            },
            ParameterOp::Assign { word, always, .. } => match known {
                Some(expansion) if !always && !empty(&expansion) => expansion,
                _ => {
                    let value = self.joined(word);
                    self.env.set(&parameter.name, Var::scalar(value.clone()));
                    Expansion::one(value.text).with(value.taint)
                }
            },
            ParameterOp::Error { word, .. } => {
                self.joined(word);
                known.unwrap_or_else(|| Expansion::one(FILLED.to_string()).with(Taint::LOCAL | secret))
            }
            ParameterOp::Alternative { word, .. } => match known {
                Some(expansion) if empty(&expansion) => Expansion::one(""),
                _ => self.instead(word, span),
            },
            ParameterOp::TrimPrefix { longest, pattern } => {
                let pattern = self.joined(pattern).text;
                self.each(known, unknown, |text| trim(text, &pattern, *longest, true))
            }
            ParameterOp::TrimSuffix { longest, pattern } => {
                let pattern = self.joined(pattern).text;
                self.each(known, unknown, |text| trim(text, &pattern, *longest, false))
            }
            ParameterOp::Replace { which, pattern, with } => {
                let pattern = self.joined(pattern).text;
                let with = with.as_ref().map(|word| self.joined(word).text).unwrap_or_default();
                self.each(known, unknown, |text| replace(text, &pattern, &with, *which))
            }
            ParameterOp::Slice { offset, length } => {
                let offset = self.joined(offset).text.trim().parse::<i64>().ok();
                let length = length.as_ref().map(|word| self.joined(word).text.trim().parse::<i64>().ok());
                if parameter.name == "@" || parameter.index.is_some() {
                    // A slice of a list: which of them hardly matters.
                    return known.unwrap_or_else(unknown);
                }
                self.each(known, unknown, |text| {
                    let offset = offset?;
                    let count = text.chars().count() as i64;
                    let start = if offset < 0 { (count + offset).max(0) } else { offset };
                    let length = match length {
                        None => count,
                        Some(length) => {
                            let length = length?;
                            if length < 0 { count + length - start } else { length }
                        }
                    };
                    Some(sliced(text, start as usize, length.max(0) as usize))
                })
            }
            ParameterOp::Case(op, pattern) => {
                if let Some(pattern) = pattern {
                    self.joined(pattern);
                }
                let op = op.clone();
                self.each(known, unknown, |text| Some(cased(text, &op)))
            }
            ParameterOp::Transform(letter) => {
                let op = match letter {
                    'U' => "^^",
                    'u' => "^",
                    'L' => ",,",
                    _ => return known.unwrap_or_else(unknown),
                };
                self.each(known, unknown, |text| Some(cased(text, op)))
            }
            ParameterOp::Modifiers(letters) => {
                let letters = letters.clone();
                self.each(known, unknown, |text| modified(text, &letters))
            }
            ParameterOp::Indices | ParameterOp::Names => Expansion::one(NAME.to_string()),
            ParameterOp::Other(word) => {
                self.joined(word);
                known.unwrap_or_else(unknown)
            }
        }
    }

    /// Folds the word that stands in for a variable.
    fn instead(&mut self, word: &Word, span: Span) -> Expansion {
        if word.parts.is_empty() {
            return Expansion::unknown(Taint::LOCAL);
        }
        let value = self.joined_parts(&word.parts, span);
        Expansion::one(value.text).with(value.taint | Taint::LOCAL)
    }

    fn each(
        &self,
        known: Option<Expansion>,
        unknown: impl Fn() -> Expansion,
        change: impl Fn(&str) -> Option<String>,
    ) -> Expansion {
        let Some(mut expansion) = known else { return unknown() };
        for text in &mut expansion.texts {
            *text = change(text).unwrap_or_else(|| {
                if text.contains(UNKNOWN) || text.contains('/') { UNKNOWN.into() } else { NAME.into() }
            });
        }
        expansion
    }

    /// zsh's flags.
    fn flagged(&mut self, parameter: &Parameter, mut expansion: Expansion) -> Expansion {
        expansion.splits = parameter.flags.contains('=');
        expansion.globs = parameter.flags.contains('~');
        let mut flags = parameter.flags.chars();
        while let Some(flag) = flags.next() {
            match flag {
                'U' => expansion.texts.iter_mut().for_each(|text| *text = cased(text, "^^")),
                'L' => expansion.texts.iter_mut().for_each(|text| *text = cased(text, ",,")),
                '@' => expansion.list = true,
                // Sorted by place, backwards.
                'O' if flags.as_str().starts_with('a') => {
                    flags.next();
                    let reversed = parameter.flags.contains('s');
                    if !reversed {
                        expansion.texts.reverse();
                        expansion.list = true;
                    } else {
                        expansion.texts = expansion.texts.iter().map(|text| text.chars().rev().collect()).collect();
                    }
                }
                'l' | 'r' => {
                    // Padding: what fills is the last argument.
                    let pieces: Vec<&str> = parameter.flags.split(':').collect();
                    if let [.., fill, _] = pieces.as_slice()
                        && expansion.texts.iter().all(|text| text.is_empty() || text.contains(UNKNOWN))
                    {
                        expansion.texts = vec![fill.to_string()];
                    }
                    break;
                }
                'z' | 'f' => {
                    expansion.texts =
                        expansion.texts.iter().flat_map(|text| text.split_whitespace()).map(str::to_string).collect();
                    expansion.list = true;
                }
                's' | 'j' => {
                    let Some(open) = flags.next() else { break };
                    let close = match open {
                        '(' => ')',
                        '[' => ']',
                        '{' => '}',
                        '<' => '>',
                        other => other,
                    };
                    let separator: String = flags.by_ref().take_while(|c| *c != close).collect();
                    if flag == 's' && separator.is_empty() {
                        // Into letters; joined again, they are the word.
                    } else if flag == 'j' {
                        expansion.texts = vec![expansion.texts.join(&separator)];
                    } else if !separator.is_empty() {
                        expansion.texts = expansion
                            .texts
                            .iter()
                            .flat_map(|text| text.split(separator.as_str()))
                            .map(str::to_string)
                            .collect();
                        expansion.list = true;
                    }
                }
                'k' => return Expansion::one(NAME.to_string()),
                'e' => {
                    let text = expansion.texts.join(" ");
                    if text.contains(['$', '`']) {
                        let value = Value::new(text, Span::default());
                        self.text_script(&format!(": {}", value.text), Shell::Zsh, Span::default());
                        return Expansion::unknown(expansion.taint);
                    }
                }
                _ => {}
            }
        }
        expansion
    }
}

/// Returns true for names that tokens and passwords go by.
pub fn is_secret_name(name: &str) -> bool {
    if name.len() < 5 || !name.contains(|c: char| c.is_ascii_uppercase()) {
        return false;
    }
    let parts = [
        "SECRET",
        "TOKEN",
        "PASSWORD",
        "PASSWD",
        "APIKEY",
        "API_KEY",
        "PRIVATE_KEY",
        "ACCESS_KEY",
        "CREDENTIAL",
        "_PASS",
        "_PAT",
    ];
    parts.iter().any(|part| name.contains(part))
        && !name.ends_with("_FILE")
        && !name.ends_with("_PATH")
        && !name.ends_with("PATTERN")
}

/// Takes the part away that the pattern matches, at the front or at the end.
fn trim(text: &str, pattern: &str, longest: bool, front: bool) -> Option<String> {
    if let Some(rest) = text.strip_prefix(HOME).filter(|rest| !has_marks(rest)) {
        // A home lies two folders deep, on every system one meets.
        const PLACE: &str = "/home/user";
        let trimmed = trim(&format!("{PLACE}{rest}"), pattern, longest, front)?;
        return Some(match trimmed.strip_prefix(PLACE) {
            Some(rest) => format!("{HOME}{rest}"),
            None => trimmed,
        });
    }
    if !has_glob(pattern) && !has_marks(pattern) {
        let rest = if front { text.strip_prefix(pattern) } else { text.strip_suffix(pattern) };
        return match rest {
            Some(rest) => Some(rest.to_string()),
            // What is unknown may end in it, and is no less unknown without.
            None if text == UNKNOWN.to_string() => None,
            None => Some(text.to_string()),
        };
    }
    if has_marks(text) {
        // `${x##*/}` is a name whatever `x` is.
        return (front && longest && pattern.ends_with('/'))
            .then(|| text.rsplit('/').next().map_or_else(|| NAME.into(), named));
    }
    let borders: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    if borders.len() > 512 {
        return None;
    }
    let fits = |at: &usize| {
        if front { pattern::matches(pattern, &text[..*at]) } else { pattern::matches(pattern, &text[*at..]) }
    };
    let found =
        if front == longest { borders.iter().rev().find(|at| fits(at)) } else { borders.iter().find(|at| fits(at)) };
    Some(match found {
        Some(at) if front => text[*at..].to_string(),
        Some(at) => text[..*at].to_string(),
        None => text.to_string(),
    })
}

fn named(text: &str) -> String {
    if text.chars().all(|c| c == UNKNOWN || c == FILLED || c == HOME) { NAME.to_string() } else { text.to_string() }
}

fn replace(text: &str, pattern: &str, with: &str, which: Which) -> Option<String> {
    if has_marks(text) && text.contains([UNKNOWN, FILLED]) {
        return None;
    }
    if !has_marks(pattern) {
        if pattern.is_empty() {
            return Some(text.to_string());
        }
        return Some(match which {
            Which::First => text.replacen(pattern, with, 1),
            Which::All => text.replace(pattern, with),
            Which::Prefix => {
                text.strip_prefix(pattern).map_or_else(|| text.to_string(), |rest| format!("{with}{rest}"))
            }
            Which::Suffix => {
                text.strip_suffix(pattern).map_or_else(|| text.to_string(), |rest| format!("{rest}{with}"))
            }
        });
    }
    if has_marks(text) || text.len() > 256 {
        return None;
    }
    let characters: Vec<char> = text.chars().collect();
    let mut out = String::new();
    let mut at = 0;
    let mut done = false;
    while at <= characters.len() {
        let here = match which {
            _ if done => false,
            Which::Prefix => at == 0,
            _ => true,
        };
        let end = here
            .then(|| {
                (at + 1..=characters.len())
                    .rev()
                    .filter(|end| which != Which::Suffix || *end == characters.len())
                    .find(|end| pattern::matches(pattern, &characters[at..*end].iter().collect::<String>()))
            })
            .flatten();
        if let Some(end) = end {
            out.push_str(with);
            at = end;
            done = which != Which::All;
        } else {
            out.extend(characters.get(at));
            at += 1;
        }
    }
    Some(out)
}

/// Cuts characters out; the home begins with a slash.
fn sliced(text: &str, start: usize, length: usize) -> String {
    if text.starts_with(HOME) && start == 0 && length == 1 {
        return "/".into();
    }
    if has_marks(text) {
        if start == 0 && length >= text.chars().count() {
            return text.to_string();
        }
        return NAME.to_string();
    }
    text.chars().skip(start).take(length).collect()
}

fn cased(text: &str, op: &str) -> String {
    let upper = op.starts_with('^');
    let change = |c: char| if upper { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
    if op.len() > 1 {
        return text.chars().map(change).collect();
    }
    let mut characters = text.chars();
    characters.next().map(change).into_iter().chain(characters).collect()
}

/// zsh's `:h`, `:t` and their like.
fn modified(text: &str, letters: &str) -> Option<String> {
    let mut text = text.to_string();
    for letter in letters.chars() {
        match letter {
            'h' => {
                text = text
                    .rsplit_once('/')
                    .map_or_else(|| ".".to_string(), |(dir, _)| if dir.is_empty() { "/".into() } else { dir.into() })
            }
            't' => text = text.rsplit('/').next().map(named)?,
            'r' => text = text.rsplit_once('.').map_or_else(|| text.clone(), |(stem, _)| stem.to_string()),
            'e' => text = text.rsplit_once('.').map_or_else(String::new, |(_, extension)| extension.to_string()),
            'l' => text = text.to_lowercase(),
            'u' => text = text.to_uppercase(),
            'a' | 'A' | 'q' | 'Q' | 'P' | ':' | '0'..='9' => {}
            _ => return None,
        }
    }
    Some(text)
}
