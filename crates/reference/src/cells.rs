//! What a state is made of: cells, and what each fact adds to them. A cell is the sum of what all facts add to it.

use std::fmt;

use crate::{
    Options,
    dimensions::Dimensions,
    facts::{Booked, Deal, Facts, Lead, Social, Spend, Visit},
    intervals::bucket,
    time::{MINUTE_MS, show_day, show_instant},
};

/// The name of a number of a state.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Key {
    /// Of which part of the state.
    pub part: Part,
    /// What it is.
    pub what: What,
}

/// A part of a state.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Part {
    /// All entities, whatever partition they came by.
    Book,
    /// The interactions of a partition of a topic, named by its type.
    Partition(&'static str, i32),
    /// Those of all partitions of a topic together: what is no sum.
    Partitions(&'static str),
}

/// What a number of a state is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum What {
    /// A sum.
    Cell {
        /// When.
        pane: Pane,
        /// Where.
        at: Dimensions,
        /// Of what.
        measure: Measure,
    },
    /// Follows less unfollows.
    Follows {
        /// The platform.
        platform: String,
        /// The account on it.
        account: String,
        /// The day.
        day: i64,
        /// Where.
        at: Dimensions,
    },
    /// The members at a day's end.
    Members {
        /// The platform.
        platform: String,
        /// The account on it.
        account: String,
        /// The day.
        day: i64,
        /// Where.
        at: Dimensions,
    },
    /// Rows of media spend that show that a platform has reported a day.
    Reported {
        /// The platform.
        platform: String,
        /// The day.
        day: i64,
    },
    /// Distinct visitors.
    Visitors {
        /// The day.
        day: i64,
        /// The channel.
        channel: String,
        /// Of all or of those with a conversion action.
        who: Who,
    },
    /// Records of a partition by what became of them: `read` counts what was readable about entities, else a reason, `accepted`
    /// or `duplicate`.
    Records {
        /// The topic, by its type.
        topic: &'static str,
        /// The partition.
        partition: i32,
        /// What became of them.
        outcome: &'static str,
    },
}

/// Which visitors.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Who {
    /// All.
    All,
    /// Those who did a conversion action.
    Converting,
}

/// When something is booked.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Pane {
    /// On a day, counted from 1970.
    Day(i64),
    /// In a minute, counted from 1970.
    Minute(i64),
    /// From a day on, or always, until it is taken out.
    Standing(Option<i64>),
}

/// What is counted: a name, and of money the currency, with the date of the rate where that is not the pane's day; of cycles the
/// bucket (0 for no time at all, else k + 1).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Measure {
    /// Its name.
    pub name: &'static str,
    /// Of which currency, rate or bucket; empty where there is none.
    pub of: String,
}

impl Measure {
    /// A count.
    pub fn count(name: &'static str) -> Measure {
        Measure { name, of: String::new() }
    }

    /// A count or a sum of one kind.
    pub fn of(name: &'static str, of: impl fmt::Display) -> Measure {
        Measure { name, of: of.to_string() }
    }

    /// Whether it is money, in millionths.
    pub fn is_money(&self) -> bool {
        self.name.ends_with("_value") || matches!(self.name, "spend" | "media_spend")
    }
}

/// Takes what a fact adds.
type Add<'a> = dyn FnMut(What, i128) + 'a;

/// Tells what each entity adds, by the entity's name; rows of spend before a day are passed over.
pub(crate) fn of_entities(facts: &Facts, options: &Options, days_from: i64, tell: &mut dyn FnMut(&str, What, i128)) {
    for lead in &facts.leads {
        of_lead(lead, options, &mut |what, n| tell(&lead.entity, what, n));
        for deal in lead.wins.iter().map(|place| &facts.deals[*place]).filter(|deal| deal.returns(options)) {
            of_return(deal, lead, &mut |what, n| tell(&deal.entity, what, n));
        }
    }
    for lead in &facts.disqualified {
        at(&lead.at, lead.created, Measure::count("disqualified_leads"), 1, &mut |what, n| tell(&lead.entity, what, n));
    }
    facts.deals.iter().for_each(|deal| of_deal(deal, options, &mut |what, n| tell(&deal.entity, what, n)));
    facts.spend.iter().filter(|row| row.day >= days_from).for_each(|row| of_spend(row, &mut |what, n| tell(&row.entity, what, n)));
    facts.social.iter().for_each(|figure| of_social(figure, &mut |what, n| tell(&figure.entity, what, n)));
}

fn of_lead(lead: &Lead, options: &Options, add: &mut Add<'_>) {
    let mut on = |day, name| on_day(&lead.at, day, Measure::count(name), 1, add);
    on(lead.maturity_day, "mature");
    if let Some(conversion) = &lead.conversion {
        on(lead.created.day, "converted");
        on(conversion.day, "conversions");
        on(lead.maturity_day, "mature_converted_ever");
        if conversion.within_horizon {
            on(lead.maturity_day, "mature_converted");
        }
        let age = conversion.age.max(0);
        if age <= options.horizon_days {
            on_day(&lead.at, lead.created.day + age, Measure::of("conversions_of_age", age), 1, add);
        }
    }
    at(&lead.at, lead.created, Measure::count("leads"), 1, add);
    lead.mql.iter().for_each(|mql| at(&lead.at, *mql, Measure::count("mqls"), 1, add));
    lead.sql.iter().for_each(|sql| at(&lead.at, *sql, Measure::count("sqls"), 1, add));
}

fn of_deal(deal: &Deal, options: &Options, add: &mut Add<'_>) {
    if let Some(opened) = deal.opened {
        at(&deal.at, opened, Measure::count("opportunities"), 1, add);
    }
    match (deal.status.as_str(), deal.closed) {
        ("open", _) => {
            let pane = Pane::Standing(deal.opened.map(|opened| opened.day));
            let mut add = |measure, n| add(What::Cell { pane, at: deal.at.clone(), measure }, n);
            add(Measure::count("open_deals"), 1);
            if let Some((micros, currency)) = &deal.amount {
                add(Measure::of("open_value", currency), *micros);
            }
        }
        ("won", Some(closed)) => of_win(deal, closed, options, add),
        ("lost", Some(closed)) => at(&deal.at, closed, Measure::count("losses"), 1, add),
        _ => {}
    }
}

fn of_win(deal: &Deal, closed: Booked, options: &Options, add: &mut Add<'_>) {
    at(&deal.at, closed, Measure::count("wins"), 1, add);
    match &deal.amount {
        Some((micros, currency)) => {
            at(&deal.at, closed, Measure::count("valued_wins"), 1, add);
            at(&deal.at, closed, Measure::of("won_value", currency), *micros, add);
        }
        None => on_day(&deal.at, closed.day, Measure::count("unvalued_wins"), 1, add),
    }
    if deal.new_customer {
        at(&deal.at, closed, Measure::count("customers"), 1, add);
        if deal.has_lead {
            on_day(&deal.at, closed.day, Measure::count("customers_with_lead"), 1, add);
        }
        if let Some(age) = deal.lead_age {
            on_day(&deal.at, closed.day, Measure::of("customers_of_age", age.clamp(0, options.horizon_days)), 1, add);
        }
    }
    let mut on = |measure, n| on_day(&deal.at, closed.day, measure, n, add);
    match deal.elapsed.filter(|elapsed| *elapsed >= 0) {
        _ if !deal.new_business => {}
        Some(elapsed) => {
            on(Measure::count("cycle_wins"), 1);
            on(Measure::count("cycle_millis"), elapsed.into());
            on(Measure::of("cycle_bucket", if elapsed == 0 { 0 } else { bucket(elapsed) + 1 }), 1);
        }
        None => on(Measure::count("cycleless_wins"), 1),
    }
    if deal.returns(options) {
        on(Measure::count("return_wins"), 1);
        if let Some((micros, currency)) = &deal.amount {
            on(Measure::of("return_value", currency), *micros);
        }
    }
}

/// What a win whose value is taken adds to the days of its lead, under the lead's dimensions.
fn of_return(deal: &Deal, lead: &Lead, add: &mut Add<'_>) {
    let Some(closed) = deal.closed else { return };
    let mut cohort = |day, wins, value| {
        on_day(&lead.at, day, Measure::count(wins), 1, add);
        if let Some((micros, currency)) = &deal.amount {
            on_day(&lead.at, day, Measure::of(value, format!("{currency} of {}", show_day(closed.day))), *micros, add);
        }
    };
    cohort(lead.created.day, "cohort_wins", "cohort_value");
    if deal.within_horizon {
        cohort(lead.maturity_day, "mature_wins", "mature_value");
    }
}

fn of_spend(row: &Spend, add: &mut Add<'_>) {
    let (micros, currency) = &row.amount;
    let mut on = |measure, n| on_day(&row.at, row.day, measure, n, add);
    on(Measure::count("spend_rows"), 1);
    on(Measure::count("ad_impressions"), row.impressions.into());
    on(Measure::count("ad_clicks"), row.clicks.into());
    on(Measure::of("spend", currency), *micros);
    if row.media {
        on(Measure::of("media_spend", currency), *micros);
        add(What::Reported { platform: row.platform.clone(), day: row.reported_day }, 1);
    }
}

/// What the figure of a day or a single interaction adds.
pub(crate) fn of_social(one: &Social, add: &mut Add<'_>) {
    let (platform, account, day, dims) = (one.platform.clone(), one.account.clone(), one.on.day, one.at.clone());
    let count = i128::from(one.count);
    on_day(&one.at, day, Measure::count("interactions"), 1, add);
    match one.kind.as_str() {
        "impression" => at(&one.at, one.on, Measure::count("impressions"), count, add),
        "like" | "comment" | "share" | "click" | "reaction" => at(&one.at, one.on, Measure::count("engagements"), count, add),
        "intent" => on_day(&one.at, day, Measure::count("intents"), count, add),
        "follow" => add(What::Follows { platform, account, day, at: dims }, count),
        "unfollow" => add(What::Follows { platform, account, day, at: dims }, -count),
        _ => add(What::Members { platform, account, day, at: dims }, count),
    }
}

/// What a visit adds beside its visitor.
pub(crate) fn of_visit(visit: &Visit, add: &mut Add<'_>) {
    at(&visit.at, visit.on, Measure::count("visits"), 1, add);
    if visit.is_conversion && visit.visitor.is_some() {
        on_day(&visit.at, visit.on.day, Measure::count("known_actions"), 1, add);
    }
}

fn on_day(dims: &Dimensions, day: i64, measure: Measure, n: i128, add: &mut Add<'_>) {
    add(What::Cell { pane: Pane::Day(day), at: dims.clone(), measure }, n);
}

/// On the day, and in the minute where there is one.
fn at(dims: &Dimensions, on: Booked, measure: Measure, n: i128, add: &mut Add<'_>) {
    if let Some(minute) = on.minute {
        add(What::Cell { pane: Pane::Minute(minute), at: dims.clone(), measure: measure.clone() }, n);
    }
    on_day(dims, on.day, measure, n, add);
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.part {
            Part::Book => f.write_str("book: ")?,
            Part::Partition(topic, partition) => write!(f, "{topic}/{partition}: ")?,
            Part::Partitions(topic) => write!(f, "{topic}: ")?,
        }
        match &self.what {
            What::Cell { pane, at, measure } => write!(f, "{measure} {pane}, {at}"),
            What::Follows { platform, account, day, at } => write!(f, "follows on {}, {platform} {account}, {at}", show_day(*day)),
            What::Members { platform, account, day, at } => write!(f, "members on {}, {platform} {account}, {at}", show_day(*day)),
            What::Reported { platform, day } => write!(f, "rows of media spend that report {}, {platform}", show_day(*day)),
            What::Visitors { day, channel, who: Who::All } => write!(f, "visitors on {}, {channel}", show_day(*day)),
            What::Visitors { day, channel, who: Who::Converting } => write!(f, "converting visitors on {}, {channel}", show_day(*day)),
            What::Records { topic, partition, outcome } => write!(f, "records of {topic}/{partition}, {outcome}"),
        }
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.of.is_empty() { f.write_str(self.name) } else { write!(f, "{} {}", self.name, self.of) }
    }
}

impl fmt::Display for Pane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Pane::Day(day) => write!(f, "on {}", show_day(*day)),
            Pane::Minute(minute) => write!(f, "in the minute {}", show_instant(minute * MINUTE_MS)),
            Pane::Standing(Some(day)) => write!(f, "since {}", show_day(*day)),
            Pane::Standing(None) => f.write_str("always"),
        }
    }
}

impl fmt::Display for Dimensions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} / {} / {}", self.channel, self.campaign, self.segment)
    }
}
