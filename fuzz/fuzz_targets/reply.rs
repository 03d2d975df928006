//! However a reply is cut into pieces, it ends as the same command or the same refusal.
//!
//! cargo +nightly fuzz run reply
//!
//! The first byte says how the pieces' lengths follow from the text, the rest is the reply.

#![no_main]

use caro_fuzz::prompt::reply::{NoCommand, ReplyReader};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((seed, reply)) = data.split_first() else { return };
    let reply = String::from_utf8_lossy(reply);
    let whole = read([reply.as_ref()].into_iter());
    let letters = reply.char_indices().map(|(at, letter)| &reply[at..at + letter.len_utf8()]);
    assert_eq!(whole, read(letters), "letter by letter: {reply:?}");
    assert_eq!(whole, read(pieces(&reply, *seed).into_iter()), "in pieces, seed {seed}: {reply:?}");
});

fn read<'a>(pieces: impl Iterator<Item = &'a str>) -> Result<String, NoCommand> {
    let mut reader = ReplyReader::new();
    for piece in pieces {
        reader.push(piece);
    }
    reader.finish()
}

/// Cuts `text` into pieces of one to sixteen characters, always the same way for the same `seed`.
fn pieces(text: &str, seed: u8) -> Vec<&str> {
    let mut state = u32::from(seed);
    let mut rest = text;
    let mut pieces = Vec::new();
    while !rest.is_empty() {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let length = 1 + (state >> 28) as usize;
        let end = rest.char_indices().nth(length).map_or(rest.len(), |(at, _)| at);
        let (piece, behind) = rest.split_at(end);
        pieces.push(piece);
        rest = behind;
    }
    pieces
}
