//! Pulls in the order in which they were made: a later one of the same account and days replaces the earlier, and what it no longer has is
//! gone.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use model::Millis;

use super::{File, Imported, Outcome, Refused, Run, events};
use crate::{
    decisions::Refusal,
    spend::{Key, Pull, Spend},
};

/// A pull with its file.
type Of<'a> = (usize, &'a File, &'a Pull);

/// The rows that are alive after the pulls so far.
type Alive<'a> = BTreeMap<Key, (&'a Spend, Millis)>;

pub(super) fn events(run: &Run, outcome: &mut Outcome) -> Result<(), Refused> {
    let mut groups: BTreeMap<_, Vec<Of<'_>>> = BTreeMap::new();
    for (n, file, pull) in run.pulls() {
        groups.entry((&pull.system, &pull.shape, &pull.breakdown)).or_default().push((n, file, pull));
    }
    for pulls in groups.values_mut() {
        pulls.sort_by_key(|(n, file, _)| (file.pulled_at, *n));
        let mut alive = Alive::new();
        for of in pulls.iter() {
            vanished(of, &mut alive, outcome);
            rows(of, &mut alive, outcome)?;
        }
    }
    outcome.notes.extend(twice(run));
    Ok(())
}

fn rows<'a>((n, file, pull): &Of<'a>, alive: &mut Alive<'a>, outcome: &mut Outcome) -> Result<(), Refused> {
    for row in &pull.rows {
        let before = alive.insert(row.key.clone(), (row, file.pulled_at));
        if before.is_some_and(|(other, at)| {
            at == file.pulled_at && (other.amount, other.impressions, other.clicks) != (row.amount, row.impressions, row.clicks)
        }) {
            let what = "says something else than another file pulled at the same time: which is the later is not known; import the earlier \
                first, then this one, each with its --pulled-at T";
            return Err(Refused { file: file.name.clone(), refusal: Refusal::new("same_pull", format_args!("line {}", row.line), what) });
        }
        outcome.events.push(Imported { file: *n, line: row.line, event: events::spend(file, row, file.pulled_at, false), currency: None });
    }
    Ok(())
}

/// What an earlier pull had on the days and of the accounts of this one, and this one has not.
fn vanished(of: &Of<'_>, alive: &mut Alive<'_>, outcome: &mut Outcome) {
    let (n, file, pull) = of;
    let Some((first, last)) = pull.range else { return };
    let keys: BTreeSet<&Key> = pull.rows.iter().map(|row| &row.key).collect();
    let accounts: BTreeSet<&str> = keys.iter().map(|key| key.account.as_str()).collect();
    let is_gone = |key: &Key| accounts.contains(key.account.as_str()) && (first..=last).contains(&key.day) && !keys.contains(key);
    let gone: Vec<Key> = alive.keys().filter(|key| is_gone(key)).cloned().collect();
    if gone.is_empty() {
        return;
    }
    if pull.filtered {
        outcome.notes.push(format!(
            "{}: {} rows of an earlier pull are not in it, but it is not whole: they are left as they are",
            file.name,
            gone.len()
        ));
        return;
    }
    outcome.notes.push(format!("{}: {} rows of an earlier pull are no longer in it: deleted", file.name, gone.len()));
    for key in gone {
        if let Some((row, _)) = alive.remove(&key) {
            outcome.events.push(Imported { file: *n, line: row.line, event: events::spend(file, row, file.pulled_at, true), currency: None });
        }
    }
}

/// Reports of the same platform, account and days with other columns: their rows have other keys, so they add up.
fn twice(run: &Run) -> Option<String> {
    type Days = BTreeMap<(String, String, Date), (usize, String)>;
    let mut days = Days::new();
    for (n, file, pull) in run.pulls() {
        let shape = format!("{} {:?} {:?}", pull.system, pull.shape, pull.breakdown);
        for row in &pull.rows {
            let day = (row.key.platform.clone(), row.key.account.clone(), row.key.day);
            let (other, known) = days.entry(day).or_insert_with(|| (n, shape.clone()));
            if *known != shape {
                let other = run.files.get(*other).map_or("", |file| file.name.as_str());
                return Some(format!(
                    "warning: {} and {other} have the same platform, account and days with other columns: they count twice, unless they are \
                        of two accounts",
                    file.name
                ));
            }
        }
    }
    None
}
