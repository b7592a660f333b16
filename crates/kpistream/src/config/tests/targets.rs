//! The list `[[targets]]`: every error text, and that what is given lands where it should.

use expect_test::expect;
use kpis::{Kpi, Profile, Stands, Target, Targets, definition::Better};

use super::{load, refused};

/// KPI T1, T2
#[test]
fn targets_that_mean_nothing_are_refused() {
    let month = "[[targets]]\nkpi = 'leads'\nvalue = 10\nperiod = 'month'\n";
    refused(
        "targets",
        &[
            "[[targets]]\nvalue = '10'",
            "[[targets]]\nkpi = 'leads'\nperiod = 'month'",
            "[[targets]]",
            "[[targets]]\nkpi = 'lead'\nvalue = 10\nperiod = 'month'",
            "[[targets]]\nkpi = 'cac'\nvalue = 10",
            "[[targets]]\nkpi = 'leads'\nvariant = 'cohort'\nvalue = 10\nperiod = 'month'",
            "[[targets]]\nkpi = 'leads'\nvalue = 10",
            "[[targets]]\nkpi = 'visitors'\nvalue = 10",
            "[[targets]]\nkpi = 'visitors'\nvalue = 10\nperiod = 'month'\nprofile = 'even'",
            "[[targets]]\nkpi = 'win_rate'\nvalue = 0.5\nfrom = '2026-01'",
            "[[targets]]\nkpi = 'win_rate'\nvalue = 0",
            "[[targets]]\nkpi = 'win_rate'\nvalue = 'inf'",
            "[[targets]]\nkpi = 'win_rate'\nvalue = 1\nperiod = 'day'",
            "[[targets]]\nkpi = 'win_rate'\nvalue = 1\nperiod = 'week'\nfrom = '2026-01'",
            "[[targets]]\nkpi = 'win_rate'\nvalue = 1\nbetter = 'higher'",
            "[[targets]]\nkpi = 'win_rate'\nvalue = 1\nchannel = ' '",
            "[[targets]]\nkpi = 'win_rate'\nvalue = 1\nchanel = 'email'",
            &format!("{month}until = '2025-12'\nfrom = '2026-01'"),
            &format!("{month}channel = 'email'\n{month}channel = 'E-Mail'"),
            "[targets]\nkpi = 'leads'",
            "targets = 'leads'",
        ],
        expect![[r#"
            config.toml: `targets`, number 1: it names no `kpi`
            config.toml: `targets`, number 1: it has no `value`
            config.toml: `targets`, number 1: it names no `kpi`
            config.toml: `targets`, number 1: unknown KPI "lead": use one of leads, mqls, sqls, opportunities, customers, wins, losses, win_rate, won_value, average_deal_value, disqualified_leads, visits, impressions, engagements, open_pipeline_value, lead_conversion, sales_cycle, roi, roas, cac, cost_per_lead, unmatched_spend_ratio, spend, ad_impressions, ad_clicks, visitors, converting_visitors, web_conversion, engagement, community_members, community_conversion
            config.toml: `targets`, number 1: cac has several variants: use one of blended, paid
            config.toml: `targets`, number 1: leads has no variants: leave it out
            config.toml: `targets`, number 1: leads grows with the window: give the target a period (week, month, quarter or year)
            config.toml: `targets`, number 1: visitors grows with the window: give the target a period (week, month, quarter or year)
            config.toml: `targets`, number 1: visitors does not add up day by day: leave out the profile
            config.toml: `targets`, number 1: `from` and `until` name periods: give the target a `period`
            config.toml: `targets.1.value` = "0" is not allowed; give a decimal above 0 such as 800
            config.toml: `targets.1.value` = "inf" is not allowed; give a decimal above 0 such as 800
            config.toml: `targets.1.period` = "day" is not allowed; give week, month, quarter or year
            config.toml: `targets.1.from` = "2026-01" is not allowed; give the name of one of its periods, such as 2026-W05, 2026-01, 2026-Q1 or 2026
            config.toml: `targets.1.better` = "higher" is not allowed; give up, down or near
            config.toml: `targets.1.channel` = " " is not allowed; give a channel
            config.toml: unknown key `targets.1.chanel`; the nearest known one is `targets.N.channel`
            config.toml: `targets`, number 1: the target of leads ends before it begins: `until` is before `from`
            config.toml: `targets`, number 2: leads has two targets that begin alike: give the later one a `from`, or leave one out
            config.toml: `targets` = a table or nested list is not allowed; give a list of tables in the file, each under [[targets]]
            config.toml: `targets` = "leads" is not allowed; give a list of tables in the file, each under [[targets]]
        "#]],
    );
    let (_folder, loaded) = load("targets-list", month, &[("KPISTREAM_TARGETS__1__VALUE", "7")], &[]);
    assert!(loaded.is_err_and(|error| error.to_string().contains("a list of tables in the file")), "a variable cannot reach into a list");
}

/// KPI T3
#[test]
fn targets_land_where_they_should() {
    let toml = "[channels.aliases]\nNews = 'email'\n[[targets]]\nkpi = 'won_value'\nchannel = 'news'\nperiod = 'quarter'\nfrom = '2026-Q1'\n\
        value = '2500.5'\nprofile = 'previous'\nbetter = 'near'\n[[targets]]\nkpi = 'cac'\nvariant = 'paid'\nvalue = 800";
    let (_folder, loaded) = load("targets-land", toml, &[], &[]);
    let quarter = Stands::In { period: panes::Period::Quarter, from: panes::Period::Quarter.named("2026-Q1"), until: None };
    let expected = [
        Target {
            kpi: Kpi::WonValue,
            channel: Some("email".into()),
            stands: quarter,
            value: 2500.5,
            better: Some(Better::Near),
            profile: Some(Profile::Previous),
        },
        Target { kpi: Kpi::CacPaid, channel: None, stands: Stands::Everywhere, value: 800.0, better: None, profile: None },
    ];
    assert_eq!(loaded.unwrap().setup.kpis.targets, Targets::new(expected).unwrap());
}
