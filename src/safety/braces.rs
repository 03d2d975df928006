//! Braces: the words that one word stands for.

use crate::safety::ast::{Brace, Glob, Part, PartKind, Quote, Word};

/// The words that braces stand for.
#[derive(Default)]
pub struct Braces {
    pub words: Vec<Vec<Part>>,
    /// There were too many: these are some of them.
    pub cut: bool,
}

/// Writes a word's braces out: every word it stands for.
pub fn alternatives(parts: &[Part]) -> Braces {
    let mut all = Braces { words: vec![Vec::new()], cut: false };
    for part in parts {
        let mut choices: Vec<Vec<Part>> = Vec::new();
        let list = match &part.kind {
            PartKind::Brace(Brace::List(list)) | PartKind::Glob(Glob::Group('@', list)) => list,
            PartKind::Glob(Glob::Group('?', list)) => {
                choices.push(Vec::new());
                list
            }
            PartKind::Brace(Brace::Range { from, to, step }) => {
                let texts = range(from, to, step.as_deref());
                let words = all.words.len() * texts.len();
                if texts.is_empty() || words > WORDS {
                    // Numbers and letters, too many to write out, name no folder of the system.
                    let number =
                        Part { kind: PartKind::Arithmetic(Word::default()), quote: Quote::None, span: part.span };
                    all.words.iter_mut().for_each(|word| word.push(number.clone()));
                    continue;
                }
                let literal =
                    |text| vec![Part { kind: PartKind::Literal(text), quote: Quote::Backslash, span: part.span }];
                choices.extend(texts.into_iter().map(literal));
                &Vec::new()
            }
            _ => {
                all.words.iter_mut().for_each(|word| word.push(part.clone()));
                continue;
            }
        };
        for word in list {
            let inner = alternatives(&word.parts);
            all.cut |= inner.cut;
            choices.extend(inner.words);
        }
        if all.cut || choices.is_empty() || all.words.len() * choices.len() > WORDS {
            all.cut = true;
            all.words.truncate(16);
            if let Some(choice) = choices.first() {
                all.words.iter_mut().for_each(|word| word.extend(choice.iter().cloned()));
            }
            continue;
        }
        let longer = |word: &Vec<Part>| {
            let word = word.clone();
            choices
                .iter()
                .map(move |choice| word.iter().chain(choice).cloned().collect::<Vec<Part>>())
                .collect::<Vec<_>>()
        };
        all.words = all.words.iter().flat_map(longer).collect();
    }
    all
}

/// A tilde that braces bring to the front of a word is the home.
pub fn tilde_first(parts: &mut Vec<Part>) {
    let Some(Part { kind: PartKind::Literal(text), quote: Quote::None, span }) = parts.first() else { return };
    let Some(rest) = text.strip_prefix('~') else { return };
    let end = rest.find('/').unwrap_or(rest.len());
    if !rest[..end].chars().all(|c| c.is_ascii_alphanumeric() || "-_+".contains(c)) {
        return;
    }
    let (name, rest, span) = (rest[..end].to_string(), rest[end..].to_string(), *span);
    parts[0] = Part { kind: PartKind::Tilde(name), quote: Quote::None, span };
    if !rest.is_empty() {
        parts.insert(1, Part { kind: PartKind::Literal(rest), quote: Quote::None, span });
    }
}

/// Reads zsh's `^(a|b)`, all but these, as everything.
pub fn all_but(parts: &[Part]) -> Option<Vec<Part>> {
    let at = parts.windows(2).position(|pair| {
        let caret =
            matches!(&pair[0], Part { kind: PartKind::Literal(text), quote: Quote::None, .. } if text.ends_with('^'));
        caret && matches!(pair[1].kind, PartKind::Glob(Glob::Group(..)))
    })?;
    let mut parts = parts.to_vec();
    if let PartKind::Literal(text) = &mut parts[at].kind {
        text.pop();
    }
    parts[at + 1].kind = PartKind::Glob(Glob::Any);
    Some(parts)
}

fn range(from: &str, to: &str, step: Option<&str>) -> Vec<String> {
    let step = step.and_then(|step| step.parse::<i64>().ok()).map_or(1, |step| step.unsigned_abs().max(1)) as i64;
    let (first, last, letters) = match (from.parse::<i64>(), to.parse::<i64>()) {
        (Ok(first), Ok(last)) => (first, last, false),
        _ => match (from.chars().next(), to.chars().next()) {
            (Some(first), Some(last)) if from.chars().count() == 1 && to.chars().count() == 1 => {
                (i64::from(u32::from(first)), i64::from(u32::from(last)), true)
            }
            _ => return Vec::new(),
        },
    };
    let width = from.len().max(to.len());
    let padded = !letters && (from.len() > 1 && from.starts_with('0') || to.len() > 1 && to.starts_with('0'));
    let count = ((last.saturating_sub(first)).unsigned_abs() / step.unsigned_abs()).min(WORDS as u64) as i64;
    (0..=count)
        .filter_map(|n| {
            let number = if last >= first { first + n * step } else { first - n * step };
            if letters {
                return u32::try_from(number).ok().and_then(char::from_u32).map(String::from);
            }
            Some(if padded { format!("{number:0width$}") } else { number.to_string() })
        })
        .collect()
}

/// Words that braces and lists may make of one.
pub const WORDS: usize = 1024;
