//! Bad lines of every kind, most of them good ones with one thing wrong.

use super::{
    clock::Clock,
    events::{Event, quoted},
    rng::Rng,
    written,
};
use reference::time::show_day;

/// What a field may hold by mistake. Some of it is right for some fields.
const JUNK: &[&str] = &[
    "null",
    "\"\"",
    "7",
    "-1",
    "1.5",
    "5.0",
    "1e3",
    "true",
    "[]",
    "{}",
    "[\"a\"]",
    "\"x\"",
    "\"yesterday\"",
    "\"2026-13-01\"",
    "\"2026-02-30\"",
    "\"01/02/2026\"",
    "\"1989-06-01\"",
    "\"2026-03-01T00:00:00\"",
    "\"2026-03-01T00:00:00Z\"",
    "\"2200-01-01\"",
    "\"2200-05-05T00:00:00+02:00\"",
    "7263000000000",
    "\"7263000000000\"",
    "\"1772445600\"",
    "1772445600000000",
    "\"2026-03-01T00:00:00+0\"",
    "4.9E-324",
    "1e99999",
    "0",
    "-5",
    "99999999999999999999",
    "\"eur\"",
    "\"EURO\"",
    "\"ZZZ\"",
    "\"DEM\"",
    "\"+5\"",
    "\"1e3\"",
    "\"1,50\"",
    "\"1.\"",
    "\".5\"",
    "\"123456789012345678.00\"",
    "123456789012345",
    "\"99999999999999.999999\"",
    "\"seven\"",
    "\"gone\"",
    "\"Won\"",
    "\"food\"",
    "\"clap\"",
];

/// Lines that are no JSON object.
const NOISE: &[&str] = &[
    "not json at all",
    "{\"a\": 1,}",
    "null",
    "[]",
    "7",
    "\"text\"",
    "{\"type\": \"lead-created\", \"event_id\": ",
    "{} {}",
    "{\"type\": \"web-visit\"} x",
    "\u{0}",
];

/// Types that are none.
const TYPES: &[&str] = &["\"lead-updated\"", "\"clicks\"", "\"Lead-Created\"", "7", "null", "\"\"", "[]"];

/// The longest id, name or label, and one byte more is too much.
const MOST_TEXT: usize = 1024;
/// The largest line, and one byte more is too much.
const MOST_BYTES: usize = 1 << 20;

/// A line with something wrong, in most cases.
pub fn line(mut event: Event, clock: &Clock, rng: &mut Rng) -> String {
    match rng.below(1000) {
        0..120 => return rng.pick(NOISE).to_owned(),
        120..123 => return long_line(&event, rng),
        123..220 => {
            let type_json = rng.pick(TYPES);
            return written(&event, type_json, false, rng);
        }
        220..400 => {
            let field = field(&event, rng);
            event.remove(field);
        }
        400..550 => dated(&mut event, clock, rng),
        550..600 => return without_data(&event, rng),
        _ => {
            let field = field(&event, rng);
            if rng.percent(5) {
                // The longest text there may be, or one byte more.
                event.set(field, quoted(&"x".repeat(MOST_TEXT + rng.below(2))));
                return written(&event, &quoted(event.kind), false, rng);
            }
            // An id that two events share would make them one, in whatever order they come.
            let junk = if field == "event_id" { rng.pick(&["7", "null", "\"\"", "[]", "true"]) } else { rng.pick(JUNK) };
            event.set(field, junk);
        }
    }
    written(&event, &quoted(event.kind), false, rng)
}

fn field(event: &Event, rng: &mut Rng) -> &'static str {
    event.fields[rng.below(event.fields.len())].0
}

/// One of the event's times about 24 hours after the time of reading, at either side of the limit.
fn dated(event: &mut Event, clock: &Clock, rng: &mut Rng) {
    let instant = clock.refused_or_not(rng);
    let field = match event.kind {
        "lead-created" => rng.pick(&["occurred_at", "created_at", "mql_at", "sql_at"]),
        "deal-closed" => rng.pick(&["occurred_at", "closed_at", "opened_at"]),
        "ad-spend" => rng.pick(&["occurred_at", "spend_date"]),
        "social-interaction" => rng.pick(&["occurred_at", "stat_date"]),
        _ => "occurred_at",
    };
    let json = if field.ends_with("_date") { quoted(&show_day(clock.day_of(instant))) } else { clock.exactly(instant, rng) };
    event.set(field, json);
}

/// A line of the largest size, or of one byte more.
fn long_line(event: &Event, rng: &mut Rng) -> String {
    let line = written(event, &quoted(event.kind), false, rng);
    let Some(open) = line.strip_suffix('}') else { return line };
    let (before, after) = (format!("{open}, \"filler\": \""), "\"}");
    let size = MOST_BYTES + rng.below(2);
    format!("{before}{}{after}", "x".repeat(size - before.len() - after.len()))
}

/// A CloudEvent whose data is not there or no object.
fn without_data(event: &Event, rng: &mut Rng) -> String {
    let data = rng.pick(&["", ", \"data\": null", ", \"data\": []", ", \"data\": \"x\"", ", \"data\": 7", ", \"data\": \"\""]);
    let id = event.get("event_id").unwrap_or("\"e\"");
    format!(
        "{{\"specversion\": \"1.0\", \"id\": {id}, \"source\": \"crm\", \"type\": {}, \"time\": \"2025-01-01T00:00:00Z\"{data}}}",
        quoted(event.kind)
    )
}
