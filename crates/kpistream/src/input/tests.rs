//! Files of every kind, whole and broken, and the order in which lines are taken.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    sync::{Barrier, mpsc},
    time::Duration,
};

use super::*;
use flate2::{Compression, write::GzEncoder};

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("kpistream-input-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, bytes).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Every line of the files as `file:line:length`, with `>` for one that is too long.
fn lines(files: &[&Path]) -> Result<Vec<String>, InputError> {
    let mut blocks = Blocks::open(files.iter().map(|file| file.to_path_buf()).collect())?;
    let mut lines = Vec::new();
    while let Some(block) = blocks.next_block()? {
        lines.extend(block.lines().map(|(line, text)| format!("{}:{line}:{}", block.file, text.map_or(">".to_owned(), |t| t.len().to_string()))));
    }
    Ok(lines)
}

#[test]
fn marks_line_ends_and_blank_lines_are_harmless() {
    let folder = Folder::new("plain");
    let file = folder.write("a.ndjson", b"\xef\xbb\xbf{\"a\":1}\r\n\n  \t \r\n{}\n{\"last\":1}");
    let empty = folder.write("b.ndjson", b"");
    let marked = folder.write("c.ndjson", b"\xef\xbb\xbf");
    assert_eq!(lines(&[&file, &empty, &marked, &file]).unwrap(), ["0:1:7", "0:4:2", "0:5:10", "3:1:7", "3:4:2", "3:5:10"]);
}

const MARK: &[u8] = b"\xef\xbb\xbf";

#[test]
fn a_byte_order_mark_before_any_line_is_harmless() {
    let folder = Folder::new("marks");
    let text = [MARK, b"{}\n", MARK, MARK, b"{1}\r\n", MARK, b"\n", MARK, b"\r\n", b"{\xef\xbb\xbf}\n", MARK, b"{12}"].concat();
    let wanted = ["0:1:2", "0:2:3", "0:5:5", "0:6:4"];
    assert_eq!(lines(&[&folder.write("a", &text)]).unwrap(), wanted);
    assert_eq!(lines(&[&folder.write("b.gz", &gzip(&text))]).unwrap(), wanted);
    let full = [MARK, "x".repeat(MAX_LINE).as_bytes(), b"\n{}\n"].concat();
    assert_eq!(lines(&[&folder.write("c", &full)]).unwrap(), [format!("0:1:{MAX_LINE}"), "0:2:2".to_owned()]);
}

#[test]
fn gzip_members_may_begin_with_a_mark_and_end_in_zeros() {
    let folder = Folder::new("members");
    let zeros = |n: usize| vec![0; n];
    let marked = |text: &[u8]| gzip(&[MARK, text].concat());
    let wanted = ["0:1:2", "0:2:3"];
    for (name, bytes) in [
        ("zeros", [gzip(b"{}\n{1}\n"), zeros(1)].concat()),
        ("many-zeros", [gzip(b"{}\n{1}\n"), zeros(700_000)].concat()),
        ("zeros-between", [gzip(b"{}\n"), zeros(512), gzip(b"{1}\n"), zeros(3)].concat()),
        ("marks", [marked(b"{}\n"), marked(b"{1}")].concat()),
        ("no-line-end", [marked(b"{}"), marked(b"{1}\n")].concat()),
        ("empty-members", [gzip(b""), marked(b""), gzip(b"{}\n{"), gzip(b""), gzip(b"1}\n"), marked(b"")].concat()),
        ("bytewise", b"{}\n{1}".iter().flat_map(|byte| gzip(&[*byte])).collect()),
    ] {
        assert_eq!(lines(&[&folder.write(name, &bytes)]).unwrap(), wanted, "{name}");
    }
    for (name, rest) in [("garbage", &b"\0\0junk"[..]), ("half-header", b"\x1f\x8b\x08\0"), ("text", b"{}\n")] {
        let error = lines(&[&folder.write(name, &[&gzip(b"{}\n"), rest].concat())]).unwrap_err();
        assert!(error.to_string().contains("gzip data"), "{error}");
    }
}

#[test]
fn compression_is_told_by_content_and_name() {
    let folder = Folder::new("compressed");
    let text = "{\"line\":0}\n".repeat(100_000);
    let (first, second) = text.split_at(text.len() / 2 + 3);
    let members = [gzip(first.as_bytes()), gzip(second.as_bytes())].concat();
    let frames = [zstd::encode_all(first.as_bytes(), 1).unwrap(), zstd::encode_all(second.as_bytes(), 1).unwrap()].concat();
    let plain = lines(&[&folder.write("a.ndjson", text.as_bytes())]).unwrap();
    assert_eq!(plain.len(), 100_000);
    assert_eq!(plain.last().unwrap(), "0:100000:10");
    for (name, bytes) in [("b.ndjson.gz", &members), ("c.ndjson", &members), ("d.zst", &frames), ("e", &frames)] {
        assert_eq!(lines(&[&folder.write(name, bytes)]).unwrap(), plain, "{name}");
    }
}

#[test]
fn a_broken_file_is_named_in_one_line() {
    let folder = Folder::new("broken");
    let packed = gzip("{\"line\":0}\n".repeat(100_000).as_bytes());
    let mut damaged = packed.clone();
    let middle = damaged.len() / 2;
    damaged[middle..middle + 40].fill(0xff);
    let frame = zstd::encode_all(&b"{}\n".repeat(1000)[..], 1).unwrap();
    let cases: [(&str, &[u8], &str); 6] = [
        ("half.gz", &packed[..packed.len() / 2], "half.gz: the gzip data ends early, after "),
        ("half.zst", &frame[..frame.len() / 2], "half.zst: the zstd data ends early, after 0 lines"),
        ("trailer.gz", &packed[..packed.len() - 4], "trailer.gz: the gzip data ends early, after "),
        ("empty.gz", b"", "empty.gz: the gzip data ends early, after 0 lines"),
        ("damaged.gz", &damaged, "damaged.gz: not valid gzip data ("),
        ("text.zst", b"{}\n", "text.zst: not valid zstd data ("),
    ];
    for (name, bytes, expected) in cases {
        let error = lines(&[&folder.write(name, bytes)]).unwrap_err();
        let line = error.to_string().replace(&format!("{}/", folder.0.display()), "");
        assert!(line.starts_with(expected) && !line.contains('\n') && !error.is_usage(), "{name}: {line}");
    }
}

#[test]
fn a_missing_file_is_bad_usage_before_anything_is_read() {
    let folder = Folder::new("missing");
    let there = folder.write("a.ndjson", b"{}\n");
    let error = lines(&[&there, Path::new("none.ndjson")]).unwrap_err();
    assert!(error.is_usage());
    assert_eq!(error.to_string(), "none.ndjson: cannot open the input (no such file); give the path of an event file");
    let error = lines(&[&folder.0]).unwrap_err().to_string();
    assert!(error.ends_with("cannot open the input (it is a folder); give the path of an event file"), "{error}");
}

#[test]
fn a_line_over_a_mebibyte_is_too_large_and_the_rest_goes_on() {
    let folder = Folder::new("long");
    let line = |n: usize| format!("{{{}", "x".repeat(n - 1));
    for (own, expected) in
        [(MAX_LINE, MAX_LINE.to_string()), (MAX_LINE + 1, ">".to_owned()), (MAX_LINE + 2, ">".to_owned()), (5 * MAX_LINE + 77, ">".to_owned())]
    {
        for end in ["\n", "\r\n"] {
            let text = format!("{{}}\n{}{end}{}", line(own), format!("{{}}{end}").repeat(3));
            let file = folder.write("a.ndjson", text.as_bytes());
            let long = format!("0:2:{expected}");
            assert_eq!(lines(&[&file]).unwrap(), ["0:1:2", &long, "0:3:2", "0:4:2", "0:5:2"], "{own}");
        }
        let last = folder.write("b.ndjson", line(own).as_bytes());
        assert_eq!(lines(&[&last]).unwrap(), [format!("0:1:{expected}")]);
        let two = folder.write("c.ndjson", format!("{}\n{}\n", line(own), line(own)).as_bytes());
        assert_eq!(lines(&[&two]).unwrap(), [format!("0:1:{expected}"), format!("0:2:{expected}")]);
    }
}

/// The lines of a block by their places.
struct Places;

impl Parse for Places {
    type Parsed<'a> = Vec<Place<'a>>;
    type Room = ();

    fn parse<'a>(&self, block: &'a Block, _: &mut ()) -> Vec<Place<'a>> {
        block.lines().map(|(line, text)| (block.file, line, text)).collect()
    }
}

type Place<'a> = (usize, u64, Option<&'a [u8]>);

/// A stage of places.
struct By<F>(F);

impl<F: FnMut(&mut Vec<Place<'_>>) -> Result<(), InputError> + Send> Stage<Places, InputError> for By<F> {
    fn take(&mut self, places: &mut Vec<Place<'_>>) -> Result<(), InputError> {
        (self.0)(places)
    }
}

fn stage<F: FnMut(&mut Vec<Place<'_>>) -> Result<(), InputError> + Send>(take: F) -> By<F> {
    By(take)
}

#[test]
fn lines_are_taken_in_order_however_many_threads_parse() {
    let folder = Folder::new("relay");
    let text: String = (0..60_000).map(|n| format!("{{\"line\":{n}}}\n")).collect();
    let files = vec![folder.write("a", text.as_bytes()), folder.write("b.gz", &gzip(text.as_bytes()))];
    for cores in [1, 2, 5] {
        let (mut taken, mut even) = (Vec::new(), Vec::new());
        let mut first = stage(|places| {
            taken.extend(places.iter().map(|(file, line, _)| (*file, *line)));
            places.retain(|(_, line, _)| *line % 2 == 0);
            Ok(())
        });
        let mut last = stage(|places| {
            even.extend(places.iter().map(|(file, line, _)| (*file, *line)));
            Ok(())
        });
        relay(Blocks::open(files.clone()).unwrap(), cores, &Places, [&mut first, &mut last]).unwrap();
        let expected: Vec<(usize, u64)> = (0..2).flat_map(|file| (1..=60_000).map(move |line| (file, line))).collect();
        assert!(taken == expected, "{cores} cores");
        assert!(even.len() == expected.len() / 2 && even.is_sorted(), "a stage gets what the one before has left: {cores} cores");
    }
}

/// Waits with the first block until another thread has the second.
struct Together(Barrier);

impl Parse for Together {
    type Parsed<'a> = ();
    type Room = u32;

    fn parse(&self, _: &Block, parsed: &mut u32) {
        *parsed += 1;
        if *parsed == 1 {
            self.0.wait();
        }
    }
}

#[test]
fn blocks_are_parsed_side_by_side() {
    let folder = Folder::new("relay-together");
    let file = folder.write("a", "{}\n".repeat(1_000_000).as_bytes());
    let both = Together(Barrier::new(2));
    let (ended, has_ended) = mpsc::channel();
    // Left behind where they wait for each other for ever.
    std::thread::spawn(move || ended.send(relay::<_, InputError, 0>(Blocks::open(vec![file]).unwrap(), 1, &both, [])));
    has_ended.recv_timeout(Duration::from_secs(60)).expect("one thread at a time").unwrap();
}

#[test]
fn a_file_that_breaks_ends_the_relay_with_its_error() {
    let folder = Folder::new("relay-broken");
    let packed = gzip("{\"line\":0}\n".repeat(200_000).as_bytes());
    let file = folder.write("half.gz", &packed[..packed.len() - 9]);
    let mut taken = 0;
    let mut stage = stage(|places| {
        taken += places.len();
        Ok(())
    });
    let error = relay(Blocks::open(vec![file]).unwrap(), 2, &Places, [&mut stage]).unwrap_err();
    assert!(matches!(error, InputError::EndsEarly { .. }), "{error}");
    assert!(taken > 150_000, "what lies before it is taken: {taken}");
}

#[test]
#[should_panic(expected = "a scoped thread panicked")]
fn a_panic_ends_the_relay() {
    let folder = Folder::new("relay-panic");
    let file = folder.write("a", "{}\n".repeat(1_000_000).as_bytes());
    let mut panicking = stage(|places| {
        assert!(places.iter().all(|(_, line, _)| *line < 500_000));
        Ok(())
    });
    let (mut before, mut after) = (stage(|_| Ok(())), stage(|_| Ok(())));
    let _ = relay(Blocks::open(vec![file]).unwrap(), 3, &Places, [&mut before, &mut panicking, &mut after]);
}

#[test]
fn what_cannot_be_taken_ends_the_relay() {
    let folder = Folder::new("relay-take");
    let file = folder.write("a", "{}\n".repeat(1_000_000).as_bytes());
    let full = || InputError::Failed { file: "a".to_owned(), why: "full".to_owned(), lines: 0 };
    for failing in 0..2 {
        let mut taken = [0, 0];
        let [first, second] = &mut taken;
        let counted = |is_failing: bool, taken: &mut usize, places: &[Place<'_>]| {
            *taken += places.len();
            if is_failing && *taken >= 300_000 { Err(full()) } else { Ok(()) }
        };
        let (mut first, mut second) = (stage(|p| counted(failing == 0, first, p)), stage(|p| counted(failing == 1, second, p)));
        let end = relay(Blocks::open(vec![file.clone()]).unwrap(), 3, &Places, [&mut first, &mut second]);
        assert!(end.is_err() && (300_000..500_000).contains(&taken[failing]), "{end:?} after {taken:?}");
    }
}
