//! The forms of a report, as they are read.

use std::sync::Arc;

use expect_test::{Expect, expect};
use kpis::{Aim, DataState, Effect, Group, Kpi, Number, Row, Unconverted, Undefined};
use model::{Day, Micros, Millis, Reason, Rejection, Zone};

use super::*;

const PLN: &str = "PLN";

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

fn row(kpi: Kpi, group: Group, value: Result<Number, Undefined>) -> Row {
    let zone = Zone::named("Europe/Warsaw").unwrap();
    Row {
        kpi,
        window: "this_month".into(),
        start: zone.first_instant(day("2026-03-01")),
        end: zone.first_instant(day("2026-03-31")),
        group: Arc::new(group),
        value,
        numerator: value.ok(),
        denominator: None,
        sample_size: Some(1174),
        interval: None,
        aim: Aim::default(),
    }
}

fn evaluation() -> Evaluation {
    let total = Group::default;
    let channel = |name: &str| Group { channel: Some(name.into()), ..Group::default() };
    let ratio = |row: Row, numerator, denominator| Row { numerator: Some(numerator), denominator: Some(denominator), ..row };
    let zone = Zone::named("Europe/Warsaw").unwrap();
    let cac = Row {
        end: zone.first_instant(day("2026-03-29")),
        interval: Some((441.8, 1694.3)),
        ..ratio(row(Kpi::CacBlended, total(), Ok(Number::Real(812.5))), Number::Money(Micros(8_125_000_000)), Number::Count(10))
    };
    let minutes = Row {
        window: "1h".into(),
        start: Millis(1_774_858_440_000),
        end: Millis(1_774_862_040_000),
        ..row(Kpi::Leads, total(), Ok(Number::Count(3)))
    };
    let rows = vec![
        row(Kpi::Leads, total(), Ok(Number::Count(1174))),
        Row {
            aim: Aim { target: Some(1.3e6), attainment: Some(0.9496676), pace: Some(1.02), projected: Some(1_326_000.0) },
            ..row(Kpi::WonValue, total(), Ok(Number::Money(Micros(1_234_567_891_234))))
        },
        Row {
            interval: Some((0.1234, 0.163)),
            ..ratio(row(Kpi::ConversionCohort, total(), Ok(Number::Real(0.142249))), Number::Count(167), Number::Count(1174))
        },
        ratio(row(Kpi::CycleMean, total(), Ok(Number::Real(4_247_472.25))), Number::Real(169_898_890.0), Number::Count(40)),
        Row { numerator: None, sample_size: None, ..row(Kpi::RoiPeriod, total(), Err(Undefined::NoMargin)) },
        cac,
        row(Kpi::Leads, channel("paid, \"social\""), Ok(Number::Count(7))),
        row(Kpi::Spend, channel("paid, \"social\""), Ok(Number::Money(Micros(-500_000)))),
        row(Kpi::Leads, channel("x\ty"), Ok(Number::Count(0))),
        minutes,
    ];
    Evaluation {
        as_of: Millis(1_774_862_000_000),
        time_zone: "Europe/Warsaw".to_owned(),
        currency: PLN.parse().unwrap(),
        spend_complete_through: Some(day("2026-03-28")),
        spend_reported: vec![],
        rows: rows.into(),
        effects: ["email", "x\ty"]
            .map(|channel| Effect {
                kpi: Kpi::CacBlended,
                window: "this_month".into(),
                before: "last_month_to_date".into(),
                channel: channel.into(),
                mix: Some(-3.125),
                rate: (channel == "email").then_some(12.5),
            })
            .into_iter()
            .collect(),
        data_state: DataState {
            deals_without_amount: 12,
            wins_without_cycle: 1,
            conversion_within_horizon: Some(0.97),
            unconverted: vec![Unconverted { measure: "won_value", currency: "JPY".parse().unwrap(), amount: Micros(100_000_000) }],
        },
    }
}

fn counts() -> EventCounts {
    let mut counts = EventCounts { accepted: 8842, duplicate: 3, ..EventCounts::default() };
    counts.rejected[Reason::BadValue as usize] = 2;
    counts
}

fn check(format: Format, expected: Expect) {
    let mut out = Vec::new();
    write(&mut out, format, &evaluation(), &counts()).unwrap();
    let out = String::from_utf8(out).unwrap();
    // CSV's line ends are its own; a source file has none such.
    assert_eq!(out.matches("\r\n").count(), if format == Format::Csv { out.lines().count() } else { 0 });
    expected.assert_eq(&out.replace("\r\n", "\n"));
}

/// KPI M5
#[test]
fn the_table_is_for_people() {
    check(
        Format::Table,
        expect![[r#"
            KPIs as of 2026-03-30T09:13:20Z (Europe/Warsaw); money in PLN; spend is complete through 2026-03-28
            Events: 8,842 accepted, 3 duplicate, 0 stale, 2 rejected (bad_value 2)

            this_month: 2026-03-01 to 2026-03-30
              kpi                                value                95% interval  sample  numerator / denominator          target (attained)            projected (pace)  note
              leads                              1,174                           -   1,174                        -                          -                           -
              won_value               1,234,567.89 PLN                           -   1,174                        -  1,300,000.00 PLN (94.97%)  1,326,000.00 PLN (102.00%)
              lead_conversion cohort            14.22%            12.34% to 16.30%   1,174              167 / 1,174                          -                           -
              sales_cycle mean                  49d 4h                           -   1,174          1,966d 10h / 40                          -                           -
              roi period                             -                           -       -                        -                          -                           -  no_margin
              cac blended                   812.50 PLN  441.80 PLN to 1,694.30 PLN   1,174        8,125.00 PLN / 10                          -                           -  covers 2026-03-01 to 2026-03-28

            this_month by channel: 2026-03-01 to 2026-03-30
              channel         kpi        value  95% interval  sample  numerator / denominator  note
              paid, "social"  leads          7             -   1,174                        -
                              spend  -0.50 PLN             -   1,174                        -
              x�y             leads          0             -   1,174                        -

            1h: 2026-03-30T08:14:00Z to 2026-03-30T09:14:00Z
              kpi    value  95% interval  sample  numerator / denominator  note
              leads      3             -   1,174                        -

            What moved in this_month since last_month_to_date, by channel
              kpi          channel  by its share  by its own ratio
              cac blended  email       -3.12 PLN        +12.50 PLN
                           x�y         -3.12 PLN                 -

            Left out: 12 won deals without an amount, 1 new-business win without a cycle
            Conversions within the horizon: 97.00%
            Not converted, for want of a rate: 100 JPY of won_value
        "#]],
    );
}

/// KPI M5
#[test]
fn csv_has_all_digits() {
    check(
        Format::Csv,
        expect![[r#"
            kpi,variant,window,window_start,window_end,channel,campaign,segment,value,reason,numerator,denominator,sample_size,lower,upper,currency,target,attainment,pace,projected
            leads,,this_month,2026-02-28T23:00:00Z,2026-03-30T22:00:00Z,,,,1174,,1174,,1174,,,,,,,
            won_value,,this_month,2026-02-28T23:00:00Z,2026-03-30T22:00:00Z,,,,1234567.891234,,1234567.891234,,1174,,,PLN,1300000,0.9496676,1.02,1326000
            lead_conversion,cohort,this_month,2026-02-28T23:00:00Z,2026-03-30T22:00:00Z,,,,0.142249,,167,1174,1174,0.1234,0.163,,,,,
            sales_cycle,mean,this_month,2026-02-28T23:00:00Z,2026-03-30T22:00:00Z,,,,4247472.25,,169898890,40,1174,,,,,,,
            roi,period,this_month,2026-02-28T23:00:00Z,2026-03-30T22:00:00Z,,,,,no_margin,,,,,,,,,,
            cac,blended,this_month,2026-02-28T23:00:00Z,2026-03-28T23:00:00Z,,,,812.5,,8125.00,10,1174,441.8,1694.3,PLN,,,,
            leads,,this_month,2026-02-28T23:00:00Z,2026-03-30T22:00:00Z,"paid, ""social""",,,7,,7,,1174,,,,,,,
            spend,,this_month,2026-02-28T23:00:00Z,2026-03-30T22:00:00Z,"paid, ""social""",,,-0.50,,-0.50,,1174,,,PLN,,,,
            leads,,this_month,2026-02-28T23:00:00Z,2026-03-30T22:00:00Z,x	y,,,0,,0,,1174,,,,,,,
            leads,,1h,2026-03-30T08:14:00Z,2026-03-30T09:14:00Z,,,,3,,3,,1174,,,,,,,
        "#]],
    );
}

#[test]
fn json_is_the_contracts() {
    let mut out = Vec::new();
    write(&mut out, Format::Json, &evaluation(), &counts()).unwrap();
    let read: serde_json::Value = serde_json::from_slice(&out).unwrap();
    assert_eq!(read["kpis"].as_array().unwrap().len(), 10);
    assert_eq!((&read["events"]["accepted"], &read["events"]["rejected"]["bad_value"]), (&8842.into(), &2.into()));
    assert_eq!(out.last(), Some(&b'\n'));
}

#[test]
fn refused_lines_are_named_then_counted() {
    let mut rejections = Rejections::default();
    let files = ["a.ndjson".into(), "b.ndjson".into()];
    assert!(rejections.lines(&files).is_empty());
    for line in 1..=6 {
        rejections.note(
            usize::from(line > 3),
            line,
            Rejection::new(if line == 2 { Reason::TooLarge } else { Reason::BadTime }, "field `created_at`: not a time"),
        );
    }
    expect![[r#"
        a.ndjson:1: bad_time: field `created_at`: not a time
        a.ndjson:2: too_large: field `created_at`: not a time
        a.ndjson:3: bad_time: field `created_at`: not a time
        b.ndjson:4: bad_time: field `created_at`: not a time
        b.ndjson:5: bad_time: field `created_at`: not a time
        ...
        6 rejected lines: bad_time 5, too_large 1"#]]
    .assert_eq(&rejections.lines(&files).join("\n"));
}
