//! `dead-letters`: what was refused, and publishing it again once what refused it is mended.

mod again;
mod found;

use std::{
    collections::BTreeMap,
    io::{BufWriter, Write, stdout},
};

use kafka::{Partition, Partitioner, Producer, Reader};

use crate::{
    cli::{DeadLettersArgs, ReplayArgs},
    config::Loaded,
    failure::Failure,
    output::{counted, say},
};
use again::{Again, Sent};
use found::{ANSWER, Found, Letters, Origin};

/// Shows the dead letters, each once: topic, partition, offset, reason and detail, parted by tabs; behind that `replayed`, where it was.
pub fn list(args: &DeadLettersArgs) -> Result<(), Failure> {
    let (_, letters) = read(args)?;
    let mut out = BufWriter::new(stdout().lock());
    for (place, letter) in &letters {
        line(&mut out, place, letter)?;
    }
    out.flush()?;
    say(format_args!("{}", counted(letters.len() as u64, "dead letter")));
    Ok(())
}

fn line(out: &mut impl Write, place: &Origin, letter: &Found) -> Result<(), Failure> {
    let Origin { partition, offset, .. } = place;
    let replayed = if letter.is_replayed { "\treplayed" } else { "" };
    Ok(writeln!(out, "{}\t{}\t{offset}\t{}\t{}{replayed}", partition.topic, partition.number, letter.why.reason, letter.why.detail)?)
}

/// Publishes the refused records again, with the keys and headers they had, into the partitions they came from, and marks their letters. Of a
/// batch only the events that were refused: the others count already. What is refused again becomes a new dead letter.
pub fn replay(args: &ReplayArgs) -> Result<(), Failure> {
    let (loaded, letters) = read(&args.letters)?;
    let connection = loaded.kafka.connection()?;
    let sources: Vec<&str> = loaded.setup.topics.names.iter().map(String::as_str).collect();
    let reader = Reader::open(&connection, &sources)?;
    let ids: BTreeMap<&str, Option<String>> = reader.topics().iter().map(|topic| (&*topic.name, topic.id.map(|id| id.to_string()))).collect();
    let mut plan = Plan::of(&letters, &ids, args.again);
    let known: Vec<Partition> = reader.partitions().filter(|partition| plan.wanted.contains_key(*partition)).cloned().collect();
    plan.gone += plan.wanted.iter().filter(|(partition, _)| !known.contains(partition)).map(|(_, wanted)| wanted.len() as u64).sum::<u64>();
    let mut again = Again::new(&reader, &connection, &loaded.setup.topics.dead_letters)?;
    let producer = if args.dry_run { None } else { Some(Producer::open(&connection, Partitioner::Crc32)?) };
    let mut out = BufWriter::new(stdout().lock());
    for extent in reader.extents(&known, ANSWER)? {
        let wanted = plan.wanted.get(&extent.partition).map(Vec::as_slice).unwrap_or_default();
        let (kept, gone): (Vec<_>, Vec<_>) = wanted.iter().copied().partition(|(place, _)| extent.holds(place.offset));
        plan.gone += gone.len() as u64;
        let Sent { sent, gone, other } = match &producer {
            Some(producer) => again.send(producer, &extent.partition, &kept)?,
            None => {
                kept.iter().try_for_each(|(place, letter)| line(&mut out, place, letter))?;
                Sent { sent: kept.len() as u64, ..Sent::default() }
            }
        };
        (plan.sent, plan.gone, plan.other) = (plan.sent + sent, plan.gone + gone, plan.other + other);
    }
    out.flush()?;
    say(format_args!("{}", plan.told(args.dry_run)));
    Ok(())
}

fn read(args: &DeadLettersArgs) -> Result<(Loaded, Letters), Failure> {
    let loaded = Loaded::load(args.kafka.layers())?;
    let mut letters = found::read(&loaded.kafka.connection()?, &loaded.setup.topics.dead_letters)?;
    let zone = &loaded.setup.settings.zone;
    letters.retain(|place, letter| {
        args.reason.is_none_or(|reason| reason.code() == letter.why.reason)
            && args.topic.as_deref().is_none_or(|topic| *place.partition.topic == *topic)
            && args.since.is_none_or(|since| letter.refused_at >= zone.instant(since))
            && args.until.is_none_or(|until| letter.refused_at <= pipeline::instant(Some(until), zone))
    });
    Ok((loaded, letters))
}

/// What is published again, and what is not, for every reason.
#[derive(Default)]
struct Plan<'l> {
    wanted: BTreeMap<Partition, Vec<(&'l Origin, &'l Found)>>,
    sent: u64,
    /// Their records are not there any more.
    gone: u64,
    /// They were published again before.
    before: u64,
    /// Of records that were published again, and refused again.
    refused_again: u64,
    /// Their topic was made anew, or is none of those configured.
    elsewhere: u64,
    /// Another record stands where theirs did.
    other: u64,
    /// Of batches whose letters do not tell which events were refused.
    untold: u64,
}

impl<'l> Plan<'l> {
    fn of(letters: &'l Letters, ids: &BTreeMap<&str, Option<String>>, again: bool) -> Plan<'l> {
        let mut plan = Plan::default();
        for (place, letter) in letters {
            let id = ids.get(&*place.partition.topic);
            let is_elsewhere = id.is_none_or(|id| place.topic_id.is_some() && id.is_some() && place.topic_id != *id);
            match () {
                () if letter.is_replayed => plan.before += 1,
                () if is_elsewhere => plan.elsewhere += 1,
                () if letter.is_of_replay && !again => plan.refused_again += 1,
                () if !letter.tells_events() => plan.untold += 1,
                () => plan.wanted.entry(place.partition.clone()).or_default().push((place, letter)),
            }
        }
        plan
    }

    fn told(&self, dry_run: bool) -> String {
        let verb = if dry_run { "would publish" } else { "published" };
        let mut told = format!("{verb} {} again; {} no longer kept in their topics", counted(self.sent, "record"), counted(self.gone, "record"));
        let more = [
            (self.before, "published again before"),
            (self.refused_again, "published again before and refused again: --again publishes them once more"),
            (self.elsewhere, "of a topic that was made anew or is not configured: their offsets name other records now"),
            (self.other, "left alone: another record stands at their offset"),
            (self.untold, "left alone: batches whose letters, of an earlier version, do not tell which events were refused"),
        ];
        more.iter().filter(|(count, _)| *count > 0).for_each(|(count, what)| told += &format!("; {} {what}", counted(*count, "record")));
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters(of: &[(i64, Option<&str>, bool, bool)]) -> Letters {
        let letter = |(offset, id, is_replayed, is_of_replay): &(i64, Option<&str>, bool, bool)| {
            let place = Origin { partition: Partition::new("t", 1), offset: *offset, topic_id: id.map(str::to_owned) };
            (place, Found { is_replayed: *is_replayed, is_of_replay: *is_of_replay, ..Found::default() })
        };
        of.iter().map(letter).collect()
    }

    #[test]
    fn only_what_was_not_published_again_and_is_of_this_topic_is() {
        let letters = letters(&[
            (1, Some("now"), false, false),
            (2, Some("now"), true, false),
            (3, Some("before"), false, false),
            (4, None, false, false),
            (5, Some("now"), false, true),
            (6, Some("now"), true, true),
        ]);
        let offsets = |ids, again| {
            let plan = Plan::of(&letters, &ids, again);
            let wanted: Vec<i64> = plan.wanted.values().flatten().map(|(place, _)| place.offset).collect();
            (wanted, [plan.before, plan.refused_again, plan.elsewhere])
        };
        let ids = || BTreeMap::from([("t", Some("now".to_owned()))]);
        assert_eq!(offsets(ids(), false), (vec![1, 4], [2, 1, 1]));
        assert_eq!(offsets(ids(), true), (vec![1, 4, 5], [2, 0, 1]));
        assert_eq!(offsets(BTreeMap::new(), true), (vec![], [2, 0, 4]), "a topic that is not read any more");
        let told = Plan { sent: 2, before: 1, ..Plan::default() }.told(true);
        assert_eq!(told, "would publish 2 records again; 0 records no longer kept in their topics; 1 record published again before");
    }
}
