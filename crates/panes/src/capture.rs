//! Panes as pieces of a snapshot, and back.

use std::{collections::BTreeMap, fmt::Display, sync::Arc};

use model::{Day, Minute};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{Keep, Panes, cuts::Cut};
use pieces::{Piece, PieceError, Pieces, decode};

/// What the panes are, so that a piece that is missing is missed.
#[derive(Serialize, Deserialize)]
struct Contents {
    keep: Keep,
    days: Vec<Day>,
    minutes: Vec<Minute>,
    standing: Vec<Option<Day>>,
    visitors: Vec<Day>,
}

impl Panes {
    /// Captures the panes as pieces of a family.
    pub fn capture(&self, family: &str, out: &mut Vec<Piece>) {
        let head = Contents {
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
        Cut::of_days(family, self.keep).capture(self.days.iter().map(|(day, pane)| (day.0.into(), pane.clone())), out);
        Cut::of_minutes(family, self.keep).capture(self.minutes.iter().map(|(minute, pane)| (minute.0, pane.clone())), out);
        out.extend(self.standing.iter().map(|(since, pane)| Piece::new(standing_named(family, since), pane.clone())));
        out.extend(self.visitors.iter().map(|(day, visitors)| Piece::new(named(family, "visitors", day.0), visitors.clone())));
    }

    /// The panes of a family's pieces.
    pub fn restore(family: &str, pieces: &Pieces) -> Result<Panes, PieceError> {
        let head: Contents = decode(pieces, &format!("{family}/head"))?;
        Ok(Panes {
            dims_in_use: 0,
            keep: head.keep,
            dims: decode(pieces, &format!("{family}/dims"))?,
            audience: decode(pieces, &format!("{family}/audience"))?,
            reported: decode(pieces, &format!("{family}/reported"))?,
            days: Cut::of_days(family, head.keep).restore(&head.days, |day| day.0.into(), pieces)?,
            minutes: Cut::of_minutes(family, head.keep).restore(&head.minutes, |minute| minute.0, pieces)?,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Dims, Measure, dims::Tuple};
    use pieces::Mark;

    /// Panes at some moment of an instance, a row in each.
    fn panes(keep: Keep, days: &[i32], minutes: &[i64]) -> Panes {
        let mut panes = Panes::new(keep);
        let dims = panes.dims_id(Dims::new("email", "(none)", "(none)"));
        for day in days {
            panes.add_to_day(Day(*day), Tuple::Known(dims), &[(Measure::Visits, i128::from(*day))]);
        }
        minutes.iter().for_each(|minute| panes.add_to_minute(Minute(*minute), dims, &[(Measure::Visits, i128::from(*minute))]));
        panes
    }

    fn captured(panes: &Panes) -> Vec<Piece> {
        let mut pieces = Vec::new();
        panes.capture("p", &mut pieces);
        pieces
    }

    fn encoded(pieces: &[Piece]) -> Pieces {
        pieces.iter().map(|piece| (piece.name().to_owned(), piece.encode())).collect()
    }

    fn is_same(one: &Panes, other: &Panes) -> bool {
        crate::Canonical::of([one]) == crate::Canonical::of([other]) && one.days.len() == other.days.len()
    }

    const KEEP: Keep = Keep { days_from: Day(20_000), minutes_from: Minute(30_000_000), ..Keep::ALL };

    /// What an instance keeps, full, with days and minutes far ahead of their time.
    fn full() -> Panes {
        let days: Vec<i32> = (20_000..20_761).chain([20_900, 2_932_896]).collect();
        let minutes: Vec<i64> = (30_000_000..30_001_560).chain([30_005_000]).collect();
        panes(KEEP, &days, &minutes)
    }

    #[test]
    fn full_panes_are_few_pieces_and_come_back() {
        let (full, all) = (full(), panes(Keep::ALL, &[-5, 3, 40], &[-5, 3, 40]));
        for panes in [&full, &all] {
            let pieces = captured(panes);
            assert!(pieces.len() < 300, "{} pieces", pieces.len());
            assert!(is_same(&Panes::restore("p", &encoded(&pieces)).unwrap(), panes));
        }
    }

    #[test]
    fn a_bundle_that_is_missing_or_another_is_an_error() {
        let pieces = encoded(&captured(&full()));
        let bundles: Vec<&String> = pieces.keys().filter(|name| name.contains("s/")).collect();
        assert!(bundles.len() > 100);
        for name in bundles {
            let mut missing = pieces.clone();
            missing.remove(name);
            assert_eq!(Panes::restore("p", &missing).map(drop), Err(PieceError::Missing(name.clone())));
        }
        let mut fewer = full();
        fewer.days.remove(Day(20_100));
        let other = encoded(&captured(&fewer));
        let mixed =
            pieces.into_iter().map(|(name, bytes)| if name.ends_with("/head") { (name, bytes) } else { (name.clone(), other[&name].clone()) });
        assert!(Panes::restore("p", &mixed.collect()).is_err());
    }

    #[test]
    fn a_day_goes_by_and_little_is_written_anew() {
        let marks = |pieces: &[Piece]| -> BTreeMap<String, Mark> { pieces.iter().map(|piece| (piece.name().to_owned(), piece.mark())).collect() };
        let is_pane = |piece: &&Piece| piece.name().contains("/minute") || piece.name().contains("/day");
        let mut panes = full();
        let (mut written, mut before) = (0, marks(&captured(&panes)));
        for minute in 0..1440 {
            let now = 30_001_560 + minute;
            panes.advance(Day(20_000 + i32::from(minute == 720)), Minute(now - 1559));
            panes.add_to_minute(Minute(now), crate::DimsId(0), &[(Measure::Visits, 1)]);
            let pieces = captured(&panes);
            let is_unchanged = |piece: &&Piece| before.get(piece.name()).is_some_and(|mark| piece.is_unchanged_since(mark));
            written += pieces.iter().filter(is_pane).filter(|piece| !is_unchanged(piece)).map(Piece::parts_len).sum::<usize>();
            before = marks(&pieces);
        }
        // Each minute once when it comes, once in its bundle, once when that falls apart; of the days one bundle of each kind.
        assert!(written < 3 * 1440 + 2 * 32 + 100, "{written} panes are written");
        assert!(is_same(&Panes::restore("p", &encoded(&captured(&panes))).unwrap(), &panes));
    }
}
