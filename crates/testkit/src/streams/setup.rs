//! What a report is asked and configured with.

use std::fmt::Write;

use super::{clock::Clock, rng::Rng};
use reference::{
    Options,
    time::{date as civil_date, show_day},
};

const WINDOWS: &str = "1h|24h|today|yesterday|7d|30d|90d|previous_7d|previous_30d|this_week|this_month|this_quarter|this_year|last_week|last_month|last_quarter|last_year|last_month_to_date|last_quarter_to_date|last_year_to_date";
const BREAKDOWNS: &str = "channel|channel|campaign|segment|channel,campaign|campaign,segment";
/// Currencies of the reports, and of most events.
pub const CURRENCIES: [&str; 4] = ["EUR", "USD", "PLN", "JPY"];
const OTHER_CURRENCIES: [&str; 3] = ["CHF", "GBP", "INR"];

/// Options for a report at the clock's instant.
pub fn options(clock: &Clock, rng: &mut Rng) -> Options {
    let all: Vec<String> = WINDOWS.split('|').map(str::to_owned).collect();
    let mut windows = rng.some(&all, 7);
    if rng.percent(60) {
        windows.push("all".to_owned());
    }
    if rng.percent(5) && !windows.is_empty() {
        let again = rng.pick(&windows);
        windows.push(again);
    }
    let periods = if clock.is_compact { "day|week|month|quarter" } else { "month|quarter" };
    let aliases = [
        ("Paid LinkedIn", "paid_social"),
        ("Messe Köln", "event"),
        ("chan ü", "Paid-Social"),
        ("newsletter", "Newsletter"),
        ("expo", "Messe Köln"),
        ("event", "Trade Fairs"),
        ("PPC", "Display / Ads"),
    ]
    .map(|(name, channel)| (name.to_owned(), channel.to_owned()));
    let aliases_of = [("crm", "Expo", "event"), ("ads", "expo", "Paid Social"), ("web", "social", "expo")]
        .map(|(source, name, channel)| (source.to_owned(), name.to_owned(), channel.to_owned()));
    let platforms = [("Reviews X", "referral"), ("linkedin", "display"), ("agency_co", "CPC")]
        .map(|(platform, channel)| (platform.to_owned(), channel.to_owned()));
    let targets = super::targets::targets(clock, &mut super::aside(rng));
    Options {
        as_of: clock.as_of_text.clone(),
        now: clock.now,
        time_zone: clock.zone_name.to_owned(),
        currency: rng.pick(&CURRENCIES).to_owned(),
        margin: rng.percent(80).then(|| rng.word("0.8|0.35|1|0.123456")),
        horizon_days: rng.pick(&[0, 1, 1, 3, 7, 30, 90]),
        lag_days: rng.pick(&[0, 0, 1, 3, 7]),
        conversion_actions: words(rng, "form_submit,purchase|scroll|signup,purchase|form_submit"),
        community_channels: words(rng, "social,organic_social|social,Event|Social Media|social,organic_social,newsletter|(not set),social"),
        all_wins: rng.percent(25),
        aliases: rng.some(&aliases, 4),
        aliases_of: rng.some(&aliases_of, 2),
        of_platform: rng.some(&platforms, 2),
        rates_csv: rng.percent(90).then(|| rates(clock, rng)),
        windows,
        periods: if rng.percent(40) { vec![rng.word(periods)] } else { Vec::new() },
        // Now and then the same twice.
        by: (0..rng.pick(&[0, 1, 1, 2, 3])).map(|_| rng.word(BREAKDOWNS).split(',').map(str::to_owned).collect()).collect(),
        targets,
    }
}

/// The currencies of a stream: mostly the reporting one, so that most KPIs have a value.
pub fn currencies(options: &Options, rng: &mut Rng) -> Vec<&'static str> {
    let reporting = CURRENCIES.into_iter().find(|code| *code == options.currency).unwrap_or("EUR");
    let mut list = vec![reporting; rng.pick(&[1, 3, 6])];
    list.extend(CURRENCIES);
    list.extend(rng.some(&OTHER_CURRENCIES, 2));
    if rng.percent(15) {
        list.push("DEM");
    }
    list
}

fn words(rng: &mut Rng, lists: &str) -> Vec<String> {
    rng.word(lists).split(',').map(str::to_owned).collect()
}

/// Rates in the ECB's layout, newest first, with days and values that are missing.
fn rates(clock: &Clock, rng: &mut Rng) -> String {
    let plain = rng.percent(30);
    let listed: Vec<&str> = ["USD", "PLN", "JPY", "GBP", "CHF", "INR"].into_iter().filter(|_| rng.percent(85)).collect();
    // As in the historic file, or as in the daily one; and some programs write quotes.
    let (is_daily, quote) = (rng.percent(15), rng.pick(&["", "", "", "\""]));
    let mut csv = format!("Date,{},\n", listed.iter().map(|code| format!("{quote}{code}{quote}")).collect::<Vec<_>>().join(","));
    let today = clock.day_of(clock.as_of);
    let (mut day, last) = (today + 5, today - if clock.is_compact { 25 } else { 110 });
    while day > last {
        let date = if is_daily { civil_date(day).strftime("%-d %B %Y").to_string() } else { show_day(day) };
        let _ = write!(csv, "{quote}{date}{quote},");
        for code in &listed {
            let rate = match *code {
                _ if rng.percent(8) => "N/A".to_owned(),
                // A cent of a currency nobody has, and what one pays for bread after the war.
                _ if rng.percent(2) => rng.word("0.000001|999999999999"),
                _ if plain => rng.word("0.5000|4.00|2.0000|3"),
                "JPY" | "INR" => format!("{}.{:02}", rng.within(80, 180), rng.below(100)),
                _ => format!("{}.{:04}", rng.within(0, 4), rng.within(1, 9999)),
            };
            let _ = write!(csv, "{rate},");
        }
        csv.push('\n');
        day -= rng.pick(&[1, 1, 1, 3, 4, 9, 12]);
    }
    csv
}
