//! Scenarios: a company that goes on as it was, or in which something changes for good on a day, so that drift has something to find.
//! In all of them many deals close in the last working days of a month, as they do where there are quotas.

use model::{Day, Millis, Zone};

use crate::{
    calendar::{LocalDay, weekday},
    chance::Chance,
    market::{AdAccount, Channel},
};

/// What changes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Change {
    /// Nothing.
    Steady,
    /// Ads in search cost more and bring no more.
    CacRise,
    /// Deals of new leads are won less often.
    ConversionFall,
    /// Money and leads move from paid search to paid social.
    ChannelShift,
    /// Leads of paid channels come without saying so.
    TrackingOutage,
}

/// A change for good.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Scenario {
    /// What changes.
    pub change: Change,
    /// The first day on which it is so.
    pub on: Day,
    /// How much: by what costs are multiplied, the chance to win, the money or the leads that keep their channel divided.
    pub size: f64,
}

const SEARCH: &str = "paid_search";
const SOCIAL: &str = "paid_social";
/// The share of closings that wait for the end of their month.
const AT_MONTHS_END: f64 = 0.45;
/// Working days that count as that.
const WORKING_DAYS: usize = 4;

impl Change {
    /// All of them.
    pub const ALL: [Change; 5] = [Change::Steady, Change::CacRise, Change::ConversionFall, Change::ChannelShift, Change::TrackingOutage];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Change::Steady => "steady",
            Change::CacRise => "cac-rise",
            Change::ConversionFall => "conversion-fall",
            Change::ChannelShift => "channel-shift",
            Change::TrackingOutage => "tracking-outage",
        }
    }

    /// How much, unless asked for otherwise: so that the total moves by half or more, and drift mostly tells it within 150 days.
    pub fn usual_size(self) -> f64 {
        match self {
            Change::Steady => 1.0,
            Change::CacRise => 4.0,
            Change::ConversionFall => 3.0,
            Change::ChannelShift => 5.0,
            Change::TrackingOutage => 10.0,
        }
    }
}

impl Scenario {
    fn has(self, change: Change, day: Day) -> bool {
        self.change == change && day >= self.on
    }

    /// By what the spend of an account is multiplied on a day.
    pub(crate) fn spend(self, account: &AdAccount, day: Day) -> f64 {
        let in_search = matches!(account.platform, "google_ads" | "microsoft_ads");
        match in_search {
            true if self.has(Change::CacRise, day) => self.size,
            true if self.has(Change::ChannelShift, day) => 1.0 / self.size,
            // What is spent less in search is spent there, which costs about as much.
            false if self.has(Change::ChannelShift, day) => 2.0 - 1.0 / self.size,
            _ => 1.0,
        }
    }

    /// By what the leads of a channel are multiplied on a day.
    pub(crate) fn leads(self, channel: &Channel, day: Day) -> f64 {
        match channel.spellings.first() {
            Some(&SEARCH) if self.has(Change::ChannelShift, day) => 1.0 / self.size,
            Some(&SOCIAL) if self.has(Change::ChannelShift, day) => 2.0 - 1.0 / self.size,
            _ => 1.0,
        }
    }

    /// The chance to win a deal of a lead of a day.
    pub(crate) fn chance_to_win(self, chance: f64, day: Day) -> f64 {
        if self.has(Change::ConversionFall, day) { chance / self.size } else { chance }
    }

    /// Whether a lead of a channel comes without saying so.
    pub(crate) fn is_untracked(self, channel: &Channel, day: Day, chance: &mut Chance) -> bool {
        let is_paid = matches!(channel.spellings.first(), Some(&SEARCH | &SOCIAL));
        self.has(Change::TrackingOutage, day) && is_paid && !chance.happens(1.0 / self.size)
    }

    /// When a deal closes that would at `at`.
    pub(crate) fn closing(self, at: Millis, zone: &Zone, chance: &mut Chance) -> Millis {
        if !chance.happens(AT_MONTHS_END) {
            return at;
        }
        let (day, month) = (zone.day_of(at), zone.day_of(at).date().last_of_month());
        let is_working = |day: &Day| weekday(*day) < 5;
        let working: Vec<Day> = (0..9).map(|back| Day::from_date(month).plus(-back)).filter(is_working).take(WORKING_DAYS).collect();
        let chosen = working.get(chance.below(WORKING_DAYS as u64) as usize).copied().filter(|end| *end > day);
        chosen.map_or(at, |end| LocalDay::new(zone, end).job(10 + i64::from(end.0.rem_euclid(6)), chance))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closings_wait_for_the_last_working_days_of_their_month() {
        let (zone, scenario) = (Zone::utc(), Scenario { change: Change::Steady, on: Day(0), size: 1.0 });
        let mut chance = Chance::new(1, &[]);
        let early = LocalDay::new(&zone, Day::parse("2026-05-04").unwrap()).start;
        let closings: Vec<Day> = (0..1000).map(|_| zone.day_of(scenario.closing(early, &zone, &mut chance))).collect();
        let last = ["2026-05-26", "2026-05-27", "2026-05-28", "2026-05-29"].map(|day| Day::parse(day).unwrap());
        let moved = closings.iter().filter(|day| last.contains(day)).count();
        assert!((400..500).contains(&moved) && closings.iter().all(|day| last.contains(day) || *day == zone.day_of(early)), "{moved}");
    }
}
