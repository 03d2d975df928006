//! What `echo`, `printf` and fish's `string` print.

use crate::safety::pure::{LIMIT, picked};
use crate::safety::value::{Flow, NAME, Taint, Value, has_marks};

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
}
