//! The contract's table of fields: which a type has, in which order, of which kind, and when one is needed.
//!
//! The reader checks by it, the writers lay out by it, and the schemas in `schemas/` are made from it.

use model::{Category, EventType, InteractionKind};

use crate::field::{Field, Fields};

use Kind::{Amount, Count, Currency, Day, Integer, Text, Time, Word};
use Need::{Always, Audience, Closed, Live, Never, WithAmount};

/// One row of the table.
pub(crate) struct Spec {
    pub(crate) field: Field,
    pub(crate) kind: Kind,
    pub(crate) need: Need,
    /// What the field says, for the schemas.
    #[cfg_attr(not(test), allow(dead_code, reason = "only the schemas, which a test makes, show it"))]
    pub(crate) doc: &'static str,
}

/// What values a field has.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Kind {
    Text,
    /// An instant, or a date only.
    Time,
    /// A date.
    Day,
    Integer,
    /// An integer that is not negative.
    Count,
    Amount,
    Currency,
    Word(&'static [&'static str]),
}

/// When a field must be there.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Need {
    Always,
    /// Unless the entity is deleted.
    Live,
    /// Of deals that are won, lost or refunded.
    Closed,
    /// Where there is an amount, and the entity is not deleted.
    WithAmount,
    /// Of the kind `audience`.
    Audience,
    Never,
}

/// The status of an entity that is no more.
pub(crate) const DELETED: &str = "deleted";
/// The statuses of a deal that has a closing time.
pub(crate) const CLOSED: [&str; 3] = ["won", "lost", "refunded"];
/// The kind whose count is a level.
pub(crate) const AUDIENCE: &str = "audience";

pub(crate) const LEAD_STATUS: [&str; 3] = ["active", "disqualified", DELETED];
pub(crate) const DEAL_STATUS: [&str; 5] = ["open", "won", "lost", "refunded", DELETED];
pub(crate) const SPEND_STATUS: [&str; 2] = ["active", DELETED];
const CATEGORY: [&str; Category::WORDS.len()] = words(Category::WORDS);
const INTERACTION: [&str; InteractionKind::WORDS.len()] = words(InteractionKind::WORDS);

const fn words<T: Copy, const N: usize>(of: &[(&'static str, T)]) -> [&'static str; N] {
    let mut words = [""; N];
    let mut i = 0;
    while i < N {
        words[i] = of[i].0;
        i += 1;
    }
    words
}

/// The fields of a type, in the order in which they are checked.
pub(crate) fn table(of: EventType) -> &'static [Spec] {
    match of {
        EventType::LeadCreated => LEAD,
        EventType::DealClosed => DEAL,
        EventType::AdSpend => SPEND,
        EventType::SocialInteraction => SOCIAL,
        EventType::WebVisit => VISIT,
    }
}

impl Need {
    /// Whether a message must have the field.
    pub(crate) fn holds(self, fields: &Fields<'_>) -> bool {
        match self {
            Always => true,
            Never => false,
            Live => !fields.says(Field::Status, &[DELETED]),
            Closed => fields.says(Field::Status, &CLOSED),
            WithAmount => !fields.is_missing(Field::Amount) && !fields.says(Field::Status, &[DELETED]),
            Audience => fields.says(Field::Kind, &[AUDIENCE]),
        }
    }
}

const fn spec(field: Field, kind: Kind, need: Need, doc: &'static str) -> Spec {
    Spec { field, kind, need, doc }
}

const EVENT_ID: Spec = spec(Field::EventId, Text, Always, "Unique within its source; the same again is a duplicate.");
const SOURCE: Spec = spec(Field::Source, Text, Always, "The publishing system.");
const OCCURRED_AT: Spec = spec(Field::OccurredAt, Time, Always, "When it happened.");
const REVISION: Spec =
    spec(Field::Revision, Integer, Never, "Orders the messages about one entity: the highest counts. Absent: occurred_at in milliseconds.");
const CHANNEL: Spec =
    spec(Field::Channel, Text, Never, "The marketing channel, as its source spells it; spellings of one channel are brought together.");
const CAMPAIGN: Spec = spec(Field::Campaign, Text, Never, "The campaign's name.");
const SEGMENT: Spec = spec(Field::Segment, Text, Never, "The market segment.");

const LEAD: &[Spec] = &[
    EVENT_ID,
    SOURCE,
    OCCURRED_AT,
    REVISION,
    spec(Field::LeadId, Text, Always, "The lead's key, unique in the deployment."),
    spec(Field::CreatedAt, Time, Live, "When the lead came in."),
    CHANNEL,
    CAMPAIGN,
    SEGMENT,
    spec(Field::AccountId, Text, Never, "The customer account the lead belongs to."),
    spec(Field::VisitorId, Text, Never, "The web visitor the lead was."),
    spec(Field::MqlAt, Time, Never, "When marketing qualified it."),
    spec(Field::SqlAt, Time, Never, "When sales qualified it."),
    spec(
        Field::Status,
        Word(&LEAD_STATUS),
        Never,
        "Absent: active. A disqualified lead (spam, a test, a duplicate) counts as none, but its deals keep it; of a deleted one only the key is needed.",
    ),
];

const DEAL: &[Spec] = &[
    EVENT_ID,
    SOURCE,
    OCCURRED_AT,
    REVISION,
    spec(Field::DealId, Text, Always, "The deal's key, unique in the deployment."),
    spec(Field::Status, Word(&DEAL_STATUS), Always, "Where the deal stands; of a deleted one only the key is needed."),
    spec(Field::ClosedAt, Time, Closed, "When it was won, lost or refunded; not read of open and deleted deals."),
    spec(Field::Amount, Amount, Never, "The contract's value."),
    spec(Field::Currency, Currency, WithAmount, "The amount's currency, an ISO 4217 code in upper case."),
    spec(Field::LeadId, Text, Never, "The lead it came from."),
    spec(Field::AccountId, Text, Never, "The customer's account."),
    spec(Field::DealType, Text, Never, "new_business or existing_business, read loosely; absent: decided by who is a new customer."),
    spec(Field::OpenedAt, Time, Never, "When it became an opportunity."),
    spec(Field::Segment, Text, Never, "The market segment, where its lead has none."),
    spec(Field::Product, Text, Never, "What is sold."),
    spec(Field::Owner, Text, Never, "Who sells it; never shown as a label."),
];

const SPEND: &[Spec] = &[
    EVENT_ID,
    SOURCE,
    OCCURRED_AT,
    REVISION,
    spec(Field::Platform, Text, Always, "The advertising platform; case, blanks, -, _ and / do not matter."),
    spec(Field::Account, Text, Always, "The ad account."),
    spec(Field::SpendDate, Day, Always, "The ad account's own day."),
    spec(Field::Amount, Amount, Live, "The money spent that day, as an absolute figure; negative for a credit."),
    spec(Field::Currency, Currency, Live, "The amount's currency, an ISO 4217 code in upper case."),
    CAMPAIGN,
    spec(Field::CampaignId, Text, Never, "The campaign's id, which keys the row before its name does."),
    spec(Field::AdGroup, Text, Never, "The ad group's name."),
    spec(Field::AdGroupId, Text, Never, "The ad group's id, which keys the row before its name does."),
    spec(Field::Ad, Text, Never, "The ad's name."),
    spec(Field::AdId, Text, Never, "The ad's id, which keys the row before its name does."),
    spec(
        Field::Breakdown,
        Text,
        Never,
        "Any finer split, as text, such as country=DE,device=mobile: rows that the key does not tell apart replace each other.",
    ),
    spec(Field::Channel, Text, Never, "The marketing channel; absent: the platform's."),
    SEGMENT,
    spec(Field::Category, Word(&CATEGORY), Never, "What the money was for. Absent: media."),
    spec(Field::Impressions, Count, Never, "Times an ad was shown."),
    spec(Field::Clicks, Count, Never, "Times an ad was clicked."),
    spec(Field::Status, Word(&SPEND_STATUS), Never, "Absent: active. Of a deleted row only the key is needed."),
];

const SOCIAL: &[Spec] = &[
    EVENT_ID,
    SOURCE,
    OCCURRED_AT,
    REVISION,
    spec(Field::Platform, Text, Always, "The social platform; case, blanks, -, _ and / do not matter."),
    spec(Field::Kind, Word(&INTERACTION), Always, "What was done; audience is the number of followers at a day's end."),
    spec(Field::Count, Integer, Audience, "How often. Absent: once; needed of an audience. May be negative."),
    spec(Field::Account, Text, Never, "The account on the platform."),
    spec(Field::PostId, Text, Never, "The post."),
    spec(Field::Channel, Text, Never, "The marketing channel; absent: social."),
    CAMPAIGN,
    SEGMENT,
    spec(Field::LeadId, Text, Never, "The lead whose interaction it was."),
    spec(Field::StatDate, Day, Never, "The day of which this is the absolute figure, restated by a higher revision."),
];

const VISIT: &[Spec] = &[
    EVENT_ID,
    SOURCE,
    OCCURRED_AT,
    spec(Field::VisitorId, Text, Never, "The visitor; absent where consent was denied."),
    spec(Field::Action, Text, Never, "What the visitor did; absent: a plain visit."),
    spec(Field::SessionId, Text, Never, "The session."),
    spec(Field::Page, Text, Never, "The page."),
    spec(Field::Channel, Text, Never, "The channel of the session, put on each of its events."),
    spec(Field::Campaign, Text, Never, "The campaign of the session."),
    SEGMENT,
];
