//! Logs that are not as they were: each is said by name, and nothing is jumped over.
#![allow(clippy::unwrap_used, reason = "helpers of tests, which clippy takes for production code")]

mod running;

use std::fs;

use testkit::broker::Broker;

use running::{Folder, Instance, await_some};

const TOPICS: &str = "org.apache.kafka.tools.TopicCommand";
const DELETE_RECORDS: &str = "org.apache.kafka.tools.DeleteRecordsCommand";

/// Topics of this test alone on the one broker, and snapshots every second.
struct Field {
    broker: &'static Broker,
    folder: Folder,
    name: &'static str,
}

impl Field {
    fn new(name: &'static str) -> Field {
        let field = Field { broker: Broker::shared().unwrap_or_else(|error| panic!("{error}")), folder: Folder::new(name), name };
        let config = fs::read_to_string(field.folder.0.join("config.toml")).unwrap();
        let topics = ["lead_created", "deal_closed", "ad_spend", "social_interaction", "web_visit", "dead_letters"];
        let names: String = topics.map(|topic| format!("{topic} = '{}'\n", field.topic(topic))).concat();
        fs::write(
            field.folder.0.join("config.toml"),
            format!("{config}[topics]\n{names}[topics.create]\npartitions = 1\n[snapshots]\nevery = '1s'\n"),
        )
        .unwrap();
        field.folder.run(&format!("topics create --brokers {}", field.broker.bootstrap()));
        field
    }

    fn topic(&self, of: &str) -> String {
        format!("{}-{}", self.name, of.replace('_', "-"))
    }

    /// Publishes so many web visits.
    fn visit(&self, from: usize, count: usize) {
        let visit = |n| format!(r#"{{"type":"web-visit","event_id":"v{n}","source":"web","occurred_at":"2026-01-01T00:00:00Z"}}"#) + "\n";
        fs::write(self.folder.0.join("visits.ndjson"), (from..from + count).map(visit).collect::<String>()).unwrap();
        self.folder.run(&format!("publish --input visits.ndjson --brokers {}", self.broker.bootstrap()));
    }

    fn start(&self) -> Instance {
        Instance::start(&self.folder, self.broker.bootstrap())
    }

    fn tool(&self, class: &str, arguments: &[&str]) {
        self.broker.tool(class, arguments).unwrap_or_else(|error| panic!("{error}"));
    }

    fn metric(&self, instance: &Instance, start: &str) -> Option<f64> {
        let (_, metrics) = instance.get("/metrics/process")?;
        metrics.lines().find(|line| line.starts_with(start))?.rsplit(' ').next()?.parse().ok()
    }

    fn await_accepted(&self, instance: &Instance, count: f64) {
        let series = format!("kpistream_events_total{{topic=\"{}\",outcome=\"accepted\"}}", self.topic("web_visit"));
        await_some(&format!("{count} visits"), || self.metric(instance, &series).filter(|n| *n >= count));
    }

    fn await_failed(&self, instance: &Instance, reason: &str) {
        let series = format!("kpistream_partition_failed{{topic=\"{}\",partition=\"0\",reason=\"{reason}\"}}", self.topic("web_visit"));
        await_some(&series, || self.metric(instance, &series));
        await_some("not ready", || instance.get("/readyz").filter(|(status, _)| *status == 503));
        let (_, kpis) = instance.get("/metrics/kpi").unwrap();
        assert_eq!(kpis, "", "an instance with a failed partition shows no KPIs");
    }
}

#[test]
fn a_log_cut_below_our_offset_is_a_failed_partition() {
    let field = Field::new("cut");
    field.visit(0, 10);
    let instance = field.start();
    field.await_accepted(&instance, 10.0);
    assert_eq!(instance.terminate().0, Some(0));

    // While no instance runs, more comes in and is lost.
    field.visit(10, 10);
    let cut = format!(r#"{{"version":1,"partitions":[{{"topic":"{}","partition":0,"offset":15}}]}}"#, field.topic("web_visit"));
    fs::write(field.folder.0.join("cut.json"), cut).unwrap();
    field.tool(DELETE_RECORDS, &["--offset-json-file", field.folder.0.join("cut.json").to_str().unwrap()]);
    let instance = field.start();
    field.await_failed(&instance, "offset_out_of_range");
    let said = instance.terminate().1;
    assert!(said.contains("offset 10") && said.contains("not read any more"), "{said}");
}

#[test]
fn a_topic_made_anew_is_no_longer_read_and_a_start_reads_the_new_one_from_its_beginning() {
    let field = Field::new("anew");
    field.visit(0, 10);
    let instance = field.start();
    field.await_accepted(&instance, 10.0);
    let topic = field.topic("web_visit");
    field.tool(TOPICS, &["--delete", "--topic", &topic]);
    await_some("the topic made again", || {
        let made = ["--create", "--topic", &topic, "--partitions", "1", "--config", "message.timestamp.type=LogAppendTime"];
        field.broker.tool(TOPICS, &made).ok()
    });
    field.visit(10, 3);
    await_some("a failed partition", || {
        let series = format!("kpistream_partition_failed{{topic=\"{topic}\",partition=\"0\"");
        field.metric(&instance, &series)
    });
    let said = instance.terminate().1;
    assert!(said.contains("topic_made_anew") || said.contains("topic_deleted") || said.contains("not read any more"), "{said}");

    let instance = field.start();
    field.await_accepted(&instance, 3.0);
    await_some("readiness", || instance.get("/readyz").filter(|(status, _)| *status == 200));
    let said = instance.terminate().1;
    assert!(said.contains("no snapshot to go on from"), "another topic, another line: {said}");
}

#[test]
fn a_new_partition_is_read_from_its_beginning() {
    let field = Field::new("grown");
    field.visit(0, 10);
    let instance = field.start();
    field.await_accepted(&instance, 10.0);
    field.tool(TOPICS, &["--alter", "--topic", &field.topic("web_visit"), "--partitions", "3"]);
    field.visit(10, 30);
    field.await_accepted(&instance, 40.0);
    let said = instance.terminate().1;
    assert!(said.contains("is new; it is read from its beginning"), "{said}");
    let instance = field.start();
    field.visit(40, 5);
    field.await_accepted(&instance, 45.0);
    assert!(instance.terminate().1.contains("going on from snapshot"));
}
