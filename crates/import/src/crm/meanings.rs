//! Stages that mean nothing yet: all of them are named at once, ready to be given a meaning.

use std::collections::BTreeMap;

use crate::{decisions::Refusal, mapping::Field, table::Table};

/// Words without a meaning, by pipeline, with how many rows have them.
#[derive(Default)]
pub(super) struct Unknown(BTreeMap<(String, String), usize>);

/// Words that are named.
const NAMED: usize = 50;

impl Unknown {
    pub(super) fn note(&mut self, pipeline: &str, word: &str) {
        *self.0.entry((pipeline.to_owned(), word.to_owned())).or_default() += 1;
    }

    /// Refuses a report with words that mean nothing.
    pub(super) fn refuse(self, table: &Table<'_>, field: Field, meanings: &str) -> Result<(), Refusal> {
        let Some(((_, first), _)) = self.0.first_key_value() else { return Ok(()) };
        let named = self.0.iter().take(NAMED).map(|((pipeline, word), count)| {
            let of = if pipeline.is_empty() { String::new() } else { format!("{pipeline} / ") };
            format!("\"{of}{word}\" ({count})")
        });
        let more = self.0.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let what = format!(
            "nothing says what these mean, with the rows that have each: {}{more}. Say it of each by --stage \"{first}={}\", or in a \
                mapping under [report.{}]: {meanings}",
            named.collect::<Vec<_>>().join(", "),
            meanings.split([',', ' ']).next().unwrap_or_default(),
            if field == Field::Lifecycle { "lifecycle" } else { "stages" },
        );
        Err(Refusal::new("stages_unmapped", format_args!("column `{}`", table.name(field)), what))
    }
}
