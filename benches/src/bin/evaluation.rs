//! What an evaluation costs, by the length of the history, the partitions and the tuples of dimensions: from the beginning, when nothing has
//! moved, after a thousand events, and a minute later.

use std::{sync::Arc, time::Duration};

use benches::{END, mean_of, table, timed_on_core as timed};
use kpis::{By, Config, Evaluator, Request, Span};
use model::{Currency, Day, Millis, Settings, Zone};
use panes::{Dims, Keep, Measure, Panes, window::WINDOWS};

/// Events of a day and fold.
const EVENTS_A_DAY: usize = 150;
/// Events between two beats, over all folds: 20,000 a second, 20 beats a second.
const BEAT: usize = 1000;
const DAYS_A_MONTH: i32 = 30;

/// Months of history, partitions, tuples of dimensions.
type Size = (i32, usize, usize);

const SIZES: [Size; 7] = [(1, 4, 1000), (5, 4, 1000), (25, 4, 1000), (25, 32, 1000), (25, 128, 1000), (25, 4, 10), (25, 4, 10_000)];

/// What grows, and at which of the sizes.
const GROWING: [(&str, [usize; 3]); 3] =
    [("1, 5, 25 months", [0, 1, 2]), ("4, 32, 128 partitions", [2, 3, 4]), ("10, 1,000, 10,000 campaigns", [5, 2, 6])];

fn main() -> std::io::Result<()> {
    println!("evaluation: milliseconds of one core, all windows, total and by channel");
    println!(
        "{:>8} {:>10} {:>8} {:>14} {:>8} {:>14} {:>14}",
        "months", "partitions", "tuples", "from beginning", "nothing", "1,000 events", "a minute later"
    );
    let measured = SIZES.map(|(months, partitions, tuples)| {
        let of_size = measure(months, partitions, tuples).map(|took| took.as_secs_f64() * 1e3);
        let [anew, nothing, beat, minute] = of_size;
        println!("{months:>8} {partitions:>10} {tuples:>8} {anew:>14.1} {nothing:>8.3} {beat:>14.2} {minute:>14.2}");
        of_size
    });
    for (sizes, places) in GROWING {
        for (column, what) in [(1, "where nothing has moved"), (2, "after 1,000 events"), (3, "a minute later")] {
            let of = places.map(|place| measured.get(place).and_then(|of_size| of_size.get(column)).copied().unwrap_or_default());
            table::flat(&format!("an evaluation {what}"), sizes, "ms", &of)?;
        }
    }
    Ok(())
}

/// A state of days in which some of the tuples are seen, folded by so many partitions.
struct History {
    folds: Vec<Panes>,
    tuples: usize,
}

impl History {
    fn new(months: i32, partitions: usize, tuples: usize) -> History {
        let mut history = History { folds: vec![Panes::new(Keep::ALL); partitions], tuples };
        let today = Zone::utc().day_of(END);
        let days = months * DAYS_A_MONTH;
        for day in 0..days {
            for event in 0..EVENTS_A_DAY * 4 {
                history.fold(event + day as usize * 7, today.plus(day + 1 - days), None);
            }
        }
        for event in 0..24 * 60 * 10 {
            history.fold(event, today, Some(END.plus(-60_000 * (event as i64 / 10))));
        }
        history
    }

    /// An interaction, or a lead, of some tuple.
    fn fold(&mut self, event: usize, day: Day, at: Option<Millis>) {
        let (count, tuple) = (self.folds.len(), event * 7919 % self.tuples);
        let Some(panes) = self.folds.get_mut(event % count) else { return };
        let channel = format!("channel-{}", tuple % 20);
        let dims = panes.dims_id(Dims::new(&channel, &format!("campaign-{tuple}"), "smb"));
        let amounts = [(Measure::Impressions, 20), (Measure::Engagements, 3), (Measure::Leads, 1), (Measure::Spend(Currency::EUR), 1_500_000)];
        panes.add_to_day(day, panes::dims::Tuple::Known(dims), &amounts);
        if let Some(at) = at {
            panes.add_to_minute(at.minute(), dims, &amounts);
        }
    }

    fn shown(&self) -> Vec<Arc<Panes>> {
        self.folds.iter().map(|fold| Arc::new(fold.clone())).collect()
    }
}

fn measure(months: i32, partitions: usize, tuples: usize) -> [Duration; 4] {
    let mut config = Config::new(&Settings::default(), Currency::EUR);
    config.community_channels = ["channel-1".to_owned()].into();
    let config = Arc::new(config);
    let request = |as_of| Request {
        as_of,
        spans: WINDOWS.iter().map(|(_, window)| Span::Window(*window)).collect(),
        by: vec![By { channel: true, ..By::TOTAL }],
    };
    let mut history = History::new(months, partitions, tuples);
    let mut evaluator = Evaluator::default();
    let (now, mut folds) = (END.plus(30_000), history.shown());
    let (_, anew) = timed(|| evaluator.evaluate(&folds, &request(now), &config));
    let nothing = mean_of(200, || timed(|| evaluator.evaluate(&folds, &request(now.plus(50)), &config)).1);
    let mut event = 0;
    let beat = mean_of(60, || {
        (0..BEAT).for_each(|n| history.fold(event + n, Zone::utc().day_of(END), Some(now)));
        event += BEAT;
        folds = history.shown();
        timed(|| evaluator.evaluate(&folds, &request(now.plus(100)), &config)).1
    });
    let mut minutes = 0;
    let minute = mean_of(30, || {
        minutes += 1;
        timed(|| evaluator.evaluate(&folds, &request(now.plus(minutes * 60_000)), &config)).1
    });
    [anew, nothing, beat, minute]
}
