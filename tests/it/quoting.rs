//! What caro quotes, read again by the real shells.

use std::process::{Command, Stdio};

use caro::shell::Shell;
use proptest::prelude::*;
use proptest::sample::select;

/// Words that mean something somewhere, whole or as part of another.
const PIECES: &str = r##"
    {rm,-rf,/} {1..3} { } , ~ ~root ~+ =ls a=b == ^a a^b a~b !! !$ !x # a#b %1 %self $x ${x} $(ls) (ls) `ls` <(ls) *(.) ?
    [a] @(a|b) ' '' " \ \' \\ \n \x41 & && ; | > < >| - -- -e + . .. / : a:b x.txt é 💥 if end not
"##;

/// Arguments with which a shell reads no file of its user, and gives a meaning to as much as it can.
fn strictest(shell: Shell) -> &'static [&'static str] {
    match shell {
        Shell::Bash => &["--norc", "-O", "extglob", "-O", "nullglob", "-c"],
        Shell::Zsh => &["-f", "-o", "extendedglob", "-o", "magicequalsubst", "-o", "nullglob", "-o", "rcquotes", "-c"],
        Shell::Fish => &["--no-config", "-c"],
    }
}

/// What `shell` makes of the arguments of `printf`; nothing where it is not installed.
fn arguments(shell: Shell, words: &str) -> Option<String> {
    let script = format!("printf '<%s>\\n' {words}");
    let output = Command::new(shell.name()).args(strictest(shell)).arg(script).stdin(Stdio::null()).output().ok()?;
    assert!(output.status.success(), "{shell:?}: {words}: {output:?}");
    Some(String::from_utf8(output.stdout).unwrap())
}

fn word() -> impl Strategy<Value = String> {
    let pieces: Vec<&str> = PIECES.split_whitespace().chain([" ", "\t", "\n"]).collect();
    let piece = prop_oneof![
        8 => select(pieces).prop_map(String::from),
        1 => any::<char>().prop_filter("no argument holds it", |c| *c != '\0').prop_map(String::from),
    ];
    proptest::collection::vec(piece, 0..5).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_quoted_word_is_one_literal_word(words in proptest::collection::vec(word(), 100)) {
        let expected: String = words.iter().map(|word| format!("<{word}>\n")).collect();
        for shell in Shell::ALL {
            if let Some(read) = arguments(shell, &shell.join(&words)) {
                prop_assert_eq!(&read, &expected, "{:?}", shell);
            }
        }
    }
}
