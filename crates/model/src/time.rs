//! Instants, civil days, and the union of the two in which events are dated.

use std::fmt;

use jiff::civil;
use serde::{Deserialize, Serialize};

/// Milliseconds of a day without a clock change.
pub const DAY_MS: i64 = 86_400_000;
/// Milliseconds of a minute.
pub const MINUTE_MS: i64 = 60_000;

/// An instant: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Millis(pub i64);

/// A civil day, as days since 1970-01-01; which instants it has depends on the [`Zone`](crate::Zone).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Day(pub i32);

/// A minute: whole minutes since 1970-01-01T00:00:00Z. Minutes are of the world, not of a zone.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Minute(pub i64);

/// When something happened, as precisely as the publisher knows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum When {
    /// An instant.
    At(Millis),
    /// A civil day in the business time zone; it has no minute.
    On(Day),
}

/// Why a text or number is not a time of the contract.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TimeError {
    /// Not RFC 3339 with an offset, and not a date.
    #[error("not an RFC 3339 time with an offset, nor a date")]
    Malformed,
    /// Before 1990 or after 9999.
    #[error("outside the years 1990 to 9999")]
    OutOfRange,
    /// A number that counts something else than milliseconds since 1970.
    #[error("looks like {}: give milliseconds since 1970", .0.name())]
    WrongUnit(Unit),
}

/// What a number since 1970 counts where it is not milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[allow(missing_docs, reason = "the words say it")]
pub enum Unit {
    Seconds,
    Microseconds,
    Nanoseconds,
}

impl Unit {
    /// What a number looks like that would be of the years 2000 to 2100 in that unit; none where it looks like milliseconds, or like
    /// no time at all. The ranges of the units do not meet.
    ///
    /// ```
    /// use model::time::Unit;
    /// assert_eq!(Unit::guess(1_772_445_600), Some(Unit::Seconds));
    /// assert_eq!(Unit::guess(1_772_445_600_000), None);
    /// assert_eq!(Unit::guess(1_772_445_600_000_000), Some(Unit::Microseconds));
    /// ```
    pub fn guess(number: i64) -> Option<Unit> {
        const YEARS: std::ops::Range<i64> = 946_684_800..4_102_444_800;
        let of = [(1, Unit::Seconds), (1_000_000, Unit::Microseconds), (1_000_000_000, Unit::Nanoseconds)];
        of.into_iter().find(|(in_a_second, _)| YEARS.contains(&(number / in_a_second))).map(|(_, unit)| unit)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Unit::Seconds => "seconds",
            Unit::Microseconds => "microseconds",
            Unit::Nanoseconds => "nanoseconds",
        }
    }
}

impl Millis {
    /// The earliest instant an event may carry: 1990-01-01T00:00:00Z.
    pub const EARLIEST: Millis = Millis(631_152_000_000);
    /// The latest: the last millisecond of the year 9999.
    pub const LATEST: Millis = Millis(253_402_300_799_999);

    /// This many milliseconds later.
    pub fn plus(self, ms: i64) -> Millis {
        Millis(self.0.saturating_add(ms))
    }

    /// The minute the instant lies in.
    pub fn minute(self) -> Minute {
        Minute(self.0.div_euclid(MINUTE_MS))
    }

    /// An instant of the contract, from milliseconds since 1970.
    pub fn from_event(ms: i64) -> Result<Millis, TimeError> {
        let at = Millis(ms);
        if (Self::EARLIEST..=Self::LATEST).contains(&at) { Ok(at) } else { Err(Unit::guess(ms).map_or(TimeError::OutOfRange, TimeError::WrongUnit)) }
    }
}

impl Minute {
    /// Its first instant.
    pub fn start(self) -> Millis {
        Millis(self.0 * MINUTE_MS)
    }
}

impl Day {
    /// The earliest day an event may carry: 1990-01-01.
    pub const EARLIEST: Day = Day(7305);
    /// The latest: 9999-12-31.
    pub const LATEST: Day = Day(2_932_896);

    /// The day `n` days later (earlier, where `n` is negative).
    pub const fn plus(self, n: i32) -> Day {
        Day(self.0.saturating_add(n))
    }

    /// The day as a civil date. Days outside the years 1 to 9999 are held at that range's ends.
    pub fn date(self) -> civil::Date {
        let epoch = civil::date(1970, 1, 1);
        let clamped = self.0.clamp(-719_162, Self::LATEST.0);
        epoch.checked_add(jiff::Span::new().days(clamped)).unwrap_or(epoch)
    }

    /// The day of a civil date.
    pub fn from_date(date: civil::Date) -> Day {
        // Days from civil, after Howard Hinnant's chrono-compatible algorithms (public domain), in March-based years.
        let (y, m, d) = (i32::from(date.year()), i32::from(date.month()), i32::from(date.day()));
        Day(days_from_civil(y, m, d))
    }

    /// The day of `YYYY-MM-DD`, from 1990 to 9999.
    ///
    /// ```
    /// use model::{Day, time::TimeError};
    /// assert_eq!(Day::parse("1990-01-01"), Ok(Day::EARLIEST));
    /// assert_eq!(Day::parse("1989-12-31"), Err(TimeError::OutOfRange));
    /// assert_eq!(Day::parse("2026-02-30"), Err(TimeError::Malformed));
    /// ```
    pub fn parse(text: &str) -> Result<Day, TimeError> {
        let bytes = text.as_bytes();
        if bytes.len() != 10 {
            return Err(TimeError::Malformed);
        }
        Day::checked(civil_day(bytes).ok_or(TimeError::Malformed)?)
    }

    /// A day of the contract.
    pub fn checked(day: Day) -> Result<Day, TimeError> {
        if (Self::EARLIEST..=Self::LATEST).contains(&day) { Ok(day) } else { Err(TimeError::OutOfRange) }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = self.date();
        write!(f, "{:04}-{:02}-{:02}", date.year(), date.month(), date.day())
    }
}

impl fmt::Display for Millis {
    /// RFC 3339 in UTC, with milliseconds only where there are any.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = Day(i32::try_from(self.0.div_euclid(DAY_MS)).unwrap_or(i32::MAX));
        let ms = self.0.rem_euclid(DAY_MS);
        let (h, m, s, ms) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60, ms % 1000);
        write!(f, "{day}T{h:02}:{m:02}:{s:02}")?;
        if ms != 0 { write!(f, ".{ms:03}Z") } else { write!(f, "Z") }
    }
}

impl When {
    /// A time of the contract from its text: RFC 3339 with an offset (`+0100` and `+01` too), 12 to 14 digits of milliseconds, or a
    /// date. Fractions finer than a millisecond are cut.
    ///
    /// ```
    /// use model::{Day, Millis, When};
    /// assert_eq!(When::parse("2026-03-01T10:00:00.0019+01:00"), Ok(When::At(Millis(1_772_355_600_001))));
    /// assert_eq!(When::parse("1772355600001"), Ok(When::At(Millis(1_772_355_600_001))));
    /// assert_eq!(When::parse("2026-03-01"), Ok(When::On(Day(20_513))));
    /// assert!(When::parse("2026-03-01T10:00:00").is_err(), "an offset is needed");
    /// ```
    pub fn parse(text: &str) -> Result<When, TimeError> {
        if text.bytes().all(|b| b.is_ascii_digit()) {
            return millis(text).map(When::At);
        }
        if text.len() == 10 { Day::parse(text).map(When::On) } else { instant(text.as_bytes()).map(When::At) }
    }
}

/// Milliseconds since 1970 in digits; of another length they are no time, though one can often tell what they count.
fn millis(digits: &str) -> Result<Millis, TimeError> {
    let number: Option<i64> = digits.parse().ok();
    match number {
        Some(ms) if (12..=14).contains(&digits.len()) => Millis::from_event(ms),
        _ => Err(number.and_then(Unit::guess).map_or(TimeError::Malformed, TimeError::WrongUnit)),
    }
}

fn instant(b: &[u8]) -> Result<Millis, TimeError> {
    let ms = instant_ms(b).ok_or(TimeError::Malformed)?;
    Millis::from_event(ms)
}

/// RFC 3339 section 5.6 `date-time`; a leap second counts as the second before it.
fn instant_ms(b: &[u8]) -> Option<i64> {
    let day = civil_day(b.get(..10)?)?;
    let clock = b.get(10..19)?;
    let [t, h1, h2, b':', m1, m2, b':', s1, s2] = *clock else { return None };
    if !matches!(t, b'T' | b't') {
        return None;
    }
    let (hour, minute, second) = (two(h1, h2)?, two(m1, m2)?, two(s1, s2)?);
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let mut rest = b.get(19..)?;
    let mut fraction = 0;
    if let Some((b'.', digits)) = rest.split_first() {
        let n = digits.iter().take_while(|c| c.is_ascii_digit()).count();
        if n == 0 {
            return None;
        }
        let (digits, after) = digits.split_at(n);
        for place in 0..3 {
            fraction = fraction * 10 + digits.get(place).map_or(0, |c| i64::from(c - b'0'));
        }
        rest = after;
    }
    let offset = offset_minutes(rest)?;
    let seconds = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second.min(59));
    Some(i64::from(day.0) * DAY_MS + seconds * 1000 + fraction - offset * MINUTE_MS)
}

fn offset_minutes(b: &[u8]) -> Option<i64> {
    match *b {
        [b'Z' | b'z'] => Some(0),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] | [sign @ (b'+' | b'-'), h1, h2, m1, m2] => offset(sign, two(h1, h2)?, two(m1, m2)?),
        [sign @ (b'+' | b'-'), h1, h2] => offset(sign, two(h1, h2)?, 0),
        _ => None,
    }
}

fn offset(sign: u8, hours: i32, minutes: i32) -> Option<i64> {
    if hours > 23 || minutes > 59 {
        return None;
    }
    let total = i64::from(hours) * 60 + i64::from(minutes);
    Some(if sign == b'-' { -total } else { total })
}

fn civil_day(b: &[u8]) -> Option<Day> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *b else { return None };
    let (year, month, day) = (two(y1, y2)? * 100 + two(y3, y4)?, two(m1, m2)?, two(d1, d2)?);
    if !(1..=12).contains(&month) || day == 0 || day > days_in_month(year, month) {
        return None;
    }
    Some(Day(days_from_civil(year, month, day)))
}

fn two(tens: u8, ones: u8) -> Option<i32> {
    (tens.is_ascii_digit() && ones.is_ascii_digit()).then(|| i32::from(tens - b'0') * 10 + i32::from(ones - b'0'))
}

fn days_in_month(year: i32, month: i32) -> i32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn days_from_civil(year: i32, month: i32, day: i32) -> i32 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let year_of_era = y.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_round_trip_through_dates() {
        for n in (-719_162..2_932_896).step_by(997) {
            assert_eq!(Day::from_date(Day(n).date()), Day(n));
        }
        assert_eq!(Day(0).to_string(), "1970-01-01");
        assert_eq!(Day::parse("2024-02-29").unwrap().plus(1).to_string(), "2024-03-01");
    }

    #[test]
    fn times_are_rfc_3339_with_an_offset() {
        for (text, shown) in [
            ("2026-03-29T00:14:12.909Z", "2026-03-29T00:14:12.909Z"),
            ("2026-03-29t03:00:00.5+03:00", "2026-03-29T00:00:00.500Z"),
            ("2026-01-31T13:37:17.2469999-02:30", "2026-01-31T16:07:17.246Z"),
            ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z"),
            ("2026-03-02T10:00:00.000+0000", "2026-03-02T10:00:00Z"),
            ("2026-03-02T10:00:00+00", "2026-03-02T10:00:00Z"),
            ("2026-03-02T10:00:00-0330", "2026-03-02T13:30:00Z"),
            ("2026-03-02T10:00:00.5-03", "2026-03-02T13:00:00.500Z"),
            ("631152000000", "1990-01-01T00:00:00Z"),
            ("1772445600000", "2026-03-02T10:00:00Z"),
            ("99999999999999", "5138-11-16T09:46:39.999Z"),
        ] {
            let Ok(When::At(at)) = When::parse(text) else { panic!("{text} is a time") };
            assert_eq!(at.to_string(), shown);
        }
        for bad in [
            "yesterday",
            "2026-13-01",
            "2026-03-01T10:00:00",
            "2026-03-01 10:00:00Z",
            "2026-03-01T24:00:00Z",
            "2026-03-01T10:00Z",
            "2026-03-01T10:00:00.Z",
            "2026-03-01T10:00:00+1",
            "2026-03-01T10:00:00+010",
            "2026-03-01T10:00:00+01:0",
            "2026-03-01T10:00:00+01:",
            "2026-03-01T10:00:00+24",
            "2026-03-01T10:00:00+0060",
            "20260301",
            "253402300799999",
            "-1772445600000",
            "+1772445600000",
            "1772445600000.0",
            "99999999999999999999999",
            "",
        ] {
            assert_eq!(When::parse(bad), Err(TimeError::Malformed), "{bad}");
        }
        for old in ["1989-12-31T23:59:59.999Z", "631151999999", "000000000001"] {
            assert_eq!(When::parse(old), Err(TimeError::OutOfRange), "{old}");
        }
    }

    #[test]
    fn a_wrong_unit_is_told() {
        for (text, unit) in [("1772445600", Unit::Seconds), ("1772445600000000", Unit::Microseconds), ("1772445600000000000", Unit::Nanoseconds)] {
            assert_eq!(When::parse(text), Err(TimeError::WrongUnit(unit)));
            assert_eq!(Millis::from_event(text.parse().unwrap()), Err(TimeError::WrongUnit(unit)));
        }
        assert_eq!(Millis::from_event(20_260_301), Err(TimeError::OutOfRange));
        assert_eq!(TimeError::WrongUnit(Unit::Seconds).to_string(), "looks like seconds: give milliseconds since 1970");
    }
}
