//! What was run, when, and how it ended: one JSON object a line, in a file only its owner can read.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use nix::fcntl::{Flock, FlockArg};
use serde::{Deserialize, Serialize};

/// One command that ran.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// When it began, in UTC (RFC 3339).
    pub time: String,
    /// What was asked, empty for a command typed by hand.
    pub request: String,
    pub command: String,
    /// Whether the user changed the command before running it.
    pub edited: bool,
    /// Its exit status, 128 + n for signal n.
    pub status: u8,
    pub duration_ms: u64,
    pub directory: Option<PathBuf>,
}

impl Entry {
    /// Makes the entry of a command that began `duration` ago and has just ended.
    pub fn ended_now(request: &str, command: &str, edited: bool, status: u8, duration: Duration) -> Entry {
        Entry {
            time: humantime::format_rfc3339_seconds(SystemTime::now() - duration).to_string(),
            request: request.to_owned(),
            command: command.to_owned(),
            edited,
            status,
            duration_ms: duration.as_millis() as u64,
            directory: std::env::current_dir().ok(),
        }
    }
}

/// The log file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunLog {
    path: PathBuf,
}

impl RunLog {
    /// The log at `path`; nothing is made before something is written.
    pub fn at(path: PathBuf) -> RunLog {
        RunLog { path }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds an entry behind the others, whoever else is writing.
    ///
    /// # Errors
    ///
    /// When the file can't be made, locked or written.
    pub fn append(&self, entry: &Entry) -> io::Result<()> {
        let file = open_private(&self.path)?;
        let mut file = Flock::lock(file, FlockArg::LockExclusive).map_err(|(_, error)| io::Error::from(error))?;
        // One write, so that a reader sees whole lines.
        file.write_all(format!("{}\n", serde_json::to_string(entry)?).as_bytes())
    }

    /// The last `most` entries, the oldest first; lines that are no entries are passed over.
    pub fn last(&self, most: usize) -> Vec<Entry> {
        let Ok(file) = File::open(&self.path) else { return Vec::new() };
        let lines = BufReader::new(file).lines().map_while(Result::ok);
        let entries: Vec<Entry> = lines.filter_map(|line| serde_json::from_str(&line).ok()).collect();
        entries[entries.len().saturating_sub(most)..].to_vec()
    }
}

/// Opens a file for appending that only its owner can read, and makes it and its folder where they are missing.
///
/// # Errors
///
/// When that can't be done.
pub fn open_private(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    OpenOptions::new().append(true).create(true).mode(0o600).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn entries_come_back_in_order_and_nobody_else_reads_them() {
        let folder = tempfile::tempdir().unwrap();
        let log = RunLog::at(folder.path().join("caro/runs.jsonl"));
        assert!(log.last(3).is_empty());
        for status in 0..5 {
            log.append(&Entry::ended_now("list\nfiles", "ls", false, status, Duration::from_millis(7))).unwrap();
        }
        fs::OpenOptions::new().append(true).open(log.path()).unwrap().write_all(b"broken\n").unwrap();
        let last = log.last(3);
        assert_eq!(last.iter().map(|entry| entry.status).collect::<Vec<_>>(), [2, 3, 4]);
        assert_eq!((last[0].request.as_str(), last[0].duration_ms), ("list\nfiles", 7));
        assert_eq!(fs::metadata(log.path()).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn writers_at_once_lose_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let log = RunLog::at(folder.path().join("runs.jsonl"));
        std::thread::scope(|scope| {
            for status in 0..8 {
                let log = &log;
                scope.spawn(move || {
                    (0..20).for_each(|_| {
                        log.append(&Entry::ended_now("", &"x".repeat(5000), false, status, Duration::ZERO)).unwrap()
                    });
                });
            }
        });
        assert_eq!(log.last(1000).len(), 160);
    }
}
