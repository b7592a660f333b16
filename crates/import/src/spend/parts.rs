//! What tells rows of one campaign and day apart: rows of one key would replace each other.

use std::collections::{BTreeMap, BTreeSet};

use model::Micros;

use super::row::{Key, Line, Spend};
use crate::{
    decisions::{Decisions, Refusal},
    mapping::Field,
    numbers::{self, Shape},
    table::Table,
    words,
};

/// How rows become rows of spend.
pub(super) struct Plan<'t, 'a> {
    table: &'t Table<'a>,
    /// Columns kept as `breakdown`, and what they are called there.
    kept: Vec<(usize, String)>,
    /// Rows of one key are added up.
    sums: bool,
    /// What the kept columns are called.
    pub breakdown: Vec<String>,
    /// For people.
    pub notes: Vec<String>,
}

impl<'t, 'a> Plan<'t, 'a> {
    /// A plan that loses no row; without one the report is refused. `proven`: the rows are known to be parts of their total.
    pub fn new(table: &'t Table<'a>, lines: &[Line<'a>], proven: bool, decisions: &Decisions) -> Result<Plan<'t, 'a>, Refusal> {
        let columns = |names: &[String]| names.iter().filter_map(|name| table.column_named(name)).collect::<Vec<usize>>();
        let (kept, summed, ignored) = (columns(&decisions.breakdown), columns(&decisions.sum_over), columns(&decisions.ignore));
        let called = |column: usize| {
            table.mapping.segments.get(&words::key(table.header.cell(column))).cloned().unwrap_or_else(|| words::norm(table.header.cell(column)))
        };
        let kept: Vec<(usize, String)> = kept.into_iter().map(|column| (column, called(column))).collect();
        let breakdown = kept.iter().map(|(_, name)| name.clone()).collect();
        let mut plan = Plan { table, kept, sums: !summed.is_empty() || decisions.sum, breakdown, notes: Vec::new() };
        let is_decided = |column: &usize| summed.contains(column) || ignored.contains(column) || plan.kept.iter().any(|(kept, _)| kept == column);
        let open: Vec<usize> = (0..table.header.len()).filter(|column| !is_decided(column)).collect();
        plan.known_segments(lines, &open, decisions)?;
        // Rows that are added up over one column may be cut finer by another.
        plan.unknown_segments(lines, &open, &summed, proven, decisions)?;
        Ok(plan)
    }

    /// Columns that the mapping knows to cut rows finer.
    fn known_segments(&self, lines: &[Line<'a>], open: &[usize], decisions: &Decisions) -> Result<(), Refusal> {
        for column in open {
            let name = words::key(self.table.header.cell(*column));
            let values: BTreeSet<&str> = lines.iter().map(|line| line.row.cell(*column)).take(10_000).collect();
            if self.table.mapping.segments.contains_key(&name) && values.len() > 1 && !decisions.sum {
                return Err(self.segment(*column));
            }
        }
        Ok(())
    }

    fn segment(&self, column: usize) -> Refusal {
        let name = self.table.header.cell(column);
        let what = format!(
            "`{name}` cuts the rows of a campaign's day in parts: give --breakdown \"{name}\" to keep it, or --sum-over \"{name}\" to add \
                the rows up over it, and the same whenever this report is imported"
        );
        Refusal::new("segment_column", format_args!("line {}, column `{name}`", self.table.header.line), what)
    }

    /// Rows that have one key although no column is known to part them.
    fn unknown_segments(&mut self, lines: &[Line<'a>], open: &[usize], summed: &[usize], proven: bool, decisions: &Decisions) -> Result<(), Refusal> {
        let group = |line: &Line<'a>| (self.key(line), summed.iter().map(|column| line.row.cell(*column).to_owned()).collect::<Vec<_>>());
        let mut groups: BTreeMap<(Key, Vec<String>), Vec<&Line<'a>>> = BTreeMap::new();
        for line in lines {
            groups.entry(group(line)).or_default().push(line);
        }
        let repeated: Vec<&Vec<&Line<'a>>> = groups.values().filter(|lines| lines.len() > 1).collect();
        let Some(first) = repeated.first() else { return Ok(()) };
        if decisions.sum {
            return Ok(());
        }
        let parts = |column: &&usize| self.is_text(lines, **column) && repeated.iter().all(|lines| differ(lines, **column));
        if let Some(column) = open.iter().find(parts) {
            return Err(self.segment(*column));
        }
        let places: Vec<String> = first.iter().take(3).map(|line| line.row.line.to_string()).collect();
        if proven {
            self.sums = true;
            self.notes
                .push(format!("rows that nothing tells apart (lines {}, ...) are added up: the total shows that they are parts", places.join(", ")));
            return Ok(());
        }
        let what = format!(
            "rows that nothing tells apart (lines {}, ...) would replace each other: export with a column that does (the campaign's id), or \
                give --sum to add them up",
            places.join(", ")
        );
        Err(Refusal::new("rows_not_told_apart", format_args!("line {}", places.first().map_or("", String::as_str)), what))
    }

    /// Whether a column that is not read holds texts, not figures.
    fn is_text(&self, lines: &[Line<'a>], column: usize) -> bool {
        let is_read = self.table.columns.iter().any(|(field, read)| *read == column && *field != Field::Other);
        let is_figure = |text: &str| numbers::shape(text) != Shape::None || crate::dates::read(text).is_some();
        let texts = || lines.iter().map(|line| line.row.cell(column)).filter(|text| !words::is_nothing(text)).take(1_000);
        !is_read && texts().next().is_some() && !texts().all(is_figure)
    }

    fn key(&self, line: &Line<'a>) -> Key {
        let part = |(column, name): &(usize, String)| {
            let value = line.row.cell(*column);
            (!value.is_empty()).then(|| format!("{name}={value}"))
        };
        let breakdown = self.kept.iter().filter_map(part).collect::<Vec<_>>().join(",");
        Key { breakdown, ..line.spend.key.clone() }
    }

    /// The rows, those of one key added up.
    pub fn rows(&self, lines: Vec<Line<'a>>) -> Result<Vec<Spend>, Refusal> {
        if !self.sums {
            return Ok(lines.into_iter().map(|line| Spend { key: self.key(&line), ..line.spend }).collect());
        }
        let mut sums: BTreeMap<Key, Spend> = BTreeMap::new();
        for line in lines {
            let key = self.key(&line);
            let Some(sum) = sums.get_mut(&key) else {
                sums.insert(key.clone(), Spend { key, ..line.spend });
                continue;
            };
            if sum.currency != line.spend.currency {
                let what = format!(
                    "{} cannot be added to {} of line {}: import the accounts one by one, each with --account NAME",
                    line.spend.currency, sum.currency, sum.line
                );
                return Err(Refusal::new("rows_not_told_apart", format_args!("line {}", line.row.line), what));
            }
            sum.amount = Micros(sum.amount.0.saturating_add(line.spend.amount.0));
            sum.impressions = sum.impressions.saturating_add(line.spend.impressions);
            sum.clicks = sum.clicks.saturating_add(line.spend.clicks);
        }
        Ok(sums.into_values().collect())
    }

    /// The columns that make the rows' keys.
    pub fn shape(&self) -> Vec<Field> {
        let of_key = [Field::CampaignId, Field::AdGroup, Field::AdGroupId, Field::Ad, Field::AdId];
        of_key.into_iter().filter(|field| self.table.has(*field)).collect()
    }
}

/// Whether no two of the rows have the same in a column.
fn differ(lines: &[&Line<'_>], column: usize) -> bool {
    let values: BTreeSet<&str> = lines.iter().map(|line| line.row.cell(column)).collect();
    values.len() == lines.len()
}
