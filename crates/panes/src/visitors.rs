//! Distinct visitors of a day, and those of them who did a conversion action.

use std::{borrow::Cow, collections::BTreeMap, mem, sync::Arc};

use indexmap::IndexMap;
use model::{Day, Merge};
use serde::{Deserialize, Serialize};

use crate::{Dims, DimsId, Distinct, Keep, Panes, dims::Renumbered, hash::IdHash};

/// How finely distinct visitors are kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum VisitorDetail {
    /// By channel: what a running instance shows.
    Channel,
    /// By channel, campaign and segment: what a report may break down by.
    Full,
}

/// The visitors of one day, by dimensions.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
pub struct Visitors {
    groups: IndexMap<DimsId, Arc<Seen>, IdHash>,
}

/// Who came, and who of them converted.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
pub struct Seen {
    /// All visitors.
    pub all: Distinct,
    /// Those with a conversion action.
    pub converting: Distinct,
}

impl Visitors {
    /// Adds a visitor.
    pub fn insert(&mut self, dims: DimsId, visitor: u64, converting: bool, exact_limit: usize) {
        let seen = Arc::make_mut(self.groups.entry(dims).or_default());
        seen.all.insert(visitor, exact_limit);
        if converting {
            seen.converting.insert(visitor, exact_limit);
        }
    }

    /// The visitors with other numbers for their dimensions.
    pub(crate) fn renumbered(&self, numbers: &Renumbered) -> Visitors {
        Visitors { groups: self.groups.iter().map(|(dims, seen)| (numbers.of(*dims), seen.clone())).collect() }
    }

    /// The visitors, each group with its dimensions.
    pub fn groups(&self) -> impl ExactSizeIterator<Item = (DimsId, &Seen)> {
        self.groups.iter().map(|(dims, seen)| (*dims, &**seen))
    }
}

impl Panes {
    /// Takes over the visitors that another fold has, as far as they are kept here. There are none there any more.
    pub fn take_visitors_of(&mut self, other: &mut Panes) {
        let Keep { exact_visitors: exact_limit, days_from, .. } = self.keep;
        for (day, theirs) in mem::take(&mut other.visitors).into_iter().filter(|(day, _)| *day >= days_from) {
            for (dims, seen) in theirs.groups() {
                let Some(dims) = other.dims.dims(dims) else { continue };
                let dims = self.dims_id(dims.clone());
                // A set that does not change stays where it lies: so whoever looks knows that it did not.
                let is_known = self.visitors.get(&day).and_then(|ours| ours.groups.get(&dims)).is_some_and(|ours| ours.has_all(seen));
                if !is_known && let Some(ours) = self.visitors_mut(day) {
                    Arc::make_mut(ours.groups.entry(dims).or_default()).merge(seen, exact_limit);
                }
            }
        }
    }

    /// The same panes without any visitors.
    pub fn without_visitors(&self) -> Panes {
        Panes { visitors: BTreeMap::new(), ..self.clone() }
    }

    /// Bytes of memory that the visitors take, about.
    pub fn visitors_bytes(&self) -> usize {
        let groups = self.visitors.values().flat_map(|of_day| of_day.groups());
        groups.map(|(_, seen)| size_of::<Seen>() + seen.all.bytes() + seen.converting.bytes()).sum()
    }
}

/// The visitors of a day in several folds together, by dimensions; of these a fold that knows them, and their number there.
///
/// Which fold has whom makes no difference: the union of a day is made by the bound of a day, before days are united.
pub fn united<'a>(folds: &[&'a Panes], day: Day) -> Vec<(usize, DimsId, Cow<'a, Seen>)> {
    let mut of_dims: BTreeMap<&Dims, (usize, DimsId, Cow<'a, Seen>)> = BTreeMap::new();
    for (at, fold) in folds.iter().enumerate() {
        let groups = fold.visitors.get(&day).into_iter().flat_map(|of_day| of_day.groups());
        for (id, dims, seen) in groups.filter_map(|(id, seen)| Some((id, fold.dims.dims(id)?, seen))) {
            match of_dims.get_mut(dims) {
                Some((.., known)) => known.to_mut().merge(seen, fold.keep.exact_visitors),
                None => _ = of_dims.insert(dims, (at, id, Cow::Borrowed(seen))),
            }
        }
    }
    of_dims.into_values().collect()
}

impl Merge for Seen {
    /// How many are kept exactly.
    type Bound = usize;

    fn merge(&mut self, other: &Seen, exact_limit: usize) {
        self.all.merge(&other.all, exact_limit);
        self.converting.merge(&other.converting, exact_limit);
    }
}

impl Seen {
    /// Whether all that another has is here.
    fn has_all(&self, other: &Seen) -> bool {
        self.all.has_all(&other.all) && self.converting.has_all(&other.converting)
    }

    /// Adds what another has more than it had earlier; the rest is here already.
    pub fn merge_since(&mut self, other: &Seen, earlier: &Seen, exact_limit: usize) {
        self.all.merge_since(&other.all, &earlier.all, exact_limit);
        self.converting.merge_since(&other.converting, &earlier.converting, exact_limit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Day = Day(20_000);
    const LIMIT: usize = 100;

    fn fold(visitors: impl Iterator<Item = u64>) -> Panes {
        let mut panes = Panes::new(Keep { exact_visitors: LIMIT, ..Keep::ALL });
        for visitor in visitors {
            let dims = panes.dims_id(Dims::new(["email", "social"][visitor as usize % 2], "(none)", "(none)"));
            let hash = model::digest::text64(&visitor.to_string());
            panes.visitors_mut(DAY).unwrap().insert(dims, hash, visitor % 3 == 0, LIMIT);
        }
        panes
    }

    /// By channel: how many, and of whom.
    fn shown(folds: &[&Panes]) -> Vec<(String, [(i128, u64); 2])> {
        let of = |set: &Distinct| (set.count(), set.digest());
        let united = united(folds, DAY).into_iter();
        united.map(|(at, id, seen)| (folds[at].dims().dims(id).unwrap().channel.to_string(), [of(&seen.all), of(&seen.converting)])).collect()
    }

    #[test]
    fn it_makes_no_difference_who_has_whom() {
        for n in [150, 250, 1000] {
            let whole = shown(&[&fold(0..n)]);
            for parts in [2, 3, 32] {
                let mut folds: Vec<Panes> = (0..parts).map(|part| fold((0..n).filter(|v| v % 7 % parts == part || v % parts == part))).collect();
                assert_eq!(shown(&folds.iter().collect::<Vec<_>>()), whole, "{n} in {parts} parts");
                let mut shared = Panes::new(folds[0].keep());
                for of in 0..folds.len() {
                    shared.take_visitors_of(&mut folds[of]);
                    let all: Vec<&Panes> = folds.iter().chain([&shared]).collect();
                    assert_eq!(shown(&all), whole, "{n} in {parts} parts, {of} handed over");
                }
                assert!(folds.iter().all(|fold| fold.visitors().is_empty()) && shared.visitors_bytes() > 0);
            }
        }
    }

    #[test]
    fn what_is_below_the_floor_is_not_taken_over() {
        let mut shared = Panes::new(Keep { days_from: DAY.plus(1), ..fold(0..0).keep() });
        shared.take_visitors_of(&mut fold(0..10));
        assert!(shared.visitors().is_empty() && shared.dims().is_empty());
    }
}
