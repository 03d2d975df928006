//! A row of keys: what can be pressed now, on one row that goes away when something was.

use std::io;
use std::time::Duration;

use nix::sys::termios::{FlushArg, tcflush};
use nu_ansi_term::Style;
use unicode_width::UnicodeWidthStr;

use super::keys::{Key, Keys};
use super::{RawMode, Ui, width};

/// Keys typed before the user could have read what they are about count for nothing.
const READING_TIME: Duration = Duration::from_millis(300);

/// A key, what it does, and a shorter word for it where there is little room; without one it is left out there.
#[derive(Debug, Clone, Copy)]
pub struct Offer {
    pub key: &'static str,
    pub word: &'static str,
    pub short: Option<&'static str>,
    /// One line for whoever asks with `?`.
    pub help: &'static str,
}

/// Paints `lead` and the keys on one row of at most `columns` columns.
pub fn paint(ui: &Ui, lead: &str, offers: &[Offer], columns: usize) -> String {
    let key = |key: &str| ui.paint(Style::new().bold(), key);
    let room = columns.saturating_sub(1);
    let long: Vec<(&str, &str)> = offers.iter().map(|offer| (offer.key, offer.word)).collect();
    let mut short: Vec<(&str, &str)> = offers.iter().filter_map(|offer| Some((offer.key, offer.short?))).collect();
    short.push(("?", ""));
    let bare: Vec<(&str, &str)> = short.iter().map(|(key, _)| (*key, "")).collect();
    let lead = if lead.is_empty() { String::new() } else { format!("{lead}  ") };
    for (lead, row) in [(lead.as_str(), &long), (&lead, &short), ("", &short), ("", &bare)] {
        let length = 2 + lead.width() + row.iter().map(|(key, word)| key.width() + word.width() + 3).sum::<usize>();
        if length <= room + 2 || std::ptr::eq(row, &bare) {
            let keys: Vec<String> =
                row.iter().map(|(name, word)| format!("{} {word}", key(name)).trim_end().to_owned()).collect();
            return format!("  {lead}{}", keys.join("  "));
        }
    }
    String::new()
}

/// Paints all keys, one on a line.
pub fn help(ui: &Ui, offers: &[Offer]) -> String {
    let line = |offer: &Offer| format!("  {:<4} {}\n", ui.paint(Style::new().bold(), offer.key), offer.help);
    offers.iter().map(line).collect()
}

/// Shows the row that `row` paints and waits until `decide` makes something of a key; `None` when the terminal is gone.
///
/// # Errors
///
/// When the terminal can't be put into raw mode.
pub async fn choose<T>(
    ui: &Ui,
    row: impl Fn(usize) -> String,
    mut decide: impl FnMut(Key) -> Option<T>,
) -> io::Result<Option<T>> {
    let raw = RawMode::new()?;
    let mut keys = Keys::new();
    // What was typed before the row stood there was not meant for it.
    let _ = tcflush(io::stderr(), FlushArg::TCIFLUSH);
    ui.say(&row(width()));
    let reading = tokio::time::sleep(READING_TIME);
    tokio::pin!(reading);
    let mut has_read = false;
    let chosen = loop {
        let key = tokio::select! {
            key = keys.next() => key,
            () = &mut reading, if !has_read => {
                has_read = true;
                continue;
            }
        };
        match key {
            Key::Gone => break None,
            Key::Resized => ui.say(&format!("\r\x1b[J{}", row(width()))),
            Key::Stop => {}
            _ if !has_read => continue,
            _ => {}
        }
        if let Some(chosen) = decide(key) {
            break Some(chosen);
        }
    };
    drop(keys);
    drop(raw);
    ui.say("\r\x1b[J");
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use super::super::Manner;
    use super::*;

    const OFFERS: [Offer; 3] = [
        Offer { key: "⏎", word: "run", short: Some("run"), help: "run it" },
        Offer { key: "x", word: "explain", short: Some("why"), help: "explain it" },
        Offer { key: "c", word: "copy", short: None, help: "copy it" },
    ];

    #[test]
    fn the_row_shrinks_with_the_terminal() {
        let ui = Ui { manner: Manner::Live, color: false, unicode: true };
        assert_eq!(paint(&ui, "", &OFFERS, 80), "  ⏎ run  x explain  c copy");
        assert_eq!(paint(&ui, "", &OFFERS, 24), "  ⏎ run  x why  ?");
        assert_eq!(paint(&ui, "", &OFFERS, 14), "  ⏎  x  ?");
        assert_eq!(paint(&ui, "not run", &OFFERS, 80), "  not run  ⏎ run  x explain  c copy");
        for columns in 12..100 {
            let row = paint(&ui, "caro does not run this.", &OFFERS, columns);
            assert!(row.width() < columns, "{columns}: {row}");
        }
    }
}
