//! What ten million open leads cost: bytes of memory for each, and the times to capture, encode and restore them.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use benches::{
    END, resident_bytes,
    table::{line, verdict},
    timed,
};
use engine::keep_at;
use funnel::Funnel;
use model::{LeadCreated, LeadFacts, Settings, When, event::Head, time::DAY_MS};
use panes::Panes;
use pieces::{Mark, Piece, Pieces};

const LEADS: usize = 10_000_000;
/// Leads that change while a capture is held.
const CHANGES: usize = 10_000;
/// Leads of one account.
const LEADS_AN_ACCOUNT: usize = 3;
const CHANNELS: [&str; 5] = ["paid_search", "paid_social", "organic_search", "email", "referral"];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let settings = Arc::new(Settings::default());
    let (mut funnel, mut panes) = (Funnel::default(), Panes::new(keep_at(END, &settings)));
    let before = resident_bytes()?;
    for n in 0..LEADS {
        funnel.lead(&lead(n, None), &settings, &mut panes);
    }
    let after = resident_bytes()?;
    let bytes = (after - before) / LEADS;
    line(
        &format!("an open lead, {LEADS_AN_ACCOUNT} to an account"),
        format!("{bytes} bytes"),
        format!("of {LEADS} leads"),
        verdict("100", bytes <= 100),
    )?;

    let mut captured = Vec::new();
    let ((), took) = timed(|| funnel.capture(&mut captured));
    println!("capture: {} pieces in {took:.1?}", captured.len());
    let (pieces, took) = timed(|| encoded(&captured));
    let bytes: usize = pieces.values().map(Vec::len).sum();
    println!("encode: {:.0} MB in {took:.1?}", bytes as f64 / 1e6);

    let (restored, took) = timed(|| Funnel::restore(&pieces, &settings, panes.dims()));
    line(&format!("restore of {LEADS} leads"), format!("{took:.1?}"), "from pieces in memory", verdict("under 5 s", took.as_secs() < 5))?;
    drop((restored?, pieces));

    let mut changes: Vec<Duration> = (0..LEADS).step_by(LEADS / CHANGES).map(|n| change(&mut funnel, n, &settings, &mut panes)).collect();
    changes.sort();
    let slow = changes.get(CHANGES * 999 / 1000).copied().unwrap_or_default();
    println!("change after a capture: {slow:.1?} at the 99.9th percentile of {CHANGES} leads");

    captured.clear();
    funnel.capture(&mut captured);
    let marks: Vec<Mark> = captured.iter().map(Piece::mark).collect();
    drop(captured);
    change(&mut funnel, LEADS / 2 + 1, &settings, &mut panes);
    let mut captured = Vec::new();
    let ((), took) = timed(|| funnel.capture(&mut captured));
    let changed = captured.iter().zip(&marks).filter(|(piece, mark)| !piece.is_unchanged_since(mark)).count();
    println!("capture again: {changed} changed piece in {took:.1?}");
    Ok(())
}

fn encoded(captured: &[Piece]) -> Pieces {
    captured.iter().map(|piece| (piece.name().to_owned(), piece.encode())).collect()
}

fn change(funnel: &mut Funnel, n: usize, settings: &Settings, panes: &mut Panes) -> Duration {
    let event = lead(n, Some(END.0));
    let since = Instant::now();
    funnel.lead(&event, settings, panes);
    since.elapsed()
}

/// A lead as a CRM would have it: a UUID for its event, an id of its own, an account.
fn lead(n: usize, revision: Option<i64>) -> LeadCreated<'static> {
    let created_at = When::At(END.plus(-((n as i64 * 7919) % (90 * DAY_MS))));
    LeadCreated {
        head: Head {
            event_id: format!("{:08x}-5b1c-4c7e-9d53-{:012x}", n * 2_654_435_761 % 0xFFFF_FFFF, n).into(),
            source: "crm".into(),
            occurred_at: created_at,
            revision,
        },
        lead_id: format!("crm:{:010}", n * 7919 % 10_000_000_000).into(),
        facts: Some(LeadFacts {
            created_at,
            channel: CHANNELS.get(n % CHANNELS.len()).map(|c| (*c).into()),
            campaign: Some(format!("campaign-{}", n % 20).into()),
            segment: Some("smb".into()),
            account_id: Some(format!("crm:account:{:010}", n / LEADS_AN_ACCOUNT).into()),
            visitor_id: None,
            mql_at: Some(created_at),
            sql_at: None,
            disqualified: false,
        }),
    }
}
