//! The figures of days: entities with revisions, each the absolute count of one kind on one day.

use ledger::{Census, Entities, Ix, KeyBuilder};
use model::{DailyFigure, Day, InteractionKind, Ruling, Settings, SocialInteraction};
use panes::{
    Contribution, DimsId, DimsTable, Measure, Panes,
    dims::{Named, Renumbered},
};
use pieces::{Piece, PieceError, Pieces};
use serde::{Deserialize, Serialize};

use crate::{measure, spelled};

/// The book of daily figures.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    pub(crate) rows: Entities<State>,
    key: KeyBuilder,
}

/// The day of a figure, and the figure once it is known.
pub(crate) type State = (Day, Option<Figure>);

/// A figure as it now is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Figure {
    pub(crate) kind: InteractionKind,
    pub(crate) count: i64,
    pub(crate) dims: DimsId,
    pub(crate) platform: Box<str>,
    pub(crate) account: Box<str>,
}

const FIGURES: &str = "figures";

impl Figures {
    /// Captures the figures as they now are: clones pointers only.
    pub fn capture(&self, out: &mut Vec<Piece>) {
        self.rows.capture(FIGURES, out);
    }

    /// The book that was captured; `dims` and the cells are those of its panes, in which nothing is booked again.
    pub fn restore(pieces: &Pieces, dims: &DimsTable) -> Result<Figures, PieceError> {
        let rows: Entities<State> = Entities::restore(FIGURES, pieces)?;
        let is_unknown = |ix: &Ix<State>| rows.state(*ix).1.as_ref().is_some_and(|figure| dims.dims(figure.dims).is_none());
        if let Some(ix) = rows.all().find(is_unknown) {
            return Err(PieceError::corrupt(ix.piece(FIGURES), "a figure's dimensions are unknown"));
        }
        Ok(Figures { rows, ..Figures::default() })
    }

    /// The figures in one number.
    pub fn census(&self) -> (&'static str, Census) {
        (FIGURES, self.rows.census())
    }

    /// Takes in the figure of a day.
    pub fn figure(&mut self, DailyFigure { day, event }: &DailyFigure<'_>, settings: &Settings, panes: &mut Panes) -> Ruling {
        let day = *day;
        let key = self.key_of(event, day);
        let ix = self.rows.find_or_add(&key, || (day, None));
        let ruling = self.rows.offer(ix, event.head.stamp(&settings.zone, event.content()));
        if ruling.is_accepted() {
            let figure = Figure {
                kind: event.kind,
                count: event.count,
                dims: panes.dims_id(spelled(event).resolve(&settings.channels)),
                platform: Box::from(&*event.platform),
                account: Box::from(event.account.as_deref().unwrap_or_default()),
            };
            self.book(ix, panes, -1);
            self.rows.state_mut(ix).1 = Some(figure);
            self.book(ix, panes, 1);
        }
        ruling
    }

    /// Forgets the figures of days below the floor. Those of members stay: a level rests on all that came before, and a
    /// restatement must find what it replaces.
    pub fn forget_below(&mut self, floor: Day) {
        let is_level = |kind| matches!(kind, InteractionKind::Follow | InteractionKind::Unfollow | InteractionKind::Audience);
        let is_old = |(day, figure): &State| *day < floor && figure.as_ref().is_none_or(|figure| !is_level(figure.kind));
        let old: Vec<Ix<State>> = self.rows.all().filter(|ix| is_old(self.rows.state(*ix))).collect();
        old.into_iter().for_each(|ix| self.rows.remove(ix));
    }

    /// Notes all dimensions that are named.
    pub fn note_dims(&self, named: &mut Named) {
        let figures = self.rows.all().filter_map(|ix| self.rows.state(ix).1.as_ref());
        figures.for_each(|figure| named.note(figure.dims));
    }

    /// Gives the dimensions their new numbers.
    pub fn renumber_dims(&mut self, numbers: &Renumbered) {
        self.rows.renumber(numbers, |(_, figure)| figure.as_mut().map(|figure| &mut figure.dims));
    }

    fn book(&self, ix: Ix<State>, panes: &mut Panes, sign: i64) {
        let (day, Some(figure)) = self.rows.state(ix) else { return };
        let mut cells = Contribution::default();
        contribution(*day, figure, &mut cells);
        if sign > 0 {
            panes.put_in(&cells)
        } else {
            panes.take_out(&cells)
        }
        book_members(*day, figure, panes, sign);
    }

    fn key_of(&mut self, event: &SocialInteraction<'_>, day: Day) -> Vec<u8> {
        let post_id = if event.kind == InteractionKind::Audience { None } else { event.post_id.as_deref() };
        self.key.text(0, &event.platform).text(0, event.account.as_deref().unwrap_or_default());
        self.key.text(0, post_id.unwrap_or_default()).text(0, event.kind.word()).number(day.0).take()
    }
}

/// What a figure contributes beside members, which are levels.
pub(crate) fn contribution(day: Day, figure: &Figure, out: &mut Contribution) {
    out.add_day(day, figure.dims, Measure::Interactions, 1);
    if let Some(measure) = measure(figure.kind) {
        out.add_day(day, figure.dims, measure, figure.count.into());
    }
}

fn book_members(day: Day, figure: &Figure, panes: &mut Panes, sign: i64) {
    let follows = i128::from(sign) * i128::from(figure.count);
    match figure.kind {
        InteractionKind::Audience if sign > 0 => {
            panes.account_mut(&figure.platform, &figure.account).figures.insert(day, (figure.count, figure.dims));
        }
        InteractionKind::Audience => {
            panes.account_mut(&figure.platform, &figure.account).figures.remove(&day);
        }
        InteractionKind::Follow => panes.account_mut(&figure.platform, &figure.account).add_follows(day, figure.dims, follows),
        InteractionKind::Unfollow => panes.account_mut(&figure.platform, &figure.account).add_follows(day, figure.dims, -follows),
        _ => {}
    }
}
