//! Measures: what a cell counts. Money is a measure a currency, and where its rate is not the pane's day's, a rate date.

use model::{Currency, Day};
use serde::{Deserialize, Serialize};

/// What a cell counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Measure {
    /// Leads, by `created_at`; disqualified and deleted ones are not among them.
    Leads,
    /// Disqualified leads, by `created_at`.
    DisqualifiedLeads,
    /// Leads, by `mql_at`.
    Mqls,
    /// Leads, by `sql_at`.
    Sqls,
    /// Leads with a conversion, by `created_at`.
    Converted,
    /// Leads, by maturity.
    Mature,
    /// Leads converted within the horizon, by maturity.
    MatureConverted,
    /// Leads with a conversion, however late, by maturity.
    MatureConvertedEver,
    /// Conversions, by their own day.
    Conversions,
    /// Live deals, by `opened_at`.
    Opportunities,
    /// New customers, by `closed_at`.
    Customers,
    /// Of them those whose lead is known: only these came by a channel, whatever it is called.
    LedCustomers,
    /// Won deals, by `closed_at`.
    Wins,
    /// Lost deals, by `closed_at`.
    Losses,
    /// Won deals that have an amount.
    ValuedWins,
    /// Won deals that have none.
    UnvaluedWins,
    /// New-business wins with a cycle.
    CycleWins,
    /// Their cycles, in milliseconds.
    CycleMillis,
    /// Their cycles, by bucket (see [`crate::cycle`]).
    CycleBucket(u16),
    /// New customers whose lead is known, by `closed_at` and by the civil days from the lead's day to it: at least 0, at most the horizon.
    CustomersOfAge(u16),
    /// Conversions, by the civil days from the lead's day to theirs, at least 0, and by the day so many after the lead's; none are those
    /// beyond the horizon.
    ConversionsOfAge(u16),
    /// New-business wins whose cycle is negative or unknown.
    CyclelessWins,
    /// Wins whose value is the return, by `closed_at`.
    ReturnWins,
    /// The same, by their lead's `created_at`.
    CohortWins,
    /// The same, won within the horizon, by their lead's maturity.
    MatureWins,
    /// Open deals, by `opened_at`.
    OpenDeals,
    /// Rows of spend.
    SpendRows,
    /// Times an ad was shown.
    AdImpressions,
    /// Times an ad was clicked.
    AdClicks,
    /// Messages of social interactions, whatever their count.
    Interactions,
    /// Impressions of posts.
    Impressions,
    /// Likes, comments, shares, clicks and reactions.
    Engagements,
    /// Signs of interest in buying.
    Intents,
    /// Web visits.
    Visits,
    /// Conversion actions of known visitors.
    KnownActions,
    /// Value of won deals, by `closed_at`.
    WonValue(Currency),
    /// The return, by `closed_at`.
    ReturnValue(Currency),
    /// The return, by the lead's `created_at`; converted at the day it closed.
    CohortValue(Currency, Day),
    /// The return won within the horizon, by the lead's maturity; converted at the day it closed.
    MatureValue(Currency, Day),
    /// Value of open deals, by `opened_at`.
    OpenValue(Currency),
    /// Spend, by `spend_date`.
    Spend(Currency),
    /// Of it the category `media`.
    MediaSpend(Currency),
}
