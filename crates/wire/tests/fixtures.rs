//! Avro that others wrote: Apache's libraries for Java and Python, and fastavro. `tests/fixtures/avro` has the scripts.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use std::{fs, path::PathBuf};

use model::{Event, EventType, Millis, Zone};
use wire::{Decoder, Message, SchemaId, Schemas, read_line};

const NOW: Millis = Millis(1_772_618_400_000);
const ID: u32 = 1042;

/// The schemas' files.
fn schemas() -> Vec<PathBuf> {
    let folder = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/avro")).unwrap();
    let files = folder.map(|entry| entry.unwrap().path());
    files.filter(|file| file.extension().is_some_and(|of| of == "avsc")).collect()
}

/// What the line beside a schema says: its type, and the event or the reason why it is refused.
fn wanted(line: &str) -> (EventType, Result<Event<'_>, String>) {
    let json: serde_json::Value = serde_json::from_str(line).unwrap();
    let text = |key: &str| json.get(key).map(|value| value.as_str().unwrap().to_owned());
    let of = EventType::named(&text("type").unwrap()).unwrap();
    (of, text("refused").map_or_else(|| Ok(read_line(line.as_bytes(), &Zone::utc(), NOW).unwrap()), Err))
}

#[test]
fn what_others_write_is_read() {
    let mut read = 0;
    for schema in schemas() {
        let mut known = Schemas::embedded();
        known.insert(SchemaId::Number(ID), &fs::read_to_string(&schema).unwrap()).unwrap();
        let decoder = Decoder::new(Zone::utc(), known);
        let line = fs::read_to_string(schema.with_extension("json")).unwrap();
        let (of, wanted) = wanted(line.trim());
        for library in ["java", "python", "fastavro"] {
            let datum = fs::read(schema.with_extension(format!("{library}.bin"))).unwrap();
            let payload = [&[0], ID.to_be_bytes().as_slice(), &datum].concat();
            let got = decoder.decode(of, &Message { payload: Some(&payload), timestamp: NOW, headers: () });
            let got = got.map_err(|refusal| refusal.reason.code().to_owned());
            assert_eq!(got, wanted, "{} by {library}", schema.display());
            read += 1;
        }
    }
    assert!(read >= 30, "{read} fixtures");
}

fn one(schema: &str, datum: &[u8]) -> Result<String, String> {
    let mut known = Schemas::embedded();
    known.insert(SchemaId::Number(ID), schema).map_err(|error| error.to_string())?;
    let decoder = Decoder::new(Zone::utc(), known);
    let payload = [&[0], ID.to_be_bytes().as_slice(), datum].concat();
    let event = decoder.decode(EventType::DealClosed, &Message { payload: Some(&payload), timestamp: NOW, headers: () });
    let Event::Deal(deal) = event.map_err(|refusal| refusal.to_string())? else { panic!("a deal") };
    Ok(deal.facts.and_then(|facts| facts.amount).map(|(amount, _)| amount.to_string()).unwrap_or_default())
}

/// A deal whose amount is of a type, with bytes of it.
fn amount(of: &str, bytes: &[u8]) -> Result<String, String> {
    let schema = format!(
        r#"{{"type":"record","name":"Deal","fields":[{{"name":"event_id","type":"string"}},{{"name":"source","type":"string"}},
            {{"name":"occurred_at","type":{{"type":"int","logicalType":"date"}}}},{{"name":"deal_id","type":"string"}},{{"name":"status","type":"string"}},
            {{"name":"currency","type":"string"}},{{"name":"amount","type":{of}}}]}}"#
    );
    one(&schema, &[b"\x02e\x02s\xc4\xc0\x02\x02d\x08open\x06EUR", bytes].concat())
}

#[test]
fn binary_amounts_are_what_they_show() {
    let refused = Err("bad_value: field `amount`: not a decimal amount of up to 14 digits before the point".to_owned());
    for (number, shown) in [
        (0.1, "0.10"),
        (0.1 + 0.2, "0.30"),
        (1e13, "10000000000000.00"),
        (-0.0, "0.00"),
        (123_456_789.123_456_7, "123456789.123457"),
        (2.675, "2.675"),
    ] {
        assert_eq!(amount(r#""double""#, &f64::to_le_bytes(number)), Ok(shown.to_owned()));
    }
    for number in [f64::NAN, f64::INFINITY, -f64::INFINITY, 1e14, f64::MAX] {
        assert_eq!(amount(r#""double""#, &number.to_le_bytes()), refused, "{number}");
    }
    assert_eq!(amount(r#""float""#, &0.1f32.to_le_bytes()), Ok("0.10".to_owned()));
    assert_eq!(amount(r#""float""#, &16_777_216.0f32.to_le_bytes()), Ok("16777216.00".to_owned()));
}

#[test]
fn what_a_type_does_not_stand_for_is_passed_over() {
    let refused = || Err("bad_value: field `amount`: not a decimal amount of up to 14 digits before the point".to_owned());
    // A scale above the precision, or none that is a number: plain bytes, as Avro wants it.
    for of in [
        r#"{"type":"bytes","logicalType":"decimal","precision":2,"scale":3}"#,
        r#"{"type":"bytes","logicalType":"decimal","precision":9,"scale":-1}"#,
        r#"{"type":"bytes","logicalType":"big-decimal"}"#,
        r#"{"type":"bytes","connect.parameters":{"scale":"2"}}"#,
    ] {
        assert_eq!(amount(of, b"\x02\x05"), refused(), "{of}");
    }
    assert_eq!(amount(r#"{"type":{"type":"bytes","logicalType":"decimal","precision":4,"scale":2}}"#, b"\x02\x05"), Ok("0.05".to_owned()));
    assert_eq!(amount(r#"{"type":"long","logicalType":"unheard-of"}"#, b"\x0a"), Ok("5.00".to_owned()));
    assert_eq!(amount(r#"{"type":"string","logicalType":"decimal","precision":4,"scale":2}"#, b"\x061.5"), Ok("1.50".to_owned()));
    let huge = r#"{"type":"bytes","connect.name":"org.apache.kafka.connect.data.Decimal","connect.parameters":{"scale":"400"}}"#;
    assert_eq!(amount(huge, b"\x02\x05"), Err("a decimal of scale 400: at most 38 is read".to_owned()));
}

#[test]
fn an_array_of_nothing_costs_no_more_than_its_message() {
    let nulls = r#"{"type":"array","items":{"type":"record","name":"Nothing","fields":[]}}"#;
    let announced = [b"\x80\x80\x80\x80\x80\x80\x80\x80\x40".as_slice(), b"\0"].concat();
    let begun = std::time::Instant::now();
    let refused = amount(nulls, &announced).unwrap_err();
    assert_eq!(refused, "undecodable: not Avro of its schema: more values than a message may expand to");
    assert!(begun.elapsed().as_secs() < 5);
}
