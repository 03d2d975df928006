//! A look at the disk: what a deletion would really hit, through links, and how much of it there is.
//!
//! Apart from `check`, which is pure: only faces look, at a command that would run here and now. A look can add to a reason and
//! raise a level, nothing else.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::judge::Delete;
use super::target::Extent;
use super::value::shown;
use super::{Deletes, Facts, Finding, Report, check_with, sort};
use crate::shell::Shell;

/// How long all the counting for one report may take.
const BUDGET: Duration = Duration::from_millis(50);

/// A disk that does not answer at all, as that of a server that is gone, is not waited for.
const PATIENCE: Duration = Duration::from_secs(1);

/// A single file is worth a word from this size on.
const LARGE_FILE: u64 = 1_000_000;

/// Returns the report with what the disk has to say: links resolved, files counted.
pub fn look(report: Report, facts: &Facts) -> Report {
    if report.findings.iter().all(|finding| finding.deletes.is_empty()) {
        return report;
    }
    let (sender, receiver) = mpsc::channel();
    let (seen, facts) = (report.clone(), facts.clone());
    let looking = thread::Builder::new().spawn(move || sender.send(look_within(seen, &facts, BUDGET)));
    looking.ok().and_then(|_| receiver.recv_timeout(PATIENCE).ok()).unwrap_or(report)
}

fn look_within(mut report: Report, facts: &Facts, budget: Duration) -> Report {
    let deadline = Instant::now() + budget;
    let here = Here::new(facts);
    let behind: Vec<Finding> = report.findings.iter().flat_map(|finding| here.behind_links(finding)).collect();
    report.findings.extend(behind);
    sort(&mut report.findings);
    report.level = report.findings.first().map_or(report.level, |finding| finding.level);
    for finding in &mut report.findings {
        if let Some(amount) = amount(&finding.deletes, deadline) {
            finding.reason.push_str(&format!(" ({amount})"));
        }
    }
    report
}

/// The facts with their own links resolved, so that a home on another disk counts as home.
struct Here<'a> {
    given: &'a Facts,
    real: Facts,
}

impl Here<'_> {
    fn new(given: &Facts) -> Here<'_> {
        let real = |path: &Option<String>| {
            let path = path.as_ref()?;
            Some(fs::canonicalize(path).ok().and_then(as_text).unwrap_or_else(|| path.clone()))
        };
        Here { given, real: Facts { home: real(&given.home), cwd: real(&given.cwd), ..given.clone() } }
    }

    /// Returns what is found for the places that paths of links lead to, where that is graver.
    fn behind_links(&self, finding: &Finding) -> Vec<Finding> {
        finding.deletes.iter().filter_map(|deletes| self.behind_link(finding, deletes)).collect()
    }

    fn behind_link(&self, finding: &Finding, deletes: &Deletes) -> Option<Finding> {
        let real = as_text(deletes.resolved()?)?;
        if real == self.without_links(&deletes.path) {
            return None;
        }
        let judged = self.judge(&real, deletes)?;
        if judged.level <= finding.level {
            return None;
        }
        let path = deletes.path.trim_end_matches('/');
        let link = if fs::symlink_metadata(path).ok()?.is_symlink() { "is a link" } else { "leads through a link" };
        let reason = format!("{} {link} to {}: {}", shown(path), shown(&real), judged.reason);
        let deletes = vec![Deletes { path: real, ..deletes.clone() }];
        Some(Finding { span: finding.span.clone(), reason, deletes, ..judged })
    }

    /// Judges the same deletion of another path by the same table.
    fn judge(&self, real: &str, deletes: &Deletes) -> Option<Finding> {
        // What lies below the directory is judged as lying there.
        let below = self.real.cwd.as_ref().and_then(|cwd| Path::new(real).strip_prefix(cwd).ok()?.to_str());
        let path = below.map_or_else(|| real.to_owned(), |below| format!("./{below}"));
        let verb = if deletes.how == Delete::Trees { "rm -r" } else { "rm" };
        let content = if deletes.extent == Extent::Itself { "" } else { "/*" };
        let command = format!("{verb} -- {}{content}", Shell::Bash.quote(&path));
        check_with(&command, Shell::Bash, &self.real).findings.into_iter().find(|finding| !finding.deletes.is_empty())
    }

    /// Works out a path as if nothing on it were a link but the way to the directory and the home.
    fn without_links(&self, path: &str) -> String {
        let known = [(&self.given.cwd, &self.real.cwd), (&self.given.home, &self.real.home)];
        let moved = known.iter().find_map(|(given, real)| {
            let rest = Path::new(path).strip_prefix(given.as_ref()?).ok()?;
            Some(Path::new(real.as_ref()?).join(rest))
        });
        let mut plain = PathBuf::from("/");
        for part in moved.as_deref().unwrap_or(Path::new(path)).components() {
            match part {
                std::path::Component::Normal(name) => plain.push(name),
                std::path::Component::ParentDir => drop(plain.pop()),
                _ => {}
            }
        }
        plain.to_string_lossy().into_owned()
    }
}

impl Deletes {
    /// Returns the path without links; one at its end stays unless it is followed.
    fn resolved(&self) -> Option<PathBuf> {
        let path = Path::new(&self.path);
        match (path.parent(), path.file_name()) {
            (Some(folder), Some(name)) if !(self.path.ends_with('/') || self.path.ends_with("/.")) => {
                Some(fs::canonicalize(folder).ok()?.join(name))
            }
            _ => fs::canonicalize(path).ok(),
        }
    }
}

fn as_text(path: PathBuf) -> Option<String> {
    path.into_os_string().into_string().ok()
}

/// Returns how much is deleted, in words: "318 files, 1.2 GB". Nothing when it is not there, or not worth a word.
fn amount(targets: &[Deletes], deadline: Instant) -> Option<String> {
    let tallies: Vec<(Tally, Extent)> = targets.iter().filter_map(|deletes| tally(deletes, deadline)).collect();
    match (targets, tallies.as_slice()) {
        ([_], [(one, Extent::Itself)]) if one.is_file => (one.bytes >= LARGE_FILE).then(|| size(one.bytes)),
        ([_], [(one, extent)]) => one.words(*extent),
        (_, []) => None,
        (_, many) => {
            let below = many.iter().any(|(_, extent)| *extent == Extent::Below);
            let all = many.iter().fold(Tally::default(), |all, (one, _)| all.and(*one));
            let words = all.words(if below { Extent::Below } else { Extent::Itself })?;
            Some(format!("in all {words}"))
        }
    }
}

/// Counts what goes with one target; nothing when it is not there, or stays.
fn tally(deletes: &Deletes, deadline: Instant) -> Option<(Tally, Extent)> {
    let top = deletes.resolved()?;
    let metadata = fs::symlink_metadata(&top).ok()?;
    if !metadata.is_dir() {
        return Some((Tally { files: 1, bytes: metadata.len(), is_file: true, cut: false }, Extent::Itself));
    }
    match (deletes.how, deletes.extent) {
        // A folder is not deleted this way.
        (Delete::Files | Delete::Empty, Extent::Itself) => None,
        _ => Some((count(top, &metadata, deletes, deadline), deletes.extent)),
    }
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Tally {
    files: u64,
    bytes: u64,
    /// It is one file, and no folder.
    is_file: bool,
    /// The time was over before the end.
    cut: bool,
}

/// Counts what is not a folder below `top`: on its disk only, and no link is followed.
fn count(top: PathBuf, metadata: &Metadata, deletes: &Deletes, deadline: Instant) -> Tally {
    let mut tally = Tally::default();
    let mut folders = vec![top];
    let mut at_top = true;
    let deep = deletes.how == Delete::Trees || deletes.extent == Extent::Below;
    while let Some(folder) = folders.pop() {
        // What is gone by now, or closed to us, counts nothing.
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if Instant::now() >= deadline {
                tally.cut = true;
                return tally;
            }
            if at_top && deletes.extent == Extent::Visible && entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            match entry.metadata() {
                Ok(inner) if inner.is_dir() => {
                    if deep && inner.dev() == metadata.dev() {
                        folders.push(entry.path());
                    }
                }
                Ok(inner) => {
                    tally.files += 1;
                    tally.bytes = tally.bytes.saturating_add(inner.len());
                }
                Err(_) => {}
            }
        }
        at_top = false;
    }
    tally
}

impl Tally {
    fn and(self, other: Tally) -> Tally {
        Tally {
            files: self.files + other.files,
            bytes: self.bytes.saturating_add(other.bytes),
            is_file: false,
            cut: self.cut || other.cut,
        }
    }

    fn words(self, extent: Extent) -> Option<String> {
        let files = match self.files {
            0 if self.cut => return None,
            0 => return Some("no files".into()),
            1 => "1 file".to_owned(),
            number => format!("{} files", grouped(if self.cut { rounded_down(number) } else { number })),
        };
        // What is searched for below a folder may be less than all that is there.
        let bound = match (extent, self.cut) {
            (Extent::Itself | Extent::Visible, false) => "",
            (Extent::Itself | Extent::Visible, true) => "over ",
            (Extent::Below, false) => "up to ",
            (Extent::Below, true) => return None,
        };
        let size = if self.bytes > 0 { format!(", {}", size(self.bytes)) } else { String::new() };
        Some(format!("{bound}{files}{size}"))
    }
}

/// Keeps the first two digits.
fn rounded_down(number: u64) -> u64 {
    let unit = 10_u64.pow(number.max(1).ilog10().saturating_sub(1));
    number / unit * unit
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(",")
}

/// Returns a number of bytes as people write it, in powers of 1000.
fn size(bytes: u64) -> String {
    let mut units = ["B", "kB", "MB", "GB", "TB"].into_iter().peekable();
    let mut number = bytes as f64;
    while let Some(unit) = units.next() {
        if number < 999.5 || units.peek().is_none() {
            let decimals = usize::from(unit != "B" && number < 9.95);
            return format!("{number:.decimals$} {unit}");
        }
        number /= 1000.0;
    }
    unreachable!("the last unit has no limit")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::safety::Level;
    use std::os::unix::fs::symlink;

    /// A home with a directory below it.
    struct Room {
        home: tempfile::TempDir,
        facts: Facts,
    }

    impl Room {
        fn new() -> Room {
            let home = tempfile::tempdir().unwrap();
            let path = |name: &str| home.path().join(name).to_str().map(str::to_owned);
            fs::create_dir(home.path().join("work")).unwrap();
            let facts = Facts { home: home.path().to_str().map(str::to_owned), cwd: path("work"), ..Facts::default() };
            Room { home, facts }
        }

        fn path(&self, name: &str) -> PathBuf {
            self.home.path().join(name)
        }

        fn write(&self, name: &str, length: u64) {
            fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
            fs::File::create(self.path(name)).unwrap().set_len(length).unwrap();
        }

        fn report(&self, command: &str) -> Report {
            check_with(command, Shell::Bash, &self.facts)
        }

        /// The level and the gravest reason after a look without hurry.
        fn look(&self, command: &str) -> (Level, String) {
            let report = look_within(self.report(command), &self.facts, Duration::from_secs(20));
            (report.level, report.findings[0].reason.clone())
        }

        fn says(&self, command: &str, level: Level, end: &str) {
            let (found, reason) = self.look(command);
            assert!(found == level && reason.ends_with(end), "{command}: {found:?}, {reason}");
        }
    }

    #[test]
    fn files_are_counted() {
        let room = Room::new();
        for (name, length) in [("a", 400), ("b/c", 800), ("b/d/e", 1_200), (".f", 1)] {
            room.write(&format!("work/build/{name}"), length);
        }
        room.says("rm -rf build", Level::Caution, "build (4 files, 2.4 kB)");
        room.says("rm -rf build/*", Level::Caution, "(3 files, 2.4 kB)");
        room.says("cd build && rm -rf b", Level::Caution, "(2 files, 2.0 kB)");
        room.says("rm build/*", Level::Caution, "(1 file, 400 B)");
        room.says("find build -delete", Level::Caution, "(up to 4 files, 2.4 kB)");
        room.says("find build | xargs rm", Level::Caution, "(up to 4 files, 2.4 kB)");
        room.says("rm -rf ~/work/build/b/../b", Level::Danger, "b (2 files, 2.0 kB)");
        room.says("rmdir build", Level::Caution, "if it is empty");
        room.says("rm -rf missing", Level::Caution, "deletes missing");
        room.says("rm -rf build/a", Level::Caution, "build/a");
        fs::create_dir(room.path("work/none")).unwrap();
        room.says("rm -rf none", Level::Caution, "none (no files)");
        room.write("work/image", 12_400_000);
        room.says("rm image", Level::Caution, "image (12 MB)");
    }

    #[test]
    fn links_are_not_followed_in_counting() {
        let room = Room::new();
        room.write("big/file", 5_000_000);
        room.write("work/build/file", 10);
        symlink(room.path("big"), room.path("work/build/link")).unwrap();
        symlink("build", room.path("work/link")).unwrap();
        let (_, reason) = room.look("rm -rf build");
        assert!(reason.contains("(2 files, ") && !reason.contains("MB"), "{reason}");
        room.says("rm -rf link", Level::Caution, "deletes link");
    }

    #[test]
    fn what_a_link_leads_to_is_judged() {
        let room = Room::new();
        room.write("other/file", 10);
        fs::create_dir(room.path("work/build")).unwrap();
        for (link, to) in [("etc", "/etc".into()), ("other", room.path("other")), ("inside", "build".into())] {
            symlink(to, room.path("work").join(link)).unwrap();
        }
        for command in ["rm -rf etc/", "rm -rf etc/*", "sudo sh -c 'rm -rf etc/'"] {
            let (level, reason) = room.look(command);
            let (link, rest) = reason.split_once(" is a link to ").unwrap_or_default();
            assert!(level == Level::Critical && link.ends_with("work/etc") && rest.contains("/etc: "), "{reason}");
        }
        let (level, reason) = room.look("rm -rf other/");
        assert!(level == Level::Danger && reason.ends_with("/other (1 file, 10 B)"), "{reason}");
        let (level, reason) = room.look("rm etc/passwd");
        assert!(level == Level::Critical && reason.contains("etc/passwd leads through a link to "), "{reason}");
        for command in ["rm -rf etc", "rm -rf inside/", "rm -rf ../work/build"] {
            assert_eq!(room.look(command).0, room.report(command).level, "{command}");
        }
    }

    #[test]
    fn each_target_of_a_word_is_looked_at() {
        let room = Room::new();
        room.write("work/a/file", 10);
        room.write("work/b/file", 20);
        room.write("work/c", 30);
        symlink("/etc", room.path("work/link")).unwrap();
        for command in
            ["rm -rf {a,link/}", "for f in a link/; do rm -rf $f; done", "f() { rm -rf \"$1\"; }; f a; f link/"]
        {
            let (level, reason) = room.look(command);
            assert!(level == Level::Critical && reason.contains("work/link is a link to /"), "{command}: {reason}");
        }
        room.says("rm -rf {a,b,c,missing}", Level::Caution, "(in all 3 files, 60 B)");
        room.says("rm -rf {missing,a}", Level::Caution, "(in all 1 file, 10 B)");
    }

    #[test]
    fn a_home_behind_a_link_is_still_home() {
        let mut room = Room::new();
        symlink(room.path(""), room.path("link")).unwrap();
        room.write("work/build/a", 1);
        room.facts.home = room.path("link").to_str().map(str::to_owned);
        room.facts.cwd = room.path("link/work").to_str().map(str::to_owned);
        room.says("rm -rf build", Level::Caution, "deletes build (1 file, 1 B)");
        room.says("rm -rf ~/work/build", Level::Danger, "/link/work/build (1 file, 1 B)");
    }

    #[test]
    fn a_look_only_adds() {
        let room = Room::new();
        room.write("work/build/a", 1);
        symlink("/", room.path("work/root")).unwrap();
        for command in
            ["rm -rf build root/; rm x", "rm -rf root/* build", "ls", "rm -rf 'a\nb' \"$x\"", "rm -rf /proc/1/fd/"]
        {
            let before = room.report(command);
            let after = look_within(before.clone(), &room.facts, BUDGET);
            assert!(after.level >= before.level && after.findings[..].is_sorted_by(|a, b| a.level >= b.level));
            for finding in &before.findings {
                let kept = |other: &Finding| other.rule == finding.rule && other.reason.starts_with(&finding.reason);
                assert!(after.findings.iter().any(kept), "{command}: {finding:?}");
            }
        }
    }

    #[test]
    fn the_time_is_kept() {
        let room = Room::new();
        room.write("work/build/a", 1);
        let report = look_within(room.report("rm -rf build"), &room.facts, Duration::ZERO);
        assert_eq!(report, room.report("rm -rf build"));
        let begun = Instant::now();
        let report = look(room.report("rm -rf /"), &room.facts);
        assert!(begun.elapsed() < PATIENCE && report.level == Level::Critical);
        let cut = Tally { files: 12_345, bytes: 1_234_000_000, is_file: false, cut: true };
        assert_eq!(cut.words(Extent::Itself).as_deref(), Some("over 12,000 files, 1.2 GB"));
    }

    #[test]
    fn only_known_paths_of_this_disk_are_looked_at() {
        let room = Room::new();
        let deletes =
            |command: &str| room.report(command).findings.iter().find_map(|finding| finding.deletes.first().cloned());
        for command in [
            "ssh host rm -rf x",
            "ssh host 'cd /srv && rm -rf *'",
            "docker exec web rm -rf /data/x",
            "kubectl exec pod -- rm -rf /data/x",
            "sudo chroot /mnt rm -rf /data/x",
            "ansible all -m file -a 'path=/data/x state=absent'",
            "su ana -c 'rm -rf ~/x'",
            "sudo -i rm -rf x",
            "rm -rf \"$dir\"/x",
            "rm -rf *.o",
            "cd \"$dir\" && rm -rf x",
            "rm -rf host:x",
        ] {
            assert_eq!(deletes(command), None, "{command}");
        }
        let path = |command: &str| deletes(command).expect("it is known").path;
        let work = room.facts.cwd.clone().unwrap();
        assert_eq!(path("ssh host rm -rf /y; rm -rf x"), format!("{work}/x"));
        assert_eq!(path("cd /home/bob && rm -rf x"), "/home/bob/x");
        assert_eq!(path("cd ..; rm -rf x/*"), format!("{work}/../x/"));
        assert_eq!(path("rm -rf \"$HOME/x\""), format!("{}/x", room.facts.home.as_ref().unwrap()));
        assert_eq!(check_with("rm -rf x", Shell::Bash, &Facts::default()).findings[0].deletes, []);
        let json = serde_json::to_value(room.report("rm -rf x")).unwrap();
        assert!(json["findings"][0].get("deletes").is_none() && json["findings"][0].get("reason").is_some());
    }

    #[test]
    fn sizes_are_short() {
        for (bytes, expected) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1.0 kB"),
            (9_949, "9.9 kB"),
            (9_951, "10 kB"),
            (999_499, "999 kB"),
            (999_500, "1.0 MB"),
            (1_234_000_000, "1.2 GB"),
            (5_000_000_000_000_000, "5000 TB"),
        ] {
            assert_eq!(size(bytes), expected);
        }
        assert_eq!((grouped(318).as_str(), grouped(1_234_567).as_str()), ("318", "1,234,567"));
        assert_eq!((rounded_down(7), rounded_down(99), rounded_down(12_345)), (7, 99, 12_000));
    }
}
