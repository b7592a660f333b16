//! Figures of days one by one, for whoever explains a KPI.

use ledger::{Ix, KeyBuilder, Latest};
use model::{Day, InteractionKind};
use panes::{Contribution, DimsId};

use crate::figures::{Figure, Figures, State, contribution};

/// The figure of a day.
#[derive(Clone, Copy, Debug)]
pub struct FigureEntry<'a> {
    figures: &'a Figures,
    ix: Ix<State>,
    figure: &'a Figure,
    /// Its day.
    pub day: Day,
}

impl Figures {
    /// All figures.
    pub fn all(&self) -> impl Iterator<Item = FigureEntry<'_>> {
        self.rows.all().filter_map(|ix| {
            let (day, figure) = self.rows.state(ix);
            Some(FigureEntry { figures: self, ix, figure: figure.as_ref()?, day: *day })
        })
    }
}

impl<'a> FigureEntry<'a> {
    /// Its key.
    pub fn key(&self) -> &'a [u8] {
        self.figures.rows.key(self.ix)
    }

    /// Its key for people: platform, account, post, kind and day; an absent one is `-`.
    pub fn key_text(&self) -> String {
        let texts = KeyBuilder::texts(self.key());
        let shown = texts.into_iter().map(|(_, text)| if text.is_empty() { "-" } else { text });
        format!("{} / {}", shown.collect::<Vec<_>>().join(" / "), self.day)
    }

    /// What it counts.
    pub fn kind(&self) -> InteractionKind {
        self.figure.kind
    }

    /// How much it says.
    pub fn count(&self) -> i64 {
        self.figure.count
    }

    /// The platform, and the account on it.
    pub fn account(&self) -> (&'a str, &'a str) {
        (&self.figure.platform, &self.figure.account)
    }

    /// Its dimensions.
    pub fn dims(&self) -> DimsId {
        self.figure.dims
    }

    /// Its latest message.
    pub fn latest(&self) -> Option<Latest<'a>> {
        self.figures.rows.latest(self.ix)
    }

    /// What it contributes.
    pub fn contribution(&self, out: &mut Contribution) {
        out.clear();
        contribution(self.day, self.figure, out);
    }
}
