//! The report as CSV (RFC 4180): a header, a row for each KPI, numbers in full precision.

use std::{
    borrow::Cow,
    io::{self, Write},
};

use kpis::{Evaluation, Number, Row, Unit};

const HEADER: [&str; 15] = [
    "kpi",
    "variant",
    "window",
    "window_start",
    "window_end",
    "channel",
    "campaign",
    "segment",
    "value",
    "reason",
    "numerator",
    "denominator",
    "sample_size",
    "lower",
    "upper",
];

/// Behind what was there first, so that columns keep their places.
const AIM: [&str; 4] = ["target", "attainment", "pace", "projected"];

/// Writes the rows of an evaluation.
pub fn write(out: &mut impl Write, evaluation: &Evaluation) -> io::Result<()> {
    let money = evaluation.currency.code();
    write_record(out, HEADER.into_iter().chain(["currency"]).chain(AIM))?;
    for row in evaluation.rows.iter() {
        let currency = if row.kpi.unit() == Unit::Money { money } else { "" };
        let aim = [row.aim.target, row.aim.attainment, row.aim.pace, row.aim.projected].map(real);
        write_record(out, fields(row).iter().map(AsRef::as_ref).chain([currency]).chain(aim.iter().map(AsRef::as_ref)))?;
    }
    Ok(())
}

fn fields(row: &Row) -> [Cow<'_, str>; 15] {
    let exact = |number: Option<Number>| number.map_or(Cow::Borrowed(""), |number| Cow::Owned(digits(number)));
    let group = &row.group;
    [
        Cow::Borrowed(row.kpi.name()),
        Cow::Borrowed(row.kpi.variant().unwrap_or_default()),
        Cow::Borrowed(&row.window),
        Cow::Owned(row.start.to_string()),
        Cow::Owned(row.end.to_string()),
        no_formula(group.channel.as_deref().unwrap_or_default()),
        no_formula(group.campaign.as_deref().unwrap_or_default()),
        no_formula(group.segment.as_deref().unwrap_or_default()),
        exact(row.value.ok()),
        Cow::Borrowed(row.value.err().map_or("", kpis::Undefined::code)),
        exact(row.numerator),
        exact(row.denominator),
        row.sample_size.map_or(Cow::Borrowed(""), |n| Cow::Owned(n.to_string())),
        real(row.interval.map(|(lower, _)| lower)),
        real(row.interval.map(|(_, upper)| upper)),
    ]
}

fn real(number: Option<f64>) -> Cow<'static, str> {
    number.map_or(Cow::Borrowed(""), |x| Cow::Owned(x.to_string()))
}

/// A text from outside as a spreadsheet shows it and does not work it out: one that begins like a formula gets an apostrophe in front. What
/// is in front of a formula is often not looked at: blanks, and a byte-order mark.
fn no_formula(text: &str) -> Cow<'_, str> {
    let begins = |c: char| matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠');
    let after_blanks = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    if text.starts_with(['\t', '\r', '\n']) || after_blanks.starts_with(begins) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// All digits of a number: of an amount the exact ones, of a float the shortest that read back as it.
fn digits(number: Number) -> String {
    match number {
        Number::Count(n) => n.to_string(),
        Number::Money(amount) => amount.to_string(),
        Number::Real(x) => x.to_string(),
    }
}

fn write_record<'a>(out: &mut impl Write, fields: impl Iterator<Item = &'a str>) -> io::Result<()> {
    for (at, field) in fields.enumerate() {
        if at > 0 {
            out.write_all(b",")?;
        }
        if field.contains(['"', ',', '\r', '\n']) {
            write!(out, "\"{}\"", field.replace('"', "\"\""))?;
        } else {
            out.write_all(field.as_bytes())?;
        }
    }
    out.write_all(b"\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_from_outside_is_a_formula() {
        for text in ["=cmd|'/c calc'!A0", "+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u{feff}=1", "＝1"] {
            assert_eq!(no_formula(text), format!("'{text}"), "{text:?}");
        }
        for text in ["", "email", "a=b", "(none)", "2026-03", "'=1"] {
            assert_eq!(no_formula(text), text);
        }
        let mut out = Vec::new();
        write_record(&mut out, [&*no_formula("=HYPERLINK(\"x\",\"y\")"), "-0.50"].into_iter()).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\",-0.50\r\n");
    }
}
