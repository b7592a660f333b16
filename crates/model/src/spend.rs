//! Rows of spend, as the platforms report them.

use serde::{Deserialize, Serialize};

use crate::{
    Currency, Day, Micros, When,
    digest::Digest,
    head::{Head, Text},
    words::words,
};

/// A row of spend as the platform now reports it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AdSpend<'a> {
    /// The common fields.
    pub head: Head<'a>,
    /// The platform, by the one spelling of [`platform_name`](crate::channels::platform_name).
    pub platform: Text<'a>,
    /// The ad account.
    pub account: Text<'a>,
    /// The ad account's own day.
    pub spend_date: Day,
    /// What the money was for.
    pub category: Category,
    /// The campaign's name.
    pub campaign: Option<Text<'a>>,
    /// The campaign's id.
    pub campaign_id: Option<Text<'a>>,
    /// The ad group's name.
    pub ad_group: Option<Text<'a>>,
    /// The ad group's id.
    pub ad_group_id: Option<Text<'a>>,
    /// The ad's name.
    pub ad: Option<Text<'a>>,
    /// The ad's id.
    pub ad_id: Option<Text<'a>>,
    /// What a row finer than an ad is of, as text: `country=DE,device=mobile`.
    pub breakdown: Option<Text<'a>>,
    /// Its facts; none where the row is deleted.
    pub facts: Option<SpendFacts<'a>>,
}

/// A part of the key of a row of spend. An id is never equal to a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyPart<'a> {
    /// An id.
    Id(&'a str),
    /// A name, without the blanks around it; empty where there is none.
    Name(&'a str),
}

/// What is known of a row of spend that is not deleted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SpendFacts<'a> {
    /// The money spent; negative for a credit.
    pub amount: Micros,
    /// Its currency.
    pub currency: Currency,
    /// The channel; absent = the platform's.
    pub channel: Option<Text<'a>>,
    /// The market segment.
    pub segment: Option<Text<'a>>,
    /// Times an ad was shown.
    pub impressions: i64,
    /// Times an ad was clicked.
    pub clicks: i64,
}

/// What spend was for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
pub enum Category {
    /// Paid media.
    #[default]
    Media,
    /// Agency fees.
    Agency,
    /// Tools.
    Tools,
    /// People.
    People,
    /// Events.
    Event,
}

impl<'a> KeyPart<'a> {
    fn of(id: Option<&'a str>, name: Option<&'a str>) -> KeyPart<'a> {
        id.map_or(KeyPart::Name(name.unwrap_or_default().trim()), KeyPart::Id)
    }
}

impl AdSpend<'_> {
    /// A fixed hash of what the message says beside its key.
    pub fn content(&self) -> u64 {
        let mut d = Digest::default();
        let Some(f) = &self.facts else { return d.finish() };
        // A date that its zone skipped begins when the next day does, but is another day to have been pulled on.
        let dated = Some(self.head.occurred_at).filter(|when| matches!(when, When::On(_)));
        d.text(self.campaign.as_deref()).text(self.ad_group.as_deref()).text(self.ad.as_deref()).when(dated);
        d.number(f.amount.0).text(Some(f.currency.code())).text(f.channel.as_deref()).text(f.segment.as_deref());
        d.number(f.impressions).number(f.clicks);
        d.finish()
    }

    /// The texts of its key between category and day: of campaign, ad group and ad the id, else the name, then the breakdown.
    pub fn parts(&self) -> [KeyPart<'_>; 4] {
        [
            KeyPart::of(self.campaign_id.as_deref(), self.campaign.as_deref()),
            KeyPart::of(self.ad_group_id.as_deref(), self.ad_group.as_deref()),
            KeyPart::of(self.ad_id.as_deref(), self.ad.as_deref()),
            KeyPart::of(None, self.breakdown.as_deref()),
        ]
    }
}

words!(
    Category,
    ("media", Category::Media),
    ("agency", Category::Agency),
    ("tools", Category::Tools),
    ("people", Category::People),
    ("event", Category::Event),
);
