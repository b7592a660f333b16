//! Targets: which of them stands in a row, and how the row's value compares.

use std::{collections::BTreeMap, sync::Arc};

use model::Day;
use panes::{DayRange, Period};

use crate::{
    Group, Kpi, Undefined,
    coverage::Calendar,
    definition::{Better, Definition},
    evaluation::Number,
};

/// A target of a KPI, in total or for one channel.
#[derive(Clone, PartialEq, Debug)]
pub struct Target {
    /// The KPI.
    pub kpi: Kpi,
    /// The channel in whose rows it stands; the totals' where there is none.
    pub channel: Option<Arc<str>>,
    /// The rows in which it stands.
    pub stands: Stands,
    /// The value to reach, or to keep to: above 0, in the KPI's unit.
    pub value: f64,
    /// Which way is better; the KPI's own where it is not said.
    pub better: Option<Better>,
    /// How much of its period the finished days are expected to bring; by weekdays where it is not said.
    pub profile: Option<Profile>,
}

/// In which rows a target stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stands {
    /// In every row of days.
    Everywhere,
    /// In the rows of a kind of calendar period.
    In {
        /// The kind.
        period: Period,
        /// The first period's first day; none: since ever.
        from: Option<Day>,
        /// The last period's first day; none: for ever.
        until: Option<Day>,
    },
}

/// What of a period its finished days are expected to bring. KPI T9
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Profile {
    /// Each day the same.
    Even,
    /// Each day what its weekday brought in the eight weeks before the period.
    #[default]
    Weekday,
    /// What the days of the period before had brought by then.
    Previous,
}

/// Targets of which at most one holds in any row.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Targets(BTreeMap<Option<Arc<str>>, OfChannel>);

/// Those of the totals, or of one channel.
pub(crate) type OfChannel = BTreeMap<Kpi, Vec<Target>>;

/// A target that means nothing, or that is not the only one.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TargetError {
    /// What grows with the window has no target without a period.
    #[error("{0} grows with the window: give the target a period (week, month, quarter or year)")]
    NeedsPeriod(&'static str),
    /// Only what adds up day by day has a profile.
    #[error("{0} does not add up day by day: leave out the profile")]
    NoProfile(&'static str),
    /// Two targets that hold from the same period on.
    #[error("{0} has two targets that begin alike: give the later one a `from`, or leave one out")]
    Twice(&'static str),
    /// The last period lies before the first.
    #[error("the target of {0} ends before it begins: `until` is before `from`")]
    EndsBeforeItBegins(&'static str),
}

impl Targets {
    /// Targets, each checked by itself and against the others.
    pub fn new(targets: impl IntoIterator<Item = Target>) -> Result<Targets, TargetError> {
        let mut all = Targets::default();
        for target in targets {
            all.add(target)?;
        }
        Ok(all)
    }

    /// Adds a target, if it means something and no other begins alike.
    pub fn add(&mut self, target: Target) -> Result<(), TargetError> {
        let (definition, name) = (target.kpi.definition(), target.kpi.name());
        if definition.grows_with_its_window() && target.stands == Stands::Everywhere {
            return Err(TargetError::NeedsPeriod(name));
        }
        if target.profile.is_some() && definition.daily_sum().is_none() {
            return Err(TargetError::NoProfile(name));
        }
        if matches!(target.stands, Stands::In { from: Some(from), until: Some(until), .. } if until < from) {
            return Err(TargetError::EndsBeforeItBegins(name));
        }
        let known = self.0.entry(target.channel.clone()).or_default().entry(target.kpi).or_default();
        if known.iter().any(|known| known.begins_like(&target)) {
            return Err(TargetError::Twice(name));
        }
        known.push(target);
        Ok(())
    }

    /// The targets of a group's rows: of the total, or of a channel and nothing else.
    pub(crate) fn of_group(&self, group: &Group) -> Option<&OfChannel> {
        if group.campaign.is_some() || group.segment.is_some() {
            return None;
        }
        self.0.get(&group.channel)
    }

    /// Whether any target of a kind of period goes by the period before.
    pub(crate) fn look_back(&self, period: Period) -> bool {
        let looks_back =
            |target: &Target| target.profile == Some(Profile::Previous) && matches!(target.stands, Stands::In { period: own, .. } if own == period);
        self.0.values().flat_map(BTreeMap::values).flatten().any(looks_back)
    }
}

/// The target that holds in a row of days, of those of its group: one of the row's own calendar period before one of every row, and of
/// several the one that begins last. KPI T4, T5
pub(crate) fn holding(targets: &OfChannel, kpi: Kpi, calendar: Option<Calendar>) -> Option<&Target> {
    let stand = targets.get(&kpi)?.iter().filter(|target| target.stands_in(calendar));
    stand.max_by_key(|target| match target.stands {
        Stands::Everywhere => (false, None),
        Stands::In { from, .. } => (true, from),
    })
}

impl Target {
    fn begins_like(&self, other: &Target) -> bool {
        match (self.stands, other.stands) {
            (Stands::Everywhere, Stands::Everywhere) => true,
            (Stands::In { period, from, .. }, Stands::In { period: others, from: others_from, .. }) => (period, from) == (others, others_from),
            _ => false,
        }
    }

    fn stands_in(&self, calendar: Option<Calendar>) -> bool {
        let Stands::In { period, from, until } = self.stands else { return true };
        let is_within = |DayRange { first, .. }| from.is_none_or(|from| from <= first) && until.is_none_or(|until| first <= until);
        calendar.is_some_and(|calendar| calendar.period == period && is_within(calendar.days))
    }

    /// What share of the target a value is. KPI T6
    pub(crate) fn attainment(&self, definition: &Definition, value: Result<Number, Undefined>) -> Option<f64> {
        let value = value.ok()?.as_f64();
        let is_inverse = self.better.unwrap_or(definition.better) == Better::Lower && definition.daily_sum().is_none();
        match is_inverse {
            true => (value > 0.0).then(|| self.value / value),
            false => Some(value / self.value),
        }
    }
}
