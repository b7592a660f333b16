//! Times that are hard: around clock changes, midnights, month ends and the instant of the report.

use super::rng::Rng;
use reference::{
    show_instant,
    time::{DAY_MS, MINUTE_MS, Zone, parse_date, show_day},
};

/// Zones with days on which something happens: a clock change, a skipped date, a year's or a leap month's end.
const ANCHORS: &[(&str, &[&str])] = &[
    ("Europe/Warsaw", &["2026-03-29", "2025-10-26", "2024-02-29", "2026-01-01"]),
    ("America/New_York", &["2026-03-08", "2025-11-02", "2025-12-31"]),
    ("Africa/Cairo", &["2026-04-24", "2025-10-30", "2026-03-31"]),
    ("Asia/Beirut", &["2026-03-29", "2025-10-25", "2024-12-31"]),
    ("America/Santiago", &["2026-04-04", "2025-09-07", "2026-02-28"]),
    ("Pacific/Apia", &["2011-12-29", "2011-12-31", "2026-04-30"]),
    ("Australia/Lord_Howe", &["2026-04-05", "2025-10-05"]),
    ("UTC", &["2026-02-28", "2024-02-29", "2025-12-31", "2026-01-04"]),
];

/// Days before the report's that facts lie on.
const NEAR: [i64; 12] = [0, 0, 0, 1, 1, 2, 3, 4, 6, 7, 8, 10];
const FAR: [i64; 16] = [0, 0, 1, 1, 2, 6, 7, 8, 13, 14, 29, 30, 31, 59, 89, 90];
const VERY_FAR: [i64; 6] = [91, 181, 366, 367, 400, 730];

/// The instant of a report and what lies around it.
pub struct Clock {
    pub zone_name: &'static str,
    zone: Zone,
    /// As the option gives it.
    pub as_of_text: String,
    pub as_of: i64,
    pub now: i64,
    /// Whether all facts lie within a few days, so that a report by the day is short.
    pub is_compact: bool,
}

impl Clock {
    pub fn new(rng: &mut Rng) -> Clock {
        let (zone_name, days) = rng.pick(ANCHORS);
        let zone = Zone::named(zone_name);
        let anchor = parse_date(rng.pick(days)).unwrap_or_default() + rng.pick(&[0, 0, 0, 1, 1, -1, 2, 5]);
        let start = zone.first_instant(anchor);
        let date_only = rng.percent(20) && zone.day_of(start) == anchor;
        let as_of = match rng.below(5) {
            _ if date_only => zone.first_instant(anchor + 1) - 1,
            0 => start,
            1 => start + 30_000,
            2 => zone.first_instant(anchor + 1) - 1,
            _ => start + rng.within(0, 23) * 3_600_000 + rng.within(0, 3_600) * 1000 + rng.pick(&[0, 0, 250]),
        };
        let as_of_text = if date_only { show_day(anchor) } else { show_instant(as_of) };
        let now = as_of + rng.pick(&[0, 1, DAY_MS, 3 * DAY_MS, 40 * DAY_MS]) + rng.within(0, 86_399) * 1000;
        Clock { zone_name, zone, as_of_text, as_of, now, is_compact: rng.percent(50) }
    }

    /// A day facts may lie on: seldom one of the future.
    pub fn day(&self, rng: &mut Rng) -> i64 {
        let today = self.zone.day_of(self.as_of);
        if rng.percent(6) {
            // Not so far ahead that it would be refused, at a `now` not before the report's instant.
            return today + i64::from(self.now > self.as_of + DAY_MS);
        }
        let back = if self.is_compact {
            rng.pick(&NEAR)
        } else if rng.percent(6) {
            rng.pick(&VERY_FAR)
        } else {
            rng.pick(&FAR)
        };
        today - back
    }

    /// An instant, often at an edge of something.
    pub fn instant(&self, rng: &mut Rng) -> i64 {
        if rng.percent(12) {
            return self.as_of + rng.pick(&[0, 0, -1, 1, -MINUTE_MS, -30_000, -3_600_000, -3_600_000 + MINUTE_MS, -DAY_MS, -DAY_MS + MINUTE_MS]);
        }
        let day = self.day(rng);
        let (start, end) = (self.zone.first_instant(day), self.zone.first_instant(day + 1));
        let instant = match rng.below(8) {
            0 => start,
            1 => start - 1,
            2 => end - 1,
            3 => start + rng.pick(&[1_800_000, 3_600_000, 5_400_000, 9_000_000]),
            _ => start + rng.within(0, 86_399) * 1000,
        };
        instant.min(self.now + DAY_MS)
    }

    /// An instant that is about at the edge of what is refused.
    pub fn refused_or_not(&self, rng: &mut Rng) -> i64 {
        self.now + DAY_MS + rng.pick(&[0, 1, -1, DAY_MS])
    }

    pub fn day_of(&self, instant: i64) -> i64 {
        self.zone.day_of(instant)
    }

    /// Some spelling of an instant as JSON, now and then only its date.
    pub fn spelled(&self, instant: i64, rng: &mut Rng) -> String {
        match rng.below(13) {
            0 | 1 => instant.to_string(),
            10 => format!("\"{instant}\""),
            11 => in_offset(instant, -210, "-0330", rng),
            12 => in_offset(instant, 180, "+03", rng),
            2 | 3 => format!("\"{}\"", show_day(self.day_of(instant))),
            4 => in_offset(instant, 120, "+02:00", rng),
            5 => in_offset(instant, -150, "-02:30", rng),
            6 => in_offset(instant, 765, "+12:45", rng),
            7 => in_offset(instant, 0, "-00:00", rng),
            _ => format!("\"{}\"", show_instant(instant)),
        }
    }

    /// Some exact spelling of an instant as JSON.
    pub fn exactly(&self, instant: i64, rng: &mut Rng) -> String {
        if rng.percent(30) { instant.to_string() } else { in_offset(instant, 330, "+05:30", rng) }
    }
}

fn in_offset(instant: i64, minutes: i64, offset: &str, rng: &mut Rng) -> String {
    let local = show_instant(instant + minutes * MINUTE_MS);
    let local = local.trim_end_matches('Z');
    // More digits than count are cut; fewer stand for zeros.
    let finer = if local.contains('.') && rng.percent(40) { "999" } else { "" };
    let local = if rng.percent(5) { local.to_lowercase() } else { local.to_owned() };
    format!("\"{local}{finer}{offset}\"")
}
