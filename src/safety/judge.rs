//! Effects meet targets: the table of the design, as code.
//!
//! Rules state what a command does (deletes this, overwrites that); here, and only here, an effect on a path gets its level.

use crate::safety::ast::Span;
use crate::safety::env::File;
use crate::safety::rules::Rule;
use crate::safety::rules::effects as rule;
use crate::safety::target::{Base, Place, Target, on_disk};
use crate::safety::value::{ANY, DEEP, Flow, Taint, Value};
use crate::safety::walk::Walker;
use crate::safety::{Deletes, Level, secrets};

/// How something is taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delete {
    /// Files only.
    Files,
    /// Folders with all that is in them.
    Trees,
    /// Folders only when they are empty.
    Empty,
}

/// How something is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Write {
    /// The old content is gone.
    Replace,
    /// Changed in place: `sed -i`.
    Edit,
    /// Something is added at the end.
    Append,
    /// Put there by name: `cp`, `mv`, `ln`, `curl -o`; most often new.
    Place,
    /// Placed over what is there, asked for: `cp -f`, `ln -sf`.
    Force,
    /// A folder is filled: `tar -C`, `unzip -d`, `cp -r a/. b`.
    Fill,
}

impl Walker<'_> {
    /// Tells what a value names.
    pub fn target(&self, value: &Value) -> Target {
        Target::read(&value.text, &self.env.cwd, self.facts)
    }

    /// Returns true when this line itself made what the path names.
    fn is_scratch(&self, value: &Value, target: &Target) -> bool {
        value.taint.has(Taint::SCRATCH)
            || (!target.path.parts.is_empty() && self.env.file(&target.path.text()).is_some_and(|file| file.scratch))
    }

    /// Remembers that a command was told about folders the line made: there may be something in them now.
    pub fn may_fill(&mut self, words: &[Value]) {
        for word in words {
            let made = word.taint.has(Taint::SCRATCH);
            if made || !self.env.files.is_empty() {
                let path = word.with_text(word.text.rsplit('=').next().unwrap_or_default());
                self.env.may_fill(self.target(&path).path.text(), made);
            }
        }
    }

    /// Returns true when there is nothing in what the path names: the line made it, and has told no command about it.
    pub fn is_empty(&self, value: &Value) -> bool {
        let target = self.target(value);
        let path = target.path.text();
        let below = |file: &File| file.path.strip_prefix(path.as_str()).is_some_and(|rest| rest.starts_with('/'));
        let known = self.env.file(&path).map(|file| file.scratch && file.content.text.as_deref() == Some(""));
        let made = self.is_scratch(value, &target) && known.unwrap_or(true);
        // By the FHS nothing is ever there.
        let never = matches!(path.as_str(), "/dev/null" | "/var/empty");
        never || (made && !self.env.files.iter().any(below))
    }

    /// Something is deleted.
    pub fn delete(&mut self, value: &Value, how: Delete) {
        if value.text.is_empty() {
            return;
        }
        let target = self.target(value);
        if self.is_scratch(value, &target) {
            return;
        }
        let shown = target.path.shown(self.facts);
        let tree = how == Delete::Trees;
        let everything = |place: &str| format!("deletes everything in {place}");
        let named =
            if target.many { format!("deletes every file that matches {shown}") } else { format!("deletes {shown}") };
        let (rule, level, reason): (&'static Rule, Level, String) = match target.place {
            Place::Stream | Place::Network | Place::Remote => return,
            _ if how == Delete::Empty => (&rule::DELETE, Level::Caution, format!("removes {shown} if it is empty")),
            Place::Root => (&rule::DELETE_SYSTEM, Level::Critical, "deletes the whole system, from / down".into()),
            Place::System => (&rule::DELETE_SYSTEM, Level::Critical, format!("deletes the system folder {shown}")),
            Place::Account => {
                (&rule::DELETE_SYSTEM, Level::Critical, format!("deletes {shown}, without which nobody can log in"))
            }
            Place::Device => (&rule::DELETE_SYSTEM, Level::Critical, format!("deletes the device {shown}")),
            Place::Mount => (&rule::DELETE_SYSTEM, Level::Critical, format!("deletes the mounted disk {shown}")),
            Place::Home => (&rule::DELETE_HOME, Level::Critical, format!("deletes the whole home {shown}")),
            Place::HomeKey | Place::HomeAccess if target.many || tree || is_key(&target) => {
                (&rule::DELETE_KEYS, Level::Danger, format!("deletes keys or saved logins in {shown}"))
            }
            Place::HomeStart => {
                (&rule::DELETE_TREE, Level::Danger, format!("deletes {shown}, which the shell or session starts with"))
            }
            Place::SystemStart => (
                &rule::DELETE_TREE,
                Level::Danger,
                format!("deletes {shown}, which the system starts or is reached with"),
            ),
            Place::Here => (&rule::DELETE_HERE, Level::Danger, everything("the current directory")),
            Place::Parent => (&rule::DELETE_HERE, Level::Danger, everything("a folder above the current one")),
            Place::Vcs if tree || target.many => {
                (&rule::DELETE_HISTORY, Level::Danger, format!("deletes the history kept in {shown}"))
            }
            Place::MaybeRoot => (
                &rule::DELETE_UNKNOWN,
                Level::Danger,
                format!("deletes {shown}: with an empty variable that is / or a system folder"),
            ),
            Place::SystemProgram => {
                (&rule::DELETE_TREE, Level::Danger, format!("deletes programs or libraries of the system: {shown}"))
            }
            Place::SystemPart
            | Place::Absolute
            | Place::HomePart
            | Place::HomeKey
            | Place::HomeAccess
            | Place::Kernel
                if tree || target.many || target.whole =>
            {
                (&rule::DELETE_TREE, Level::Danger, if target.many { named } else { everything(&shown) })
            }
            Place::Unknown => (&rule::DELETE, Level::Caution, "deletes something whose name is not known yet".into()),
            _ if tree && target.path.folder => (&rule::DELETE, Level::Caution, everything(&shown)),
            Place::SystemPart
            | Place::Absolute
            | Place::HomePart
            | Place::HomeKey
            | Place::HomeAccess
            | Place::Kernel
            | Place::Line
            | Place::Vcs
            | Place::Scoped
            | Place::Tmp => (&rule::DELETE, Level::Caution, named),
        };
        let before = self.findings.len();
        self.note(rule, level, value.span, reason);
        if !self.away
            && how != Delete::Empty
            && self.findings.len() > before
            && let Some(finding) = self.findings.last_mut()
        {
            finding.deletes = on_disk(&value.text, &self.env.cwd, self.facts)
                .map(|(path, extent)| Deletes { path, extent, how })
                .into_iter()
                .collect();
        }
    }

    /// Something is written.
    pub fn write(&mut self, value: &Value, how: Write, content: &Flow) {
        if value.text.is_empty() {
            return;
        }
        let target = self.target(value);
        let shown = target.path.shown(self.facts);
        let scratch = self.is_scratch(value, &target);
        let append = how == Write::Append;
        let empties = matches!(how, Write::Replace | Write::Force) || content.text.as_deref() == Some("");
        let verb = match how {
            Write::Append => "appends to",
            Write::Edit => "changes",
            _ => "overwrites",
        };
        let (rule, level, reason): (&'static Rule, Level, String) = match target.place {
            Place::Stream | Place::Remote => return,
            Place::Network => return self.send(content, value.span, "another machine"),
            Place::Device => (&rule::WRITE_DEVICE, Level::Critical, format!("writes over the disk or device {shown}")),
            Place::Account if append => {
                (&rule::GRANT, Level::Danger, format!("adds to {shown}: who may log in or become root"))
            }
            Place::Account if empties => {
                (&rule::WRITE_SYSTEM, Level::Critical, format!("overwrites {shown}: nobody could log in"))
            }
            Place::Account => (&rule::GRANT, Level::Danger, format!("changes {shown}: who may log in or become root")),
            Place::SystemStart => (
                &rule::WRITE_START,
                Level::Danger,
                format!("{verb} {shown}, which the system starts or is reached with"),
            ),
            Place::SystemProgram => {
                (&rule::WRITE_SYSTEM, Level::Danger, format!("{verb} programs or libraries of the system: {shown}"))
            }
            Place::Root | Place::System | Place::Home if how == Write::Fill => {
                if target.place == Place::Home {
                    (&rule::WRITE, Level::Caution, format!("fills the home {shown}"))
                } else if ["/opt", "/usr/local", "/srv", "/mnt", "/media"].contains(&shown.as_str()) {
                    (&rule::WRITE, Level::Caution, format!("fills {shown}"))
                } else {
                    (&rule::WRITE_SYSTEM, Level::Danger, format!("writes over files in {shown}"))
                }
            }
            Place::Root | Place::System | Place::Mount if target.many => {
                (&rule::WRITE_SYSTEM, Level::Danger, format!("{verb} files in {shown}"))
            }
            Place::Home if matches!(how, Write::Replace | Write::Edit | Write::Force) => {
                let elsewhere = how == Write::Edit && value.text.starts_with("/home/");
                (
                    &rule::WRITE_MANY,
                    if elsewhere { Level::Caution } else { Level::Danger },
                    format!("{verb} every file in the home {shown}"),
                )
            }
            Place::Root | Place::System | Place::Mount | Place::Parent
                if matches!(how, Write::Replace | Write::Edit | Write::Force) =>
            {
                (&rule::WRITE_SYSTEM, Level::Danger, format!("{verb} files in {shown}"))
            }
            Place::HomeAccess => {
                (&rule::OPEN_ACCESS, Level::Danger, format!("{verb} {shown}: lets others log in from elsewhere"))
            }
            Place::HomeStart if append && !has_evil(content) => {
                (&rule::WRITE_START, Level::Caution, format!("appends to {shown}, which runs at every start"))
            }
            Place::HomeStart => {
                (&rule::WRITE_START, Level::Danger, format!("{verb} {shown}, which runs at every start"))
            }
            Place::HomeKey if !append && is_key(&target) && how != Write::Place => {
                (&rule::WRITE_SYSTEM, Level::Danger, format!("{verb} the keys in {shown}"))
            }
            Place::HomeKey
                if is_key(&target)
                    && how == Write::Place
                    && target.path.name().is_some_and(secrets::is_default_key) =>
            {
                (&rule::WRITE, Level::Caution, format!("may overwrite the key {shown}"))
            }
            Place::Here if matches!(how, Write::Replace | Write::Edit | Write::Force) => {
                let level = if how == Write::Edit { Level::Caution } else { Level::Danger };
                (&rule::WRITE_MANY, level, format!("{verb} every file in the current directory"))
            }
            Place::Vcs => {
                if append || how == Write::Place {
                    return;
                }
                (&rule::WRITE, Level::Caution, format!("{verb} {shown}"))
            }
            Place::SystemPart | Place::Absolute | Place::HomePart | Place::HomeKey
                if (target.many || target.whole) && matches!(how, Write::Replace | Write::Edit) =>
            {
                let far =
                    target.path.base == Base::Root && target.path.parts.first().is_some_and(|part| part.contains(DEEP));
                let danger = far || how == Write::Replace;
                let level = if danger { Level::Danger } else { Level::Caution };
                (&rule::WRITE_MANY, level, format!("{verb} every file that matches {shown}"))
            }
            Place::MaybeRoot if how == Write::Replace => (&rule::WRITE, Level::Caution, format!("{verb} {shown}")),
            Place::SystemPart => (&rule::WRITE, Level::Caution, format!("{verb} the system file {shown}")),
            Place::Kernel => (&rule::WRITE, Level::Caution, format!("changes the running kernel through {shown}")),
            _ if scratch || append => return,
            Place::Line => (&rule::WRITE, Level::Caution, format!("sends to the device {shown}")),
            _ if matches!(how, Write::Place | Write::Fill) => return,
            Place::Unknown if how != Write::Edit => {
                (&rule::WRITE, Level::Caution, "overwrites a file whose name is not known yet".into())
            }
            _ => (&rule::WRITE, Level::Caution, format!("{verb} {shown}")),
        };
        self.note(rule, level, value.span, reason);
    }

    /// Something is moved away from where it was.
    pub fn move_away(&mut self, value: &Value, to: &Value) {
        let target = self.target(value);
        let shown = target.path.shown(self.facts);
        let away = self.target(to);
        let nowhere = away.place == Place::Stream;
        let beside = away.path.base == target.path.base
            && target.path.parts.len() > 1
            && away.path.parts.len() == target.path.parts.len()
            && away.path.parts[..away.path.parts.len() - 1] == target.path.parts[..target.path.parts.len() - 1];
        let (level, reason) = match target.place {
            Place::Root | Place::System | Place::Account | Place::Device | Place::Mount => {
                (Level::Critical, format!("moves {shown} away, which the system needs"))
            }
            Place::Home if nowhere => (Level::Critical, format!("moves the home {shown} into nothing")),
            Place::SystemStart | Place::SystemProgram if !beside => {
                (Level::Danger, format!("moves {shown} out of the system"))
            }
            _ if nowhere => (Level::Danger, format!("moves {shown} into nothing")),
            Place::SystemPart if !beside => (Level::Danger, format!("moves {shown} out of a system folder")),
            Place::Home => (Level::Caution, format!("moves the home {shown} elsewhere")),
            Place::SystemStart
            | Place::SystemProgram
            | Place::SystemPart
            | Place::HomeStart
            | Place::HomeKey
            | Place::MaybeRoot => (Level::Caution, format!("moves {shown}")),
            _ => return,
        };
        self.note(&rule::MOVE, level, value.span, reason);
    }

    /// A change of rights or owner; `opens` says that others may write afterwards.
    pub fn rights(&mut self, value: &Value, recursive: bool, opens: bool, what: &str) {
        let target = self.target(value);
        let shown = target.path.shown(self.facts);
        let deep = recursive || target.path.parts.iter().any(|part| part.contains(DEEP));
        let (level, reason) = match target.place {
            Place::Stream | Place::Remote => return,
            Place::Root | Place::System | Place::Device | Place::Mount if deep => {
                let local =
                    ["/usr/local", "/usr/local/bin", "/opt", "/srv", "/mnt", "/media"].contains(&shown.as_str());
                let level = if local { Level::Danger } else { Level::Critical };
                (level, format!("changes {what} of everything in {shown}"))
            }
            Place::Root | Place::System if target.many => {
                (Level::Danger, format!("changes {what} of everything that matches {shown}"))
            }
            Place::Account
            | Place::SystemStart
            | Place::Root
            | Place::System
            | Place::SystemProgram
            | Place::Device => (Level::Danger, format!("changes {what} of {shown}")),
            _ if target.is_secret() && target.path.base == Base::Root => {
                (Level::Danger, format!("changes {what} of {shown}"))
            }
            Place::SystemPart if target.many && target.path.parts.first().map(String::as_str) == Some("etc") => {
                (Level::Danger, format!("changes {what} of {shown}"))
            }
            Place::SystemPart if target.path.parts.first().map(String::as_str) == Some("etc") && opens => {
                (Level::Danger, format!("changes {what} of {shown}"))
            }
            Place::MaybeRoot if deep && opens => {
                (Level::Danger, format!("changes {what} of {shown}: perhaps of / itself"))
            }
            Place::Home | Place::Parent if deep => (Level::Caution, format!("changes {what} of everything in {shown}")),
            _ if deep => (Level::Caution, format!("changes {what} of everything in {shown}")),
            _ if opens => (Level::Caution, format!("changes {what} of {shown}: everybody may write")),
            Place::SystemPart
            | Place::Absolute
            | Place::HomeKey
            | Place::HomeAccess
            | Place::HomeStart
            | Place::Home
            | Place::Parent
            | Place::Mount
            | Place::MaybeRoot
            | Place::Line
            | Place::Kernel => (Level::Caution, format!("changes {what} of {shown}")),
            _ => return,
        };
        self.note(&rule::RIGHTS, level, value.span, reason);
    }

    /// Returns where the content of a file comes from, and the text if the line wrote it.
    pub fn content(&self, value: &Value) -> Flow {
        let target = self.target(value);
        let written = self.env.file(&target.path.text()).map(|file| file.content.clone());
        if let (Some(flow), Place::Stream | Place::Tmp) = (&written, target.place) {
            return flow.clone();
        }
        let mut flow = written.unwrap_or_else(Flow::local);
        if target.path.text() == "/etc/passwd" && flow.text.is_none() {
            // A line for every account, a home in every line.
            flow.text = Some(format!("/home/{ANY}\n"));
        }
        if target.place == Place::Network {
            flow.taint |= Taint::NETWORK;
        }
        if target.path.text() == "/dev/stdin"
            || target.path.text() == "/dev/fd/0"
            || target.path.text() == "/proc/self/fd/0"
        {
            return self.stdin.clone().unwrap_or_default();
        }
        if target.place == Place::Stream {
            return Flow {
                text: target.path.text().ends_with("null").then(String::new),
                taint: flow.taint.without(Taint::LOCAL),
            };
        }
        if target.is_secret() {
            flow.taint |= Taint::SECRET;
        } else if target.is_configuration() {
            flow.taint |= Taint::CONFIGURATION;
        }
        flow
    }

    /// Text leaves the machine.
    pub fn send(&mut self, what: &Flow, span: Span, to: &str) {
        if what.taint.has(Taint::SECRET) {
            self.note(&rule::SEND_SECRET, Level::Danger, span, format!("sends keys, tokens or passwords to {to}"));
        } else if what.taint.has(Taint::ENVIRONMENT) {
            self.note(
                &rule::SEND_SECRET,
                Level::Danger,
                span,
                format!("sends the environment, tokens and all, to {to}"),
            );
        } else if what.taint.has(Taint::CONFIGURATION) {
            self.note(&rule::SEND_CONFIGURATION, Level::Caution, span, format!("sends your own configuration to {to}"));
        }
    }
}

/// Returns true for a file that cannot be had again: a private key, not a list of hosts.
fn is_key(target: &Target) -> bool {
    let Some(name) = target.path.name() else { return true };
    !matches!(
        name,
        "config" | "known_hosts" | "known_hosts.old" | ".npmrc" | ".zsh_history" | ".bash_history" | "fish_history"
    ) && !name.ends_with("history")
        && target.is_secret()
        && !name.ends_with(".lock")
        && !name.starts_with("control")
}

/// Returns true when what is appended to a start file would itself be dangerous, or is foreign.
fn has_evil(content: &Flow) -> bool {
    content.taint.has(Taint::NETWORK | Taint::DECODED)
}
