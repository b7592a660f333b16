//! Entities of a day each that stand alone, and the panes they are booked in.

use std::fmt::Debug;

use model::{Day, Ruling, Settings, event::Head};
use panes::{
    Contribution, DimsId, DimsTable, Panes,
    dims::{Named, Renumbered},
};
use pieces::{Piece, PieceError, Pieces};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    Census, Entities, Ix, KeyBuilder, Latest,
    balanced::{Balanced, Booked},
};

/// What is known of an entity that is of one day and depends on no other: its facts while it is live.
pub trait Entity: Clone + Debug + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The facts as a message tells them.
    type Fact<'a>;

    /// The family of its pieces, and its name in a census.
    const FAMILY: &'static str;
    /// What is wrong with a snapshot in which the dimensions of one are unknown.
    const UNKNOWN_DIMS: &'static str;

    /// The common fields of a fact.
    fn head<'f>(fact: &'f Self::Fact<'_>) -> &'f Head<'f>;
    /// A fixed hash of what a fact says beside its key.
    fn content(fact: &Self::Fact<'_>) -> u64;
    /// The entity that a fact is about: its key, with the day at its end, and the day.
    fn key(fact: &Self::Fact<'_>, key: &mut KeyBuilder) -> Day;
    /// What a fact says of its entity; nothing where that is deleted.
    fn of(fact: &Self::Fact<'_>, settings: &Settings, panes: &mut Panes) -> Option<Self>;

    /// Adds what the entity contributes.
    fn contribution(&self, day: Day, out: &mut Contribution);
    /// Its dimensions.
    fn dims(&self) -> DimsId;
    /// The same, to give them another number.
    fn dims_mut(&mut self) -> &mut DimsId;

    /// Whether it is kept when its day is forgotten.
    fn outlives_its_day(&self) -> bool {
        false
    }

    /// A text of its key, for people.
    fn shown(_tag: u8, text: &str) -> String {
        if text.is_empty() { "-".to_owned() } else { text.to_owned() }
    }
}

/// The facts of an entity while it is live, and the day it is of.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Dated<E> {
    day: Day,
    live: Option<E>,
}

/// The entities of a kind.
#[derive(Clone, Debug)]
pub struct Ledger<E> {
    entities: Entities<Dated<E>>,
    key: KeyBuilder,
}

/// A live entity.
#[derive(Debug)]
pub struct Entry<'a, E> {
    ledger: &'a Ledger<E>,
    ix: Ix<Dated<E>>,
    /// Its day.
    pub day: Day,
    /// Its facts.
    pub facts: &'a E,
}

impl<E> Default for Ledger<E> {
    fn default() -> Ledger<E> {
        Ledger { entities: Entities::default(), key: KeyBuilder::default() }
    }
}

impl<E: Entity> Balanced for Ledger<E> {
    type Key = Ix<Dated<E>>;

    fn contribution(&self, ix: Ix<Dated<E>>, _: &Settings, out: &mut Contribution) {
        let Dated { day, live } = self.entities.state(ix);
        live.iter().for_each(|facts| facts.contribution(*day, out));
    }
}

impl<E: Entity> Ledger<E> {
    /// Takes in a fact.
    pub fn take(&mut self, fact: &E::Fact<'_>, settings: &Settings, panes: &mut Panes) -> Ruling {
        let day = E::key(fact, &mut self.key);
        let ix = self.entities.find_or_add(&self.key.take(), || Dated { day, live: None });
        let ruling = self.entities.offer(ix, E::head(fact).stamp(&settings.zone, E::content(fact)));
        if ruling.is_accepted() {
            let live = E::of(fact, settings, panes);
            self.change(&[ix], &mut Booked::new(settings, panes), |ledger, _| ledger.entities.state_mut(ix).live = live);
        }
        ruling
    }

    /// Forgets the entities of days below the floor, which can change nothing above it.
    pub fn forget_below(&mut self, floor: Day, settings: &Settings, panes: &mut Panes) {
        let is_old = |Dated { day, live }: &Dated<E>| *day < floor && !live.as_ref().is_some_and(E::outlives_its_day);
        let old: Vec<Ix<Dated<E>>> = self.entities.all().filter(|ix| is_old(self.entities.state(*ix))).collect();
        for ix in old {
            self.change(&[ix], &mut Booked::new(settings, panes), |ledger, _| ledger.entities.state_mut(ix).live = None);
            self.entities.remove(ix);
        }
    }

    /// All live entities.
    pub fn live(&self) -> impl Iterator<Item = Entry<'_, E>> {
        self.entities.all().filter_map(|ix| {
            let Dated { day, live } = self.entities.state(ix);
            Some(Entry { ledger: self, ix, day: *day, facts: live.as_ref()? })
        })
    }

    /// Captures the entities as they now are: clones pointers only.
    pub fn capture(&self, out: &mut Vec<Piece>) {
        self.entities.capture(E::FAMILY, out);
    }

    /// The ledger that was captured; `dims` and the cells are those of its panes, in which nothing is booked again.
    pub fn restore(pieces: &Pieces, dims: &DimsTable) -> Result<Ledger<E>, PieceError> {
        let ledger: Ledger<E> = Ledger { entities: Entities::restore(E::FAMILY, pieces)?, key: KeyBuilder::default() };
        let unknown = ledger.live().find(|entry| dims.dims(entry.facts.dims()).is_none()).map(|entry| entry.ix);
        match unknown {
            Some(ix) => Err(PieceError::corrupt(ix.piece(E::FAMILY), E::UNKNOWN_DIMS)),
            None => Ok(ledger),
        }
    }

    /// The entities in one number.
    pub fn census(&self) -> (&'static str, Census) {
        (E::FAMILY, self.entities.census())
    }

    /// Notes all dimensions that are named.
    pub fn note_dims(&self, named: &mut Named) {
        self.live().for_each(|entry| named.note(entry.facts.dims()));
    }

    /// Gives the dimensions their new numbers.
    pub fn renumber_dims(&mut self, numbers: &Renumbered) {
        self.entities.renumber(numbers, |dated| dated.live.as_mut().map(E::dims_mut));
    }
}

impl<E> Clone for Entry<'_, E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for Entry<'_, E> {}

impl<'a, E: Entity> Entry<'a, E> {
    /// Its key.
    pub fn key(&self) -> &'a [u8] {
        self.ledger.entities.key(self.ix)
    }

    /// Its key for people: its parts, and its day.
    pub fn key_text(&self) -> String {
        let texts = KeyBuilder::texts(self.key()).into_iter().map(|(tag, text)| E::shown(tag, text));
        format!("{} / {}", texts.collect::<Vec<_>>().join(" / "), self.day)
    }

    /// Its latest message.
    pub fn latest(&self) -> Option<Latest<'a>> {
        self.ledger.entities.latest(self.ix)
    }

    /// What it contributes.
    pub fn contribution(&self, out: &mut Contribution) {
        out.clear();
        self.facts.contribution(self.day, out);
    }
}
