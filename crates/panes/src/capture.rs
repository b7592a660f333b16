//! Panes as pieces of a snapshot, and back.

use std::{collections::BTreeMap, fmt::Display, sync::Arc};

use model::{Day, Minute};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    Keep, Panes,
    pieces::{Piece, PieceError, Pieces, decode},
};

/// What the panes are, so that a piece that is missing is missed.
#[derive(Serialize, Deserialize)]
struct Head {
    keep: Keep,
    days: Vec<Day>,
    minutes: Vec<Minute>,
    standing: Vec<Option<Day>>,
    visitors: Vec<Day>,
}

impl Panes {
    /// Captures the panes as pieces of a family.
    pub fn capture(&self, family: &str, out: &mut Vec<Piece>) {
        let head = Head {
            keep: self.keep,
            days: self.days.keys().copied().collect(),
            minutes: self.minutes.keys().copied().collect(),
            standing: self.standing.keys().copied().collect(),
            visitors: self.visitors.keys().copied().collect(),
        };
        out.push(Piece::new(format!("{family}/head"), Arc::new(head)));
        out.push(Piece::new(format!("{family}/dims"), self.dims.clone()));
        out.push(Piece::new(format!("{family}/audience"), self.audience.clone()));
        out.push(Piece::new(format!("{family}/reported"), self.reported.clone()));
        out.extend(self.days.iter().map(|(day, pane)| Piece::new(named(family, "day", day.0), pane.clone())));
        out.extend(self.minutes.iter().map(|(minute, pane)| Piece::new(named(family, "minute", minute.0), pane.clone())));
        out.extend(self.standing.iter().map(|(since, pane)| Piece::new(standing_named(family, since), pane.clone())));
        out.extend(self.visitors.iter().map(|(day, visitors)| Piece::new(named(family, "visitors", day.0), visitors.clone())));
    }

    /// The panes of a family's pieces.
    pub fn restore(family: &str, pieces: &Pieces) -> Result<Panes, PieceError> {
        let head: Head = decode(pieces, &format!("{family}/head"))?;
        Ok(Panes {
            dims_in_use: 0,
            keep: head.keep,
            dims: decode(pieces, &format!("{family}/dims"))?,
            audience: decode(pieces, &format!("{family}/audience"))?,
            reported: decode(pieces, &format!("{family}/reported"))?,
            days: each(head.days, pieces, |day| named(family, "day", day.0))?,
            minutes: each(head.minutes, pieces, |minute| named(family, "minute", minute.0))?,
            standing: each(head.standing, pieces, |since| standing_named(family, since))?,
            visitors: each(head.visitors, pieces, |day| named(family, "visitors", day.0))?,
        })
    }
}

fn each<K: Ord, V: DeserializeOwned>(keys: Vec<K>, pieces: &Pieces, named: impl Fn(&K) -> String) -> Result<BTreeMap<K, Arc<V>>, PieceError> {
    let one = |key: K| Ok((Arc::new(decode(pieces, &named(&key))?), key));
    keys.into_iter().map(|key| one(key).map(|(part, key)| (key, part))).collect()
}

fn named(family: &str, kind: &str, number: impl Display) -> String {
    format!("{family}/{kind}/{number}")
}

fn standing_named(family: &str, since: &Option<Day>) -> String {
    since.map_or_else(|| named(family, "standing", "always"), |day| named(family, "standing", day.0))
}
