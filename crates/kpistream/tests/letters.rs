//! Dead letters that their topic does not take for a while, or for good: none is lost, nothing stops, and no snapshot passes one.
#![allow(clippy::unwrap_used, reason = "helpers of tests, which clippy takes for production code")]

mod running;

use std::{collections::BTreeMap, fs, process::Output, time::Duration};

use kafka::{Connection, Lane, Message, Partitioner, Producer, Reader, Start};

use running::{
    Instance, await_some,
    field::{Field, now, shared},
};

const TOPICS: &str = "org.apache.kafka.tools.TopicCommand";
const CONFIGS: &str = "kafka.admin.ConfigCommand";
const PATIENCE: Duration = Duration::from_secs(30);

/// A letter as it lies in the topic: its headers, and its value.
type Seen = (BTreeMap<String, String>, Option<Vec<u8>>);

impl Field {
    /// Publishes messages that are no visits, to a partition.
    fn bad(&self, partition: i32, payloads: &[&[u8]]) {
        let producer = Producer::open(&Connection::new(&self.brokers).unwrap(), Partitioner::Crc32).unwrap();
        for payload in payloads {
            let (topic, payload) = (&*self.topic("web_visit"), Some(*payload));
            producer.send(&Message { topic, partition: Some(partition), key: Some(b"key"), payload, headers: &[("kept", b"as it was")] }).unwrap();
        }
        producer.flush(PATIENCE).unwrap();
    }

    /// Publishes a message of visits to the one partition, with headers.
    fn visits(&self, payload: &str, headers: &[(&str, &[u8])]) {
        let producer = Producer::open(&Connection::new(&self.brokers).unwrap(), Partitioner::Crc32).unwrap();
        let (topic, payload) = (&*self.topic("web_visit"), Some(payload.as_bytes()));
        producer.send(&Message { topic, partition: Some(0), key: Some(b"key"), payload, headers }).unwrap();
        producer.flush(PATIENCE).unwrap();
    }

    /// So many visits by what became of them.
    fn outcomes(&self, instance: &Instance) -> [f64; 2] {
        ["accepted", "duplicate"].map(|outcome| {
            let series = format!("kpistream_events_total{{topic=\"{}\",outcome=\"{outcome}\"}}", self.topic("web_visit"));
            self.metric(instance, &series).unwrap_or_default()
        })
    }

    /// The values in the topic of visits once there are so many.
    fn values(&self, count: usize) -> Vec<String> {
        let reader = Reader::open(&Connection::new(&self.brokers).unwrap(), &[&self.topic("web_visit")]).unwrap();
        let starts: Vec<_> = reader.partitions().map(|partition| (partition.clone(), Start::Beginning)).collect();
        let mut lane: Lane = reader.lane(&starts).unwrap();
        let mut values = Vec::new();
        await_some(&format!("{count} records"), || {
            let batch = lane.read(1000, Duration::from_millis(200));
            values.extend(batch.records().map(|record| String::from_utf8(record.payload.unwrap().to_vec()).unwrap()));
            (values.len() >= count).then_some(())
        });
        values
    }

    fn delete_letters(&self) {
        self.tool(TOPICS, &["--delete", "--topic", &self.topic("dead_letters")]);
    }

    /// The first letters of their topic: as many as are awaited, by key.
    fn letters(&self, count: usize) -> BTreeMap<String, Vec<Seen>> {
        let reader = Reader::open(&Connection::new(&self.brokers).unwrap(), &[&self.topic("dead_letters")]).unwrap();
        let starts: Vec<_> = reader.partitions().map(|partition| (partition.clone(), Start::Beginning)).collect();
        let mut lane: Lane = reader.lane(&starts).unwrap();
        let mut letters: BTreeMap<String, Vec<Seen>> = BTreeMap::new();
        await_some(&format!("{count} letters"), || {
            for record in lane.read(1000, Duration::from_millis(200)).records() {
                let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
                let headers = record.headers().map(|(name, value)| (name.to_owned(), text(value.unwrap_or_default()))).collect();
                letters.entry(text(record.key.unwrap())).or_default().push((headers, record.payload.map(<[u8]>::to_vec)));
            }
            (letters.len() >= count).then_some(())
        });
        letters
    }

    fn undelivered(&self, instance: &Instance, reason: &str) -> Option<f64> {
        self.metric(instance, &format!("kpistream_dead_letters_undelivered{{reason=\"{reason}\"}}"))
    }

    fn dead_letters(&self, line: &str) -> Output {
        self.folder.run(&format!("dead-letters {line} --brokers {}", self.brokers))
    }

    fn rejected(&self, instance: &Instance) -> f64 {
        let series = format!("kpistream_dead_letters_total{{topic=\"{}\",reason=\"undecodable\"}}", self.topic("web_visit"));
        self.metric(instance, &series).unwrap_or_default()
    }
}

fn said(output: Output) -> (String, String) {
    (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn letters_whose_topic_is_gone_hold_snapshots_back_and_come_once_it_is_there() {
    let field = Field::new("gone-letters");
    let instance = field.start();
    field.visit(0, 5);
    field.await_accepted(&instance, 5.0);
    field.await_ready(&instance);
    await_some("a snapshot", || field.metric(&instance, "kpistream_snapshot_last_success_timestamp_seconds"));
    field.delete_letters();
    field.bad(0, &[b"{", b"{{"]);
    await_some("letters that are owed", || field.undelivered(&instance, "no_such_topic").filter(|n| *n == 2.0));
    // The fold goes on, and what is shown is true.
    field.visit(5, 5);
    field.await_accepted(&instance, 10.0);
    assert_eq!(instance.get("/readyz").unwrap().0, 200);
    await_some("snapshots that fail", || field.metric(&instance, "kpistream_snapshot_failures_total").filter(|n| *n > 0.0));
    let (code, told) = instance.terminate();
    assert_eq!(code, Some(0), "nothing is lost, so it is no failure: {told}");
    assert!(told.contains("2 no_such_topic") && told.contains("kpistream topics create"), "{told}");

    // A start makes the topic, reads the records again, since no snapshot has passed them, and delivers.
    let instance = field.start();
    field.await_accepted(&instance, 10.0);
    let letters = field.letters(2);
    assert_eq!(letters.values().flatten().map(|(_, value)| value.clone().unwrap()).collect::<Vec<_>>(), [b"{".to_vec(), b"{{".to_vec()]);
    await_some("nothing owed", || field.undelivered(&instance, "no_such_topic").filter(|n| *n == 0.0));
    let told = instance.terminate().1;
    assert!(told.contains("was missing and is made"), "{told}");
}

#[test]
fn letters_are_delivered_without_a_restart_once_their_topic_is_there_again() {
    let field = Field::new("back-letters");
    let instance = field.start();
    field.await_ready(&instance);
    field.delete_letters();
    field.bad(0, &[b"{"]);
    await_some("a letter that is owed", || field.undelivered(&instance, "no_such_topic").filter(|n| *n == 1.0));
    field.folder.run(&format!("topics create --brokers {}", field.brokers));
    await_some("nothing owed", || field.undelivered(&instance, "no_such_topic").filter(|n| *n == 0.0));
    field.letters(1);
    await_some("a snapshot", || field.metric(&instance, "kpistream_snapshot_last_success_timestamp_seconds"));
    assert!(instance.terminate().1.contains("dead letters are delivered again"));
}

#[test]
fn a_letter_that_never_fits_is_cut_and_tells_of_the_whole() {
    let field = Field::new("large-letters");
    let topic = field.topic("dead_letters");
    field.tool(CONFIGS, &["--alter", "--entity-type", "topics", "--entity-name", &topic, "--add-config", "max.message.bytes=20000"]);
    let instance = field.start();
    field.await_ready(&instance);
    // Not to be compressed into what fits.
    let mut rng = testkit::streams::Rng::new(7);
    let large: Vec<u8> = (0..100_000).map(|_| rng.below(256) as u8).collect();
    field.bad(0, &[b"{", &large, b"{{"]);
    let letters = field.letters(3);
    let key = format!("{}/0/1", field.topic("web_visit"));
    let (headers, value) = &letters[&key][0];
    assert_eq!(value.as_deref(), large.get(..16 << 10), "as much as fits");
    assert_eq!(headers["value-length"], "100000");
    assert_eq!(headers["value-xxh3-128"], format!("{:032x}", model::digest::bytes128(&large)));
    assert_eq!([&headers["partition"], &headers["offset"]], ["0", "1"]);
    await_some("it is counted", || field.metric(&instance, "kpistream_dead_letters_cut_total").filter(|n| *n == 1.0));
    await_some("a snapshot", || field.metric(&instance, "kpistream_snapshot_last_success_timestamp_seconds"));
    assert_eq!(instance.terminate().0, Some(0));
    assert!(said(field.dead_letters("replay")).1.starts_with("published 3 records again"), "the record itself is whole, whatever its letter");
}

#[test]
fn what_is_replayed_goes_where_it_was_with_what_it_had_and_only_once() {
    let field = Field::new("replayed");
    let topic = field.topic("web_visit");
    field.tool(TOPICS, &["--alter", "--topic", &topic, "--partitions", "4"]);
    let instance = field.start();
    field.await_ready(&instance);
    (0..4).for_each(|partition| field.bad(partition, &[format!("{{{partition}").as_bytes()]));
    await_some("all refused", || Some(field.rejected(&instance)).filter(|n| *n == 4.0));
    field.letters(4);

    let (would, told) = said(field.dead_letters("replay --dry-run"));
    assert_eq!((would.lines().count(), told.as_str()), (4, "would publish 4 records again; 0 records no longer kept in their topics\n"));
    assert_eq!(said(field.dead_letters("replay --until 2020-01-01")).1, "published 0 records again; 0 records no longer kept in their topics\n");
    assert_eq!(said(field.dead_letters("replay")).1, "published 4 records again; 0 records no longer kept in their topics\n");
    await_some("refused again", || Some(field.rejected(&instance)).filter(|n| *n == 8.0));
    let letters = field.letters(8);
    for partition in 0..4 {
        let copies = &letters[&format!("{topic}/{partition}/0")];
        assert_eq!(copies.len(), 2, "the letter and its mark");
        assert!(copies.iter().all(|(headers, value)| headers["reason"] == "undecodable" && *value == Some(format!("{{{partition}").into_bytes())));
        assert!(copies[1].0.contains_key("replayed-at") && !copies[0].0.contains_key("replayed-at"));
        let again = &letters[&format!("{topic}/{partition}/1")][0].0;
        assert_eq!(again["kpistream-replay-of"], format!("{topic}/{partition}/0"), "in the partition that it came from");
    }

    // The second time there is nothing to do.
    let twice = said(field.dead_letters("replay")).1;
    assert!(twice.starts_with("published 0 records again") && twice.contains("4 records published again before;"), "{twice}");
    let listed = said(field.dead_letters("list")).0;
    assert_eq!((listed.lines().count(), listed.matches("\treplayed").count()), (8, 4), "{listed}");
    // Unless it is asked for; and a topic made anew has other records there.
    assert!(said(field.dead_letters("replay --again --dry-run")).1.starts_with("would publish 4 records again"));
    assert_eq!(instance.terminate().0, Some(0));
    field.tool(TOPICS, &["--delete", "--topic", &topic]);
    await_some("the topic made again", || {
        shared().tool(TOPICS, &["--create", "--topic", &topic, "--partitions", "4", "--config", "message.timestamp.type=LogAppendTime"]).ok()
    });
    (0..4).for_each(|partition| field.bad(partition, &[b"{", b"{"]));
    let told = said(field.dead_letters("replay --again")).1;
    assert!(told.starts_with("published 0 records again") && told.contains("4 records of a topic that was made anew"), "{told}");
}

/// A time that lies too far ahead for its record, and no more once two seconds have passed.
fn soon() -> String {
    format!("{}", (now() * 1000.0) as i64 + 24 * 3_600_000 + 2000)
}

fn await_time(instant_ms: &str) {
    await_some("the time", || (now() * 1000.0 + 86_400_000.0 > instant_ms.parse().unwrap()).then_some(()));
}

#[test]
fn of_a_batch_only_what_was_refused_is_replayed() {
    let field = Field::new("batch-replayed");
    let file = field.folder.0.join("config.toml");
    // Repetitions are not told after a second.
    fs::write(&file, fs::read_to_string(&file).unwrap() + "[dedup]\nspan = '1s'\n").unwrap();
    let instance = field.start();
    field.await_ready(&instance);
    let soon = soon();
    let event =
        |id: &str, time: &str| format!(r#"{{"specversion":"1.0","id":"{id}","source":"s","type":"web-visit","data":{{"occurred_at":{time}}}}}"#);
    let (good, late, bad) = (event("good", "1767225600000"), event("late", &soon), event("bad", r#""?""#));
    let headers: &[(&str, &[u8])] = &[("content-type", b"application/cloudevents-batch+json"), ("kept", b"as it was")];
    field.visits(&format!("[{good}, {late},{bad}]"), headers);
    let topic = field.topic("web_visit");
    let letters = field.letters(1);
    let (told, _) = &letters[&format!("{topic}/0/0")][0];
    assert_eq!((told["reason"].as_str(), told["events"].as_str()), ("future_event", "2-3"));
    await_time(&soon);
    assert!(said(field.dead_letters("replay")).1.starts_with("published 1 record again"));
    await_some("what is good by now counts", || (field.outcomes(&instance)[0] >= 2.0).then_some(()));
    assert_eq!(field.values(2)[1], format!("[{late},{bad}]"));
    let again = &field.letters(2)[&format!("{topic}/0/1")][0].0;
    assert_eq!([&*again["reason"], &*again["events"], &*again["kpistream-replay-of"]], ["bad_time", "2", &*format!("{topic}/0/0")]);
    assert_eq!(field.outcomes(&instance), [2.0, 0.0], "the good one is not there again");
    assert_eq!(instance.terminate().0, Some(0));
}

#[test]
fn a_replay_that_ends_before_its_marks_is_repeated_and_changes_no_number() {
    let field = Field::new("unmarked");
    let dead_letters = field.topic("dead_letters");
    let instance = field.start();
    field.await_ready(&instance);
    let soon = soon();
    field.visits(&format!(r#"{{"event_id":"late","source":"s","occurred_at":{soon}}}"#), &[]);
    field.letters(1);
    await_time(&soon);
    // Marks are refused, however much they are cut: the end comes after the delivery and before the mark.
    let config = |change, of| field.tool(CONFIGS, &["--alter", "--entity-type", "topics", "--entity-name", &dead_letters, change, of]);
    config("--add-config", "max.message.bytes=1");
    let ended = field.folder.command(&format!("dead-letters replay --brokers {}", field.brokers)).output().unwrap();
    assert_eq!((ended.status.code(), field.values(2).len()), (Some(1), 2));
    assert!(said(ended).1.contains("not all of them could be marked"));
    await_some("it counts", || (field.outcomes(&instance) == [1.0, 0.0]).then_some(()));
    config("--delete-config", "max.message.bytes");
    assert!(said(field.dead_letters("replay")).1.starts_with("published 1 record again"), "it is not marked yet");
    await_some("it counts once", || (field.outcomes(&instance) == [1.0, 1.0]).then_some(()));
    let third = said(field.dead_letters("replay")).1;
    assert!(third.starts_with("published 0 records again") && third.contains("1 record published again before"), "{third}");
    assert_eq!(instance.terminate().0, Some(0));
}

#[test]
fn letters_that_there_is_no_room_for_are_read_again() {
    let field = Field::new("many-letters");
    let instance = field.start();
    field.await_ready(&instance);
    field.delete_letters();
    // More than the 64 MiB that are held; and good ones between them.
    let bad = [&b"{"[..], &[b' '; 999_999]].concat();
    let all: Vec<&[u8]> = vec![&bad; 40];
    field.bad(0, &all);
    field.visit(0, 5);
    field.bad(0, &all);
    await_some("no room", || field.undelivered(&instance, "not_held").filter(|n| *n > 0.0));
    field.await_accepted(&instance, 5.0);
    assert_eq!(instance.get("/readyz").unwrap().0, 200);
    field.folder.run(&format!("topics create --brokers {}", field.brokers));
    let owed = || ["under_way", "no_such_topic", "not_held"].map(|reason| field.undelivered(&instance, reason).unwrap_or(1.0));
    await_some("nothing owed", || Some(owed()).filter(|owed| *owed == [0.0; 3]));
    let letters = field.letters(80);
    assert!(letters.values().flatten().all(|(_, value)| value.as_deref() == Some(&bad[..])), "whole, all of them");
    await_some("a snapshot", || field.metric(&instance, "kpistream_snapshot_last_success_timestamp_seconds"));
    assert_eq!(instance.terminate().0, Some(0));
}
