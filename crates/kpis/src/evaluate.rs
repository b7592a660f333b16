//! From panes to rows: from the beginning for who asks once, and by what has moved for who asks again and again.

use std::{
    collections::{BTreeMap, BTreeSet},
    iter,
    sync::Arc,
};

use model::{Day, Millis, channels::UNATTRIBUTED};
use panes::{DayRange, Keep, Measure, Panes};

use crate::{
    By, Config, DataState, Evaluation, Money, Request, Rows,
    beside::Data,
    block::{Block, Now, Selected, Use},
    coverage::{Coverage, Instance, SpendState, Windows, booked, spend_state},
    definition::{Cover, Selection},
    effects::{Known, compared},
    figures::Intervals,
    groups::{Grouping, is_extension},
    pace::Frame,
    reach::{REACHES, Wanted},
    rollup::{Groupings, Moves, Rollup},
    stretch::Stretch,
    tally::{Channels, Split, Tallies},
    visitors,
};

/// The KPIs of what some folds hold together, at an instant.
pub fn evaluate(folds: &[&Panes], request: &Request, config: &Config) -> Evaluation {
    let spend = spend_state(folds);
    let windows = Windows::of(request, config, folds, spend.complete_through);
    Work::new(request).evaluate(folds, request, config, spend, &windows, Keeping::Nothing)
}

/// The KPIs of one instance of a request's spans, compared with no other.
pub(crate) fn evaluate_instance(folds: &[&Panes], request: &Request, config: &Config, spend: SpendState, instance: &Instance) -> Evaluation {
    let windows = Windows::alone(instance);
    Work::new(request).evaluate(folds, request, config, spend, &windows, Keeping::Nothing)
}

/// The channels that a selection is in a window.
pub(crate) fn selected(selection: Selection, folds: &[&Panes], request: &Request, config: &Config, instance: &Instance) -> BTreeSet<Arc<str>> {
    let mut work = Work::new(&Request { by: Vec::new(), ..request.clone() });
    let now = work.look(folds, request, config, None);
    work.reach(iter::once((instance, Use::Compared)), &now);
    let selected = work.select(instance, &now);
    let is_selected = |number: &u32| selected.of(selection).is_none_or(|channels| channels.contains(number));
    let named = work.channels.by_name().filter(|(number, _)| is_selected(number));
    named.filter_map(|(_, group)| group.channel.clone()).collect()
}

/// Evaluates one request at one instant after the other. What does not move between two of them is not looked at again: an evaluation costs
/// what has changed since the one before.
#[derive(Default)]
pub struct Evaluator(Option<Before>);

/// What was last evaluated.
struct Before {
    folds: Vec<Arc<Panes>>,
    request: Request,
    config: Arc<Config>,
    work: Work,
    evaluation: Evaluation,
}

impl Evaluator {
    /// The KPIs of what some folds hold together: the same as [`evaluate`] finds.
    pub fn evaluate(&mut self, folds: &[Arc<Panes>], request: &Request, config: &Arc<Config>) -> Evaluation {
        let before = self.0.take().filter(|before| before.is_followed_by(folds, request, config));
        if let Some(mut before) = before {
            if before.is_same(folds, request) {
                before.evaluation.as_of = request.as_of;
                return self.0.insert(before).evaluation.clone();
            }
            let (was, is): (Vec<&Panes>, Vec<&Panes>) = (before.folds.iter().map(|fold| &**fold).collect(), refs(folds));
            before.work.follow(&was, &is, config);
            return self.finish(before.work, folds, request, config);
        }
        self.finish(Work::new(request), folds, request, config)
    }

    fn finish(&mut self, mut work: Work, folds: &[Arc<Panes>], request: &Request, config: &Arc<Config>) -> Evaluation {
        let all = refs(folds);
        let spend = spend_state(&all);
        let windows = Windows::of(request, config, &all, spend.complete_through);
        let evaluation = work.evaluate(&all, request, config, spend, &windows, Keeping::Blocks);
        let before = Before { folds: folds.to_vec(), request: request.clone(), config: config.clone(), work, evaluation };
        self.0.insert(before).evaluation.clone()
    }
}

fn refs(folds: &[Arc<Panes>]) -> Vec<&Panes> {
    folds.iter().map(|fold| &**fold).collect()
}

impl Before {
    /// Whether what was evaluated can be followed to these: the same folds, later, by the same settings.
    fn is_followed_by(&self, folds: &[Arc<Panes>], request: &Request, config: &Arc<Config>) -> bool {
        let pairs = || self.folds.iter().zip(folds);
        Arc::ptr_eq(&self.config, config)
            && (&self.request.spans, &self.request.by) == (&request.spans, &request.by)
            && self.folds.len() == folds.len()
            && pairs().all(|(before, after)| Arc::ptr_eq(before, after) || is_extension(before, after))
    }

    /// Whether nothing is to be seen that was not there before.
    fn is_same(&self, folds: &[Arc<Panes>], request: &Request) -> bool {
        let at = |as_of: Millis| (as_of.minute(), self.config.zone.day_of(as_of));
        at(self.request.as_of) == at(request.as_of) && self.folds.iter().zip(folds).all(|(before, after)| Arc::ptr_eq(before, after))
    }
}

/// Whether the blocks of an evaluation are wanted again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keeping {
    Nothing,
    Blocks,
}

/// All that evaluations of one request have worked out.
struct Work {
    channels: Grouping,
    breakdowns: Vec<Breakdown>,
    selecting: BTreeMap<Arc<str>, Selecting>,
    data: Data,
    effects: Known,
    intervals: Intervals,
    members_moved: bool,
}

/// One breakdown: its rolled-up panes and its blocks, by window.
struct Breakdown {
    grouping: Grouping,
    rollup: Rollup,
    blocks: BTreeMap<Arc<str>, Block>,
}

/// What decides which channels a window's terms select.
struct Selecting {
    /// Media spend by channel, over the days of the spend.
    media: Tallies,
    /// Leads by channel, over the days covered.
    leads: Tallies,
}

impl Work {
    fn new(request: &Request) -> Work {
        // Each breakdown once, however often it is asked for: a row has a name of its own.
        let mut by = vec![By::TOTAL];
        for asked in &request.by {
            if !by.contains(asked) {
                by.push(*asked);
            }
        }
        let breakdown = |by| Breakdown { grouping: Grouping::new(by), rollup: Rollup::default(), blocks: BTreeMap::new() };
        Work {
            channels: Grouping::new(By { channel: true, ..By::TOTAL }),
            breakdowns: by.into_iter().map(breakdown).collect(),
            selecting: BTreeMap::new(),
            data: Data::new(),
            effects: Known::default(),
            intervals: Intervals::default(),
            members_moved: true,
        }
    }

    /// Follows the folds from one state to a later one.
    fn follow(&mut self, before: &[&Panes], after: &[&Panes], config: &Config) {
        self.learn(after);
        let moved: Vec<(usize, &Panes, &Panes)> =
            before.iter().zip(after).enumerate().filter(|(_, (was, is))| !std::ptr::eq(**was, **is)).map(|(at, (was, is))| (at, *was, *is)).collect();
        self.members_moved |= moved.iter().any(|(_, was, is)| !std::ptr::eq(was.audience(), is.audience()));
        for (at, breakdown) in self.breakdowns.iter_mut().enumerate() {
            let (mut moves, mut seen) = (Moves::new(), Vec::new());
            let groupings = Groupings { groups: &breakdown.grouping, channels: &self.channels };
            for (fold, was, is) in &moved {
                breakdown.rollup.moves(*fold, was, is, groupings, &mut moves);
                visitors::moves(*fold, was, is, breakdown.rollup.days(), &breakdown.grouping, &mut seen);
            }
            breakdown.rollup.follow(&moves);
            breakdown.blocks.values_mut().for_each(|block| block.follow(&moves, &seen, config));
            if at == 0 {
                self.selecting.values_mut().for_each(|selecting| selecting.follow(&moves, config));
                self.data.follow(&moves, config);
            }
        }
    }

    fn learn(&mut self, folds: &[&Panes]) {
        self.channels.learn(folds);
        self.breakdowns.iter_mut().for_each(|breakdown| breakdown.grouping.learn(folds));
    }

    fn evaluate(
        &mut self,
        folds: &[&Panes],
        request: &Request,
        config: &Config,
        spend: SpendState,
        windows: &Windows,
        keeping: Keeping,
    ) -> Evaluation {
        let now = self.look(folds, request, config, spend.complete_through);
        self.reach(windows.all(), &now);
        let mut compared = compared(request);
        let mut rows = Vec::new();
        for (instance, purpose) in windows.all() {
            let selected = self.select(instance, &now);
            for breakdown in self.breakdowns.iter_mut().filter(|breakdown| purpose == Use::Shown || breakdown.is_compared()) {
                let found = breakdown.rows(instance, purpose, &selected, &now, &mut self.intervals, keeping);
                let sides = compared.get_mut(instance.label()).filter(|_| breakdown.is_compared());
                sides.into_iter().for_each(|sides| sides.take(breakdown.grouping.by, &found));
                if purpose == Use::Shown {
                    rows.extend(found);
                }
            }
        }
        let (data_state, effects) = (self.data_state(&now), self.effects.effects(request, &compared));
        self.forget(windows);
        Evaluation {
            as_of: request.as_of,
            time_zone: config.zone.name().to_owned(),
            currency: config.currency,
            spend_complete_through: spend.complete_through,
            spend_reported: spend.platforms,
            rows: Rows::of(rows),
            effects,
            data_state,
        }
    }
}

impl Work {
    fn look<'a>(&mut self, folds: &'a [&'a Panes], request: &Request, config: &'a Config, complete_through: Option<Day>) -> Now<'a> {
        self.learn(folds);
        let today = config.zone.day_of(request.as_of);
        let keep = folds.iter().map(|fold| fold.keep()).reduce(Keep::common).unwrap_or(Keep::ALL);
        let (booked, members_moved) = (booked(folds, today), std::mem::take(&mut self.members_moved));
        Now { folds, config, today, booked, complete_through, keep, members_moved }
    }

    /// Rolls up what some windows need.
    fn reach<'a>(&mut self, instances: impl Iterator<Item = (&'a Instance, Use)>, now: &Now<'_>) {
        let hulls = hulls(instances, now);
        for (at, breakdown) in self.breakdowns.iter_mut().enumerate() {
            let mut reached = hulls.clone();
            if at == 0 {
                // What is counted beside the KPIs is so over all days, of the total.
                let all = Stretch::Days(DayRange::new(Day(i32::MIN), now.today));
                reached.iter_mut().filter(|hull| matches!(hull, Stretch::Days(_))).for_each(|hull| *hull = hull.hull(all));
            }
            breakdown.rollup.reach(reached, now.folds, Groupings { groups: &breakdown.grouping, channels: &self.channels });
        }
    }

    /// The channels that a window's terms select, by the sums of its days.
    fn select(&mut self, instance: &Instance, now: &Now<'_>) -> Selected {
        let community = channels_where(&self.channels, |channel, _| now.config.community_channels.contains(channel));
        let nothing = Selected { community: community.clone(), ..Selected::default() };
        let (Instance::Days(coverage), Some(total)) = (instance, self.breakdowns.first()) else { return nothing };
        let selecting = self.selecting.entry(coverage.label.clone()).or_insert_with(Selecting::new);
        selecting.place(coverage, &total.rollup, now.config);
        let paid = |tallies: &Tallies, number| {
            tallies.get(number).is_some_and(|tally| tally.money(tallies.wanted(), Money::Media).map_or(true, |spend| spend.0 > 0))
        };
        let has_leads = |tallies: &Tallies, number| tallies.get(number).is_some_and(|tally| tally.count(tallies.wanted(), Measure::Leads) != 0);
        let (media, leads) = (&selecting.media, &selecting.leads);
        let channels_where = |is: &dyn Fn(&str, u32) -> bool| channels_where(&self.channels, is);
        Selected {
            community,
            paid: channels_where(&|channel, number| channel != UNATTRIBUTED && paid(media, number)),
            unmatched: channels_where(&|channel, number| channel == UNATTRIBUTED || !has_leads(leads, number)),
        }
    }

    fn data_state(&mut self, now: &Now<'_>) -> DataState {
        let Some(total) = self.breakdowns.first() else { return DataState::default() };
        self.data.place(&total.rollup, now);
        self.data.state(now.config)
    }

    /// Forgets the blocks of windows that were not asked for, and the panes in none.
    fn forget(&mut self, windows: &Windows) {
        let asked: BTreeSet<&Arc<str>> = windows.all().map(|(instance, _)| instance.label()).collect();
        self.selecting.retain(|label, _| asked.contains(label));
        for breakdown in &mut self.breakdowns {
            breakdown.blocks.retain(|label, _| asked.contains(label));
            breakdown.rollup.forget();
        }
    }
}

fn channels_where(channels: &Grouping, is: impl Fn(&str, u32) -> bool) -> Channels {
    let named = channels.by_name().filter_map(|(number, group)| Some((number, group.channel.as_deref()?)));
    named.filter(|(number, channel)| is(channel, *number)).map(|(number, _)| number).collect()
}

/// The panes that windows need, a stretch of each kind.
fn hulls<'a>(instances: impl Iterator<Item = (&'a Instance, Use)>, now: &Now<'_>) -> Vec<Stretch> {
    let stretches = instances.flat_map(|(instance, purpose)| {
        let reached = REACHES.iter().filter_map(move |(reach, _)| reach.stretch(instance, now.today, now.config));
        let frame = Some(instance).filter(|_| purpose == Use::Shown).and_then(|instance| Frame::of(instance, now));
        reached.chain(frame.into_iter().flat_map(|frame| frame.before().collect::<Vec<_>>()))
    });
    let (mut days, mut minutes) = (Stretch::NONE, None);
    for stretch in stretches {
        match stretch {
            Stretch::Days(_) => days = days.hull(stretch),
            Stretch::Minutes(..) => minutes = Some(minutes.map_or(stretch, |all: Stretch| all.hull(stretch))),
            Stretch::StandingAt(_) => {}
        }
    }
    [Some(days), minutes, Some(Stretch::StandingAt(now.today))].into_iter().flatten().collect()
}

impl Breakdown {
    /// Whether windows are compared in it.
    fn is_compared(&self) -> bool {
        [By::TOTAL, By::CHANNEL].contains(&self.grouping.by)
    }

    fn rows(
        &mut self,
        instance: &Instance,
        purpose: Use,
        selected: &Selected,
        now: &Now<'_>,
        intervals: &mut Intervals,
        keeping: Keeping,
    ) -> Vec<Arc<[crate::Row]>> {
        let mut block = self.blocks.remove(instance.label()).unwrap_or_else(|| Block::new(instance, purpose, now.keep));
        block.place(instance, &self.grouping, &self.rollup, selected, now);
        let rows = block.rows(&self.grouping, now, intervals).collect();
        if keeping == Keeping::Blocks {
            self.blocks.insert(instance.label().clone(), block);
        }
        rows
    }
}

impl Selecting {
    fn new() -> Selecting {
        let of = |wanted| Tallies::new(wanted, Split::Channels);
        Selecting { media: of(Wanted::of(&[], &[Money::Media])), leads: of(Wanted::of(&[Measure::Leads], &[])) }
    }

    fn follow(&mut self, moves: &Moves, config: &Config) {
        for tallies in [&mut self.media, &mut self.leads] {
            tallies.follow(moves, config, &mut BTreeSet::new());
        }
    }

    fn place(&mut self, coverage: &Coverage, rollup: &Rollup, config: &Config) {
        let before = coverage.days(Cover::Lagged).plus(-config.days_before(Cover::Lagged));
        self.media.place(Stretch::Days(before), None, rollup, config, &mut BTreeSet::new());
        self.leads.place(Stretch::Days(coverage.days(Cover::Spend)), None, rollup, config, &mut BTreeSet::new());
    }
}
