//! The targets of a test, from its own words.

#![allow(clippy::expect_used, reason = "a test ends where its own options are wrong")]

use kpis::{Profile, Stands, Target, Targets, definition::Better, explain::kpi_named};
use model::{Channels, Day};
use panes::Period;
use testkit::reference;

/// The product's targets of the reference's.
pub(crate) fn targets(of: &[reference::Target], channels: &Channels) -> Targets {
    Targets::new(of.iter().map(|target| one(target, channels))).expect("the test's targets are sound")
}

fn one(of: &reference::Target, channels: &Channels) -> Target {
    let stands = of.period.as_deref().map_or(Stands::Everywhere, |period| {
        let period = match period {
            "week" => Period::Week,
            "month" => Period::Month,
            "quarter" => Period::Quarter,
            _ => Period::Year,
        };
        let named = |name: &Option<String>| -> Option<Day> { name.as_deref().map(|name| period.named(name).expect("the test names periods")) };
        Stands::In { period, from: named(&of.from), until: named(&of.until) }
    });
    Target {
        kpi: kpi_named(&of.kpi, of.variant.as_deref()).expect("the test's KPI is known"),
        channel: of.channel.as_deref().map(|name| channels.named(name).into()),
        stands,
        value: of.value.parse().expect("the test's target is a decimal"),
        better: of.better.as_deref().map(|name| match name {
            "up" => Better::Higher,
            "down" => Better::Lower,
            _ => Better::Near,
        }),
        profile: of.profile.as_deref().map(|name| match name {
            "even" => Profile::Even,
            "previous" => Profile::Previous,
            _ => Profile::Weekday,
        }),
    }
}
