//! A block: the sums and rows of one breakdown in one window, of which only what was touched is worked out anew.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use model::{Day, Millis};
use panes::{DayRange, Keep, Panes};

use crate::{
    Aim, By, Config, Group, Kpi, Number, Row, Undefined,
    coverage::Instance,
    definition::{Days, Definition, Selection, Term, What},
    figures::{Figures, Intervals, Part, Sums},
    groups::Grouping,
    members::members,
    pace::{Frame, Pace},
    reach::{REACHES, Reach},
    rollup::{Moves, Rollup},
    tally::{Channels, Split, Tallies, Tally},
    targets::{OfChannel, holding},
    visitors::{SeenMove, Unions, are_kept},
};

/// What all blocks of an evaluation look at.
pub(crate) struct Now<'a> {
    pub folds: &'a [&'a Panes],
    pub config: &'a Config,
    pub today: Day,
    /// The first and the last day, by today, on which anything is booked.
    pub booked: Option<DayRange>,
    /// The day through which spend is complete.
    pub complete_through: Option<Day>,
    /// What all folds keep.
    pub keep: Keep,
    /// Whether the members of communities may be others than before.
    pub members_moved: bool,
}

/// The channels that a window's terms select.
#[derive(Clone, Default, Debug)]
pub(crate) struct Selected {
    pub community: Channels,
    pub paid: Channels,
    pub unmatched: Channels,
}

/// What the rows of a block are for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// To be shown.
    Shown,
    /// To be compared with: only what sums of cells tell is looked at.
    Compared,
}

/// The sums and rows of one breakdown in one window.
pub(crate) struct Block {
    instance: Instance,
    purpose: Use,
    keep: Keep,
    /// In the order of [`REACHES`].
    tallies: Vec<Tallies>,
    /// None where they are not kept as finely, or not wanted.
    visitors: Option<Unions>,
    /// None where its window is no running period.
    pace: Option<Pace>,
    members: BTreeMap<u32, i128>,
    /// Groups whose rows are not those of their sums any more.
    touched: BTreeSet<u32>,
    rows: BTreeMap<u32, Arc<[Row]>>,
}

impl Selected {
    pub fn of(&self, selection: Selection) -> Option<&Channels> {
        match selection {
            Selection::All => None,
            Selection::Community => Some(&self.community),
            Selection::Paid => Some(&self.paid),
            Selection::Unmatched => Some(&self.unmatched),
        }
    }
}

impl Block {
    /// A block of a window, of no panes yet.
    pub fn new(instance: &Instance, purpose: Use, keep: Keep) -> Block {
        Block {
            instance: instance.clone(),
            purpose,
            keep,
            tallies: REACHES.iter().map(|(_, wanted)| Tallies::new(wanted.clone(), Split::Groups)).collect(),
            visitors: None,
            pace: None,
            members: BTreeMap::new(),
            touched: BTreeSet::new(),
            rows: BTreeMap::new(),
        }
    }

    /// Follows what has moved in the panes.
    pub fn follow(&mut self, moves: &Moves, seen: &[SeenMove<'_>], config: &Config) {
        self.tallies.iter_mut().for_each(|tallies| tallies.follow(moves, config, &mut self.touched));
        self.visitors.iter_mut().for_each(|unions| unions.follow(seen, &mut self.touched));
        self.pace.iter_mut().for_each(|pace| pace.follow(moves, config, &mut self.touched));
    }

    /// Sums up what its window covers now.
    pub fn place(&mut self, instance: &Instance, grouping: &Grouping, rollup: &Rollup, selected: &Selected, now: &Now<'_>) {
        let touched = &mut self.touched;
        for ((reach, _), tallies) in REACHES.iter().zip(&mut self.tallies) {
            if let Some(stretch) = reach.stretch(instance, now.today, now.config) {
                tallies.place(stretch, selected.of(reach.of), rollup, now.config, touched);
            }
        }
        if self.purpose == Use::Shown {
            self.place_what_are_no_sums(instance, grouping, now);
            self.place_pace(Frame::of(instance, now), rollup, now);
        }
        if (&self.instance, self.keep) != (instance, now.keep) {
            // Ends, or what is kept: of every row.
            self.touched.extend(self.rows.keys());
            (self.instance, self.keep) = (instance.clone(), now.keep);
        }
        if grouping.by == By::TOTAL && self.rows.is_empty() {
            self.touched.insert(0);
        }
    }

    fn place_what_are_no_sums(&mut self, instance: &Instance, grouping: &Grouping, now: &Now<'_>) {
        let (days, touched) = (instance.days(), &mut self.touched);
        if are_kept(now.folds, grouping.by) {
            self.visitors.get_or_insert_default().place(days, now.folds, grouping, touched);
        } else if let Some(unions) = self.visitors.take() {
            touched.extend(unions.groups());
        }
        if now.members_moved || days != self.instance.days() || (self.members.is_empty() && self.rows.is_empty()) {
            let members = if days.is_empty() { BTreeMap::new() } else { members(now.folds, grouping, days.last) };
            let differs = |(group, n): &(&u32, &i128)| self.members.get(group) != Some(n);
            touched.extend(members.iter().filter(differs).map(|(group, _)| *group));
            touched.extend(self.members.keys().filter(|group| !members.contains_key(group)));
            self.members = members;
        }
    }

    fn place_pace(&mut self, frame: Option<Frame>, rollup: &Rollup, now: &Now<'_>) {
        if self.pace.as_ref().map(Pace::frame) != frame.as_ref() {
            // How many days are finished: of every row.
            self.touched.extend(self.rows.keys());
        }
        let Some(frame) = frame else {
            self.pace = None;
            return;
        };
        self.pace.get_or_insert_with(|| Pace::new(frame)).place(frame, rollup, now.config, &mut self.touched);
    }

    /// The rows of all groups, by name; a group is there where any of its rows has a part that is not 0.
    pub fn rows<'a>(&'a mut self, grouping: &'a Grouping, now: &Now<'_>, intervals: &mut Intervals) -> impl Iterator<Item = Arc<[Row]>> + 'a {
        for number in std::mem::take(&mut self.touched) {
            let rows = grouping.group(number).and_then(|group| self.rows_of(number, group, grouping.by == By::TOTAL, now, intervals));
            match rows {
                Some(rows) => self.rows.insert(number, rows),
                None => self.rows.remove(&number),
            };
        }
        grouping.by_name().filter_map(|(number, _)| self.rows.get(&number).cloned())
    }

    fn rows_of(&mut self, number: u32, group: &Arc<Group>, is_total: bool, now: &Now<'_>, intervals: &mut Intervals) -> Option<Arc<[Row]>> {
        let visitors = self.visitors.as_mut().map(|unions| unions.counts(number));
        let of = OneGroup { block: self, number, visitors, now };
        let figures: Vec<(Kpi, Figures)> =
            Kpi::ALL.iter().map(|kpi| (*kpi, Figures::of(kpi.definition(), &of, now.config.margin, intervals))).collect();
        let is_there = is_total || figures.iter().any(|(_, figures)| figures.is_something());
        let targets = now.config.targets.of_group(group);
        let row = |(kpi, figures): (Kpi, Figures)| {
            let aim = self.aim(kpi, number, &figures, targets);
            self.row(kpi, group, figures, aim, now)
        };
        is_there.then(|| figures.into_iter().map(row).collect())
    }

    fn row(&self, kpi: Kpi, group: &Arc<Group>, figures: Figures, aim: Aim, now: &Now<'_>) -> Row {
        let (start, end) = self.instance.instants(kpi.definition(), now.config);
        let Figures { value, numerator, denominator, sample_size, interval, .. } = figures;
        let window = self.instance.label().clone();
        Row { kpi, window, start, end, group: group.clone(), value, numerator, denominator, sample_size, interval, aim }
    }

    /// How a row of days stands against the target that holds in it, and where its period leads.
    fn aim(&self, kpi: Kpi, number: u32, figures: &Figures, targets: Option<&OfChannel>) -> Aim {
        let Instance::Days(coverage) = &self.instance else { return Aim::default() };
        let target = targets.and_then(|targets| holding(targets, kpi, coverage.calendar));
        let profile = target.and_then(|target| target.profile).unwrap_or_default();
        let projected = self.pace.as_ref().and_then(|pace| pace.projected(number, kpi, profile));
        Aim {
            target: target.map(|target| target.value),
            attainment: target.and_then(|target| target.attainment(kpi.definition(), figures.value)),
            pace: target.zip(projected).map(|(target, projected)| projected / target.value),
            projected,
        }
    }
}

/// The sums of one group of a block.
struct OneGroup<'a> {
    block: &'a Block,
    number: u32,
    visitors: Option<(i128, i128)>,
    now: &'a Now<'a>,
}

impl OneGroup<'_> {
    fn tally<T>(&self, definition: &Definition, term: &Term, of: impl FnOnce(&Tallies, &Tally) -> T) -> Option<T> {
        let reach = Reach::of(term, definition.cover);
        let at = REACHES.iter().position(|(known, _)| *known == reach)?;
        let tallies = self.block.tallies.get(at)?;
        Some(of(tallies, tallies.get(self.number)?))
    }

    /// Whether a term's panes are kept.
    fn is_kept(&self, definition: &Definition, term: &Term) -> bool {
        let Keep { days_from, minutes_from, .. } = self.block.keep;
        match &self.block.instance {
            _ if term.days == Days::Standing => true,
            Instance::Minutes(_, first, _) => *first >= minutes_from,
            Instance::Days(coverage) => {
                let stretch = Reach::of(term, definition.cover).stretch(&self.block.instance, self.now.today, self.now.config);
                coverage.whole.first >= days_from && stretch.is_none_or(|stretch| stretch.days().first >= days_from)
            }
        }
    }
}

impl Sums for OneGroup<'_> {
    fn sum(&self, definition: &Definition, term: &Term) -> Part {
        let count = |measure| self.tally(definition, term, |tallies, tally| tally.count(tallies.wanted(), measure)).unwrap_or(0);
        match term.what {
            What::Count(measure) => Ok(Number::Count(count(measure))),
            What::Seconds(measure) => Ok(Number::Real(count(measure) as f64 / 1000.0)),
            What::Money(kind) => {
                let amount = self.tally(definition, term, |tallies, tally| tally.money(tallies.wanted(), kind));
                amount.unwrap_or(Ok(model::Micros(0))).map(Number::Money)
            }
            What::Members => Ok(Number::Count(self.block.members.get(&self.number).copied().unwrap_or(0))),
            What::Visitors => self.visitors.map(|(all, _)| Number::Count(all)).ok_or(Undefined::NotKept),
            What::ConvertingVisitors => self.visitors.map(|(_, converting)| Number::Count(converting)).ok_or(Undefined::NotKept),
            // A distribution has no sum.
            What::Cycles => Err(Undefined::NotKept),
        }
    }

    fn quantile(&self, definition: &Definition, term: &Term, percent: u8) -> Option<f64> {
        self.tally(definition, term, |tallies, tally| tally.cycle_quantile(tallies.wanted(), percent)).flatten()
    }

    fn blocked(&self, definition: &Definition) -> Option<Undefined> {
        let is_below = definition.terms().any(|term| !self.is_kept(definition, term));
        let of_instance = match &self.block.instance {
            Instance::Minutes(..) => (!definition.in_minutes).then_some(Undefined::DailyOnly),
            Instance::Days(coverage) => {
                (definition.needs_spend() && coverage.days(definition.cover).is_empty()).then_some(Undefined::SpendIncomplete)
            }
        };
        is_below.then_some(Undefined::NotKept).or(of_instance)
    }
}

impl Instance {
    /// The window's name.
    pub fn label(&self) -> &Arc<str> {
        match self {
            Instance::Minutes(label, ..) => label,
            Instance::Days(coverage) => &coverage.label,
        }
    }

    /// All its days; of minutes none.
    fn days(&self) -> DayRange {
        match self {
            Instance::Minutes(..) => DayRange::new(Day(0), Day(-1)),
            Instance::Days(coverage) => coverage.whole,
        }
    }

    /// The instants between which the panes of a KPI lie.
    fn instants(&self, definition: &Definition, config: &Config) -> (Millis, Millis) {
        match self {
            Instance::Minutes(_, first, last) => (first.start(), last.start().plus(model::time::MINUTE_MS)),
            Instance::Days(coverage) => coverage.days(definition.cover).instants(&config.zone),
        }
    }
}
