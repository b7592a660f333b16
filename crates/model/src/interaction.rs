//! Social interactions and web visits.

use serde::{Deserialize, Serialize};

use crate::{
    Day,
    digest::Digest,
    head::{Head, Text},
    ids::{LeadId, VisitorId},
    words::words,
};

/// A social interaction, or the figure of a day.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SocialInteraction<'a> {
    /// The common fields.
    pub head: Head<'a>,
    /// The platform, by the one spelling of [`platform_name`](crate::channels::platform_name).
    pub platform: Text<'a>,
    /// What was done.
    pub kind: InteractionKind,
    /// How often; of `audience`, how many they are.
    pub count: i64,
    /// The account on the platform.
    pub account: Option<Text<'a>>,
    /// The post.
    pub post_id: Option<Text<'a>>,
    /// The channel; absent = `social`.
    pub channel: Option<Text<'a>>,
    /// The campaign.
    pub campaign: Option<Text<'a>>,
    /// The market segment.
    pub segment: Option<Text<'a>>,
    /// The lead whose interaction it was.
    pub lead_id: Option<LeadId<'a>>,
    /// The day of which this is the absolute figure.
    pub stat_date: Option<Day>,
}

/// What a social interaction is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the words say it")]
pub enum InteractionKind {
    Impression,
    Like,
    Comment,
    Share,
    Click,
    Reaction,
    Follow,
    Unfollow,
    /// A sign of interest in buying.
    Intent,
    /// The number of followers at a day's end.
    Audience,
}

/// A visit to the web site, or an action on it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WebVisit<'a> {
    /// The common fields.
    pub head: Head<'a>,
    /// The visitor; absent where consent was denied.
    pub visitor_id: Option<VisitorId<'a>>,
    /// The action; absent = a plain visit.
    pub action: Option<Text<'a>>,
    /// The channel of the session.
    pub channel: Option<Text<'a>>,
    /// The campaign of the session.
    pub campaign: Option<Text<'a>>,
    /// The market segment.
    pub segment: Option<Text<'a>>,
}

impl SocialInteraction<'_> {
    /// A fixed hash of what the message says.
    pub fn content(&self) -> u64 {
        let mut d = Digest::default();
        d.number(self.count).text(self.channel.as_deref()).text(self.campaign.as_deref()).text(self.segment.as_deref());
        d.text(self.post_id.as_deref()).text(self.lead_id.as_deref());
        d.finish()
    }
}

words!(
    InteractionKind,
    ("impression", InteractionKind::Impression),
    ("like", InteractionKind::Like),
    ("comment", InteractionKind::Comment),
    ("share", InteractionKind::Share),
    ("click", InteractionKind::Click),
    ("reaction", InteractionKind::Reaction),
    ("follow", InteractionKind::Follow),
    ("unfollow", InteractionKind::Unfollow),
    ("intent", InteractionKind::Intent),
    ("audience", InteractionKind::Audience),
);
