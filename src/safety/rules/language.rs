//! Small languages of text tools: sed, awk, jq, ed, ex, m4, dc.

use super::{Utility, does, effects};
use crate::safety::Level;
use crate::safety::call::Call;
use crate::safety::code::Language;
use crate::safety::judge::Write;
use crate::safety::value::{Flow, Taint, Value};
use crate::safety::walk::Walker;
use crate::shell::Shell;

pub const UTILITIES: &[Utility] = &[
    does("sed gsed ssed", "-e -f -l -i? -s? --expression --file --line-length --in-place?", sed),
    does(
        "awk gawk mawk nawk goawk frawk",
        "-f -F -v -i -e -E -l --file --field-separator --assign --include --source --exec",
        awk,
    ),
    does("jq yq gojq jaq dasel fx xq tomlq", "--arg+ -f -L --indent --from-file -o -p --output-format", jq),
    does("ed ex red", "-p -c -s?", ed),
    does("m4 bc dc cpp", "-e -f -D -I -U --expression --file", calculator),
];

fn sed(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let mut scripts = call.args.values(&["-e", "--expression"]);
    let mut skip = 0;
    if scripts.is_empty() && !call.args.has(&["-f", "--file"]) {
        scripts.extend(call.args.operands.first().map(|value| (*value).clone()));
        skip = 1;
    }
    let quiet = call.args.has(&["-n", "--quiet", "--silent"]);
    for script in &scripts {
        sed_script(walker, script);
    }
    if call.args.has(&["-i", "--in-place"])
        || call
            .words()
            .iter()
            .any(|word| word.text.starts_with("-i") || word.text.starts_with("-Ei") || word.text.starts_with("-ri"))
    {
        let empties = scripts.len() == 1
            && (scripts[0].text.trim() == "d"
                || scripts[0].text.trim() == "1,$d"
                || quiet && scripts[0].text.trim().is_empty());
        for file in call.args.operands.iter().skip(skip) {
            let content = match scripts.first() {
                _ if empties => Flow::empty(),
                Some(script) => script_text(script),
                None => Flow::local(),
            };
            walker.write(file, if empties { Write::Replace } else { Write::Edit }, &content);
            let target = walker.target(file);
            walker.start_file(&target, &content, file.span);
        }
    }
    walker.filter(call, skip)
}

/// What a script like `1i text` or `$a text` adds.
fn script_text(script: &Value) -> Flow {
    let text = script.text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '$');
    match text.strip_prefix(['i', 'a', 'c']) {
        Some(added) if added.starts_with(['\\', ' ']) => {
            Flow { text: Some(added.trim_start_matches(['\\', ' ', '\n']).to_string()), taint: script.taint }
        }
        _ => Flow::local(),
    }
}

/// Finds what a sed script runs and writes: `e command`, `s/…/…/e`, `w file`.
fn sed_script(walker: &mut Walker<'_>, script: &Value) {
    for line in script.text.split('\n') {
        let mut rest = line.trim();
        let mut rounds = 0;
        while !rest.is_empty() && rounds < 64 {
            rounds += 1;
            rest = rest.trim_start_matches(|c: char| {
                c.is_ascii_digit() || matches!(c, '$' | ',' | '!' | ' ' | '{' | '}' | ';' | '+' | '~')
            });
            let Some(command) = rest.chars().next() else { break };
            let after = &rest[command.len_utf8()..];
            match command {
                '/' => match after.find('/') {
                    Some(end) => rest = after[end + 1..].trim_start_matches(['I', 'M']),
                    None => break,
                },
                's' | 'y' => {
                    let Some(delimiter) = after.chars().next() else { break };
                    let (pieces, end) = delimited(&after[delimiter.len_utf8()..], delimiter);
                    let flags_text = &after[delimiter.len_utf8() + end..];
                    let flags = flags_text.split([';', '}', ' ']).next().unwrap_or("");
                    if command == 's' && flags.contains('e') && !flags.contains('w') {
                        let with = pieces.get(1).cloned().unwrap_or_default();
                        if with.contains(['&', '\\']) || with.is_empty() {
                            walker.note(
                                &effects::RUN_UNKNOWN,
                                Level::Caution,
                                script.span,
                                "runs lines of a file as commands",
                            );
                        }
                        walker.run_text(&script.with_text(with.replace('&', "")), Shell::Bash);
                    }
                    if let Some(at) = flags_text.find('w').filter(|at| *at < 4) {
                        walker.write(&script.with_text(flags_text[at + 1..].trim()), Write::Replace, &Flow::local());
                        break;
                    }
                    rest = &flags_text[flags.len()..];
                }
                'e' => {
                    if after.trim().is_empty() {
                        walker.note(
                            &effects::RUN_UNKNOWN,
                            Level::Caution,
                            script.span,
                            "runs lines of a file as commands",
                        );
                        let input = walker.stdin.clone().unwrap_or_default();
                        walker.run_flow(&input, Shell::Bash, script.span);
                    }
                    walker.run_text(&script.with_text(after.trim()), Shell::Bash);
                    break;
                }
                'w' | 'W' => {
                    walker.write(&script.with_text(after.trim()), Write::Replace, &Flow::local());
                    break;
                }
                'a' | 'i' | 'c' | 'r' | 'R' | 'b' | 't' | ':' | '#' => break,
                _ => rest = after,
            }
        }
    }
}

/// Splits `a/b/flags` at the delimiter twice; returns the pieces and where the flags begin.
fn delimited(text: &str, delimiter: char) -> (Vec<String>, usize) {
    let mut pieces = vec![String::new()];
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        if escaped {
            if character != delimiter {
                pieces.last_mut().into_iter().for_each(|piece| piece.push('\\'));
            }
            pieces.last_mut().into_iter().for_each(|piece| piece.push(character));
            escaped = false;
        } else if character == '\\' {
            escaped = true;
        } else if character == delimiter {
            if pieces.len() == 2 {
                return (pieces, at + delimiter.len_utf8());
            }
            pieces.push(String::new());
        } else {
            pieces.last_mut().into_iter().for_each(|piece| piece.push(character));
        }
    }
    (pieces, text.len())
}

fn awk(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let mut codes = call.args.values(&["-e", "--source"]);
    let mut skip = 0;
    for file in call.args.values(&["-f", "--file", "-E", "--exec"]) {
        walker.run_file(&file, Shell::Bash, &[]);
        skip = usize::MAX;
    }
    if codes.is_empty() && skip == 0 {
        codes.extend(call.args.operands.first().map(|value| (*value).clone()));
        skip = 1;
    }
    let skip = if skip == usize::MAX { 0 } else { skip };
    let mut flow = Flow::empty();
    for code in &codes {
        flow.join(walker.code(code, Language::Awk));
    }
    if call.args.values(&["-i", "--include"]).iter().any(|module| module.text == "inplace") {
        for file in call.args.operands.iter().skip(skip) {
            walker.write(file, Write::Edit, &Flow::local());
        }
    }
    let begins = codes.iter().any(|code| code.text.trim_start().starts_with("BEGIN"));
    if begins && call.args.operands.len() <= skip && walker.stdin.is_none() {
        return Flow { text: None, taint: flow.taint | Taint::LOCAL };
    }
    let filtered = walker.filter(call, skip);
    Flow { taint: filtered.taint | flow.taint.without(Taint::LOCAL), text: filtered.text }
}

fn jq(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if call.args.has(&["-i", "--inplace", "--in-place"]) && call.name.starts_with("yq") {
        for file in call.args.operands.iter().skip(1) {
            walker.write(file, Write::Edit, &Flow::local());
        }
    }
    let decodes = call.args.operand(0).is_some_and(|filter| filter.contains("@base64d"));
    let flow = walker.filter(call, 1);
    let taint = if decodes { Taint::DECODED } else { Taint::NONE };
    Flow { text: None, taint: flow.taint | taint | Taint::LOCAL }
}

fn ed(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let mut scripts = call.args.values(&["-c"]);
    // `ex -sc '…' file`: a cluster with the command behind it.
    let words = call.words();
    if let Some(at) = words
        .iter()
        .position(|word| word.text.starts_with('-') && word.text.ends_with('c') && !word.text.starts_with("--"))
        && let Some(script) = words.get(at + 1)
        && scripts.is_empty()
    {
        scripts.push(script.clone());
    }
    if let Some(Flow { text: Some(text), taint }) = walker.stdin.clone() {
        scripts.push(Value { text, taint, span: call.span });
    }
    for script in &scripts {
        for line in script.text.split(['\n', '|']) {
            let line =
                line.trim().trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '%' | ',' | '$' | ':'));
            if let Some(command) = line
                .strip_prefix('!')
                .or_else(|| line.strip_prefix("r !"))
                .or_else(|| line.strip_prefix("e !"))
                .or_else(|| line.strip_prefix("w !"))
            {
                walker.run_text(&script.with_text(command), Shell::Bash);
            }
        }
    }
    if walker.stdin.is_some() || !scripts.is_empty() {
        for file in call.args.operands.iter().filter(|file| scripts.iter().all(|script| script.text != file.text)) {
            walker.write(file, Write::Edit, &Flow::local());
        }
    }
    Flow::local()
}

fn calculator(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let mut texts = call.args.values(&["-e", "--expression"]);
    if let Some(Flow { text: Some(text), taint }) = walker.stdin.clone() {
        texts.push(Value { text, taint, span: call.span });
    }
    for text in &texts {
        if call.name == "dc"
            && let Some(command) = text.text.trim().strip_prefix('!')
        {
            walker.run_text(&text.with_text(command), Shell::Bash);
        }
        if let Some((_, rest)) = text.text.split_once("syscmd(").or_else(|| text.text.split_once("esyscmd(")) {
            walker
                .run_text(&text.with_text(rest.split(')').next().unwrap_or("").trim_matches(['`', '\''])), Shell::Bash);
        }
    }
    Flow::local()
}
