//! Avro that does not say by which of our schemas it was written: the present one is tried before the earlier ones.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use model::{Event, EventType, Millis, Zone};
use wire::{Decoder, Message, Schemas, embedded_schema_id, encode, read_line};

const NOW: Millis = Millis(1_772_359_200_000);
const HEADERS: &[(&str, &[u8])] =
    &[("ce_specversion", b"1.0"), ("ce_id", b"e1"), ("ce_source", b"ads"), ("ce_type", b"ad-spend"), ("content-type", b"application/avro")];

/// A row of spend with some of what may be absent: a bit for each field.
fn line(some: usize) -> String {
    let optional = [
        r#""campaign":"c""#,
        r#""campaign_id":"7""#,
        r#""ad_group":"g""#,
        r#""ad_group_id":"8""#,
        r#""channel":"paid search""#,
        r#""segment":"s""#,
        r#""category":"tools""#,
        r#""impressions":1000000"#,
        r#""clicks":0"#,
        r#""status":"active""#,
    ];
    let given: String = optional.iter().enumerate().filter(|(n, _)| some >> n & 1 == 1).map(|(_, field)| format!(",{field}")).collect();
    format!(
        r#"{{"type":"ad-spend","event_id":"e1","source":"ads","occurred_at":"2026-02-01T10:00:00Z","platform":"google","account":"a","spend_date":"2026-01-31","amount":"12.5","currency":"EUR"{given}}}"#
    )
}

fn bare(event: &Event<'_>) -> Vec<u8> {
    encode::avro(event, embedded_schema_id(EventType::AdSpend)).split_off(5)
}

/// The bytes of a row by the schema that had no `ad`, `ad_id`, `breakdown` yet: of a row that has none, three nulls fewer.
fn earlier(event: &Event<'_>) -> Vec<u8> {
    let Event::Spend(spend) = event else { panic!("spend") };
    let (without, with) = (bare(event), bare(&Event::Spend(model::AdSpend { ad: Some("x".into()), ..spend.clone() })));
    let at = without.iter().zip(&with).position(|(a, b)| a != b).unwrap();
    [&without[..at], &without[at + 3..]].concat()
}

fn decode(payload: &[u8]) -> Result<Event<'static>, String> {
    let decoder = Decoder::new(Zone::utc(), Schemas::embedded());
    let message = Message { payload: Some(payload), timestamp: NOW, headers: HEADERS };
    decoder.decode(EventType::AdSpend, &message).map(Event::into_owned).map_err(|refusal| refusal.to_string())
}

#[test]
fn a_row_is_read_by_the_schema_that_it_was_written_by() {
    for some in 0..1 << 10 {
        let line = line(some);
        let event = read_line(line.as_bytes(), &Zone::utc(), NOW).unwrap();
        assert_eq!(decode(&bare(&event)).as_ref(), Ok(&event), "{line}");
        assert_eq!(decode(&earlier(&event)).as_ref(), Ok(&event), "{line}");
    }
}

#[test]
fn what_no_schema_reads_to_its_end_is_refused_as_the_present_one_has_it() {
    let line = line(0);
    let event = read_line(line.as_bytes(), &Zone::utc(), NOW).unwrap();
    let (present, earlier) = (bare(&event), earlier(&event));
    let refused = Err("undecodable: not Avro of its schema: ends within a value".to_owned());
    for cut in 1..earlier.len() {
        assert_eq!(decode(&earlier[..cut]), refused, "{cut}");
    }
    assert_eq!(decode(&[&present[..], &[0]].concat()), Err("undecodable: not Avro of its schema: 1 bytes after the last value".to_owned()));
    // Read to its end, it must be an event too.
    let mut bad = earlier;
    let at = bad.windows(3).position(|part| part == b"EUR").unwrap();
    bad[at..at + 3].copy_from_slice(b"eur");
    assert_eq!(decode(&bad), refused);
}
