//! What simple programs print when their input is known: so that text built in the line is read like text written in it.

use crate::safety::call::Call;
use crate::safety::value::{ANY, DEEP, Flow, NAME, Taint, Value, has_glob, has_marks};
use crate::safety::walk::Walker;

/// The longest text that is worked out.
const LIMIT: usize = 16 * 1024;

/// `echo`.
pub fn echo(words: &[Value]) -> Flow {
    let mut escapes = false;
    let mut newline = true;
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let Some(flags) =
            word.text.strip_prefix('-').filter(|flags| !flags.is_empty() && flags.chars().all(|c| "neE".contains(c)))
        else {
            break;
        };
        escapes |= flags.contains('e');
        newline &= !flags.contains('n');
        at += 1;
    }
    let mut flow = Flow::empty();
    let mut text = String::new();
    for (place, word) in words[at..].iter().enumerate() {
        if place > 0 {
            text.push(' ');
        }
        flow.taint |= word.taint;
        text.push_str(&word.text);
    }
    if escapes {
        text = unescaped(&text, true);
    }
    if newline {
        text.push('\n');
    }
    flow.with_text(Some(text))
}

/// `printf`, without its `-v`.
pub fn printf(words: &[Value]) -> Flow {
    let Some((format, mut args)) = words.split_first() else { return Flow::empty() };
    let mut flow = Flow::of(words.iter().fold(Taint::NONE, |taint, word| taint | word.taint));
    let format = unescaped(&format.text, false);
    let mut text = String::new();
    loop {
        let before = args.len();
        let mut characters = format.chars().peekable();
        while let Some(character) = characters.next() {
            if character != '%' {
                text.push(character);
                continue;
            }
            let mut kind = None;
            for next in characters.by_ref() {
                if next.is_ascii_alphabetic() || next == '%' {
                    kind = Some(next);
                    break;
                }
            }
            let mut argument = || {
                let (first, rest) = args.split_first()?;
                args = rest;
                Some(first.text.as_str())
            };
            match kind {
                Some('%') => text.push('%'),
                Some('s' | 'q' | 'Q') => text.push_str(argument().unwrap_or("")),
                Some('b') => text.push_str(&unescaped(argument().unwrap_or(""), true)),
                Some('c') => text.extend(argument().and_then(|argument| argument.chars().next())),
                Some('d' | 'i' | 'u') => text.push_str(argument().unwrap_or("0")),
                Some('x' | 'X' | 'o') => {
                    let number = argument().and_then(|argument| argument.parse::<i64>().ok());
                    match (number, kind) {
                        (Some(number), Some('o')) => text.push_str(&format!("{number:o}")),
                        (Some(number), _) => text.push_str(&format!("{number:x}")),
                        _ => text.push(NAME),
                    }
                }
                _ => {
                    argument();
                    text.push(NAME);
                }
            }
        }
        if args.is_empty() || args.len() == before || text.len() > LIMIT {
            break;
        }
    }
    flow.text = Some(text);
    flow
}

/// Reads `\n`, `\x41`, `\101`, `\u0041` in a text.
pub fn unescaped(text: &str, echo: bool) -> String {
    if !text.contains('\\') {
        return text.to_string();
    }
    let mut bytes: Vec<u8> = Vec::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    let push = |bytes: &mut Vec<u8>, c: char| bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    while let Some(character) = characters.next() {
        if character != '\\' {
            push(&mut bytes, character);
            continue;
        }
        let Some(letter) = characters.next() else { break };
        let mut digits = |radix: u32, most: usize, start: &str| {
            let mut text = start.to_string();
            while text.len() < most
                && let Some(next) = characters.peek().filter(|c| c.is_digit(radix))
            {
                text.push(*next);
                characters.next();
            }
            u32::from_str_radix(&text, radix).ok()
        };
        match letter {
            'n' => bytes.push(b'\n'),
            't' => bytes.push(b'\t'),
            'r' => bytes.push(b'\r'),
            'a' | 'b' | 'e' | 'f' | 'v' | 'E' => bytes.push(0x1b),
            'c' => break,
            '\\' => bytes.push(b'\\'),
            'x' => bytes.extend(digits(16, 2, "").and_then(|code| u8::try_from(code).ok())),
            'u' | 'U' => {
                if let Some(c) = digits(16, if letter == 'u' { 4 } else { 8 }, "").and_then(char::from_u32) {
                    push(&mut bytes, c);
                }
            }
            '0' if echo => bytes.extend(digits(8, 3, "").and_then(|code| u8::try_from(code).ok())),
            '0'..='7' => bytes.extend(digits(8, 3, &letter.to_string()).and_then(|code| u8::try_from(code).ok())),
            other => {
                bytes.push(b'\\');
                push(&mut bytes, other);
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

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
fn picked(text: &str, inverted: bool) -> String {
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

/// fish's `string`.
pub fn string(words: &[Value], stdin: Option<&Flow>) -> Flow {
    let mut words = words.to_vec();
    let given = words.iter().skip(1).filter(|word| !word.text.starts_with('-')).count();
    let needs = match words.first().map(|verb| verb.text.as_str()) {
        Some("replace") => 2,
        Some("split" | "join" | "match" | "sub-x") => 1,
        _ => 0,
    };
    if let (true, Some(flow)) = (given <= needs, stdin) {
        match &flow.text {
            Some(text) => {
                words.push(Value { text: text.trim_end_matches('\n').into(), taint: flow.taint, ..Value::default() })
            }
            None => return flow.clone(),
        }
    }
    let words = words.as_slice();
    let taint = words.iter().fold(Taint::NONE, |taint, word| taint | word.taint);
    let Some((verb, rest)) = words.split_first() else { return Flow::local() };
    let texts: Vec<&str> = rest
        .iter()
        .map(|word| word.text.as_str())
        .filter(|text| !matches!(*text, "--" | "-q" | "-n" | "-r" | "-a"))
        .collect();
    let text = match (verb.text.as_str(), texts.as_slice()) {
        ("join", [separator, parts @ ..]) => Some(parts.join(separator)),
        ("join0", parts) => Some(parts.join("\0")),
        ("lower", parts) => Some(parts.join("\n").to_lowercase()),
        ("upper", parts) => Some(parts.join("\n").to_uppercase()),
        ("trim" | "escape" | "unescape" | "collect", parts) => Some(parts.join("\n")),
        ("split", [separator, parts @ ..]) if !separator.is_empty() => Some(parts.join("\n").replace(separator, "\n")),
        ("replace", [from, to, parts @ ..])
            if !parts.is_empty() && !from.contains(['*', '\\', '[', '(', '^', '$', '.']) =>
        {
            let all = rest.iter().any(|word| word.text == "-a" || word.text == "-ra");
            let text = parts.join("\n");
            Some(if all { text.replace(from, to) } else { text.replacen(from, to, 1) })
        }
        ("match", _) => {
            let inverted = rest.iter().any(|word| matches!(word.text.as_str(), "-v" | "--invert" | "-vr"));
            let names: String = texts
                .iter()
                .skip(1)
                .filter(|text| **text != "-v" && **text != "--invert")
                .map(|text| format!("{text}\n"))
                .collect();
            has_marks(&names).then(|| picked(&names, inverted))
        }
        ("repeat", _) => {
            let count = rest
                .iter()
                .position(|word| matches!(word.text.as_str(), "-n" | "--count"))
                .and_then(|at| rest.get(at + 1)?.text.parse::<usize>().ok())
                .or_else(|| texts.first()?.parse().ok());
            let last = texts.last().copied().unwrap_or("");
            count.filter(|count| count * last.len() < LIMIT).map(|count| last.repeat(count))
        }
        ("sub", _) => {
            let number = |names: [&str; 2]| {
                rest.iter()
                    .position(|word| names.contains(&word.text.as_str()))
                    .and_then(|at| rest.get(at + 1)?.text.parse::<usize>().ok())
            };
            let (start, length) = (number(["-s", "--start"]).unwrap_or(1), number(["-l", "--length"]));
            let last = texts.last().copied().unwrap_or("");
            (!has_marks(last) && start > 0)
                .then(|| last.chars().skip(start - 1).take(length.unwrap_or(usize::MAX)).collect())
        }
        _ => None,
    };
    Flow { text, taint: taint | Taint::LOCAL }
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
    use crate::safety::ast::Span;

    fn words(texts: &[&str]) -> Vec<Value> {
        texts.iter().map(|text| Value::new(*text, Span::default())).collect()
    }

    #[test]
    fn echo_and_printf() {
        assert_eq!(echo(&words(&["-n", "a", "b"])).text.as_deref(), Some("a b"));
        assert_eq!(echo(&words(&["-e", "a\\x41"])).text.as_deref(), Some("aA\n"));
        assert_eq!(printf(&words(&["%s-%s\\n", "a", "b", "c"])).text.as_deref(), Some("a-b\nc-\n"));
        assert_eq!(printf(&words(&["\\162\\155 -rf"])).text.as_deref(), Some("rm -rf"));
    }

    #[test]
    fn decoders() {
        assert_eq!(decoded("cm0gLXJmIC8=", 6).as_deref(), Some(&b"rm -rf /"[..]));
        assert_eq!(base64_encoded(b"rm -rf /"), "cm0gLXJmIC8=");
        assert_eq!(decoded("ONXW2ZI=", 5).map(|b| b.len()), Some(4));
    }
}
