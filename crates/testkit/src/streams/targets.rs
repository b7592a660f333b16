//! Targets of all kinds, of which no two begin alike.

use std::collections::BTreeSet;

use super::{clock::Clock, rng::Rng};
use reference::{Target, time::date};

/// What adds up day by day, so that it has a profile and needs a period.
const ADDITIVE: &str = "leads|leads|mqls|sqls|opportunities|customers|wins|losses|won_value|spend|spend|disqualified_leads|visits|impressions|engagements|ad_impressions|ad_clicks";
const OTHERS: &str = "lead_conversion/cohort|lead_conversion/period|sales_cycle/mean|roi/period|cac/blended|cac/paid|average_deal_value|engagement|win_rate|cost_per_lead|roas|unmatched_spend_ratio|open_pipeline_value|community_members|web_conversion/visitors";
/// What counts anew in every window: no profile, but a period.
const DISTINCT: &str = "visitors|converting_visitors";
const CHANNELS: &str = "email|paid_search|PPC|Paid Social|social|referral|(unattributed)|nobody's";

/// Up to six targets.
pub fn targets(clock: &Clock, rng: &mut Rng) -> Vec<Target> {
    let mut begun = BTreeSet::new();
    let made: Vec<Target> = (0..rng.pick(&[0, 2, 4, 6])).map(|_| target(clock, rng)).collect();
    // A channel has several names, so two of one KPI are told apart by nothing but whether they have one.
    made.into_iter()
        .filter(|one| begun.insert((one.kpi.clone(), one.variant.clone(), one.channel.is_some(), one.period.clone(), one.from.clone())))
        .collect()
}

fn target(clock: &Clock, rng: &mut Rng) -> Target {
    let list = rng.pick(&[ADDITIVE, ADDITIVE, OTHERS, DISTINCT]);
    let name = rng.word(list);
    let (kpi, variant) = name.split_once('/').map_or((name.as_str(), None), |(kpi, variant)| (kpi, Some(variant)));
    let period = (list != OTHERS || rng.percent(60)).then(|| rng.word("week|week|month|quarter|year"));
    let today = clock.day_of(clock.as_of);
    let mut near = |back: &[i64]| {
        let period = period.as_deref().filter(|_| rng.percent(50))?;
        Some(period_name(period, today - rng.pick(back)))
    };
    let (from, until) = (near(&[0, 7, 31, 95, 400]), near(&[0, 0, -7, -31]));
    Target {
        kpi: kpi.to_owned(),
        variant: variant.map(str::to_owned),
        channel: rng.percent(40).then(|| rng.word(CHANNELS)),
        from,
        until,
        value: rng.word("1|0.5|3|120|1234.56"),
        better: rng.percent(30).then(|| rng.word("up|down|near")),
        profile: (list == ADDITIVE && rng.percent(70)).then(|| rng.word("even|weekday|previous|previous")),
        period,
    }
}

fn period_name(period: &str, day: i64) -> String {
    let date = date(day);
    match period {
        "week" => format!("{:04}-W{:02}", date.iso_week_date().year(), date.iso_week_date().week()),
        "month" => date.strftime("%Y-%m").to_string(),
        "quarter" => format!("{}-Q{}", date.year(), (date.month() + 2) / 3),
        _ => date.year().to_string(),
    }
}
