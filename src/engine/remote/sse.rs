//! Server-sent events, cut out of the bytes of a stream
//! (<https://html.spec.whatwg.org/multipage/server-sent-events.html>).
//!
//! Chunks end where the network pleases: inside a character, between CR and LF, inside a field.
//! Lines are therefore cut as bytes and decoded when they are whole.

/// Collects bytes and gives the data of each whole event.
#[derive(Debug, Default)]
pub struct SseDecoder {
    /// The line in the making, without its end.
    line: Vec<u8>,
    /// The `data:` lines of the event in the making.
    data: Option<String>,
}

/// More than this in one event is no piece of a reply.
const MOST_BYTES: usize = 1 << 20;

impl SseDecoder {
    /// Takes the next bytes and returns the data of the events they complete.
    ///
    /// # Errors
    ///
    /// When one event grows past 1 MiB.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<String>, String> {
        let mut events = Vec::new();
        for &byte in bytes {
            if byte == b'\n' {
                events.extend(self.end_line());
            } else {
                self.line.push(byte);
            }
        }
        if self.line.len() + self.data.as_ref().map_or(0, String::len) > MOST_BYTES {
            return Err("an event of over 1 MiB".to_owned());
        }
        Ok(events)
    }

    /// Returns the event that the end of the stream cut off before its empty line, if any.
    pub fn finish(mut self) -> Option<String> {
        self.end_line().or(self.data)
    }

    fn end_line(&mut self) -> Option<String> {
        let line = std::mem::take(&mut self.line);
        let line = line.strip_suffix(b"\r").unwrap_or(&line);
        if line.is_empty() {
            return self.data.take();
        }
        let value = line.strip_prefix(b"data:")?;
        let value = String::from_utf8_lossy(value.strip_prefix(b" ").unwrap_or(value));
        match &mut self.data {
            Some(data) => {
                data.push('\n');
                data.push_str(&value);
            }
            None => self.data = Some(value.into_owned()),
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decode(chunks: &[&[u8]]) -> Vec<String> {
        let mut decoder = SseDecoder::default();
        let mut events: Vec<String> = chunks.iter().flat_map(|chunk| decoder.push(chunk).unwrap()).collect();
        events.extend(decoder.finish());
        events
    }

    const STREAM: &str =
        ": keepalive 16/27\r\ndata: {\"é\"}\r\n\r\nevent: x\nid: 1\ndata:a\ndata: b\n\ndata: [DONE]\n\n";

    #[test]
    fn events_are_joined_from_their_data_lines() {
        assert_eq!(decode(&[STREAM.as_bytes()]), ["{\"é\"}", "a\nb", "[DONE]"]);
    }

    #[test]
    fn it_does_not_matter_where_chunks_end() {
        for at in 0..STREAM.len() {
            let (left, right) = STREAM.as_bytes().split_at(at);
            assert_eq!(decode(&[left, right]), ["{\"é\"}", "a\nb", "[DONE]"]);
        }
    }

    #[test]
    fn an_event_without_its_empty_line_is_still_seen() {
        assert_eq!(decode(&[b"data: a\n\ndata: b"]), ["a", "b"]);
    }

    #[test]
    fn an_endless_event_is_refused() {
        let mut decoder = SseDecoder::default();
        assert!(decoder.push(&vec![b'x'; MOST_BYTES + 1]).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_taken(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
            let mut decoder = SseDecoder::default();
            let _ = decoder.push(&bytes);
            let _ = decoder.finish();
        }
    }
}
