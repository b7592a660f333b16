//! The contract's table of fields: per type, in the order in which they are checked.

/// What a field must hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Holds {
    Text,
    /// A text that nothing is made of.
    Unread,
    Time,
    Date,
    Amount,
    Currency,
    Integer,
    /// An integer not below 0.
    Natural,
    /// One of these words.
    Word(&'static [&'static str]),
}

/// A field and what it holds.
pub type Field = (&'static str, Holds);

use Holds::*;

/// The fields of every event.
pub const COMMON: &[Field] = &[("event_id", Text), ("source", Text), ("occurred_at", Time), ("revision", Integer)];

/// The five types with their other fields.
pub const TYPES: &[(&str, &[Field])] = &[
    (
        "lead-created",
        &[
            ("lead_id", Text),
            ("created_at", Time),
            ("channel", Text),
            ("campaign", Text),
            ("segment", Text),
            ("account_id", Text),
            ("visitor_id", Text),
            ("mql_at", Time),
            ("sql_at", Time),
            ("status", Word(&["active", "disqualified", "deleted"])),
        ],
    ),
    (
        "deal-closed",
        &[
            ("deal_id", Text),
            ("status", Word(&["open", "won", "lost", "refunded", "deleted"])),
            ("closed_at", Time),
            ("amount", Amount),
            ("currency", Currency),
            ("lead_id", Text),
            ("account_id", Text),
            ("deal_type", Text),
            ("opened_at", Time),
            ("segment", Text),
            ("product", Unread),
            ("owner", Unread),
        ],
    ),
    (
        "ad-spend",
        &[
            ("platform", Text),
            ("account", Text),
            ("spend_date", Date),
            ("amount", Amount),
            ("currency", Currency),
            ("campaign", Text),
            ("campaign_id", Text),
            ("ad_group", Text),
            ("ad_group_id", Text),
            ("ad", Text),
            ("ad_id", Text),
            ("breakdown", Text),
            ("channel", Text),
            ("segment", Text),
            ("category", Word(&["media", "agency", "tools", "people", "event"])),
            ("impressions", Natural),
            ("clicks", Natural),
            ("status", Word(&["active", "deleted"])),
        ],
    ),
    (
        "social-interaction",
        &[
            ("platform", Text),
            ("kind", Word(&["impression", "like", "comment", "share", "click", "reaction", "follow", "unfollow", "intent", "audience"])),
            ("count", Integer),
            ("account", Text),
            ("post_id", Text),
            ("channel", Text),
            ("campaign", Text),
            ("segment", Text),
            ("lead_id", Text),
            ("stat_date", Date),
        ],
    ),
    (
        "web-visit",
        &[("visitor_id", Text), ("action", Text), ("session_id", Unread), ("page", Unread), ("channel", Text), ("campaign", Text), ("segment", Text)],
    ),
];

/// Whether a field is passed over where its message says that the entity is deleted, given whether another field is there: only those
/// of the key and those of every event are read.
pub fn is_passed_over_where_deleted(kind: &str, field: &str, has: impl Fn(&str) -> bool) -> bool {
    if COMMON.iter().any(|(name, _)| *name == field) || field == "status" {
        return false;
    }
    match (kind, field) {
        ("lead-created", _) => field != "lead_id",
        ("deal-closed", _) => field != "deal_id",
        // A name is of the key only where there is no id.
        ("ad-spend", "campaign" | "ad_group" | "ad") => has(&format!("{field}_id")),
        ("ad-spend", _) => matches!(field, "amount" | "currency" | "channel" | "segment" | "impressions" | "clicks"),
        _ => false,
    }
}

/// The required fields of a type beside the common ones, given how to look at a word and whether a field is there.
pub fn required(kind: &str, word: impl Fn(&str) -> String, has: impl Fn(&str) -> bool) -> Vec<&'static str> {
    let status = word("status");
    let deleted = status == "deleted";
    match kind {
        "lead-created" if deleted => vec!["lead_id"],
        "lead-created" => vec!["lead_id", "created_at"],
        "deal-closed" => {
            let closed = matches!(status.as_str(), "won" | "lost" | "refunded");
            let closed_at = closed.then_some("closed_at");
            let currency = (has("amount") && !deleted).then_some("currency");
            ["deal_id", "status"].into_iter().chain(closed_at).chain(currency).collect()
        }
        "ad-spend" if deleted => vec!["platform", "account", "spend_date"],
        "ad-spend" => vec!["platform", "account", "spend_date", "amount", "currency"],
        "social-interaction" if word("kind") == "audience" => vec!["platform", "kind", "count"],
        "social-interaction" => vec!["platform", "kind"],
        _ => Vec::new(),
    }
}
