//! The list of what a part counts and what it leaves out: converted, summed, the largest first.

use std::{borrow::Cow, cmp::Reverse, collections::BTreeMap};

use model::{Currency, Day, Micros};
use panes::{Dims, PaneId};

use super::{Part, What};
use crate::{Config, Number, money::ExactSum};

/// What something books, or would.
#[derive(Clone, PartialEq, Debug)]
pub struct Cell {
    /// Where.
    pub pane: PaneId,
    /// Under which dimensions.
    pub dims: Dims,
    /// How much, in its own currency where it is money.
    pub amount: i128,
    /// The currency, and the day at whose rates it is converted.
    pub money: Option<(Currency, Day)>,
}

/// Something of which a part counts a cell, or leaves it out.
#[derive(Clone, Debug)]
pub struct Hit<'a, R> {
    /// What it is.
    pub of: R,
    /// Its key, which orders what is equally large.
    pub key: Cow<'a, [u8]>,
    /// What counts; none where it is left out.
    pub cell: Option<Cell>,
    /// By what it is ordered where it is left out.
    pub size: i128,
    /// What it adds to the part's sum; none where it is left out or cannot be converted.
    pub adds: Option<i128>,
}

/// What a part counts and what it leaves out.
#[derive(Clone, Debug)]
pub struct Listing<'a, R> {
    /// The part's sum; none where it has an amount that cannot be converted.
    pub sum: Option<Number>,
    /// How many things count.
    pub counted: usize,
    /// How many are left out.
    pub left_out: usize,
    /// The first of them: those that count first, the largest first.
    pub first: Vec<Hit<'a, R>>,
}

impl<'a, R> Hit<'a, R> {
    /// Something that counts.
    pub fn counts(of: R, key: impl Into<Cow<'a, [u8]>>, cell: Cell) -> Hit<'a, R> {
        Hit { of, key: key.into(), cell: Some(cell), size: 0, adds: None }
    }

    /// Something that is left out.
    pub fn left_out(of: R, key: impl Into<Cow<'a, [u8]>>, size: i128) -> Hit<'a, R> {
        Hit { of, key: key.into(), cell: None, size, adds: None }
    }

    /// The (currency, day) cell that it is converted in.
    fn money(&self) -> Option<(Currency, Day)> {
        self.cell.as_ref().and_then(|cell| cell.money)
    }
}

/// Things that are listed are looked for among so many at least.
const TOGETHER: usize = 1 << 12;

impl<'a, R> Listing<'a, R> {
    /// Converts, sums and orders; `limit` are kept. Of what is no money no more are held than a few times that: there may be millions.
    pub fn new(part: &Part, hits: impl IntoIterator<Item = Hit<'a, R>>, config: &Config, limit: usize) -> Listing<'a, R> {
        let (mut first, mut money) = (Vec::new(), Vec::new());
        let (mut sum, mut counted, mut left_out) = (0, 0, 0);
        for mut hit in hits {
            *if hit.cell.is_some() { &mut counted } else { &mut left_out } += 1;
            if hit.money().is_some() {
                money.push(hit);
                continue;
            }
            hit.adds = hit.cell.as_ref().map(|cell| cell.amount);
            sum += hit.adds.unwrap_or(0);
            first.push(hit);
            if first.len() >= limit.saturating_mul(2).max(TOGETHER) {
                keep_first(&mut first, limit);
            }
        }
        let converted = convert(&mut money, config);
        first.extend(money);
        keep_first(&mut first, limit);
        let sum = converted.and_then(|converted| converted.checked_add(sum));
        Listing { sum: sum.map(|sum| part.number(sum)), counted, left_out, first }
    }
}

fn keep_first<R>(hits: &mut Vec<Hit<'_, R>>, limit: usize) {
    hits.sort_by(|a, b| order(a).cmp(&order(b)).then_with(|| a.key.cmp(&b.key)));
    hits.truncate(limit);
}

impl Part {
    /// A sum of the part as a number of its kind.
    pub fn number(&self, sum: i128) -> Number {
        match self.what {
            What::Money(_) => Number::Money(Micros(sum)),
            What::Seconds(_) | What::Cycles => Number::Real(sum as f64 / 1000.0),
            _ => Number::Count(sum),
        }
    }
}

/// Those that count first; among them the largest, then what could not be converted.
fn order<R>(hit: &Hit<'_, R>) -> (bool, bool, Reverse<u128>) {
    let size = hit.adds.or(hit.cell.as_ref().map(|cell| cell.amount)).unwrap_or(hit.size);
    (hit.cell.is_none(), hit.cell.is_some() && hit.adds.is_none(), Reverse(size.unsigned_abs()))
}

/// Says what each amount adds to the sum. A report converts the sum of a (currency, day) cell, rounded once: a hit adds by how much it lets
/// that rise, so that what is listed adds up to the last millionth.
fn convert<R>(hits: &mut [Hit<'_, R>], config: &Config) -> Option<i128> {
    hits.sort_by(|a, b| (a.money(), &a.key).cmp(&(b.money(), &b.key)));
    let mut cells: BTreeMap<(Currency, Day), i128> = BTreeMap::new();
    let mut sum = ExactSum::default();
    for hit in hits {
        let Some((cell, (currency, day))) = hit.cell.as_ref().and_then(|cell| Some((cell, cell.money?))) else { continue };
        let convert = |amount| config.rates.convert(Micros(amount), currency, config.currency, day).ok().map(|converted| converted.0);
        let before = cells.entry((currency, day)).or_default();
        let after = *before + cell.amount;
        let adds = convert(after).zip(convert(*before)).and_then(|(after, before)| after.checked_sub(before));
        *before = after;
        // Nothing is nothing, with a rate or without.
        hit.adds = convert(cell.amount).and(adds);
        sum.add(hit.adds.unwrap_or(0));
    }
    let is_convertible =
        |((currency, day), amount): (&(Currency, Day), &i128)| config.rates.convert(Micros(*amount), *currency, config.currency, *day).is_ok();
    sum.total().filter(|_| cells.iter().all(is_convertible))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use model::Zone;
    use panes::DayRange;

    use super::*;
    use crate::{Money, Rates, Targets, explain::Stretch};

    fn config() -> Config {
        let rates = Rates::parse("Date,USD\n2026-03-02,3\n").unwrap();
        let (zone, currency) = (Zone::utc(), Currency::EUR);
        Config {
            zone,
            currency,
            margin: None,
            horizon_days: 90,
            lag_days: 0,
            community_channels: BTreeSet::new(),
            rates,
            targets: Targets::default(),
        }
    }

    fn listed(amounts: &[(&'static str, i128, &str)]) -> (Option<Number>, Vec<(&'static str, Option<i128>)>) {
        let day = Day::parse("2026-03-02").unwrap();
        let days = Stretch::Days(DayRange::new(day, day));
        let part = Part { name: "", what: What::Money(Money::Won), numerator: None, denominator: false, panes: days, whole: days, channels: None };
        let hit = |(key, amount, currency): &(&'static str, i128, &str)| {
            let money = Some((currency.parse().unwrap(), day));
            let cell = Cell { pane: PaneId::Day(day), dims: Dims::new("a", "b", "c"), amount: *amount, money };
            Hit::counts(*key, key.as_bytes(), cell)
        };
        let listing = Listing::new(&part, amounts.iter().map(hit), &config(), 10);
        (listing.sum, listing.first.iter().map(|hit| (hit.of, hit.adds)).collect())
    }

    #[test]
    fn what_is_listed_adds_up_to_the_cell_converted_at_once() {
        // Each by itself would be rounded to 0.
        let (sum, adds) = listed(&[("a", 1, "USD"), ("b", 1, "USD"), ("c", 1, "USD"), ("d", 4, "EUR")]);
        assert_eq!(sum, Some(Number::Money(Micros(5))));
        assert_eq!(adds, [("d", Some(4)), ("b", Some(1)), ("a", Some(0)), ("c", Some(0))]);
    }

    /// However many there are: what is held back between two orderings changes nothing.
    #[test]
    fn the_first_are_those_of_all() {
        let days = Stretch::Days(DayRange::new(Day(0), Day(1)));
        let count = What::Count(panes::Measure::Leads);
        let part = Part { name: "", what: count, numerator: None, denominator: false, panes: days, whole: days, channels: None };
        let hits = || {
            (0..30_000u32).map(|n| {
                let (key, amount) = (n.wrapping_mul(2_654_435_761), i128::from(n * 7919 % 1000));
                let cell = Cell { pane: PaneId::Day(Day(0)), dims: Dims::new("a", "b", "c"), amount, money: None };
                if n % 3 == 0 { Hit::left_out(key, key.to_be_bytes().to_vec(), amount) } else { Hit::counts(key, key.to_be_bytes().to_vec(), cell) }
            })
        };
        let all = Listing::new(&part, hits(), &config(), usize::MAX);
        assert_eq!((all.counted, all.left_out, all.first.len()), (20_000, 10_000, 30_000));
        for limit in [0, 1, 50, 5000, 25_000] {
            let listing = Listing::new(&part, hits(), &config(), limit);
            assert_eq!((listing.sum, listing.counted, listing.left_out), (all.sum, all.counted, all.left_out));
            let keys = |listing: &Listing<'_, u32>| listing.first.iter().take(limit).map(|hit| hit.of).collect::<Vec<_>>();
            assert_eq!(keys(&listing), keys(&all));
        }
    }

    #[test]
    fn without_a_rate_there_is_no_sum_unless_nothing_is_left_of_the_cell() {
        assert_eq!(listed(&[("a", 5, "GBP"), ("b", 2, "EUR")]), (None, vec![("b", Some(2)), ("a", None)]));
        assert_eq!(listed(&[("a", 5, "GBP"), ("b", -5, "GBP")]), (Some(Number::Money(Micros(0))), vec![("a", None), ("b", None)]));
    }
}
