//! A sheet as a report: whose it is, where its header stands, what its columns are, and the lines around its rows.

use std::collections::BTreeMap;

use model::Currency;

use crate::{
    decisions::{Decisions, Refusal},
    limits,
    mapping::{Field, Mapping},
    sheet::{Row, Sheet},
    words::{self, key, norm},
};

/// A report that has been recognised.
#[derive(Clone, Debug)]
pub struct Table<'a> {
    /// What its columns mean.
    pub mapping: &'a Mapping,
    /// The header.
    pub header: &'a Row,
    /// The columns that are read.
    pub columns: BTreeMap<Field, usize>,
    /// The language of most of its column names.
    pub language: String,
    /// Rows below the header, without the lines of text behind them.
    pub rows: Vec<&'a Row>,
    /// Lines before the header.
    pub before: Vec<(u64, String)>,
    /// Lines behind the rows.
    pub behind: Vec<(u64, String)>,
    /// The file may have been cut in its last row.
    pub open_end: bool,
}

/// What a header's cell says.
struct Heading {
    full: String,
    /// Without the currency at its end.
    bare: Option<String>,
    /// Without a zone such as `(in UTC)` at its end.
    zoneless: Option<String>,
}

/// A mapping held against a row.
struct Fit<'a> {
    mapping: &'a Mapping,
    at: usize,
    /// Cells that it knows, and how many of its fields have their first name: the one that the system itself gives, not a variant.
    known: (usize, usize),
    columns: BTreeMap<Field, usize>,
    missing: Vec<&'static str>,
}

/// How many cells of the best row any mapping knows.
pub fn understood(mappings: &[Mapping], rows: &[Row]) -> usize {
    let known = |row: &Row| {
        let headings = headings(row);
        mappings.iter().map(|mapping| headings.iter().filter(|heading| field(mapping, heading).is_some()).count()).max().unwrap_or(0)
    };
    rows.iter().take(limits::HEADER_ROWS).map(known).max().unwrap_or(0)
}

/// Recognises the report of a sheet.
pub fn recognise<'a>(sheet: &'a Sheet, mappings: &'a [Mapping], decisions: &Decisions) -> Result<Table<'a>, Refusal> {
    let asked = |mapping: &&Mapping| decisions.mapping.as_ref().is_none_or(|name| [&mapping.system, &mapping.name].contains(&name));
    let mappings: Vec<&Mapping> = mappings.iter().filter(asked).collect();
    let mut fits: Vec<Fit<'_>> = Vec::new();
    for (at, row) in sheet.rows.iter().take(limits::HEADER_ROWS).enumerate() {
        let headings = headings(row);
        fits.extend(mappings.iter().filter_map(|mapping| fit(mapping, at, &headings, decisions)));
    }
    let best = best(&fits, sheet)?;
    if let Some(instead) = &best.mapping.instead {
        let line = sheet.rows.get(best.at).map_or(0, |row| row.line);
        return Err(Refusal::new("nothing_to_import", format_args!("line {line}"), format_args!("{}: {instead}", best.mapping.title)));
    }
    laid_out(sheet, best)
}

fn headings(row: &Row) -> Vec<Heading> {
    let heading = |cell: &str| Heading { full: key(cell), bare: split_currency(cell).map(|(bare, _)| key(bare)), zoneless: without_zone(cell) };
    row.cells().map(heading).collect()
}

fn field(mapping: &Mapping, heading: &Heading) -> Option<(Field, usize)> {
    let of = |name: &String| mapping.columns.get(name).map(|(field, rank, _)| (*field, *rank));
    let by_zone = || of(heading.zoneless.as_ref()?).filter(|(field, _)| field.is_date());
    of(&heading.full).or_else(|| of(heading.bare.as_ref()?).filter(|(field, _)| field.is_number())).or_else(by_zone)
}

fn fit<'a>(mapping: &'a Mapping, at: usize, headings: &[Heading], decisions: &Decisions) -> Option<Fit<'a>> {
    let mut ranked: BTreeMap<Field, (usize, usize)> = BTreeMap::new();
    let mut known = 0;
    for (column, heading) in headings.iter().enumerate().filter(|(_, heading)| !Decisions::names(&decisions.ignore, &heading.full)) {
        known += usize::from(mapping.segments.contains_key(&heading.full));
        let Some((field, rank)) = field(mapping, heading) else { continue };
        known += 1;
        let best = ranked.entry(field).or_insert((rank, column));
        *best = (*best).min((rank, column));
    }
    let firsts = ranked.values().filter(|(rank, _)| *rank == 0).count();
    let columns: BTreeMap<Field, usize> = ranked.into_iter().map(|(field, (_, column))| (field, column)).collect();
    let missing = match mapping.instead {
        Some(_) => Vec::new(),
        None => mapping
            .kind
            .needs()
            .iter()
            .filter(|group| !group.iter().any(|field| columns.contains_key(field)))
            .filter_map(|group| group.first())
            .map(|field| field.name())
            .collect(),
    };
    (known >= 2).then_some(Fit { mapping, at, known: (known, firsts), columns, missing })
}

fn best<'a, 'f>(fits: &'f [Fit<'a>], sheet: &Sheet) -> Result<&'f Fit<'a>, Refusal> {
    let whole = || fits.iter().filter(|fit| fit.missing.is_empty() && (fit.mapping.instead.is_none() || fit.known.0 >= 3));
    let Some(most) = whole().map(|fit| fit.known).max() else { return Err(unknown(fits, sheet)) };
    let text: Vec<String> =
        sheet.rows.iter().filter(|row| row.filled().count() < 3).take(2 * limits::HEADER_ROWS).flat_map(|row| row.cells().map(norm)).collect();
    let marked = |fit: &&Fit<'_>| fit.mapping.marks.iter().any(|mark| text.iter().any(|line| line.contains(mark)));
    let best: Vec<&Fit<'_>> = whole().filter(|fit| fit.known == most).collect();
    let by_mark: Vec<&Fit<'_>> = best.iter().copied().filter(marked).collect();
    let best = if by_mark.is_empty() { best } else { by_mark };
    let first = best.first().copied().ok_or_else(|| unknown(fits, sheet))?;
    let others: Vec<String> =
        best.iter().filter(|fit| fit.mapping.called() != first.mapping.called()).map(|fit| fit.mapping.system.clone()).collect();
    if others.is_empty() {
        return Ok(first);
    }
    let line = sheet.rows.get(first.at).map_or(0, |row| row.line);
    let what = format_args!("the columns are those of {} and of {}: say which by --mapping", first.mapping.system, others.join(", ")).to_string();
    Err(Refusal::new("ambiguous_platform", format_args!("line {line}"), what))
}

fn unknown(fits: &[Fit<'_>], sheet: &Sheet) -> Refusal {
    let Some(near) = fits.iter().max_by_key(|fit| fit.known) else {
        let columns = sheet.rows.iter().take(limits::HEADER_ROWS).map(Row::len).max().unwrap_or(0);
        return Refusal::new(
            "not_recognised",
            "",
            format_args!(
                "no line is a header that any mapping knows (the widest has {columns} columns): write a mapping and name it by --mapping, \
                    see docs/import.md"
            ),
        );
    };
    let line = sheet.rows.get(near.at).map_or(0, |row| row.line);
    let what = format!(
        "looks like {}, but has no column for `{}`: export it with that column, or write a mapping and name it by --mapping, see docs/import.md",
        near.mapping.called(),
        near.missing.join("`, `")
    );
    Refusal::new("not_recognised", format_args!("line {line}"), what)
}

fn laid_out<'a>(sheet: &'a Sheet, fit: &Fit<'a>) -> Result<Table<'a>, Refusal> {
    let gone = || Refusal::new("not_recognised", "", "no header");
    let header = sheet.rows.get(fit.at).ok_or_else(gone)?;
    let text = |row: &Row| (row.line, row.filled().collect::<Vec<_>>().join(", "));
    let width = header.filled().count();
    let is_line = |row: &&Row| width > 2 && row.filled().count() <= 1;
    let below = || sheet.rows.iter().skip(fit.at + 1);
    Ok(Table {
        mapping: fit.mapping,
        header,
        columns: fit.columns.clone(),
        language: language(fit.mapping, header),
        rows: below().filter(|row| !is_line(row)).collect(),
        before: sheet.rows.iter().take(fit.at).map(text).collect(),
        behind: below().filter(is_line).map(text).filter(|(_, text)| !text.is_empty()).collect(),
        open_end: sheet.open_end,
    })
}

fn language(mapping: &Mapping, header: &Row) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for heading in headings(header) {
        let of = |name: &String| mapping.columns.get(name).map(|(_, _, language)| language.as_str());
        if let Some(language) = of(&heading.full).or_else(|| heading.bare.as_ref().and_then(of)).or_else(|| heading.zoneless.as_ref().and_then(of)) {
            *counts.entry(language).or_default() += 1;
        }
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map_or_else(String::new, |(language, _)| language.to_owned())
}

/// A column's name without the zone at its end: `Start Date (in UTC)`.
fn without_zone(name: &str) -> Option<String> {
    let name = norm(name);
    let (bare, zone) = name.strip_suffix(')')?.rsplit_once('(')?;
    ["utc", "gmt"].iter().any(|known| zone.contains(known)).then(|| key(bare))
}

/// A column's name without the currency at its end, and that: `Amount spent (SGD)`, `Kosten [EUR]`, `Custo (R$)`, `Cost, EUR`, `Cost EUR`.
fn split_currency(name: &str) -> Option<(&str, &str)> {
    let name = name.trim().trim_end_matches(':');
    let bracketed = [('(', ')'), ('[', ']'), ('（', '）')].into_iter().find_map(|(open, close)| name.strip_suffix(close)?.rsplit_once(open));
    let (bare, sign) = bracketed.or_else(|| name.rsplit_once([' ', ',', '\u{a0}']))?;
    let is_sign = !matches!(words::sign(sign), None | Some(words::Sign::None));
    is_sign.then_some((bare.trim().trim_end_matches([',', '-', ':']).trim_end(), sign))
}

impl<'a> Table<'a> {
    /// The text of a field in a row; empty where there is no such column.
    pub fn get<'r>(&self, row: &'r Row, field: Field) -> &'r str {
        self.columns.get(&field).map_or("", |column| row.cell(*column))
    }

    /// The text of a field, none where it says that there is nothing.
    pub fn value<'r>(&self, row: &'r Row, field: Field) -> Option<&'r str> {
        Some(self.get(row, field)).filter(|text| !words::is_nothing(text))
    }

    /// A column's name in the file.
    pub fn name(&self, field: Field) -> &'a str {
        self.columns.get(&field).map_or("", |column| self.header.cell(*column))
    }

    /// Whether the report has a column.
    pub fn has(&self, field: Field) -> bool {
        self.columns.contains_key(&field)
    }

    /// The place of a field in a row, for people.
    pub fn place(&self, row: &Row, field: Field) -> String {
        format!("line {}, column `{}`", row.line, self.name(field))
    }

    /// The currency that a column's name gives.
    pub fn currency_of_name(&self, field: Field) -> Option<Currency> {
        split_currency(self.name(field)).and_then(|(_, sign)| words::currency(sign))
    }

    /// Whether a row has fewer cells than it needs for the columns that are read.
    pub fn is_short(&self, row: &Row) -> bool {
        row.is_text() && row.len() < self.header.len() && self.columns.values().any(|column| *column >= row.len())
    }

    /// The column of a name, as a person gives it: that of the file, or of a segment in the mapping.
    pub fn column_named(&self, name: &str) -> Option<usize> {
        let name = key(name);
        let is = |cell: &str| key(cell) == name || self.mapping.segments.get(&key(cell)).is_some_and(|segment| key(segment) == name);
        (0..self.header.len()).find(|column| is(self.header.cell(*column)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_end_in_a_currency() {
        for (name, bare, sign) in [
            ("Amount spent (SGD)", "Amount spent", "SGD"),
            ("Custo (R$)", "Custo", "R$"),
            ("Kosten [EUR]", "Kosten", "EUR"),
            ("Cost, EUR", "Cost", "EUR"),
            ("Cost EUR", "Cost", "EUR"),
            ("消化金額 (JPY)", "消化金額", "JPY"),
            ("費用（円）", "費用", "円"),
            ("Spend ($)", "Spend", "$"),
        ] {
            assert_eq!(split_currency(name), Some((bare, sign)), "{name}");
        }
        for name in ["Cost", "CTR (%)", "Start Date (in UTC)", "Link clicks", "Clicks (all)"] {
            assert_eq!(split_currency(name), None, "{name}");
        }
    }
}
