//! Bytes of memory for each open lead, from a million of them: the growth of the process's resident memory.

use std::sync::Arc;

use benches::END;
use engine::{Book, Input, Position, Record, SourcePartition, keep_at};
use model::{Event, EventType, LeadCreated, LeadFacts, Settings, When, event::Head, time::DAY_MS};

const LEADS: usize = 1_000_000;
const CHANNELS: [&str; 5] = ["paid_search", "paid_social", "organic_search", "email", "referral"];

fn main() -> std::io::Result<()> {
    let settings = Arc::new(Settings::default());
    let mut book = Book::new(settings.clone(), keep_at(END, &settings));
    let mut effects = Vec::new();
    let before = resident_bytes()?;
    for n in 0..LEADS {
        let source = SourcePartition { topic: EventType::LeadCreated, partition: 0 };
        let at = Position { source, offset: n as i64 };
        book.handle(Input::Records(&[Record { at, timestamp: END, event: Ok(lead(n)) }]), &mut effects);
    }
    let after = resident_bytes()?;
    println!("memory: {} bytes for each of {LEADS} open leads", (after - before) / LEADS);
    drop(book);
    Ok(())
}

/// A lead as a CRM would have it: a UUID for its event, an id of its own, an account.
fn lead(n: usize) -> Event<'static> {
    let created_at = When::At(END.plus(-((n as i64 * 7919) % (90 * DAY_MS))));
    Event::Lead(LeadCreated {
        head: Head {
            event_id: format!("{:08x}-5b1c-4c7e-9d53-{:012x}", n * 2_654_435_761 % 0xFFFF_FFFF, n).into(),
            source: "crm".into(),
            occurred_at: created_at,
            revision: None,
        },
        lead_id: format!("crm:{:010}", n * 7919 % 10_000_000_000).into(),
        facts: Some(LeadFacts {
            created_at,
            channel: CHANNELS.get(n % CHANNELS.len()).map(|c| (*c).into()),
            campaign: Some(format!("campaign-{}", n % 20).into()),
            segment: Some("smb".into()),
            account_id: None,
            visitor_id: None,
            mql_at: Some(created_at),
            sql_at: None,
            disqualified: false,
        }),
    })
}

fn resident_bytes() -> std::io::Result<usize> {
    let statm = std::fs::read_to_string("/proc/self/statm")?;
    let pages: usize = statm.split_whitespace().nth(1).and_then(|pages| pages.parse().ok()).unwrap_or_default();
    Ok(pages * 4096)
}
