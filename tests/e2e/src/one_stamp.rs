//! Messages of one key, revision, time and event id that differ in any one field: which of them counts must not depend on their order.
//!
//! Whoever publishes such messages breaks the contract; the state must be a function of the messages all the same. So whatever decides
//! what a message contributes must have a part in the order of messages.

#![allow(clippy::expect_used, reason = "the messages are the test's own")]

use testkit::{reference::Options, streams::Rng};

use crate::Product;

/// A kind of entity: a message of it, and for each field other values than it has there.
struct Kind {
    message: &'static str,
    fields: &'static [(&'static str, &'static [&'static str])],
}

const KINDS: [Kind; 4] = [
    Kind {
        message: r#"{"type":"lead-created","event_id":"e","occurred_at":"2011-12-31T00:00:00+14:00","source":"a","lead_id":"l","created_at":"2011-12-29","channel":"expo","campaign":"c","segment":"s","account_id":"x","visitor_id":"v","mql_at":"2011-12-30","sql_at":"2011-12-31","status":"active"}"#,
        fields: &[
            ("source", &["b", "c", "d"]),
            // The first instant of a date that was skipped is that of the next.
            ("occurred_at", &["2011-12-30", "2011-12-31"]),
            ("created_at", &["2011-12-29T00:00:00-10:00", "2011-12-28"]),
            ("channel", &["Expo", "fair", "", "ppc"]),
            ("campaign", &["", "d"]),
            ("segment", &["", "t"]),
            ("account_id", &["", "y"]),
            ("visitor_id", &["", "w"]),
            ("mql_at", &["", "2011-12-29"]),
            ("sql_at", &["", "2011-12-29"]),
            ("status", &["disqualified", "deleted"]),
        ],
    },
    Kind {
        message: r#"{"type":"deal-closed","event_id":"e","occurred_at":"2011-12-31T00:00:00+14:00","source":"a","deal_id":"d","status":"won","closed_at":"2011-12-29","amount":"5","currency":"EUR","lead_id":"l","account_id":"x","deal_type":"new business","opened_at":"2011-12-28","segment":"s"}"#,
        fields: &[
            ("source", &["b", "c"]),
            ("occurred_at", &["2011-12-30", "2011-12-31"]),
            ("status", &["lost", "refunded", "open", "deleted"]),
            ("closed_at", &["2011-12-30", "2011-12-29T00:00:00-10:00"]),
            ("amount", &["", "6"]),
            ("currency", &["USD"]),
            ("lead_id", &["", "m"]),
            ("account_id", &["", "y"]),
            ("deal_type", &["", "renewal"]),
            ("opened_at", &["", "2011-12-29"]),
            ("segment", &["", "t"]),
        ],
    },
    Kind {
        message: r#"{"type":"ad-spend","event_id":"e","occurred_at":"2011-12-31T00:00:00+14:00","source":"a","platform":"agency","account":"x","spend_date":"2011-12-31","amount":"5","currency":"EUR","campaign":"c","campaign_id":"1","ad_group":"g","ad_group_id":"2","ad":"o","ad_id":"3","breakdown":"country=DE","channel":"expo","segment":"s","category":"media","impressions":"","clicks":""}"#,
        fields: &[
            ("source", &["b", "c", "d"]),
            ("occurred_at", &["2011-12-30", "2011-12-31"]),
            ("platform", &["AGENCY"]),
            ("amount", &["6"]),
            ("currency", &["USD"]),
            ("campaign", &["", "d"]),
            ("ad_group", &["", "h"]),
            ("ad", &["", "p"]),
            ("breakdown", &[" country=DE"]),
            ("channel", &["Expo", "", "ppc"]),
            ("segment", &["", "t"]),
            ("status", &["deleted"]),
        ],
    },
    Kind {
        message: r#"{"type":"social-interaction","event_id":"e","occurred_at":"2011-12-31T00:00:00+14:00","source":"a","platform":"li","kind":"follow","account":"x","post_id":"p","channel":"expo","campaign":"c","segment":"s","lead_id":"l","stat_date":"2011-12-31"}"#,
        fields: &[
            ("source", &["b", "c", "d"]),
            ("occurred_at", &["2011-12-30", "2011-12-31"]),
            ("platform", &["LI"]),
            ("channel", &["Expo", "", "ppc"]),
            ("campaign", &["", "d"]),
            ("segment", &["", "t"]),
            ("lead_id", &["", "m"]),
        ],
    },
];

/// Context for what stands in the messages: the leads that deals name, and counts, which are numbers.
const CONTEXT: &str = r#"{"type":"lead-created","event_id":"l","source":"a","occurred_at":"2011-12-01","lead_id":"l","created_at":"2011-12-01","channel":"email"}
{"type":"lead-created","event_id":"m","source":"a","occurred_at":"2011-12-01","lead_id":"m","created_at":"2011-12-02","channel":"ppc"}
{"type":"deal-closed","event_id":"n","source":"a","occurred_at":"2011-12-20","deal_id":"n","status":"won","closed_at":"2011-12-20","lead_id":"l","account_id":"x"}"#;

/// A row of spend.
pub fn spend() -> String {
    KINDS[2].message.to_owned()
}

fn options() -> Options {
    let own = [("a", "expo", "event"), ("b", "expo", "partner"), ("d", "expo", "Expo 2026")];
    Options {
        time_zone: "Pacific/Apia".to_owned(),
        aliases_of: own.map(|(source, name, channel)| (source.to_owned(), name.to_owned(), channel.to_owned())).to_vec(),
        ..Options::default()
    }
}

/// A message with a field set.
pub fn with(message: &str, field: &str, value: serde_json::Value) -> String {
    let mut object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(message).expect("a message is JSON");
    object.insert(field.to_owned(), value);
    serde_json::Value::Object(object).to_string()
}

/// The message and all that differ from it in one field, or in a count.
fn variants(kind: &Kind) -> Vec<String> {
    let texts = kind.fields.iter().flat_map(|(field, values)| values.iter().map(move |value| with(kind.message, field, (*value).into())));
    let counts: &[&str] = match kind.message {
        of if of.contains("ad-spend") => &["impressions", "clicks"],
        of if of.contains("social") => &["count"],
        _ => &[],
    };
    let counts = counts.iter().flat_map(|field| [1, 2].map(|n| with(kind.message, field, n.into())));
    std::iter::once(kind.message.to_owned()).chain(texts).chain(counts).collect()
}

/// The messages folded, after those that they need.
pub fn folded<'l>(lines: impl IntoIterator<Item = &'l str>) -> Product {
    let mut product = Product::new(&options());
    for (offset, line) in CONTEXT.lines().chain(lines).enumerate() {
        product.fold(0, offset as i64, line.as_bytes());
    }
    product
}

/// The entities as text: all of the state but how far each topic is read.
fn entities(product: &Product) -> String {
    let is_position = |line: &str| line.contains("\tnext\t") || line.starts_with("book\tfigures\tsocial");
    product.dump().lines().filter(|line| !is_position(line)).collect::<Vec<_>>().join("\n")
}

/// What differs after the same messages in another order; nothing where all is well.
fn differs(one: &[&str], other: &[&str]) -> Option<String> {
    let [left, right] = [one, other].map(|lines| folded(lines.iter().copied()));
    let same = left.counts().rejected.iter().all(|n| *n == 0) && left.canonical() == right.canonical() && entities(&left) == entities(&right);
    (!same).then(|| format!("the order decides which of these counts: {one:#?}"))
}

/// Every two messages of a kind of entity, in either order.
pub fn pairs() -> Result<(), String> {
    for kind in &KINDS {
        let variants = variants(kind);
        for (at, one) in variants.iter().enumerate() {
            for other in variants.iter().skip(at + 1) {
                differs(&[one, other], &[other, one]).map_or(Ok(()), Err)?;
            }
        }
    }
    Ok(())
}

/// Some messages of all kinds in two orders, by a seed.
pub fn permuted(seed: u64) -> Result<(), String> {
    let mut rng = Rng::new(seed);
    let all: Vec<String> = KINDS.iter().flat_map(variants).collect();
    let some = rng.some(&all, 12);
    let mut lines: Vec<&str> = some.iter().map(String::as_str).collect();
    let before = lines.clone();
    rng.shuffle(&mut lines);
    differs(&before, &lines).map_or(Ok(()), Err)
}
