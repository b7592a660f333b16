//! Reaches: over which days and channels the catalogue's terms are added up, and what is wanted of each.

use std::sync::LazyLock;

use model::Day;
use panes::Measure;

use crate::{
    Config, Kpi, Money,
    coverage::{Coverage, Instance},
    definition::{Cover, Days, Definition, Sample, Selection, Term, What},
    stretch::Stretch,
};

/// Over which days and channels something is added up.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Reach {
    pub cover: Cover,
    pub days: Days,
    pub of: Selection,
}

/// What is added up over a reach.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub(crate) struct Wanted {
    pub counts: Vec<Measure>,
    pub money: Vec<Money>,
    pub cycles: bool,
}

/// Every reach of the catalogue, with what its terms want of it.
pub(crate) static REACHES: LazyLock<Vec<(Reach, Wanted)>> = LazyLock::new(|| {
    let mut reaches: Vec<(Reach, Wanted)> = Vec::new();
    for definition in Kpi::ALL.iter().map(|kpi| kpi.definition()) {
        let sample = match &definition.sample {
            Sample::Count(term) => Some(term),
            Sample::Denominator => None,
        };
        for term in definition.terms().chain(sample) {
            let reach = Reach::of(term, definition.cover);
            let at = reaches.iter().position(|(known, _)| *known == reach).unwrap_or_else(|| {
                reaches.push((reach, Wanted::default()));
                reaches.len() - 1
            });
            if let Some((_, wanted)) = reaches.get_mut(at) {
                wanted.add(term.what);
            }
        }
    }
    reaches
});

impl Reach {
    /// That of a term of a KPI that covers some days.
    pub fn of(term: &Term, cover: Cover) -> Reach {
        // What stands does so in every window.
        let cover = if term.days == Days::Standing { Cover::Whole } else { cover };
        Reach { cover, days: term.days, of: term.of }
    }

    /// The panes of a window that it reaches; none of a window that has no such days.
    pub fn stretch(self, instance: &Instance, today: Day, config: &Config) -> Option<Stretch> {
        match (self.days, self.cover, instance) {
            (Days::Standing, ..) => Some(Stretch::StandingAt(today)),
            (Days::Covered, Cover::Whole, Instance::Minutes(_, first, last)) => Some(Stretch::Minutes(*first, *last)),
            (_, _, Instance::Minutes(..)) => None,
            (Days::Covered, cover, Instance::Days(coverage)) => Some(Stretch::Days(coverage.days(cover))),
            (Days::Preceding, cover, Instance::Days(coverage)) => Some(Stretch::Days(coverage.days(cover).plus(-config.days_before(cover)))),
        }
    }
}

impl Wanted {
    /// Some counts and some money.
    pub fn of(counts: &[Measure], money: &[Money]) -> Wanted {
        Wanted { counts: counts.to_vec(), money: money.to_vec(), cycles: false }
    }

    /// What some terms add up.
    pub fn of_terms<'a>(terms: impl Iterator<Item = &'a Term>) -> Wanted {
        let mut wanted = Wanted::default();
        terms.for_each(|term| wanted.add(term.what));
        wanted
    }

    fn add(&mut self, what: What) {
        match what {
            What::Count(measure) | What::Seconds(measure) if !self.counts.contains(&measure) => self.counts.push(measure),
            What::Money(money) if !self.money.contains(&money) => self.money.push(money),
            What::Cycles => {
                self.cycles = true;
                self.add(What::Count(Measure::CycleWins));
            }
            What::Count(_) | What::Seconds(_) | What::Money(_) | What::Members | What::Visitors | What::ConvertingVisitors => {}
        }
    }
}

impl Coverage {
    /// The days that a KPI of a cover covers.
    pub fn days(&self, cover: Cover) -> panes::DayRange {
        match cover {
            Cover::Whole => self.whole,
            Cover::Spend => self.spend,
            Cover::Lagged => self.lagged,
            Cover::Mature => self.mature,
        }
    }
}

impl Config {
    /// By how many days what precedes does so.
    pub(crate) fn days_before(&self, cover: Cover) -> i32 {
        match cover {
            Cover::Whole | Cover::Spend => 0,
            Cover::Lagged => self.lag_days,
            Cover::Mature => self.horizon_days,
        }
    }
}

impl Definition {
    /// Whether its days end with those whose spend is complete.
    pub(crate) fn needs_spend(&self) -> bool {
        self.cover != Cover::Whole
    }
}
