//! A cheap, endless-looking stream of social and web events, for measuring.

use model::{
    Event, InteractionKind, Millis, SocialInteraction, VisitorId, WebVisit, When,
    event::{Head, Text},
    time::DAY_MS,
};

use crate::chance::Chance;

/// The span the events are spread over.
const SPAN_MS: i64 = 3 * DAY_MS;
/// Visitors who come again and again.
const VISITORS: u64 = 8_000;

const CHANNELS: &[&str] =
    &["paid_search", "paid_social", "organic_search", "organic_social", "social", "email", "referral", "direct", "display", "partner"];
const CAMPAIGNS: &[&str] = &[
    "brand",
    "competitors",
    "category",
    "retargeting",
    "abm",
    "webinar",
    "lookalike",
    "cases",
    "demo",
    "newsletter",
    "onboarding",
    "win-back",
    "summit",
    "roadshow",
    "launch",
    "pricing",
    "security",
    "migration",
    "partners",
    "year-end",
];
const KINDS: &[InteractionKind] = &[
    InteractionKind::Impression,
    InteractionKind::Impression,
    InteractionKind::Impression,
    InteractionKind::Like,
    InteractionKind::Comment,
    InteractionKind::Share,
    InteractionKind::Click,
    InteractionKind::Reaction,
    InteractionKind::Follow,
];
const PLATFORMS: &[&str] = &["instagram", "discord", "x", "youtube"];
const ACTIONS: &[&str] = &["form_submit", "purchase", "download", "video_play"];

/// `n` social and web events, half each, evenly over the three days before `end`, by 8,000 visitors, 10 channels and 20 campaigns.
///
/// ```
/// assert_eq!(simulator::flood(1, 1_000, model::Millis(1_780_272_000_000)).count(), 1_000);
/// ```
pub fn flood(seed: u64, n: u64, end: Millis) -> Flood {
    Flood { chance: Chance::new(seed, &[8]), n, done: 0, end }
}

/// The events of [`flood`].
#[derive(Clone, Debug)]
pub struct Flood {
    chance: Chance,
    n: u64,
    done: u64,
    end: Millis,
}

impl Iterator for Flood {
    type Item = Event<'static>;

    fn next(&mut self) -> Option<Event<'static>> {
        if self.done == self.n {
            return None;
        }
        let ago = (i128::from(self.n - self.done) * i128::from(SPAN_MS) / i128::from(self.n)) as i64;
        self.done += 1;
        let at = self.end.plus(-ago.max(1));
        let head = Head { event_id: format!("f{:x}", self.done).into(), source: "flood".into(), occurred_at: When::At(at), revision: None };
        Some(if self.chance.happens(0.5) { self.visit(head) } else { self.interaction(head) })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = usize::try_from(self.n - self.done).unwrap_or(usize::MAX);
        (left, Some(left))
    }
}

impl Flood {
    fn visit(&mut self, head: Head<'static>) -> Event<'static> {
        let visitor_id = (!self.chance.happens(0.15)).then(|| VisitorId::from(format!("v{:05}", self.chance.below(VISITORS))));
        let action = if self.chance.happens(0.1) { self.text(ACTIONS) } else { None };
        Event::Visit(WebVisit { head, visitor_id, action, channel: self.text(CHANNELS), campaign: self.text(CAMPAIGNS), segment: None })
    }

    fn interaction(&mut self, head: Head<'static>) -> Event<'static> {
        let kind = self.chance.pick(KINDS).copied().unwrap_or(InteractionKind::Impression);
        Event::Social(SocialInteraction {
            head,
            platform: self.text(PLATFORMS).unwrap_or_default(),
            kind,
            count: if kind == InteractionKind::Impression { 1 + self.chance.below(20) as i64 } else { 1 },
            account: Some("company".into()),
            post_id: Some(format!("p{}", self.chance.below(500)).into()),
            channel: self.text(CHANNELS),
            campaign: self.text(CAMPAIGNS),
            segment: None,
            lead_id: None,
            stat_date: None,
        })
    }

    fn text(&mut self, names: &[&'static str]) -> Option<Text<'static>> {
        self.chance.pick(names).map(|name| Text::from(*name))
    }
}
