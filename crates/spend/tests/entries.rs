//! Rows of spend one by one, as they are shown to people.

use std::borrow::Cow;

use model::{AdSpend, Category, Currency, Day, Micros, Settings, SpendFacts, When, event::Head};
use panes::{Keep, Panes};
use spend::Spend;

fn row(campaign: Option<&'static str>, campaign_id: Option<&'static str>) -> AdSpend<'static> {
    AdSpend {
        head: Head { event_id: "e".into(), source: "ads".into(), occurred_at: When::On(Day(20_510)), revision: None },
        platform: "meta".into(),
        account: "a".into(),
        spend_date: Day(20_500),
        category: Category::Media,
        campaign: campaign.map(Cow::Borrowed),
        campaign_id: campaign_id.map(Cow::Borrowed),
        ad_group: None,
        ad_group_id: None,
        ad: None,
        ad_id: None,
        breakdown: None,
        facts: Some(SpendFacts { amount: Micros(1), currency: Currency::EUR, channel: None, segment: None, impressions: 0, clicks: 0 }),
    }
}

fn keys(events: impl IntoIterator<Item = AdSpend<'static>>) -> Vec<String> {
    let (mut spend, mut panes) = (Spend::default(), Panes::new(Keep::ALL));
    events.into_iter().for_each(|event| assert!(spend.take(&event, &Settings::default(), &mut panes).is_accepted()));
    spend.live().map(|row| row.key_text()).collect()
}

#[test]
fn an_id_is_shown_apart_from_the_same_name() {
    assert_eq!(
        keys([row(Some("spring"), None), row(None, Some("spring")), row(None, None)]),
        [
            "meta / a / media / spring / - / - / - / 2026-02-16",
            "meta / a / media / id spring / - / - / - / 2026-02-16",
            "meta / a / media / - / - / - / - / 2026-02-16"
        ]
    );
}

#[test]
fn ads_and_breakdowns_are_rows_of_their_own() {
    let finer = |ad: Option<&'static str>, ad_id: Option<&'static str>, breakdown: Option<&'static str>| AdSpend {
        ad: ad.map(Cow::Borrowed),
        ad_id: ad_id.map(Cow::Borrowed),
        breakdown: breakdown.map(Cow::Borrowed),
        ..row(Some("spring"), None)
    };
    assert_eq!(
        keys([
            finer(Some("2"), None, None),
            finer(Some("2"), Some("2"), None),
            finer(None, Some("2"), Some(" country=DE ")),
            finer(None, None, Some(" "))
        ]),
        [
            "meta / a / media / spring / - / 2 / - / 2026-02-16",
            "meta / a / media / spring / - / id 2 / - / 2026-02-16",
            "meta / a / media / spring / - / id 2 / country=DE / 2026-02-16",
            "meta / a / media / spring / - / - / - / 2026-02-16"
        ]
    );
}
