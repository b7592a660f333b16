//! Ids of campaigns and ads: made clean of what guards them against spreadsheets, and refused where one has got at them.

use std::collections::BTreeSet;

use crate::{
    decisions::Refusal,
    mapping::Field,
    sheet::{Kind, Row},
    table::Table,
};

/// Digits that a spreadsheet keeps of a number.
const KEPT: usize = 15;

/// An id without what guards it: `[331234567]`, `="123"`, `'123`, `c:123`.
pub fn clean(id: &str) -> String {
    let id = id.trim().trim_start_matches(['=', '\'']).trim_matches(['"', '[', ']']).trim();
    let bare = id.split_once(':').filter(|(letters, digits)| letters.len() <= 2 && !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()));
    bare.map_or(id, |(_, digits)| digits).to_owned()
}

/// Refuses a report whose ids have lost digits.
pub fn whole(table: &Table<'_>) -> Result<(), Refusal> {
    for (field, column) in table.columns.iter().filter(|(field, _)| field.is_id()) {
        let rows = || table.rows.iter().filter(|row| !row.cell(*column).is_empty());
        if let Some(row) = rows().find(|row| is_scientific(row.cell(*column)) || is_long_number(row, *column)) {
            return Err(mangled(table, row, *field));
        }
        let long: BTreeSet<String> =
            rows().map(|row| clean(row.cell(*column))).filter(|id| id.len() > KEPT && id.bytes().all(|b| b.is_ascii_digit())).collect();
        let zeros = |id: &String| id.bytes().skip(KEPT).filter(|b| *b == b'0').count();
        let all_lost = long.iter().all(|id| zeros(id) == id.len() - KEPT) && long.iter().map(zeros).sum::<usize>() >= 4;
        if let (true, Some(row)) = (all_lost, rows().next()) {
            return Err(mangled(table, row, *field));
        }
    }
    Ok(())
}

/// `1.20253E+17`, `1,2E+17`.
fn is_scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.trim_matches('"').split_once(['E', 'e']) else { return false };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits(exponent.trim_start_matches('+')) && digits(&mantissa.replace(['.', ','], ""))
}

/// A workbook's number of more digits than it keeps.
fn is_long_number(row: &Row, column: usize) -> bool {
    row.kind(column) == Kind::Number && row.cell(column).len() > KEPT
}

fn mangled(table: &Table<'_>, row: &Row, field: Field) -> Refusal {
    let name = table.name(field);
    let what = format!(
        "`{}` is what a spreadsheet has left of an id: its digits are lost. Export again and import the file as downloaded; or go by names \
            with --ignore-column \"{name}\", which counts beside what was imported by id",
        row.cell(table.columns.get(&field).copied().unwrap_or(usize::MAX))
    );
    Refusal::new("mangled_ids", table.place(row, field), what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_made_clean() {
        for (id, clean_id) in
            [("[331234567]", "331234567"), ("=\"12\"", "12"), ("'12", "12"), ("c:120212345678900123", "120212345678900123"), ("ABC-1", "ABC-1")]
        {
            assert_eq!(clean(id), clean_id);
        }
    }

    #[test]
    fn lost_digits_show() {
        for lost in ["1.20253E+17", "1,20253E+17", "1E17"] {
            assert!(is_scientific(lost), "{lost}");
        }
        for whole in ["120212345678900123", "E17", "FALL-E2", "1E"] {
            assert!(!is_scientific(whole), "{whole}");
        }
    }
}
