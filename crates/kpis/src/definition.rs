//! What there is to say of a KPI: the row of the [catalogue](crate::Kpi), and the terms its formula is made of.
//!
//! A definition is plain data. What evaluates it (`figures`), explains it (`explain`) or shows it (`exporter`) interprets it and knows no
//! KPI by its name.

use panes::Measure;

use crate::{Money, Undefined};

/// A KPI in one variant, or a companion.
#[derive(Clone, Copy, Debug)]
pub struct Definition {
    /// The name in JSON.
    pub name: &'static str,
    /// The variant, of KPIs that have several.
    pub variant: Option<&'static str>,
    /// The unit.
    pub unit: Unit,
    /// What it is, for people.
    pub about: &'static str,
    /// From what it is computed.
    pub formula: Formula,
    /// The days it covers.
    pub cover: Cover,
    /// On how many things it rests.
    pub sample: Sample,
    /// Its 95% interval.
    pub interval: Option<Interval>,
    /// Whether the minute windows have it.
    pub in_minutes: bool,
    /// How finely it is exported as metrics.
    pub grain: Grain,
    /// Which way is better.
    pub better: Better,
    /// Whether it comes with the rows of spend, a day or more behind: a day counts once its spend is complete.
    pub comes_late: bool,
}

/// What a KPI is measured in; it ends a metric's name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unit {
    /// A number of things.
    Count,
    /// A share or quotient; 0.05 is 5%.
    Ratio,
    /// A duration.
    Seconds,
    /// Units of the reporting currency.
    Money,
}

/// How a KPI is computed from its terms.
#[derive(Clone, Copy, Debug)]
pub enum Formula {
    /// The term itself.
    Sum(Term),
    /// One sum of terms divided by another.
    Ratio(Ratio),
    /// A quantile of the distribution that the term is, by nearest rank.
    Quantile {
        /// The share of what lies below, in hundredths.
        percent: u8,
        /// The distribution.
        of: Term,
        /// Why there is no value where the distribution is empty.
        none: Undefined,
    },
}

/// A quotient.
#[derive(Clone, Copy, Debug)]
pub struct Ratio {
    /// What is added up above the line, each term by its weight.
    pub numerator: &'static [(Weight, Term)],
    /// What is added up below it.
    pub denominator: &'static [Term],
    /// Why there is no value where the denominator is not above 0.
    pub none: Undefined,
    /// Why there is no value where the numerator is not above 0, for ratios that mean nothing then.
    pub free: Option<Undefined>,
}

/// On how many things a KPI rests.
#[derive(Clone, Copy, Debug)]
pub enum Sample {
    /// On what is counted below the line.
    Denominator,
    /// On what a term counts.
    Count(Term),
}

/// By what a term is multiplied.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Weight {
    /// 1.
    One,
    /// -1.
    Minus,
    /// The configured margin.
    Margin,
}

/// A sum that a formula refers to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Term {
    /// What it counts, for people.
    pub name: &'static str,
    /// What is added up.
    pub what: What,
    /// Over which of the KPI's days.
    pub days: Days,
    /// Over which channels.
    pub of: Selection,
}

/// What a term adds up.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum What {
    /// A count.
    Count(Measure),
    /// Milliseconds, as seconds.
    Seconds(Measure),
    /// Money.
    Money(Money),
    /// The distribution of sales cycles.
    Cycles,
    /// Members of communities, a level.
    Members,
    /// Distinct visitors, who do not add up.
    Visitors,
    /// Those with a conversion action.
    ConvertingVisitors,
}

/// Over which days a term is added up.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Days {
    /// Those that the KPI covers.
    Covered,
    /// As many days before, where what is spent precedes what it brings: see [`Cover`].
    Preceding,
    /// None: what stands at the instant, since whenever.
    Standing,
}

/// Which days of a window a KPI covers. KPI S1, S5
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Cover {
    /// All.
    Whole,
    /// Those whose spend is complete.
    Spend,
    /// Those for which the spend of `lag` days before is complete; that many days precede.
    Lagged,
    /// Those on which the leads of `horizon` days before mature, and the spend of then is complete; that many days precede.
    Mature,
}

/// Over which channels a term is added up.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Selection {
    /// All.
    All,
    /// Those that are configured as communities.
    Community,
    /// Those with media spend in the days of the spend.
    Paid,
    /// Those without a lead in the days covered.
    Unmatched,
}

/// A 95% interval.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Interval {
    /// Wilson's, of a share. KPI H1
    Wilson,
    /// Garwood's, of a count of customers below the line, their spend fixed. KPI H2
    Garwood,
}

/// How finely a KPI is exported as metrics: what does not add up and is large is left to the API.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Grain {
    /// The total alone.
    Total,
    /// By channel too.
    Channel,
    /// By campaign too.
    Campaign,
}

/// Which way of a KPI is better.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Better {
    /// More.
    Higher,
    /// Less.
    Lower,
    /// Neither: a plan is to be kept to.
    Near,
}

impl Better {
    /// The name in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Better::Higher => "up",
            Better::Lower => "down",
            Better::Near => "near",
        }
    }
}

impl Definition {
    /// A definition that says no more than it must: of the whole window, by channel, more is better.
    const fn plain(name: &'static str, unit: Unit, about: &'static str, formula: Formula, sample: Sample) -> Definition {
        Definition {
            name,
            variant: None,
            unit,
            about,
            formula,
            cover: Cover::Whole,
            sample,
            interval: None,
            in_minutes: false,
            grain: Grain::Channel,
            better: Better::Higher,
            comes_late: false,
        }
    }

    /// A count, which rests on as many things.
    pub(crate) const fn count(name: &'static str, about: &'static str, term: Term) -> Definition {
        Definition::plain(name, Unit::Count, about, Formula::Sum(term), Sample::Count(term))
    }

    /// An amount of so many things.
    pub(crate) const fn money(name: &'static str, about: &'static str, term: Term, sample: Term) -> Definition {
        Definition::plain(name, Unit::Money, about, Formula::Sum(term), Sample::Count(sample))
    }

    /// A quotient, which rests on what is counted below the line.
    pub(crate) const fn ratio(name: &'static str, about: &'static str, ratio: Ratio) -> Definition {
        Definition::plain(name, Unit::Ratio, about, Formula::Ratio(ratio), Sample::Denominator)
    }

    /// A quantile of a distribution of durations.
    pub(crate) const fn quantile(name: &'static str, about: &'static str, percent: u8, of: Term, none: Undefined, sample: Term) -> Definition {
        Definition::plain(name, Unit::Seconds, about, Formula::Quantile { percent, of, none }, Sample::Count(sample))
    }

    pub(crate) const fn measured_in(self, unit: Unit) -> Definition {
        Definition { unit, ..self }
    }

    pub(crate) const fn resting_on(self, sample: Term) -> Definition {
        Definition { sample: Sample::Count(sample), ..self }
    }

    pub(crate) const fn variant(self, variant: &'static str) -> Definition {
        Definition { variant: Some(variant), ..self }
    }

    pub(crate) const fn over(self, cover: Cover) -> Definition {
        Definition { cover, ..self }
    }

    pub(crate) const fn with(self, interval: Interval) -> Definition {
        Definition { interval: Some(interval), ..self }
    }

    pub(crate) const fn in_minutes(self) -> Definition {
        Definition { in_minutes: true, ..self }
    }

    pub(crate) const fn to(self, grain: Grain) -> Definition {
        Definition { grain, ..self }
    }

    pub(crate) const fn better(self, better: Better) -> Definition {
        Definition { better, ..self }
    }

    pub(crate) const fn late(self) -> Definition {
        Definition { comes_late: true, ..self }
    }

    /// The terms of the formula, those above the line first; one that stands above and below comes twice.
    pub fn terms(&self) -> impl Iterator<Item = &Term> {
        let (one, above, below): (Option<&Term>, &[(Weight, Term)], &[Term]) = match &self.formula {
            Formula::Sum(term) | Formula::Quantile { of: term, .. } => (Some(term), &[], &[]),
            Formula::Ratio(ratio) => (None, ratio.numerator, ratio.denominator),
        };
        one.into_iter().chain(above.iter().map(|(_, term)| term)).chain(below)
    }

    /// Whether it adds up: the parts of a total sum to it.
    pub fn is_additive(&self) -> bool {
        matches!(self.formula, Formula::Sum(term) if term.what.is_additive())
    }

    /// What it is the sum of over the days of a window, where the days of a period fill it: of levels, and of what counts anew in every
    /// window, there is none. KPI T7
    pub fn daily_sum(&self) -> Option<&Term> {
        match &self.formula {
            Formula::Sum(term) if term.is_daily() => Some(term),
            _ => None,
        }
    }

    /// Whether a longer window has more of it: a target then means one length of period. KPI T2
    pub fn grows_with_its_window(&self) -> bool {
        matches!(self.formula, Formula::Sum(term) if term.days != Days::Standing && term.what != What::Members)
    }

    /// The quotient, where channels alone make its parts: what each of them has moved adds up to the change of the whole. KPI E2
    pub fn ratio_of_channels(&self) -> Option<&Ratio> {
        match &self.formula {
            Formula::Ratio(ratio) if self.terms().all(|term| term.is_daily() && term.of == Selection::All) => Some(ratio),
            _ => None,
        }
    }

    /// The quotient, where the sums of what its parts are made of make that of the whole.
    pub fn ratio_of_sums(&self) -> Option<&Ratio> {
        match &self.formula {
            Formula::Ratio(ratio) if self.terms().all(|term| term.what.is_additive()) => Some(ratio),
            _ => None,
        }
    }
}

impl Ratio {
    /// One term divided by another.
    pub(crate) const fn new(numerator: &'static [(Weight, Term)], denominator: &'static [Term], none: Undefined) -> Ratio {
        Ratio { numerator, denominator, none, free: None }
    }

    /// A ratio that means nothing unless its numerator is above 0.
    pub(crate) const fn unless_free(self, free: Undefined) -> Ratio {
        Ratio { free: Some(free), ..self }
    }
}

impl Term {
    /// A term over the KPI's own days and all channels.
    pub(crate) const fn of(name: &'static str, what: What) -> Term {
        Term { name, what, days: Days::Covered, of: Selection::All }
    }

    pub(crate) const fn count(name: &'static str, measure: Measure) -> Term {
        Term::of(name, What::Count(measure))
    }

    pub(crate) const fn money(name: &'static str, money: Money) -> Term {
        Term::of(name, What::Money(money))
    }

    pub(crate) const fn preceding(self) -> Term {
        Term { days: Days::Preceding, ..self }
    }

    pub(crate) const fn standing(self) -> Term {
        Term { days: Days::Standing, ..self }
    }

    pub(crate) const fn only(self, of: Selection) -> Term {
        Term { of, ..self }
    }

    /// Whether it is the sum of what each day brings.
    fn is_daily(&self) -> bool {
        self.days != Days::Standing && matches!(self.what, What::Count(_) | What::Seconds(_) | What::Money(_))
    }
}

impl What {
    /// Whether the parts of a total sum to it.
    pub fn is_additive(self) -> bool {
        !matches!(self, What::Visitors | What::ConvertingVisitors | What::Cycles)
    }
}
