//! The model inside the binary, and the file llama.cpp maps it from.
//!
//! llama.cpp wants a file. The model is unpacked once into the cache folder under a name that holds
//! its checksum; later starts find it there. A file in the making has another name and is renamed
//! when it is whole, so two first starts at once do no harm. Where nothing can be written (full or
//! read-only disk), the model is handed over through memory.

use std::fs::{self, File, FileTimes};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tempfile::NamedTempFile;

/// The model's GGUF file. `nano/` tells how it is made.
pub const BYTES: &[u8] = include_bytes!("../../nano/caro-nano.gguf");

/// What its confidence is worth, as JSON; fitted with the model.
pub const GATE: &str = include_str!("../../nano/gate.json");

/// The model's name, as it is shown to people and in JSON.
pub const NAME: &str = "nano";

/// The SHA-256 of [`BYTES`], in hexadecimal; a test holds the two together.
pub const SHA256: &str = "553d8e9202222f7aa20c1564fbcbab1a1be2c1058d00058d51ff0027f2121122";

/// The time a whole unpacked file bears. Whoever changes the file changes its time, so that the
/// content is looked at again; else every start would have to read 8 MB to be sure.
const STAMP: Duration = Duration::from_secs(0x3b1c_a201);

/// Where the model lies, and what keeps it there.
#[derive(Debug)]
pub struct Unpacked {
    pub path: PathBuf,
    /// A file that vanishes when it is closed, where the cache could not be written.
    _temporary: Option<Temporary>,
}

#[derive(Debug)]
enum Temporary {
    #[cfg(target_os = "linux")]
    Memory(#[allow(dead_code, reason = "held so that the memory stays")] File),
    File(#[allow(dead_code, reason = "held so that the file stays")] NamedTempFile),
}

/// Returns a file that holds the model: in `cache` if that can be written, else in memory.
///
/// # Errors
///
/// Only when neither the cache, memory nor the temporary folder takes it.
pub fn unpack(cache: &Path) -> io::Result<Unpacked> {
    match unpack_into(cache) {
        Ok(path) => Ok(Unpacked { path, _temporary: None }),
        Err(error) => {
            tracing::debug!(%error, folder = %cache.display(), "the built-in model can't be cached");
            unpack_for_this_process()
        }
    }
}

fn unpack_into(cache: &Path) -> io::Result<PathBuf> {
    let path = cache.join(format!("caro-nano-{}.gguf", &SHA256[..16]));
    if is_stamped(&path) {
        return Ok(path);
    }
    fs::create_dir_all(cache)?;
    if fs::read(&path).is_ok_and(|bytes| bytes == BYTES) {
        return stamp(&File::options().append(true).open(&path)?).map(|()| path);
    }
    let mut file = NamedTempFile::new_in(cache)?;
    file.write_all(BYTES)?;
    stamp(file.as_file())?;
    file.as_file().sync_all()?;
    file.persist(&path).map_err(|error| error.error)?;
    Ok(path)
}

fn is_stamped(path: &Path) -> bool {
    let Ok(metadata) = fs::metadata(path) else { return false };
    metadata.is_file()
        && metadata.len() == BYTES.len() as u64
        && metadata.modified().is_ok_and(|time| time == SystemTime::UNIX_EPOCH + STAMP)
}

fn stamp(file: &File) -> io::Result<()> {
    file.set_times(FileTimes::new().set_modified(SystemTime::UNIX_EPOCH + STAMP))
}

#[cfg(target_os = "linux")]
fn unpack_for_this_process() -> io::Result<Unpacked> {
    use nix::sys::memfd::{MFdFlags, memfd_create};
    use std::os::fd::AsRawFd;

    let memory = memfd_create(c"caro-nano", MFdFlags::MFD_CLOEXEC)?;
    let mut file = File::from(memory);
    let path = PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()));
    if file.write_all(BYTES).is_err() || !path.exists() {
        return unpack_to_temporary_file();
    }
    Ok(Unpacked { path, _temporary: Some(Temporary::Memory(file)) })
}

#[cfg(not(target_os = "linux"))]
fn unpack_for_this_process() -> io::Result<Unpacked> {
    unpack_to_temporary_file()
}

fn unpack_to_temporary_file() -> io::Result<Unpacked> {
    let mut file = NamedTempFile::new()?;
    file.write_all(BYTES)?;
    Ok(Unpacked { path: file.path().to_path_buf(), _temporary: Some(Temporary::File(file)) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};
    use std::thread;

    #[test]
    fn the_checksum_is_that_of_the_bytes() {
        assert_eq!(format!("{:x}", Sha256::digest(BYTES)), SHA256);
    }

    #[test]
    fn it_is_unpacked_once_and_found_again() {
        let cache = tempfile::tempdir().unwrap();
        let first = unpack(&cache.path().join("deep/caro")).unwrap();
        assert_eq!(fs::read(&first.path).unwrap(), BYTES);
        let inode = |path: &Path| std::os::unix::fs::MetadataExt::ino(&fs::metadata(path).unwrap());
        let before = inode(&first.path);
        let second = unpack(&cache.path().join("deep/caro")).unwrap();
        assert_eq!((inode(&second.path), second.path), (before, first.path));
    }

    #[test]
    fn a_damaged_copy_is_replaced() {
        let cache = tempfile::tempdir().unwrap();
        let path = unpack(cache.path()).unwrap().path;
        let mut bytes = BYTES.to_vec();
        bytes[5_000_000] ^= 1;
        fs::write(&path, bytes).unwrap();
        assert_eq!(fs::read(unpack(cache.path()).unwrap().path).unwrap(), BYTES);
        fs::write(&path, b"short").unwrap();
        assert_eq!(fs::read(unpack(cache.path()).unwrap().path).unwrap(), BYTES);
    }

    #[test]
    fn many_first_starts_at_once_end_with_one_whole_file() {
        let cache = tempfile::tempdir().unwrap();
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| assert_eq!(fs::read(unpack(cache.path()).unwrap().path).unwrap(), BYTES));
            }
        });
        assert_eq!(fs::read_dir(cache.path()).unwrap().count(), 1);
    }

    #[test]
    fn where_nothing_can_be_written_memory_serves() {
        let unpacked = unpack(Path::new("/proc/caro")).unwrap();
        assert_eq!(fs::read(&unpacked.path).unwrap(), BYTES);
    }
}
