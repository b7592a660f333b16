//! The five events, as they are once every check of the contract has passed. Texts are borrowed from the message.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::{Currency, Day, Micros, Millis, Stamp, When, Zone, digest::Digest};

/// A text of a message.
pub type Text<'a> = Cow<'a, str>;

/// The five types, each with its topic.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum EventType {
    /// A lead's present state.
    LeadCreated,
    /// A deal's present state.
    DealClosed,
    /// A row of spend.
    AdSpend,
    /// A social interaction, or the figure of a day.
    SocialInteraction,
    /// A visit to the web site, or an action on it.
    WebVisit,
}

/// An event of one of the five types.
#[derive(Clone, PartialEq, Debug)]
pub enum Event<'a> {
    /// A lead's present state.
    Lead(LeadCreated<'a>),
    /// A deal's present state.
    Deal(DealClosed<'a>),
    /// A row of spend.
    Spend(AdSpend<'a>),
    /// A social interaction, or the figure of a day.
    Social(SocialInteraction<'a>),
    /// A visit.
    Visit(WebVisit<'a>),
}

/// What every event has.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Head<'a> {
    /// Unique within its source.
    pub event_id: Text<'a>,
    /// The publishing system.
    pub source: Text<'a>,
    /// When it happened.
    pub occurred_at: When,
    /// The source's revision of the entity; absent = `occurred_at` in milliseconds.
    pub revision: Option<i64>,
}

/// A lead as it now is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LeadCreated<'a> {
    /// The common fields.
    pub head: Head<'a>,
    /// The lead's key.
    pub lead_id: Text<'a>,
    /// Its facts; none where it is deleted.
    pub facts: Option<LeadFacts<'a>>,
}

/// What is known of a lead that is not deleted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LeadFacts<'a> {
    /// When it came in.
    pub created_at: When,
    /// The channel it came by, as spelled by its source.
    pub channel: Option<Text<'a>>,
    /// The campaign it came by.
    pub campaign: Option<Text<'a>>,
    /// The market segment.
    pub segment: Option<Text<'a>>,
    /// The customer account it belongs to.
    pub account_id: Option<Text<'a>>,
    /// The web visitor it was.
    pub visitor_id: Option<Text<'a>>,
    /// When marketing qualified it.
    pub mql_at: Option<When>,
    /// When sales qualified it.
    pub sql_at: Option<When>,
    /// Spam, a test or a duplicate: live for its deals, no lead in the KPIs.
    pub disqualified: bool,
}

/// A deal as it now is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DealClosed<'a> {
    /// The common fields.
    pub head: Head<'a>,
    /// The deal's key.
    pub deal_id: Text<'a>,
    /// Its facts; none where it is deleted.
    pub facts: Option<DealFacts<'a>>,
}

/// What is known of a deal that is not deleted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DealFacts<'a> {
    /// Where it stands.
    pub status: DealStatus,
    /// The contract's value.
    pub amount: Option<(Micros, Currency)>,
    /// The lead it came from.
    pub lead_id: Option<Text<'a>>,
    /// The customer's account.
    pub account_id: Option<Text<'a>>,
    /// New or existing business; none = decided by who is a new customer.
    pub deal_type: Option<DealType>,
    /// When it became an opportunity.
    pub opened_at: Option<When>,
    /// The market segment, where its lead has none.
    pub segment: Option<Text<'a>>,
}

/// Where a deal stands; what is closed has its time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum DealStatus {
    /// Not closed.
    Open,
    /// Won, at this time.
    Won(When),
    /// Lost, at this time.
    Lost(When),
    /// The sale is undone.
    Refunded,
}

/// Whether a deal brings a customer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum DealType {
    /// A first sale to a customer.
    NewBusiness,
    /// A renewal, upsell or expansion.
    ExistingBusiness,
}

impl DealType {
    /// Reads a deal type without regard to case, blanks, `-` and `_`; a word that is none of the known ones counts as absent.
    ///
    /// ```
    /// use model::DealType;
    /// assert_eq!(DealType::read("New Business"), Some(DealType::NewBusiness));
    /// assert_eq!(DealType::read("existing customer - upgrade"), Some(DealType::ExistingBusiness));
    /// assert_eq!(DealType::read("partner"), None);
    /// ```
    pub fn read(text: &str) -> Option<DealType> {
        let word: String = text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '_')).flat_map(char::to_lowercase).collect();
        match word.as_str() {
            "newbusiness" | "newcustomer" => Some(DealType::NewBusiness),
            "existingbusiness" | "renewal" | "upsell" | "expansion" | "upgrade" => Some(DealType::ExistingBusiness),
            _ if word.starts_with("existingcustomer") => Some(DealType::ExistingBusiness),
            _ => None,
        }
    }
}

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

/// A social interaction, or the figure of a day.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SocialInteraction<'a> {
    /// The common fields.
    pub head: Head<'a>,
    /// The platform, by the one spelling of [`platform_name`](crate::channels::platform_name).
    pub platform: Text<'a>,
    /// What was done.
    pub kind: InteractionKind,
    /// How often; of `audience`, how many they are.
    pub count: i64,
    /// The account on the platform.
    pub account: Option<Text<'a>>,
    /// The post.
    pub post_id: Option<Text<'a>>,
    /// The channel; absent = `social`.
    pub channel: Option<Text<'a>>,
    /// The campaign.
    pub campaign: Option<Text<'a>>,
    /// The market segment.
    pub segment: Option<Text<'a>>,
    /// The lead whose interaction it was.
    pub lead_id: Option<Text<'a>>,
    /// The day of which this is the absolute figure.
    pub stat_date: Option<Day>,
}

/// What a social interaction is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the words say it")]
pub enum InteractionKind {
    Impression,
    Like,
    Comment,
    Share,
    Click,
    Reaction,
    Follow,
    Unfollow,
    /// A sign of interest in buying.
    Intent,
    /// The number of followers at a day's end.
    Audience,
}

/// A visit to the web site, or an action on it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WebVisit<'a> {
    /// The common fields.
    pub head: Head<'a>,
    /// The visitor; absent where consent was denied.
    pub visitor_id: Option<Text<'a>>,
    /// The action; absent = a plain visit.
    pub action: Option<Text<'a>>,
    /// The channel of the session.
    pub channel: Option<Text<'a>>,
    /// The campaign of the session.
    pub campaign: Option<Text<'a>>,
    /// The market segment.
    pub segment: Option<Text<'a>>,
}

impl EventType {
    /// All five, in the contract's order.
    pub const ALL: [EventType; 5] =
        [EventType::LeadCreated, EventType::DealClosed, EventType::AdSpend, EventType::SocialInteraction, EventType::WebVisit];

    /// The type's name, which is its topic's by default.
    pub fn name(self) -> &'static str {
        match self {
            EventType::LeadCreated => "lead-created",
            EventType::DealClosed => "deal-closed",
            EventType::AdSpend => "ad-spend",
            EventType::SocialInteraction => "social-interaction",
            EventType::WebVisit => "web-visit",
        }
    }

    /// The type of a name; a reverse-DNS prefix (`com.acme.lead-created`) is dropped.
    pub fn named(name: &str) -> Option<EventType> {
        let last = name.rsplit('.').next().unwrap_or(name);
        EventType::ALL.into_iter().find(|t| t.name() == last)
    }
}

impl Event<'_> {
    /// The event's type.
    pub fn event_type(&self) -> EventType {
        match self {
            Event::Lead(_) => EventType::LeadCreated,
            Event::Deal(_) => EventType::DealClosed,
            Event::Spend(_) => EventType::AdSpend,
            Event::Social(_) => EventType::SocialInteraction,
            Event::Visit(_) => EventType::WebVisit,
        }
    }

    /// The common fields.
    pub fn head(&self) -> &Head<'_> {
        match self {
            Event::Lead(e) => &e.head,
            Event::Deal(e) => &e.head,
            Event::Spend(e) => &e.head,
            Event::Social(e) => &e.head,
            Event::Visit(e) => &e.head,
        }
    }
}

impl Head<'_> {
    /// The event's place among those about one entity.
    pub fn stamp(&self, zone: &Zone, content: u64) -> Stamp<'_> {
        let occurred_at: Millis = zone.instant(self.occurred_at);
        Stamp { revision: self.revision.unwrap_or(occurred_at.0), occurred_at, event_id: &self.event_id, source: &self.source, content }
    }
}

impl LeadCreated<'_> {
    /// A fixed hash of what the message says.
    pub fn content(&self) -> u64 {
        let mut d = Digest::default();
        let Some(f) = &self.facts else { return d.finish() };
        d.when(Some(f.created_at)).text(f.channel.as_deref()).text(f.campaign.as_deref()).text(f.segment.as_deref());
        d.text(f.account_id.as_deref()).text(f.visitor_id.as_deref()).when(f.mql_at).when(f.sql_at).number(u8::from(f.disqualified));
        d.finish()
    }
}

impl DealClosed<'_> {
    /// A fixed hash of what the message says.
    pub fn content(&self) -> u64 {
        let mut d = Digest::default();
        let Some(f) = &self.facts else { return d.finish() };
        let (status, closed_at) = match f.status {
            DealStatus::Open => (0, None),
            DealStatus::Won(at) => (1, Some(at)),
            DealStatus::Lost(at) => (2, Some(at)),
            DealStatus::Refunded => (3, None),
        };
        d.number(status).when(closed_at).text(f.lead_id.as_deref()).text(f.account_id.as_deref()).text(f.segment.as_deref()).when(f.opened_at);
        d.number(f.deal_type.map_or(0, |t| if t == DealType::NewBusiness { 1 } else { 2 }));
        if let Some((amount, currency)) = f.amount {
            d.number(amount.0).text(Some(currency.code()));
        }
        d.finish()
    }
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

impl SocialInteraction<'_> {
    /// The event with texts of its own, to outlive its message.
    pub fn into_owned(self) -> SocialInteraction<'static> {
        let owned = |text: Option<Text<'_>>| text.map(|text| Text::Owned(text.into_owned()));
        SocialInteraction {
            head: Head {
                event_id: Text::Owned(self.head.event_id.into_owned()),
                source: Text::Owned(self.head.source.into_owned()),
                occurred_at: self.head.occurred_at,
                revision: self.head.revision,
            },
            platform: Text::Owned(self.platform.into_owned()),
            kind: self.kind,
            count: self.count,
            account: owned(self.account),
            post_id: owned(self.post_id),
            channel: owned(self.channel),
            campaign: owned(self.campaign),
            segment: owned(self.segment),
            lead_id: owned(self.lead_id),
            stat_date: self.stat_date,
        }
    }

    /// The day of which the event is an absolute figure, if it is one: an entity, not a single interaction.
    pub fn figure_day(&self, zone: &Zone) -> Option<Day> {
        match (self.stat_date, self.kind) {
            (Some(day), _) => Some(day),
            (None, InteractionKind::Audience) => Some(zone.day(self.head.occurred_at)),
            (None, _) => None,
        }
    }

    /// A fixed hash of what the message says.
    pub fn content(&self) -> u64 {
        let mut d = Digest::default();
        d.number(self.count).text(self.channel.as_deref()).text(self.campaign.as_deref()).text(self.segment.as_deref());
        d.text(self.post_id.as_deref()).text(self.lead_id.as_deref());
        d.finish()
    }
}

macro_rules! words {
    ($type:ty, $(($word:literal, $value:expr)),+ $(,)?) => {
        impl $type {
            /// Every value with its word in the contract.
            pub const WORDS: &'static [(&'static str, $type)] = &[$(($word, $value)),+];

            /// The value of a word.
            pub fn read(word: &str) -> Option<$type> {
                Self::WORDS.iter().find(|(w, _)| *w == word).map(|(_, value)| *value)
            }

            /// The value's word.
            pub fn word(self) -> &'static str {
                Self::WORDS.iter().find(|(_, value)| *value == self).map_or("", |(w, _)| *w)
            }
        }
    };
}

words!(
    Category,
    ("media", Category::Media),
    ("agency", Category::Agency),
    ("tools", Category::Tools),
    ("people", Category::People),
    ("event", Category::Event),
);

words!(
    InteractionKind,
    ("impression", InteractionKind::Impression),
    ("like", InteractionKind::Like),
    ("comment", InteractionKind::Comment),
    ("share", InteractionKind::Share),
    ("click", InteractionKind::Click),
    ("reaction", InteractionKind::Reaction),
    ("follow", InteractionKind::Follow),
    ("unfollow", InteractionKind::Unfollow),
    ("intent", InteractionKind::Intent),
    ("audience", InteractionKind::Audience),
);
