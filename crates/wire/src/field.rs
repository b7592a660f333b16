//! The fields of all messages by name, and a message as read: one raw value a field, borrowed from the bytes.

use std::borrow::Cow;

macro_rules! fields {
    ($($field:ident $name:literal),+ $(,)?) => {
        /// A field of the contract, or an attribute of CloudEvents.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub(crate) enum Field { $($field),+ }

        const ALL: [Field; COUNT] = [$(Field::$field),+];
        const NAMES: [&str; COUNT] = [$($name),+];
        const COUNT: usize = [$($name),+].len();
    };
}

fields!(
    EventId "event_id", Source "source", OccurredAt "occurred_at", Revision "revision", Type "type",
    LeadId "lead_id", CreatedAt "created_at", Channel "channel", Campaign "campaign", Segment "segment", AccountId "account_id",
    VisitorId "visitor_id", MqlAt "mql_at", SqlAt "sql_at", Status "status", DealId "deal_id", ClosedAt "closed_at", Amount "amount",
    Currency "currency", DealType "deal_type", OpenedAt "opened_at", Product "product", Owner "owner", Platform "platform",
    Account "account", SpendDate "spend_date", CampaignId "campaign_id", AdGroup "ad_group", AdGroupId "ad_group_id",
    Ad "ad", AdId "ad_id", Breakdown "breakdown",
    Category "category", Impressions "impressions", Clicks "clicks", Kind "kind", Count "count", PostId "post_id",
    StatDate "stat_date", Action "action", SessionId "session_id", Page "page",
    SpecVersion "specversion", Id "id", Time "time", Data "data", DataBase64 "data_base64",
    DataContentType "datacontenttype",
);

impl Field {
    /// The field's name in every encoding.
    pub(crate) fn name(self) -> &'static str {
        NAMES[self as usize]
    }

    /// The field of a name; none for the many fields that are ignored.
    #[inline]
    pub(crate) fn named(name: &str) -> Option<Field> {
        let field = ALL.get(usize::from(TABLE[slot(name.as_bytes(), SEED)]))?;
        same(field.name().as_bytes(), name.as_bytes()).then_some(*field)
    }
}

/// Equality of short names by their first and last words, which overlap: a call of `memcmp` for each costs more.
#[inline]
fn same(a: &[u8], b: &[u8]) -> bool {
    fn ends<const N: usize>(name: &[u8]) -> Option<([u8; N], [u8; N])> {
        name.first_chunk().copied().zip(name.last_chunk().copied())
    }
    a.len() == b.len()
        && match a.len() {
            8..=16 => ends::<8>(a) == ends(b),
            4..8 => ends::<4>(a) == ends(b),
            _ => a == b,
        }
}

/// Slots of the hash table of names, and what fills an empty one.
const SLOTS: usize = 256;
const EMPTY: u8 = u8::MAX;
/// Found at compile time: with it no two names meet in a slot, so a look-up is one comparison.
const SEED: u32 = seed();
const TABLE: [u8; SLOTS] = match table(SEED) {
    Some(table) => table,
    None => panic!("the seed gives a table"),
};

const fn slot(name: &[u8], seed: u32) -> usize {
    if name.is_empty() {
        return 0;
    }
    // Length, first and middle letter tell all names apart.
    let letters = (name.len() as u32) << 16 | (name[0] as u32) << 8 | name[name.len() / 2] as u32;
    (letters.wrapping_mul(seed) >> 24) as usize
}

const fn table(seed: u32) -> Option<[u8; SLOTS]> {
    let mut table = [EMPTY; SLOTS];
    let mut i = 0;
    while i < COUNT {
        let slot = slot(NAMES[i].as_bytes(), seed);
        if table[slot] != EMPTY {
            return None;
        }
        table[slot] = i as u8;
        i += 1;
    }
    Some(table)
}

const fn seed() -> u32 {
    let mut seed = 0x9E37_79B1_u32;
    while table(seed).is_none() {
        seed = seed.wrapping_mul(0x0019_660D).wrapping_add(0x3C6E_F35F) | 1;
    }
    seed
}

/// A value as its encoding gives it, not yet checked.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Raw<'a> {
    /// Absent or null.
    Absent,
    /// A text.
    Text(&'a str),
    /// A JSON string with its quotes, in which escapes are still to be resolved; with half a surrogate pair it is no text.
    Escaped(&'a str),
    /// A JSON number, by its digits.
    Number(&'a str),
    /// A JSON object or array, by its text.
    Nested(&'a str),
    /// An Avro int or long.
    Integer(i64),
    /// An Avro timestamp, in milliseconds since 1970.
    At(i64),
    /// An Avro date, in days since 1970.
    On(i32),
    /// An Avro decimal: a big-endian two's complement number, and its decimals.
    Decimal(&'a [u8], u32),
    /// An Avro number in binary, which is an amount by its shortest decimal text.
    Float(f32),
    Double(f64),
    /// A UUID, by its bytes.
    Uuid([u8; 16]),
    /// A value of a type that no field has.
    Other,
}

impl<'a> Raw<'a> {
    /// Whether the value counts as missing: absent, null and the empty string are all the same.
    pub(crate) fn is_missing(self) -> bool {
        matches!(self, Raw::Absent | Raw::Text(""))
    }

    /// The text, if it is one.
    pub(crate) fn text(self) -> Option<Cow<'a, str>> {
        match self {
            Raw::Text(text) => Some(Cow::Borrowed(text)),
            Raw::Escaped(quoted) => serde_json::from_str(quoted).ok().map(Cow::Owned),
            Raw::Uuid(bytes) => Some(Cow::Owned(uuid(bytes))),
            _ => None,
        }
    }
}

/// A UUID as it is written: lower case, in groups.
fn uuid(bytes: [u8; 16]) -> String {
    let digits = format!("{:032x}", u128::from_be_bytes(bytes));
    let (mut text, mut rest) = (String::with_capacity(36), digits.as_str());
    for length in [8, 4, 4, 4] {
        let (group, after) = rest.split_at(length);
        text.push_str(group);
        text.push('-');
        rest = after;
    }
    text + rest
}

/// A message as read: the raw value of each field.
#[derive(Debug)]
pub(crate) struct Fields<'a>([Raw<'a>; COUNT]);

impl<'a> Fields<'a> {
    /// A message in which nothing was read yet.
    pub(crate) fn new() -> Fields<'a> {
        Fields([Raw::Absent; COUNT])
    }

    /// The value of a field.
    pub(crate) fn get(&self, field: Field) -> Raw<'a> {
        self.0[field as usize]
    }

    /// Sets a field; the last word on it counts.
    pub(crate) fn set(&mut self, field: Field, value: Raw<'a>) {
        self.0[field as usize] = value;
    }

    /// Whether a field is absent, null or empty.
    pub(crate) fn is_missing(&self, field: Field) -> bool {
        self.get(field).is_missing()
    }

    /// Whether a field is one of some words.
    pub(crate) fn says(&self, field: Field, words: &[&str]) -> bool {
        self.get(field).text().is_some_and(|text| words.contains(&text.as_ref()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_found_by_its_name_and_nothing_else_is() {
        for field in ALL {
            assert_eq!(Field::named(field.name()), Some(field));
        }
        for other in ["", "e", "Event_id", "event_ix", "lead_ids", "dataschema", "päge", "x_custom_field"] {
            assert_eq!(Field::named(other), None, "{other}");
        }
    }
}
