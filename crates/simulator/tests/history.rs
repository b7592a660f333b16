//! What a simulated history holds, and that it holds nothing else.

use std::collections::{BTreeMap, BTreeSet};

use expect_test::expect;
use model::{DealStatus, DealType, Event, InteractionKind, Millis, When, Zone};
use simulator::{Live, Options, Simulator, flood};

/// 2026-06-01T00:00:00Z.
const END: Millis = Millis(1_780_272_000_000);

fn history(seed: u64, days: u32) -> Vec<Event<'static>> {
    Simulator::new(Options::new(seed, days, END)).collect()
}

/// The instant of every date of an event.
fn dates(event: &Event<'_>, zone: &Zone) -> Vec<Millis> {
    let mut whens = vec![Some(event.head().occurred_at)];
    match event {
        Event::Lead(e) => whens.extend(e.facts.iter().flat_map(|f| [Some(f.created_at), f.mql_at, f.sql_at])),
        Event::Deal(e) => whens.extend(e.facts.iter().flat_map(|f| match f.status {
            DealStatus::Won(at) | DealStatus::Lost(at) => [f.opened_at, Some(at)],
            DealStatus::Open | DealStatus::Refunded => [f.opened_at, None],
        })),
        Event::Spend(e) => whens.push(Some(When::On(e.spend_date))),
        Event::Social(e) => whens.push(e.stat_date.map(When::On)),
        Event::Visit(_) => {}
    }
    whens.into_iter().flatten().map(|when| zone.instant(when)).collect()
}

/// The latest facts of a history, counted.
fn summary(events: &[Event<'_>]) -> String {
    let (mut leads, mut deals, mut rows) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut count = |what: String| *counts.entry(what).or_default() += 1;
    let mut visitors = BTreeSet::new();
    let mut ids = BTreeSet::new();
    for event in events {
        let head = event.head();
        let again = !ids.insert((head.source.clone(), head.event_id.clone()));
        count(format!("events: {}{}", event.event_type().name(), if again { ", again" } else { "" }));
        let revision = head.revision.unwrap_or(0);
        match event {
            Event::Lead(e) => later(&mut leads, e.lead_id.clone(), revision, e.facts.clone()),
            Event::Deal(e) => later(&mut deals, e.deal_id.clone(), revision, e.facts.clone()),
            Event::Spend(e) => {
                let key = (e.platform.clone(), e.account.clone(), e.campaign.clone(), e.ad_group.clone(), e.spend_date);
                later(&mut rows, key, revision, e.facts.clone());
            }
            Event::Social(e) => count(format!("social: {}{}", e.kind.word(), if e.stat_date.is_some() { " of a day" } else { "" })),
            Event::Visit(e) => {
                visitors.extend(e.visitor_id.clone());
                count(format!("visits: {}{}", e.action.as_deref().unwrap_or("plain"), if e.visitor_id.is_none() { ", unknown visitor" } else { "" }));
            }
        }
    }
    for (_, facts) in leads.values() {
        count(match facts {
            None => "leads: deleted".to_owned(),
            Some(f) if f.disqualified => "leads: disqualified".to_owned(),
            Some(f) => format!(
                "leads: {}",
                if f.sql_at.is_some() {
                    "sql"
                } else if f.mql_at.is_some() {
                    "mql"
                } else {
                    "raw"
                }
            ),
        });
    }
    for (_, facts) in deals.values() {
        let status = facts.as_ref().map_or("deleted", |f| match f.status {
            DealStatus::Open => "open",
            DealStatus::Won(_) if f.deal_type == Some(DealType::ExistingBusiness) => "won, existing business",
            DealStatus::Won(_) => "won",
            DealStatus::Lost(_) => "lost",
            DealStatus::Refunded => "refunded",
        });
        count(format!("deals: {status}"));
    }
    let spent: i128 = rows.values().filter_map(|(_, f)| f.as_ref()).map(|f| f.amount.0).sum();
    count(format!("spend in thousands: {}", spent / 1_000_000_000));
    count(format!("visitors: {}", visitors.len()));
    counts.iter().map(|(what, n)| format!("{n} {what}\n")).collect()
}

fn later<K: Ord, F>(entities: &mut BTreeMap<K, (i64, Option<F>)>, key: K, revision: i64, facts: Option<F>) {
    let latest = entities.get(&key).map_or(i64::MIN, |(known, _)| *known);
    if revision >= latest {
        entities.insert(key, (revision, facts));
    }
}

#[test]
fn ninety_days_hold_all_that_the_kpis_need() {
    expect![[r#"
        92 deals: lost
        22 deals: open
        1 deals: refunded
        70 deals: won
        32 deals: won, existing business
        15088 events: ad-spend
        63 events: ad-spend, again
        488 events: deal-closed
        3 events: deal-closed, again
        1987 events: lead-created
        3 events: lead-created, again
        11565 events: social-interaction
        44 events: social-interaction, again
        27368 events: web-visit
        109 events: web-visit, again
        9 leads: deleted
        55 leads: disqualified
        218 leads: mql
        480 leads: raw
        248 leads: sql
        178 social: audience of a day
        646 social: click
        296 social: click of a day
        1005 social: comment
        298 social: comment of a day
        248 social: follow
        4253 social: impression
        627 social: impression of a day
        94 social: intent
        1788 social: like
        303 social: like of a day
        939 social: reaction
        294 social: reaction of a day
        297 social: share
        294 social: share of a day
        49 social: unfollow
        1 spend in thousands: 238
        1 visitors: 7202
        442 visits: download
        89 visits: download, unknown visitor
        377 visits: form_submit
        21024 visits: plain
        4209 visits: plain, unknown visitor
        602 visits: pricing_view
        120 visits: pricing_view, unknown visitor
        511 visits: video_play
        103 visits: video_play, unknown visitor
    "#]]
    .assert_eq(&summary(&history(1, 90)));
}

#[test]
fn the_same_seed_gives_the_same_events() {
    assert_eq!(history(5, 10), history(5, 10));
    assert_ne!(history(5, 10), history(6, 10));
}

#[test]
fn nothing_is_dated_outside_the_history() {
    for name in ["UTC", "Europe/Warsaw", "America/Santiago", "Pacific/Apia"] {
        let zone = Zone::named(name).unwrap();
        let options = Options { zone: zone.clone(), ..Options::new(3, 45, END.plus(-5_000_000)) };
        let (first, end) = (zone.first_instant(options.first_recorded_day()), options.end);
        let web_from = zone.first_instant(options.first_day());
        for event in Simulator::new(options) {
            let from = if matches!(event, Event::Visit(_) | Event::Social(_)) { web_from } else { first };
            assert!(dates(&event, &zone).iter().all(|at| (from..end).contains(at)), "{name}: {event:?}");
        }
    }
}

#[test]
fn an_entity_is_dated_no_later_than_it_is_known() {
    let zone = Zone::utc();
    for event in history(4, 60) {
        let known = zone.instant(event.head().occurred_at);
        assert!(dates(&event, &zone).iter().all(|at| *at <= known), "{event:?}");
    }
}

#[test]
fn some_messages_come_after_later_ones_about_the_same() {
    let mut latest = BTreeMap::new();
    let stale = history(1, 90).into_iter().filter(|event| match event {
        Event::Spend(row) => {
            let key = (row.platform.clone(), row.campaign.clone(), row.ad_group.clone(), row.spend_date);
            let before = latest.insert(key, row.head.revision);
            before > Some(row.head.revision)
        }
        _ => false,
    });
    assert!(stale.count() > 5);
}

#[test]
fn scale_and_days_and_currencies_do_what_they_say() {
    let small = Simulator::new(Options { past_days: 0, ..Options::new(2, 20, END) }).count();
    let large = Simulator::new(Options { past_days: 0, scale: 4.0, ..Options::new(2, 20, END) }).count();
    assert!((2 * small..5 * small).contains(&large), "{small} {large}");
    assert_eq!(Simulator::new(Options { past_days: 0, ..Options::new(2, 0, END) }).count(), 0);

    let currencies = ["PLN", "USD", "JPY"].map(|code| code.parse().unwrap());
    let options = Options { currencies: currencies.to_vec(), ..Options::new(2, 60, END) };
    let mut used = BTreeSet::new();
    for event in Simulator::new(options) {
        match event {
            Event::Spend(e) => used.extend(e.facts.map(|f| f.currency)),
            Event::Deal(e) => used.extend(e.facts.and_then(|f| f.amount).map(|(_, currency)| currency)),
            _ => {}
        }
    }
    assert_eq!(used, currencies.into());
}

#[test]
fn live_goes_on_from_the_end_at_its_rate() {
    let history = Simulator::new(Options::new(1, 90, END));
    let (mut live, mut twin) = (Live::new(&history, 20.0), Live::new(&history, 20.0));
    let zone = Zone::utc();
    let past: Vec<_> = history.collect();
    let known: BTreeSet<_> = past.iter().map(|e| (e.head().source.clone(), e.head().event_id.clone())).collect();
    let mut events = Vec::new();
    for second in 1..=3_600 {
        let now = END.plus(second * 1_000);
        let batch = live.next_until(now);
        assert_eq!(batch, twin.next_until(now));
        assert!(batch.iter().flat_map(|event| dates(event, &zone)).all(|at| at <= now));
        events.extend(batch);
    }
    assert!((72_000..73_000).contains(&events.len()), "{}", events.len());
    assert!(events.iter().all(|e| !known.contains(&(e.head().source.clone(), e.head().event_id.clone()))), "ids are new");
    let won = events.iter().filter(|e| matches!(e, Event::Deal(d) if d.facts.as_ref().is_some_and(|f| matches!(f.status, DealStatus::Won(_)))));
    assert!((5..100).contains(&won.count()));
    assert!(live.next_until(END).is_empty(), "the clock went back");
    assert!(live.next_until(END.plus(86_400_000 * 30)).len() < 30_000, "a long pause is not made up for");
}

#[test]
fn a_flood_has_its_size_and_its_spread() {
    let events: Vec<_> = flood(1, 50_000, END).collect();
    assert_eq!(events.len(), 50_000);
    assert_eq!(events, flood(1, 50_000, END).collect::<Vec<_>>());
    let visitors: BTreeSet<_> = events.iter().filter_map(|e| if let Event::Visit(v) = e { v.visitor_id.clone() } else { None }).collect();
    assert!((5_000..=8_000).contains(&visitors.len()));
    let ids: BTreeSet<_> = events.iter().map(|e| e.head().event_id.clone()).collect();
    assert_eq!(ids.len(), events.len());
    let zone = Zone::utc();
    let days: BTreeSet<_> = events.iter().map(|e| zone.day(e.head().occurred_at)).collect();
    assert_eq!(days.len(), 3);
    assert!(events.iter().all(|e| zone.instant(e.head().occurred_at) < END));
    assert!(events.iter().any(|e| matches!(e, Event::Social(s) if s.kind == InteractionKind::Like)));
}

/// What each scenario changes, from its day on: customers by lead, spend, and the leads that say where they came from.
#[test]
fn scenarios_change_what_they_say_from_their_day_on() {
    use simulator::{Change, Scenario};
    let on = Zone::utc().day_of(END).plus(-200);
    let told = |change: Change| {
        let scenario = Some(Scenario { change, on, size: change.usual_size() });
        let options = Options { scenario, scale: 4.0, ..Options::new(3, 400, END) };
        let events: Vec<Event<'static>> = Simulator::new(options).collect();
        let (mut spend, mut leads, mut tracked, mut won) = ([0.0; 2], [0.0; 2], [0.0; 2], [0.0; 2]);
        for event in &events {
            let side = |day| usize::from(day >= on);
            match event {
                Event::Spend(row) if row.platform == "google_ads" && row.head.occurred_at != When::On(row.spend_date) => {
                    spend[side(row.spend_date)] += row.facts.as_ref().map_or(0.0, |facts| facts.amount.units());
                }
                Event::Lead(lead) => {
                    let Some(facts) = lead.facts.as_ref().filter(|facts| facts.mql_at.is_none() && facts.account_id.is_none()) else { continue };
                    leads[side(Zone::utc().day(facts.created_at))] += 1.0;
                    tracked[side(Zone::utc().day(facts.created_at))] += f64::from(u8::from(facts.channel.is_some()));
                }
                Event::Deal(deal) => {
                    if let Some(DealStatus::Won(at)) = deal.facts.as_ref().filter(|facts| facts.lead_id.is_some()).map(|facts| facts.status) {
                        won[side(Zone::utc().day(at))] += 1.0;
                    }
                }
                _ => {}
            }
        }
        let share = |of: [f64; 2], whole: [f64; 2]| (of[1] / whole[1]) / (of[0] / whole[0]);
        [spend[1] / spend[0], leads[1] / leads[0], share(tracked, leads), share(won, leads)]
    };
    let steady = told(Change::Steady);
    let of = |change: Change| {
        let now = told(change);
        [0, 1, 2, 3].map(|n| now[n] / steady[n])
    };
    let near = |x: f64, expected: f64| (x / expected - 1.0).abs() < 0.12;
    let [rise, fall, shift, outage] = [Change::CacRise, Change::ConversionFall, Change::ChannelShift, Change::TrackingOutage].map(of);
    assert!(near(rise[0], 4.0) && near(rise[3], 1.0), "{rise:?}");
    assert!(near(fall[0], 1.0) && (0.4..0.8).contains(&fall[3]), "{fall:?}");
    assert!(near(shift[0], 0.2) && near(shift[1], 1.0), "{shift:?}");
    assert!((0.5..0.75).contains(&outage[2]) && near(outage[1], 1.0), "{outage:?}");
}
