//! The web site: sessions of visitors, some of whom refuse to be known.

use model::{Event, Millis, VisitorId, WebVisit, event::Text};

use crate::{
    calendar::LocalDay,
    chance::Chance,
    market::{CHANNELS, Channel},
    options::Options,
    outbox::Outbox,
};

/// The source of visits.
const TRACKER: &str = "web-tracker";
/// Share of sessions without consent.
const DENIED: f64 = 0.18;
/// Share of sessions of someone who was here not long ago.
const RETURNING: f64 = 0.3;
/// How many visitors back "not long ago" reaches.
const REMEMBERED: u64 = 600;
/// Actions that are no conversion, with their share of sessions.
const ACTIONS: &[(&str, f64)] = &[("download", 0.04), ("video_play", 0.05), ("pricing_view", 0.06)];

/// The visitors so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Traffic {
    visitors: u64,
}

/// Who came, by what.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) visitor: Option<String>,
    pub(crate) channel: Option<&'static str>,
    pub(crate) campaign: Option<&'static str>,
}

impl Traffic {
    /// All sessions of `today` of which no lead comes.
    pub(crate) fn day(&mut self, options: &Options, today: LocalDay, chance: &mut Chance, out: &mut Outbox) {
        for channel in CHANNELS {
            for _ in 0..chance.count(channel.sessions * today.pace() * options.scale) {
                let mut at = today.moment(chance);
                let session = self.session(channel, chance);
                send_visit(&session, at, None, out);
                while chance.happens(0.5) {
                    at = at.plus(5_000 + chance.below(120_000) as i64);
                    send_visit(&session, at, None, out);
                }
                for (action, share) in ACTIONS {
                    if chance.happens(*share) {
                        send_visit(&session, at.plus(1_000 + chance.below(90_000) as i64), Some(action), out);
                    }
                }
            }
        }
    }

    /// The session of someone who leaves an address at `at`: a few pages, then the form.
    pub(crate) fn converting(&mut self, session: &Session, at: Millis, chance: &mut Chance, out: &mut Outbox) {
        for page in (1..=1 + chance.below(4) as i64).rev() {
            send_visit(session, at.plus(-page * (15_000 + chance.below(60_000) as i64)), None, out);
        }
        send_visit(session, at.plus(-2_000), Some("form_submit"), out);
    }

    /// A session by a channel.
    pub(crate) fn session(&mut self, channel: &'static Channel, chance: &mut Chance) -> Session {
        let visitor = (!chance.happens(DENIED)).then(|| self.visitor(chance));
        Session { visitor, ..by(channel, chance) }
    }

    /// A visitor: new, or one of the latest.
    pub(crate) fn visitor(&mut self, chance: &mut Chance) -> String {
        let back = if chance.happens(RETURNING) { chance.below(REMEMBERED.min(self.visitors)) } else { 0 };
        if back > 0 {
            return format!("V-{:07}", self.visitors - back);
        }
        self.visitors += 1;
        format!("V-{:07}", self.visitors)
    }
}

/// An unknown visitor by a channel, as a source would spell it, and one of its campaigns.
pub(crate) fn by(channel: &'static Channel, chance: &mut Chance) -> Session {
    let usual = channel.spellings.first();
    let spelling = if chance.happens(0.15) { chance.pick(channel.spellings).or(usual) } else { usual };
    Session { visitor: None, channel: spelling.copied(), campaign: chance.pick(channel.campaigns).copied() }
}

/// A visit of a session.
pub(crate) fn visit(session: &Session, at: Millis, action: Option<&'static str>, out: &mut Outbox) -> Event<'static> {
    Event::Visit(WebVisit {
        head: out.head(TRACKER, at),
        visitor_id: session.visitor.clone().map(VisitorId::from),
        action: action.map(Text::from),
        channel: session.channel.map(Text::from),
        campaign: session.campaign.map(Text::from),
        segment: None,
    })
}

fn send_visit(session: &Session, at: Millis, action: Option<&'static str>, out: &mut Outbox) {
    let event = visit(session, at, action, out);
    out.send(event);
}
