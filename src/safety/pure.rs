//! What simple programs print when their input is known: so that text built in the line is read like text written in it.

use crate::safety::call::Call;
use crate::safety::printed::unescaped;
use crate::safety::value::{ANY, DEEP, Flow, NAME, Taint, Value, has_glob, has_marks};
use crate::safety::walk::Walker;

/// The longest text that is worked out.
pub const LIMIT: usize = 16 * 1024;

/// What a filter makes of its known input; nothing where that is beyond us.
pub fn filtered(call: &Call<'_>, text: &str) -> Option<String> {
    if text.len() > LIMIT {
        return None;
    }
    let marked = has_marks(text);
    let lines = || text.split_inclusive('\n');
    match call.name {
        "cat" | "tee" | "pv" | "sponge" | "buffer" | "mbuffer" | "unbuffer" | "sort" | "uniq" | "shuf" | "tsort"
        | "column" | "fmt" | "fold" | "expand" | "unexpand" | "ts" | "more" | "less" | "most" | "bat" | "gsort" => {
            Some(text.to_string())
        }
        "tac" => Some(lines().rev().collect()),
        "rev" if !marked => Some(text.lines().map(|line| line.chars().rev().collect::<String>() + "\n").collect()),
        "tr" if !marked => translated(call, text),
        "head" | "tail" | "ghead" | "gtail" => some_lines(call, text),
        "cut" | "gcut" => cut(call, text),
        "base64" | "base32" | "basenc" | "gbase64" if !marked => {
            let decode = call.args.has(&["-d", "-D", "--decode"]);
            if !decode {
                return Some(format!("{}\n", base64_encoded(text.as_bytes())));
            }
            let bits = if call.name == "base32" { 5 } else { 6 };
            decoded(text, bits).and_then(|bytes| String::from_utf8(bytes).ok())
        }
        "xxd" if call.args.has(&["-r"]) && call.args.has(&["-p", "-ps", "-plain"]) && !marked => {
            let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(16)).collect();
            let bytes: Vec<u8> = digits.chunks_exact(2).map(|pair| (pair[0] * 16 + pair[1]) as u8).collect();
            String::from_utf8(bytes).ok()
        }
        "sed" | "gsed" => substituted(call, text),
        "grep" | "egrep" | "fgrep" | "rg" | "ag" | "ggrep" | "ack" => {
            Some(picked(text, call.args.has(&["-v", "--invert-match"])))
        }
        "awk" | "gawk" | "mawk" | "nawk" => awk(call, text),
        "xargs" => Some(text.to_string()),
        _ => None,
    }
}

/// Names from a list are fewer after a search; a search that only leaves some out leaves nearly all.
pub fn picked(text: &str, inverted: bool) -> String {
    if inverted {
        return text.to_string();
    }
    text.split_inclusive('\n').map(|line| if has_glob(line) { narrowed(line) } else { line.to_string() }).collect()
}

/// Makes some of a pattern's names out of all of them.
fn narrowed(line: &str) -> String {
    let end = line.trim_end_matches('\n').len();
    let start = line[..end].rfind('/').map_or(0, |slash| slash + 1);
    let head = &line[..start];
    format!("{head}{NAME}{}", &line[end..])
}

fn some_lines(call: &Call<'_>, text: &str) -> Option<String> {
    let value = call.args.value(&["-n", "--lines"]).map(str::to_string).or_else(|| {
        let first = call.words().first()?.text.strip_prefix('-')?.to_string();
        first.chars().all(|c| c.is_ascii_digit()).then_some(first)
    });
    if call.args.has(&["-c", "--bytes"]) {
        let count = call.args.value(&["-c", "--bytes"])?.parse::<usize>().ok()?;
        if has_marks(text) {
            return Some(
                text.starts_with(crate::safety::value::HOME)
                    .then(|| "/".to_string())
                    .filter(|_| count == 1)
                    .unwrap_or_else(|| NAME.to_string()),
            );
        }
        let bytes = if call.name.ends_with("head") {
            text.get(..count.min(text.len()))
        } else {
            text.get(text.len().saturating_sub(count)..)
        };
        return bytes.map(str::to_string);
    }
    if has_glob(text) {
        // From the second line on is still nearly everything; the first few are a few.
        let most = call.name.ends_with("tail") && value.as_deref().is_some_and(|value| matches!(value, "+1" | "+2"));
        return Some(if most { text.to_string() } else { picked(text, false) });
    }
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let from_start = value.as_deref().is_some_and(|value| value.starts_with('+'));
    let count = value.as_deref().unwrap_or("10").trim_start_matches(['+', '-']).parse::<usize>().ok()?;
    Some(if call.name.ends_with("head") {
        lines.iter().take(count).copied().collect()
    } else if from_start {
        lines.iter().skip(count.saturating_sub(1)).copied().collect()
    } else {
        lines[lines.len().saturating_sub(count)..].concat()
    })
}

fn cut(call: &Call<'_>, text: &str) -> Option<String> {
    if has_glob(text) {
        return Some(text.to_string());
    }
    let range = call.args.value(&["-f", "--fields", "-c", "--characters", "-b"])?;
    let delimiter = call.args.value(&["-d", "--delimiter"]).and_then(|text| text.chars().next()).unwrap_or('\t');
    let characters = !call.args.has(&["-f", "--fields"]);
    let (from, to) = match range.split_once('-') {
        Some((from, to)) => (from.parse().unwrap_or(1), to.parse().unwrap_or(usize::MAX)),
        None => {
            let only: usize = range.parse().ok()?;
            (only, only)
        }
    };
    if from == 0 {
        return None;
    }
    let take = to.saturating_sub(from).saturating_add(1);
    Some(
        text.lines()
            .map(|line| {
                let part: String = if characters {
                    line.chars().skip(from - 1).take(take).collect()
                } else if !line.contains(delimiter) {
                    line.to_string()
                } else {
                    line.split(delimiter).skip(from - 1).take(take).collect::<Vec<_>>().join(&delimiter.to_string())
                };
                part + "\n"
            })
            .collect(),
    )
}

fn translated(call: &Call<'_>, text: &str) -> Option<String> {
    let set = |at: usize| call.args.operand(at).map(|text| char_set(&unescaped(text, false)));
    let first = set(0)?;
    if call.args.has(&["-d", "--delete"]) {
        let keep = call.args.has(&["-c", "-C", "--complement"]);
        return Some(text.chars().filter(|c| first.contains(c) == keep).collect());
    }
    let Some(second) = set(1) else { return Some(text.to_string()) };
    let last = second.last().copied()?;
    if call.args.has(&["-c", "-C", "--complement"]) {
        return Some(text.chars().map(|c| if first.contains(&c) { c } else { last }).collect());
    }
    Some(
        text.chars()
            .map(|c| match first.iter().rposition(|known| *known == c) {
                Some(at) => second.get(at).copied().unwrap_or(last),
                None => c,
            })
            .collect(),
    )
}

fn char_set(text: &str) -> Vec<char> {
    let text = text
        .replace("[:upper:]", "A-Z")
        .replace("[:lower:]", "a-z")
        .replace("[:digit:]", "0-9")
        .replace("[:space:]", " \t\n");
    let characters: Vec<char> = text.chars().collect();
    let mut set = Vec::new();
    let mut at = 0;
    while at < characters.len() && set.len() < 512 {
        if at + 2 < characters.len() && characters[at + 1] == '-' && characters[at] <= characters[at + 2] {
            set.extend((characters[at]..=characters[at + 2]).take(256));
            at += 3;
        } else {
            set.push(characters[at]);
            at += 1;
        }
    }
    set
}

/// `s/a/b/` with plain text on both sides; any other script leaves the text as unknown lines.
fn substituted(call: &Call<'_>, text: &str) -> Option<String> {
    let script = call.args.value(&["-e", "--expression"]).or_else(|| call.args.operand(0))?;
    if has_glob(text) {
        // Names with something put before or behind: still as many as before.
        return Some(if script.starts_with('s') { text.to_string() } else { picked(text, false) });
    }
    let mut characters = script.strip_prefix('s')?.chars();
    let delimiter = characters.next()?;
    let parts: Vec<&str> = characters.as_str().split(delimiter).collect();
    let [pattern, with, flags] = parts.as_slice() else { return None };
    if pattern.contains(['\\', '[', '*', '.', '^', '$', '+', '?', '(', '|']) || with.contains(['\\', '&']) {
        let start = *pattern == "^" && !with.contains(['\\', '&']);
        return start.then(|| text.lines().map(|line| format!("{with}{line}\n")).collect());
    }
    Some(
        text.split_inclusive('\n')
            .map(|line| if flags.contains('g') { line.replace(pattern, with) } else { line.replacen(pattern, with, 1) })
            .collect(),
    )
}

fn awk(call: &Call<'_>, text: &str) -> Option<String> {
    let script = call.args.operand(0)?.trim();
    if has_glob(text) {
        let condition = script.split('{').next().unwrap_or("");
        let picks = condition.contains(['/', '~'])
            || condition.contains("==")
            || script.contains("if")
            || script.contains("==")
            || condition.trim().strip_prefix("NR>").is_some_and(|from| from.trim() != "1");
        return Some(picked(text, !picks));
    }
    let printed = script.strip_prefix('{')?.strip_suffix('}')?.trim().strip_prefix("print")?.trim();
    match printed {
        "" | "$0" => Some(text.to_string()),
        field => {
            let number: usize = field.strip_prefix('$')?.parse().ok()?;
            Some(
                text.lines()
                    .map(|line| line.split_whitespace().nth(number - 1).unwrap_or("").to_string() + "\n")
                    .collect(),
            )
        }
    }
}

/// Reads base64 (6 bits a digit) or base32 (5).
pub fn decoded(text: &str, bits: u32) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let (mut buffer, mut held) = (0u32, 0u32);
    for character in text.chars() {
        let digit = match (bits, character) {
            (_, '=') | (_, ' ' | '\n' | '\r' | '\t') => continue,
            (6, 'A'..='Z') | (5, 'A'..='Z') => u32::from(character) - u32::from('A'),
            (6, 'a'..='z') => u32::from(character) - u32::from('a') + 26,
            (6, '0'..='9') => u32::from(character) - u32::from('0') + 52,
            (6, '+' | '-') => 62,
            (6, '/' | '_') => 63,
            (5, '2'..='7') => u32::from(character) - u32::from('2') + 26,
            _ => return None,
        };
        buffer = (buffer << bits | digit) & 0xffff;
        held += bits;
        if held >= 8 {
            held -= 8;
            bytes.push((buffer >> held & 0xff) as u8);
        }
    }
    Some(bytes)
}

fn base64_encoded(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let number = chunk.iter().fold(0u32, |number, byte| number << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for digit in 0..4 {
            let at = (number >> (18 - 6 * digit) & 63) as usize;
            text.push(if digit <= chunk.len() { DIGITS[at] as char } else { '=' });
        }
    }
    text
}

impl Walker<'_> {
    /// What a filter prints: worked out where its input is known.
    pub fn filter(&mut self, call: &Call<'_>, files: usize) -> Flow {
        let first = files.min(call.args.operands.len());
        let mut flow = match &call.args.operands[first..] {
            [] => self.stdin.clone().unwrap_or_else(Flow::local),
            operands => {
                let mut flow = Flow::empty();
                for operand in operands {
                    let known = if operand.text == "-" {
                        self.stdin.clone().unwrap_or_default()
                    } else {
                        self.content(operand)
                    };
                    flow.join(known.tainted(operand.taint.without(Taint::SCRATCH)));
                }
                flow
            }
        };
        if let Some(text) = &flow.text {
            flow.text = filtered(call, text);
        }
        if flow.text.is_none() {
            flow.taint |= Taint::LOCAL;
        }
        flow
    }

    /// The names a listing prints, as a pattern: all of a folder, or what the operands match.
    pub fn listed(&mut self, operands: &[&Value], deep: bool) -> Flow {
        let mut text = String::new();
        let inside = if deep { DEEP } else { ANY };
        if operands.is_empty() {
            text.push(inside);
            text.push('\n');
        }
        for operand in operands {
            let target = self.target(operand);
            let folder = target.path.folder
                || !deep
                    && !target.many
                    && matches!(
                        target.place,
                        crate::safety::target::Place::Here
                            | crate::safety::target::Place::Home
                            | crate::safety::target::Place::Root
                            | crate::safety::target::Place::System
                            | crate::safety::target::Place::Parent
                    );
            text.push_str(&operand.text);
            if folder || deep {
                if !operand.text.ends_with('/') {
                    text.push('/');
                }
                text.push(inside);
            }
            text.push('\n');
        }
        Flow { text: Some(text), taint: Taint::NONE }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoders() {
        assert_eq!(decoded("cm0gLXJmIC8=", 6).as_deref(), Some(&b"rm -rf /"[..]));
        assert_eq!(base64_encoded(b"rm -rf /"), "cm0gLXJmIC8=");
        assert_eq!(decoded("ONXW2ZI=", 5).map(|b| b.len()), Some(4));
    }
}
