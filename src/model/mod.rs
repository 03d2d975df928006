//! Models: which one is wanted and the file it lies in.
//!
//! A model is named the same way everywhere: `nano` is the one inside the binary, anything else
//! is a path to a GGUF file.

pub mod builtin;
pub mod gguf;

use std::path::{Path, PathBuf};

use crate::error::{Exit, Failure};

/// Which model is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelSpec {
    /// The one inside the binary.
    Builtin,
    /// A GGUF file the user named.
    File(PathBuf),
}

/// A model that lies on this machine.
#[derive(Debug)]
pub struct ModelFile {
    /// The name shown to people: `nano`, or the file's name without its ending.
    pub name: String,
    pub path: PathBuf,
    /// Whether this is the model inside the binary, small enough for one thread.
    pub builtin: bool,
    /// Keeps a temporary copy alive while the model is in use.
    _unpacked: Option<builtin::Unpacked>,
}

impl ModelSpec {
    /// Finds the file of the model; `cache` is where the built-in one is unpacked.
    ///
    /// # Errors
    ///
    /// When the built-in model can be unpacked nowhere. Whether a named file is a usable model is
    /// for the engine to say.
    pub fn locate(&self, cache: &Path) -> Result<ModelFile, Failure> {
        match self {
            ModelSpec::File(path) => Ok(ModelFile {
                name: path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned()),
                path: path.clone(),
                builtin: false,
                _unpacked: None,
            }),
            ModelSpec::Builtin => {
                let unpacked = builtin::unpack(cache).map_err(|error| {
                    Failure::new(Exit::Model, format!("can't unpack the built-in model: {error}"))
                        .hint("make room in the cache folder or in the temporary folder")
                })?;
                Ok(ModelFile {
                    name: builtin::NAME.to_owned(),
                    path: unpacked.path.clone(),
                    builtin: true,
                    _unpacked: Some(unpacked),
                })
            }
        }
    }
}
