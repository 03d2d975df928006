//! What holds of the judge whatever the command, and what no change of a command may bring about.
//!
//! The rows of the corpora are changed in ways whose effect the shells' manuals tell: wrapped, grouped, put behind
//! another command, quoted differently, put away as data. Each row meets some of the changes and each change some of
//! the rows; `CARO_EVERY_PAIR=1` tries them all.

use std::fmt::Write;
use std::time::{Duration, Instant};

use caro::safety::{Allow, Deny, Facts, Level, OwnRules, Report, check, check_with, explain};
use caro::shell::Shell;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::corpus::{self, Row};

const POSIX: &[Shell] = &[Shell::Bash, Shell::Zsh];

impl Row {
    fn judged(&self) -> Level {
        check(&self.command, self.shell).level
    }

    /// Whether another command may follow on the same line.
    fn ends_cleanly(&self) -> bool {
        let open = self.command.ends_with(['\n', '&', ';', '|', '\\']) || self.command.contains("<<");
        !open && !self.words().iter().any(|word| word.starts_with('#'))
    }

    /// Whether it is one simple command that begins with a plain word, which no shell reserves.
    fn is_simple(&self) -> bool {
        let first = self.first();
        is_plain(first) && !first.contains('=') && !has_word(RESERVED, first) && !has_operator(&self.command)
    }

    /// Whether it is a simple command that another program could run.
    fn is_program(&self) -> bool {
        self.is_simple() && !has_word(BUILTINS, self.first())
    }

    /// Whether it does the same in a shell of its own, which has no arguments and soon ends.
    fn works_alone(&self) -> bool {
        let with_arguments =
            ["$1", "${1", "$@", "${(q-)@}", "$*", "$argv"].iter().any(|name| self.command.contains(name));
        !with_arguments && !self.command.starts_with('-') && !FOR_LATER.iter().any(|name| self.command.contains(name))
    }

    /// Returns it as one word in single quotes.
    fn quoted(&self) -> String {
        match self.shell {
            Shell::Bash | Shell::Zsh => format!("'{}'", self.command.replace('\'', "'\\''")),
            Shell::Fish => format!("'{}'", self.command.replace('\\', "\\\\").replace('\'', "\\'")),
        }
    }

    fn first(&self) -> &str {
        self.command.split(' ').next().unwrap_or_default()
    }

    /// What stands between blanks, whatever the quotes.
    fn words(&self) -> Vec<&str> {
        self.command.split([' ', '\n', '\t']).collect()
    }
}

/// Words that mean something only while they stand unquoted and first.
const RESERVED: &str = "
    time coproc function if while until for case select repeat foreach begin switch and or not end noglob nocorrect
    alias abbr
";

/// Commands that are the shell's own: no other program can run them, and many change the shell.
const BUILTINS: &str = "
    . source eval exec builtin command cd pushd popd dirs set unset export declare typeset local readonly read
    mapfile readarray getopts shift let trap history fc shopt setopt unsetopt emulate hash rehash enable disable
    ulimit umask exit return logout suspend wait jobs fg bg disown bind bindkey complete zle zmodload zcompile
    autoload functions unalias unhash unfunction sched vared print whence where type funced funcsave string status
    set_color block argparse contains count emit fish_add_path math path
";

/// What only makes a name that is used later: harmless in a shell that ends at once.
const FOR_LATER: &[&str] = &[
    "alias ls",
    "abbr -a",
    "function ls ",
    "precmd()",
    "preexec()",
    "periodic()",
    "add-zsh-hook",
    "command_not_found",
    "fish_prompt",
    "--on-variable",
    "--on-signal",
];

fn has_word(list: &str, word: &str) -> bool {
    list.split_whitespace().any(|listed| listed == word)
}

fn is_plain(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./=,+".contains(c))
}

/// Whether anything outside quotes ends or groups commands, or is a comment.
fn has_operator(command: &str) -> bool {
    let mut quote = None;
    let mut letters = command.chars();
    while let Some(letter) = letters.next() {
        match (letter, quote) {
            ('\\', None | Some('"')) => drop(letters.next()),
            ('\'' | '"', None) => quote = Some(letter),
            (letter, Some(open)) if letter == open => quote = None,
            (';' | '|' | '&' | '\n' | '(' | ')' | '{' | '}' | '`' | '#', None) => return true,
            _ => {}
        }
    }
    quote.is_some()
}

/// Fails with everything that was found wrong.
#[derive(Default)]
struct Faults(String);

impl Faults {
    fn note(&mut self, shell: Shell, before: (Level, &str), after: (Level, &str)) {
        let _ = writeln!(self.0, "{shell:?}: {:?} {:?}\n  became {:?} {:?}", before.0, before.1, after.0, after.1);
    }
}

impl Drop for Faults {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert!(self.0.is_empty(), "{}", self.0);
        }
    }
}

/// Whether this row meets this change today.
fn meet(row: usize, change: usize, every: usize) -> bool {
    (row + change).is_multiple_of(every) || std::env::var_os("CARO_EVERY_PAIR").is_some()
}

/// What a change can be made to, and how the command is put into it.
enum Takes {
    Anything,
    /// What another command may follow on the same line.
    Clean,
    Simple,
    /// What another program can run.
    Program,
    /// Anything, as one quoted word.
    Word,
    /// What does the same in a shell of its own.
    Alone,
    /// The same, where another command may follow on the same line.
    AloneClean,
    /// The same, as one quoted word.
    AloneWord,
}

impl Takes {
    /// Returns what is put in the place of the command, if it is taken.
    fn text(&self, row: &Row) -> Option<String> {
        let (takes, quoted) = match self {
            Takes::Anything => (true, false),
            Takes::Clean => (row.ends_cleanly(), false),
            Takes::Simple => (row.is_simple(), false),
            Takes::Program => (row.is_program(), false),
            Takes::Word => (true, true),
            Takes::Alone => (row.works_alone(), false),
            Takes::AloneClean => (row.works_alone() && row.ends_cleanly(), false),
            Takes::AloneWord => (row.works_alone(), true),
        };
        takes.then(|| if quoted { row.quoted() } else { row.command.clone() })
    }
}

/// What may be put around a command; `X` is the command.
const WRAPPERS: &[(&str, &[Shell], Takes)] = &[
    ("sudo X", &Shell::ALL, Takes::Program),
    ("env A=1 X", &Shell::ALL, Takes::Program),
    ("nice X", &Shell::ALL, Takes::Program),
    ("nohup X", &Shell::ALL, Takes::Program),
    ("timeout 5 X", &Shell::ALL, Takes::Program),
    ("command X", &Shell::ALL, Takes::Program),
    ("A=1 X", &Shell::ALL, Takes::Simple),
    ("</dev/null X", POSIX, Takes::Simple),
    ("time X", &Shell::ALL, Takes::Simple),
    ("eval X", &Shell::ALL, Takes::Word),
    ("sh -c X", &[Shell::Bash], Takes::AloneWord),
    ("bash -c X", &[Shell::Bash], Takes::AloneWord),
    ("zsh -c X", &[Shell::Zsh], Takes::AloneWord),
    ("fish -c X", &[Shell::Fish], Takes::AloneWord),
    ("printf '%s\n' X | bash", &[Shell::Bash], Takes::AloneWord),
    ("printf '%s\n' X | zsh", &[Shell::Zsh], Takes::AloneWord),
    ("printf '%s\n' X | fish", &[Shell::Fish], Takes::AloneWord),
    ("bash <<'END_OF_SCRIPT'\nX\nEND_OF_SCRIPT", &[Shell::Bash], Takes::Alone),
    ("zsh <<'END_OF_SCRIPT'\nX\nEND_OF_SCRIPT", &[Shell::Zsh], Takes::Alone),
    ("( X\n)", POSIX, Takes::Alone),
    ("( X )", POSIX, Takes::AloneClean),
    (": $(X\n)", POSIX, Takes::Alone),
    ("echo \"$( X )\"", POSIX, Takes::AloneClean),
    ("{ X; } | cat", POSIX, Takes::AloneClean),
    // Neither is a shell of its own in fish.
    ("echo (X)", &[Shell::Fish], Takes::Clean),
    ("X | cat", &[Shell::Fish], Takes::Clean),
    ("X &", &Shell::ALL, Takes::AloneClean),
    ("f() { X\n}\nf", POSIX, Takes::Alone),
    ("function f; X\nend; f", &[Shell::Fish], Takes::Alone),
    ("{ X\n}", POSIX, Takes::Anything),
    ("{ X; }", POSIX, Takes::Clean),
    ("begin; X\nend", &[Shell::Fish], Takes::Anything),
    ("if true; then X\nfi", POSIX, Takes::Anything),
    ("if true; X\nend", &[Shell::Fish], Takes::Anything),
    ("for i in 1; do X\ndone", POSIX, Takes::Anything),
    ("for i in 1; X\nend", &[Shell::Fish], Takes::Anything),
    ("case a in a) X\n;; esac", POSIX, Takes::Anything),
    ("X; true", &Shell::ALL, Takes::Clean),
    ("X\ntrue", &Shell::ALL, Takes::Anything),
    ("true && X", POSIX, Takes::Anything),
];

#[test]
fn a_wrapper_never_lowers_the_level() {
    let mut faults = Faults::default();
    for (number, row) in corpus::dangerous().iter().enumerate() {
        let mut before = None;
        for (change, (wrapper, shells, takes)) in WRAPPERS.iter().enumerate() {
            if !meet(number, change, 4) || !shells.contains(&row.shell) {
                continue;
            }
            let Some(inner) = takes.text(row) else { continue };
            let wrapped = wrapper.replacen('X', &inner, 1);
            let before = *before.get_or_insert_with(|| row.judged());
            let after = check(&wrapped, row.shell).level;
            if after < before {
                faults.note(row.shell, (before, &row.command), (after, &wrapped));
            }
        }
    }
}

/// What may stand around a command and means nothing; `X` is the command.
const SURROUNDINGS: &[(&str, Takes)] = &[
    ("\nX", Takes::Anything),
    (" X", Takes::Anything),
    ("X\n", Takes::Anything),
    ("X\n\n", Takes::Anything),
    ("X ", Takes::Clean),
    ("X # a comment", Takes::Clean),
    ("# a comment\nX", Takes::Anything),
    ("true; X", Takes::Anything),
];

#[test]
fn blanks_and_comments_change_nothing() {
    let mut faults = Faults::default();
    for (number, row) in corpus::all().iter().enumerate() {
        let before = row.judged();
        for (change, (surroundings, takes)) in SURROUNDINGS.iter().enumerate() {
            if !meet(number, change, 8) {
                continue;
            }
            let Some(inner) = takes.text(row) else { continue };
            let surrounded = surroundings.replacen('X', &inner, 1);
            let after = check(&surrounded, row.shell).level;
            if after != before {
                faults.note(row.shell, (before, &row.command), (after, &surrounded));
            }
        }
    }
}

/// The same plain word, spelled differently.
fn spellings(word: &str, shell: Shell) -> Vec<String> {
    let (first, rest) = word.split_at(1);
    let mut spellings =
        vec![format!("'{word}'"), format!("\"{word}\""), format!("{first}'{rest}'"), format!("{first}\"\"{rest}")];
    // In fish a backslash before some letters is a code; in no shell before these.
    if rest.starts_with(|c: char| "ghijklmpqswyz-".contains(c)) {
        spellings.push(format!("{first}\\{rest}"));
    }
    spellings.push(match shell {
        Shell::Bash | Shell::Zsh => format!("$'\\x{:02x}{rest}'", word.as_bytes()[0]),
        Shell::Fish => format!("\\x{:02x}{rest}", word.as_bytes()[0]),
    });
    spellings
}

#[test]
fn quoting_a_word_differently_changes_nothing() {
    let mut faults = Faults::default();
    for (number, row) in corpus::all().iter().enumerate() {
        if !row.is_simple() || !meet(number, 0, 2) {
            continue;
        }
        let before = row.judged();
        // Before the first quote, so that it stands in none.
        let start = row.command.split(['\'', '"', '\\', '$']).next().unwrap_or_default();
        let options = start.split(' ').find(|word| word.len() > 1 && word.starts_with('-') && is_plain(word));
        for word in [Some(row.first()), options].into_iter().flatten() {
            for (change, spelling) in spellings(word, row.shell).iter().enumerate() {
                if !meet(number / 2, change, 3) {
                    continue;
                }
                let requoted = row.command.replacen(word, spelling, 1);
                let after = check(&requoted, row.shell).level;
                if after != before {
                    faults.note(row.shell, (before, &row.command), (after, &requoted));
                }
            }
        }
    }
}

/// What keeps a command as text; `X` is the command, in single quotes where it stands in some.
const KEEPERS: &[(&str, &[Shell])] = &[
    ("echo 'X'", &Shell::ALL),
    ("printf '%s\\n' 'X'", &Shell::ALL),
    ("grep -F 'X' notes.txt", &Shell::ALL),
    ("git commit -m 'X'", &Shell::ALL),
    ("git log --grep='X'", &Shell::ALL),
    ("cat <<'END_OF_DATA'\nX\nEND_OF_DATA", POSIX),
    ("# X", &Shell::ALL),
    ("ls # X", &Shell::ALL),
    ("note='X'", POSIX),
    ("set note 'X'", &[Shell::Fish]),
    ("[[ $note == 'X' ]]", POSIX),
    ("test \"$note\" = 'X'", &Shell::ALL),
    ("case $note in 'X') echo yes;; esac", POSIX),
];

/// Whether `command` can stand between single quotes as it is, on one line, and its letters hide nothing.
fn can_be_kept(row: &Row) -> bool {
    let plain = row.command.chars().all(|c| matches!(c, ' '..='~') && c != '\'');
    plain && !(row.shell == Shell::Fish && row.command.contains('\\')) && !row.command.starts_with('-')
}

#[test]
fn a_command_kept_as_text_is_safe() {
    let mut faults = Faults::default();
    for (number, row) in corpus::dangerous().iter().enumerate().filter(|(_, row)| can_be_kept(row)) {
        for (change, (keeper, shells)) in KEEPERS.iter().enumerate() {
            if !meet(number, change, 3) || !shells.contains(&row.shell) {
                continue;
            }
            let kept = keeper.replacen('X', &row.command, 1);
            let after = check(&kept, row.shell).level;
            if after != Level::Safe {
                faults.note(row.shell, (row.judged(), &row.command), (after, &kept));
            }
        }
    }
}

#[test]
fn two_commands_are_as_grave_as_the_graver() {
    let mut faults = Faults::default();
    for shell in Shell::ALL {
        let all: Vec<Row> = corpus::all().into_iter().filter(|row| row.shell == shell).collect();
        // The first leaves the shell and its variables as they are.
        let leaves = |row: &&Row| {
            row.is_program() && row.ends_cleanly() && !row.command.contains("=}") && !row.command.contains(":=")
        };
        let firsts: Vec<&Row> = all.iter().filter(leaves).collect();
        for (number, second) in all.iter().enumerate().filter(|(number, _)| meet(*number, 0, 3)) {
            let first = firsts[number * 7919 % firsts.len()];
            let both = format!("{}; {}", first.command, second.command);
            let (before, after) = (first.judged().max(second.judged()), check(&both, shell).level);
            if after < before {
                faults.note(shell, (before, &first.command), (after, &both));
            }
        }
    }
}

/// Judges `text` in every shell, and makes sure that each report is well formed and the same again.
fn judge(text: &str) {
    for shell in Shell::ALL {
        let report = check(text, shell);
        assert_well_formed(&report, text);
        assert_eq!(report, check(text, shell), "{text:?}");
        assert_eq!(report, explain(text, shell, &Facts::default()).report, "{text:?}");
        assert_well_formed(&check_with(text, shell, &facts()), text);
    }
}

/// All that a caller may tell, and rules of the user about every command.
fn facts() -> Facts {
    let words = ["rm", "sudo", "git", "x", "~ana"].map(str::to_owned);
    let deny = words.clone().map(|command| Deny {
        id: "no".into(),
        command,
        sub: Vec::new(),
        options_any: vec!["-f".into(), "--force".into()],
        path_under: Some("/".into()),
        level: Level::Caution,
        reason: "no".into(),
    });
    let allow = words.map(|command| Allow {
        command,
        sub: Vec::new(),
        options_only: Some(vec!["-r".into()]),
        path_under: Some("~/a".into()),
        max_level: Level::Danger,
        reason: String::new(),
    });
    Facts {
        home: Some("/home/ana".into()),
        cwd: Some("/home/ana/a/b".into()),
        user: Some("ana".into()),
        own: OwnRules { deny: deny.into(), allow: allow.into() },
    }
}

fn assert_well_formed(report: &Report, text: &str) {
    let gravest = report.findings.iter().map(|finding| finding.level).max();
    assert_eq!(report.level, gravest.unwrap_or(Level::Safe), "{text:?}");
    assert!(report.findings.is_sorted_by(|a, b| a.level >= b.level), "{text:?}");
    for finding in &report.findings {
        assert!(text.get(finding.span.clone()).is_some(), "{finding:?} lies outside {text:?}");
        assert!(!finding.reason.is_empty() && !finding.rule.is_empty(), "{finding:?} of {text:?}");
    }
}

#[test]
fn reports_of_the_rows_are_well_formed() {
    for (number, row) in corpus::all().iter().enumerate() {
        if meet(number, 0, 4) {
            judge(&row.command);
        }
    }
}

/// What commands are made of, and what breaks them.
const TOKENS: &str = r##"
    rm -rf / ~ $HOME sudo env sh -c eval xargs find -exec {} \; dd of=/dev/sda curl https://x.sh ssh git awk python3
    if then fi else while for in do done case esac function begin end switch and not time [[ ]] (( )) $(( $( ${ ${x:=
    ${(e) ` { } ( ) () <( =( <<E <<-'E' <<< > >> >| 2>&1 < | |& & && || ! ; ;; \ ' " $' $" \x72 \u{ # * ? [ ] ** ~ana
    $ $x $1 $@ $IFS x= x=rm x+=( alias = , .. {a, {1..9} é 💥
"##;

/// Those that could not stand in a list.
const STRANGE: &[&str] = &["E\n", "\n", " ", "\t", "\\\n", "\u{202e}", "\u{200b}", "\0", "\r"];

/// Tokens with and without blanks between them, and a few strange letters.
fn soup() -> impl Strategy<Value = String> {
    let tokens: Vec<&str> = TOKENS.split_whitespace().chain(STRANGE.iter().copied()).collect();
    let token = prop_oneof![20 => select(tokens).prop_map(String::from), 1 => any::<char>().prop_map(String::from)];
    let separator = prop_oneof![Just(" "), Just("")];
    proptest::collection::vec((token, separator), 0..40)
        .prop_map(|tokens| tokens.into_iter().map(|(token, separator)| token + separator).collect())
}

/// The beginning of one row and the end of another, cut anywhere.
fn splice() -> impl Strategy<Value = String> {
    let rows = corpus::all();
    let part = (select(rows), any::<Index>()).prop_map(|(row, place)| {
        let letters: Vec<char> = row.command.chars().collect();
        let place = place.index(letters.len() + 1);
        (letters[..place].iter().collect::<String>(), letters[place..].iter().collect::<String>())
    });
    (part.clone(), part).prop_map(|((start, _), (_, end))| start + &end)
}

/// What doubles with every repetition, or is read again for each, unless the judge keeps count: the beginning, what is
/// repeated and how often, the end.
const BOMBS: &[(Shell, &str, &str, usize, &str)] = &[
    (Shell::Bash, "x=aaaa; ", "x=$x$x; ", 27, "rm $x"),
    (Shell::Bash, "x=(a a); ", "x=(${x[@]} ${x[@]}); ", 27, "rm ${x[@]}"),
    (Shell::Fish, "set x a b; ", "set x $x$x; ", 27, "rm $x"),
    (Shell::Bash, "x=a; ", "x=$(printf %s%s $x $x); ", 27, "eval $x"),
    (Shell::Bash, "echo a > f; ", "cat f f > g; cat g g > f; ", 14, "sh f"),
    (Shell::Bash, "rm ", "{a,b}", 27, ""),
    (Shell::Bash, "cd a; ", "cd $PWD/$PWD; ", 27, "rm *"),
    (Shell::Fish, "", "cd $PWD/$PWD; ", 27, "rm *"),
    (Shell::Bash, "", "cd a/b/c; ", 1500, "rm *"),
    (Shell::Bash, "f() { f $1$1; f $1$1; }; f a", "", 1, ""),
    (Shell::Bash, "case aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa in ", "*a", 27, "b) rm x;; esac"),
    (Shell::Bash, "python3 -c 'x=\"a\"; ", "x=x+x; ", 27, "'"),
    (Shell::Bash, "python3 -c 'x=\"a\"; ", "x=join(x,x,x); ", 27, "'"),
    (Shell::Bash, "python3 -c 'x=\"a\"; ", "x=listdir(x+x); ", 27, "'"),
    (Shell::Bash, "python3 -c '", "for x in x+x: ", 27, "'"),
    (Shell::Bash, "perl -e '$x=\"a\"; ", "$x=$x.$x; ", 27, "'"),
    (Shell::Bash, "node -e 'x=\"a\"; ", "x = x + x; ", 27, "exec(x)'"),
    (Shell::Bash, "awk 'BEGIN { x=\"a\"; ", "x = x x; ", 27, "system(x) }'"),
    (Shell::Bash, "python3 -c '", "a=", 3000, "1'"),
    (Shell::Bash, "python3 -c '", "a=join(", 2000, "1'"),
    (Shell::Bash, "perl -e '", "system(", 2000, "1'"),
];

#[test]
fn nothing_grows_without_bound() {
    for (shell, start, again, times, end) in BOMBS {
        let started = Instant::now();
        check(&format!("{start}{}{end}", again.repeat(*times)), *shell);
        let taken = started.elapsed();
        assert!(taken < Duration::from_secs(2), "{taken:?} for {start}{again}…{end}, {times} times");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_judged(text in any::<String>()) {
        judge(&text);
    }

    #[test]
    fn any_tokens_are_judged(text in soup()) {
        judge(&text);
    }

    #[test]
    fn any_pieces_of_commands_are_judged(text in splice()) {
        judge(&text);
    }
}
