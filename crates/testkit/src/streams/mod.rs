//! Small hard streams from a seed: few ids and few days, so that every rule of KPIS.md meets every other.
//!
//! ```
//! use testkit::{reference, streams::Case};
//! let case = Case::generate(7);
//! let report = reference::report(&[&case.input()], &case.options);
//! assert_eq!(report["time_zone"], case.options.time_zone.as_str());
//! ```

mod broken;
mod case;
mod clock;
mod companies;
mod events;
mod rng;
mod setup;
mod shrink;
mod targets;

pub use case::Case;
pub use companies::Company;
pub use rng::Rng;
pub use shrink::shrink;

use clock::Clock;
use events::{Event, Maker, quoted};

/// How many events the streams of a property test have, at most.
const MOST_EVENTS: usize = 30;

impl Case {
    /// A case of up to thirty events.
    pub fn generate(seed: u64) -> Case {
        let events = 1 + Rng::new(seed ^ 0x5eed).below(MOST_EVENTS);
        Case::of_size(seed, events)
    }

    /// A case of so many events, and some more lines: blank ones, repeated ones.
    pub fn of_size(seed: u64, events: usize) -> Case {
        let mut rng = Rng::new(seed);
        let clock = Clock::new(&mut rng);
        let options = setup::options(&clock, &mut rng);
        let currencies = setup::currencies(&options, &mut rng);
        let mut lines = lines(&clock, &mut rng, events, currencies);
        add_repetitions(&mut lines, &mut rng);
        if rng.percent(5) {
            lines[0].insert(0, '\u{feff}');
            let at = aside(&rng).below(lines.len());
            lines[at].insert(0, '\u{feff}');
        }
        Case { seed, lines, options }
    }
}

fn lines(clock: &Clock, rng: &mut Rng, events: usize, currencies: Vec<&'static str>) -> Vec<String> {
    let bad = rng.pick(&[0, 3, 10]);
    let seed = rng.next();
    let mut own = Rng::new(seed);
    let mut maker = Maker::new(clock, &mut own, 1 + rng.below(3) + events / 20, currencies);
    (0..events)
        .map(|_| {
            let event = maker.event();
            if rng.percent(bad) { broken::line(event, clock, rng) } else { written(&event, &quoted(event.kind), rng.percent(15), rng) }
        })
        .collect()
}

/// Some messages come twice, word by word; and some lines are blank or end as on Windows.
fn add_repetitions(lines: &mut Vec<String>, rng: &mut Rng) {
    for _ in 0..rng.below(1 + lines.len() / 6) {
        let again = rng.pick(lines);
        let at = rng.below(lines.len() + 1);
        lines.insert(at, again);
    }
    if rng.percent(10) {
        let at = rng.below(lines.len() + 1);
        lines.insert(at, rng.word("| |\t"));
        let at = rng.below(lines.len());
        lines[at].push('\r');
    }
}

/// An event as a line: flat JSON or a CloudEvent, by one of the ways of writing either.
fn written(event: &Event, type_json: &str, as_cloud_event: bool, rng: &mut Rng) -> String {
    let mut fields: Vec<(String, String)> = event.fields.iter().map(|(name, json)| ((*name).to_owned(), json.clone())).collect();
    if rng.percent(10) {
        fields.push(("x_unknown".to_owned(), rng.word("null|[1, {\"a\": \"b\"}]|\"type\"|1e400")));
        fields.extend(aside(rng).percent(30).then(|| ("x_more".to_owned(), unread(&mut aside(rng)))));
    }
    if as_cloud_event {
        return cloud_event(event, fields, rng);
    }
    fields.insert(0, ("type".to_owned(), type_json.to_owned()));
    if rng.percent(25) {
        rng.shuffle(&mut fields);
    }
    if rng.percent(3) {
        // Of two values of one field the last counts.
        let (name, _) = rng.pick(&fields);
        fields.insert(0, (name, "[\"first\"]".to_owned()));
    }
    object(&fields, rng)
}

fn cloud_event(event: &Event, mut data: Vec<(String, String)>, rng: &mut Rng) -> String {
    let own = |name: &str| event.get(name).unwrap_or("null").to_owned();
    let prefix = rng.word("|com.acme.|io.kpistream.v1.");
    let version = aside(rng).word("||.v1|.v2.1|.3");
    let mut fields = vec![
        ("specversion".to_owned(), quoted("1.0")),
        ("id".to_owned(), own("event_id")),
        ("source".to_owned(), own("source")),
        ("type".to_owned(), quoted(&format!("{prefix}{}{version}", event.kind))),
        ("datacontenttype".to_owned(), quoted("application/json")),
    ];
    // The attribute `time` is RFC 3339; other spellings stay in the data.
    let time = own("occurred_at");
    let in_data = |name: &str| !matches!(name, "event_id" | "source") && (name != "occurred_at" || !time.contains('T'));
    data.retain(|(name, _)| in_data(name));
    if time.contains('T') {
        fields.push(("time".to_owned(), time));
    }
    let data = object(&data, rng);
    let as_bytes = aside(rng).percent(20);
    fields.push(if as_bytes { ("data_base64".to_owned(), quoted(&base64(data.as_bytes()))) } else { ("data".to_owned(), data) });
    if rng.percent(20) {
        rng.shuffle(&mut fields);
    }
    object(&fields, rng)
}

/// Chance that takes nothing of what comes after: what it decides is about spelling alone.
fn aside(rng: &Rng) -> Rng {
    Rng::new(rng.clone().next() ^ 0xa51de)
}

/// A value that nobody reads.
fn unread(rng: &mut Rng) -> String {
    let depth = rng.pick(&[3, 64, 200]);
    rng.pick(&["\"cut \\ud83d\"".to_owned(), "[\"\\udc00\"]".to_owned(), format!("{}{}", "[".repeat(depth), "]".repeat(depth))])
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let of_three = |three: &[u8]| {
        let bits = three.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        let digit = |n: usize| if n <= three.len() { char::from(DIGITS[(bits >> (18 - 6 * n) & 63) as usize]) } else { '=' };
        [0, 1, 2, 3].map(digit)
    };
    bytes.chunks(3).flat_map(of_three).collect()
}

fn object(fields: &[(String, String)], rng: &mut Rng) -> String {
    let (colon, comma) = rng.pick(&[(": ", ", "), (":", ","), (" : ", " ,")]);
    let escaped = rng.percent(10);
    let value = |json: &str| if escaped { json.replace('ü', "\\u00fc").replace('/', "\\/") } else { json.to_owned() };
    let fields: Vec<String> = fields.iter().map(|(name, json)| format!("\"{name}\"{colon}{}", value(json))).collect();
    format!("{{{}}}", fields.join(comma))
}
