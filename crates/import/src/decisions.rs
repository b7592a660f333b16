//! What a file does not tell and a person decides, and how a file is refused until then.

use std::{collections::BTreeMap, fmt};

use model::{Currency, Millis};

use crate::{
    dates::Order,
    numbers::Decimal,
    read::Encoding,
    words::{key, norm},
};

/// Which of a deal's contacts is its lead, where it has several.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DealContact {
    /// The first that is listed.
    First,
    /// The one that was made first, of those that are leads in this run.
    Earliest,
    /// None: the deal has no lead.
    None,
}

/// What a person has decided.
#[derive(Clone, Debug, Default)]
pub struct Decisions {
    /// The currency of amounts whose file names none.
    pub currency: Option<Currency>,
    /// Whether days or months come first.
    pub order: Option<Order>,
    /// The decimal sign.
    pub decimal: Option<Decimal>,
    /// The encoding of text.
    pub encoding: Option<Encoding>,
    /// Columns that are kept as `breakdown`.
    pub breakdown: Vec<String>,
    /// Columns over which rows are added up.
    pub sum_over: Vec<String>,
    /// Rows that nothing tells apart are added up.
    pub sum: bool,
    /// Columns that are not read.
    pub ignore: Vec<String>,
    /// What stages mean: `open`, `won`, `lost`, `deleted`; of contacts `lead`, `none`.
    pub stages: BTreeMap<String, String>,
    /// Which contact of a deal is its lead.
    pub deal_contact: Option<DealContact>,
    /// The ad account of rows whose file names none.
    pub account: Option<String>,
    /// When the files were pulled.
    pub pulled_at: Option<Millis>,
    /// Rows that do not add up to their total are taken as they are.
    pub unreconciled: bool,
    /// A date is the row's day, although it looks like the beginning of a longer time.
    pub by_day: bool,
    /// Only mappings of this name.
    pub mapping: Option<String>,
}

/// Why a file is not imported: where, what, and what decides it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// A word for the kind.
    pub kind: &'static str,
    /// The line or column.
    pub place: String,
    /// What is wrong, and what to do.
    pub what: String,
}

impl Refusal {
    /// A refusal of what stands at a place.
    pub fn new(kind: &'static str, place: impl fmt::Display, what: impl fmt::Display) -> Refusal {
        Refusal { kind, place: place.to_string(), what: what.to_string() }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.place.is_empty() { f.write_str(&self.what) } else { write!(f, "{}: {}", self.place, self.what) }
    }
}

impl Decisions {
    /// What a stage means by decision: of its pipeline, else of all.
    pub fn stage(&self, pipeline: &str, stage: &str) -> Option<&str> {
        let of = |name: &str| self.stages.iter().find(|(known, _)| norm(known) == name).map(|(_, meaning)| meaning.as_str());
        of(&format!("{} / {}", norm(pipeline), norm(stage))).or_else(|| of(&norm(stage)))
    }

    /// Whether a list of columns has this one.
    pub fn names(list: &[String], column: &str) -> bool {
        let column = key(column);
        list.iter().any(|name| key(name) == column)
    }
}
