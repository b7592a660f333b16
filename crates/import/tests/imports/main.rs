//! Exports as systems write them: each rule by its smallest file, and files of several languages, currencies and mixtures of habits.
#![allow(clippy::unwrap_used, reason = "helpers of tests, which clippy takes for production code")]

mod crm;
mod days;
mod files;
mod pulls;
mod spend;

use std::fmt::Write;

use expect_test::Expect;
use import::{Decisions, Run, mapping};
use model::{DealStatus, Event, Millis, When, Zone};

/// 2026-05-01T00:00:00Z
const NOW: Millis = Millis(1_777_593_600_000);

/// Imports files in Warsaw and says what is seen, what is left out and what comes.
fn told(files: &[(&str, &[u8])], decisions: Decisions) -> String {
    let mut run = Run::new(mapping::built_in().unwrap(), decisions, Zone::named("Europe/Warsaw").unwrap(), NOW);
    let mut out = String::new();
    let mut refused = false;
    for (name, bytes) in files {
        match run.file(name, bytes, None) {
            Ok(seen) => {
                let said = seen.0.iter().filter(|(what, said)| !matches!(*what, "platform" | "time zone") && !said.contains("nothing names a time"));
                said.for_each(|(what, said)| writeln!(out, "{what}: {said}").unwrap());
            }
            Err(refusal) => {
                refused = true;
                writeln!(out, "refused, {}: {refusal}", refusal.kind).unwrap();
            }
        }
    }
    if refused {
        return out;
    }
    match run.finish() {
        Err(refused) => writeln!(out, "refused, {}: {}", refused.refusal.kind, refused.refusal).unwrap(),
        Ok(outcome) => {
            outcome.notes.iter().for_each(|note| writeln!(out, "{note}").unwrap());
            outcome.rejects.iter().for_each(|(_, reject)| writeln!(out, "left out, line {}, {}: {}", reject.line, reject.kind, reject.why).unwrap());
            outcome.events.iter().for_each(|imported| writeln!(out, "{}", line(&imported.event)).unwrap());
        }
    }
    out
}

fn check(text: &str, decisions: Decisions, expected: Expect) {
    expected.assert_eq(&told(&[("a.csv", text.as_bytes())], decisions));
}

/// The same of those lines alone that begin so, or of the refusal.
fn check_of(starts: &[&str], text: &str, decisions: Decisions, expected: Expect) {
    let told = told(&[("a.csv", text.as_bytes())], decisions);
    let is_asked_for = |line: &&str| starts.iter().chain(&["refused"]).any(|start| line.starts_with(start));
    expected.assert_eq(&told.lines().filter(is_asked_for).map(|line| format!("{line}\n")).collect::<String>());
}

fn when(when: When) -> String {
    match when {
        When::At(at) => at.to_string(),
        When::On(day) => day.to_string(),
    }
}

/// An event in a line.
fn line(event: &Event<'_>) -> String {
    let text = |text: &Option<model::event::Text<'_>>| text.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string);
    match event {
        Event::Spend(e) => {
            let facts = e
                .facts
                .as_ref()
                .map_or_else(|| "deleted".to_owned(), |f| format!("{} {}, {} shown, {} clicked", f.amount, f.currency, f.impressions, f.clicks));
            let breakdown = e.breakdown.as_ref().map_or_else(String::new, |text| format!(" [{text}]"));
            format!("spend {} {} {} {} ({}){breakdown}: {facts}", e.spend_date, e.platform, e.account, text(&e.campaign), text(&e.campaign_id))
        }
        Event::Deal(e) => {
            let Some(f) = &e.facts else { return format!("deal {}: deleted", &*e.deal_id) };
            let status = match f.status {
                DealStatus::Open => "open".to_owned(),
                DealStatus::Won(at) => format!("won {}", when(at)),
                DealStatus::Lost(at) => format!("lost {}", when(at)),
                DealStatus::Refunded => "refunded".to_owned(),
            };
            let amount = f.amount.map_or_else(|| "no amount".to_owned(), |(amount, currency)| format!("{amount} {currency}"));
            let lead = f.lead_id.as_deref().unwrap_or("-");
            let account = f.account_id.as_deref().unwrap_or("-");
            format!("deal {}: {status}, {amount}, lead {}, account {}, {:?}", &*e.deal_id, lead, account, f.deal_type)
        }
        Event::Lead(e) => {
            let Some(f) = &e.facts else { return format!("lead {}: deleted", &*e.lead_id) };
            let (mql, sql) = (f.mql_at.map_or_else(|| "-".to_owned(), when), f.sql_at.map_or_else(|| "-".to_owned(), when));
            format!("lead {}: {}, {} / {}, mql {mql}, sql {sql}", &*e.lead_id, when(f.created_at), text(&f.channel), text(&f.campaign))
        }
        other => format!("{other:?}"),
    }
}
