//! The command line tools of forges: `gh`, `glab`.

use super::{Utility, does, effects};
use crate::safety::Level::{self};
use crate::safety::call::Call;
use crate::safety::value::{Flow, Taint, Value};
use crate::safety::walk::Walker;

pub const UTILITIES: &[Utility] = &[does(
    "gh glab tea",
    "-R --repo -H --header -f -F -X --method -q --jq -t --title -b --body --field --raw-field -d --description \
            -m --input --hostname --template",
    forge,
)];

fn forge(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let args = &call.args;
    let (noun, verb) = (args.operand(0).unwrap_or(""), args.operand(1).unwrap_or(""));
    match (noun, verb) {
        ("repo" | "project", "delete") => {
            walker.note(&super::data::DROP, Level::Danger, call.span, "deletes a whole repository with its issues")
        }
        ("repo", "archive")
        | ("repo", "rename")
        | (
            "release" | "issue" | "secret" | "variable" | "label" | "gist" | "run" | "cache" | "codespace" | "ssh-key"
            | "gpg-key" | "workflow" | "snippet",
            "delete" | "remove" | "cancel" | "disable",
        ) => {
            walker.note(&super::data::REMOVE, Level::Caution, call.span, format!("{verb}s a {noun}"));
        }
        ("repo", "edit") if args.value(&["--visibility"]) == Some("public") => {
            walker.note(&effects::SEND_SECRET, Level::Danger, call.span, "makes a repository public");
        }
        ("gist", "create") | ("snippet", "create") => {
            if let Some(stdin) = walker.stdin.clone() {
                walker.send(&stdin, call.span, "a gist");
            }
            for file in args.operands.iter().skip(2) {
                let flow = walker.content(file);
                walker.send(&flow, file.span, "a gist");
            }
        }
        ("auth", "token") => return Flow::of(Taint::SECRET),
        ("api", _) => {
            if args.value(&["-X", "--method"]).is_some_and(|method| method.eq_ignore_ascii_case("DELETE")) {
                let whole = args
                    .operands
                    .iter()
                    .any(|path| path.text.trim_matches('/').split('/').count() == 3 && path.text.contains("repos/"));
                let (rule, level) =
                    if whole { (&super::data::DROP, Level::Danger) } else { (&super::data::REMOVE, Level::Caution) };
                walker.note(rule, level, call.span, "deletes over the API");
            }
            return Flow::of(Taint::NETWORK);
        }
        ("release", "download") | ("gist", "view") | ("run", "download") | ("repo", "view") => {
            return Flow::of(Taint::NETWORK);
        }
        ("repo", "clone") => {
            if let Some(name) = args.operand(2) {
                let folder = name.rsplit('/').next().unwrap_or("").to_string();
                walker.remember_folder(&Value::new(folder, call.span), Flow::of(Taint::NETWORK), false);
            }
        }
        ("extension" | "ext", "install") => {
            walker.note(&effects::RUN_FOREIGN, Level::Caution, call.span, "installs a program from a repository")
        }
        _ => {}
    }
    Flow::local()
}
