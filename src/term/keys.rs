//! Single keys, read while other things go on, and the signals that end a program at a terminal.

use crossterm::event::{Event, EventStream, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use futures_util::StreamExt;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// What the person at the terminal did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// A character without modifiers but Shift.
    Char(char),
    Enter,
    Backspace,
    /// Esc, Ctrl-C or Ctrl-D: whatever goes on is to stop.
    Stop,
    /// The window has another size.
    Resized,
    /// The terminal is gone or the process is told to end.
    Gone,
}

/// Reads keys; needs raw mode.
pub struct Keys {
    events: EventStream,
    terminate: Option<Signal>,
    hang_up: Option<Signal>,
}

impl Keys {
    pub fn new() -> Keys {
        Keys {
            events: EventStream::new(),
            terminate: signal(SignalKind::terminate()).ok(),
            hang_up: signal(SignalKind::hangup()).ok(),
        }
    }

    /// Waits for the next key. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Key {
        loop {
            tokio::select! {
                event = self.events.next() => match event {
                    Some(Ok(event)) => if let Some(key) = key_of(&event) {
                        return key;
                    },
                    Some(Err(_)) | None => return Key::Gone,
                },
                () = arrived(&mut self.terminate) => return Key::Gone,
                () = arrived(&mut self.hang_up) => return Key::Gone,
            }
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

fn key_of(event: &Event) -> Option<Key> {
    match event {
        Event::Key(KeyEvent { code, modifiers, kind, .. }) if *kind != KeyEventKind::Release => {
            let control = modifiers.contains(KeyModifiers::CONTROL);
            match code {
                KeyCode::Char('c' | 'd') if control => Some(Key::Stop),
                KeyCode::Esc => Some(Key::Stop),
                KeyCode::Enter => Some(Key::Enter),
                KeyCode::Backspace => Some(Key::Backspace),
                KeyCode::Char(c) if !control && !modifiers.contains(KeyModifiers::ALT) => Some(Key::Char(*c)),
                _ => None,
            }
        }
        Event::Resize(..) => Some(Key::Resized),
        _ => None,
    }
}
