//! The company from its first simulated day on, day by day.

use model::{Day, Event, Millis};

use crate::{
    adspend,
    calendar::LocalDay,
    chance::Chance,
    community::Community,
    crm::{Crm, Desk},
    options::Options,
    outbox::Outbox,
    traffic::Traffic,
};

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
