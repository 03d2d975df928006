//! Variables and functions that other programs, or the shell itself, run later without being asked.

use crate::safety::Level;
use crate::safety::ast::Span;
use crate::safety::rules::effects as rule;
use crate::safety::value::{Taint, Value};
use crate::safety::walk::Walker;
use crate::shell::Shell;

/// Variables that hold a command which some program runs.
const COMMANDS: &[&str] = &[
    "PROMPT_COMMAND",
    "PAGER",
    "MANPAGER",
    "EDITOR",
    "VISUAL",
    "SUDO_EDITOR",
    "FCEDIT",
    "GIT_SSH_COMMAND",
    "GIT_SSH",
    "GIT_EDITOR",
    "GIT_SEQUENCE_EDITOR",
    "GIT_PAGER",
    "GIT_EXTERNAL_DIFF",
    "GIT_ASKPASS",
    "GIT_PROXY_COMMAND",
    "SSH_ASKPASS",
    "SUDO_ASKPASS",
    "LESSOPEN",
    "LESSCLOSE",
    "BROWSER",
    "RSYNC_RSH",
    "CVS_RSH",
    "SVN_SSH",
    "SVN_EDITOR",
    "HGEDITOR",
    "PSQL_EDITOR",
    "PSQL_PAGER",
    "SYSTEMD_PAGER",
    "AWS_PAGER",
    "GH_PAGER",
    "GH_EDITOR",
    "BAT_PAGER",
    "KUBE_EDITOR",
    "CRONTAB_EDITOR",
    "TEXEDIT",
    "MAILCHECK_COMMAND",
    "RCLONE_PASSWORD_COMMAND",
    "RESTIC_PASSWORD_COMMAND",
    "BORG_RSH",
    "BORG_PASSCOMMAND",
    "FZF_DEFAULT_COMMAND",
    "FZF_CTRL_T_COMMAND",
    "DELTA_PAGER",
    "TAR_COMPRESS",
    "XARGS_SHELL",
    "CARGO_BUILD_RUSTC_WRAPPER",
    "RUSTC_WRAPPER",
    "npm_config_script_shell",
];

/// Prompts: text in which the shell runs substitutions.
const PROMPTS: &[&str] = &["PS0", "PS1", "PS2", "PS3", "PS4", "PROMPT", "RPROMPT", "RPS1", "PROMPT2", "SPROMPT"];

/// Libraries and files that every program, or every shell, loads.
const LOADED: &[&str] = &[
    "LD_PRELOAD",
    "LD_AUDIT",
    "DYLD_INSERT_LIBRARIES",
    "BASH_ENV",
    "ENV",
    "ZDOTDIR",
    "PYTHONSTARTUP",
    "PERL5DB",
    "PERL5OPT",
    "RUBYOPT",
    "NODE_OPTIONS",
    "JAVA_TOOL_OPTIONS",
    "_JAVA_OPTIONS",
];

/// Functions that a shell calls by itself.
pub fn is_hook(name: &str) -> bool {
    name.starts_with("TRAP")
        || matches!(
            name,
            "precmd"
                | "preexec"
                | "chpwd"
                | "periodic"
                | "zshexit"
                | "zshaddhistory"
                | "command_not_found_handler"
                | "command_not_found_handle"
                | "prompt_command"
                | "fish_prompt"
                | "fish_right_prompt"
                | "fish_greeting"
                | "fish_command_not_found"
                | "fish_title"
                | "fish_mode_prompt"
                | "fish_exit"
                | "fish_postexec"
                | "fish_preexec"
                | "fish_user_key_bindings"
        )
}

impl Walker<'_> {
    /// Judges a variable that makes programs run something else.
    pub fn hijacked(&mut self, name: &str, value: &Value) {
        let text = value.text.as_str();
        if text.is_empty() {
            return;
        }
        let named = || format!("makes other programs run what `{name}` names");
        if LOADED.contains(&name) {
            let content = self.content(value);
            let foreign = value.text.starts_with("/tmp/")
                || value.text.starts_with("/dev/shm/")
                || (value.taint | content.taint).has(Taint::NETWORK | Taint::DECODED);
            let library = matches!(name, "LD_PRELOAD" | "LD_AUDIT" | "DYLD_INSERT_LIBRARIES" | "BASH_ENV");
            if foreign && name != "ZDOTDIR" || library {
                self.note(&rule::HIJACK, if foreign { Level::Danger } else { Level::Caution }, value.span, named());
            }
            if name == "BASH_ENV" {
                self.run_file(value, Shell::Bash, &[]);
            }
            if matches!(name, "PERL5OPT" | "PERL5DB" | "RUBYOPT") && text.contains("system") {
                self.note(&rule::HIJACK, Level::Danger, value.span, named());
            }
        } else if COMMANDS.contains(&name) && (text.contains([' ', ';', '|', '$', '`']) || text.starts_with("/tmp/")) {
            if text.starts_with("/tmp/") {
                self.note(&rule::HIJACK, Level::Danger, value.span, named());
            }
            self.later(value, self.shell);
        } else if PROMPTS.contains(&name) && (text.contains("$(") || text.contains('`')) {
            let words = value.with_text(format!(": \"{}\"", text.replace('"', "")));
            self.later(&words, self.shell);
        } else if name == "PATH" && (text.starts_with("/tmp") || text.starts_with(".:")) {
            self.note(&rule::HIJACK, Level::Caution, value.span, "looks for programs first where others may put them");
        }
    }

    /// Text that some program runs at its time: only what is grave in it counts, and nothing of it happens here.
    pub fn later(&mut self, text: &Value, shell: Shell) {
        let first = self.findings.len();
        let env = self.env.clone();
        let complete = self.complete;
        self.run_text(text, shell);
        self.complete = complete;
        self.env = env;
        let mut at = 0;
        self.findings.retain(|finding| {
            at += 1;
            at <= first || finding.level >= Level::Danger
        });
    }

    /// Judges an assignment to a file, with zsh's `mapfile` module.
    pub fn mapped_file(&mut self, path: &Value, span: Span) {
        let path = Value { span, ..path.clone() };
        self.write(&path, crate::safety::judge::Write::Replace, &crate::safety::value::Flow::empty());
    }
}
