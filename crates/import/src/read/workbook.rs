//! Workbooks (XLSX): the first sheet in which something is understood.

use std::io::{Cursor, Read, copy, sink};

use calamine::{Cell, DataRef, ExcelDateTime, Reader, Xlsx};
use csv::StringRecord;
use zip::ZipArchive;

use super::{Understood, Unreadable, text::too_many, unreadable};
use crate::{
    limits, numbers,
    sheet::{Form, Kind, Row, Sheet},
};

type Book<'a> = Xlsx<Cursor<&'a [u8]>>;

pub(super) fn read(bytes: &[u8], understood: Understood<'_>) -> Result<Sheet, Unreadable> {
    unpacked(bytes)?;
    let mut book: Book<'_> = Xlsx::new(Cursor::new(bytes)).map_err(|error| not_a_workbook(&error))?;
    let mut best: Option<(usize, Vec<Row>)> = None;
    for name in book.sheet_names() {
        let rows = rows(&mut book, &name)?;
        let fit = understood(rows.get(..limits::HEADER_ROWS).unwrap_or(&rows));
        if !rows.is_empty() && best.as_ref().is_none_or(|(most, _)| fit > *most) {
            best = Some((fit, rows));
        }
    }
    let (_, rows) = best.ok_or_else(|| unreadable("a workbook without anything in it"))?;
    Ok(Sheet { form: Form::Workbook, rows, open_end: false })
}

fn not_a_workbook(error: &impl std::fmt::Display) -> Unreadable {
    unreadable(format!("an archive, but not a workbook ({error}): unpack it, or save it as .xlsx"))
}

/// Unpacks every part once, keeping nothing: what it comes to is known before anything is read into memory.
fn unpacked(bytes: &[u8]) -> Result<(), Unreadable> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| not_a_workbook(&error))?;
    if archive.len() > limits::PARTS {
        return Err(unreadable(format!("a workbook of {} parts: at most {} are read", archive.len(), limits::PARTS)));
    }
    let mut left = limits::UNPACKED_BYTES;
    for part in 0..archive.len() {
        let part = archive.by_index(part).map_err(|error| not_a_workbook(&error))?;
        let read = copy(&mut part.take(left + 1), &mut sink()).map_err(|error| not_a_workbook(&error))?;
        left = left.checked_sub(read).ok_or_else(|| {
            unreadable(format!("unpacked it has more than {} MiB; export fewer days at a time, or as CSV", limits::UNPACKED_BYTES >> 20))
        })?;
    }
    Ok(())
}

/// A sheet's rows. Cells are taken one by one: a sheet laid out whole, with a cell in its last row and column, would fill the memory.
fn rows(book: &mut Book<'_>, sheet: &str) -> Result<Vec<Row>, Unreadable> {
    let wrong = |error: calamine::XlsxError| unreadable(format!("sheet `{sheet}` cannot be read ({error}): save it again, or as CSV"));
    let mut cells = match book.worksheet_cells_reader(sheet) {
        Ok(cells) => cells,
        // A chart has no cells.
        Err(_) => return Ok(Vec::new()),
    };
    let (mut rows, mut count) = (Vec::new(), 0);
    let mut row = Making::default();
    while let Some(cell) = cells.next_cell().map_err(wrong)? {
        let (line, column) = cell.get_position();
        let Some((text, kind)) = text(&cell) else { continue };
        if line != row.line {
            rows.extend(std::mem::take(&mut row).finish());
            row.line = line;
        }
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        count += 1 + column.saturating_sub(row.kinds.len());
        if column >= limits::COLUMNS || rows.len() >= limits::ROWS || count > limits::CELLS {
            return Err(too_many());
        }
        row.put(column, &text, kind);
    }
    rows.extend(row.finish());
    Ok(rows)
}

/// A row in the making.
#[derive(Default)]
struct Making {
    line: u32,
    cells: StringRecord,
    kinds: Vec<Kind>,
}

impl Making {
    fn put(&mut self, column: usize, text: &str, kind: Kind) {
        while self.kinds.len() < column {
            self.cells.push_field("");
            self.kinds.push(Kind::Text);
        }
        // A file that gives a cell twice, or out of order, keeps the first.
        if self.kinds.len() == column {
            self.cells.push_field(text);
            self.kinds.push(kind);
        }
    }

    fn finish(self) -> Option<Row> {
        let has_any = self.cells.iter().any(|cell| !cell.trim().is_empty());
        has_any.then(|| Row::of_workbook(u64::from(self.line) + 1, self.cells, self.kinds.into()))
    }
}

fn text(cell: &Cell<DataRef<'_>>) -> Option<(String, Kind)> {
    match cell.get_value() {
        DataRef::Empty => None,
        DataRef::String(text) => Some((text.clone(), Kind::Text)),
        DataRef::SharedString(text) => Some(((*text).to_owned(), Kind::Text)),
        DataRef::Int(number) => Some((number.to_string(), Kind::Number)),
        DataRef::Float(number) => Some((numbers::of_workbook(*number), Kind::Number)),
        DataRef::Bool(truth) => Some((truth.to_string(), Kind::Text)),
        DataRef::DateTime(at) => Some(dated(at)),
        DataRef::DateTimeIso(text) => Some((text.clone(), Kind::Date)),
        DataRef::DurationIso(text) => Some((text.clone(), Kind::Text)),
        // What a formula could not work out is nothing.
        DataRef::Error(_) => Some((String::new(), Kind::Text)),
    }
}

fn dated(at: &ExcelDateTime) -> (String, Kind) {
    // What is no day of theirs is a number that looks like one.
    if at.is_duration() || !(0.0..2_958_466.0).contains(&at.as_f64()) {
        return (numbers::of_workbook(at.as_f64()), Kind::Number);
    }
    let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    let has_time = (hour, minute, second) != (0, 0, 0);
    (if has_time { format!("{date} {hour:02}:{minute:02}:{second:02}") } else { date }, Kind::Date)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::{ZipWriter, write::SimpleFileOptions};

    use super::*;

    /// A workbook whose sheet is another.
    fn with_sheet(sheet: &mut dyn FnMut(&mut dyn Write)) -> Vec<u8> {
        let good = include_bytes!("../../../../tests/exports/google-ads-de.xlsx");
        let mut archive = ZipArchive::new(Cursor::new(&good[..])).unwrap();
        let mut made = ZipWriter::new(Cursor::new(Vec::new()));
        for n in 0..archive.len() {
            let mut part = archive.by_index(n).unwrap();
            made.start_file(part.name().unwrap(), SimpleFileOptions::default()).unwrap();
            if part.name().unwrap().ends_with("sheet1.xml") {
                sheet(&mut made);
            } else {
                copy(&mut part, &mut made).unwrap();
            }
        }
        made.finish().unwrap().into_inner()
    }

    fn refused(bytes: &[u8]) -> String {
        read(bytes, &|rows| rows.len()).unwrap_err().to_string()
    }

    #[test]
    fn a_small_archive_may_not_unpack_to_more_than_is_read() {
        let bomb = with_sheet(&mut |out| (0..257).for_each(|_| out.write_all(&vec![b' '; 1 << 20]).unwrap()));
        assert!(bomb.len() < 1 << 20);
        assert!(refused(&bomb).starts_with("unpacked it has more than 256 MiB"));
    }

    #[test]
    fn a_cell_far_away_takes_no_room() {
        let far = with_sheet(&mut |out| {
            let xml = "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">\
                <sheetData><row r=\"1\"><c r=\"A1\"><v>1</v></c></row>\
                       <row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row></sheetData></worksheet>";
            out.write_all(xml.as_bytes()).unwrap();
        });
        assert!(refused(&far).starts_with("more than"), "{}", refused(&far));
    }
}
