//! Single keys, read while other things go on, and the signals that end a program at a terminal.
//!
//! A thread waits for the terminal and hands keys over; dropping [`Keys`] ends it at once, so that nobody else, above all a
//! line editor that asks where the cursor is, has to share the terminal's input with it. (crossterm's own `EventStream`
//! leaves its thread waiting on that input, holding its lock, until the next key.)

use std::fs::File;
use std::io::{self, IsTerminal};
use std::os::fd::{AsFd, OwnedFd};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use nix::sys::select::{FdSet, select};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;

/// What the person at the terminal did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// A character without modifiers but Shift.
    Char(char),
    Enter,
    Backspace,
    /// Esc, Ctrl-C or Ctrl-D: whatever goes on is to stop.
    Stop,
    /// Ctrl-G, which also stops what it started in a shell's line.
    Bell,
    /// The window has another size.
    Resized,
    /// The terminal is gone or the process is told to end.
    Gone,
}

/// Reads keys; needs raw mode.
pub struct Keys {
    keys: mpsc::UnboundedReceiver<Key>,
    thread: Option<JoinHandle<()>>,
    /// Closed by `drop`, which the thread sees.
    stop: Option<OwnedFd>,
    resize: Option<Signal>,
    terminate: Option<Signal>,
    hang_up: Option<Signal>,
}

impl Keys {
    /// Begins to read.
    pub fn new() -> Keys {
        let (sender, keys) = mpsc::unbounded_channel();
        let (stopped, stop) = match nix::unistd::pipe() {
            Ok((stopped, stop)) => (Some(stopped), Some(stop)),
            // Without a pipe there are no keys, and the first look says that the terminal is gone.
            Err(_) => (None, None),
        };
        let thread = stopped.map(|stopped| thread::spawn(move || hand_over(&stopped, &sender)));
        Keys {
            keys,
            thread,
            stop,
            resize: signal(SignalKind::window_change()).ok(),
            terminate: signal(SignalKind::terminate()).ok(),
            hang_up: signal(SignalKind::hangup()).ok(),
        }
    }

    /// Waits for the next key. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Key {
        tokio::select! {
            key = self.keys.recv() => key.unwrap_or(Key::Gone),
            () = arrived(&mut self.resize) => Key::Resized,
            () = arrived(&mut self.terminate) => Key::Gone,
            () = arrived(&mut self.hang_up) => Key::Gone,
        }
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // It ends as soon as it sees the closed pipe; a panic there was already reported.
            let _ = thread.join();
        }
    }
}

async fn arrived(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    }
}

/// With no time at all, crossterm 0.29 does not even look at a `/dev/tty`.
const AT_ONCE: Duration = Duration::from_millis(1);

/// The thread: waits for input or the end, and sends what keys there are.
fn hand_over(stopped: &OwnedFd, sender: &mpsc::UnboundedSender<Key>) {
    let terminal = match terminal() {
        Ok(terminal) => terminal,
        Err(_) => return,
    };
    loop {
        // First what was read already, for a cursor position or by a line editor.
        while let Ok(true) = event::poll(AT_ONCE) {
            let Ok(event) = event::read() else { return };
            if let Some(key) = key_of(&event)
                && sender.send(key).is_err()
            {
                return;
            }
        }
        let mut ready = FdSet::new();
        ready.insert(terminal.as_fd());
        ready.insert(stopped.as_fd());
        match select(None, &mut ready, None, None, None) {
            Err(nix::errno::Errno::EINTR) => continue,
            Err(_) => return,
            Ok(_) if ready.contains(stopped.as_fd()) => return,
            Ok(_) => {}
        }
        if has_hung_up(&terminal) {
            return;
        }
    }
}

/// The terminal as crossterm reads it: standard input, else `/dev/tty`.
fn terminal() -> io::Result<OwnedFd> {
    let stdin = io::stdin();
    if stdin.is_terminal() { stdin.as_fd().try_clone_to_owned() } else { File::open("/dev/tty").map(OwnedFd::from) }
}

/// A terminal that is gone is always ready and never gives anything.
pub fn has_hung_up(terminal: &impl AsFd) -> bool {
    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
    let mut polled = [PollFd::new(terminal.as_fd(), PollFlags::POLLIN)];
    poll(&mut polled, PollTimeout::ZERO).is_ok()
        && polled[0].revents().is_some_and(|events| events.contains(PollFlags::POLLHUP))
}

fn key_of(event: &Event) -> Option<Key> {
    match event {
        Event::Key(KeyEvent { code, modifiers, kind, .. }) if *kind != KeyEventKind::Release => {
            let control = modifiers.contains(KeyModifiers::CONTROL);
            match code {
                KeyCode::Char('c' | 'd') if control => Some(Key::Stop),
                KeyCode::Char('g') if control => Some(Key::Bell),
                KeyCode::Esc => Some(Key::Stop),
                KeyCode::Enter => Some(Key::Enter),
                KeyCode::Backspace => Some(Key::Backspace),
                KeyCode::Char(c) if !control && !modifiers.contains(KeyModifiers::ALT) => Some(Key::Char(*c)),
                _ => None,
            }
        }
        _ => None,
    }
}
