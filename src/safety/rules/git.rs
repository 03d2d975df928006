//! Version control: what throws work or history away, and what runs code.

use super::git_settings::setting_runs;
use super::{Act, Rule, Utility, does, effects, posix, verb, verb_with};
use crate::safety::Level::{self, Caution, Danger, Safe};
use crate::safety::ast::Span;
use crate::safety::call::Call;
use crate::safety::judge::{Delete, Write};
use crate::safety::options::{Args, Grammar, Style};
use crate::safety::run::as_word;
use crate::safety::target::Place;
use crate::safety::value::{DEEP, Flow, HERE, NAME, Taint, Value, has_glob};
use crate::safety::walk::Walker;
use crate::shell::Shell;

pub const RULES: &[&Rule] = &[&DISCARD, &HISTORY, &HOOK];

pub static DISCARD: Rule = Rule {
    id: "git-discard",
    summary: "throws away work, or forces a branch",
    hint: Some("keep the work first: `git stash -u`, or a branch; `--force-with-lease` instead of `--force`"),
    hits: &[
        (Caution, "git reset --hard"),
        (Caution, "git reset HEAD~1 --hard"),
        (Caution, "git clean -fdx"),
        (Caution, "git clean -d -f"),
        (Caution, "git push --force"),
        (Caution, "git push -f origin main"),
        (Caution, "git branch -D old"),
        (Caution, "git checkout -- ."),
        (Caution, "git stash drop"),
        (Caution, "git push origin +main"),
        (Caution, "git push origin --delete old"),
        (Caution, "git -C app restore ."),
    ],
    near: &[
        (Safe, "git push origin fix-f"),
        (Safe, "git branch fix-f"),
        (Safe, "git reset HEAD file"),
        (Safe, "git clean -n"),
        (Safe, "git checkout main"),
        (Safe, "git commit -m 'reset --hard'"),
        (Safe, "git stash"),
        (Safe, "git branch -d merged"),
        (Safe, "git log --oneline"),
    ],
};

pub static HISTORY: Rule = Rule {
    id: "git-history",
    summary: "destroys history for good",
    hint: Some("keep a copy of the repository: `git clone --mirror`"),
    hits: &[
        (Danger, "git reflog expire --expire=now --all"),
        (Danger, "git filter-branch --tree-filter 'rm x' HEAD"),
        (Danger, "git push --mirror --force"),
        (Danger, "git update-ref -d refs/heads/main"),
        (Danger, "git gc --prune=now --aggressive && git reflog expire --expire-unreachable=now --all"),
    ],
    near: &[(Safe, "git reflog"), (Safe, "git gc"), (Safe, "git show-ref")],
};

pub static HOOK: Rule = Rule {
    id: "git-hook",
    summary: "makes git run a program",
    hint: None,
    hits: &[(Caution, "git config --global core.pager './x.sh'"), (Danger, "git config core.hooksPath /tmp/hooks")],
    near: &[
        (Safe, "git config user.name Ana"),
        (Safe, "git -c color.ui=always log"),
        (Safe, "git config --global core.editor vim"),
    ],
};

pub const UTILITIES: &[Utility] = &[
    Utility {
        names: "git hub",
        grammar: posix("-C -c --git-dir --work-tree --namespace --super-prefix --config-env --exec-path?"),
        act: Act::Do(git),
        verbs: &[],
    },
    does("git-filter-repo bfg", "--path --strip-blobs-bigger-than", rewrite),
    verbs!(
        "hg sl",
        "-R -r --config -m",
        &[
            verb("strip|rollback", Danger, &HISTORY, "takes history away"),
            verb_with("update|up|co|checkout", "-C --clean", Caution, &DISCARD, "throws away what is not committed"),
            verb("purge|revert", Caution, &DISCARD, "throws away what is not committed"),
            verb_with("push", "-f --force", Caution, &DISCARD, "forces a push"),
        ]
    ),
    verbs!(
        "svn",
        "-m -r --username --password",
        &[verb(
            "revert|cleanup|delete|rm|remove",
            Caution,
            &DISCARD,
            "throws away what is not committed, or deletes {}"
        ),]
    ),
    verbs!(
        "jj",
        "-R -r -m",
        &[
            verb("abandon|restore", Caution, &DISCARD, "throws work away"),
            verb_with("op", "abandon", Danger, &HISTORY, "takes history away"),
        ]
    ),
    verbs!(
        "p4",
        "-c -u",
        &[
            verb("obliterate", Danger, &HISTORY, "destroys history"),
            verb("revert|delete|clean", Caution, &DISCARD, "throws work away")
        ]
    ),
    verbs!("pre-commit-uninstall lazygit tig gitk gitui delta difft", "", &[]),
];

fn rewrite(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if !call.args.has(&["--dry-run", "--analyze"]) {
        walker.note(&HISTORY, Level::Danger, call.span, "rewrites the whole history");
    }
    Flow::local()
}

const VALUES: &str = "-m -F -C -c -b -B -o -u -s -S? -n -X -t -L -G -j -x --message --file --author --date --exec \
    --depth --branch --origin --reference --template --upload-pack \
                      --receive-pack --format? --pretty? --since --until --after --before --grep --onto --strategy --source --expire --max-count --orphan --track? --output --pathspec-from-file -O --index-filter --tree-filter --msg-filter --env-filter --commit-filter --tag-name-filter --parent-filter";

fn git(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    for setting in call.args.values(&["-c"]) {
        if let Some((name, text)) = setting.text.split_once('=') {
            setting_runs(walker, name, &setting.with_text(text), true);
        }
    }
    let words = call.words();
    let Some(rest) = words.get(call.args.first..).filter(|rest| !rest.is_empty()) else { return Flow::local() };
    let verb = rest[0].text.clone();
    // An alias given on the same line: `git -c alias.x='!cmd' x`.
    for setting in call.args.values(&["-c"]) {
        if let Some((name, text)) = setting.text.split_once('=')
            && name.strip_prefix("alias.") == Some(verb.as_str())
            && !text.starts_with('!')
        {
            let text = setting.with_text(format!(
                "git {text} {}",
                rest[1..].iter().map(|word| as_word(word, Shell::Bash)).collect::<Vec<_>>().join(" ")
            ));
            walker.run_text(&text, Shell::Bash);
        }
    }
    let short_n =
        matches!(verb.as_str(), "clean" | "push" | "rm" | "mv" | "add" | "fetch" | "commit" | "stash" | "prune");
    let values = if short_n { const_without_n() } else { VALUES };
    let args = Args::read(&rest[1..], Grammar { style: Style::Gnu, values });
    let outer = walker.env.cwd.clone();
    if let Some(folder) = call.args.values(&["-C"]).last() {
        walker.enter(folder);
    }
    let flow = GitCall { walker, args, verb: &verb, rest, span: call.span }.judge();
    walker.env.cwd = outer;
    flow
}

/// The options with values of verbs whose `-n` is a dry run, or takes nothing.
const fn const_without_n() -> &'static str {
    "-m -F -C -c -o -u -e -s --message --file --author --date --exclude --repo --receive-pack --push-option \
        --expire --depth --upload-pack --pathspec-from-file"
}

/// A git command with its own options read.
struct GitCall<'w, 'f, 'a> {
    walker: &'w mut Walker<'f>,
    args: Args<'a>,
    verb: &'a str,
    rest: &'a [Value],
    span: Span,
}

impl GitCall<'_, '_, '_> {
    fn note(&mut self, rule: &'static Rule, level: Level, reason: &str) {
        self.walker.note(rule, level, self.span, reason);
    }

    fn has(&self, names: &[&str]) -> bool {
        self.args.has(names)
    }

    fn first(&self) -> &str {
        self.args.operand(0).unwrap_or("")
    }

    fn judge(mut self) -> Flow {
        if self.has(&["--dry-run", "--help"])
            || (self.has(&["-n"]) && matches!(self.verb, "clean" | "push" | "rm" | "mv" | "add" | "fetch" | "prune"))
        {
            return Flow::local();
        }
        match self.verb {
            "reset" if self.has(&["--hard"]) => {
                self.note(&DISCARD, Caution, "throws away what is not committed, and the commits after the one named")
            }
            "reset" if self.has(&["--merge", "--keep"]) => {
                self.note(&DISCARD, Caution, "throws away what is not committed")
            }
            "clean" => self.clean(),
            "push" => self.push(),
            "branch" => self.branch(),
            "tag" if self.has(&["-d", "--delete"]) => self.note(&DISCARD, Caution, "deletes a tag"),
            "tag" if self.has(&["-f", "--force"]) => self.note(&DISCARD, Caution, "moves a tag"),
            "checkout" => self.checkout(),
            "restore" if !self.has(&["--staged", "-S"]) || self.has(&["--worktree", "-W"]) => {
                self.note(&DISCARD, Caution, "throws away what is not committed")
            }
            "switch" if self.has(&["-f", "--force", "--discard-changes"]) => {
                self.note(&DISCARD, Caution, "throws away what is not committed")
            }
            "switch" if self.has(&["-C", "--force-create"]) => self.note(&DISCARD, Caution, "moves a branch"),
            "stash" => match self.first() {
                "clear" => self.note(&DISCARD, Caution, "throws away everything stashed"),
                "drop" => self.note(&DISCARD, Caution, "throws away stashed work"),
                _ => {}
            },
            "rm" => self.remove(),
            "filter-repo" if self.has(&["--analyze"]) => {}
            "filter-branch" | "filter-repo" => {
                for text in self.args.values(&[
                    "--tree-filter",
                    "--index-filter",
                    "--msg-filter",
                    "--env-filter",
                    "--commit-filter",
                    "--tag-name-filter",
                    "--parent-filter",
                ]) {
                    self.walker.run_text(&text, Shell::Bash);
                }
                self.note(&HISTORY, Danger, "rewrites the whole history");
            }
            "reflog" if matches!(self.first(), "expire") => {
                let now =
                    self.args.options.iter().any(|option| {
                        option.value.is_some_and(|value| matches!(value, "now" | "all" | "0" | "0.seconds"))
                    });
                self.note(
                    &HISTORY,
                    if now { Danger } else { Caution },
                    "forgets where branches were, so lost commits cannot be found again",
                );
            }
            "reflog" if self.first() == "delete" => self.note(&HISTORY, Caution, "forgets where a branch was"),
            "gc" | "prune" => {
                let now = self
                    .args
                    .options
                    .iter()
                    .any(|option| option.value.is_some_and(|value| matches!(value, "now" | "all" | "0")));
                if now {
                    self.note(&DISCARD, Caution, "deletes commits that no branch holds");
                }
            }
            "update-ref" if self.has(&["-d", "--stdin"]) => {
                self.note(&HISTORY, Danger, "deletes a branch or another ref for good")
            }
            "replace" | "fast-import" => self.note(&HISTORY, Caution, "changes history"),
            "rebase" => {
                for text in self.args.values(&["-x", "--exec"]) {
                    self.walker.run_text(&text, Shell::Bash);
                }
                let back =
                    self.has(&["--continue", "--abort", "--skip", "--quit", "--show-current-patch", "--edit-todo"]);
                if self.has(&["--root"]) && !back {
                    self.note(&DISCARD, Caution, "rewrites every commit");
                }
            }
            "bisect" if self.first() == "run" => {
                let rest = self.rest[2..].to_vec();
                self.walker.call(&rest, self.span);
            }
            "submodule" => {
                if self.first() == "foreach" {
                    let rest: Vec<Value> = self.args.operands[1..].iter().map(|value| (*value).clone()).collect();
                    let text = self.walker.joined_words(&rest);
                    self.walker.run_text(&text, Shell::Bash);
                }
                if self.first() == "deinit" && self.has(&["-f", "--force"]) {
                    self.note(&DISCARD, Caution, "throws away a submodule's work tree");
                }
            }
            "worktree" if self.first() == "remove" && self.has(&["-f", "--force"]) => {
                self.note(&DISCARD, Caution, "throws away a work tree")
            }
            "worktree" if self.first() == "remove" => self.note(&DISCARD, Caution, "removes a work tree"),
            "remote" if matches!(self.first(), "remove" | "rm") => self.note(&DISCARD, Caution, "forgets a remote"),
            "commit" if self.has(&["--amend"]) => {}
            "config" => self.config(),
            "clone" => return self.clone_from(),
            "fetch" | "pull" | "ls-remote" => {
                for text in self.args.values(&["--upload-pack"]) {
                    self.walker.run_text(&text, Shell::Bash);
                }
                self.run_addresses();
                if self.has(&["-f", "--force"]) && self.verb == "pull" {
                    self.note(&DISCARD, Caution, "forces branches to what the remote has");
                }
            }
            "grep" => {
                for text in self.args.values(&["-O", "--open-files-in-pager"]) {
                    self.walker.run_text(&text, Shell::Bash);
                }
            }
            "ls-files" => return self.listed(),
            "rev-parse" if self.has(&["--show-toplevel"]) => {
                return Flow { text: Some(format!("{HERE}\n")), taint: Taint::NONE };
            }
            "rev-parse" | "describe" | "symbolic-ref" | "merge-base" | "rev-list" => {
                return Flow { text: Some(format!("{NAME}\n")), taint: Taint::NONE };
            }
            "lfs" if self.first() == "prune" => self.note(&DISCARD, Caution, "deletes large files kept here"),
            "credential" | "credential-store" => return Flow::of(Taint::SECRET),
            "archive" => {
                for out in self.args.values(&["-o", "--output"]) {
                    self.walker.write(&out, Write::Place, &Flow::local());
                }
            }
            "apply" if !self.has(&["--check", "--stat", "--numstat", "--abort"]) => {
                self.note(&effects::WRITE, Caution, "changes files as the patch says")
            }
            "diff" | "log" | "show" => {
                for out in self.args.values(&["--output"]) {
                    self.walker.write(&out, Write::Replace, &Flow::local());
                }
                if self.has(&["--name-only"]) {
                    return Flow { text: Some(format!("{HERE}/{DEEP}/{NAME}\n")), taint: Taint::NONE };
                }
            }
            _ => {}
        }
        Flow::local()
    }

    /// An address may be a command: `ext::sh -c …`.
    fn run_addresses(&mut self) {
        for operand in self.args.operands.clone() {
            if let Some(command) = operand.text.strip_prefix("ext::") {
                self.walker.run_text(&operand.with_text(command), Shell::Bash);
            }
        }
    }

    fn clean(&mut self) {
        if self.has(&["-f", "--force"]) {
            self.note(&DISCARD, Caution, "deletes every file git does not know");
        }
    }

    fn push(&mut self) {
        let forced = self.has(&["-f", "--force"]);
        let lease = self.args.options.iter().any(
            |option| matches!(option.name, crate::safety::options::Name::Long(name) if name.starts_with("force-")),
        );
        let plus = self.args.operands.iter().any(|operand| operand.text.starts_with('+'));
        let deletes = self.has(&["-d", "--delete", "--prune"])
            || self.args.operands.iter().skip(1).any(|operand| operand.text.starts_with(':'));
        let all = self.args.operands.iter().any(|operand| has_glob(&operand.text));
        if self.has(&["--mirror"]) {
            self.note(&HISTORY, Danger, "makes the remote an exact copy: branches it alone has are gone");
        } else if forced && self.has(&["--all", "--tags"]) || deletes && all {
            self.note(&HISTORY, Danger, "overwrites or deletes every branch of the remote");
        } else if forced || plus {
            self.note(&DISCARD, Caution, "overwrites the remote branch, with the commits others put there");
        } else if lease {
            self.note(&DISCARD, Caution, "overwrites the remote branch if nobody else has changed it");
        } else if deletes {
            self.note(&DISCARD, Caution, "deletes a branch or tag of the remote");
        }
        self.run_addresses();
        for text in self.args.values(&["--receive-pack"]) {
            self.walker.run_text(&text, Shell::Bash);
        }
    }

    fn branch(&mut self) {
        let deletes = self.has(&["-D"]) || self.has(&["-d", "--delete"]) && self.has(&["-f", "--force"]);
        if deletes {
            let many = self.args.operands.iter().any(|operand| has_glob(&operand.text));
            self.note(
                &DISCARD,
                Caution,
                if many { "deletes branches, merged or not" } else { "deletes a branch, merged or not" },
            );
        } else if self.has(&["-M", "-C"]) && self.args.operands.len() > 1 || self.has(&["-f", "--force"]) {
            self.note(&DISCARD, Caution, "moves a branch, or writes over one");
        }
    }

    fn checkout(&mut self) {
        let dashes = self.rest.iter().position(|word| word.text == "--");
        let paths = dashes.is_some_and(|at| at + 1 < self.rest.len());
        let here = self
            .args
            .operands
            .iter()
            .any(|operand| matches!(operand.text.as_str(), "." | "*") || has_glob(&operand.text));
        if self.has(&["-f", "--force"]) || paths || here {
            self.note(&DISCARD, Caution, "throws away what is not committed");
        } else if self.has(&["-B"]) {
            self.note(&DISCARD, Caution, "moves a branch");
        }
    }

    fn remove(&mut self) {
        if self.has(&["--cached"]) {
            return;
        }
        let tree = self.has(&["-r"]);
        for operand in self.args.operands.clone() {
            let target = self.walker.target(operand);
            if matches!(target.place, Place::Here | Place::Scoped | Place::Unknown) {
                self.walker.note(
                    &effects::DELETE,
                    Caution,
                    operand.span,
                    format!("deletes {}, here and in the next commit", target.path.shown(self.walker.facts)),
                );
            } else {
                self.walker.delete(operand, if tree { Delete::Trees } else { Delete::Files });
            }
        }
    }

    fn config(&mut self) {
        if self.has(&["-l", "--list", "--get", "--get-all", "--get-regexp"]) {
            return;
        }
        if self.has(&["--unset", "--unset-all", "--remove-section"]) {
            return;
        }
        let skip = usize::from(matches!(self.first(), "set"));
        if let (Some(name), Some(value)) = (self.args.operands.get(skip), self.args.operands.get(skip + 1)) {
            let (name, value) = (name.text.clone(), (*value).clone());
            setting_runs(self.walker, &name, &value, false);
        }
    }

    fn clone_from(&mut self) -> Flow {
        for text in self.args.values(&["-u", "--upload-pack"]) {
            self.walker.run_text(&text, Shell::Bash);
        }
        for setting in self.args.values(&["-c", "--config"]) {
            if let Some((name, text)) = setting.text.split_once('=') {
                setting_runs(self.walker, name, &setting.with_text(text), true);
            }
        }
        let Some(url) = self.args.operands.first().map(|url| (*url).clone()) else { return Flow::local() };
        if let Some(command) = url.text.strip_prefix("ext::") {
            self.walker.run_text(&url.with_text(command), Shell::Bash);
        }
        let name =
            url.text.trim_end_matches('/').trim_end_matches(".git").rsplit(['/', ':']).next().unwrap_or("").to_string();
        let folder = self.args.operands.get(1).map_or_else(|| url.with_text(name), |folder| (*folder).clone());
        let foreign = url.text.contains(':') || url.text.contains('@');
        if foreign {
            self.walker.remember_folder(&folder, Flow::of(Taint::NETWORK), false);
        }
        Flow::local()
    }

    fn listed(&mut self) -> Flow {
        let some =
            self.has(&["-o", "--others", "-d", "--deleted", "-m", "--modified", "-i", "--ignored", "-u", "--unmerged"]);
        let mut text = String::new();
        match self.args.operands.as_slice() {
            [] if some => text.push_str(&format!("{HERE}/{DEEP}/{NAME}\n")),
            [] => text.push_str(&format!("{HERE}/{DEEP}\n")),
            operands => {
                for operand in operands {
                    text.push_str(&crate::safety::fold::globbed(&operand.text));
                    text.push('\n');
                }
            }
        }
        Flow { text: Some(text), taint: Taint::NONE }
    }
}
