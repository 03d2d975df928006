//! The rows in `tests/data/parse/`, what the shells themselves say about them, and properties of any text.

mod shells;
mod visit;

use super::{MAX_LENGTH, parse, print};
use crate::safety::ast::{Parsed, PartKind, ProblemKind, Quote};
use crate::shell::Shell;
use proptest::prelude::*;
use std::time::{Duration, Instant};

/// A text, whether it is read in full, and its tree.
struct Row {
    text: String,
    complete: bool,
    tree: String,
}

/// Reads a file of rows: the text with `⏎` for a line break, then `=>` (read in full) or `!>` and the tree.
fn rows(file: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut lines = file.lines().filter(|line| !line.starts_with("# "));
    while let (Some(text), Some(tree)) = (lines.next(), lines.next()) {
        let (sign, tree) = tree.trim_start().split_once(' ').unwrap_or((tree.trim(), ""));
        rows.push(Row { text: text.replace('⏎', "\n"), complete: sign == "=>", tree: tree.to_string() });
    }
    rows
}

const SHELLS: [(Shell, &str); 3] = [
    (Shell::Bash, include_str!("../../../../tests/data/parse/bash.txt")),
    (Shell::Zsh, include_str!("../../../../tests/data/parse/zsh.txt")),
    (Shell::Fish, include_str!("../../../../tests/data/parse/fish.txt")),
];

#[test]
fn rows_give_their_trees() {
    let mut wrong = String::new();
    for (shell, file) in SHELLS {
        for row in rows(file) {
            let parsed = parse(&row.text, shell);
            let tree = print::script(&parsed.script);
            if tree != row.tree || parsed.complete != row.complete {
                wrong += &format!(
                    "{shell:?} {:?}\n  want {} {}\n  have {} {tree}\n",
                    row.text, row.complete, row.tree, parsed.complete
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn rows_are_sound() {
    for (shell, file) in SHELLS {
        for row in rows(file) {
            check_spans(&row.text, &parse(&row.text, shell));
        }
    }
}

/// Every dollar, backquote and process substitution of a row stands in the tree, or in text that the shell does not expand.
#[test]
fn nothing_is_dropped() {
    for (shell, file) in SHELLS {
        for row in rows(file).iter().filter(|row| row.complete) {
            let parsed = parse(&row.text, shell);
            if let Some(at) = visit::left_over(&row.text, &parsed, shell).first() {
                panic!("{shell:?} {:?}: `{}` is in no part of the tree", row.text, &row.text[*at..]);
            }
        }
    }
}

#[test]
fn limits_are_problems() {
    let kinds =
        |text: &str, shell| -> Vec<ProblemKind> { parse(text, shell).problems.iter().map(|one| one.kind).collect() };
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        assert_eq!(kinds(&"a ".repeat(MAX_LENGTH), shell), [ProblemKind::TooLong]);
        assert!(kinds(&"echo $(".repeat(100), shell).contains(&ProblemKind::TooDeep), "{shell:?}");
        assert!(kinds(&"a ) ".repeat(100), shell).contains(&ProblemKind::TooDeep), "{shell:?}");
        assert!(parse(&"a;".repeat(1000), shell).complete);
        assert!(parse(&format!("{}a", "a &&\n".repeat(2000)), shell).complete);
    }
    assert!(parse(&format!("{}{}", "$(".repeat(10), ")".repeat(10)), Shell::Bash).complete);
}

#[test]
fn spans_point_into_backquotes() {
    let text = r"echo `a \`b\``";
    let parsed = parse(text, Shell::Bash);
    let mut found = Vec::new();
    visit::parts(&parsed.script, &mut |part| {
        if matches!(part.kind, PartKind::Literal(_)) {
            found.push(part.span.of(text).to_string());
        }
    });
    assert_eq!(found, ["echo", "a", "b"]);
}

/// Spans lie in the text, on character borders, in order; a word without quotes or escapes is its span.
fn check_spans(text: &str, parsed: &Parsed) {
    let inside = |span: crate::safety::ast::Span| {
        assert!(span.start <= span.end, "{text:?} {span:?}");
        assert!(text.get(span.start..span.end).is_some(), "{text:?} {span:?}");
    };
    visit::spans(&parsed.script, &mut |span| inside(span));
    parsed.problems.iter().for_each(|problem| inside(problem.span));
    parsed.comments.iter().for_each(|span| inside(*span));
    assert_eq!(parsed.complete, parsed.problems.is_empty());
    visit::parts(&parsed.script, &mut |part| {
        if let PartKind::Literal(literal) = &part.kind
            && part.quote == Quote::None
            && literal.len() == part.span.end - part.span.start
        {
            assert_eq!(literal, part.span.of(text));
        }
    });
}

const TOKENS: &[&str] = &[
    "a",
    "rm",
    " ",
    " ",
    "\n",
    ";",
    "&",
    "|",
    "&&",
    "||",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "[[ ",
    " ]]",
    "((",
    "))",
    "$(",
    "${",
    "$((",
    "$[",
    "`",
    "\\`",
    "\"",
    "'",
    "$'",
    "$\"",
    "\\",
    "<",
    ">",
    ">&",
    "<<E\n",
    "<<-'E'",
    "\nE\n",
    "<<<",
    "<(",
    ">(",
    "=(",
    "2>",
    "$x",
    "$1",
    "$",
    "$$",
    "x=",
    "x+=(",
    "a[1]=",
    "~",
    "~u/",
    "*",
    "?",
    "[a-z]",
    "@(",
    "!(",
    "*(.",
    "(#i)",
    "<1-9>",
    "^",
    "!",
    "#",
    ",",
    "..",
    "{a,b}",
    "{1..3}",
    ":-",
    ":=",
    "%",
    "/",
    "@Q",
    ":h",
    ":s/a/b/",
    "if ",
    "then ",
    "elif ",
    "else ",
    "fi ",
    "while ",
    "until ",
    "do ",
    "done ",
    "for x in ",
    "for ((",
    "select x ",
    "case x in ",
    "esac ",
    ";;",
    "a)",
    "function ",
    "f() ",
    "coproc ",
    "time ",
    "repeat 3 ",
    "foreach ",
    "end ",
    "always ",
    "begin ",
    "switch ",
    "case ",
    "and ",
    "or ",
    "not ",
    "export ",
    "-f ",
    "é",
    "日本",
    "\u{202e}",
    "\0",
    "\r",
    "\t",
];

fn text() -> impl Strategy<Value = String> {
    let token = prop_oneof![9 => proptest::sample::select(TOKENS).prop_map(str::to_string), 1 => any::<char>().prop_map(String::from)];
    let few = proptest::collection::vec(token.clone(), 0..40).prop_map(|tokens| tokens.concat());
    // A whole text of few tokens over and over, which is how exponential readers are found.
    let many = proptest::collection::vec(token, 1..4).prop_map(|tokens| {
        let unit = tokens.concat();
        unit.repeat(16 * 1024 / unit.len())
    });
    prop_oneof![8 => few, 1 => many]
}

fn shell() -> impl Strategy<Value = Shell> {
    proptest::sample::select(&[Shell::Bash, Shell::Zsh, Shell::Fish])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read(text in text(), shell in shell()) {
        let start = Instant::now();
        let parsed = parse(&text, shell);
        // Under 10 ms in a release build; a test build on a busy machine is slower.
        prop_assert!(start.elapsed() < Duration::from_millis(1000), "{:?} for {} bytes", start.elapsed(), text.len());
        check_spans(&text, &parsed);
    }

    #[test]
    fn what_is_read_in_full_drops_nothing(text in text(), shell in shell()) {
        let parsed = parse(&text, shell);
        if parsed.complete {
            let left = visit::left_over(&text, &parsed, shell);
            prop_assert!(left.is_empty(), "{:?} at {:?}", text, left);
        }
    }
}
