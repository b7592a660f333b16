//! Text with a delimiter: its encoding and delimiter are those by which most of a header is understood.

use std::borrow::Cow;

use csv::{ReaderBuilder, StringRecord, Terminator};

use super::{Understood, Unreadable, unreadable};
use crate::{
    limits,
    sheet::{Form, Row, Sheet},
};

/// A text encoding by a name of the Encoding Standard.
pub type Encoding = &'static encoding_rs::Encoding;

const DELIMITERS: [u8; 4] = *b",;\t|";

/// What a text may be that is not UTF-8 and has no byte-order mark, the likeliest first.
fn others() -> [Encoding; 8] {
    use encoding_rs::{BIG5, EUC_KR, GBK, ISO_8859_2, SHIFT_JIS, WINDOWS_1250, WINDOWS_1251, WINDOWS_1252};
    [WINDOWS_1252, WINDOWS_1250, SHIFT_JIS, WINDOWS_1251, ISO_8859_2, GBK, BIG5, EUC_KR]
}

pub(super) fn read(bytes: &[u8], encoding: Option<Encoding>, understood: Understood<'_>) -> Result<Sheet, Unreadable> {
    let (text, encoding) = decoded(bytes, encoding, understood);
    if text.trim().is_empty() {
        return Err(unreadable("empty"));
    }
    let (announced, skipped) = announced(&text);
    let rest = text.get(skipped..).unwrap_or_default();
    let delimiter = announced.unwrap_or_else(|| best_delimiter(rest, understood));
    let rows = rows(rest, delimiter, usize::from(skipped > 0), usize::MAX)?;
    Ok(Sheet { form: Form::Delimited { encoding, delimiter }, open_end: !text.ends_with(['\n', '\r']), rows })
}

/// The text, and the name of its encoding.
fn decoded<'a>(bytes: &'a [u8], given: Option<Encoding>, understood: Understood<'_>) -> (Cow<'a, str>, String) {
    if let Some((encoding, mark)) = encoding_rs::Encoding::for_bom(bytes) {
        let text = encoding.decode_without_bom_handling(bytes.get(mark..).unwrap_or_default()).0;
        return (text, format!("{} BOM", encoding.name()));
    }
    let by = |encoding: Encoding| encoding.decode_without_bom_handling(bytes).0;
    if let Some(encoding) = given.or_else(|| utf16(bytes)) {
        return (by(encoding), encoding.name().to_owned());
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return (Cow::Borrowed(text), "UTF-8".to_owned());
    }
    let sample = bytes.get(..limits::SAMPLE_BYTES).unwrap_or(bytes);
    let fits = |encoding: Encoding| {
        let text = encoding.decode_without_bom_handling(sample).0;
        understood(&rows(&text, best_delimiter(&text, understood), 0, limits::HEADER_ROWS).unwrap_or_default())
    };
    let mut best = (encoding_rs::WINDOWS_1252, 0);
    for encoding in others() {
        let fit = fits(encoding);
        if fit > best.1 {
            best = (encoding, fit);
        }
    }
    // Without a byte from 0x80 to 0x9F the two are the same.
    let is_latin = best.0 == encoding_rs::WINDOWS_1252 && !bytes.iter().any(|b| (0x80..0xA0).contains(b));
    (by(best.0), if is_latin { "ISO-8859-1".to_owned() } else { best.0.name().to_owned() })
}

/// UTF-16 without a mark: every other byte of what is mostly ASCII is 0.
fn utf16(bytes: &[u8]) -> Option<Encoding> {
    let sample = bytes.get(..4_096).unwrap_or(bytes);
    let zeros = |odd: usize| sample.iter().skip(odd).step_by(2).filter(|b| **b == 0).count();
    let (even, odd, enough) = (zeros(0), zeros(1), sample.len() / 5);
    match (even > enough && odd == 0, odd > enough && even == 0) {
        (true, _) => Some(encoding_rs::UTF_16BE),
        (_, true) => Some(encoding_rs::UTF_16LE),
        _ => None,
    }
}

/// `sep=;` in the first line, which spreadsheets take for the delimiter, and how long that line is.
fn announced(text: &str) -> (Option<u8>, usize) {
    let line = text.lines().next().unwrap_or_default();
    let sign = line.trim_end_matches('\r').strip_prefix("sep=").and_then(|sign| sign.bytes().next());
    match sign.filter(|sign| DELIMITERS.contains(sign)) {
        Some(sign) => (Some(sign), (line.len() + 1).min(text.len())),
        None => (None, 0),
    }
}

/// The delimiter by which most of a header is understood; where none is by any, the one that cuts most rows alike.
fn best_delimiter(text: &str, understood: Understood<'_>) -> u8 {
    let mut end = text.len().min(limits::SAMPLE_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let sample = text.get(..end).unwrap_or(text);
    let merit = |delimiter: u8| {
        let rows = rows(sample, delimiter, 0, limits::HEADER_ROWS).unwrap_or_default();
        let commonest = (2..limits::COLUMNS.min(64)).map(|width| (width - 1) * rows.iter().filter(|row| row.len() == width).count()).max();
        (understood(&rows), commonest.unwrap_or(0))
    };
    let best = DELIMITERS.into_iter().rev().max_by_key(|delimiter| merit(*delimiter));
    best.unwrap_or(b',')
}

fn rows(text: &str, delimiter: u8, skipped_lines: usize, most: usize) -> Result<Vec<Row>, Unreadable> {
    let mut reader =
        ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).terminator(Terminator::CRLF).from_reader(text.as_bytes());
    let (mut rows, mut cells) = (Vec::new(), 0);
    let mut record = StringRecord::new();
    while rows.len() < most && reader.read_record(&mut record).map_err(|error| unreadable(format!("no text with a delimiter: {error}")))? {
        cells += record.len();
        if rows.len() == limits::ROWS || cells > limits::CELLS || record.len() > limits::COLUMNS {
            return Err(too_many());
        }
        let line = record.position().map_or(0, |position| line(text, position)) + skipped_lines as u64;
        rows.push(Row::of_texts(line, record.clone()));
    }
    Ok(rows)
}

/// The line of a record: its position is before the blank lines that it follows.
fn line(text: &str, position: &csv::Position) -> u64 {
    let from = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let blanks = text.as_bytes().get(from..).unwrap_or_default().iter().take_while(|b| matches!(b, b'\r' | b'\n'));
    position.line() + blanks.filter(|b| **b == b'\n').count() as u64
}

pub(super) fn too_many() -> Unreadable {
    unreadable(format!("more than {} rows, {} cells or {} columns: export fewer days at a time", limits::ROWS, limits::CELLS, limits::COLUMNS))
}
