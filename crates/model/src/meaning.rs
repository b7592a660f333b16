//! What an event means to the numbers: a fact, which replaces what was known, or an interaction, which adds up.

use crate::{
    AdSpend, Day, DealClosed, Event, EventType, InteractionKind, LeadCreated, Reason, Rejection, SocialInteraction, WebVisit, Zone, head::Head,
};

/// A fact or an interaction.
#[derive(Clone, PartialEq, Debug)]
pub enum Meaning<'a> {
    /// The present state of something.
    Fact(Fact<'a>),
    /// Something that happened once.
    Interaction(Interaction<'a>),
}

/// The present state of an entity: of all facts about one the latest counts, whatever partition they came by.
#[derive(Clone, PartialEq, Debug)]
pub enum Fact<'a> {
    /// A lead.
    Lead(LeadCreated<'a>),
    /// A deal.
    Deal(DealClosed<'a>),
    /// A row of spend.
    Spend(AdSpend<'a>),
    /// The figure of a day.
    Figure(DailyFigure<'a>),
}

/// Something that happened once: its contribution is never corrected, and a repetition of it counts for nothing.
#[derive(Clone, PartialEq, Debug)]
pub enum Interaction<'a> {
    /// A single social interaction.
    Social(SocialInteraction<'a>),
    /// A visit.
    Visit(WebVisit<'a>),
}

/// The absolute figure of a day, told by a social interaction that has a `stat_date` or counts an audience.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DailyFigure<'a> {
    /// The day.
    pub day: Day,
    /// The event.
    pub event: SocialInteraction<'a>,
}

/// What a state folds: facts alone, or whatever an event means.
pub trait Foldable<'a>: Sized {
    /// What an event means to the state; events that mean nothing to it are refused. A zone decides of which day an audience is.
    fn of(event: Event<'a>, zone: &Zone) -> Result<Self, Rejection>;

    /// The event's type.
    fn event_type(&self) -> EventType;

    /// The common fields of the event.
    fn head(&self) -> &Head<'_>;
}

impl<'a> Event<'a> {
    /// What the event means; a zone decides of which day an audience is.
    pub fn meaning(self, zone: &Zone) -> Meaning<'a> {
        match self {
            Event::Lead(lead) => Meaning::Fact(Fact::Lead(lead)),
            Event::Deal(deal) => Meaning::Fact(Fact::Deal(deal)),
            Event::Spend(row) => Meaning::Fact(Fact::Spend(row)),
            Event::Visit(visit) => Meaning::Interaction(Interaction::Visit(visit)),
            Event::Social(event) => match figure_day(&event, zone) {
                Some(day) => Meaning::Fact(Fact::Figure(DailyFigure { day, event })),
                None => Meaning::Interaction(Interaction::Social(event)),
            },
        }
    }
}

fn figure_day(event: &SocialInteraction<'_>, zone: &Zone) -> Option<Day> {
    match (event.stat_date, event.kind) {
        (Some(day), _) => Some(day),
        (None, InteractionKind::Audience) => Some(zone.day(event.head.occurred_at)),
        (None, _) => None,
    }
}

impl<'a> Foldable<'a> for Meaning<'a> {
    fn of(event: Event<'a>, zone: &Zone) -> Result<Meaning<'a>, Rejection> {
        Ok(event.meaning(zone))
    }

    fn event_type(&self) -> EventType {
        match self {
            Meaning::Fact(fact) => fact.event_type(),
            Meaning::Interaction(interaction) => interaction.event_type(),
        }
    }

    fn head(&self) -> &Head<'_> {
        match self {
            Meaning::Fact(fact) => fact.head(),
            Meaning::Interaction(interaction) => interaction.head(),
        }
    }
}

impl<'a> Foldable<'a> for Fact<'a> {
    fn of(event: Event<'a>, zone: &Zone) -> Result<Fact<'a>, Rejection> {
        match event.meaning(zone) {
            Meaning::Fact(fact) => Ok(fact),
            Meaning::Interaction(one) => Err(Rejection::new(Reason::WrongType, format!("a single {} is not an entity", one.event_type().name()))),
        }
    }

    fn event_type(&self) -> EventType {
        match self {
            Fact::Lead(_) => EventType::LeadCreated,
            Fact::Deal(_) => EventType::DealClosed,
            Fact::Spend(_) => EventType::AdSpend,
            Fact::Figure(_) => EventType::SocialInteraction,
        }
    }

    fn head(&self) -> &Head<'_> {
        match self {
            Fact::Lead(lead) => &lead.head,
            Fact::Deal(deal) => &deal.head,
            Fact::Spend(row) => &row.head,
            Fact::Figure(figure) => &figure.event.head,
        }
    }
}

impl Interaction<'_> {
    /// The event's type.
    pub fn event_type(&self) -> EventType {
        match self {
            Interaction::Social(_) => EventType::SocialInteraction,
            Interaction::Visit(_) => EventType::WebVisit,
        }
    }

    /// The common fields.
    pub fn head(&self) -> &Head<'_> {
        match self {
            Interaction::Social(social) => &social.head,
            Interaction::Visit(visit) => &visit.head,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Millis, When};

    fn social(kind: InteractionKind, stat_date: Option<Day>) -> Event<'static> {
        let head = Head { event_id: "e".into(), source: "s".into(), occurred_at: When::At(Millis(1_772_580_600_000)), revision: None };
        let (account, post_id, channel, campaign, segment, lead_id) = Default::default();
        Event::Social(SocialInteraction {
            head,
            platform: "x".into(),
            kind,
            count: 3,
            account,
            post_id,
            channel,
            campaign,
            segment,
            lead_id,
            stat_date,
        })
    }

    fn day(event: Event<'_>, zone: &str) -> Option<String> {
        match event.meaning(&Zone::named(zone).unwrap()) {
            Meaning::Fact(Fact::Figure(figure)) => Some(figure.day.to_string()),
            Meaning::Interaction(Interaction::Social(_)) => None,
            other => panic!("{other:?}"),
        }
    }

    /// An audience is of the business zone's day; 2026-03-03T23:30Z is the 4th in Warsaw.
    #[test]
    fn a_social_interaction_is_the_figure_of_a_day_by_its_date_or_as_an_audience() {
        assert_eq!(day(social(InteractionKind::Like, None), "UTC"), None);
        assert_eq!(day(social(InteractionKind::Like, Some(Day(20_000))), "UTC").as_deref(), Some("2024-10-04"));
        assert_eq!(day(social(InteractionKind::Audience, Some(Day(20_000))), "UTC").as_deref(), Some("2024-10-04"));
        assert_eq!(day(social(InteractionKind::Audience, None), "UTC").as_deref(), Some("2026-03-03"));
        assert_eq!(day(social(InteractionKind::Audience, None), "Europe/Warsaw").as_deref(), Some("2026-03-04"));
    }

    #[test]
    fn only_facts_are_taken_for_facts() {
        let zone = Zone::utc();
        assert!(Fact::of(social(InteractionKind::Audience, None), &zone).is_ok());
        let refused = Fact::of(social(InteractionKind::Like, None), &zone).unwrap_err();
        assert_eq!(refused.to_string(), "wrong_type: a single social-interaction is not an entity");
    }
}
