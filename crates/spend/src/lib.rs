//! Spend: rows as the platforms now report them, and what they contribute.
//!
//! Not its job: deciding through which day spend is complete (`kpis`); it only counts which days each platform has reported.

#![cfg_attr(not(test), deny(clippy::disallowed_methods, clippy::disallowed_types))]

pub mod entries;

use ledger::{Census, Entities, Ix, KeyBuilder};
use model::{AdSpend, Category, Currency, Day, KeyPart, Micros, Ruling, Settings, SpendFacts, channels::or_none};
use panes::{
    Contribution, Dims, DimsId, DimsTable, Measure, Panes,
    dims::{Named, Renumbered},
};
use pieces::{Piece, PieceError, Pieces};
use serde::{Deserialize, Serialize};

/// The tag of an id in a row's key.
const ID: u8 = 1;
/// The tag of a name.
const NAME: u8 = 2;

/// The book of spend.
#[derive(Clone, Debug, Default)]
pub struct Spend {
    rows: Entities<Tombstoned<Row>>,
    key: KeyBuilder,
    scratch: Contribution,
}

/// A row's facts while it is live, and the day it is of.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Tombstoned<T> {
    day: Day,
    live: Option<T>,
}

/// A row that is not deleted.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Row {
    /// The ad account's day.
    pub day: Day,
    /// The money.
    pub amount: Micros,
    /// Its currency.
    pub currency: Currency,
    /// Its dimensions.
    pub dims: DimsId,
    /// What it was for.
    pub category: Category,
    /// Times an ad was shown.
    pub impressions: i64,
    /// Times an ad was clicked.
    pub clicks: i64,
    /// The platform.
    pub platform: Box<str>,
    /// The day that the row shows its platform has reported: its own, unless it was pulled before that was over. KPI S2
    pub reported: Day,
}

const SPEND: &str = "spend";

impl Spend {
    /// Captures the rows as they now are: clones pointers only.
    pub fn capture(&self, out: &mut Vec<Piece>) {
        self.rows.capture(SPEND, out);
    }

    /// The book that was captured; `dims` and the cells are those of its panes, in which nothing is booked again.
    pub fn restore(pieces: &Pieces, dims: &DimsTable) -> Result<Spend, PieceError> {
        let rows: Entities<Tombstoned<Row>> = Entities::restore(SPEND, pieces)?;
        let is_unknown = |ix: &Ix<Tombstoned<Row>>| rows.state(*ix).live.as_ref().is_some_and(|row| dims.dims(row.dims).is_none());
        if let Some(ix) = rows.all().find(is_unknown) {
            return Err(PieceError::corrupt(ix.piece(SPEND), "a row's dimensions are unknown"));
        }
        Ok(Spend { rows, ..Spend::default() })
    }

    /// The rows in one number.
    pub fn census(&self) -> (&'static str, Census) {
        (SPEND, self.rows.census())
    }

    /// Takes in a row's state.
    pub fn row(&mut self, event: &AdSpend<'_>, settings: &Settings, panes: &mut Panes) -> Ruling {
        let key = self.key_of(event);
        let ix = self.rows.find_or_add(&key, || Tombstoned { day: event.spend_date, live: None });
        let ruling = self.rows.offer(ix, event.head.stamp(&settings.zone, event.content()));
        if ruling.is_accepted() {
            let row = event.facts.as_ref().map(|facts| row(event, facts, settings, panes));
            self.book(ix, panes, -1);
            self.rows.state_mut(ix).live = row;
            self.book(ix, panes, 1);
        }
        ruling
    }

    /// Forgets the rows of days below the floor, which can change nothing above it.
    pub fn forget_below(&mut self, floor: Day, panes: &mut Panes) {
        let old: Vec<Ix<Tombstoned<Row>>> = self.rows.all().filter(|ix| self.rows.state(*ix).day < floor).collect();
        for ix in old {
            self.book(ix, panes, -1);
            self.rows.remove(ix);
        }
    }

    /// Notes all dimensions that are named.
    pub fn note_dims(&self, named: &mut Named) {
        let live = self.rows.all().filter_map(|ix| self.rows.state(ix).live.as_ref());
        live.for_each(|row| named.note(row.dims));
    }

    /// Gives the dimensions their new numbers.
    pub fn renumber_dims(&mut self, numbers: &Renumbered) {
        self.rows.renumber(numbers, |row| row.live.as_mut().map(|row| &mut row.dims));
    }

    fn book(&mut self, ix: Ix<Tombstoned<Row>>, panes: &mut Panes, sign: i64) {
        let Some(row) = &self.rows.state(ix).live else { return };
        self.scratch.clear();
        contribution(row, &mut self.scratch);
        if sign > 0 {
            panes.put_in(&self.scratch)
        } else {
            panes.take_out(&self.scratch)
        }
        if row.category == Category::Media {
            panes.count_reported(&row.platform, row.reported, sign);
        }
    }

    fn key_of(&mut self, event: &AdSpend<'_>) -> Vec<u8> {
        self.key.text(0, &event.platform).text(0, &event.account).text(0, event.category.word());
        for part in event.parts() {
            match part {
                KeyPart::Id(id) => self.key.text(ID, id),
                KeyPart::Name(name) => self.key.text(NAME, name),
            };
        }
        self.key.number(event.spend_date.0).take()
    }
}

/// What a live row contributes.
pub fn contribution(row: &Row, out: &mut Contribution) {
    let mut add = |measure, amount| out.add_day(row.day, row.dims, measure, amount);
    add(Measure::SpendRows, 1);
    add(Measure::Spend(row.currency), row.amount.0);
    if row.category == Category::Media {
        add(Measure::MediaSpend(row.currency), row.amount.0);
    }
    add(Measure::AdImpressions, row.impressions.into());
    add(Measure::AdClicks, row.clicks.into());
}

fn row(event: &AdSpend<'_>, facts: &SpendFacts<'_>, settings: &Settings, panes: &mut Panes) -> Row {
    let channel = match facts.channel.as_deref().map(str::trim) {
        None | Some("") => settings.channels.of_platform(&event.platform),
        Some(name) => settings.channels.resolve(&event.head.source, name),
    };
    let named = event.campaign.as_deref().filter(|name| !name.trim().is_empty());
    let campaign = or_none(named.or(event.campaign_id.as_deref()));
    let pulled_on = settings.zone.day(event.head.occurred_at);
    Row {
        day: event.spend_date,
        amount: facts.amount,
        currency: facts.currency,
        dims: panes.dims_id(Dims::new(channel, campaign, or_none(facts.segment.as_deref()))),
        category: event.category,
        impressions: facts.impressions,
        clicks: facts.clicks,
        platform: Box::from(&*event.platform),
        reported: event.spend_date.min(pulled_on.plus(-1)),
    }
}
