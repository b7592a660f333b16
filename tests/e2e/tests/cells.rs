//! The cells of the product are those of the naive reference, number by number: of lines, and of records in every encoding.
//!
//! `KPISTREAM_CASES=100000 cargo test -p e2e --release --test cells` tries more; `KPISTREAM_SEED=7` begins elsewhere.

#![allow(clippy::unwrap_used, reason = "helpers of tests, which clippy takes for production code")]

use e2e::{Product, repetitions};
use engine::{Position, SourcePartition};
use model::{Currency, Event, EventType, Millis, Zone};
use reference::{Keep, Limits, Options, Record, Recount, Recounted, Schemas, Scope, What, time::DAY_MS};
use testkit::streams::{Case, shrink};
use verify::{Reach, State};
use wire::{Decoder, Message, embedded_schema, embedded_schema_id, encode, known_schemas};

const LIMITS: Limits = Limits { span_ms: None, ids: usize::MAX, clock_records: usize::MAX };

fn from_environment(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text} is not a number")))
}

/// Tries the seeds, `share` of the whole number in `KPISTREAM_CASES`; a failure is shrunk and shown.
fn hold(share: u64, differences: impl Fn(&Case) -> Vec<String>) {
    let first = from_environment("KPISTREAM_SEED", 0);
    for seed in first..first + from_environment("KPISTREAM_CASES", 10_000) / share {
        let case = Case::generate(seed);
        if !differences(&case).is_empty() {
            let small = shrink(case, |case| !differences(case).is_empty());
            panic!("{small}--- differences\n{}", differences(&small).join("\n"));
        }
    }
}

fn recount(options: &Options, keep: Keep, limits: Limits) -> Recount {
    let mut schemas = Schemas::new(EventType::ALL.map(embedded_schema)).unwrap();
    known_schemas().for_each(|(id, schema)| schemas.insert_ours(id, schema).unwrap());
    Recount::new(options.clone(), keep, limits, schemas)
}

fn different(state: &State<'_>, recounted: &Recounted, of_interest: impl Fn(&What) -> bool) -> Vec<String> {
    let comparison = verify::compare(state, recounted, &Reach::default(), usize::MAX);
    let differing = comparison.differences.into_iter().filter(|difference| of_interest(&difference.key.what));
    differing.map(|one| format!("{}: {:?}, reference {:?}; {:?}", one.key, one.instance, one.reference, one.entities)).collect()
}

/// The lines of a case, each with its partition.
fn lines(case: &Case) -> impl Iterator<Item = (i32, i64, &[u8])> {
    let lines = case.lines.iter().map(|line| line.trim_start_matches('\u{feff}').trim().as_bytes());
    let partition = |line: &[u8]| line.iter().map(|byte| i32::from(*byte)).sum::<i32>() % 3;
    (0..).zip(lines).filter(|(_, line)| !line.is_empty()).map(move |(offset, line)| (partition(line), offset, line))
}

fn compared(case: &Case, product: &Product) -> Vec<String> {
    let mut recount = recount(&case.options, product.state().keep(), LIMITS);
    lines(case).for_each(|(partition, _, line)| recount.line(partition, line, case.options.now));
    // A line that is refused has no topic on either side.
    different(&product.state(), &recount.finish(), |what| !matches!(what, What::Records { outcome, .. } if is_reason(outcome)))
}

#[test]
fn the_cells_are_those_of_the_reference() {
    hold(3, |case| {
        let mut product = Product::running(&case.options);
        lines(case).for_each(|(partition, offset, line)| product.fold(partition, offset, line));
        let mut found = compared(case, &product);
        // What is kept is the same however much is not: some time later the floors lie among the days of the case.
        product.settle(Millis(case.options.now + i64::try_from(case.seed % 30).unwrap() * 30 * DAY_MS));
        found.extend(compared(case, &product));
        found
    });
}

#[test]
fn a_flood_of_campaigns_is_folded_into_other_as_the_reference_does_it() {
    let options = Options { now: 1_775_000_000_000, ..Options::default() };
    let (mut product, mut recount) = (Product::running(&options), recount(&options, Keep::ALL, LIMITS));
    let mut fold = |offset: i64, line: String| {
        let partition = i32::from(offset % 20 == 0);
        product.fold(partition, offset, line.as_bytes());
        recount.line(partition, line.as_bytes(), options.now);
    };
    for n in 0..12_000 {
        let (campaign, day) = (n * 7919 % 11_500, 1 + n % 97 / 96);
        fold(
            n,
            format!(
                r#"{{"type":"web-visit","event_id":"v{n}","source":"web","occurred_at":"2026-03-0{day}T10:{:02}:00Z","campaign":"c{campaign}","channel":"email","visitor_id":"{campaign}"}}"#,
                n % 60
            ),
        );
    }
    for n in 0..2_000 {
        let campaign = n * 7919 % 1_400;
        fold(
            n,
            format!(
                r#"{{"type":"social-interaction","event_id":"s{n}","source":"x","occurred_at":"2026-03-01T10:00:00Z","platform":"x","account":"acme","kind":"follow","campaign":"c{campaign}"}}"#
            ),
        );
    }
    let differences = different(&product.state(), &recount.finish(), |_| true);
    assert!(differences.is_empty(), "{} differences, the first {:?}", differences.len(), differences.first());
    let other = |cells: &panes::Canonical| (cells.cells.keys().any(|(_, dims, _)| *dims == panes::Dims::other()), cells.follows.len());
    assert_eq!(other(&product.canonical()), (true, 1001 + 70), "both bounds are reached, the second partition's not");
}

fn is_reason(outcome: &str) -> bool {
    !matches!(outcome, "read" | "accepted" | "duplicate")
}

/// A record's payload and headers.
type Encoded = (Vec<u8>, Vec<(&'static str, Vec<u8>)>);

/// An event in one of the encodings.
fn encoded(event: &Event<'_>, way: usize) -> Encoded {
    let id = embedded_schema_id(event.event_type());
    let media = |media: &str| ("content-type", media.as_bytes().to_vec());
    match way % 4 {
        0 => (encode::avro(event, id), Vec::new()),
        1 => (encode::json(event), Vec::new()),
        2 => (encode::cloudevents_structured(event), vec![media("application/cloudevents+json; charset=UTF-8")]),
        _ => {
            let (mut headers, json) = encode::cloudevents_binary(event);
            let framed = encode::avro(event, id);
            let (payload, of) = match way / 4 % 3 {
                0 => (json, "application/json"),
                1 => (framed[5..].to_vec(), "application/avro"),
                _ => (framed, "application/octet-stream"),
            };
            headers.retain(|(name, _)| *name != "content-type");
            headers.push(media(of));
            (payload, headers)
        }
    }
}

/// Breaks a record in some way, of which some are harmless.
fn broken((mut payload, mut headers): Encoded, way: usize) -> Encoded {
    let at = way % payload.len().max(1);
    match way % 7 {
        0 => payload.truncate(at),
        1 => payload.extend(b" 1"),
        2 | 3 => payload.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << (way % 8)),
        4 => payload.iter_mut().skip(4).take(1).for_each(|byte| *byte = (way % 9) as u8),
        5 => drop(headers.pop()),
        _ => headers.insert(0, ("__value_schema_id", vec![1; 17 - way % 2])),
    }
    (payload, headers)
}

#[test]
fn every_encoding_is_read_as_the_reference_reads_it() {
    hold(3, |case| {
        let (mut product, mut recount) = (Product::running(&case.options), recount(&case.options, Keep::ALL, LIMITS));
        let (zone, now) = (Zone::named(&case.options.time_zone).unwrap(), Millis(case.options.now));
        let decoder = Decoder::new(zone.clone(), wire::Schemas::embedded());
        let mut sent_last = String::new();
        for (partition, offset, line) in lines(case) {
            let way = line.iter().fold(offset as usize, |way, byte| way.wrapping_mul(31).wrapping_add(usize::from(*byte)));
            let event = wire::read_line(line, &zone, now);
            // What is no event is sent as it is, to a topic that its bytes choose.
            let sent = event.as_ref().map_or_else(|_| (line.to_vec(), Vec::new()), |event| encoded(event, way / 64));
            let (payload, headers) = if way % 64 < 12 { broken(sent, way / 64) } else { sent };
            let own = event.as_ref().map_or(EventType::ALL[way % 5], Event::event_type);
            let topic = if way % 64 == 13 { EventType::ALL[way / 64 % 5] } else { own };
            let value = (way % 64 != 14).then_some(payload.as_slice());

            sent_last = format!("last record: {topic:?} {:?} {headers:?}", value.map(String::from_utf8_lossy));
            let pairs: Vec<(&str, &[u8])> = headers.iter().map(|(name, value)| (*name, value.as_slice())).collect();
            let message = Message { payload: value, timestamp: now, headers: pairs.as_slice() };
            let at = Position { source: SourcePartition { topic, partition }, offset };
            product.fold_event(at, decoder.decode(topic, &message));
            let headers = pairs.iter().map(|(name, value)| (*name, Some(*value))).collect();
            recount.record(topic.name(), partition, &Record { value, timestamp: Some(now.0), headers }, Scope::All);
        }
        let recounted = recount.finish();
        // A flipped bit may make two contents under one stamp: which counts only a hash of the product knows.
        let is_clear = recounted.ambiguous.is_empty();
        let mut found = different(&product.state(), &recounted, |what| is_clear || matches!(what, What::Records { .. }));
        if !found.is_empty() {
            found.push(sent_last);
        }
        found
    });
}

#[test]
fn repetitions_are_told_for_a_span_and_under_a_bound() {
    for seed in 0..500 {
        assert_eq!(repetitions::differences(seed), [""; 0], "seed {seed}");
    }
}

#[test]
fn both_know_the_same_currencies() {
    let letters = || (b'A'..=b'Z').map(char::from);
    let codes = letters().flat_map(|a| letters().flat_map(move |b| letters().map(move |c| format!("{a}{b}{c}"))));
    let options = Options::default();
    let (mut product, mut recount) = (Product::running(&options), recount(&options, Keep::ALL, LIMITS));
    for (offset, code) in (0..).zip(codes) {
        let row = format!(
            r#"{{"type":"ad-spend","event_id":"{code}","source":"s","occurred_at":"2025-02-01","platform":"meta","account":"{code}","spend_date":"2025-01-01","amount":1,"currency":"{code}"}}"#
        );
        product.fold(0, offset, row.as_bytes());
        recount.line(0, row.as_bytes(), options.now);
    }
    assert!(product.counts().accepted > 280 && "PLN".parse::<Currency>().is_ok(), "{:?}", product.counts());
    assert_eq!(different(&product.state(), &recount.finish(), |what| !matches!(what, What::Records { .. })), [""; 0]);
}

#[test]
fn what_differs_is_told_with_the_entity_behind_it() {
    let deal = |id: &str, revision: u32, amount: u32| {
        format!(
            r#"{{"type":"deal-closed","event_id":"{id}{revision}","source":"crm","occurred_at":"2025-02-01","revision":{revision},"deal_id":"{id}","status":"won","closed_at":"2025-01-01","deal_type":"renewal","amount":{amount},"currency":"EUR"}}"#
        )
    };
    let options = Options::default();
    let (mut product, mut recount) = (Product::running(&options), recount(&options, Keep::ALL, LIMITS));
    for (offset, line) in (0..).zip([deal("D-1", 1, 100), deal("D-2", 1, 50), deal("D-1", 2, 175)]) {
        recount.line(0, line.as_bytes(), options.now);
        // The correction never reached the instance.
        if offset < 2 {
            product.fold(0, offset, line.as_bytes());
        }
    }
    let found = verify::compare(&product.state(), &recount.finish(), &Reach::default(), 1);
    assert_eq!((found.differences.len(), found.more, found.is_proof()), (1, 1, false));
    let [difference] = &found.differences[..] else { panic!("one difference") };
    assert_eq!(difference.key.to_string(), "book: won_value EUR on 2025-01-01, (unattributed) / (none) / (none)");
    assert_eq!((difference.instance.n, difference.reference.n), (150_000_000, 225_000_000));
    let [behind] = &difference.entities[..] else { panic!("one entity: {:?}", difference.entities) };
    assert_eq!((behind.entity.as_str(), behind.instance, behind.reference), ("deal D-1", 100_000_000, 175_000_000));
}
