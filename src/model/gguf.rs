//! The head of a GGUF file: enough to know what a model is before llama.cpp loads it.
//!
//! Apart from the engine because it answers in a millisecond and with typed errors what llama.cpp
//! would answer late, in a log line, or not at all: is this a GGUF, is it whole, which
//! architecture, how does it want to be asked. The format is described in
//! <https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>.

use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind};
use std::path::Path;

/// What the head of a model file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head {
    /// `general.architecture`, for example `qwen2`.
    pub architecture: Option<String>,
    /// `general.name`.
    pub name: Option<String>,
    /// `tokenizer.chat_template`, in Jinja.
    pub chat_template: Option<String>,
    /// `caro.prompt.style`: how the model wants to be asked, set by models made for caro.
    pub prompt_style: Option<String>,
}

/// Why a file is no usable model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GgufError {
    NoSuchFile,
    Unreadable(String),
    /// The file does not begin as a GGUF does.
    NotGguf,
    /// It begins well and then breaks off or contradicts itself.
    Damaged(String),
}

/// Reads the head of the file at `path`.
///
/// # Errors
///
/// A [`GgufError`] when the file is absent, can't be read, is no GGUF, or ends before its last
/// tensor begins.
pub fn read_head(path: &Path) -> Result<Head, GgufError> {
    let file = File::open(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => GgufError::NoSuchFile,
        _ => GgufError::Unreadable(error.to_string()),
    })?;
    let metadata = file.metadata().map_err(|error| GgufError::Unreadable(error.to_string()))?;
    if !metadata.is_file() {
        return Err(GgufError::Unreadable("it is not a file".to_owned()));
    }
    Reader { source: BufReader::with_capacity(1 << 18, file), at: 0, size: metadata.len() }.head()
}

/// Reads the head of a model that lies in memory.
///
/// # Errors
///
/// As [`read_head`].
pub fn head_of(bytes: &[u8]) -> Result<Head, GgufError> {
    Reader { source: bytes, at: 0, size: bytes.len() as u64 }.head()
}

/// Numbers of the value types (`enum gguf_metadata_value_type`).
const STRING: u32 = 8;
const ARRAY: u32 = 9;

/// A tensor has at most this many dimensions (`GGML_MAX_DIMS`).
const MAX_DIMENSIONS: u32 = 4;

struct Reader<R> {
    source: R,
    /// Bytes read so far.
    at: u64,
    /// Bytes of the whole file.
    size: u64,
}

impl<R: BufRead> Reader<R> {
    fn head(mut self) -> Result<Head, GgufError> {
        let mut magic = [0; 4];
        if self.size < 4 || self.fill(&mut magic).is_err() || magic != *b"GGUF" {
            return Err(GgufError::NotGguf);
        }
        let version = self.u32()?;
        if !(2..=3).contains(&version) {
            return Err(GgufError::Damaged(format!("its format version {version} is unknown")));
        }
        let tensors = self.u64()?;
        let values = self.u64()?;
        let mut head = Head::default();
        for _ in 0..values {
            self.value_into(&mut head)?;
        }
        let mut last_tensor = 0;
        for _ in 0..tensors {
            last_tensor = last_tensor.max(self.tensor_offset()?);
        }
        if tensors == 0 {
            return Err(GgufError::Damaged("it holds no tensors".to_owned()));
        }
        if self.at.saturating_add(last_tensor) >= self.size {
            return Err(self.broken_off());
        }
        Ok(head)
    }

    fn value_into(&mut self, head: &mut Head) -> Result<(), GgufError> {
        let key = self.string()?;
        let kind = self.u32()?;
        let field = match key.as_str() {
            "general.architecture" => &mut head.architecture,
            "general.name" => &mut head.name,
            "tokenizer.chat_template" => &mut head.chat_template,
            "caro.prompt.style" => &mut head.prompt_style,
            _ => return self.skip_value(kind),
        };
        if kind != STRING {
            return Err(GgufError::Damaged(format!("`{key}` is not text")));
        }
        *field = Some(self.string()?);
        Ok(())
    }

    fn skip_value(&mut self, kind: u32) -> Result<(), GgufError> {
        match kind {
            STRING => self.skip_string(),
            ARRAY => {
                let kind = self.u32()?;
                let length = self.u64()?;
                match kind {
                    STRING => (0..length).try_for_each(|_| self.skip_string()),
                    ARRAY => Err(GgufError::Damaged("an array holds arrays".to_owned())),
                    kind => {
                        let bytes = length.checked_mul(size_of_kind(kind)?);
                        self.skip(bytes.ok_or_else(|| self.broken_off())?)
                    }
                }
            }
            kind => self.skip(size_of_kind(kind)?),
        }
    }

    /// Reads one tensor's entry and returns where its data begins, counted from the end of the head.
    fn tensor_offset(&mut self) -> Result<u64, GgufError> {
        self.skip_string()?;
        let dimensions = self.u32()?;
        if dimensions > MAX_DIMENSIONS {
            return Err(GgufError::Damaged(format!("a tensor has {dimensions} dimensions")));
        }
        self.skip(u64::from(dimensions) * 8 + 4)?;
        self.u64()
    }

    fn string(&mut self) -> Result<String, GgufError> {
        let length = self.u64()?;
        if length > self.size - self.at {
            return Err(self.broken_off());
        }
        let mut bytes = vec![0; length as usize];
        self.fill(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn skip_string(&mut self) -> Result<(), GgufError> {
        let length = self.u64()?;
        self.skip(length)
    }

    fn u32(&mut self) -> Result<u32, GgufError> {
        let mut bytes = [0; 4];
        self.fill(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn u64(&mut self) -> Result<u64, GgufError> {
        let mut bytes = [0; 8];
        self.fill(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), GgufError> {
        match self.source.read_exact(bytes) {
            Ok(()) => {
                self.at += bytes.len() as u64;
                Ok(())
            }
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Err(self.broken_off()),
            Err(error) => Err(GgufError::Unreadable(error.to_string())),
        }
    }

    /// Passes over `bytes`, most often a few that are in the buffer already.
    fn skip(&mut self, bytes: u64) -> Result<(), GgufError> {
        if bytes > self.size - self.at {
            return Err(self.broken_off());
        }
        let mut left = bytes;
        while left > 0 {
            let buffer = self.source.fill_buf().map_err(|error| GgufError::Unreadable(error.to_string()))?;
            if buffer.is_empty() {
                return Err(self.broken_off());
            }
            let passed = left.min(buffer.len() as u64);
            self.source.consume(passed as usize);
            left -= passed;
        }
        self.at += bytes;
        Ok(())
    }

    fn broken_off(&self) -> GgufError {
        GgufError::Damaged(format!("it breaks off after {} bytes", self.size))
    }
}

/// Returns the bytes of one value of a fixed size.
fn size_of_kind(kind: u32) -> Result<u64, GgufError> {
    match kind {
        0 | 1 | 7 => Ok(1),
        2 | 3 => Ok(2),
        4..=6 => Ok(4),
        10..=12 => Ok(8),
        other => Err(GgufError::Damaged(format!("it holds a value of unknown type {other}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::builtin;

    #[test]
    fn the_head_of_the_built_in_model_is_read() {
        let head = head_of(builtin::BYTES).unwrap();
        assert_eq!(head.architecture.as_deref(), Some("llama"));
        assert_eq!(head.prompt_style.as_deref(), Some("masked"));
        assert!(head.chat_template.unwrap().contains("messages"));
    }

    #[test]
    fn no_head_is_read_from_a_file_that_breaks_off() {
        let whole = builtin::BYTES;
        for length in (0..200_000).step_by(997) {
            let error = head_of(&whole[..length]).unwrap_err();
            match length {
                0..4 => assert_eq!(error, GgufError::NotGguf),
                _ => assert!(matches!(error, GgufError::Damaged(_)), "{length}: {error:?}"),
            }
        }
    }

    #[test]
    fn lengths_that_lie_are_caught() {
        let mut bytes = builtin::BYTES[..64].to_vec();
        bytes[24..32].copy_from_slice(&u64::MAX.to_le_bytes());
        assert!(matches!(head_of(&bytes), Err(GgufError::Damaged(_))));
    }
}
