//! The latest facts joined: each deal with its lead and its customer, each lead with its conversion.

use std::collections::BTreeMap;

use crate::{
    Options,
    dimensions::{Dimensions, Names, UNATTRIBUTED, or_none, platform_name},
    latest::{Latest, is_figure, name_of, social_day},
    message::Message,
    time::{DAY_MS, When, Zone, minute},
};

/// A date of something: its day, and its minute where it has one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Booked {
    pub day: i64,
    pub minute: Option<i64>,
}

/// A live lead that is not disqualified (or is, in [`Facts::disqualified`]).
pub struct Lead {
    pub entity: String,
    pub at: Dimensions,
    pub created: Booked,
    pub mql: Option<Booked>,
    pub sql: Option<Booked>,
    pub maturity_day: i64,
    pub conversion: Option<Conversion>,
    /// Its won deals, as places in [`Facts::deals`].
    pub wins: Vec<usize>,
}

/// A lead's earliest new-business win.
pub struct Conversion {
    pub day: i64,
    /// Civil days from the lead's day to its own.
    pub age: i64,
    pub within_horizon: bool,
}

/// A live deal.
pub struct Deal {
    pub entity: String,
    pub at: Dimensions,
    pub status: String,
    pub closed: Option<Booked>,
    pub opened: Option<Booked>,
    pub amount: Option<(i128, String)>,
    pub new_business: bool,
    pub new_customer: bool,
    /// Whether its lead is known and live.
    pub has_lead: bool,
    /// Civil days from the day of its known live lead to the day it closed.
    pub lead_age: Option<i64>,
    /// Milliseconds from lead to deal, of a new-business win whose lead is known.
    pub elapsed: Option<i64>,
    pub within_horizon: bool,
}

/// A live row of spend.
pub struct Spend {
    pub entity: String,
    pub at: Dimensions,
    pub platform: String,
    pub day: i64,
    pub reported_day: i64,
    pub amount: (i128, String),
    pub media: bool,
    pub impressions: i64,
    pub clicks: i64,
}

/// A single interaction, or the figure of a day.
pub struct Social {
    pub entity: String,
    pub at: Dimensions,
    pub kind: String,
    pub count: i64,
    pub on: Booked,
    pub platform: String,
    pub account: String,
}

/// A visit.
pub struct Visit {
    pub at: Dimensions,
    pub on: Booked,
    pub visitor: Option<String>,
    pub is_conversion: bool,
}

/// All that is known.
pub struct Facts {
    pub leads: Vec<Lead>,
    pub disqualified: Vec<Lead>,
    pub deals: Vec<Deal>,
    pub spend: Vec<Spend>,
    pub social: Vec<Social>,
    pub visits: Vec<Visit>,
}

/// A deal's message with what it hangs on.
struct Joined<'a> {
    deal: &'a Message,
    lead: Option<&'a Message>,
    customer: String,
}

/// Who was first of each customer, and the won deals of each lead by their places.
struct Wins<'a> {
    first_of: BTreeMap<&'a str, &'a str>,
    of_lead: BTreeMap<&'a str, Vec<usize>>,
}

impl Deal {
    pub fn is_won(&self) -> bool {
        self.status == "won"
    }

    /// Whether its value is taken in `roi` and `roas`.
    pub fn returns(&self, options: &Options) -> bool {
        self.is_won() && (self.new_business || options.all_wins)
    }
}

impl Facts {
    pub fn of(latest: &Latest, zone: &Zone, options: &Options) -> Facts {
        let names = Names::new(options);
        let live = |kind: &str| latest.of(kind).into_iter().filter(|m| m.text("status") != Some("deleted")).collect::<Vec<_>>();
        let joined = join(live("deal-closed"), latest);
        let wins = Wins::of(&joined, zone);
        let deals: Vec<Deal> = joined.iter().map(|one| deal(one, &wins, &names, zone, options)).collect();
        let (disqualified, leads): (Vec<_>, Vec<_>) = live("lead-created").into_iter().partition(|m| m.text("status") == Some("disqualified"));
        let lead = |m: &Message| lead(m, &joined, &wins, &deals, &names, zone, options);
        Facts {
            leads: leads.into_iter().map(lead).collect(),
            disqualified: disqualified.into_iter().map(lead).collect(),
            spend: live("ad-spend").into_iter().map(|m| spend(m, &names, zone)).collect(),
            social: latest.of("social-interaction").into_iter().map(|m| social(m, &names, zone)).collect(),
            visits: latest.of("web-visit").into_iter().map(|m| visit(m, &names, zone, options)).collect(),
            deals,
        }
    }

    /// Every day on which anything is booked.
    pub fn booked_days(&self) -> Vec<i64> {
        let leads =
            self.leads.iter().flat_map(|lead| [Some(lead.created.day), lead.mql.map(|b| b.day), lead.sql.map(|b| b.day), Some(lead.maturity_day)]);
        let disqualified = self.disqualified.iter().map(|lead| Some(lead.created.day));
        let closed = self.deals.iter().filter(|deal| deal.is_won() || deal.status == "lost").map(|deal| deal.closed.map(|b| b.day));
        let opened = self.deals.iter().map(|deal| deal.opened.map(|b| b.day));
        let spend = self.spend.iter().map(|row| Some(row.day));
        let social = self.social.iter().map(|one| Some(one.on.day));
        let visits = self.visits.iter().map(|visit| Some(visit.on.day));
        leads.chain(disqualified).chain(closed).chain(opened).chain(spend).chain(social).chain(visits).flatten().collect()
    }

    /// Every place where anything is counted.
    pub fn places(&self) -> impl Iterator<Item = &Dimensions> {
        let leads = self.leads.iter().chain(&self.disqualified).map(|lead| &lead.at);
        let spend = self.spend.iter().map(|row| &row.at);
        let social = self.social.iter().map(|one| &one.at);
        leads.chain(self.deals.iter().map(|deal| &deal.at)).chain(spend).chain(social).chain(self.visits.iter().map(|visit| &visit.at))
    }
}

fn booked(when: When, zone: &Zone) -> Booked {
    Booked { day: zone.day(when), minute: minute(when) }
}

/// Deals with their live leads and their customers' keys.
fn join<'a>(deals: Vec<&'a Message>, latest: &'a Latest) -> Vec<Joined<'a>> {
    let with_lead = deals.into_iter().map(|deal| {
        let lead_id = deal.text("lead_id");
        let lead = lead_id.and_then(|id| latest.lead(id)).filter(|lead| lead.text("status") != Some("deleted"));
        let account = deal.text("account_id").or_else(|| lead.and_then(|lead| lead.text("account_id")));
        let customer = match (account, lead_id) {
            (Some(account), _) => format!("account {account}"),
            (None, Some(lead_id)) => format!("lead {lead_id}"),
            (None, None) => format!("deal {}", id(deal)),
        };
        Joined { deal, lead, customer }
    });
    with_lead.collect()
}

fn id(deal: &Message) -> &str {
    deal.must(deal.text("deal_id"))
}

fn is_won(one: &Joined<'_>) -> bool {
    one.deal.text("status") == Some("won")
}

/// The order in which won deals were first.
fn order(deal: &Message, zone: &Zone) -> (i64, String) {
    (zone.instant(deal.must(deal.time("closed_at"))), id(deal).to_owned())
}

impl<'a> Wins<'a> {
    fn of(joined: &'a [Joined<'a>], zone: &Zone) -> Wins<'a> {
        let mut of_customer: BTreeMap<&str, Vec<&Message>> = BTreeMap::new();
        let mut of_lead: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (place, one) in joined.iter().enumerate().filter(|(_, one)| is_won(one)) {
            of_customer.entry(&one.customer).or_default().push(one.deal);
            if let Some(lead_id) = one.deal.text("lead_id") {
                of_lead.entry(lead_id).or_default().push(place);
            }
        }
        let first_of = of_customer.into_iter().filter_map(|(customer, wins)| Some((customer, id(first(&wins, zone)?)))).collect();
        Wins { first_of, of_lead }
    }
}

/// Of the wins of a customer the one that makes it one.
fn first<'a>(wins: &[&'a Message], zone: &Zone) -> Option<&'a Message> {
    let earliest = |wins: &mut dyn Iterator<Item = &'a Message>| wins.min_by_key(|deal| order(deal, zone));
    let typed = earliest(&mut wins.iter().copied().filter(|deal| deal_type(deal) == Some(true)));
    typed.or_else(|| earliest(&mut wins.iter().copied()).filter(|deal| deal_type(deal).is_none()))
}

/// Whether a deal is typed as new business (`true`) or existing business (`false`).
fn deal_type(deal: &Message) -> Option<bool> {
    let word = deal.text("deal_type")?.to_lowercase().replace(|c: char| c.is_whitespace() || c == '-' || c == '_', "");
    match word.as_str() {
        "newbusiness" | "newcustomer" => Some(true),
        "existingbusiness" | "renewal" | "upsell" | "expansion" | "upgrade" => Some(false),
        _ => word.starts_with("existingcustomer").then_some(false),
    }
}

fn deal(one: &Joined<'_>, wins: &Wins<'_>, names: &Names, zone: &Zone, options: &Options) -> Deal {
    let deal = one.deal;
    let is_won = is_won(one);
    let new_customer = is_won && wins.first_of.get(one.customer.as_str()) == Some(&id(deal));
    let new_business = is_won && deal_type(deal).unwrap_or(new_customer);
    let closed = deal.time("closed_at");
    let created = one.lead.and_then(|lead| lead.time("created_at"));
    let both = || created.zip(closed.filter(|_| is_won));
    let own_segment = deal.text("segment");
    let at = match one.lead {
        Some(lead) => {
            let at = names.of(lead, UNATTRIBUTED);
            let segment = lead.text("segment").filter(|segment| !segment.trim().is_empty()).or(own_segment);
            Dimensions { segment: or_none(segment), ..at }
        }
        None => Dimensions { channel: UNATTRIBUTED.to_owned(), campaign: or_none(None), segment: or_none(own_segment) },
    };
    Deal {
        entity: name_of(deal, zone),
        at,
        status: deal.must(deal.text("status")).to_owned(),
        closed: closed.map(|when| booked(when, zone)),
        opened: deal.time("opened_at").map(|when| booked(when, zone)),
        amount: deal.money(),
        new_business,
        new_customer,
        has_lead: one.lead.is_some(),
        lead_age: both().map(|(from, to)| zone.day(to) - zone.day(from)),
        elapsed: both().map(|(from, to)| elapsed(from, to, zone)),
        within_horizon: both().is_some_and(|(from, to)| is_within(from, to, zone, options.horizon_days)),
    }
}

fn elapsed(from: When, to: When, zone: &Zone) -> i64 {
    match (from, to) {
        (When::On(from), When::On(to)) => (to - from) * DAY_MS,
        (When::At(from), When::At(to)) => to - from,
        _ if zone.day(from) == zone.day(to) => 0,
        _ => zone.instant(to) - zone.instant(from),
    }
}

/// Whether a deal closed at or before its lead's maturity.
fn is_within(lead: When, deal: When, zone: &Zone, horizon: i64) -> bool {
    match (lead, deal) {
        (When::At(lead), When::At(deal)) => deal <= lead + horizon * DAY_MS,
        _ => zone.day(deal) <= zone.day(lead) + horizon,
    }
}

fn lead(message: &Message, joined: &[Joined<'_>], wins: &Wins<'_>, deals: &[Deal], names: &Names, zone: &Zone, options: &Options) -> Lead {
    let created = message.must(message.time("created_at"));
    let wins = message.text("lead_id").and_then(|id| wins.of_lead.get(id)).cloned().unwrap_or_default();
    let earliest = wins.iter().copied().filter(|place| deals[*place].new_business).min_by_key(|place| order(joined[*place].deal, zone));
    let conversion = earliest.and_then(|place| {
        let day = deals[place].closed?.day;
        Some(Conversion { day, age: day - zone.day(created), within_horizon: deals[place].within_horizon })
    });
    Lead {
        entity: name_of(message, zone),
        at: names.of(message, UNATTRIBUTED),
        created: booked(created, zone),
        mql: message.time("mql_at").map(|when| booked(when, zone)),
        sql: message.time("sql_at").map(|when| booked(when, zone)),
        maturity_day: match created {
            When::At(instant) => zone.day_of(instant + options.horizon_days * DAY_MS),
            When::On(day) => day + options.horizon_days,
        },
        conversion,
        wins,
    }
}

fn spend(message: &Message, names: &Names, zone: &Zone) -> Spend {
    let platform = platform_name(message.must(message.text("platform")));
    let day = message.must(message.day("spend_date"));
    let mut at = names.of(message, &names.of_platform(&platform));
    if message.text("campaign").is_none_or(|name| name.trim().is_empty()) {
        at.campaign = or_none(message.text("campaign_id"));
    }
    Spend {
        entity: name_of(message, zone),
        at,
        platform,
        day,
        reported_day: day.min(zone.day(message.must(message.time("occurred_at"))) - 1),
        amount: message.must(message.money()),
        media: message.text("category").is_none_or(|category| category == "media"),
        impressions: message.integer("impressions").unwrap_or(0),
        clicks: message.integer("clicks").unwrap_or(0),
    }
}

pub fn social(message: &Message, names: &Names, zone: &Zone) -> Social {
    let occurred = message.must(message.time("occurred_at"));
    Social {
        entity: name_of(message, zone),
        // What names no channel is as if it said `social`.
        at: names.of(message, &names.channel(message.must(message.text("source")), "social")),
        kind: message.must(message.text("kind")).to_owned(),
        count: message.integer("count").unwrap_or(1),
        on: Booked { day: social_day(message, zone), minute: if is_figure(message) { None } else { minute(occurred) } },
        platform: platform_name(message.must(message.text("platform"))),
        account: message.text("account").unwrap_or_default().to_owned(),
    }
}

pub fn visit(message: &Message, names: &Names, zone: &Zone, options: &Options) -> Visit {
    let action = message.text("action");
    Visit {
        at: names.of(message, UNATTRIBUTED),
        on: booked(message.must(message.time("occurred_at")), zone),
        visitor: message.text("visitor_id").map(str::to_owned),
        is_conversion: action.is_some_and(|action| options.conversion_actions.iter().any(|a| a == action)),
    }
}
