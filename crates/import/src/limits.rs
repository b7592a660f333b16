//! What an import may cost. Each bound is named here, and nowhere else.

/// Bytes of a file.
pub const FILE_BYTES: usize = 64 << 20;
/// Bytes of all parts of a workbook, unpacked: a small archive may announce any number.
pub const UNPACKED_BYTES: u64 = 256 << 20;
/// Parts of a workbook.
pub const PARTS: usize = 10_000;
/// Rows of a file.
pub const ROWS: usize = 500_000;
/// Cells of a file.
pub const CELLS: usize = 20_000_000;
/// Columns of a row.
pub const COLUMNS: usize = 4_000;
/// Files in a run.
pub const FILES: usize = 1_000;
/// Bytes of a mapping.
pub const MAPPING_BYTES: usize = 1 << 20;
/// Rows in which a header is looked for.
pub const HEADER_ROWS: usize = 100;
/// Bytes of a text by which its delimiter is told.
pub const SAMPLE_BYTES: usize = 256 << 10;
/// Rows that are refused and named; the others are counted.
pub const NAMED: usize = 20;
