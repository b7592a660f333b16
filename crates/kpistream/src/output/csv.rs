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

/// Writes the rows of an evaluation.
pub fn write(out: &mut impl Write, evaluation: &Evaluation) -> io::Result<()> {
    let money = evaluation.currency.code();
    write_record(out, HEADER.into_iter().chain(["currency"]))?;
    for row in &evaluation.rows {
        let currency = if row.kpi.unit() == Unit::Money { money } else { "" };
        write_record(out, fields(row).iter().map(AsRef::as_ref).chain([currency]))?;
    }
    Ok(())
}

fn fields(row: &Row) -> [Cow<'_, str>; 15] {
    let exact = |number: Option<Number>| number.map_or(Cow::Borrowed(""), |number| Cow::Owned(digits(number)));
    let limit = |limit: Option<f64>| limit.map_or(Cow::Borrowed(""), |x| Cow::Owned(x.to_string()));
    let group = &row.group;
    [
        Cow::Borrowed(row.kpi.name()),
        Cow::Borrowed(row.kpi.variant().unwrap_or_default()),
        Cow::Borrowed(&row.window),
        Cow::Owned(row.start.to_string()),
        Cow::Owned(row.end.to_string()),
        Cow::Borrowed(group.channel.as_deref().unwrap_or_default()),
        Cow::Borrowed(group.campaign.as_deref().unwrap_or_default()),
        Cow::Borrowed(group.segment.as_deref().unwrap_or_default()),
        exact(row.value.ok()),
        Cow::Borrowed(row.value.err().map_or("", kpis::Undefined::code)),
        exact(row.numerator),
        exact(row.denominator),
        row.sample_size.map_or(Cow::Borrowed(""), |n| Cow::Owned(n.to_string())),
        limit(row.interval.map(|(lower, _)| lower)),
        limit(row.interval.map(|(_, upper)| upper)),
    ]
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
