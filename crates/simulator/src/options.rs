//! What is asked of a simulation.

use model::{Currency, Day, Millis, Zone};

use crate::Scenario;

/// What is simulated.
#[derive(Clone, Debug)]
pub struct Options {
    /// The same seed (with the same other options) gives the same events.
    pub seed: u64,
    /// Local days of history, the day of `end` included.
    pub days: u32,
    /// Days before those for which the CRM and the ad platforms already have records: what matures now came in then.
    /// There are no visits or interactions of these.
    pub past_days: u32,
    /// The end of the history; nothing is dated at or after it.
    pub end: Millis,
    /// The time zone in which people work.
    pub zone: Zone,
    /// How many times as big the company is; from 0 to 10,000.
    pub scale: f64,
    /// The home currency, then those of other ad accounts and some deals. More than one needs rates: see [`rates_csv`](crate::rates_csv).
    pub currencies: Vec<Currency>,
    /// What changes on a day; none: nothing, and deals close whenever they do.
    pub scenario: Option<Scenario>,
}

/// No event may be older than 1990, in any zone.
const EARLIEST: Day = Day::EARLIEST.plus(2);

impl Options {
    /// A small company in UTC that bills in euros, with records of the 120 days before.
    pub fn new(seed: u64, days: u32, end: Millis) -> Options {
        Options { seed, days, past_days: 120, end, zone: Zone::utc(), scale: 1.0, currencies: vec![Currency::EUR], scenario: None }
    }

    /// The currency of a place in the list, which goes round.
    pub(crate) fn currency(&self, place: usize) -> Currency {
        let n = self.currencies.len().max(1);
        self.currencies.get(place % n).copied().unwrap_or(Currency::EUR)
    }

    /// The first of the history's days.
    pub fn first_day(&self) -> Day {
        let last = self.zone.day_of(self.end.plus(-1));
        last.plus(1).plus(-whole(self.days)).max(EARLIEST)
    }

    /// The first day of which the CRM and the ad platforms have records.
    pub fn first_recorded_day(&self) -> Day {
        self.first_day().plus(-whole(self.past_days)).max(EARLIEST)
    }
}

fn whole(days: u32) -> i32 {
    i32::try_from(days).unwrap_or(i32::MAX)
}
