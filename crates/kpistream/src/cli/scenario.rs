//! The arguments that say what changes in a simulation.

use clap::Args;
use model::{Day, Micros};
use simulator::{Change, Scenario};

/// What changes for good on a day, so that drift has something to find.
#[derive(Args, Debug, Default, Clone)]
pub struct ScenarioArgs {
    /// What changes: steady, cac-rise, conversion-fall, channel-shift or tracking-outage; deals then close at months' ends, too
    #[arg(long, value_name = "NAME", value_parser = change)]
    pub scenario: Option<Change>,
    /// The first day on which it is so; without it, 150 days before the end
    #[arg(long, value_name = "DATE", requires = "scenario", value_parser = day)]
    pub change_on: Option<Day>,
    /// How much: costs are multiplied by it, the chance to win, the money or the leads that keep their channel divided
    #[arg(long, value_name = "X", requires = "scenario", value_parser = size)]
    pub change_size: Option<f64>,
}

/// Days from the change to the end, unless asked for otherwise: time enough to find it.
const DAYS_SINCE: i32 = 150;

impl ScenarioArgs {
    /// The scenario of a history that ends with a day.
    pub fn of(&self, last: Day) -> Option<Scenario> {
        let change = self.scenario?;
        let on = self.change_on.unwrap_or(last.plus(1 - DAYS_SINCE));
        Some(Scenario { change, on, size: self.change_size.unwrap_or(change.usual_size()) })
    }
}

fn change(name: &str) -> Result<Change, String> {
    let names = || Change::ALL.map(Change::name).join(", ");
    Change::ALL.into_iter().find(|change| change.name() == name).ok_or_else(|| format!("give one of {}", names()))
}

fn day(text: &str) -> Result<Day, model::time::TimeError> {
    Day::parse(text)
}

fn size(text: &str) -> Result<f64, &'static str> {
    Micros::parse(text).ok().map(Micros::units).filter(|x| (1.0..=100.0).contains(x)).ok_or("give a number from 1 to 100")
}
