//! A program at a terminal of its own, and a screen that is waited for, never a time.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::sync::{Arc, Condvar, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::environment::{CARO, Environment};

/// Longer than anything takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Between two tries of a key that may be dropped.
pub const BETWEEN_KEYS: Duration = Duration::from_millis(200);

/// caro at a terminal of its own.
pub struct Terminal {
    shared: Arc<Shared>,
    /// The terminal hangs up when this is dropped.
    master: Box<dyn MasterPty + Send>,
    /// The home folder lasts as long as the terminal.
    pub environment: Environment,
    child: Box<dyn Child + Send + Sync>,
    keys: mpsc::Sender<Vec<u8>>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    screen: vt100::Parser<Answers>,
    /// Everything that was written, to look for what a screen does not show.
    bytes: Vec<u8>,
    ended: bool,
}

/// Answers what programs ask a terminal.
struct Answers {
    keys: mpsc::Sender<Vec<u8>>,
    copied: Option<Vec<u8>>,
    /// Whether it answers nothing at all.
    mute: bool,
}

impl vt100::Callbacks for Answers {
    fn unhandled_csi(
        &mut self,
        screen: &mut vt100::Screen,
        first: Option<u8>,
        _: Option<u8>,
        params: &[&[u16]],
        c: char,
    ) {
        if self.mute {
            return;
        }
        let (row, column) = screen.cursor_position();
        let answer = match (first, c, params) {
            (None, 'n', [[6]]) => format!("\x1b[{};{}R", row + 1, column + 1),
            (None, 'n', [[5]]) => "\x1b[0n".to_owned(),
            (None, 'c', _) => "\x1b[?62c".to_owned(),
            (Some(b'?'), 'u', _) => "\x1b[?0u".to_owned(),
            _ => return,
        };
        let _ = self.keys.send(answer.into_bytes());
    }

    fn copy_to_clipboard(&mut self, _: &mut vt100::Screen, _: &[u8], data: &[u8]) {
        self.copied = Some(data.to_vec());
    }
}

impl Terminal {
    pub fn start(environment: Environment, size: (u16, u16), arguments: &[&str]) -> Terminal {
        Terminal::start_program(environment, size, CARO, arguments)
    }

    /// caro at a terminal that answers no question.
    pub fn start_mute(environment: Environment, size: (u16, u16), arguments: &[&str]) -> Terminal {
        Terminal::start_at(environment, size, CARO, arguments, true)
    }

    /// Another program at such a terminal.
    pub fn start_program(environment: Environment, size: (u16, u16), program: &str, arguments: &[&str]) -> Terminal {
        Terminal::start_at(environment, size, program, arguments, false)
    }

    fn start_at(
        environment: Environment,
        (columns, rows): (u16, u16),
        program: &str,
        arguments: &[&str],
        mute: bool,
    ) -> Terminal {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.env_clear();
        for (name, value) in environment.variables() {
            command.env(name, value);
        }
        command.cwd(environment.home());
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let (keys, typed) = mpsc::channel::<Vec<u8>>();
        let size = |number| NonZeroU16::new(number).unwrap();
        let answers = Answers { keys: keys.clone(), copied: None, mute };
        let screen = vt100::Parser::new_with_callbacks(size(rows), size(columns), 200, answers);
        let state = Mutex::new(State { screen, bytes: Vec::new(), ended: false });
        let shared = Arc::new(Shared { state, changed: Condvar::new() });
        let mut writer = pair.master.take_writer().unwrap();
        thread::spawn(move || typed.into_iter().all(|bytes| writer.write_all(&bytes).is_ok()));
        let mut reader = pair.master.try_clone_reader().unwrap();
        let feed = shared.clone();
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(length @ 1..) = reader.read(&mut bytes) {
                let mut state = feed.state.lock().unwrap();
                state.screen.process(&bytes[..length]);
                state.bytes.extend(&bytes[..length]);
                feed.changed.notify_all();
            }
            feed.state.lock().unwrap().ended = true;
            feed.changed.notify_all();
        });
        Terminal { shared, master: pair.master, environment, child, keys }
    }

    pub fn press(&self, keys: &str) {
        self.keys.send(keys.as_bytes().to_vec()).unwrap();
    }

    pub fn contents(&self) -> String {
        self.shared.state.lock().unwrap().screen.screen().contents()
    }

    pub fn bytes(&self) -> String {
        String::from_utf8_lossy(&self.shared.state.lock().unwrap().bytes).into_owned()
    }

    pub fn copied(&self) -> Option<String> {
        let copied = self.shared.state.lock().unwrap().screen.callbacks().copied.clone()?;
        Some(String::from_utf8(copied).unwrap())
    }

    /// Waits until the screen shows what is wanted.
    pub fn until(&self, what: &str, shows: impl Fn(&str) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        let mut state = self.shared.state.lock().unwrap();
        loop {
            let contents = state.screen.screen().contents();
            if shows(&contents) {
                return;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero() && !state.ended, "waited for {what} in vain:\n{contents}");
            state = self.shared.changed.wait_timeout(state, left).unwrap().0;
        }
    }

    pub fn until_it_says(&self, text: &str) {
        self.until(text, |contents| contents.contains(text));
    }

    /// Waits for the end and returns the exit status and the last screen.
    pub fn ends(mut self) -> (u32, String) {
        let deadline = Instant::now() + PATIENCE;
        let code = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status.exit_code();
            }
            if Instant::now() > deadline {
                let _ = self.child.kill();
                panic!("it does not end:\n{}", self.contents());
            }
            thread::sleep(Duration::from_millis(5));
        };
        let state = self.shared.state.lock().unwrap();
        drop(self.shared.changed.wait_timeout_while(state, PATIENCE, |state| !state.ended).unwrap());
        (code, self.contents())
    }

    /// Presses `key` until caro has ended.
    pub fn ends_after_key(self, key: &str) -> (u32, String) {
        let deadline = Instant::now() + PATIENCE;
        while !self.shared.state.lock().unwrap().ended {
            assert!(Instant::now() < deadline, "it does not end:\n{}", self.contents());
            self.press(key);
            let state = self.shared.state.lock().unwrap();
            drop(self.shared.changed.wait_timeout_while(state, BETWEEN_KEYS, |state| !state.ended).unwrap());
        }
        self.ends()
    }

    /// Presses `key` again and again until the screen shows `text`: keys typed before the verdict could
    /// be read are dropped on purpose, so the first ones may be.
    pub fn presses_until(&self, key: &str, text: &str) {
        self.presses_until_shown(key, |contents| contents.contains(text));
    }

    /// The same until the screen shows what is wanted.
    pub fn presses_until_shown(&self, key: &str, shows: impl Fn(&str) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !shows(&self.contents()) {
            assert!(Instant::now() < deadline, "{key:?} does not help:\n{}", self.contents());
            self.press(key);
            let patience = Instant::now() + BETWEEN_KEYS;
            while !shows(&self.contents()) && Instant::now() < patience {
                let state = self.shared.state.lock().unwrap();
                drop(self.shared.changed.wait_timeout(state, Duration::from_millis(10)).unwrap());
            }
        }
    }

    /// Gives the window another size.
    pub fn resize(&self, columns: u16, rows: u16) {
        let size = |number| NonZeroU16::new(number).unwrap();
        self.shared.state.lock().unwrap().screen.screen_mut().set_size(size(rows), size(columns));
        self.master.resize(PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }).unwrap();
    }

    /// What the screen holds, cell by cell.
    pub fn screen(&self) -> vt100::Screen {
        self.shared.state.lock().unwrap().screen.screen().clone()
    }
}
