//! What a flood of campaigns, each another, may take: no more than the panes name, and no longer than they do.

use std::sync::Arc;

use engine::{Book, DedupLimits, Input, Position, Record, SourcePartition, Stream, keep_at};
use model::{
    Event, EventType, InteractionKind, LeadCreated, LeadFacts, Millis, Settings, SocialInteraction, WebVisit, When, Zone, event::Head, time::DAY_MS,
};
use panes::{Canonical, Dims, Measure, Panes, audience::FOLLOW_DIMS, panes::DIMS_PER_PANE};

const START: Millis = Millis(1_772_323_200_000);
const VISITS: SourcePartition = SourcePartition { topic: EventType::WebVisit, partition: 0 };
const SOCIAL: SourcePartition = SourcePartition { topic: EventType::SocialInteraction, partition: 0 };

fn head(n: usize, at: Millis) -> Head<'static> {
    Head { event_id: format!("e{n}").into(), source: "web".into(), occurred_at: When::At(at), revision: None }
}

/// Some number that looks like chance.
fn campaign(n: usize) -> String {
    format!("c{:x}", (n as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

fn visit(n: usize, at: Millis) -> Event<'static> {
    Event::Visit(WebVisit {
        head: head(n, at),
        visitor_id: None,
        action: None,
        channel: Some("email".into()),
        campaign: Some(campaign(n).into()),
        segment: None,
    })
}

fn follow(n: usize, at: Millis) -> Event<'static> {
    Event::Social(SocialInteraction {
        head: head(n, at),
        platform: "x".into(),
        kind: InteractionKind::Follow,
        count: 1,
        account: Some("acme".into()),
        post_id: None,
        channel: None,
        campaign: Some(campaign(n).into()),
        segment: None,
        lead_id: None,
        stat_date: None,
    })
}

fn lead(n: usize, revision: i64) -> Event<'static> {
    Event::Lead(LeadCreated {
        head: Head { revision: Some(revision), ..head(revision as usize, START) },
        lead_id: format!("L{n}").into(),
        facts: Some(LeadFacts {
            created_at: When::At(START),
            channel: Some("email".into()),
            campaign: Some(campaign(revision as usize).into()),
            segment: None,
            account_id: None,
            visitor_id: None,
            mql_at: None,
            sql_at: None,
            disqualified: false,
        }),
    })
}

fn stream(at: Millis, settings: &Arc<Settings>) -> Stream {
    Stream::new(settings.clone(), keep_at(at, settings), DedupLimits { span_ms: Some(DAY_MS), ids: 1000, clock_records: 100 })
}

fn fold(stream: &mut Stream, source: SourcePartition, offset: usize, event: Event<'static>) {
    let at = Position { source, offset: offset as i64 };
    stream.handle(Input::Records(&[Record { at, timestamp: Some(START), event: Ok(event) }.read(&Zone::utc())]), &mut Vec::new());
}

/// The sum of a measure in days or minutes, and under how many dimensions.
fn sum<'a>(panes: impl Iterator<Item = &'a Arc<panes::Pane>>, measure: Measure) -> (usize, i128) {
    let rows: Vec<i128> =
        panes.flat_map(|pane| pane.rows()).flat_map(|(_, row)| row.cells().iter().filter(|(of, _)| *of == measure).map(|(_, n)| *n)).collect();
    (rows.len(), rows.iter().sum())
}

#[test]
fn a_million_campaigns_take_no_more_than_a_day_may_name_and_every_visit_counts() {
    const FLOOD: usize = 1_000_000;
    let settings = Arc::new(Settings::default());
    let mut stream = stream(START, &settings);
    for n in 0..FLOOD {
        fold(&mut stream, VISITS, n, visit(n, START));
    }
    let panes = stream.panes();
    assert_eq!(panes.dims().len(), DIMS_PER_PANE + 1, "those of the day, and (other)");
    assert_eq!(sum(panes.days().values(), Measure::Visits), (DIMS_PER_PANE + 1, FLOOD as i128));
    assert_eq!(sum(panes.minutes().values(), Measure::Visits), (DIMS_PER_PANE + 1, FLOOD as i128), "minutes follow their day");
    let named = |n: usize| panes.dims().get(&Dims::new("email", &campaign(n), "(none)")).is_some();
    assert!((0..DIMS_PER_PANE).all(named) && !(DIMS_PER_PANE..FLOOD).any(named), "the first in the order of the log keep their names");
}

#[test]
fn tuples_are_forgotten_with_the_panes_that_named_them() {
    let settings = Arc::new(Settings::default());
    let mut stream = stream(START, &settings);
    let days = 6;
    for n in 0..days * 1000 {
        fold(&mut stream, VISITS, n, visit(n, START.plus((n / 1000) as i64 * DAY_MS)));
    }
    assert_eq!(stream.panes().dims().len(), days * 1000);
    let at = |days: i64| START.plus((days + 761) * DAY_MS);
    for day in 0..days as i64 + 4 {
        let before = (stream.panes().clone(), Canonical::of([stream.panes()]));
        stream.handle(Input::Tick { now: at(day) }, &mut Vec::new());
        let (panes, floor) = (stream.panes(), stream.panes().keep().days_from);
        let named = panes.days().len() * 1000;
        assert!(panes.dims().len() <= 2 * named.max(1024), "{} tuples, {named} of them named", panes.dims().len());
        let kept = |cells: Canonical| -> Vec<_> {
            cells.cells.into_iter().filter(|((pane, ..), _)| matches!(pane, panes::PaneId::Day(day) if *day >= floor)).collect()
        };
        assert!(kept(Canonical::of([panes])) == kept(before.1), "by name all is as it was");
        assert_eq!(panes.dims().generation() == before.0.dims().generation(), is_grown(&before.0, panes));
        // The spellings that are remembered are told by the new numbers.
        let (n, offset) = (days * 1000 - 1, days * 1000 + day as usize);
        fold(&mut stream, VISITS, offset, Event::Visit(WebVisit { head: head(offset, START.plus(5 * DAY_MS)), ..as_visit(n) }));
        assert_eq!(stream.panes().dims().get(&Dims::new("email", &campaign(n), "(none)")).is_some(), floor <= settings.zone.day_of(START).plus(5));
    }
    assert!(stream.panes().dims().generation() > 0 && stream.panes().days().is_empty());
}

fn as_visit(n: usize) -> WebVisit<'static> {
    let Event::Visit(visit) = visit(n, START) else { panic!("it is a visit") };
    visit
}

/// Whether a table has all that the one before it had, under the same numbers; else every pane must be another.
fn is_grown(before: &Panes, after: &Panes) -> bool {
    let is_same = before.dims().iter().zip(after.dims().iter()).all(|(a, b)| a == b) && before.dims().len() <= after.dims().len();
    let all_new = after.days().iter().all(|(day, pane)| before.days().get(*day).is_none_or(|old| !Arc::ptr_eq(old, pane)));
    assert!(is_same || all_new, "a table made anew numbers new panes only");
    is_same
}

#[test]
fn follows_of_days_long_gone_have_a_bound_of_their_own() {
    let settings = Arc::new(Settings::default());
    let today = START.plus(800 * DAY_MS);
    let fold_at = |now: Millis| {
        let mut stream = stream(now, &settings);
        (0..3 * FOLLOW_DIMS).for_each(|n| fold(&mut stream, SOCIAL, n, follow(n % (2 * FOLLOW_DIMS), START)));
        stream
    };
    let (of_today, of_then) = (fold_at(today), fold_at(START));
    assert_eq!(of_today.panes().dims().len(), FOLLOW_DIMS + 1);
    let follows = |stream: &Stream| Canonical::of([stream.panes()]).follows;
    // The last thousand come again within the span of repetitions or not, by the bound of identities: whatever, both alike.
    assert_eq!(follows(&of_today), follows(&of_then), "whether the day is still kept makes no difference");
    assert_eq!(follows(&of_today).len(), FOLLOW_DIMS + 1);
}

#[test]
fn a_lead_that_is_restated_again_and_again_leaves_nothing_behind() {
    let settings = Arc::new(Settings::default());
    let mut book = Book::new(settings.clone(), keep_at(START, &settings));
    let source = SourcePartition { topic: EventType::LeadCreated, partition: 0 };
    for n in 1..=60_000 {
        let at = Position { source, offset: n };
        book.handle(Input::Records(&[Record { at, timestamp: None, event: Ok(lead(n as usize % 3000, n)) }.read(&Zone::utc())]), &mut Vec::new());
        if n % 1000 == 0 {
            book.handle(Input::Tick { now: START }, &mut Vec::new());
        }
    }
    let tuples = book.panes().dims().len();
    assert!(tuples < 15_000, "{tuples} tuples for 3000 leads");
    let cells = Canonical::of([book.panes()]).cells;
    let leads = cells.iter().filter(|((pane, _, of), _)| matches!(pane, panes::PaneId::Day(_)) && *of == Measure::Leads);
    assert_eq!(leads.map(|(_, n)| n).sum::<i128>(), 3000);
    let last = |n: i64| Dims::new("email", &campaign(n as usize), "(none)");
    assert!((57_001..=60_000).all(|n| cells.keys().any(|(_, dims, _)| *dims == last(n))), "each is booked under its last campaign");
}
