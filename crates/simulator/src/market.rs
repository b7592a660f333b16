//! The company's market as tables: channels with their volumes, rates and cycles, segments, ad campaigns. Plausible, not measured.

/// A channel by which visitors and leads come.
#[derive(Debug)]
pub(crate) struct Channel {
    /// How its sources spell it; the first most often. None: nobody knows where these come from.
    pub(crate) spellings: &'static [&'static str],
    /// Its campaigns; none where it has none.
    pub(crate) campaigns: &'static [&'static str],
    /// Sessions on the web site on a working day; 0 where leads come from elsewhere.
    pub(crate) sessions: f64,
    /// Leads on a working day.
    pub(crate) leads: f64,
    /// Shares of leads that marketing qualifies, of those that sales does, of those that become a deal, of those that are won.
    pub(crate) funnel: [f64; 4],
    /// Median days from deal to decision.
    pub(crate) cycle_days: f64,
}

/// Search campaigns.
const SEARCH: &[&str] = &["brand", "competitors", "category-terms", "retargeting-search"];
/// Social campaigns.
const PAID_SOCIAL: &[&str] = &["abm-enterprise", "webinar-spring", "lookalike-smb", "case-studies", "retargeting-social", "demo-offer"];
/// Mailings.
const MAILINGS: &[&str] = &["newsletter", "onboarding-series", "win-back"];
/// Fairs.
const FAIRS: &[&str] = &["saas-summit", "regional-roadshow"];

/// The channels.
pub(crate) const CHANNELS: &[Channel] = &[
    channel(&["paid_search", "PPC", "cpc"], SEARCH, [32.0, 1.4], [0.55, 0.55, 0.70, 0.32], 24.0),
    channel(&["paid_social", "Paid Social"], PAID_SOCIAL, [36.0, 1.2], [0.38, 0.42, 0.62, 0.26], 38.0),
    channel(&["organic_search", "Organic Search"], &[], [40.0, 1.1], [0.50, 0.55, 0.70, 0.36], 30.0),
    channel(&["email", "Newsletter"], MAILINGS, [12.0, 0.45], [0.60, 0.60, 0.75, 0.40], 21.0),
    channel(&["referral", "Referrals"], &[], [8.0, 0.35], [0.70, 0.70, 0.80, 0.45], 18.0),
    channel(&["social"], &[], [8.0, 0.3], [0.40, 0.45, 0.65, 0.30], 33.0),
    channel(&["organic_social", "Social Media"], &[], [6.0, 0.2], [0.40, 0.45, 0.65, 0.30], 33.0),
    channel(&["event", "Trade Show"], FAIRS, [0.0, 0.35], [0.65, 0.60, 0.75, 0.34], 45.0),
    channel(&["direct", "Direct Traffic"], &[], [22.0, 0.45], [0.50, 0.55, 0.70, 0.36], 26.0),
    channel(&["partner"], &[], [0.0, 0.2], [0.75, 0.70, 0.80, 0.50], 20.0),
    channel(&[], &[], [8.0, 0.2], [0.45, 0.50, 0.65, 0.30], 30.0),
];

const fn channel(
    spellings: &'static [&'static str],
    campaigns: &'static [&'static str],
    [sessions, leads]: [f64; 2],
    funnel: [f64; 4],
    cycle_days: f64,
) -> Channel {
    Channel { spellings, campaigns, sessions, leads, funnel, cycle_days }
}

/// A market segment.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) name: &'static str,
    /// Its share of leads.
    pub(crate) share: f64,
    /// A first contract's median value in euros.
    pub(crate) contract: f64,
    /// How much slower it decides.
    pub(crate) patience: f64,
}

/// The segments.
pub(crate) const SEGMENTS: &[Segment] = &[
    Segment { name: "smb", share: 0.52, contract: 6_000.0, patience: 0.8 },
    Segment { name: "mid_market", share: 0.34, contract: 15_000.0, patience: 1.0 },
    Segment { name: "enterprise", share: 0.14, contract: 48_000.0, patience: 1.6 },
];

/// An account on an ad platform, which is billed in one currency.
#[derive(Debug)]
pub(crate) struct AdAccount {
    pub(crate) platform: &'static str,
    pub(crate) account: &'static str,
    /// Its currency's place in the options' list.
    pub(crate) currency: usize,
    /// A campaign's id where the platform has one, its name, and euros on a working day.
    pub(crate) campaigns: &'static [(Option<&'static str>, &'static str, f64)],
    /// Ad groups of each campaign; the spend is split evenly among them.
    pub(crate) ad_groups: &'static [&'static str],
    /// Euros a click.
    pub(crate) click: f64,
    /// Impressions a click.
    pub(crate) views: f64,
    /// Whether the connector also pulls the running day's figures, incomplete, at noon.
    pub(crate) intraday: bool,
}

/// The accounts.
pub(crate) const AD_ACCOUNTS: &[AdAccount] = &[
    AdAccount {
        platform: "google_ads",
        account: "ga-main",
        currency: 0,
        campaigns: &[(None, "brand", 55.0), (None, "competitors", 120.0), (None, "category-terms", 150.0), (None, "retargeting-search", 45.0)],
        ad_groups: &["exact", "broad"],
        click: 3.4,
        views: 28.0,
        intraday: true,
    },
    AdAccount {
        platform: "microsoft_ads",
        account: "ms-main",
        currency: 2,
        campaigns: &[(None, "brand", 20.0), (None, "category-terms", 50.0)],
        ad_groups: &[],
        click: 2.6,
        views: 35.0,
        intraday: false,
    },
    AdAccount {
        platform: "meta",
        account: "act-204",
        currency: 1,
        campaigns: &[(Some("m-7001"), "lookalike-smb", 80.0), (Some("m-7002"), "retargeting-social", 60.0), (Some("m-7003"), "demo-offer", 70.0)],
        ad_groups: &[],
        click: 1.5,
        views: 70.0,
        intraday: false,
    },
    AdAccount {
        platform: "linkedin",
        account: "li-5150",
        currency: 1,
        campaigns: &[(Some("l-31"), "abm-enterprise", 130.0), (Some("l-32"), "webinar-spring", 75.0), (Some("l-33"), "case-studies", 85.0)],
        ad_groups: &[],
        click: 7.5,
        views: 140.0,
        intraday: false,
    },
];
