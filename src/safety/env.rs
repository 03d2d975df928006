//! What a line has set up so far: variables, functions, aliases, files it wrote, the directory it is in.

use crate::safety::ast::Command;
use crate::safety::value::{FILLED, Flow, HERE, HOME, NAME, Taint, UNKNOWN, Value};
use std::rc::Rc;

/// A variable.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Var {
    /// One, or the elements of an array, or the values it may have.
    pub values: Vec<String>,
    pub taint: Taint,
    pub kind: VarKind,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum VarKind {
    #[default]
    Scalar,
    Array,
    /// One of the values, nobody knows which.
    Either,
    /// `declare -n`: the name of another.
    Reference,
}

impl Var {
    /// Makes a scalar.
    pub fn scalar(value: Value) -> Var {
        Var { values: vec![value.text], taint: value.taint, kind: VarKind::Scalar }
    }

    /// Makes an array.
    pub fn array(values: Vec<Value>) -> Var {
        let taint = values.iter().fold(Taint::NONE, |taint, value| taint | value.taint);
        Var { values: values.into_iter().map(|value| value.text).collect(), taint, kind: VarKind::Array }
    }

    /// Makes a variable that is one or the other.
    fn either(self, other: Var) -> Var {
        if self == other {
            return self;
        }
        let mut values = self.values;
        values.extend(other.values);
        values.sort();
        values.dedup();
        values.truncate(16);
        Var { values, taint: self.taint | other.taint, kind: VarKind::Either }
    }
}

/// A file or a folder the line has made or filled.
#[derive(Debug, Clone, PartialEq)]
pub struct File {
    /// As `Path::text` writes it.
    pub path: String,
    /// What was written.
    pub content: Flow,
    /// The line made it, so the line may take it away.
    pub scratch: bool,
    /// Everything below it too.
    pub folder: bool,
}

/// Where a function's body or an alias's text is kept.
#[derive(Debug, Clone)]
pub enum Definition {
    Function(Rc<Command>),
    Alias(Value),
}

#[derive(Debug, Clone)]
pub struct Env {
    vars: Vec<(String, Var)>,
    pub definitions: Vec<(String, Definition)>,
    pub files: Vec<File>,
    /// The directory, as text with marks.
    pub cwd: String,
    /// `$1` and on; nothing when unknown.
    pub positional: Option<Vec<Value>>,
    /// What descriptors above 2 read from.
    pub descriptors: Vec<(u32, Flow)>,
}

impl Default for Env {
    fn default() -> Self {
        Env {
            vars: Vec::new(),
            definitions: Vec::new(),
            files: Vec::new(),
            cwd: HERE.to_string(),
            positional: None,
            descriptors: Vec::new(),
        }
    }
}

/// Files and folders remembered.
const FILES: usize = 256;

/// The longest value a variable keeps.
const LIMIT: usize = 32 * 1024;

/// Variables that hold the marks of [`Env::spelled`].
const SPELLED: [(&str, char); 3] = [("caro_unknown_", UNKNOWN), ("caro_filled_", FILLED), ("caro_name_", NAME)];

impl Env {
    /// Returns a variable: set in the line, or one whose value is known or half known everywhere.
    pub fn get(&self, name: &str) -> Option<Var> {
        if let Some((_, var)) = self.vars.iter().rev().find(|(known, _)| known == name) {
            return Some(var.clone());
        }
        let text = match name {
            "HOME" => HOME.to_string(),
            "PWD" => self.cwd.clone(),
            "TMPDIR" | "TMP" | "TEMP" => "/tmp".into(),
            "IFS" => " \t\n".into(),
            "PATH" => "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin".into(),
            "SHELL" | "BASH" => "/bin/bash".into(),
            "EDITOR" | "VISUAL" | "SUDO_EDITOR" => "vi".into(),
            "PAGER" | "MANPAGER" => "less".into(),
            "BROWSER" => "firefox".into(),
            "XDG_CONFIG_HOME" | "ZDOTDIR" | "__fish_config_dir" => format!("{HOME}/.config"),
            "XDG_CACHE_HOME" => format!("{HOME}/.cache"),
            "XDG_DATA_HOME" => format!("{HOME}/.local/share"),
            "XDG_STATE_HOME" => format!("{HOME}/.local/state"),
            "XDG_RUNTIME_DIR" => format!("/run/user/{NAME}"),
            "CARGO_HOME" => format!("{HOME}/.cargo"),
            "USER" | "LOGNAME" | "USERNAME" | "UID" | "EUID" | "GID" | "RANDOM" | "SRANDOM" | "SECONDS"
            | "EPOCHSECONDS" | "PPID" | "BASHPID" | "LINENO" | "HOSTNAME" | "HOST" | "HOSTTYPE" | "OSTYPE"
            | "MACHTYPE" | "COLUMNS" | "LINES" | "SHLVL" | "$" | "!" | "?" | "#" | "status" | "pipestatus"
            | "fish_pid" | "last_pid" | "hostname" | "version" | "BASH_VERSION" | "ZSH_VERSION" => NAME.to_string(),
            "-" => NAME.to_string(),
            _ => {
                let (_, mark) = SPELLED.iter().find(|(known, _)| *known == name)?;
                mark.to_string()
            }
        };
        Some(Var { values: vec![text], taint: Taint::NONE, kind: VarKind::Scalar })
    }

    /// Returns true when the line itself gave this variable a value.
    pub fn is_set(&self, name: &str) -> bool {
        self.vars.iter().any(|(known, _)| known == name)
    }

    /// Returns the variables that the line itself gave a value.
    pub fn variables(&self) -> Vec<(String, Var)> {
        self.vars.iter().filter(|(name, _)| !name.starts_with("caro_")).cloned().collect()
    }

    /// Returns true when a command would do the same in both.
    pub fn is_like(&self, other: &Env) -> bool {
        self.cwd == other.cwd && self.variables() == other.variables()
    }

    /// Sets a variable.
    pub fn set(&mut self, name: &str, mut var: Var) {
        // A value that doubles itself over and over is not followed.
        if var.values.iter().map(String::len).sum::<usize>() > LIMIT {
            var.values = vec![FILLED.to_string()];
        }
        match self.vars.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = var,
            None => self.vars.push((name.to_string(), var)),
        }
    }

    /// Forgets a variable's value.
    pub fn unset(&mut self, name: &str) {
        self.vars.retain(|(known, _)| known != name);
    }

    /// Puts the values of `name` back to what they were in `before`.
    pub fn restore(&mut self, name: &str, before: Option<Var>) {
        match before {
            Some(var) => self.set(name, var),
            None => self.unset(name),
        }
    }

    /// Defines a function or an alias.
    pub fn define(&mut self, name: &str, definition: Definition) {
        self.definitions.retain(|(known, _)| known != name);
        self.definitions.push((name.to_string(), definition));
    }

    /// Returns what a name was defined as.
    pub fn definition(&self, name: &str) -> Option<Definition> {
        if self.definitions.is_empty() {
            return None;
        }
        self.definitions.iter().rev().find(|(known, _)| known == name).map(|(_, definition)| definition.clone())
    }

    /// Returns what the line knows about a file.
    pub fn file(&self, path: &str) -> Option<&File> {
        let inside = |file: &File| {
            file.folder && path.strip_prefix(file.path.as_str()).is_some_and(|rest| rest.starts_with('/'))
        };
        self.files.iter().rev().find(|file| file.path == path || inside(file))
    }

    /// Remembers a file; a later word about the same path replaces it.
    pub fn remember(&mut self, file: File) {
        if file.path.is_empty() || self.files.len() >= FILES {
            return;
        }
        self.files.retain(|known| known.path != file.path);
        self.files.push(file);
    }

    /// Remembers that there may be something in a folder the line made; `made` says that it did, if nothing is known of it yet.
    pub fn may_fill(&mut self, path: String, made: bool) {
        let content = Flow::local();
        let room = self.files.len() < FILES;
        match self.files.iter_mut().find(|file| file.path == path) {
            Some(file) if file.folder && file.scratch => file.content = content,
            // Before all others, so that what is known of files in it stays known.
            None if made && room => self.files.insert(0, File { path, content, scratch: true, folder: true }),
            _ => {}
        }
    }

    /// Joins what two branches left behind.
    pub fn merge(&mut self, other: Env) {
        for (name, var) in other.vars {
            let mine = self.vars.iter_mut().find(|(known, _)| *known == name);
            match mine {
                Some((_, old)) => {
                    let before = std::mem::take(old);
                    *old = before.either(var);
                }
                None => self.vars.push((name, var)),
            }
        }
        for (name, definition) in other.definitions {
            if !self.definitions.iter().any(|(known, _)| *known == name) {
                self.definitions.push((name, definition));
            }
        }
        for file in other.files {
            if !self.files.iter().any(|known| known.path == file.path) {
                self.files.push(file);
            }
        }
        if self.cwd != other.cwd {
            // Either one: keep the one that could hurt more, which is the one outside of here.
            if self.cwd.starts_with(HERE) {
                self.cwd = other.cwd;
            }
        }
    }

    /// Writes text with marks as shell text that folds to the same marks again.
    pub fn spelled(text: &str, shell: crate::shell::Shell) -> String {
        let mut spelled = String::with_capacity(text.len());
        for character in text.chars() {
            let name = match character {
                HOME => "HOME",
                HERE => "PWD",
                crate::safety::value::ANY => {
                    spelled.push('*');
                    continue;
                }
                crate::safety::value::DEEP => {
                    spelled.push_str("**");
                    continue;
                }
                crate::safety::value::ONE => {
                    spelled.push('?');
                    continue;
                }
                crate::safety::value::OPEN => {
                    spelled.push('[');
                    continue;
                }
                crate::safety::value::CLOSE => {
                    spelled.push(']');
                    continue;
                }
                other => match SPELLED.iter().find(|(_, mark)| *mark == other) {
                    Some((name, _)) => name,
                    None => {
                        spelled.push(other);
                        continue;
                    }
                },
            };
            match shell {
                crate::shell::Shell::Fish => {
                    spelled.push_str("{$");
                    spelled.push_str(name);
                    spelled.push('}');
                }
                _ => {
                    spelled.push_str("${");
                    spelled.push_str(name);
                    spelled.push('}');
                }
            }
        }
        spelled
    }
}
