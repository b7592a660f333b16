//! Drift for people: a line for each alarm, in words, then how each series stands.

use std::io::{self, Write};

use ::drift::{Alarm, Direction, Drift, Found, Moved, Proposal, Reason, Series, State, Watched};
use model::Currency;

use super::{Align, count, decimal, grid, percent, printable};

/// Channels that an alarm's line names.
const NAMED: usize = 3;
/// A channel's part that is too small to be named, in customers.
const SMALL: f64 = 0.5;

const SERIES: [Align; 9] = [Align::Left, Align::Left, Align::Right, Align::Left, Align::Left, Align::Right, Align::Right, Align::Right, Align::Left];
const STEPS: [Align; 8] = [Align::Left, Align::Left, Align::Left, Align::Left, Align::Right, Align::Right, Align::Right, Align::Right];

/// Writes drift as lines and tables.
pub fn write_drift(out: &mut impl Write, drift: &Drift, with_steps: bool) -> io::Result<()> {
    writeln!(out, "Drift as of {} ({})", drift.as_of, drift.time_zone)?;
    let standing = |series: &Series| series.state.as_ref().map_or(0, |state| state.alarms.len());
    if drift.series.iter().all(|series| standing(series) == 0) {
        writeln!(out, "No alarm was raised.")?;
    }
    for series in drift.series.iter() {
        for alarm in series.state.as_ref().map_or(&[][..], |state| &state.alarms) {
            writeln!(out, "{}", sentence(series, alarm, drift.currency))?;
        }
    }
    let header = ["kpi", "channel", "baseline", "its days", "scored in", "threshold", "worse", "better", "state"];
    let mut lines = vec![header.map(str::to_owned).to_vec()];
    lines.extend(drift.series.iter().map(|series| line(series, drift.currency)));
    writeln!(out)?;
    grid::write(out, &SERIES, &lines)?;
    if with_steps { write_steps(out, drift) } else { Ok(()) }
}

/// `cac is worse since 2025-08-03: ...`, in one line.
fn sentence(series: &Series, alarm: &Alarm, currency: Currency) -> String {
    let sense = match alarm.direction {
        Direction::Worse => "WORSE",
        Direction::Better => "better",
    };
    let until = alarm.cleared.map_or_else(|| "still standing".to_owned(), |day| format!("over on {day}"));
    let Alarm { onset, raised, observed, expected, .. } = alarm;
    let gap = *observed as f64 - expected;
    let fewer = if gap < 0.0 { "fewer" } else { "more" };
    let shown = |value: Option<f64>| value.map_or_else(|| "no level".to_owned(), |value| level(series.kpi, value, currency));
    let (now, before) = (shown(alarm.level), shown(series.baseline.value));
    format!(
        "{}: {sense} since {onset} (alarm {raised}, {until}): {now} against {before}; {} customers came, {} were expected, {} {fewer}{}",
        name(series),
        count(*observed),
        decimal(*expected, 1),
        decimal(gap.abs(), 1),
        movers(alarm, series.kpi),
    )
}

fn level(kpi: Watched, value: f64, currency: Currency) -> String {
    match kpi {
        Watched::Cac => format!("{} {currency}", decimal(value, currency.exponent())),
        Watched::LeadConversion => percent(value),
    }
}

fn name(series: &Series) -> String {
    series.channel.as_deref().map_or_else(|| series.kpi.name().to_owned(), |channel| format!("{} of {}", series.kpi.name(), printable(channel)))
}

/// The channels that have most to do with it: `; by paid_search -12.2 (itself -9.2, money moved -3.0)`.
fn movers(alarm: &Alarm, kpi: Watched) -> String {
    let gap = |moved: &Moved| moved.gap.map(|gap| gap.mix + gap.rate);
    let sign = if alarm.direction == Direction::Worse { -1.0 } else { 1.0 };
    let mut all: Vec<(&Moved, f64)> =
        alarm.moved.iter().filter_map(|moved| Some((moved, gap(moved)?))).filter(|(_, gap)| gap * sign >= SMALL).collect();
    all.sort_by(|one, other| (other.1 * sign).total_cmp(&(one.1 * sign)).then_with(|| one.0.channel.cmp(&other.0.channel)));
    let put_in = if kpi == Watched::Cac { "money" } else { "leads" };
    let one = |(moved, gap): &(&Moved, f64)| {
        let (mix, rate) = moved.gap.map_or((0.0, 0.0), |gap| (gap.mix, gap.rate));
        format!("{} {} ({} by itself, {} as {put_in} moved)", printable(&moved.channel), signed(*gap), signed(rate), signed(mix))
    };
    let named: Vec<String> = all.iter().take(NAMED).map(one).collect();
    if named.is_empty() { String::new() } else { format!("; by {}", named.join(", ")) }
}

fn signed(x: f64) -> String {
    let shown = decimal(x, 1);
    if x > 0.0 && shown != "0.0" { format!("+{shown}") } else { shown }
}

fn line(series: &Series, currency: Currency) -> Vec<String> {
    let none = || "-".to_owned();
    let state = series.state.as_ref().ok();
    let of = |number: fn(&State) -> f64| state.map_or_else(none, |state| decimal(number(state), 2));
    let days = series.baseline.from.zip(series.baseline.until).map_or_else(none, |(from, until)| format!("{from} to {until}"));
    vec![
        series.kpi.name().to_owned(),
        series.channel.as_deref().map_or_else(|| "(total)".to_owned(), printable),
        series.baseline.value.map_or_else(none, |value| level(series.kpi, value, currency)),
        days,
        state.map_or_else(none, |state| format!("{}s, to {}", state.step.name(), state.through)),
        of(|state| state.threshold),
        of(|state| state.worse),
        of(|state| state.better),
        match &series.state {
            Ok(state) => standing(state),
            Err(reason) => format!("none: {reason} ({})", why(*reason)),
        },
    ]
}

fn standing(state: &State) -> String {
    match (state.standing(Direction::Worse), state.standing(Direction::Better)) {
        (Some(alarm), _) => format!("worse since {}", alarm.onset),
        (None, Some(alarm)) => format!("better since {}", alarm.onset),
        (None, None) => "as expected".to_owned(),
    }
}

/// What a reason means, and what to do.
pub(super) fn why(reason: Reason) -> &'static str {
    match reason {
        Reason::NoBaseline => "configure from and until in drift.baseline; `kpistream drift baseline` proposes them",
        Reason::NotKept => "days are needed that are no longer kept: choose a later baseline",
        Reason::BaselineNotMature => "leads of the baseline may still convert: choose an earlier one",
        Reason::MissingRate => "an amount of spend has no exchange rate: add rates",
        Reason::BaselineTooSmall => "30 customers (and 100 leads, or some spend) are needed: choose a longer baseline",
        Reason::BaselineTooEarly => "the spend that brought its customers is not known: choose a later baseline",
        Reason::SpendIncomplete => "wait for the platforms to report their spend",
        Reason::NotBegun => "no step is over yet",
    }
}

fn write_steps(out: &mut impl Write, drift: &Drift) -> io::Result<()> {
    let header = ["kpi", "channel", "first", "last", "came", "expected", "worse", "better"];
    let mut lines = vec![header.map(str::to_owned).to_vec()];
    for series in drift.series.iter() {
        let steps = series.state.as_ref().map_or(&[][..], |state| &state.steps);
        lines.extend(steps.iter().map(|step| {
            vec![
                series.kpi.name().to_owned(),
                series.channel.as_deref().map_or_else(|| "(total)".to_owned(), printable),
                step.first.to_string(),
                step.last.to_string(),
                count(step.observed),
                decimal(step.expected, 2),
                decimal(step.worse, 2),
                decimal(step.better, 2),
            ]
        }));
    }
    writeln!(out)?;
    grid::write(out, &STEPS, &lines)
}

/// Writes proposals of baselines: the reasons as comments, the rest as it goes into a configuration.
pub fn write_proposals(out: &mut impl Write, proposals: &[Proposal], currency: Currency) -> io::Result<()> {
    for (at, Proposal { kpi, found }) in proposals.iter().enumerate() {
        if at > 0 {
            writeln!(out)?;
        }
        match found {
            Ok(found) => write_found(out, *kpi, found, currency)?,
            Err((reason, days)) => {
                let tried = days.map_or_else(String::new, |days| format!(" of {} to {}", days.first, days.last));
                writeln!(out, "# {}: no whole months make a baseline{tried}: {reason} ({})", kpi.name(), why(*reason))?;
            }
        }
    }
    Ok(())
}

fn write_found(out: &mut impl Write, kpi: Watched, found: &Found, currency: Currency) -> io::Result<()> {
    let (what, put_in) = match kpi {
        Watched::Cac => ("customers", "spend"),
        Watched::LeadConversion => ("conversions", "leads"),
    };
    writeln!(out, "# {}: {} whole months with {} {what}, {}", kpi.name(), found.months, count(found.customers), level(kpi, found.value, currency))?;
    writeln!(out, "# counts vary {} times as much as by chance alone; scored in {}s", decimal(found.dispersion, 2), found.step.name())?;
    let change = |later: f64| format!("{}{}", if later >= 1.0 { "+" } else { "" }, percent(later - 1.0));
    let halves = &found.halves;
    let (later, deviations) = (change(halves.later_to_earlier), decimal(halves.deviations.abs(), 1));
    let verdict = if halves.is_steady() { "the level was steady" } else { "the level was NOT steady: what is expected may be wrong" };
    writeln!(out, "# {verdict}: the later half brought {later} {what} for its {put_in}, {deviations} standard deviations")?;
    if let Some((days, halves)) = &found.passed_over {
        let later = change(halves.later_to_earlier);
        writeln!(out, "# {} to {} would be longer, but was not steady: its later half brought {later}", days.first, days.last)?;
    }
    if found.months < 12 {
        writeln!(out, "# twelve whole months would hold every season once")?;
    }
    writeln!(out, "[drift.baseline.{}]\nfrom = \"{}\"\nuntil = \"{}\"", kpi.name(), found.days.first, found.days.last)
}
