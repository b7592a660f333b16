//! What time it is, and what time each instance takes it to be: a machine's clock may be wrong, and be set right.

use model::Millis;

use super::{NAMES, chance::Chance};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// The clocks of a world.
pub struct Clocks {
    now: Millis,
    /// By name, how far an instance's clock is ahead.
    ahead: [i64; NAMES.len()],
    /// The earliest and the latest that any clock has shown.
    earliest: Millis,
    latest: Millis,
}

impl Clocks {
    /// Clocks that all show one instant.
    pub fn new(now: Millis) -> Clocks {
        Clocks { now, ahead: [0; NAMES.len()], earliest: now, latest: now }
    }

    /// What time it is.
    pub fn now(&self) -> Millis {
        self.now
    }

    /// What time an instance takes it to be.
    pub fn of(&self, name: &str) -> Millis {
        self.now.plus(NAMES.iter().position(|known| *known == name).map_or(0, |at| self.ahead[at]))
    }

    /// The earliest that any has shown.
    pub fn earliest(&self) -> Millis {
        self.earliest
    }

    /// The latest that any has shown.
    pub fn latest(&self) -> Millis {
        self.latest
    }

    /// Time passes.
    pub fn pass(&mut self, ms: i64) {
        self.now = self.now.plus(ms);
        self.note();
    }

    /// Sets the clock of an instance: right, a little wrong, or by weeks.
    pub fn set_one(&mut self, chance: &mut Chance) {
        let name = chance.below(NAMES.len());
        let by = match chance.below(4) {
            0 => 0,
            1 | 2 => chance.below(72) as i64 - 36,
            _ => (chance.below(90) as i64 - 45) * 24,
        };
        self.ahead[name] = by * HOUR_MS;
        self.note();
    }

    /// Half of the time some hours; else days, up to years, so that what an instance keeps moves over what it has.
    pub fn pass_long(&mut self, chance: &mut Chance) {
        let days = if chance.one_in(2) { chance.below(3) } else { chance.below(400) };
        self.pass(days as i64 * DAY_MS + chance.below(24) as i64 * HOUR_MS);
    }

    /// Takes note of what the clocks show, and of what time it is: that is shown by whoever looks at all of them.
    fn note(&mut self) {
        for ahead in self.ahead.into_iter().chain([0]) {
            let shown = self.now.plus(ahead);
            self.earliest = self.earliest.min(shown);
            self.latest = self.latest.max(shown);
        }
    }
}
