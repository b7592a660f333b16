//! A panic in a fold or in the decoder, planted: one partition fails by name, offset and key, the others go on, and a start that is mended
//! has lost nothing. `cargo run -p xtask -- planted` runs it, in the tree that tests/planted/tree/ makes.
#![cfg(planted)]
#![allow(clippy::unwrap_used, reason = "helpers of tests, which clippy takes for production code")]

mod running;

use std::time::Duration;

use kafka::{Connection, Message, Partitioner, Producer};

use running::{Instance, await_some, field::Field};

const PLANTED: (&str, &str) = ("PLANTED_PANICS", "1");

impl Field {
    /// Publishes an event at which the process panics, with a key.
    fn panic(&self, of: &str, event_id: &str) {
        let producer = Producer::open(&Connection::new(&self.brokers).unwrap(), Partitioner::Crc32).unwrap();
        let more = if of == "lead_created" { r#","lead_id":"x","created_at":"2026-01-01""# } else { "" };
        let event = format!(r#"{{"event_id":"{event_id}","source":"s","occurred_at":"2026-01-01T00:00:00Z"{more}}}"#);
        let message = Message { topic: &self.topic(of), partition: Some(0), key: Some(b"k\n1"), payload: Some(event.as_bytes()), headers: &[] };
        producer.send(&message).unwrap();
        producer.flush(Duration::from_secs(30)).unwrap();
    }

    fn start_planted(&self) -> Instance {
        Instance::start_with(&self.folder, &self.brokers, &[PLANTED])
    }

    fn await_why(&self, instance: &Instance, of: &str, reason: &str) {
        let series = format!("kpistream_partition_failed{{topic=\"{}\",partition=\"0\",reason=\"{reason}\"}}", self.topic(of));
        await_some(&series, || self.metric(instance, &series));
        let (status, why) = instance.get("/readyz").unwrap();
        assert!(status == 503 && why.contains(&format!("{}/0", self.topic(of))), "{why}");
        if reason != "book_torn" {
            assert!(why.contains(reason) && why.contains("offset 3") && why.contains(r"k\n1"), "{why}");
        }
        assert_eq!(instance.get("/metrics/kpi").unwrap().1, "", "no KPIs that lack it");
    }

    fn accepted(&self, instance: &Instance, of: &str) -> Option<f64> {
        self.metric(instance, &format!("kpistream_events_total{{topic=\"{}\",outcome=\"accepted\"}}", self.topic(of)))
    }

    fn await_counts(&self, instance: &Instance, visits: f64, leads: f64) {
        let wanted = (Some(visits), Some(leads));
        await_some(&format!("{wanted:?}"), || {
            Some((self.accepted(instance, "web_visit"), self.accepted(instance, "lead_created"))).filter(|is| *is == wanted)
        });
    }
}

/// The partition of one topic fails at its fourth record; the other topic's goes on, over a kill and a drain too; what is mended reads all.
fn one_fails(name: &'static str, event_id: &str, reason: &str, fails: &str, goes_on: &str) {
    let field = Field::new(name);
    let more = |of: &str, from| if of == "web_visit" { field.visit(from, 3) } else { field.lead(from, 3) };
    let both = |of_failed, of_other| if fails == "web_visit" { (of_failed, of_other) } else { (of_other, of_failed) };
    field.visit(0, 3);
    field.lead(0, 3);
    let instance = field.start_planted();
    field.await_counts(&instance, 3.0, 3.0);
    field.await_ready(&instance);
    field.panic(fails, event_id);
    more(fails, 3);
    field.await_why(&instance, fails, reason);
    more(goes_on, 3);
    let (visits, leads) = both(3.0, 6.0);
    field.await_counts(&instance, visits, leads);
    let (code, said) = instance.terminate();
    assert!(code == Some(0) && said.contains(reason) && said.contains("panicked at"), "{said}");

    // Again, at the same record: it is no loop of ends, and the rest goes on from where it was.
    let instance = field.start_planted();
    field.await_why(&instance, fails, reason);
    more(goes_on, 6);
    // What is shown of the failed one is of its last snapshot, or of before it.
    await_some("the other goes on", || field.accepted(&instance, goes_on).filter(|n| *n == 9.0));
    instance.kill();

    let instance = field.start();
    let (visits, leads) = both(7.0, 9.0);
    field.await_counts(&instance, visits, leads);
    field.await_ready(&instance);
    assert_eq!(instance.terminate().0, Some(0));
    let dump =
        |from: &str| String::from_utf8(field.folder.run(&format!("state --brokers {} {from} --now 2026-06-01", field.brokers)).stdout).unwrap();
    assert_eq!(dump("--latest"), dump("--rebuild"), "what was kept over the panics is what a clean fold gives");
}

#[test]
fn a_panic_in_the_fold_of_a_stream() {
    one_fails("panic-stream", "panic-in-fold", "fold_panicked", "web_visit", "lead_created");
}

#[test]
fn a_panic_of_the_decoder_over_an_interaction() {
    one_fails("panic-decode", "panic-in-decoder", "decoder_panicked", "web_visit", "lead_created");
}

#[test]
fn a_panic_of_the_decoder_over_an_entity_leaves_the_book_whole() {
    one_fails("panic-entity", "panic-in-decoder", "decoder_panicked", "lead_created", "web_visit");
}

#[test]
fn a_panic_in_the_book_fails_all_entities_and_interactions_go_on() {
    let field = Field::new("panic-book");
    field.visit(0, 3);
    field.lead(0, 3);
    let instance = field.start_planted();
    field.await_counts(&instance, 3.0, 3.0);
    field.panic("lead_created", "panic-in-fold");
    field.await_why(&instance, "lead_created", "fold_panicked");
    field.await_why(&instance, "deal_closed", "book_torn");
    field.visit(3, 3);
    field.await_counts(&instance, 6.0, 3.0);
    await_some("no snapshot of it", || field.metric(&instance, "kpistream_snapshot_failures_total").filter(|n| *n > 0.0));
    let (code, said) = instance.terminate();
    assert!(code == Some(0) && said.contains("the state is torn by a panic"), "{said}");

    let instance = field.start();
    field.await_counts(&instance, 6.0, 4.0);
    field.await_ready(&instance);
    assert_eq!(instance.terminate().0, Some(0));
}
