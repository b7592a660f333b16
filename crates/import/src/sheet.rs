//! A file's rows as texts, whatever it was written as.

use std::fmt;

use csv::StringRecord;

/// The rows of a file, blank lines left out.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// What it is written as.
    pub form: Form,
    /// The rows, in their order.
    pub rows: Vec<Row>,
    /// The text does not end in a line end: perhaps it was cut.
    pub open_end: bool,
}

/// What a file is written as.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Form {
    /// Text with a delimiter.
    Delimited {
        /// The encoding, with `BOM` where there was a byte-order mark.
        encoding: String,
        /// Between two cells.
        delimiter: u8,
    },
    /// A workbook's first sheet with anything in it.
    Workbook,
}

/// A row: its cells as texts, and where it stands.
#[derive(Clone, Debug)]
pub struct Row {
    /// The line, or row of the sheet, counted from 1.
    pub line: u64,
    cells: StringRecord,
    kinds: Option<Box<[Kind]>>,
}

/// What a cell is in the file itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Text: what it means is for whoever reads it.
    Text,
    /// A number of a workbook, written with a point.
    Number,
    /// A date or time of a workbook, written as ISO 8601 without a zone.
    Date,
}

impl Row {
    /// A row of texts.
    pub fn of_texts(line: u64, cells: StringRecord) -> Row {
        Row { line, cells, kinds: None }
    }

    /// A row of a workbook; `kinds` are those of `cells`.
    pub fn of_workbook(line: u64, cells: StringRecord, kinds: Box<[Kind]>) -> Row {
        Row { line, cells, kinds: Some(kinds) }
    }

    /// A cell's text without the blanks around it; empty where there is none.
    pub fn cell(&self, column: usize) -> &str {
        self.cells.get(column).unwrap_or_default().trim()
    }

    /// What a cell is.
    pub fn kind(&self, column: usize) -> Kind {
        self.kinds.as_ref().and_then(|kinds| kinds.get(column).copied()).unwrap_or(Kind::Text)
    }

    /// How many cells the row has. A workbook leaves empty ones out at the end.
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether the row must have as many cells as its header.
    pub fn is_text(&self) -> bool {
        self.kinds.is_none()
    }

    /// The cells, without the blanks around them.
    pub fn cells(&self) -> impl Iterator<Item = &str> {
        self.cells.iter().map(str::trim)
    }

    /// The cells that have anything in them.
    pub fn filled(&self) -> impl Iterator<Item = &str> {
        self.cells().filter(|cell| !cell.is_empty())
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Form::Delimited { encoding, delimiter } = self else { return f.write_str("XLSX") };
        let delimiter = match delimiter {
            b',' => "comma",
            b';' => "semicolon",
            b'\t' => "tab",
            _ => "bar",
        };
        write!(f, "{delimiter}, {encoding}")
    }
}
