//! Where the state of a partition begins, where that is not the beginning of its log: Kafka no longer had the oldest records.
//!
//! It is said at every start and shown by `/metrics`, and it goes from snapshot to snapshot with the state.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use exporter::Board;
use model::{Day, EventType, Millis, When, time::DAY_MS};
use pieces::{Piece, PieceError, Pieces, decode};
use source::{Cluster, Extent, Fetch, Partition, Start};
use tracing::{info, warn};

use crate::{Failure, Setup, now, shared::is_entity};

/// The piece of a snapshot that it is kept in; snapshots of states that lack nothing may be without.
const PIECE: &str = "history";
/// How long the first records are waited for.
const FIRST_RECORDS: Duration = Duration::from_secs(10);
const WAIT: Duration = Duration::from_millis(200);
const BATCH: usize = 1000;

/// The partitions whose oldest records a state lacks.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct History(BTreeMap<Partition, Lack>);

/// What a state lacks of a partition.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lack {
    /// The offset it was begun at: so many records were gone.
    pub gone: i64,
    /// The time of the first record that there was; where there was none, that of the start.
    pub since: Millis,
}

/// As a snapshot has it: topic, partition, what is gone, since when.
type Kept = Vec<(String, i32, i64, i64)>;

impl History {
    /// With what is gone of partitions that are begun at their beginning.
    pub fn begun(mut self, cluster: &dyn Cluster, beginnings: &[Extent]) -> Result<History, Failure> {
        // Of one that was empty at the last start, too, and nothing came and went since, what was said then is true.
        let is_known = |extent: &Extent| self.0.get(&extent.partition).is_some_and(|lack| lack.gone == extent.first);
        let cut: Vec<&Extent> = beginnings.iter().filter(|extent| extent.first > 0 && !is_known(extent)).collect();
        let holding: Vec<&Partition> = cut.iter().filter(|extent| extent.first < extent.end).map(|extent| &extent.partition).collect();
        let times = first_times(cluster, &holding)?;
        for Extent { partition, first, .. } in cut {
            let since = times.get(partition).copied().unwrap_or_else(now);
            self.0.insert(partition.clone(), Lack { gone: *first, since });
        }
        Ok(self)
    }

    /// What a snapshot says.
    pub fn of_snapshot(pieces: &Pieces) -> Result<History, PieceError> {
        if !pieces.contains_key(PIECE) {
            return Ok(History::default());
        }
        let kept: Kept = decode(pieces, PIECE)?;
        let lack = |(topic, number, gone, since)| (Partition::new(topic, number), Lack { gone, since: Millis(since) });
        Ok(History(kept.into_iter().map(lack).collect()))
    }

    /// As a piece of a snapshot; to be made once, so that it counts as unchanged from then on.
    pub fn piece(&self) -> Piece {
        let kept: Kept = self.0.iter().map(|(of, lack)| (of.topic.to_string(), of.number, lack.gone, lack.since.0)).collect();
        Piece::new(PIECE, Arc::new(kept))
    }

    /// What is missing from the KPIs for it, in a sentence a partition, as far as anything is.
    pub fn missing(&self, setup: &Setup) -> Vec<String> {
        let sentences = self.0.iter().map(|(partition, lack)| said(partition, *lack, floor(partition, setup)));
        sentences.filter_map(Result::err).collect()
    }

    /// Says and shows it.
    pub fn tell(&self, setup: &Setup, board: &Board) {
        for (partition, lack) in &self.0 {
            match said(partition, *lack, floor(partition, setup)) {
                Ok(harmless) => info!("{harmless}"),
                Err(missing) => warn!("{missing}"),
            }
            board.set_history_start(&partition.topic, partition.number, lack.since);
        }
    }
}

/// Where the retention of interactions begins.
#[derive(Clone, Copy)]
struct Floor {
    day: Day,
    /// Its local midnight.
    at: Millis,
    /// Follows count since the beginning of time where no figure of the audience stands above them.
    has_follows: bool,
}

/// The floor of a partition; none of one of entities, which count however old they are.
fn floor(partition: &Partition, setup: &Setup) -> Option<Floor> {
    let of = setup.topics.type_of(&partition.topic)?;
    let day = engine::keep_at(now(), &setup.settings).days_from;
    let at = setup.settings.zone.instant(When::On(day));
    (!is_entity(of)).then_some(Floor { day, at, has_follows: of == EventType::SocialInteraction })
}

/// What a lack means; an error where the KPIs are not what they would be.
fn said(partition: &Partition, lack: Lack, floor: Option<Floor>) -> Result<String, String> {
    let Lack { gone, since } = lack;
    let begun = format!("{partition}: the first {gone} records were gone from Kafka when this state was begun, it reached back to {since}");
    match floor {
        // What was published before then happened at most a day later.
        Some(Floor { day, at, has_follows }) if since.0 + DAY_MS <= at.0 => {
            let but = if has_follows { ", but for follows of accounts without an audience figure" } else { "" };
            Ok(format!("{begun}; that is before {day}, from which on interactions count: nothing is missing{but}"))
        }
        _ => Err(format!(
            "{begun}: the KPIs lack what came before; start from a snapshot that has it (`kpistream snapshots list`; it takes the version and \
             settings that wrote it), or publish it again into a topic made anew: see \"Where Kafka no longer reaches back\" in docs/operations.md"
        )),
    }
}

/// The time of the first record of each of these partitions, as far as the broker gives them in time.
fn first_times(cluster: &dyn Cluster, partitions: &[&Partition]) -> Result<BTreeMap<Partition, Millis>, Failure> {
    let mut times = BTreeMap::new();
    if partitions.is_empty() {
        return Ok(times);
    }
    let mut topics: Vec<&str> = partitions.iter().map(|partition| &*partition.topic).collect();
    topics.dedup();
    let reader = cluster.reader(&topics, Fetch::Little)?;
    let starts: Vec<(Partition, Start)> = partitions.iter().map(|partition| ((*partition).clone(), Start::Beginning)).collect();
    let mut lane = reader.lane(&starts)?;
    let deadline = Instant::now() + FIRST_RECORDS;
    while times.len() < partitions.len() && Instant::now() < deadline {
        let batch = lane.read(BATCH, WAIT);
        for run in batch.runs() {
            if let Some(at) = run.records().find_map(|record| record.timestamp) {
                times.entry(run.partition.clone()).or_insert(at);
            }
        }
    }
    Ok(times)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lack(since: &str) -> Lack {
        let Ok(When::At(since)) = When::parse(since) else { panic!("{since}") };
        Lack { gone: 7, since }
    }

    fn floor(has_follows: bool) -> Option<Floor> {
        let day = Day::parse("2024-05-01").unwrap();
        Some(Floor { day, at: model::Zone::utc().instant(When::On(day)), has_follows })
    }

    #[test]
    fn entities_are_missing_however_old_and_interactions_only_above_the_floor() {
        let of = Partition::new("t", 3);
        assert!(said(&of, lack("2000-01-01T00:00:00Z"), None).is_err());
        assert!(said(&of, lack("2024-04-30T00:00:01Z"), floor(false)).is_err(), "what came the day before may be of the day");
        assert_eq!(
            said(&of, lack("2024-04-30T00:00:00Z"), floor(false)).unwrap(),
            "t/3: the first 7 records were gone from Kafka when this state was begun, it reached back to 2024-04-30T00:00:00Z; \
             that is before 2024-05-01, from which on interactions count: nothing is missing"
        );
        assert!(said(&of, lack("2024-04-30T00:00:00Z"), floor(true)).unwrap().ends_with("but for follows of accounts without an audience figure"));
    }

    #[test]
    fn it_goes_from_snapshot_to_snapshot() {
        let history =
            History(BTreeMap::from([(Partition::new("t", 3), lack("2024-05-01T00:00:00Z")), (Partition::new("u", 0), lack("2024-06-01T00:00:00Z"))]));
        let piece = history.piece();
        let pieces = Pieces::from([(piece.name().to_owned(), piece.encode())]);
        assert_eq!(History::of_snapshot(&pieces), Ok(history));
        assert_eq!(History::of_snapshot(&Pieces::new()), Ok(History::default()), "a snapshot of an earlier version");
    }
}
