//! Cells in aligned columns.

use std::io::{self, Write};

/// On which side a column's cells are aligned.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// Letters of a text from outside that are shown: names and ids may have a thousand, and then each line of the table would.
const LETTERS_AT_MOST: usize = 80;
/// What stands where a text goes on.
const CUT: char = '…';

/// Writes rows in columns, indented, two blanks apart; the first row is the header.
pub fn write(out: &mut impl Write, columns: &[Align], rows: &[Vec<String>]) -> io::Result<()> {
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    for row in rows {
        let mut line = String::new();
        for ((cell, width), align) in row.iter().zip(&widths).zip(columns) {
            // Filled by hand: a width of format!, which is found at run time, may be 65,535 and no more.
            let blanks = " ".repeat(width.saturating_sub(cell.chars().count()));
            line.push_str("  ");
            match align {
                Align::Left => line.extend([cell, &*blanks]),
                Align::Right => line.extend([&*blanks, cell]),
            }
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// A text from outside for people: cut where it is long, and without what would move a terminal's cursor or turn its direction.
pub fn printable(text: &str) -> String {
    let moves = |c: char| c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let mut letters = text.chars().map(|c| if moves(c) { char::REPLACEMENT_CHARACTER } else { c });
    let mut shown: String = letters.by_ref().take(LETTERS_AT_MOST).collect();
    if letters.next().is_some() {
        shown.pop();
        shown.push(CUT);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_written_whatever_its_cells_hold() {
        let long = "x".repeat(70_000);
        let rows = [vec!["name".to_owned(), "n".to_owned()], vec![long.clone(), "1".to_owned()], vec![printable(&long), "12".to_owned()]];
        let mut out = Vec::new();
        write(&mut out, &[Align::Left, Align::Right], &rows).unwrap();
        let text = String::from_utf8(out).unwrap();
        let lengths: Vec<usize> = text.lines().map(|line| line.chars().count()).collect();
        assert_eq!(lengths, [70_006; 3]);
        assert!(text.ends_with("  12\n"));
    }

    #[test]
    fn what_is_printed_is_cut_and_harmless() {
        assert_eq!(printable("Messe\tKöln \u{202e}nlöK"), "Messe\u{fffd}Köln \u{fffd}nlöK");
        assert_eq!(printable(&"ü".repeat(80)), "ü".repeat(80));
        assert_eq!(printable(&"ü".repeat(81)), "ü".repeat(79) + "…");
    }
}
