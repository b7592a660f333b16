//! What lies below the floor is not shown, and what is forgotten there changes nothing above it.

use std::sync::Arc;

use engine::{Book, Input, Position, Record, SourcePartition, keep_at};
use model::{Day, Millis, Settings, When};
use panes::{Canonical, Measure, PaneId};

fn instant(text: &str) -> Millis {
    match When::parse(text) {
        Ok(When::At(at)) => at,
        other => panic!("{text} is no instant: {other:?}"),
    }
}

/// Folds lines whose offsets go on from one.
fn fold(book: &mut Book, settings: &Settings, from: usize, lines: &[&str]) {
    for (offset, line) in (from..).zip(lines) {
        let event = wire::read_line(line.as_bytes(), &settings.zone, instant("2028-06-01T12:00:00Z"));
        let topic = event.as_ref().map(|event| event.event_type()).unwrap_or_else(|rejection| panic!("{line}: {rejection}"));
        let at = Position { source: SourcePartition { topic, partition: 0 }, offset: offset as i64 };
        book.handle(Input::Records(&[Record { at, timestamp: None, event }.read(&settings.zone)]), &mut Vec::new());
    }
}

/// The sum of a measure over all days.
fn days(book: &Book, measure: Measure) -> i128 {
    let cells = Canonical::of([book.panes()]).cells;
    cells.iter().filter(|((pane, _, of), _)| matches!(pane, PaneId::Day(_)) && *of == measure).map(|(_, n)| n).sum()
}

const OLD: [&str; 4] = [
    r#"{"type":"lead-created","event_id":"1","source":"crm","occurred_at":"2026-01-05T10:00:00Z","lead_id":"L1","created_at":"2026-01-05T10:00:00Z","account_id":"A"}"#,
    r#"{"type":"deal-closed","event_id":"2","source":"crm","occurred_at":"2026-01-10T10:00:00Z","deal_id":"D1","status":"won","closed_at":"2026-01-10T10:00:00Z","lead_id":"L1"}"#,
    r#"{"type":"lead-created","event_id":"3","source":"crm","occurred_at":"2026-01-06T10:00:00Z","lead_id":"L2","created_at":"2026-01-06T10:00:00Z"}"#,
    r#"{"type":"ad-spend","event_id":"4","source":"ads","occurred_at":"2026-01-06T10:00:00Z","platform":"meta","account":"a","spend_date":"2026-01-05","amount":"10","currency":"EUR"}"#,
];

#[test]
fn what_lies_below_the_floor_is_forgotten_but_not_who_was_a_customer() {
    let settings = Arc::new(Settings::default());
    let mut book = Book::new(settings.clone(), keep_at(instant("2026-02-01T00:00:00Z"), &settings));
    fold(&mut book, &settings, 0, &OLD);
    assert_eq!([Measure::Leads, Measure::Wins, Measure::Customers, Measure::SpendRows].map(|measure| days(&book, measure)), [2, 1, 1, 1]);

    book.handle(Input::Tick { now: instant("2028-06-01T12:00:00Z") }, &mut Vec::new());
    assert_eq!(book.panes().keep().days_from, Day::parse("2026-05-01").unwrap());
    assert_eq!(Canonical::of([book.panes()]), Canonical::default(), "nothing above the floor, so nothing at all");

    // The account bought before, so its next untyped win is a win and no new customer, floor or not.
    fold(
        &mut book,
        &settings,
        10,
        &[
            r#"{"type":"deal-closed","event_id":"5","source":"crm","occurred_at":"2028-05-30T10:00:00Z","deal_id":"D2","status":"won","closed_at":"2028-05-30T10:00:00Z","account_id":"A"}"#,
        ],
    );
    assert_eq!([Measure::Wins, Measure::Customers].map(|measure| days(&book, measure)), [1, 0]);

    // Restated, the old row still lies below the floor; refunded, the old deal makes way for the new one.
    fold(
        &mut book,
        &settings,
        20,
        &[
            r#"{"type":"ad-spend","event_id":"6","source":"ads","occurred_at":"2026-01-20T10:00:00Z","platform":"meta","account":"a","spend_date":"2026-01-05","amount":"12","currency":"EUR"}"#,
            r#"{"type":"deal-closed","event_id":"7","source":"crm","occurred_at":"2028-05-31T10:00:00Z","deal_id":"D1","status":"refunded","closed_at":"2028-05-31T10:00:00Z","lead_id":"L1"}"#,
        ],
    );
    assert_eq!([Measure::SpendRows, Measure::Wins, Measure::Customers].map(|measure| days(&book, measure)), [0, 1, 1]);
}

#[test]
fn a_deal_of_today_takes_the_channel_of_a_lead_of_years_ago_whatever_the_clock_was() {
    let settings = Arc::new(Settings::default());
    let lead = r#"{"type":"lead-created","event_id":"1","source":"crm","occurred_at":"2024-01-05T10:00:00Z","lead_id":"L1","created_at":"2024-01-05T10:00:00Z","channel":"email"}"#;
    let deal = r#"{"type":"deal-closed","event_id":"2","source":"crm","occurred_at":"2026-05-30T10:00:00Z","deal_id":"D1","status":"won","closed_at":"2026-05-30T10:00:00Z","lead_id":"L1"}"#;
    let now = instant("2026-06-01T12:00:00Z");
    let folded = |ticks: &[&str]| {
        let mut book = Book::new(settings.clone(), keep_at(instant(ticks[0]), &settings));
        fold(&mut book, &settings, 0, &[lead]);
        ticks.iter().for_each(|tick| book.handle(Input::Tick { now: instant(tick) }, &mut Vec::new()));
        fold(&mut book, &settings, 1, &[deal]);
        book.settle(now);
        Canonical::of([book.panes()])
    };
    // One ran all the time, one was started today, one has a clock that is a day ahead until it is set right.
    let ran = folded(&["2024-01-06T00:00:00Z", "2026-03-01T00:00:00Z", "2026-05-31T00:00:00Z"]);
    assert_eq!(ran, folded(&["2026-06-01T12:00:00Z"]));
    assert_eq!(ran, folded(&["2026-05-30T00:00:00Z", "2026-06-01T12:00:00Z"]));
    assert!(ran.cells.keys().any(|(_, dims, measure)| *measure == Measure::Wins && &*dims.channel == "email"), "{:?}", ran.cells);
}
