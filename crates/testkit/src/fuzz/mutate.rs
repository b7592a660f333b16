//! Small changes to an input, each of them one that something in the field makes: a cut, a repetition, a number at its bound.

use crate::streams::Rng;

/// What a value may be by mistake, by malice, or by another's library.
const VALUES: &[&str] = &[
    "null",
    "\"\"",
    "0",
    "-0",
    "-1",
    "1e400",
    "1e-400",
    "1E+5",
    "0.1",
    "1.0",
    "-0.000001",
    "9223372036854775807",
    "-9223372036854775809",
    "18446744073709551616",
    "99999999999999",
    "100000000000000",
    "1772445600000",
    "\"1772445600000\"",
    "\"1772445600\"",
    "253402300799999",
    "253402300800000",
    "true",
    "false",
    "[]",
    "{}",
    "[[[[]]]]",
    "{\"a\":{\"b\":[1,2]}}",
    "\"\\ud83d\"",
    "\"\\ud83d\\ude00\"",
    "\"\\u0000\"",
    "\"\\/\\b\\f\\n\\r\\t\"",
    "\"a\u{feff}b\"",
    "\"9999-12-31\"",
    "\"2026-02-30\"",
    "\"1989-12-31\"",
    "\"1990-01-01\"",
    "\"2026-03-29T02:30:00+01:00\"",
    "\"2026-03-02T23:59:60Z\"",
    "\"2026-03-02T10:00:00+0000\"",
    "\"2026-03-02T10:00:00.123456789-14:00\"",
    "\"2026-03-02\"",
    "\"won\"",
    "\"lost\"",
    "\"open\"",
    "\"deleted\"",
    "\"refunded\"",
    "\"audience\"",
    "\"follow\"",
    "\"EUR\"",
    "\"DEM\"",
    "\"eur\"",
    "\"1234.50\"",
    "\"-0.0000005\"",
    "\"99999999999999.9999999\"",
    "\"1e3\"",
    "\"lead-created\"",
    "\"com.acme.web-visit.v1\"",
    "\"1.0\"",
    "\"e30=\"",
    "\"AAAAAAUEZTE=\"",
    "\"newBusiness\"",
];

/// Names of fields, so that a field may come where none was.
const NAMES: &[&str] = &[
    "type",
    "event_id",
    "source",
    "occurred_at",
    "revision",
    "specversion",
    "data",
    "data_base64",
    "datacontenttype",
    "id",
    "time",
    "status",
    "amount",
    "currency",
    "closed_at",
    "opened_at",
    "lead_id",
    "created_at",
    "channel",
    "platform",
    "account",
    "spend_date",
    "stat_date",
    "kind",
    "count",
    "x_unknown",
    "\\u0074ype",
    "\\ud800",
    "logicalType",
    "connect.name",
    "aliases",
    "scale",
    "precision",
    "size",
    "namespace",
    "items",
    "fields",
];

/// Bytes that begin, end or announce something.
const BYTES: &[&[u8]] = &[
    b"\xef\xbb\xbf",
    b"\0",
    b"\xff",
    b"\x80",
    b"\xff\xff\xff\xff\x0f",
    b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
    b"\x01",
    b"\x02",
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b"\\",
    b",",
    b":",
    b"\n",
    b"\r\n",
    b" ",
    b"\t",
    b".",
    b"-",
    b"e",
    b"0",
    b"9",
    b"%00",
    b"&",
    b"=",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\xc0\xaf",
];

/// Makes one change.
pub fn mutate(input: &mut Vec<u8>, others: &[&[u8]], rng: &mut Rng) {
    let at = rng.below(input.len() + 1);
    match rng.below(16) {
        0..5 => value(input, at, rng),
        5 | 6 => field(input, at, rng),
        7 => flip(input, at, rng),
        8 => splice(input, at..at, rng.pick(BYTES)),
        9 => drop(input.drain(span(input, at, rng))),
        10 => {
            let again = input[span(input, at, rng)].repeat(1 + rng.below(3));
            splice(input, at..at, &again);
        }
        11 => {
            let other = rng.pick(others);
            let from = rng.below(other.len() + 1);
            let till = from + rng.below((other.len() - from).min(200) + 1);
            splice(input, at..at, &other[from..till]);
        }
        12 => input.truncate(at),
        13 => nested(input, at, rng),
        14 => long(input, at, rng),
        _ => digits(input, at, rng),
    }
}

fn splice(input: &mut Vec<u8>, at: std::ops::Range<usize>, with: &[u8]) {
    input.splice(at, with.iter().copied());
}

/// Some bytes from a place on.
fn span(input: &[u8], at: usize, rng: &mut Rng) -> std::ops::Range<usize> {
    at..at + rng.below((input.len() - at).min(64) + 1)
}

fn flip(input: &mut [u8], at: usize, rng: &mut Rng) {
    if let Some(byte) = input.get_mut(at) {
        *byte ^= 1 << rng.below(8);
    }
}

/// The value behind the next colon becomes another.
fn value(input: &mut Vec<u8>, at: usize, rng: &mut Rng) {
    if let Some(place) = next_value(input, at) {
        splice(input, place, rng.pick(VALUES).as_bytes());
    }
}

/// Where the value behind the next colon lies, as far as one sees without parsing.
fn next_value(input: &[u8], at: usize) -> Option<std::ops::Range<usize>> {
    let from = at + input.get(at..)?.windows(2).position(|two| two[0] == b'"' && two[1] == b':' || two == b": ")? + 2;
    let rest = &input[from..];
    let end = match rest.first() {
        Some(b'"') => rest.iter().skip(1).position(|byte| *byte == b'"').map(|end| end + 2),
        _ => rest.iter().position(|byte| matches!(byte, b',' | b'}' | b']')),
    };
    Some(from..from + end?)
}

/// One more field, before the next that there is.
fn field(input: &mut Vec<u8>, at: usize, rng: &mut Rng) {
    let Some(brace) = input.iter().skip(at).position(|byte| matches!(byte, b'{' | b',')) else { return };
    let field = format!("\"{}\":{}", rng.pick(NAMES), rng.pick(VALUES));
    let field = if input[at + brace] == b'{' { format!("{field},") } else { format!(",{field}") };
    let place = if input[at + brace] == b'{' { at + brace + 1 } else { at + brace };
    splice(input, place..place, field.as_bytes());
}

/// A value within many brackets.
fn nested(input: &mut Vec<u8>, at: usize, rng: &mut Rng) {
    let Some(place) = next_value(input, at) else { return };
    let depth = rng.pick(&[1, 2, 63, 64, 65, 127, 128, 129, 5_000]);
    let (open, close) = rng.pick(&[("[", "]"), ("{\"a\":", "}")]);
    let held = String::from_utf8_lossy(&input[place.clone()]).into_owned();
    splice(input, place, format!("{}{held}{}", open.repeat(depth), close.repeat(depth)).as_bytes());
}

/// Something very long.
fn long(input: &mut Vec<u8>, at: usize, rng: &mut Rng) {
    let what = rng.pick(&[&b"9"[..], b"0", b"a", b"\xc3\xa9", b"\\u0061", b" ", b"\n", b"."]);
    let times = rng.pick(&[20, 300, 1023, 1025, 5_000]);
    splice(input, at..at, &what.repeat(times));
}

/// The next digit becomes others.
fn digits(input: &mut Vec<u8>, at: usize, rng: &mut Rng) {
    if let Some(digit) = input.iter().skip(at).position(u8::is_ascii_digit) {
        let others = rng.pick(&["", "00", "9", "-1", "1.", "1e9", "31", "60", "9999", "18446744073709551615"]);
        splice(input, at + digit..at + digit + 1, others.as_bytes());
    }
}
