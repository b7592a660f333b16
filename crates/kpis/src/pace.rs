//! Where a running period leads: what its finished days brought, over the share of it that they are expected to bring. KPI T7 to T10

use std::{array, collections::BTreeSet};

use model::Day;
use panes::DayRange;

use crate::{
    Config, Kpi, Number,
    block::Now,
    coverage::{Calendar, Instance},
    definition::{Definition, Term, What},
    reach::Wanted,
    rollup::{Moves, Rollup},
    stretch::Stretch,
    tally::{Split, Tallies, Tally},
    targets::Profile,
};

/// Days before a period by whose weekdays its days weigh.
const WEIGHED: i32 = 56;
/// Days of a week.
const WEEK: usize = 7;

/// The days that matter to a running period.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Frame {
    calendar: Calendar,
    /// Its finished days.
    finished: DayRange,
    /// Of them those whose spend is complete.
    complete: DayRange,
    /// The days whose weekdays weigh; none where not all of them are known.
    weighed: Option<DayRange>,
    /// The period before; none where it is not wanted, or not known from its beginning.
    previous: Option<DayRange>,
}

/// The sums by which a window's rows tell where their period leads.
pub(crate) struct Pace {
    frame: Frame,
    prompt: Sums,
    late: Sums,
}

/// Those of the KPIs that have the same finished days.
struct Sums {
    days: DayRange,
    finished: Tallies,
    by_weekday: Tallies,
    previous: Option<Previous>,
}

/// The period before, up to where this one is.
struct Previous {
    whole: Tallies,
    /// The whole days of its share.
    begun: Tallies,
    /// The day that is taken in part.
    last: Tallies,
    /// How much of it: so many parts, of so many.
    part: (i128, i128),
}

impl Frame {
    /// The frame of a window of a running period whose beginning is kept.
    pub fn of(instance: &Instance, now: &Now<'_>) -> Option<Frame> {
        let Instance::Days(coverage) = instance else { return None };
        let calendar = coverage.calendar?;
        let is_running = calendar.days.first <= now.today && now.today <= calendar.days.last;
        if !is_running || calendar.days.first < now.keep.days_from {
            return None;
        }
        let known_from = now.booked.map(|booked| booked.first.max(now.keep.days_from));
        let is_known = |days: &DayRange| known_from.is_some_and(|from| from <= days.first);
        let finished = calendar.days.up_to(now.today.plus(-1));
        let before = DayRange::new(calendar.days.first.plus(-WEIGHED), calendar.days.first.plus(-1));
        let previous = now.config.targets.look_back(calendar.period).then(|| calendar.period.before(now.today));
        Some(Frame {
            calendar,
            finished,
            complete: now.complete_through.map_or(finished, |day| finished.up_to(day)),
            weighed: Some(before).filter(is_known),
            previous: previous.filter(is_known),
        })
    }

    /// The days before the period that are looked at.
    pub fn before(&self) -> impl Iterator<Item = Stretch> {
        self.weighed.into_iter().chain(self.previous).map(Stretch::Days)
    }

    /// The share of the period that so many days are.
    fn even(&self, days: DayRange) -> f64 {
        f64::from(days.len()) / f64::from(self.calendar.days.len())
    }

    /// The first days of the period before that correspond to some of this one's, in whole, and what they have of the day after.
    fn counterpart(&self, days: DayRange, previous: DayRange) -> (DayRange, DayRange, (i128, i128)) {
        let (n, product) = (self.calendar.days.len(), days.len() * previous.len());
        let begun = previous.first_days(product / n);
        let next = begun.last.plus(1);
        (begun, DayRange::new(next, next).up_to(previous.last), (i128::from(product % n), i128::from(n)))
    }
}

impl Pace {
    /// A pace of no panes yet.
    pub fn new(frame: Frame) -> Pace {
        let sums = |comes_late| {
            let terms = Kpi::ALL.iter().map(|kpi| kpi.definition()).filter(|definition| definition.comes_late == comes_late);
            Sums::new(Wanted::of_terms(terms.filter_map(Definition::daily_sum)))
        };
        Pace { frame, prompt: sums(false), late: sums(true) }
    }

    /// The frame it was placed in.
    pub fn frame(&self) -> &Frame {
        &self.frame
    }

    /// Follows what has moved in the panes.
    pub fn follow(&mut self, moves: &Moves, config: &Config, touched: &mut BTreeSet<u32>) {
        for tallies in self.prompt.tallies().chain(self.late.tallies()) {
            tallies.follow(moves, config, touched);
        }
    }

    /// Sums up what a frame looks at.
    pub fn place(&mut self, frame: Frame, rollup: &Rollup, config: &Config, touched: &mut BTreeSet<u32>) {
        self.frame = frame;
        for (sums, days) in [(&mut self.prompt, frame.finished), (&mut self.late, frame.complete)] {
            sums.place(days, &frame, rollup, config, touched);
        }
    }

    /// What a KPI of a group is expected to come to in the whole period; none where nothing tells.
    pub fn projected(&self, group: u32, kpi: Kpi, profile: Profile) -> Option<f64> {
        let definition = kpi.definition();
        let term = definition.daily_sum()?;
        let sums = if definition.comes_late { &self.late } else { &self.prompt };
        if sums.days.is_empty() {
            return None;
        }
        let share = match (profile, &sums.previous, self.frame.weighed) {
            (Profile::Previous, Some(previous), _) => previous.share(group, term)?,
            (Profile::Weekday, _, Some(_)) => sums.share_by_weekday(group, term, self.frame.calendar.days)?,
            _ => None,
        };
        let share = share.unwrap_or_else(|| self.frame.even(sums.days));
        let brought = sums.finished.amount(group, term)?;
        (share > 0.0).then(|| brought.as_f64() / share)
    }
}

impl Sums {
    fn new(wanted: Wanted) -> Sums {
        Sums {
            days: DayRange::new(Day(0), Day(-1)),
            finished: Tallies::new(wanted.clone(), Split::Groups),
            by_weekday: Tallies::new(wanted, Split::Weekdays),
            previous: None,
        }
    }

    fn tallies(&mut self) -> impl Iterator<Item = &mut Tallies> {
        let previous = self.previous.iter_mut().flat_map(|previous| [&mut previous.whole, &mut previous.begun, &mut previous.last]);
        [&mut self.finished, &mut self.by_weekday].into_iter().chain(previous)
    }

    fn place(&mut self, days: DayRange, frame: &Frame, rollup: &Rollup, config: &Config, touched: &mut BTreeSet<u32>) {
        let mut place = |tallies: &mut Tallies, stretch| tallies.place(stretch, None, rollup, config, touched);
        self.days = days;
        place(&mut self.finished, Stretch::Days(days));
        place(&mut self.by_weekday, frame.weighed.map_or(Stretch::NONE, Stretch::Days));
        let Some(whole) = frame.previous else {
            self.previous = None;
            return;
        };
        let (begun, last, part) = frame.counterpart(days, whole);
        let wanted = self.finished.wanted();
        let previous = self.previous.get_or_insert_with(|| Previous::new(wanted));
        previous.part = part;
        for (tallies, days) in [(&mut previous.whole, whole), (&mut previous.begun, begun), (&mut previous.last, last)] {
            place(tallies, Stretch::Days(days));
        }
    }

    /// What the finished days weigh of the whole period, by what each weekday brought before it. None where an amount has no rate; nothing
    /// where all weigh 0.
    fn share_by_weekday(&self, group: u32, term: &Term, period: DayRange) -> Option<Option<f64>> {
        let mut weights = [0.0; WEEK];
        for (weight, tally) in weights.iter_mut().zip(self.by_weekday.weekdays(group)) {
            *weight = tally.map_or(Some(NONE), |tally| amount(tally, self.by_weekday.wanted(), term))?.as_f64().max(0.0);
        }
        let weigh = |days: DayRange| -> f64 { weights.iter().zip(by_weekday(days)).map(|(weight, days)| weight * days).sum() };
        let whole = weigh(period);
        Some((whole > 0.0).then(|| weigh(self.days) / whole))
    }
}

impl Previous {
    fn new(wanted: &Wanted) -> Previous {
        let tallies = || Tallies::new(wanted.clone(), Split::Groups);
        Previous { whole: tallies(), begun: tallies(), last: tallies(), part: (0, 1) }
    }

    /// The share of the whole that it had by then. None where an amount has no rate; nothing where the whole is not above 0.
    fn share(&self, group: u32, term: &Term) -> Option<Option<f64>> {
        let of = |tallies: &Tallies| tallies.amount(group, term).map(exact);
        let (whole, begun, last) = (of(&self.whole)?, of(&self.begun)?, of(&self.last)?);
        let (part, of) = self.part;
        // In whole parts of a day, so that what is nothing is exactly that.
        let brought = begun.checked_mul(of)?.checked_add(last.checked_mul(part)?)?;
        Some((whole > 0).then(|| brought as f64 / (whole as f64 * of as f64)))
    }
}

impl Tallies {
    /// What a term adds up to in a group; none where an amount has no rate.
    fn amount(&self, group: u32, term: &Term) -> Option<Number> {
        self.get(group).map_or(Some(NONE), |tally| amount(tally, self.wanted(), term))
    }
}

/// What a group has where nothing is booked.
const NONE: Number = Number::Count(0);

fn amount(tally: &Tally, wanted: &Wanted, term: &Term) -> Option<Number> {
    match term.what {
        What::Count(measure) => Some(Number::Count(tally.count(wanted, measure))),
        What::Money(kind) => tally.money(wanted, kind).ok().map(Number::Money),
        _ => None,
    }
}

/// A number of things, or of millionths.
fn exact(number: Number) -> i128 {
    match number {
        Number::Count(n) => n,
        Number::Money(amount) => amount.0,
        Number::Real(x) => x as i128,
    }
}

/// How many of some days fall on each weekday.
fn by_weekday(days: DayRange) -> [f64; WEEK] {
    let (weeks, rest) = (days.len() / WEEK as i32, days.len() % WEEK as i32);
    let in_rest = |weekday: i32| (weekday - days.first.0).rem_euclid(WEEK as i32) < rest;
    array::from_fn(|weekday| f64::from(weeks + i32::from(in_rest(weekday as i32))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_fall_on_weekdays_as_one_counts_them() {
        for (first, n) in (-20..20).flat_map(|first| (0..40).map(move |n| (first, n))) {
            let mut counted = [0.0; WEEK];
            (first..first + n).for_each(|day| counted[i32::rem_euclid(day, 7) as usize] += 1.0);
            assert_eq!(by_weekday(DayRange::new(Day(first), Day(first + n - 1))), counted, "{n} from {first}");
        }
    }
}
