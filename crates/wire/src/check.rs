//! The one place where raw values become checked ones, whatever their encoding: so the reasons are the same for all of them.

use std::borrow::Cow;

use model::{
    Currency, Day, EventType, Micros, Millis, Reason, Rejection, When, Zone,
    digest::text64,
    event::Text,
    time::{DAY_MS, TimeError},
};

use crate::{
    contract::table,
    field::{Field, Fields, Raw},
    limits::{AHEAD_MS, CUT_BYTES, TEXT_BYTES},
};

/// What the checks are made against, beside the message.
#[derive(Clone, Copy)]
pub(crate) struct Against<'z> {
    /// The business time zone, in which a date has its midnight.
    pub(crate) zone: &'z Zone,
    /// The record's own timestamp; in files, the time of reading.
    pub(crate) recorded: Millis,
}

/// A message under check: its raw fields, read one by one in the contract's order.
pub(crate) struct Checked<'f, 'a, 'z> {
    fields: &'f Fields<'a>,
    pub(crate) against: Against<'z>,
}

/// A refusal for a field's value; the detail names the field and says what is wrong, and never what was there.
pub(crate) fn refuse(reason: Reason, field: Field, what: &str) -> Rejection {
    Rejection::new(reason, format!("field `{}`: {what}", field.name()))
}

/// The event's type: what the message says, or the topic's where it says nothing.
///
/// `named` is how the encoding spells types.
pub(crate) fn event_type(fields: &Fields<'_>, topic: Option<EventType>, named: fn(&str) -> Option<EventType>) -> Result<EventType, Rejection> {
    let raw = fields.get(Field::Type);
    if raw.is_missing() {
        return topic.ok_or_else(|| missing(Field::Type));
    }
    let name = raw.text().ok_or_else(|| not_a_text(Field::Type))?;
    let said = named(&name).ok_or_else(|| refuse(Reason::UnknownType, Field::Type, "none of the five event types"))?;
    match topic {
        Some(topic) if topic != said => Err(refuse(Reason::WrongType, Field::Type, &wrong_type(said, topic))),
        _ => Ok(said),
    }
}

/// What is wrong with a message of one type on the topic of another.
pub(crate) fn wrong_type(said: EventType, topic: EventType) -> String {
    format!("{} on a topic of {}", said.name(), topic.name())
}

fn missing(field: Field) -> Rejection {
    refuse(Reason::MissingField, field, "absent, null or empty")
}

fn not_a_text(field: Field) -> Rejection {
    refuse(Reason::BadValue, field, "not a string")
}

#[cold]
fn too_long(field: Field) -> Rejection {
    refuse(Reason::TooLarge, field, &format!("over {TEXT_BYTES} bytes"))
}

/// The beginning of a text, and a hash of all of it, so that two texts stay two.
#[cold]
fn cut(text: &str) -> String {
    format!("{}~{:016x}", text.get(..text.floor_char_boundary(CUT_BYTES)).unwrap_or_default(), text64(text))
}

fn not_a_time(field: Field, error: TimeError) -> Rejection {
    refuse(Reason::BadTime, field, &error.to_string())
}

impl<'f, 'a, 'z> Checked<'f, 'a, 'z> {
    /// Begins with a message that has all its required fields.
    pub(crate) fn begin(of: EventType, fields: &'f Fields<'a>, against: Against<'z>) -> Result<Checked<'f, 'a, 'z>, Rejection> {
        match table(of).iter().find(|spec| fields.is_missing(spec.field) && spec.need.holds(fields)) {
            Some(spec) => Err(missing(spec.field)),
            None => Ok(Checked { fields, against }),
        }
    }

    /// A required value.
    pub(crate) fn need<T>(&self, field: Field, value: Option<T>) -> Result<T, Rejection> {
        value.ok_or_else(|| missing(field))
    }

    /// The field's value, unless it is absent, null or empty.
    fn present(&self, field: Field) -> Option<Raw<'a>> {
        Some(self.fields.get(field)).filter(|raw| !raw.is_missing())
    }

    /// Whether a field is one of some words.
    pub(crate) fn says(&self, field: Field, words: &[&str]) -> bool {
        self.fields.says(field, words)
    }

    /// A field that is read only where another is missing.
    pub(crate) fn is_missing(&self, field: Field) -> bool {
        self.fields.is_missing(field)
    }

    /// An id, a text that names something.
    pub(crate) fn id<I: From<Text<'a>>>(&self, field: Field) -> Result<Option<I>, Rejection> {
        Ok(self.text(field)?.map(I::from))
    }

    /// An id, name or label. What only groups events, their source or channel, is cut where it is too long; else that is refused.
    pub(crate) fn text(&self, field: Field) -> Result<Option<Text<'a>>, Rejection> {
        match self.any_text(field)? {
            Some(text) if text.len() <= TEXT_BYTES => Ok(Some(text)),
            Some(text) if matches!(field, Field::Source | Field::Channel) => Ok(Some(cut(&text).into())),
            Some(_) => Err(too_long(field)),
            None => Ok(None),
        }
    }

    fn any_text(&self, field: Field) -> Result<Option<Text<'a>>, Rejection> {
        match self.fields.get(field) {
            Raw::Absent | Raw::Text("") => Ok(None),
            Raw::Text(text) => Ok(Some(Cow::Borrowed(text))),
            other => other.text().map(Some).ok_or_else(|| not_a_text(field)),
        }
    }

    /// A text that no event keeps, but that must be one.
    pub(crate) fn unkept(&self, field: Field) -> Result<(), Rejection> {
        match self.fields.get(field) {
            Raw::Absent | Raw::Text(_) | Raw::Escaped(_) | Raw::Uuid(_) => Ok(()),
            _ => Err(not_a_text(field)),
        }
    }

    /// The same of an id or name.
    pub(crate) fn unkept_name(&self, field: Field) -> Result<(), Rejection> {
        let len = match self.fields.get(field) {
            Raw::Text(text) => text.len(),
            // An escape is longer than what it stands for.
            raw @ Raw::Escaped(quoted) if quoted.len() > TEXT_BYTES => raw.text().map_or(0, |text| text.len()),
            _ => return self.unkept(field),
        };
        if len > TEXT_BYTES { Err(too_long(field)) } else { Ok(()) }
    }

    /// One of a field's words.
    pub(crate) fn word<T>(&self, field: Field, read: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>, Rejection> {
        let Some(text) = self.any_text(field)? else { return Ok(None) };
        read(&text).map(Some).ok_or_else(|| refuse(Reason::BadValue, field, "not one of the field's words"))
    }

    /// An instant, or a date only.
    pub(crate) fn time(&self, field: Field) -> Result<Option<When>, Rejection> {
        let Some(raw) = self.present(field) else { return Ok(None) };
        let when = match raw {
            Raw::At(ms) | Raw::Integer(ms) => Millis::from_event(ms).map(When::At),
            Raw::On(day) => Day::checked(Day(day)).map(When::On),
            Raw::Number(digits) => {
                let ms = whole(digits).ok_or_else(|| refuse(Reason::BadValue, field, "not a whole number of milliseconds"))?;
                ms.ok_or(TimeError::OutOfRange).and_then(Millis::from_event).map(When::At)
            }
            _ => When::parse(&raw.text().ok_or_else(|| refuse(Reason::BadValue, field, "neither a string nor a number"))?),
        };
        when.map(Some).map_err(|error| not_a_time(field, error))
    }

    /// A date.
    pub(crate) fn day(&self, field: Field) -> Result<Option<Day>, Rejection> {
        let Some(raw) = self.present(field) else { return Ok(None) };
        let day = match raw {
            Raw::On(day) => Day::checked(Day(day)),
            _ => Day::parse(&raw.text().ok_or_else(|| refuse(Reason::BadValue, field, "not a date"))?),
        };
        match day {
            Ok(day) => Ok(Some(day)),
            Err(TimeError::Malformed) => Err(refuse(Reason::BadTime, field, "not a date (YYYY-MM-DD)")),
            Err(error) => Err(not_a_time(field, error)),
        }
    }

    /// An integer.
    pub(crate) fn integer(&self, field: Field) -> Result<Option<i64>, Rejection> {
        let Some(raw) = self.present(field) else { return Ok(None) };
        let number = match raw {
            Raw::Integer(number) => Some(number),
            Raw::Number(digits) => whole(digits).flatten(),
            _ => None,
        };
        number.map(Some).ok_or_else(|| refuse(Reason::BadValue, field, "not an integer of 64 bits"))
    }

    /// A count that is not negative; absent = 0.
    pub(crate) fn count(&self, field: Field) -> Result<i64, Rejection> {
        let count = self.integer(field)?.unwrap_or(0);
        if count < 0 { Err(refuse(Reason::BadValue, field, "negative")) } else { Ok(count) }
    }

    /// An amount of money.
    pub(crate) fn amount(&self, field: Field) -> Result<Option<Micros>, Rejection> {
        let Some(raw) = self.present(field) else { return Ok(None) };
        let amount = match raw {
            Raw::Number(digits) => Micros::parse_number(digits).ok(),
            Raw::Float(number) => Micros::parse_number(&number.to_string()).ok(),
            Raw::Double(number) => Micros::parse_number(&number.to_string()).ok(),
            Raw::Integer(units) => decimal(i128::from(units), 0),
            Raw::Decimal(bytes, scale) => signed(bytes).and_then(|unscaled| decimal(unscaled, scale)),
            _ => raw.text().and_then(|text| Micros::parse(&text).ok()),
        };
        amount.map(Some).ok_or_else(|| refuse(Reason::BadValue, field, "not a decimal amount of up to 14 digits before the point"))
    }

    /// A currency.
    pub(crate) fn currency(&self, field: Field) -> Result<Option<Currency>, Rejection> {
        let Some(code) = self.any_text(field)? else { return Ok(None) };
        code.parse().map(Some).map_err(|_| refuse(Reason::BadCurrency, field, "not an ISO 4217 currency code in upper case"))
    }

    /// Refuses a time too far ahead of the record.
    pub(crate) fn not_ahead(&self, field: Field, when: Option<When>) -> Result<(), Rejection> {
        let limit = self.against.recorded.plus(AHEAD_MS);
        match when {
            Some(when) if self.against.is_later(when, limit) => Err(refuse(Reason::FutureEvent, field, "more than 24 hours ahead of its record")),
            _ => Ok(()),
        }
    }
}

impl Against<'_> {
    /// Whether a time is later than an instant; a date counts as its first instant in the business time zone.
    pub(crate) fn is_later(self, when: When, than: Millis) -> bool {
        match when {
            When::At(at) => at > than,
            // No zone begins a day two days after UTC does: an old date needs no look into the zone.
            When::On(day) if i64::from(day.plus(2).0) * DAY_MS <= than.0 => false,
            When::On(day) => self.zone.first_instant(day) > than,
        }
    }
}

/// The integer of a JSON number written as one; the inner none is one beyond 64 bits.
fn whole(digits: &str) -> Option<Option<i64>> {
    let unsigned = digits.strip_prefix('-').unwrap_or(digits);
    unsigned.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok())
}

/// A big-endian two's complement number of at most 128 bits; Avro allows any padding. No bytes are no number: money that was
/// lost on the way must not be booked as 0.
fn signed(bytes: &[u8]) -> Option<i128> {
    let negative = *bytes.first()? >= 0x80;
    let padding = if negative { 0xFF } else { 0x00 };
    let (spare, low) = bytes.split_at(bytes.len().saturating_sub(16));
    let mut wide = [padding; 16];
    wide.get_mut(16 - low.len()..)?.copy_from_slice(low);
    let number = i128::from_be_bytes(wide);
    (spare.iter().all(|b| *b == padding) && (number < 0) == negative).then_some(number)
}

/// `unscaled` with `scale` decimals in millionths, half-even; none where it has more than 14 digits before the point.
fn decimal(unscaled: i128, scale: u32) -> Option<Micros> {
    const PLACES: u32 = 6;
    const BOUND: u128 = 10u128.pow(14 + PLACES);
    match PLACES.checked_sub(scale) {
        Some(zeros) => unscaled.checked_mul(10i128.pow(zeros)).filter(|micros| micros.unsigned_abs() < BOUND).map(Micros),
        None => Micros::parse_number(&format!("{unscaled}e-{scale}")).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_of_any_scale_round_half_even() {
        let cases = [
            (15, 1, Some(1_500_000)),
            (-12_500_000, 6, Some(-12_500_000)),
            (5, 7, Some(0)),
            (15, 7, Some(2)),
            (-15, 7, Some(-2)),
            (-5, 7, Some(0)),
            (25, 7, Some(2)),
            (-6, 7, Some(-1)),
            (1, 30, Some(0)),
            (1, 400, Some(0)),
            (i128::MAX, u32::MAX, Some(0)),
            (999_999_999_999_999_999_995, 7, Some(100_000_000_000_000_000_000)),
            (1_000_000_000_000_000_000_000, 7, None),
            (99_999_999_999_999, 0, Some(99_999_999_999_999_000_000)),
            (100_000_000_000_000, 0, None),
            (i128::MAX, 0, None),
            (i128::MIN, 6, None),
        ];
        for (unscaled, scale, micros) in cases {
            assert_eq!(decimal(unscaled, scale), micros.map(Micros), "{unscaled} of scale {scale}");
        }
    }

    #[test]
    fn twos_complement_is_read_at_any_length() {
        for number in [0i128, 1, -1, 127, 128, -128, -129, 1_234_500_000, i128::MAX, i128::MIN] {
            let full = number.to_be_bytes();
            assert_eq!(signed(&full), Some(number));
            let mut padded = vec![if number < 0 { 0xFF } else { 0 }; 5];
            padded.extend(full);
            assert_eq!(signed(&padded), Some(number));
        }
        assert_eq!(signed(&[]), None);
        assert_eq!(signed(&[0xFF, 0x85]), Some(-123));
        assert_eq!(signed(&[1; 17]), None);
        assert_eq!(signed(&[vec![0], vec![0xFF; 16]].concat()), None, "2^128 - 1 is beyond 128 bits");
    }

    #[test]
    fn a_date_is_later_by_its_local_midnight() {
        for name in ["UTC", "Pacific/Kiritimati", "Etc/GMT+12", "Europe/Warsaw"] {
            let zone = Zone::named(name).unwrap();
            let against = Against { zone: &zone, recorded: Millis(0) };
            let midnight = zone.first_instant(Day(20_513));
            assert!(!against.is_later(When::On(Day(20_513)), midnight), "{name}");
            assert!(against.is_later(When::On(Day(20_513)), midnight.plus(-1)), "{name}");
        }
    }
}
