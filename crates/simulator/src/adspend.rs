//! Spend: each morning the connectors pull the day before, and restate it as clicks are verified; fees come with their invoices.

use model::{AdSpend, Category, Event, Millis, SpendFacts, event::Text};

use crate::{
    calendar::{LocalDay, day_of_month},
    chance::Chance,
    market::{AD_ACCOUNTS, AdAccount},
    options::Options,
    outbox::Outbox,
    rates::money,
};

/// The source of what platforms report.
pub(crate) const CONNECTOR: &str = "ads-connector";
/// The source of invoices.
const LEDGER: &str = "ledger";

/// When a day is pulled again (days later), and how much of its final figure is there by then.
const PULLS: &[(i32, f64)] = &[(1, 0.95), (2, 0.985), (4, 0.997), (8, 1.0), (28, 1.0)];
/// What of a day is there at its own noon.
const AT_NOON: f64 = 0.45;

/// An invoice that comes every month.
struct Invoice {
    day_of_month: i8,
    from: &'static str,
    category: Category,
    channel: Option<&'static str>,
    campaign: Option<&'static str>,
    euros: f64,
}

const INVOICES: &[Invoice] = &[
    invoice(2, "agency-north", Category::Agency, Some("paid_search"), 2_400.0),
    invoice(2, "agency-north", Category::Agency, Some("paid_social"), 1_600.0),
    invoice(5, "crm-suite", Category::Tools, None, 890.0),
    invoice(5, "mailer", Category::Tools, Some("email"), 240.0),
    Invoice { campaign: Some("saas-summit"), ..invoice(12, "saas-summit", Category::Event, Some("event"), 3_800.0) },
    invoice(28, "content-team", Category::People, Some("organic_search"), 3_200.0),
];

const fn invoice(day_of_month: i8, from: &'static str, category: Category, channel: Option<&'static str>, euros: f64) -> Invoice {
    Invoice { day_of_month, from, category, channel, campaign: None, euros }
}

/// All that is ever reported of the spend of `today`.
pub(crate) fn day(options: &Options, today: LocalDay, chance: &mut Chance, out: &mut Outbox) {
    for account in AD_ACCOUNTS {
        for (id, name, euros) in account.campaigns {
            let groups = account.ad_groups.len().max(1);
            for group in 0..groups {
                let usual = euros / groups as f64 * today.pace() * options.scale;
                let euros = chance.around(usual, 0.18) * options.scenario.map_or(1.0, |scenario| scenario.spend(account, today.day));
                let row = AdRow { account, id: *id, name, group: account.ad_groups.get(group).copied(), euros };
                row.report(options, today, chance, out);
            }
        }
    }
    invoices(options, today, chance, out);
}

/// A campaign's (ad group's) day, as it will be in the end.
struct AdRow {
    account: &'static AdAccount,
    id: Option<&'static str>,
    name: &'static str,
    group: Option<&'static str>,
    euros: f64,
}

impl AdRow {
    fn report(&self, options: &Options, today: LocalDay, chance: &mut Chance, out: &mut Outbox) {
        let noon = self.account.intraday.then(|| (today.job(12, chance), AT_NOON));
        // Rarely the platform takes invalid clicks back at the end, or drops the row altogether.
        let credited = if chance.happens(0.05) { 0.97 } else { 1.0 };
        let dropped = chance.happens(0.002);
        let clicks_a_euro = chance.between(0.85, 1.15) / self.account.click;
        let mornings = PULLS.iter().map(|(later, share)| {
            let share = if *later == 28 { share * credited } else { *share };
            (LocalDay::new(&options.zone, today.day.plus(*later)).job(6, chance), share)
        });
        let pulls: Vec<_> = noon.into_iter().chain(mornings).collect();
        let mut known = None;
        for (at, share) in pulls {
            let currency = options.currency(self.account.currency);
            let clicks = (self.euros * share * clicks_a_euro).round();
            let facts = SpendFacts {
                amount: money(self.euros * share, currency),
                currency,
                channel: None,
                segment: None,
                impressions: (clicks * self.account.views) as i64,
                clicks: clicks as i64,
            };
            if known.as_ref() != Some(&facts) {
                self.send(today, Some(facts.clone()), at, out);
                known = Some(facts);
            } else if dropped {
                self.send(today, None, at, out);
                break;
            }
        }
    }

    fn send(&self, today: LocalDay, facts: Option<SpendFacts<'static>>, at: Millis, out: &mut Outbox) {
        let text = |name: Option<&'static str>| name.map(Text::from);
        let event = AdSpend {
            head: out.revised(CONNECTOR, at),
            platform: self.account.platform.into(),
            account: self.account.account.into(),
            spend_date: today.day,
            category: Category::Media,
            campaign: text(Some(self.name)),
            campaign_id: text(self.id),
            ad_group: text(self.group),
            ad_group_id: None,
            ad: None,
            ad_id: None,
            breakdown: None,
            facts,
        };
        out.send(Event::Spend(event));
    }
}

fn invoices(options: &Options, today: LocalDay, chance: &mut Chance, out: &mut Outbox) {
    let due = INVOICES.iter().filter(|invoice| invoice.day_of_month == day_of_month(today.day));
    for (n, invoice) in due.enumerate() {
        let (at, currency) = (today.job(11, chance), options.currency(0));
        let amount = money(chance.around(invoice.euros * options.scale, 0.05), currency);
        let channel = invoice.channel.map(Text::from);
        let event = AdSpend {
            head: out.head(LEDGER, at),
            platform: invoice.from.into(),
            account: format!("invoice-{n}").into(),
            spend_date: today.day,
            category: invoice.category,
            campaign: invoice.campaign.map(Text::from),
            campaign_id: None,
            ad_group: None,
            ad_group_id: None,
            ad: None,
            ad_id: None,
            breakdown: None,
            facts: Some(SpendFacts { amount, currency, channel, segment: None, impressions: 0, clicks: 0 }),
        };
        out.send(Event::Spend(event));
    }
}
