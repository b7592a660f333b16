//! The entities behind numbers, on either side.

use std::collections::{BTreeMap, BTreeSet};

use ledger::KeyBuilder;
use model::Day;
use panes::{Beside, Contribution, DimsId, PaneId, audience::AccountKey};
use reference::{Key, Part, Recounted, What};

use crate::{
    State,
    state::{cell, dimensions},
};

/// What an entity adds to a number.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Behind {
    /// What it is called.
    pub entity: String,
    /// What the instance takes it for.
    pub instance: i128,
    /// What the reference takes it for.
    pub reference: i128,
    /// Whether two of its messages say different things under one stamp.
    pub ambiguous: bool,
}

/// The entities on which the two sides do not agree, by number, those that differ most first.
pub(crate) fn behind(state: &State<'_>, recounted: &Recounted, keys: &BTreeSet<&Key>) -> BTreeMap<Key, Vec<Behind>> {
    let mut found: BTreeMap<Key, BTreeMap<String, (i128, i128)>> = BTreeMap::new();
    each(state, |entity, key, n| {
        if keys.contains(&key) {
            found.entry(key).or_default().entry(entity.to_owned()).or_default().0 += n;
        }
    });
    recounted.each(|entity, key, n| {
        if keys.contains(&key) {
            found.entry(key).or_default().entry(entity.to_owned()).or_default().1 += n;
        }
    });
    let differing = |entities: BTreeMap<String, (i128, i128)>| {
        let differing = entities.into_iter().filter(|(_, (instance, reference))| instance != reference);
        let mut all: Vec<Behind> = differing
            .map(|(entity, (instance, reference))| Behind { ambiguous: recounted.ambiguous.contains(&entity), entity, instance, reference })
            .collect();
        all.sort_by_key(|one| std::cmp::Reverse(one.instance.abs_diff(one.reference)));
        all
    };
    found.into_iter().map(|(key, entities)| (key, differing(entities))).collect()
}

/// Tells what each entity of an instance adds.
fn each(state: &State<'_>, mut tell: impl FnMut(&str, Key, i128)) {
    let (funnel, spend, figures) = state.book.entities();
    let mut cells = Contribution::default();
    for lead in funnel.live_leads() {
        lead.contribution(state.settings, &mut cells);
        tell_cells(state, &format!("lead {}", String::from_utf8_lossy(lead.id())), &cells, &mut tell);
    }
    for deal in funnel.live_deals() {
        deal.contribution(state.settings, &mut cells);
        tell_cells(state, &format!("deal {}", String::from_utf8_lossy(deal.id())), &cells, &mut tell);
    }
    for row in spend.live() {
        row.contribution(&mut cells);
        tell_cells(state, &named("spend", row.key(), row.day), &cells, &mut tell);
    }
    for figure in figures.live() {
        figure.contribution(&mut cells);
        tell_cells(state, &named("figure", figure.key(), figure.day), &cells, &mut tell);
    }
}

/// An entity whose key has several parts, the last a day; an id, which is never equal to a name, has the tag 1.
fn named(kind: &str, key: &[u8], day: Day) -> String {
    let shown = |(tag, text): (u8, &str)| match (tag, text) {
        (1, id) => format!("id {id} / "),
        (_, "") => "- / ".to_owned(),
        (_, text) => format!("{text} / "),
    };
    format!("{kind} {}{day}", KeyBuilder::texts(key).into_iter().map(shown).collect::<String>())
}

fn tell_cells(state: &State<'_>, entity: &str, cells: &Contribution, tell: &mut impl FnMut(&str, Key, i128)) {
    let named = |pane: PaneId, id: DimsId, measure| Some(cell(pane, state.book.panes().dims().dims(id)?, measure));
    for (pane, id, measure, n) in cells.cells() {
        if let Some(what) = named(*pane, *id, *measure) {
            tell(entity, Key { part: Part::Book, what }, *n);
        }
    }
    for beside in cells.beside() {
        if let Some((what, n)) = told(state, beside) {
            tell(entity, Key { part: Part::Book, what }, n);
        }
    }
}

/// What is added beside cells.
fn told(state: &State<'_>, beside: &Beside) -> Option<(What, i128)> {
    let at = |dims: &DimsId| state.book.panes().dims().dims(*dims).map(dimensions);
    let names = |account: &AccountKey| (account.platform.to_string(), account.account.to_string());
    match beside {
        Beside::Reported { platform, day } => Some((What::Reported { platform: platform.to_string(), day: day.0.into() }, 1)),
        Beside::Follows { account, day, dims, n } => {
            let ((platform, account), at) = (names(account), at(dims)?);
            Some((What::Follows { platform, account, day: day.0.into(), at }, *n))
        }
        Beside::Members { account, day, dims, n } => {
            let ((platform, account), at) = (names(account), at(dims)?);
            Some((What::Members { platform, account, day: day.0.into(), at }, i128::from(*n)))
        }
    }
}
