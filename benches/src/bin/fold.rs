//! The pure fold alone: decoded social and web events a second, on one core.

use std::{sync::Arc, time::Duration};

use benches::{
    END, median_of, millions_a_second,
    table::{line, verdict},
    timed,
};
use engine::{DedupLimits, Input, Position, Record, SourcePartition, Stream, keep_at};
use model::{
    Event, Meaning, Settings, SocialInteraction, WebVisit, Zone,
    event::{Head, Text},
};

const EVENTS: u64 = 3_000_000;
/// Events that lie ready at a time, as those of a batch do when they come from the decoder.
const BATCH: usize = 256;
const HOUR: i64 = 3_600_000;

fn main() -> std::io::Result<()> {
    let settings = Arc::new(Settings { zone: Zone::named("Europe/Warsaw").unwrap_or_else(|_| Zone::utc()), ..Settings::default() });
    let took = median_of(3, || fold_all(&settings));
    let rate = millions_a_second(EVENTS, took);
    line("the fold of decoded interactions, one core", format!("{rate:.2} million events a second"), "", verdict("5 million", rate >= 5.0))
}

/// The time the fold takes for all events; making them does not count.
fn fold_all(settings: &Arc<Settings>) -> Duration {
    let limits = DedupLimits { span_ms: Some(24 * HOUR), ids: 5_000_000, clock_records: DedupLimits::CLOCK_RECORDS };
    let mut stream = Stream::new(settings.clone(), keep_at(END, settings), limits);
    let (mut effects, mut offset, mut took) = (Vec::new(), 0, Duration::ZERO);
    let mut events = simulator::flood(1, EVENTS, END);
    loop {
        let batch: Vec<Event<'static>> = events.by_ref().take(BATCH).collect();
        if batch.is_empty() {
            break;
        }
        let records: Vec<Record<Meaning<'_>>> = (offset..).zip(&batch).map(|(offset, event)| record(offset, event, &settings.zone)).collect();
        offset += records.len() as i64;
        let ((), passed) = timed(|| stream.handle(Input::Records(&records), &mut effects));
        took += passed;
    }
    assert_eq!(stream.counts().accepted, EVENTS, "every event is new");
    took
}

fn record<'a>(offset: i64, event: &'a Event<'static>, zone: &Zone) -> Record<Meaning<'a>> {
    let source = SourcePartition { topic: event.event_type(), partition: 0 };
    Record { at: Position { source, offset }, timestamp: Some(END), event: Ok(borrowed(event)) }.read(zone)
}

/// The event with its texts borrowed, as a decoder hands it over.
fn borrowed<'a>(event: &'a Event<'static>) -> Event<'a> {
    let head = |head: &'a Head<'static>| Head {
        event_id: (&*head.event_id).into(),
        source: (&*head.source).into(),
        occurred_at: head.occurred_at,
        revision: head.revision,
    };
    let text = |text: &'a Option<Text<'static>>| text.as_deref().map(Text::from);
    match event {
        Event::Visit(e) => Event::Visit(WebVisit {
            head: head(&e.head),
            visitor_id: e.visitor_id.as_deref().map(Into::into),
            action: text(&e.action),
            channel: text(&e.channel),
            campaign: text(&e.campaign),
            segment: text(&e.segment),
        }),
        Event::Social(e) => Event::Social(SocialInteraction {
            head: head(&e.head),
            platform: (&*e.platform).into(),
            kind: e.kind,
            count: e.count,
            account: text(&e.account),
            post_id: text(&e.post_id),
            channel: text(&e.channel),
            campaign: text(&e.campaign),
            segment: text(&e.segment),
            lead_id: e.lead_id.as_deref().map(Into::into),
            stat_date: e.stat_date,
        }),
        entity => entity.clone(),
    }
}
