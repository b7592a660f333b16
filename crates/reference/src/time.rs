//! Times and the business time zone. Days are counted from 1970-01-01, instants in milliseconds from its first.

use jiff::{
    Span, Timestamp,
    civil::{self, Date},
    tz::{TimeZone, TimeZoneDatabase},
};

/// Milliseconds of 24 hours.
pub const DAY_MS: i64 = 86_400_000;
/// Milliseconds of a minute.
pub const MINUTE_MS: i64 = 60_000;

const EPOCH: Date = civil::date(1970, 1, 1);

/// An instant, or a civil day of the business zone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum When {
    /// Milliseconds since 1970.
    At(i64),
    /// Days since 1970.
    On(i64),
}

/// The business time zone.
pub struct Zone(TimeZone);

impl Zone {
    /// The zone of an IANA name.
    ///
    /// # Panics
    /// Where there is no such zone.
    pub fn named(name: &str) -> Zone {
        let found = TimeZoneDatabase::bundled().get(name);
        Zone(found.unwrap_or_else(|e| panic!("time zone {name}: {e}")))
    }

    /// The civil day of an instant.
    pub fn day_of(&self, instant: i64) -> i64 {
        let offset = self.0.to_offset(timestamp(instant)).seconds();
        (instant + i64::from(offset) * 1000).div_euclid(DAY_MS)
    }

    /// The civil day of a time.
    pub fn day(&self, when: When) -> i64 {
        match when {
            When::At(instant) => self.day_of(instant),
            When::On(day) => day,
        }
    }

    /// The instant of a time; of a day its first.
    pub fn instant(&self, when: When) -> i64 {
        match when {
            When::At(instant) => instant,
            When::On(day) => self.first_instant(day),
        }
    }

    /// The first instant of a day, or of the next where the zone skips that day. The last days of year 9999 may have none that can be
    /// told: there it is that of UTC.
    pub fn first_instant(&self, day: i64) -> i64 {
        let start = date(day).to_zoned_datetime(self.0.clone()).and_then(|midnight| midnight.start_of_day());
        start.map_or(day * DAY_MS, |start| start.timestamp().as_millisecond())
    }

    /// The instant that a text asks for; of a date its last millisecond.
    ///
    /// # Panics
    /// Where it is no time.
    pub fn as_of(&self, text: &str) -> i64 {
        match parse_time(text) {
            Some(When::At(instant)) => instant,
            Some(When::On(day)) => self.first_instant(day + 1) - 1,
            None => panic!("as_of {text} is not a time"),
        }
    }
}

/// The minute an instant lies in, of a time that has one.
pub fn minute(when: When) -> Option<i64> {
    match when {
        When::At(instant) => Some(instant.div_euclid(MINUTE_MS)),
        When::On(_) => None,
    }
}

/// The date of a day; beyond year 9999 its last.
pub fn date(day: i64) -> Date {
    Span::new().try_days(day).ok().and_then(|days| EPOCH.checked_add(days).ok()).unwrap_or(Date::MAX)
}

/// The day of a date.
pub fn day_number(date: Date) -> i64 {
    i64::from((date - EPOCH).get_days())
}

/// A day as `2026-03-01`.
pub fn show_day(day: i64) -> String {
    date(day).to_string()
}

/// RFC 3339 in UTC, with milliseconds only where there are any.
pub fn show_instant(instant: i64) -> String {
    let text = timestamp(instant).to_string();
    match text.split_once('.') {
        Some((seconds, fraction)) => format!("{seconds}.{:0<3}Z", fraction.trim_end_matches('Z')),
        None => text,
    }
}

/// The instant; beyond what can be told, the last that can.
fn timestamp(instant: i64) -> Timestamp {
    Timestamp::from_millisecond(instant).unwrap_or(Timestamp::MAX)
}

/// A time of the contract from its text; `None` is `bad_time`.
pub fn parse_time(text: &str) -> Option<When> {
    if (12..=14).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()) {
        return checked_instant(text.parse().ok()?);
    }
    if text.len() == 10 { parse_date(text).map(When::On) } else { parse_instant(text).and_then(checked_instant) }
}

/// An instant from 1990 to 9999.
pub fn checked_instant(instant: i64) -> Option<When> {
    let (from, to) = (day_number(civil::date(1990, 1, 1)) * DAY_MS, (day_number(Date::MAX) + 1) * DAY_MS);
    (from <= instant && instant < to).then_some(When::At(instant))
}

/// A day from 1990 to 9999.
pub fn checked_day(day: i64) -> Option<i64> {
    (day_number(civil::date(1990, 1, 1))..=day_number(Date::MAX)).contains(&day).then_some(day)
}

/// A date of the contract from its text; `None` is `bad_time`.
pub fn parse_date(text: &str) -> Option<i64> {
    let date = calendar_date(text)?;
    (date.year() >= 1990).then(|| day_number(date))
}

fn calendar_date(text: &str) -> Option<Date> {
    if !looks_like(text, "dddd-dd-dd") {
        return None;
    }
    Date::new(number(text, 0, 4)? as i16, number(text, 5, 7)? as i8, number(text, 8, 10)? as i8).ok()
}

/// RFC 3339 with an offset; what is finer than a millisecond is cut.
fn parse_instant(text: &str) -> Option<i64> {
    let (clock, rest) = text.split_at_checked(19)?;
    let shape = clock.to_ascii_uppercase();
    if !looks_like(&shape, "dddd-dd-ddTdd:dd:dd") {
        return None;
    }
    let (hour, minute, second) = (number(clock, 11, 13)?, number(clock, 14, 16)?, number(clock, 17, 19)?);
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let (fraction, offset) = match rest.strip_prefix('.') {
        Some(rest) => {
            let end = rest.find(|c: char| !c.is_ascii_digit())?;
            let (digits, offset) = rest.split_at_checked(end)?;
            let thousandths: String = digits.chars().chain("000".chars()).take(3).collect();
            (if digits.is_empty() { return None } else { number(&thousandths, 0, 3)? }, offset)
        }
        None => (0, rest),
    };
    let offset = parse_offset(&offset.to_ascii_uppercase())?;
    // A leap second is the second before it.
    let seconds = (hour * 60 + minute - offset) * 60 + second.min(59);
    Some(day_number(calendar_date(text.get(..10)?)?) * DAY_MS + seconds * 1000 + fraction)
}

/// Minutes east of UTC.
fn parse_offset(text: &str) -> Option<i64> {
    if text == "Z" {
        return Some(0);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    // `+01` and `+0100` are read as `+01:00`.
    let digits = match text.replacen('-', "+", 1) {
        full if looks_like(&full, "+dd:dd") => full.replace(':', ""),
        short if looks_like(&short, "+dd") => short + "00",
        plain if looks_like(&plain, "+dddd") => plain,
        _ => return None,
    };
    let (hours, minutes) = (number(&digits, 1, 3)?, number(&digits, 3, 5)?);
    (hours < 24 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}

/// Whether a text has the shape of a pattern, in which `d` is any digit and all else itself.
fn looks_like(text: &str, pattern: &str) -> bool {
    text.len() == pattern.len() && text.bytes().zip(pattern.bytes()).all(|(c, p)| if p == b'd' { c.is_ascii_digit() } else { c == p })
}

fn number(text: &str, from: usize, to: usize) -> Option<i64> {
    text.get(from..to)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_shown() {
        for (text, shown) in [
            ("2026-03-29T00:14:12.909Z", "2026-03-29T00:14:12.909Z"),
            ("2026-01-31T13:37:17.2469-02:30", "2026-01-31T16:07:17.246Z"),
            ("2026-03-29t03:00:00.5+03:00", "2026-03-29T00:00:00.500Z"),
            ("2026-03-29T03:00:00+0300", "2026-03-29T00:00:00Z"),
            ("2026-03-28T20:30:00-03", "2026-03-28T23:30:00Z"),
            ("1774742400000", "2026-03-29T00:00:00Z"),
        ] {
            let Some(When::At(instant)) = parse_time(text) else { panic!("{text}") };
            assert_eq!(show_instant(instant), shown);
        }
        for bad in [
            "2026-13-01",
            "1989-12-31",
            "2026-03-01T10:00:00",
            "2026-03-01T10:00:00.Z",
            "2026-03-01T10:00:00+3:00",
            "2026-03-01T10:00:00+3",
            "17747424000",
            "177474240000000",
            "yesterday",
            "01/02/2026",
        ] {
            assert_eq!(parse_time(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_skipped_day_begins_with_the_next() {
        let apia = Zone::named("Pacific/Apia");
        let skipped = parse_date("2011-12-30").unwrap();
        assert_eq!(apia.first_instant(skipped), apia.first_instant(skipped + 1));
        assert_eq!(apia.day_of(apia.first_instant(skipped)), skipped + 1);
    }
}
