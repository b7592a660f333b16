//! What a column can be.

use serde::Deserialize;

/// What a report's rows are.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Rows of ad spend.
    Spend,
    /// Deals.
    Deals,
    /// Leads.
    Leads,
}

macro_rules! fields {
    ($(($name:ident, $text:literal, $what:literal)),+ $(,)?) => {
        /// What a column holds.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Deserialize)]
        pub enum Field {
            $(#[doc = $what] #[serde(rename = $text)] $name),+
        }

        impl Field {
            /// Its name in mappings.
            pub fn name(self) -> &'static str {
                match self {
                    $(Field::$name => $text),+
                }
            }

            /// All fields, with what each holds.
            pub const ALL: &'static [(&'static str, &'static str)] = &[$(($text, $what)),+];
        }
    };
}

fields!(
    (Day, "day", "Spend: the row's day."),
    (Week, "week", "Spend: a week; such a report is refused."),
    (Month, "month", "Spend: a month; such a report is refused."),
    (Quarter, "quarter", "Spend: a quarter; such a report is refused."),
    (Start, "start", "Spend: the first day that a row covers."),
    (End, "end", "Spend: the last day that a row covers."),
    (Account, "account", "Spend: the ad account's name."),
    (AccountId, "account_id", "Spend: the ad account's number, which is taken before its name."),
    (Campaign, "campaign", "Spend and leads: the campaign's name."),
    (CampaignId, "campaign_id", "Spend: the campaign's id."),
    (AdGroup, "ad_group", "Spend: the ad group's or ad set's name."),
    (AdGroupId, "ad_group_id", "Spend: the ad group's or ad set's id."),
    (Ad, "ad", "Spend: the ad's name."),
    (AdId, "ad_id", "Spend: the ad's id."),
    (Cost, "cost", "Spend: the money spent."),
    (Impressions, "impressions", "Spend: times shown."),
    (Clicks, "clicks", "Spend: times clicked."),
    (SourceMedium, "source_medium", "Spend: source and medium of a web analysis, which tell the platform."),
    (Currency, "currency", "Spend and deals: the currency's code."),
    (DealId, "deal_id", "Deals: the id. Leads: the id of the deal that the lead became."),
    (Pipeline, "pipeline", "Deals: the pipeline, told beside stages that mean nothing yet."),
    (Stage, "stage", "Deals: the stage, which `stages` gives a meaning."),
    (Status, "status", "Deals: the status, which `statuses` gives a meaning; it goes before the stage."),
    (Won, "won", "Deals: yes or no; it goes before status and stage."),
    (Closed, "closed", "Deals: yes or no, beside `won`."),
    (Amount, "amount", "Deals: the value."),
    (ClosedAt, "closed_at", "Deals: when it was closed, or is to close."),
    (WonAt, "won_at", "Deals: when it was won; it goes before `closed_at`."),
    (LostAt, "lost_at", "Deals: when it was lost; it goes before `closed_at`."),
    (DealType, "deal_type", "Deals: new or existing business."),
    (ContactIds, "contact_ids", "Deals: the contacts' ids, with semicolons between."),
    (LeadId, "lead_id", "Leads: the id."),
    (Lifecycle, "lifecycle", "Leads: the stage of life, which `lifecycle` gives a meaning."),
    (Channel, "channel", "Leads: where the lead came from."),
    (Detail1, "detail1", "Leads: more on the channel; `campaign_of` says where that is the campaign."),
    (Detail2, "detail2", "Leads: still more on the channel."),
    (MqlAt, "mql_at", "Leads: when marketing qualified it."),
    (SqlAt, "sql_at", "Leads: when sales qualified it."),
    (CompanyIds, "company_ids", "Leads and deals: the companies' ids, with semicolons between."),
    (CreatedAt, "created_at", "Leads and deals: when it was made."),
    (ModifiedAt, "modified_at", "Leads and deals: when it was last changed."),
    (Segment, "segment", "All: the market segment."),
    (Other, "other", "All: a column by which the report is known, and which is not read."),
);

impl Field {
    /// Whether the column holds dates or times.
    pub fn is_date(self) -> bool {
        use Field::{ClosedAt, CreatedAt, Day, End, LostAt, ModifiedAt, MqlAt, SqlAt, Start, WonAt};
        matches!(self, Day | Start | End | ClosedAt | WonAt | LostAt | CreatedAt | ModifiedAt | MqlAt | SqlAt)
    }

    /// Whether the column holds numbers.
    pub fn is_number(self) -> bool {
        matches!(self, Field::Cost | Field::Impressions | Field::Clicks | Field::Amount)
    }

    /// Whether the column holds ids.
    pub fn is_id(self) -> bool {
        matches!(
            self,
            Field::CampaignId
                | Field::AdGroupId
                | Field::AdId
                | Field::AccountId
                | Field::DealId
                | Field::LeadId
                | Field::ContactIds
                | Field::CompanyIds
        )
    }
}

impl Kind {
    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Spend => "spend",
            Kind::Deals => "deals",
            Kind::Leads => "leads",
        }
    }

    /// What a report of the kind cannot be without: of each group one.
    pub fn needs(self) -> &'static [&'static [Field]] {
        match self {
            Kind::Spend => &[&[Field::Cost], &[Field::Day, Field::Start, Field::Week, Field::Month, Field::Quarter]],
            Kind::Deals => &[&[Field::DealId], &[Field::Stage, Field::Status, Field::Won]],
            Kind::Leads => &[&[Field::LeadId], &[Field::CreatedAt]],
        }
    }
}
