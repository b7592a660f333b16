//! Rows of spend one by one, for whoever explains a KPI.

use ledger::{Ix, KeyBuilder, Latest};

use crate::{ID, Row, Spend, Tombstoned};

/// A live row.
#[derive(Clone, Copy, Debug)]
pub struct RowEntry<'a> {
    spend: &'a Spend,
    ix: Ix<Tombstoned<Row>>,
    /// Its facts.
    pub row: &'a Row,
}

impl Spend {
    /// All live rows.
    pub fn live_rows(&self) -> impl Iterator<Item = RowEntry<'_>> {
        self.rows.all().filter_map(|ix| Some(RowEntry { spend: self, ix, row: self.rows.state(ix).live.as_ref()? }))
    }
}

impl<'a> RowEntry<'a> {
    /// Its key.
    pub fn key(&self) -> &'a [u8] {
        self.spend.rows.key(self.ix)
    }

    /// Its key for people: platform, account, category, campaign, ad group, ad, breakdown and day; an absent one is `-`, an id is
    /// `id ...`: it is never equal to a name.
    pub fn key_text(&self) -> String {
        let shown = |(tag, text): (u8, &str)| match (tag, text) {
            (ID, id) => format!("id {id}"),
            (_, "") => "-".to_owned(),
            (_, text) => text.to_owned(),
        };
        let texts = KeyBuilder::texts(self.key()).into_iter().map(shown);
        format!("{} / {}", texts.collect::<Vec<_>>().join(" / "), self.row.day)
    }

    /// Its latest message.
    pub fn latest(&self) -> Option<Latest<'a>> {
        self.spend.rows.latest(self.ix)
    }
}
