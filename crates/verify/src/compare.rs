//! Number by number: what is equal, what differs, and what cannot be compared.

use std::collections::BTreeSet;

use reference::{Key, Recounted, What};

use crate::{Amount, Behind, Reach, State, entities::behind};

/// What came out of a comparison.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Comparison {
    /// The numbers that were compared.
    pub compared: Tally,
    /// Those that could not be, since records they are made of are gone.
    pub unproven: Tally,
    /// What differs, the largest first, as far as was asked.
    pub differences: Vec<Difference>,
    /// How many differences there are beside.
    pub more: usize,
}

/// Numbers of a state.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Tally {
    /// Cells, follows, members, reported days, and sets of visitors.
    pub cells: usize,
    /// Counts of records.
    pub counts: usize,
}

/// A number on which the two sides do not agree.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// Which.
    pub key: Key,
    /// What the instance has.
    pub instance: Amount,
    /// What the reference has.
    pub reference: Amount,
    /// The entities on which they do not agree, those that differ most first; none of interactions, which are kept by neither.
    pub entities: Vec<Behind>,
}

/// Compares a state with what was counted; tells at most `limit` differences.
pub fn compare(state: &State<'_>, recounted: &Recounted, reach: &Reach, limit: usize) -> Comparison {
    let (held, counted) = (state.amounts(), state.counted(recounted));
    let mut comparison = Comparison::default();
    let mut found: Vec<Difference> = Vec::new();
    let keys: BTreeSet<&Key> = held.keys().chain(counted.keys()).collect();
    for key in keys {
        if !reach.covers(key) {
            comparison.unproven.add(key);
            continue;
        }
        comparison.compared.add(key);
        let amount = |side: &crate::Amounts| side.get(key).copied().unwrap_or_default();
        let (instance, reference) = (amount(&held), amount(&counted));
        if instance != reference {
            found.push(Difference { key: key.clone(), instance, reference, entities: Vec::new() });
        }
    }
    found.sort_by_key(|difference| std::cmp::Reverse(difference.weight()));
    comparison.more = found.len().saturating_sub(limit);
    found.truncate(limit);
    if !found.is_empty() {
        let mut behind = behind(state, recounted, &found.iter().map(|difference| &difference.key).collect());
        for difference in &mut found {
            difference.entities = behind.remove(&difference.key).unwrap_or_default();
        }
    }
    Comparison { differences: found, ..comparison }
}

impl Comparison {
    /// Whether all that the two sides have is equal, and could be compared. Counts of records go back to the beginning of their log,
    /// cells to where they are kept: a log without its beginning can prove the cells only.
    pub fn is_proof(&self) -> bool {
        self.differences.is_empty() && self.more == 0 && self.unproven.cells == 0
    }
}

impl Tally {
    fn add(&mut self, key: &Key) {
        match key.what {
            What::Records { .. } => self.counts += 1,
            _ => self.cells += 1,
        }
    }
}

impl Difference {
    /// How large it is, in millionths: of money, of seconds, of one.
    fn weight(&self) -> u128 {
        let unit = match &self.key.what {
            What::Cell { measure, .. } if measure.is_money() => 1,
            What::Cell { measure, .. } if measure.name == "cycle_millis" => 1_000,
            _ => 1_000_000,
        };
        self.instance.n.abs_diff(self.reference.n).saturating_mul(unit)
    }
}
