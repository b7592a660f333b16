//! Opening a file: which compression it has, and the bytes behind it.

use std::{
    fs::File,
    io::{self, BufReader, Read},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use super::{InputError, members::Members};

/// Bytes read from the disk at a time.
const DISK_BLOCK: usize = 256 * 1024;
const GZIP: [u8; 2] = [0x1f, 0x8b];
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// A skippable frame, which may begin a zstd file: 0x184D2A50 to 5F, the low byte first.
const ZSTD_SKIPPABLE: [u8; 3] = [0x2a, 0x4d, 0x18];

/// A file being read.
pub struct Source {
    /// Its path, as given.
    pub path: PathBuf,
    /// Its compression's name; none where it is plain.
    pub format: Option<&'static str>,
    /// Its decompressed bytes.
    pub bytes: Box<dyn Read + Send>,
}

impl Source {
    /// Opens a file; `-` is standard input. What is read of it, compressed, is added to `read`.
    ///
    /// The first bytes tell the compression; a name that ends in `.gz` or `.zst` holds where they tell nothing, so that
    /// a file that is no longer what it is called is not taken for text.
    pub fn open(path: &Path, read: &Arc<AtomicU64>) -> Result<Source, InputError> {
        let opened: Box<dyn Read + Send> = if path == Path::new("-") {
            Box::new(io::stdin())
        } else {
            let file = File::open(path).map_err(|error| InputError::opening(path, &error))?;
            if file.metadata().is_ok_and(|about| about.is_dir()) {
                return Err(InputError::opening(path, &io::ErrorKind::IsADirectory.into()));
            }
            Box::new(file)
        };
        let mut counted = Counted { inner: opened, read: Arc::clone(read) };
        let first = first_bytes(&mut counted).map_err(|error| InputError::reading(path, None, 0, &error))?;
        let format = format(path, &first);
        let whole = io::Cursor::new(first).chain(counted);
        let buffered = |whole| BufReader::with_capacity(DISK_BLOCK, whole);
        let bytes: Box<dyn Read + Send> = match format {
            Some("gzip") => Box::new(Members::new(buffered(whole))),
            Some(format) => {
                let decoder = zstd::stream::read::Decoder::with_buffer(buffered(whole));
                Box::new(decoder.map_err(|error| InputError::reading(path, Some(format), 0, &error))?)
            }
            // Its blocks are as big as a buffer would be.
            None => Box::new(whole),
        };
        Ok(Source { path: path.to_owned(), format, bytes })
    }
}

fn format(path: &Path, first: &[u8]) -> Option<&'static str> {
    if first.starts_with(&GZIP) {
        return Some("gzip");
    }
    let skippable = |first: &[u8]| first.first().is_some_and(|b| (0x50..=0x5f).contains(b)) && first.get(1..4) == Some(&ZSTD_SKIPPABLE[..]);
    if first.starts_with(&ZSTD) || skippable(first) {
        return Some("zstd");
    }
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("gz") => Some("gzip"),
        Some("zst") => Some("zstd"),
        _ => None,
    }
}

/// The first four bytes, or all there are.
fn first_bytes(source: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut first = Vec::with_capacity(4);
    source.take(4).read_to_end(&mut first)?;
    Ok(first)
}

/// A reader that counts what is read of it.
struct Counted<R> {
    inner: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.read.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}
