//! A file's bytes to its rows: what a file is, its bytes tell, not its name.

mod text;
mod workbook;

use crate::{
    limits,
    sheet::{Row, Sheet},
};

pub use text::Encoding;

/// Why a file cannot be read at all: what is wrong, and what to do.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub String);

/// How well rows are understood, by which encoding and delimiter are told.
pub type Understood<'a> = &'a dyn Fn(&[Row]) -> usize;

fn unreadable(what: impl Into<String>) -> Unreadable {
    Unreadable(what.into())
}

/// The rows of a file.
pub fn read(bytes: &[u8], encoding: Option<Encoding>, understood: Understood<'_>) -> Result<Sheet, Unreadable> {
    if bytes.len() > limits::FILE_BYTES {
        return Err(unreadable(format!("more than {} MiB, the most that is read: export fewer days at a time", limits::FILE_BYTES >> 20)));
    }
    match bytes {
        [b'P', b'K', 3, 4, ..] => workbook::read(bytes, understood),
        [0xD0, 0xCF, 0x11, 0xE0, ..] => Err(unreadable("an old or a locked workbook (.xls): save it as .xlsx without a password, or as CSV")),
        [0x1F, 0x8B, ..] | [0x28, 0xB5, 0x2F, 0xFD, ..] | [b'P', b'K', 5, 6, ..] => Err(unreadable("compressed: unpack it first")),
        [b'%', b'P', b'D', b'F', ..] => Err(unreadable("a PDF: export as CSV or XLSX")),
        _ if is_markup(bytes) => Err(unreadable("a web page or XML, whatever its name: export as CSV or XLSX")),
        _ => text::read(bytes, encoding, understood),
    }
}

fn is_markup(bytes: &[u8]) -> bool {
    let head: Vec<u8> =
        bytes.iter().copied().filter(|b| !matches!(b, 0 | 0xEF | 0xBB | 0xBF | 0xFE | 0xFF)).skip_while(u8::is_ascii_whitespace).take(9).collect();
    let head = head.to_ascii_lowercase();
    [&b"<!doctype"[..], b"<html", b"<table", b"<?xml", b"<meta"].iter().any(|mark| head.starts_with(mark))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::Form;

    fn cells(sheet: &Sheet) -> Vec<Vec<String>> {
        sheet.rows.iter().map(|row| row.cells().map(str::to_owned).collect()).collect()
    }

    fn widest(rows: &[Row]) -> usize {
        rows.iter().map(Row::len).max().unwrap_or(0)
    }

    #[test]
    fn encodings_are_told_by_their_bytes() {
        let text = "Tag;Kosten\n1;Kälte\n";
        let utf16 = |big: bool| text.encode_utf16().flat_map(move |unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() });
        let latin: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect();
        for (bytes, name) in [
            (text.as_bytes().to_vec(), "UTF-8"),
            ([b"\xef\xbb\xbf", text.as_bytes()].concat(), "UTF-8 BOM"),
            (b"\xff\xfe".iter().copied().chain(utf16(false)).collect(), "UTF-16LE BOM"),
            (utf16(false).collect(), "UTF-16LE"),
            (utf16(true).collect(), "UTF-16BE"),
            (latin, "ISO-8859-1"),
        ] {
            let sheet = read(&bytes, None, &widest).expect(name);
            assert_eq!(sheet.form, Form::Delimited { encoding: name.to_owned(), delimiter: b';' });
            assert_eq!(cells(&sheet), [["Tag", "Kosten"], ["1", "Kälte"]], "{name}");
        }
    }

    #[test]
    fn quotes_may_hold_delimiters_and_line_ends() {
        let sheet = read(b"sep=\t\n\"a\tb\"\tc\n\n\"d\ne\"\t\"f\"\"\"\tg", None, &widest).expect("text");
        assert_eq!(cells(&sheet), [vec!["a\tb", "c"], vec!["d\ne", "f\"", "g"]]);
        assert_eq!(sheet.rows.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 4]);
        assert!(sheet.open_end);
    }

    #[test]
    fn what_is_no_table_is_refused_with_what_to_do() {
        for (bytes, said) in [
            (&b"\xD0\xCF\x11\xE0.."[..], "save it as .xlsx"),
            (b"%PDF-1.7", "export as CSV"),
            (b"\x1f\x8b\x08", "unpack it"),
            (b"  <HTML><table>", "a web page"),
            (b"PK\x03\x04zzzz", "not a workbook"),
            (b"", "empty"),
        ] {
            let why = read(bytes, None, &widest).expect_err(said).to_string();
            assert!(why.contains(said), "{why}");
        }
    }
}
