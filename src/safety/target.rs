//! What a path is: decided after expansion and normalisation, by class and never by spelling.

use crate::safety::Facts;
use crate::safety::pattern;
use crate::safety::places;
use crate::safety::secrets;
use crate::safety::value::{ANY, DEEP, FILLED, HERE, HOME, NAME, UNKNOWN, has_glob, has_marks, has_unknown, shown};

/// The kind of place a path names. A pattern for everything in a folder is that folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// `/`.
    Root,
    /// A folder without which the system or its users have nothing left: `/etc`, `/usr/lib`, `/home`, `/root`.
    System,
    /// Who may log in and become root: `/etc/passwd`, `/etc/shadow`, `/etc/sudoers`.
    Account,
    /// What the system reads when it starts, lets people in or finds its way: `/etc/fstab`, `/etc/cron.d/x`, `/boot/vmlinuz`.
    SystemStart,
    /// Programs and libraries of the system: `/usr/bin/sudo`.
    SystemProgram,
    /// Any other path of a system folder: `/etc/nginx/nginx.conf`, `/var/log/syslog`.
    SystemPart,
    /// Knobs of the kernel: `/proc/sys/vm/swappiness`.
    Kernel,
    /// A disk, a partition, memory.
    Device,
    /// `/dev/null`, a terminal, a descriptor.
    Stream,
    /// A serial line, a printer, a sound card.
    Line,
    /// `/dev/tcp/…`.
    Network,
    /// A home directory itself, or everything in it.
    Home,
    /// Keys, tokens and passwords.
    HomeKey,
    /// Who may log in from elsewhere: `~/.ssh/authorized_keys`.
    HomeAccess,
    /// What the user's shell or session runs when it starts.
    HomeStart,
    /// Anything else in a home.
    HomePart,
    /// Where other disks are mounted.
    Mount,
    /// Any other absolute path.
    Absolute,
    /// The current directory, or everything in it.
    Here,
    /// The folder above the current directory, or higher, or everything there.
    Parent,
    /// The history of a work tree: `.git`.
    Vcs,
    /// Something below or beside the current directory.
    Scoped,
    Tmp,
    /// Unknown, and not a folder's whole content.
    Unknown,
    /// Unknown, and `/` or a system folder when the unknown part is empty.
    MaybeRoot,
    /// A path on another machine: `host:dir`.
    Remote,
}

/// A path and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub place: Place,
    /// True when it is a pattern, or partly unknown: it may be many.
    pub many: bool,
    /// True when it was a pattern for everything in the folder that it now names.
    pub whole: bool,
    pub path: Path,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    Root,
    Home,
    Here,
    /// This many folders above here.
    Up(usize),
    /// Unknown text that may be empty.
    Unknown,
    /// Unknown text that is not empty.
    Filled,
}

/// A path with its `.`, `..` and `//` worked out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    pub base: Base,
    pub parts: Vec<String>,
    /// It ended in `/` or `/.`.
    pub folder: bool,
    /// Where the home it starts from is, when that is not known to be the user's.
    home: Option<String>,
}

impl Path {
    /// Reads `text`, which stands in the directory `cwd` (itself a text with marks).
    pub fn read(text: &str, cwd: &str, facts: &Facts) -> Path {
        let absolute = text.starts_with(['/', HOME, HERE, UNKNOWN, FILLED]);
        let mut path = if absolute || cwd.is_empty() || (cwd.len() == HERE.len_utf8() && cwd.starts_with(HERE)) {
            Path { base: Base::Here, parts: Vec::new(), folder: false, home: None }
        } else {
            Path::read(cwd, "", facts)
        };
        let mut rest = text;
        if absolute {
            let (base, skip) = match text.chars().next() {
                Some('/') => (Base::Root, 1),
                Some(HOME) => (Base::Home, HOME.len_utf8()),
                Some(HERE) => (Base::Here, HERE.len_utf8()),
                _ => {
                    let end = text.find('/').unwrap_or(text.len());
                    let empty = text[..end].chars().all(|c| c == UNKNOWN);
                    (if empty { Base::Unknown } else { Base::Filled }, end)
                }
            };
            path.base = base;
            rest = &text[skip..];
        }
        for part in rest.split('/') {
            match part {
                "" | "." => {}
                ".." => path.up(),
                part => path.parts.push(part.to_string()),
            }
        }
        path.folder = text.ends_with('/') || text.ends_with("/.");
        path.settle(facts);
        path
    }

    fn up(&mut self) {
        if self.parts.pop().is_some() {
            return;
        }
        match self.base {
            Base::Home => {
                self.base = Base::Root;
                if self.home.take().as_deref() != Some("/root") {
                    self.parts.push("home".into());
                }
            }
            Base::Here => self.base = Base::Up(1),
            Base::Up(n) => self.base = Base::Up(n + 1),
            Base::Root | Base::Unknown | Base::Filled => {}
        }
    }

    /// Finds the home in an absolute path, and takes away what macOS puts before `/etc`.
    fn settle(&mut self, facts: &Facts) {
        if self.base != Base::Root {
            return;
        }
        if self.parts.len() > 1 && self.parts[0] == "private" && matches!(self.parts[1].as_str(), "etc" | "var" | "tmp")
        {
            self.parts.remove(0);
        }
        if let Some(home) = &facts.home {
            let home: Vec<&str> = home.split('/').filter(|part| !part.is_empty()).collect();
            if !home.is_empty() && self.parts.len() >= home.len() && home.iter().zip(&self.parts).all(|(a, b)| a == b) {
                self.base = Base::Home;
                self.parts.drain(..home.len());
                return;
            }
        }
        let homes = matches!(self.parts.first().map(String::as_str), Some("home" | "Users"));
        if homes && self.parts.len() > 1 && !has_glob(&self.parts[1]) && self.parts[1] != "Shared" {
            self.base = Base::Home;
            self.home = Some(format!("/{}/{}", self.parts[0], self.parts[1]));
            self.parts.drain(..2);
        } else if self.parts.first().map(String::as_str) == Some("root")
            && self.parts.len() > 1
            && !pattern::covers(&self.parts[1])
        {
            self.base = Base::Home;
            self.home = Some("/root".into());
            self.parts.remove(0);
        }
    }

    /// Returns the path from `/` or the home, where that is known to caro.
    pub fn placed(self, facts: &Facts) -> Path {
        let up = match self.base {
            Base::Here => 0,
            Base::Up(folders) => folders,
            Base::Root | Base::Home | Base::Unknown | Base::Filled => return self,
        };
        let Some(cwd) = &facts.cwd else { return self };
        let mut placed = Path::read(cwd, "", facts);
        (0..up).for_each(|_| placed.up());
        placed.parts.extend(self.parts);
        placed.folder = self.folder;
        placed.settle(facts);
        placed
    }

    /// Returns true when the path lies below a folder, and is not that folder itself.
    pub fn is_below(&self, folder: &Path) -> bool {
        self.base == folder.base
            && self.home == folder.home
            && self.parts.len() > folder.parts.len()
            && self.parts.starts_with(&folder.parts)
    }

    /// Returns the last part, where it is known.
    pub fn name(&self) -> Option<&str> {
        self.parts.last().map(String::as_str).filter(|name| !has_marks(name))
    }

    /// Returns the path as text with marks.
    pub fn text(&self) -> String {
        let mut text = match self.base {
            Base::Root => String::new(),
            Base::Home => self.home.clone().unwrap_or_else(|| HOME.to_string()),
            Base::Here => HERE.to_string(),
            Base::Up(n) => vec![".."; n].join("/"),
            Base::Unknown => UNKNOWN.to_string(),
            Base::Filled => FILLED.to_string(),
        };
        for part in &self.parts {
            text.push('/');
            text.push_str(part);
        }
        if text.is_empty() { "/".into() } else { text }
    }

    /// Returns the path as people write it.
    pub fn shown(&self, facts: &Facts) -> String {
        let text = self.text();
        if let Some(rest) = text.strip_prefix(HERE) {
            return if rest.is_empty() { "the current directory".into() } else { shown(rest.trim_start_matches('/')) };
        }
        match (text.strip_prefix(HOME), &facts.home) {
            (Some(rest), Some(home)) => shown(&format!("{home}{rest}")),
            _ => shown(&text),
        }
    }
}

impl Target {
    /// Tells what `text`, seen from `cwd`, is.
    pub fn read(text: &str, cwd: &str, facts: &Facts) -> Target {
        if remote(text) {
            let path = Path { base: Base::Filled, parts: vec![text.to_string()], folder: false, home: None };
            return Target { place: Place::Remote, many: false, whole: false, path };
        }
        let path = Path::read(text, cwd, facts);
        let (place, many, whole) = classify(&path, facts);
        Target { place, many, whole, path }
    }

    /// Returns true for keys, tokens, password files and what else should never leave the machine.
    pub fn is_secret(&self) -> bool {
        self.place == Place::HomeKey || secrets::is_secret(&self.path)
    }

    /// Returns true for the user's own configuration: a file whose path begins with a dot somewhere.
    pub fn is_configuration(&self) -> bool {
        matches!(self.path.base, Base::Home | Base::Here)
            && self.path.parts.iter().any(|part| part.starts_with('.'))
            && !self.path.parts.last().is_some_and(|last| last.ends_with(".pub"))
    }
}

/// Returns true for `host:path`, `user@host:path` and `proto://…`.
pub fn remote(text: &str) -> bool {
    let Some(colon) = text.find(':') else { return false };
    let host = &text[..colon];
    !host.is_empty() && !host.contains('/') && !has_glob(host) && !host.starts_with([HOME, HERE, '.'])
}

fn classify(path: &Path, facts: &Facts) -> (Place, bool, bool) {
    let mut parts: &[String] = &path.parts;
    let mut whole = false;
    while let Some((last, rest)) = parts.split_last() {
        if last.chars().all(|c| c == DEEP) || pattern::covers(last) {
            parts = rest;
            whole = true;
        } else {
            break;
        }
    }
    let many = parts.iter().any(|part| has_marks(part));
    let place = match path.base {
        Base::Root => places::absolute(parts),
        Base::Home => places::home(parts, whole),
        Base::Here | Base::Up(_) => relative(path, parts, facts),
        Base::Filled => Place::Unknown,
        Base::Unknown => {
            let may = parts.is_empty() && (whole || path.folder);
            let system =
                matches!(places::absolute(parts), Place::System | Place::Account | Place::Device) && !parts.is_empty();
            if may || system { Place::MaybeRoot } else { Place::Unknown }
        }
    };
    // An unknown last part may be empty, and then the folder before it is meant.
    if let Some((last, before)) = parts.split_last()
        && last.chars().all(|c| c == UNKNOWN)
        && path.base == Base::Root
        && matches!(places::absolute(before), Place::Root | Place::System)
    {
        return (Place::MaybeRoot, true, whole);
    }
    (place, many, whole)
}

fn relative(path: &Path, parts: &[String], facts: &Facts) -> Place {
    if facts.cwd.is_some() {
        let path = Path { parts: parts.to_vec(), ..path.clone() }.placed(facts);
        let place = match path.base {
            Base::Home => places::home(&path.parts, false),
            _ => places::absolute(&path.parts),
        };
        let grave = matches!(
            place,
            Place::Root | Place::System | Place::Account | Place::Home | Place::HomeAccess | Place::Device
        );
        if grave || (matches!(place, Place::SystemStart | Place::HomeStart | Place::HomeKey) && !parts.is_empty()) {
            return place;
        }
    }
    match (path.base, parts) {
        (Base::Here, []) => Place::Here,
        (_, []) => Place::Parent,
        (_, [.., last]) if matches!(last.as_str(), ".git" | ".hg" | ".jj" | ".bzr") => Place::Vcs,
        (_, [vcs, ..]) if vcs == ".git" => Place::Vcs,
        _ => Place::Scoped,
    }
}

/// How much of what a path names is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    Itself,
    /// What `*` matches in a folder: not what begins with a dot.
    Visible,
    /// Things at any depth below a folder, most often all: `find … -delete`.
    Below,
}

/// Returns where `text`, seen from `cwd`, lies on this disk, when every part of that is known. A folder whose content is meant ends in
/// a slash: a link there is followed.
pub fn on_disk(text: &str, cwd: &str, facts: &Facts) -> Option<(String, Extent)> {
    let is_absolute = |text: &str| text.starts_with(['/', HOME, HERE]);
    let mut joined = text.to_string();
    if !is_absolute(&joined) {
        joined = format!("{cwd}/{joined}");
    }
    // The directory may be `..`.
    if !is_absolute(&joined) {
        joined = format!("{HERE}/{joined}");
    }
    let mut extent = Extent::Itself;
    if let Some((folder, last)) = joined.trim_end_matches('/').rsplit_once('/') {
        if !last.is_empty() && last.chars().all(|c| c == DEEP) {
            extent = Extent::Below;
        } else if last.starts_with(ANY) && pattern::covers(last) {
            extent = Extent::Visible;
        }
        if extent != Extent::Itself {
            joined = format!("{folder}/");
        }
    }
    for (mark, known) in [(HOME, &facts.home), (HERE, &facts.cwd)] {
        if let Some(rest) = joined.strip_prefix(mark) {
            joined = format!("{}{rest}", known.as_ref().filter(|folder| folder.starts_with('/'))?);
        }
    }
    (!has_marks(&joined)).then_some((joined, extent))
}

/// Returns true when a part of a pattern could be `name`; unknown text is not counted as a match.
pub fn may_be(part: &str, name: &str) -> bool {
    if !has_marks(part) {
        return part == name;
    }
    if has_unknown(part) || part.contains(NAME) {
        return false;
    }
    pattern::matches(part, name)
}
