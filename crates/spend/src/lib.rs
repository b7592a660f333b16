//! Spend: rows as the platforms now report them, and what they contribute.
//!
//! Not its job: deciding through which day spend is complete (`kpis`); it only says which day each row shows to be reported.

#![cfg_attr(not(test), deny(clippy::disallowed_methods, clippy::disallowed_types))]

use ledger::{Entity, Entry, KeyBuilder, Ledger};
use model::{AdSpend, Category, Currency, Day, KeyPart, Micros, Settings, SpendFacts, channels::or_none, event::Head};
use panes::{Contribution, Dims, DimsId, Measure, Panes};
use serde::{Deserialize, Serialize};

/// The tag of an id in a row's key.
const ID: u8 = 1;
/// The tag of a name.
const NAME: u8 = 2;

/// The book of spend.
pub type Spend = Ledger<SpendRow>;

/// A live row.
pub type SpendEntry<'a> = Entry<'a, SpendRow>;

/// A row that is not deleted.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SpendRow {
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

impl Entity for SpendRow {
    type Fact<'a> = AdSpend<'a>;

    const FAMILY: &'static str = "spend";
    const UNKNOWN_DIMS: &'static str = "a row's dimensions are unknown";

    fn head<'f>(fact: &'f AdSpend<'_>) -> &'f Head<'f> {
        &fact.head
    }

    fn content(fact: &AdSpend<'_>) -> u64 {
        fact.content()
    }

    /// Platform, account, category, campaign, ad group, ad, breakdown and day.
    fn key(fact: &AdSpend<'_>, key: &mut KeyBuilder) -> Day {
        key.text(0, &fact.platform).text(0, &fact.account).text(0, fact.category.word());
        for part in fact.parts() {
            match part {
                KeyPart::Id(id) => key.text(ID, id),
                KeyPart::Name(name) => key.text(NAME, name),
            };
        }
        key.number(fact.spend_date.0);
        fact.spend_date
    }

    fn of(fact: &AdSpend<'_>, settings: &Settings, panes: &mut Panes) -> Option<SpendRow> {
        fact.facts.as_ref().map(|facts| row(fact, facts, settings, panes))
    }

    fn contribution(&self, day: Day, out: &mut Contribution) {
        let mut add = |measure, amount| out.add_day(day, self.dims, measure, amount);
        add(Measure::SpendRows, 1);
        add(Measure::Spend(self.currency), self.amount.0);
        if self.category == Category::Media {
            add(Measure::MediaSpend(self.currency), self.amount.0);
        }
        add(Measure::AdImpressions, self.impressions.into());
        add(Measure::AdClicks, self.clicks.into());
        if self.category == Category::Media {
            out.add_reported(&self.platform, self.reported);
        }
    }

    fn dims(&self) -> DimsId {
        self.dims
    }

    fn dims_mut(&mut self) -> &mut DimsId {
        &mut self.dims
    }

    /// An absent text is `-`, an id is `id ...`: it is never equal to a name.
    fn shown(tag: u8, text: &str) -> String {
        match (tag, text) {
            (ID, id) => format!("id {id}"),
            (_, "") => "-".to_owned(),
            (_, text) => text.to_owned(),
        }
    }
}

fn row(event: &AdSpend<'_>, facts: &SpendFacts<'_>, settings: &Settings, panes: &mut Panes) -> SpendRow {
    let channel = match facts.channel.as_deref().map(str::trim) {
        None | Some("") => settings.channels.of_platform(&event.platform),
        Some(name) => settings.channels.resolve(&event.head.source, name),
    };
    let named = event.campaign.as_deref().filter(|name| !name.trim().is_empty());
    let campaign = or_none(named.or(event.campaign_id.as_deref()));
    let pulled_on = settings.zone.day(event.head.occurred_at);
    SpendRow {
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
