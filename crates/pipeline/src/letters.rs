//! The thread that sees after dead letters: what became of them, and those that there was no room to hold. The records of these are read
//! again, a few thousand at a time, once there is.

use std::time::{Duration, Instant};

use engine::{Effect, Record, SourcePartition, Stretch, dead_letter};
use model::Meaning;
use source::{Fetch, Partition};
use tracing::{error, warn};

use crate::{Failure, dead_letters::DeadLetters, record::decode, replay, shared::Shared, trouble::Trouble};

/// Offsets read at a time: as many letters have room once half of it is free.
const TOGETHER: i64 = 10_000;
/// How long the broker may take to say what a partition holds.
const ANSWER: Duration = Duration::from_secs(5);

/// How often it is looked at what became of letters.
const BEAT: Duration = Duration::from_millis(100);

/// Sees after the letters until the pipeline stops.
pub fn run(shared: &Shared) {
    let (letters, mut trouble) = (&shared.dead_letters, Trouble::default());
    while shared.stop.sleep_until(Instant::now() + BEAT) {
        letters.serve();
        read_some(letters, shared);
        letters.tell(&mut trouble);
    }
}

/// Reads some again, where there are any and there is room.
fn read_some(letters: &DeadLetters, shared: &Shared) {
    let Some((source, stretch)) = letters.desk().letters.read_again() else { return };
    let up_to = match read(letters, shared, source, stretch) {
        Ok(up_to) => up_to,
        Err(why) => {
            warn!("records whose dead letters there was no room for cannot be read again: {why}; it is tried again");
            stretch.first
        }
    };
    letters.desk().letters.was_read_again(source, up_to);
}

/// The offset that was read up to.
fn read(letters: &DeadLetters, shared: &Shared, source: SourcePartition, stretch: Stretch) -> Result<i64, Failure> {
    let Some(topic) = shared.topics.iter().find(|(_, of)| **of == source.topic).map(|(topic, _)| topic.as_str()) else { return Ok(i64::MAX) };
    let partition = Partition::new(topic, source.partition);
    let reader = letters.cluster.reader(&[topic], Fetch::Ahead)?;
    let extent = reader.extents(std::slice::from_ref(&partition), ANSWER)?.into_iter().next();
    let first = extent.map_or(stretch.first, |extent| extent.first.max(stretch.first));
    if first > stretch.first {
        let count = stretch.count.min(u64::try_from(first - stretch.first).unwrap_or(u64::MAX));
        error!("{partition}: up to {count} refused records below offset {first} were gone from Kafka before there was room for their dead letters");
    }
    let end = (stretch.last + 1).min(first + TOGETHER);
    replay::read(&*reader, &[replay::Stretch { partition, from: first, end }], |_, records| {
        for record in records {
            let (mut events, mut letter): (Vec<Record<Meaning<'_>>>, _) = (Vec::new(), Vec::new());
            decode(*record, source, &shared.decoder, &mut events);
            for event in events {
                event.event.err().into_iter().for_each(|rejection| dead_letter(&mut letter, event.at, rejection));
            }
            for asked in letter {
                if let Effect::DeadLetter(_, rejection) = asked {
                    letters.send(*record, source, &rejection);
                }
            }
        }
        letters.serve();
    })?;
    Ok(end)
}
