//! Settings that make git run something: an alias, a pager, a helper, hooks.

use super::git::HOOK;
use crate::safety::Level;
use crate::safety::target::Place;
use crate::safety::value::{Flow, Taint, Value};
use crate::safety::walk::Walker;
use crate::shell::Shell;

/// Judges a setting that makes git run something: an alias, a pager, a helper, a folder of hooks.
pub fn setting_runs(walker: &mut Walker<'_>, name: &str, value: &Value, now: bool) {
    let lower = name.to_ascii_lowercase();
    let text = value.text.trim();
    let known = [
        "vim",
        "vi",
        "nvim",
        "nano",
        "emacs",
        "code",
        "code --wait",
        "subl",
        "less",
        "cat",
        "delta",
        "more",
        "most",
        "ssh",
        "osxkeychain",
        "cache",
        "store",
        "manager",
        "libsecret",
        "wincred",
        "true",
        "false",
        "diff-so-fancy",
        "bat",
        "micro",
        "hx",
        "manager-core",
        "gpg",
        "gpg2",
        ":",
    ];
    if known.contains(&text)
        || text.is_empty()
        || known
            .iter()
            .any(|tool| text.starts_with(&format!("{tool} ")) && !text.contains([';', '|', '&', '`', '$', '!']))
    {
        return;
    }
    if let Some(command) = text.strip_prefix('!') {
        if lower.starts_with("alias.") || lower.contains("helper") {
            let before = walker.findings.len();
            let env = walker.env.clone();
            // A helper is told the password on its input.
            let outer =
                walker.stdin.replace(Flow::of(if lower.contains("helper") { Taint::SECRET } else { Taint::LOCAL }));
            walker.run_text(&value.with_text(command), Shell::Bash);
            walker.stdin = outer;
            walker.env = env;
            if lower.contains("helper") && walker.findings.len() == before {
                walker.note(&HOOK, Level::Caution, value.span, format!("makes git run {}", value.shown()));
            }
        }
        return;
    }
    if lower.starts_with("alias.") && !now {
        let text = value.with_text(format!("git {text}"));
        let before = walker.findings.len();
        walker.run_text(&text, Shell::Bash);
        // An alias for something careless is a choice, not yet the deed.
        walker.findings[before..].iter_mut().for_each(|finding| finding.level = finding.level.min(Level::Caution));
        return;
    }
    let runs = [
        "core.pager",
        "core.editor",
        "core.sshcommand",
        "core.fsmonitor",
        "core.gitproxy",
        "core.askpass",
        "sequence.editor",
        "credential.helper",
        "diff.external",
        "gpg.program",
        "uploadpack.packobjectshook",
    ];
    let ends = lower.starts_with("pager.")
        || lower.ends_with(".textconv")
        || lower.ends_with(".command")
        || lower.ends_with(".cmd")
        || lower.ends_with(".clean")
        || lower.ends_with(".smudge")
        || lower.ends_with(".driver");
    if lower == "core.hookspath" {
        let place = walker.target(value).place;
        let level = if place == Place::Tmp || text.starts_with("/dev/shm") { Level::Danger } else { Level::Caution };
        walker.note(&HOOK, level, value.span, format!("makes git run the programs in {}", value.shown()));
    } else if runs.contains(&lower.as_str()) || ends {
        if now {
            walker.run_text(value, Shell::Bash);
        }
        let before = walker.findings.len();
        if !now {
            let env = walker.env.clone();
            walker.run_text(value, Shell::Bash);
            walker.env = env;
        }
        if walker.findings.len() == before {
            walker.note(&HOOK, Level::Caution, value.span, format!("makes git run {}", value.shown()));
        }
    } else if lower == "http.sslverify" && matches!(text, "false" | "0") {
        walker.note(&HOOK, Level::Caution, value.span, "stops checking who the server is");
    }
}
