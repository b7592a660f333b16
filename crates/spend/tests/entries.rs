//! Rows of spend one by one, as they are shown to people.

use std::borrow::Cow;

use model::{AdSpend, Category, Currency, Day, Micros, Settings, SpendFacts, Verdict, When, event::Head};
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
        facts: Some(SpendFacts { amount: Micros(1), currency: Currency::EUR, channel: None, segment: None, impressions: 0, clicks: 0 }),
    }
}

#[test]
fn an_id_is_shown_apart_from_the_same_name() {
    let (mut spend, mut panes) = (Spend::default(), Panes::new(Keep::ALL));
    for event in [row(Some("spring"), None), row(None, Some("spring")), row(None, None)] {
        assert_eq!(spend.row(&event, &Settings::default(), &mut panes), Verdict::Accepted);
    }
    let shown: Vec<String> = spend.live_rows().map(|row| row.key_text()).collect();
    assert_eq!(
        shown,
        ["meta / a / media / spring / - / 2026-02-16", "meta / a / media / id spring / - / 2026-02-16", "meta / a / media / - / - / 2026-02-16"]
    );
}
