//! The company from its first simulated day on, day by day.

use model::{Currency, Day, Event, Millis, Zone};

use crate::{
    adspend,
    calendar::LocalDay,
    chance::Chance,
    community::Community,
    crm::{Crm, Desk},
    outbox::Outbox,
    traffic::Traffic,
};

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
}

/// A history, as an iterator of events in about the order in which they are published.
#[derive(Clone, Debug)]
pub struct Simulator {
    world: World,
}

/// The company, and what it has yet to publish.
#[derive(Clone, Debug)]
pub(crate) struct World {
    options: Options,
    next: LocalDay,
    web_from: Day,
    pub(crate) traffic: Traffic,
    community: Community,
    crm: Crm,
    pub(crate) out: Outbox,
}

impl Options {
    /// A small company in UTC that bills in euros, with records of the 120 days before.
    pub fn new(seed: u64, days: u32, end: Millis) -> Options {
        Options { seed, days, past_days: 120, end, zone: Zone::utc(), scale: 1.0, currencies: vec![Currency::EUR] }
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

/// No event may be older than 1990, in any zone.
const EARLIEST: Day = Day::EARLIEST.plus(2);

fn whole(days: u32) -> i32 {
    i32::try_from(days).unwrap_or(i32::MAX)
}

impl Simulator {
    /// The history that `options` describe.
    pub fn new(options: Options) -> Simulator {
        Simulator { world: World::new(options) }
    }

    /// What is simulated.
    pub fn options(&self) -> &Options {
        &self.world.options
    }
}

impl Iterator for Simulator {
    type Item = Event<'static>;

    fn next(&mut self) -> Option<Event<'static>> {
        self.world.next_before(self.world.options.end)
    }
}

impl World {
    pub(crate) fn new(mut options: Options) -> World {
        options.scale = if options.scale.is_finite() { options.scale.clamp(0.0, 10_000.0) } else { 1.0 };
        World {
            next: LocalDay::new(&options.zone, options.first_recorded_day()),
            web_from: options.first_day(),
            traffic: Traffic::default(),
            community: Community::new(),
            crm: Crm::default(),
            out: Outbox::new(Chance::new(options.seed, &[0])),
            options,
        }
    }

    pub(crate) fn options(&self) -> &Options {
        &self.options
    }

    /// The next event published before `limit`.
    pub(crate) fn next_before(&mut self, limit: Millis) -> Option<Event<'static>> {
        // What a day brings is published no earlier than it begins; so up to the next day's beginning all is decided.
        loop {
            if let Some(event) = self.out.due_before(limit.min(self.next.start)) {
                return Some(event);
            }
            if self.next.start >= limit {
                return None;
            }
            self.plan_day();
        }
    }

    fn plan_day(&mut self) {
        let (options, today) = (&self.options, self.next);
        let chance = |part: u64| Chance::new(options.seed, &[part, u64::from(today.day.0.unsigned_abs())]);
        let on_web = today.day >= self.web_from;
        if on_web {
            self.traffic.day(options, today, &mut chance(1), &mut self.out);
            self.community.day(options, today, &mut chance(2), &mut self.out);
        }
        adspend::day(options, today, &mut chance(3), &mut self.out);
        let web = on_web.then_some(&mut self.traffic);
        self.crm.day(&mut Desk { options, today, chance: &mut chance(4), out: &mut self.out, web });
        self.next = LocalDay::new(&options.zone, today.day.plus(1));
    }
}
