//! From panes to rows.

use std::sync::Arc;

use model::{Day, Millis};
use panes::{DayRange, Keep, Measure, Panes};

use crate::{
    By, Config, DataState, Evaluation, Group, Kpi, Request, Row, Unconverted, Undefined,
    cells::{Cells, Money},
    coverage::{Coverage, Instance, SpendState, instances, spend_state},
    formulas::{Covered, Daily, Figures, Parts, is_paid, is_unmatched},
    groups::Grouping,
    view::{ChannelSet, Rollup, View},
};

/// The KPIs of what some folds hold together, at an instant.
pub fn evaluate(folds: &[&Panes], request: &Request, config: &Config) -> Evaluation {
    let spend = spend_state(folds);
    let instances: Vec<Instance> = instances(request, config, folds, spend.complete_through).collect();
    evaluate_instances(folds, request, config, spend, &instances)
}

/// The KPIs of some instances of a request's spans.
pub(crate) fn evaluate_instances(folds: &[&Panes], request: &Request, config: &Config, spend: SpendState, instances: &[Instance]) -> Evaluation {
    let view = View::new(folds, DayRange::new(Day(i32::MIN), Day(i32::MAX)));
    // Each breakdown once, however often it is asked for: a row has a name of its own.
    let mut by = vec![By::TOTAL];
    for asked in &request.by {
        if !by.contains(asked) {
            by.push(*asked);
        }
    }
    let groupings: Vec<Grouping> = by.into_iter().map(|by| Grouping::new(by, folds)).collect();
    let rollups: Vec<Rollup<'_>> = groupings.iter().map(|grouping| view.rollup(grouping)).collect();
    let evaluator = Evaluator::new(&view, &rollups, request.as_of, config);
    let rows = instances.iter().flat_map(|instance| evaluator.rows(instance)).collect();
    Evaluation {
        as_of: request.as_of,
        time_zone: config.zone.name().to_owned(),
        currency: config.currency,
        spend_complete_through: spend.complete_through,
        spend_reported: spend.platforms,
        rows,
        data_state: evaluator.data_state(),
    }
}

struct Evaluator<'a> {
    view: &'a View<'a>,
    rollups: &'a [Rollup<'a>],
    config: &'a Config,
    today: Day,
    keep: Keep,
    community: ChannelSet,
    /// What stands now, by breakdown and group.
    open: Vec<Vec<Cells>>,
}

impl<'a> Evaluator<'a> {
    fn new(view: &'a View<'a>, rollups: &'a [Rollup<'a>], as_of: Millis, config: &'a Config) -> Evaluator<'a> {
        let today = config.zone.day_of(as_of);
        let keep = view.folds.iter().map(|fold| fold.keep()).reduce(Keep::common).unwrap_or(Keep::ALL);
        let community = channels(view, |channel, _| config.community_channels.contains(channel));
        let open = rollups.iter().map(|rollup| view.standing(rollup.grouping, today)).collect();
        Evaluator { view, rollups, config, today, keep, community, open }
    }

    fn rows(&self, instance: &Instance) -> Vec<Row> {
        match instance {
            Instance::Minutes(label, first, last) => {
                let instants = (first.start(), last.start().plus(model::time::MINUTE_MS));
                let unkept = (*first < self.keep.minutes_from).then_some(Undefined::NotKept);
                let of = |(rollup, open): (&Rollup<'_>, &Vec<Cells>)| {
                    let cells = self.view.minutes(rollup.grouping, *first, *last, &self.config.zone);
                    let nothing = Cells::default();
                    self.group_rows(
                        rollup.grouping,
                        |group, kpi| {
                            let (Some(whole), Some(open)) = (cells.get(group), open.get(group)) else {
                                return (instants, Figures::unknown(Undefined::NotKept));
                            };
                            let figures = Parts { whole, community: &nothing, open, daily: None }.figures(kpi, self.config);
                            // What is open now is so in every window.
                            let unkept = unkept.filter(|_| kpi != Kpi::OpenPipelineValue);
                            (instants, unkept.map_or(figures, Figures::unknown))
                        },
                        label,
                    )
                };
                self.rollups.iter().zip(&self.open).flat_map(of).collect()
            }
            Instance::Days(coverage) => self.day_rows(coverage),
        }
    }

    fn day_rows(&self, coverage: &Coverage) -> Vec<Row> {
        let lagged_spend = coverage.lagged.plus(-self.config.lag_days);
        let channels_of = |range, is: &dyn Fn(&str, &Cells) -> bool| {
            let by_channel = self.rollups.first().map(|total| total.sum_by_channel(self.view.channels.groups.len(), range)).unwrap_or_default();
            channels(self.view, |channel, at| by_channel.get(at).is_some_and(|cells| is(channel, cells)))
        };
        let paid = channels_of(lagged_spend, &|channel, cells| is_paid(channel, cells, self.config));
        let unmatched = channels_of(coverage.spend, &is_unmatched);
        let of = |(rollup, open): (&Rollup<'_>, &Vec<Cells>)| {
            let sums = DaySums::new(self, rollup, coverage, &paid, &unmatched);
            self.group_rows(rollup.grouping, |group, kpi| self.day_figures(kpi, group, &sums, open, coverage), &coverage.label)
        };
        self.rollups.iter().zip(&self.open).flat_map(of).collect()
    }

    fn day_figures(&self, kpi: Kpi, group: usize, sums: &DaySums, open: &[Cells], coverage: &Coverage) -> ((Millis, Millis), Figures) {
        let range = match kpi {
            Kpi::CacBlended | Kpi::CacPaid | Kpi::RoiPeriod | Kpi::Roas => coverage.lagged,
            Kpi::CostPerLead | Kpi::UnmatchedSpend | Kpi::RoiCohort => coverage.spend,
            Kpi::RoiMature => coverage.mature,
            _ => coverage.whole,
        };
        let instants = range.instants(&self.config.zone);
        let below = |first: Day| first < self.keep.days_from;
        let shift = match kpi {
            Kpi::CacBlended | Kpi::CacPaid | Kpi::RoiPeriod | Kpi::Roas => self.config.lag_days,
            Kpi::RoiMature => self.config.horizon_days,
            _ => 0,
        };
        if kpi != Kpi::OpenPipelineValue && (below(coverage.whole.first) || below(range.first.plus(-shift))) {
            return (instants, Figures::unknown(Undefined::NotKept));
        }
        let figures = sums.parts(group, open, coverage).map(|parts| parts.figures(kpi, self.config));
        (instants, figures.unwrap_or_else(|| Figures::unknown(Undefined::NotKept)))
    }

    /// The rows of a breakdown's groups; a group is there where any of its rows has a part that is not 0.
    fn group_rows(&self, grouping: &Grouping, figures: impl Fn(usize, Kpi) -> ((Millis, Millis), Figures), label: &Arc<str>) -> Vec<Row> {
        let mut rows = Vec::new();
        for (at, group) in grouping.groups.iter().enumerate() {
            let of_group: Vec<_> = Kpi::ALL.iter().map(|kpi| (*kpi, figures(at, *kpi))).collect();
            if grouping.by == By::TOTAL || of_group.iter().any(|(_, (_, figures))| is_something(figures)) {
                rows.extend(of_group.into_iter().map(|(kpi, figures)| row(kpi, label, group, figures)));
            }
        }
        rows
    }

    fn data_state(&self) -> DataState {
        let up_to = |day| {
            self.rollups
                .first()
                .map(|total| total.sum(DayRange::new(Day(i32::MIN), day)))
                .and_then(|sums| sums.into_iter().next())
                .unwrap_or_default()
        };
        let (cells, matured) = (up_to(self.today), up_to(self.today.plus(-self.config.horizon_days)));
        let ever = matured.count(Measure::MatureConvertedEver);
        let open = self.open.first().and_then(|groups| groups.first());
        let kinds = [("spend", Money::Spend, Some(&cells)), ("won_value", Money::Won, Some(&cells)), ("open_pipeline_value", Money::Open, open)];
        let unconverted = kinds.into_iter().flat_map(|(measure, kind, cells)| {
            let amounts = cells.map(|cells| cells.unconverted(kind, self.config)).unwrap_or_default();
            amounts.into_iter().map(move |(currency, amount)| Unconverted { measure, currency, amount })
        });
        DataState {
            deals_without_amount: cells.count(Measure::UnvaluedWins),
            wins_without_cycle: cells.count(Measure::CyclelessWins),
            conversion_within_horizon: (ever > 0).then(|| matured.count(Measure::MatureConverted) as f64 / ever as f64),
            unconverted: unconverted.collect(),
        }
    }
}

/// The sums that a window of days needs, of one breakdown, by group.
struct DaySums {
    whole: Vec<Cells>,
    community: Vec<Cells>,
    spend: Vec<Cells>,
    unmatched: Vec<Cells>,
    lagged: Vec<Cells>,
    lagged_spend: Vec<Cells>,
    paid: Vec<Cells>,
    paid_spend: Vec<Cells>,
    mature: Vec<Cells>,
    mature_spend: Vec<Cells>,
    visitors: Option<Vec<(i128, i128)>>,
    members: Vec<i128>,
}

impl DaySums {
    fn new(evaluator: &Evaluator<'_>, rollup: &Rollup<'_>, coverage: &Coverage, paid: &ChannelSet, unmatched: &ChannelSet) -> DaySums {
        let (view, config) = (evaluator.view, evaluator.config);
        let lagged_spend = coverage.lagged.plus(-config.lag_days);
        let visitors = view.visitors(rollup.grouping, coverage.whole);
        let no_members = || vec![0; rollup.grouping.groups.len()];
        DaySums {
            whole: rollup.sum(coverage.whole),
            community: rollup.sum_of(&evaluator.community, coverage.whole),
            spend: rollup.sum(coverage.spend),
            unmatched: rollup.sum_of(unmatched, coverage.spend),
            lagged: rollup.sum(coverage.lagged),
            lagged_spend: rollup.sum(lagged_spend),
            paid: rollup.sum_of(paid, coverage.lagged),
            paid_spend: rollup.sum_of(paid, lagged_spend),
            mature: rollup.sum(coverage.mature),
            mature_spend: rollup.sum(coverage.mature.plus(-config.horizon_days)),
            visitors: visitors.map(|seen| seen.iter().map(|seen| (seen.all.count(), seen.converting.count())).collect()),
            members: if coverage.whole.is_empty() { no_members() } else { view.members(rollup.grouping, coverage.whole.last) },
        }
    }

    fn parts<'a>(&'a self, group: usize, open: &'a [Cells], coverage: &Coverage) -> Option<Parts<'a>> {
        let incomplete = |range: DayRange| range.is_empty().then_some(Undefined::SpendIncomplete);
        Some(Parts {
            whole: self.whole.get(group)?,
            community: self.community.get(group)?,
            open: open.get(group)?,
            daily: Some(Daily {
                spend: Covered { cells: self.spend.get(group)?, blocked: incomplete(coverage.spend) },
                unmatched: self.unmatched.get(group)?,
                lagged: Covered { cells: self.lagged.get(group)?, blocked: incomplete(coverage.lagged) },
                lagged_spend: self.lagged_spend.get(group)?,
                paid: self.paid.get(group)?,
                paid_spend: self.paid_spend.get(group)?,
                mature: Covered { cells: self.mature.get(group)?, blocked: incomplete(coverage.mature) },
                mature_spend: self.mature_spend.get(group)?,
                visitors: match &self.visitors {
                    Some(visitors) => Some(*visitors.get(group)?),
                    None => None,
                },
                members: *self.members.get(group)?,
            }),
        })
    }
}

fn channels(view: &View<'_>, is: impl Fn(&str, usize) -> bool) -> ChannelSet {
    let named = view.channels.groups.iter().enumerate();
    named.filter(|(at, group)| group.channel.as_deref().is_some_and(|channel| is(channel, *at))).map(|(at, _)| at).collect()
}

fn row(kpi: Kpi, window: &Arc<str>, group: &Arc<Group>, ((start, end), figures): ((Millis, Millis), Figures)) -> Row {
    Row {
        kpi,
        window: window.clone(),
        start,
        end,
        group: group.clone(),
        value: figures.value,
        numerator: figures.numerator,
        denominator: figures.denominator,
        sample_size: figures.sample_size,
        interval: figures.interval,
    }
}

fn is_something(figures: &Figures) -> bool {
    let is_part = |part: &Option<crate::Number>| part.is_some_and(|n| !n.is_zero());
    is_part(&figures.numerator) || is_part(&figures.denominator) || figures.unconvertible
}
