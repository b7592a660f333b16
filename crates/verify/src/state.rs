//! Both sides in one form: numbers by the reference's names.

use std::collections::{BTreeMap, BTreeSet};

use engine::{Book, SharedVisitors, SourcePartition, Stream};
use model::{Counts, Day, EventType, Settings, digest::text64};
use panes::{Canonical, Dims, Distinct, Measure, PaneId, Panes, visitors::united};
use reference::{Dimensions, Keep, Key, Part, Recounted, What, cells::Who};

/// A state of the product.
#[derive(Clone, Debug)]
pub struct State<'a> {
    /// The entities.
    pub book: &'a Book,
    /// The interactions, by partition.
    pub streams: Vec<(SourcePartition, &'a Stream)>,
    /// The visitors that the streams have handed over.
    pub visitors: &'a SharedVisitors,
    /// Under which settings they were folded.
    pub settings: &'a Settings,
}

/// A number of a state.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Amount {
    /// How much.
    pub n: i128,
    /// Of visitors a digest of who they are, else 0.
    pub of: u64,
}

/// The numbers of a state, those that are 0 left out.
pub type Amounts = BTreeMap<Key, Amount>;

impl State<'_> {
    /// What all parts of the state keep: the latest of their floors.
    pub fn keep(&self) -> Keep {
        let keeps = self.panes().map(|(_, panes)| panes.keep()).chain([self.visitors.panes().keep()]);
        keeps.fold(Keep::ALL, |all, keep| Keep {
            days_from: all.days_from.max(keep.days_from.0.into()),
            minutes_from: all.minutes_from.max(keep.minutes_from.0),
        })
    }

    /// How many visitors of a day and channel are counted exactly.
    fn exact_visitors(&self) -> usize {
        self.book.panes().keep().exact_visitors
    }

    fn panes(&self) -> impl Iterator<Item = (Part, &Panes)> {
        let streams = self.streams.iter().map(|(source, stream)| (part(*source), stream.panes()));
        std::iter::once((Part::Book, self.book.panes())).chain(streams)
    }

    /// The numbers that are kept.
    pub fn amounts(&self) -> Amounts {
        let mut amounts = Amounts::new();
        let keep = self.keep();
        let mut put = |part, what, amount| {
            if amount != Amount::default() && keep.has(&what) {
                amounts.insert(Key { part, what }, amount);
            }
        };
        for (part, panes) in self.panes() {
            of_panes(panes, &mut |what, amount| put(part, what, amount));
        }
        let mut folds = vec![&**self.visitors.panes()];
        folds.extend(self.streams.iter().map(|(_, stream)| stream.panes()));
        visitors(&folds, &mut |what, amount| put(Part::Partitions(EventType::WebVisit.name()), what, amount));
        for (source, counts) in self.book.counts() {
            put(Part::Book, records(*source, "read"), Amount::sum((counts.accepted + counts.duplicate + counts.stale).into()));
            rejected(*source, counts, &mut |what, amount| put(Part::Book, what, amount));
        }
        for (source, stream) in &self.streams {
            let counts = stream.counts();
            put(part(*source), records(*source, "accepted"), Amount::sum(counts.accepted.into()));
            put(part(*source), records(*source, "duplicate"), Amount::sum(counts.duplicate.into()));
            rejected(*source, counts, &mut |what, amount| put(part(*source), what, amount));
        }
        amounts
    }

    /// What the reference has counted; distinct visitors as this state holds them.
    pub fn counted(&self, recounted: &Recounted) -> Amounts {
        let mut amounts: Amounts = recounted.cells.iter().map(|(key, n)| (key.clone(), Amount::sum(*n))).collect();
        for (key, ids) in &recounted.visitors {
            let mut distinct = Distinct::default();
            ids.iter().for_each(|id| distinct.insert(text64(id), self.exact_visitors()));
            amounts.insert(key.clone(), Amount::distinct(&distinct));
        }
        amounts
    }
}

fn part(source: SourcePartition) -> Part {
    Part::Partition(source.topic.name(), source.partition)
}

/// The name of a cell of the product.
pub(crate) fn cell(pane: PaneId, dims: &Dims, measure: Measure) -> What {
    let pane = match pane {
        PaneId::Day(day) => reference::Pane::Day(day.0.into()),
        PaneId::Minute(minute) => reference::Pane::Minute(minute.0),
        PaneId::Standing(since) => reference::Pane::Standing(since.map(|day| day.0.into())),
    };
    What::Cell { pane, at: dimensions(dims), measure: name_of(measure) }
}

pub(crate) fn dimensions(dims: &Dims) -> Dimensions {
    Dimensions { channel: dims.channel.to_string(), campaign: dims.campaign.to_string(), segment: dims.segment.to_string() }
}

fn of_panes(panes: &Panes, put: &mut dyn FnMut(What, Amount)) {
    let Canonical { cells, follows, figures, reported, .. } = Canonical::of([panes]);
    let mut add = |what, n| put(what, Amount::sum(n));
    cells.into_iter().for_each(|((pane, dims, measure), n)| add(cell(pane, &dims, measure), n));
    for ((account, day, dims), n) in follows {
        let (platform, account) = (account.platform.to_string(), account.account.to_string());
        add(What::Follows { platform, account, day: day.0.into(), at: dimensions(&dims) }, n);
    }
    for ((account, day), (n, dims)) in figures {
        let (platform, account) = (account.platform.to_string(), account.account.to_string());
        add(What::Members { platform, account, day: day.0.into(), at: dimensions(&dims) }, n.into());
    }
    reported.into_iter().for_each(|((platform, day), n)| add(What::Reported { platform, day: day.0.into() }, n.into()));
}

/// The visitors of all partitions together.
fn visitors(folds: &[&Panes], put: &mut dyn FnMut(What, Amount)) {
    let days: BTreeSet<Day> = folds.iter().flat_map(|fold| fold.visitors().keys().copied()).collect();
    for day in days {
        for (at, id, seen) in united(folds, day) {
            let channel = folds.get(at).and_then(|fold| fold.dims().dims(id)).map(|dims| dims.channel.to_string()).unwrap_or_default();
            for (who, distinct) in [(Who::All, &seen.all), (Who::Converting, &seen.converting)] {
                put(What::Visitors { day: day.0.into(), channel: channel.clone(), who }, Amount::distinct(distinct));
            }
        }
    }
}

fn rejected(source: SourcePartition, counts: &Counts, put: &mut dyn FnMut(What, Amount)) {
    counts.by_reason().for_each(|(reason, n)| put(records(source, reason.code()), Amount::sum(n.into())));
}

fn records(source: SourcePartition, outcome: &'static str) -> What {
    What::Records { topic: EventType::name(source.topic), partition: source.partition, outcome }
}

impl Amount {
    fn sum(n: i128) -> Amount {
        Amount { n, of: 0 }
    }

    fn distinct(distinct: &Distinct) -> Amount {
        Amount { n: distinct.count(), of: distinct.digest() }
    }
}

/// The measure by the reference's name.
fn name_of(measure: Measure) -> reference::Measure {
    let name = match measure {
        Measure::Leads => "leads",
        Measure::DisqualifiedLeads => "disqualified_leads",
        Measure::Mqls => "mqls",
        Measure::Sqls => "sqls",
        Measure::Converted => "converted",
        Measure::Mature => "mature",
        Measure::MatureConverted => "mature_converted",
        Measure::MatureConvertedEver => "mature_converted_ever",
        Measure::Conversions => "conversions",
        Measure::Opportunities => "opportunities",
        Measure::Customers => "customers",
        Measure::LedCustomers => "customers_with_lead",
        Measure::Wins => "wins",
        Measure::Losses => "losses",
        Measure::ValuedWins => "valued_wins",
        Measure::UnvaluedWins => "unvalued_wins",
        Measure::CycleWins => "cycle_wins",
        Measure::CycleMillis => "cycle_millis",
        Measure::CyclelessWins => "cycleless_wins",
        Measure::ReturnWins => "return_wins",
        Measure::CohortWins => "cohort_wins",
        Measure::MatureWins => "mature_wins",
        Measure::OpenDeals => "open_deals",
        Measure::SpendRows => "spend_rows",
        Measure::AdImpressions => "ad_impressions",
        Measure::AdClicks => "ad_clicks",
        Measure::Interactions => "interactions",
        Measure::Impressions => "impressions",
        Measure::Engagements => "engagements",
        Measure::Intents => "intents",
        Measure::Visits => "visits",
        Measure::KnownActions => "known_actions",
        Measure::CustomersOfAge(days) => return reference::Measure::of("customers_of_age", days),
        Measure::ConversionsOfAge(days) => return reference::Measure::of("conversions_of_age", days),
        Measure::CycleBucket(bucket) => return reference::Measure::of("cycle_bucket", bucket),
        Measure::WonValue(currency) => return reference::Measure::of("won_value", currency),
        Measure::ReturnValue(currency) => return reference::Measure::of("return_value", currency),
        Measure::CohortValue(currency, day) => return reference::Measure::of("cohort_value", format_args!("{currency} of {day}")),
        Measure::MatureValue(currency, day) => return reference::Measure::of("mature_value", format_args!("{currency} of {day}")),
        Measure::OpenValue(currency) => return reference::Measure::of("open_value", currency),
        Measure::Spend(currency) => return reference::Measure::of("spend", currency),
        Measure::MediaSpend(currency) => return reference::Measure::of("media_spend", currency),
    };
    reference::Measure::count(name)
}
