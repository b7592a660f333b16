//! How far back topics reach, and so what of a state can be compared.

use std::collections::BTreeMap;

use model::{Millis, Zone};
use reference::{Key, Pane, Part, What};

/// How far ahead of its record an event may be dated: what is gone can lie in no later pane.
const AHEAD_MS: i64 = 24 * 3_600_000;

/// The topics that do not reach back to their beginning, by type: since which day and minute, those excluded, they hold all that is
/// dated so; none where nothing can be said.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Reach(BTreeMap<&'static str, Option<(i64, i64)>>);

impl Reach {
    /// A partition of a topic has lost its oldest records; the first that it has is of this time, none where it has none.
    pub fn lost(&mut self, topic: &'static str, first: Option<Millis>, zone: &Zone) {
        let holds_all = first.map(|first| first.plus(AHEAD_MS)).map(|last| (i64::from(zone.day_of(last).0), last.minute().0));
        let known = self.0.entry(topic).or_insert(holds_all);
        *known = known.zip(holds_all).map(|((day, minute), (other_day, other_minute))| (day.max(other_day), minute.max(other_minute)));
    }

    /// Whether all that a number is made of is still there.
    pub fn covers(&self, key: &Key) -> bool {
        topics(key).iter().all(|topic| self.0.get(topic).is_none_or(|since| since.is_some_and(|since| is_later(&key.what, topic, since))))
    }
}

/// The topics whose records a number is made of.
fn topics(key: &Key) -> &'static [&'static str] {
    const SOCIAL: &[&str] = &["social-interaction"];
    const SPEND: &[&str] = &["ad-spend"];
    let topic = match (&key.part, &key.what) {
        (_, What::Records { topic, .. }) | (Part::Partition(topic, _) | Part::Partitions(topic), _) => *topic,
        (_, What::Follows { .. } | What::Members { .. }) => return SOCIAL,
        (_, What::Reported { .. }) => return SPEND,
        (_, What::Visitors { .. }) => "web-visit",
        (_, What::Cell { measure, .. }) => match measure.name {
            "interactions" | "impressions" | "engagements" | "intents" => return SOCIAL,
            "spend_rows" | "spend" | "media_spend" | "ad_impressions" | "ad_clicks" => return SPEND,
            // A deal hangs on its lead, a lead on its deals.
            _ => return &["lead-created", "deal-closed"],
        },
    };
    match topic {
        "lead-created" => &["lead-created"],
        "deal-closed" => &["deal-closed"],
        "ad-spend" => SPEND,
        "social-interaction" => SOCIAL,
        _ => &["web-visit"],
    }
}

/// Whether a number is of a time of which the topic has all. Of leads and deals, that are restated for ever, nothing is.
fn is_later(what: &What, topic: &str, (since_day, since_minute): (i64, i64)) -> bool {
    let is_dated = matches!(topic, "ad-spend" | "social-interaction" | "web-visit");
    is_dated
        && match what {
            What::Cell { pane: Pane::Minute(minute), .. } => *minute > since_minute,
            What::Cell { pane: Pane::Day(day), .. }
            | What::Follows { day, .. }
            | What::Members { day, .. }
            | What::Reported { day, .. }
            | What::Visitors { day, .. } => *day > since_day,
            What::Cell { pane: Pane::Standing(_), .. } | What::Records { .. } => false,
        }
}

#[cfg(test)]
mod tests {
    use reference::{Dimensions, Measure};

    use super::*;

    fn cell(part: Part, pane: Pane, name: &'static str) -> Key {
        let at = Dimensions { channel: "email".to_owned(), campaign: "(none)".to_owned(), segment: "(none)".to_owned() };
        Key { part, what: What::Cell { pane, at, measure: Measure::count(name) } }
    }

    #[test]
    fn what_is_gone_reaches_a_day_ahead() {
        let (zone, visits) = (Zone::utc(), Part::Partition("web-visit", 0));
        let noon = Millis(20_000 * 86_400_000 + 43_200_000);
        let mut reach = Reach::default();
        assert!(reach.covers(&cell(visits, Pane::Day(1), "visits")));
        reach.lost("web-visit", Some(noon), &zone);
        let covered = |reach: &Reach, day| reach.covers(&cell(visits, Pane::Day(day), "visits"));
        assert_eq!([20_000, 20_001, 20_002].map(|day| covered(&reach, day)), [false, false, true]);
        assert!(reach.covers(&cell(Part::Partition("social-interaction", 0), Pane::Day(1), "interactions")), "another topic has all");
        reach.lost("web-visit", Some(noon.plus(86_400_000)), &zone);
        assert_eq!([20_002, 20_003].map(|day| covered(&reach, day)), [false, true], "the partition that has lost most decides");
        reach.lost("web-visit", None, &zone);
        reach.lost("web-visit", Some(noon), &zone);
        assert!(!covered(&reach, 30_000), "a partition without any record says nothing");
    }

    #[test]
    fn entities_are_restated_for_ever() {
        let mut reach = Reach::default();
        reach.lost("lead-created", Some(Millis(0)), &Zone::utc());
        assert!(!reach.covers(&cell(Part::Book, Pane::Day(30_000), "won_value")), "a deal takes its channel from its lead");
        assert!(reach.covers(&cell(Part::Book, Pane::Day(30_000), "spend_rows")));
    }
}
