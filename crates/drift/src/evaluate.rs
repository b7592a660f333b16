//! From panes to drift: from the beginning for who asks once, and only where something has moved for who asks again and again.

use std::{
    collections::BTreeSet,
    sync::{Arc, LazyLock},
};

use kpis::spend_state;
use model::{Day, Millis};
use panes::Panes;

use crate::{
    Config, Drift, Series, Thresholds, Watched,
    baseline::{Assessed, assess, spend_spread},
    figures::{Days, Group, World},
    series::Worked,
    spread::Spread,
};

/// What is asked.
#[derive(Clone, PartialEq, Debug)]
pub struct Question {
    /// The instant.
    pub as_of: Millis,
    /// The channels to show, which changes no threshold; none: those watched.
    pub channels: Option<BTreeSet<String>>,
    /// The score that is an alarm, instead of the configured one.
    pub threshold: Option<f64>,
}

impl Question {
    /// All that is watched, at an instant.
    pub fn at(as_of: Millis) -> Question {
        Question { as_of, channels: None, threshold: None }
    }
}

/// All that an evaluation looks at.
pub(crate) struct Look<'a> {
    pub world: &'a World,
    pub config: &'a Config,
    pub kpis: &'a kpis::Config,
    pub today: Day,
    /// The first day kept.
    pub floor: Day,
    /// Through which day spend is complete.
    pub complete_through: Option<Day>,
    /// The first day with a row of spend.
    pub first_spend: Option<Day>,
    /// How late spend brings its customers.
    pub spend_spread: Spread,
}

static NOTHING: LazyLock<Group> = LazyLock::new(Group::new);

impl Look<'_> {
    /// The figures of a channel, or of all.
    pub fn group(&self, channel: Option<&str>) -> &Group {
        match channel {
            None => &self.world.total,
            Some(channel) => self.world.channels.get(channel).unwrap_or(&NOTHING),
        }
    }

    /// The last day whose deals have been entered. KPI F8
    pub fn last_settled(&self) -> Day {
        self.today.plus(-1).plus(-self.config.settle_days)
    }

    /// The last day that may be scored. KPI F8
    pub fn last_scorable(&self, kpi: Watched) -> Day {
        let complete = self.complete_through.filter(|_| kpi == Watched::Cac).map(|day| day.plus(self.kpis.lag_days));
        complete.map_or(self.last_settled(), |complete| complete.min(self.last_settled()))
    }

    /// Both KPIs, each of the total and of the channels wanted; where none are named, of those whose baseline is sound.
    fn series(&self, question: &Question, thresholds: &mut Thresholds) -> Arc<[Series]> {
        let watched: Vec<(Watched, Option<Arc<str>>, Assessed)> = Watched::ALL.into_iter().flat_map(|kpi| self.watched(kpi)).collect();
        let sound = watched.iter().filter(|(_, _, assessed)| assessed.is_sound).count();
        let mut series = Vec::new();
        for (kpi, channel, assessed) in self.shown(watched, question) {
            series.push(Worked { look: self, kpi, channel, assessed }.series(sound, question.threshold, thresholds));
        }
        series.into()
    }

    /// What is configured to be watched of a KPI, whether its baseline is sound or not.
    fn watched(&self, kpi: Watched) -> Vec<(Watched, Option<Arc<str>>, Assessed)> {
        let channels: BTreeSet<Arc<str>> = match &self.config.channels {
            Some(channels) => channels.iter().map(|channel| Arc::from(channel.as_str())).collect(),
            None => {
                let named = self.config.baselines(kpi).of_channel.keys().map(|channel| Arc::from(channel.as_str()));
                self.world.channels.keys().cloned().chain(named).collect()
            }
        };
        let all = std::iter::once(None).chain(channels.into_iter().map(Some));
        all.map(|channel| (kpi, channel.clone(), assess(self, kpi, channel.as_deref()))).collect()
    }

    fn shown(&self, watched: Vec<(Watched, Option<Arc<str>>, Assessed)>, question: &Question) -> Vec<(Watched, Option<Arc<str>>, Assessed)> {
        let Some(asked) = &question.channels else {
            let every = self.config.channels.is_some();
            return watched.into_iter().filter(|(_, channel, assessed)| every || channel.is_none() || assessed.is_sound).collect();
        };
        let names = || std::iter::once(None).chain(asked.iter().map(|channel| Some(Arc::from(channel.as_str()))));
        let pairs = Watched::ALL.into_iter().flat_map(|kpi| names().map(move |channel: Option<Arc<str>>| (kpi, channel)));
        pairs.map(|(kpi, channel)| (kpi, channel.clone(), assess(self, kpi, channel.as_deref()))).collect()
    }
}

/// The drift of what some folds hold together, at an instant.
pub fn evaluate(folds: &[&Panes], question: &Question, config: &Config, kpis: &kpis::Config) -> Drift {
    let mut days = Days::default();
    days.follow(folds);
    let world = days.world();
    let series = look(folds, &world, question.as_of, config, kpis).series(question, &mut Thresholds::default());
    told(question.as_of, kpis, series)
}

/// What an evaluation at an instant looks at.
pub(crate) fn look<'a>(folds: &[&Panes], world: &'a World, as_of: Millis, config: &'a Config, kpis: &'a kpis::Config) -> Look<'a> {
    let mut look = Look {
        world,
        config,
        kpis,
        today: kpis.zone().day_of(as_of),
        floor: folds.iter().map(|fold| fold.keep().days_from).max().unwrap_or(Day(i32::MIN)),
        complete_through: spend_state(folds).complete_through,
        first_spend: world.total.iter().find(|(_, figures)| figures.spend_rows > 0).map(|(day, _)| *day),
        spend_spread: Spread::at_once(0),
    };
    look.spend_spread = spend_spread(&look);
    look
}

fn told(as_of: Millis, kpis: &kpis::Config, series: Arc<[Series]>) -> Drift {
    Drift { as_of, time_zone: kpis.zone().name().to_owned(), currency: kpis.currency, series }
}

/// Evaluates at one instant after the other, anew only where a day that drift looks at has changed, or the day, the floor, the spend that
/// is complete or the settings have.
#[derive(Default)]
pub struct Evaluator {
    days: Days,
    world: World,
    thresholds: Thresholds,
    last: Option<Last>,
}

struct Last {
    today: Day,
    floor: Day,
    complete_through: Option<Day>,
    config: Arc<Config>,
    kpis: Arc<kpis::Config>,
    series: Arc<[Series]>,
}

impl Evaluator {
    /// The drift of what some folds hold together: the same as [`evaluate`] finds.
    pub fn evaluate(&mut self, folds: &[&Panes], as_of: Millis, config: &Arc<Config>, kpis: &Arc<kpis::Config>) -> Drift {
        if self.days.follow(folds) {
            self.world = self.days.world();
            self.last = None;
        }
        let look = look(folds, &self.world, as_of, config, kpis);
        let is_same = |last: &&Last| {
            (last.today, last.floor, last.complete_through) == (look.today, look.floor, look.complete_through)
                && Arc::ptr_eq(&last.config, config)
                && Arc::ptr_eq(&last.kpis, kpis)
        };
        if let Some(last) = self.last.as_ref().filter(is_same) {
            return told(as_of, kpis, Arc::clone(&last.series));
        }
        let series = look.series(&Question::at(as_of), &mut self.thresholds);
        self.last = Some(Last {
            today: look.today,
            floor: look.floor,
            complete_through: look.complete_through,
            config: Arc::clone(config),
            kpis: Arc::clone(kpis),
            series: Arc::clone(&series),
        });
        told(as_of, kpis, series)
    }
}
