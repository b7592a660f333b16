//! Topics of a test of its own, and what is done to them.

use std::{
    fs,
    time::{SystemTime, UNIX_EPOCH},
};

use testkit::broker::Broker;

use super::{Folder, Instance, await_some};

const DELETE_RECORDS: &str = "org.apache.kafka.tools.DeleteRecordsCommand";

/// Topics of a test alone, and snapshots every second.
pub struct Field {
    pub brokers: String,
    pub folder: Folder,
    name: &'static str,
}

impl Field {
    /// On the one broker of all tests.
    pub fn new(name: &'static str) -> Field {
        Field::on(name, shared().bootstrap())
    }

    /// On a broker of its own.
    pub fn on(name: &'static str, brokers: &str) -> Field {
        let field = Field { brokers: brokers.to_owned(), folder: Folder::new(name), name };
        let config = fs::read_to_string(field.folder.0.join("config.toml")).unwrap();
        let topics = ["lead_created", "deal_closed", "ad_spend", "social_interaction", "web_visit", "dead_letters"];
        let names: String = topics.map(|topic| format!("{topic} = '{}'\n", field.topic(topic))).concat();
        fs::write(
            field.folder.0.join("config.toml"),
            format!("{config}[topics]\n{names}[topics.create]\npartitions = 1\n[snapshots]\nevery = '1s'\n"),
        )
        .unwrap();
        field.folder.run(&format!("topics create --brokers {}", field.brokers));
        field
    }

    pub fn topic(&self, of: &str) -> String {
        format!("{}-{}", self.name, of.replace('_', "-"))
    }

    /// Publishes so many web visits.
    pub fn visit(&self, from: usize, count: usize) {
        let visit = |n| format!(r#"{{"type":"web-visit","event_id":"v{n}","source":"web","occurred_at":"2026-01-01T00:00:00Z"}}"#) + "\n";
        fs::write(self.folder.0.join("visits.ndjson"), (from..from + count).map(visit).collect::<String>()).unwrap();
        self.folder.run(&format!("publish --input visits.ndjson --brokers {}", self.brokers));
    }

    /// Publishes so many leads.
    pub fn lead(&self, from: usize, count: usize) {
        let lead = |n| {
            format!(
                r#"{{"type":"lead-created","event_id":"l{n}","source":"crm","occurred_at":"2026-01-01T00:00:00Z","lead_id":"{n}","created_at":"2026-01-01"}}"#
            ) + "\n"
        };
        fs::write(self.folder.0.join("leads.ndjson"), (from..from + count).map(lead).collect::<String>()).unwrap();
        self.folder.run(&format!("publish --input leads.ndjson --brokers {}", self.brokers));
    }

    /// Has Kafka delete what lies below these offsets of the one partition of some topics; -1 is all there is.
    pub fn cut(&self, topics: &[(&str, i64)]) {
        let cut = |(of, offset): &(&str, i64)| format!(r#"{{"topic":"{}","partition":0,"offset":{offset}}}"#, self.topic(of));
        let cut: Vec<String> = topics.iter().map(cut).collect();
        let file = self.folder.0.join("cut.json");
        fs::write(&file, format!(r#"{{"version":1,"partitions":[{}]}}"#, cut.join(","))).unwrap();
        self.tool(DELETE_RECORDS, &["--offset-json-file", file.to_str().unwrap()]);
    }

    pub fn start(&self) -> Instance {
        Instance::start(&self.folder, &self.brokers)
    }

    /// Starts one by a program that is given the command line as its last arguments.
    pub fn start_by(&self, program: &[&str]) -> Instance {
        Instance::start_by(&self.folder, &self.brokers, program)
    }

    /// Runs one of Kafka's tools against the one broker.
    pub fn tool(&self, class: &str, arguments: &[&str]) {
        shared().tool(class, arguments).unwrap_or_else(|error| panic!("{error}"));
    }

    pub fn metric(&self, instance: &Instance, start: &str) -> Option<f64> {
        let (_, metrics) = instance.get("/metrics/process")?;
        metrics.lines().find(|line| line.starts_with(start))?.rsplit(' ').next()?.parse().ok()
    }

    pub fn await_accepted(&self, instance: &Instance, count: f64) {
        let series = format!("kpistream_events_total{{topic=\"{}\",outcome=\"accepted\"}}", self.topic("web_visit"));
        await_some(&format!("{count} visits"), || self.metric(instance, &series).filter(|n| *n >= count));
    }

    pub fn await_ready(&self, instance: &Instance) {
        await_some("readiness", || instance.get("/readyz").filter(|(status, _)| *status == 200));
    }

    pub fn await_failed(&self, instance: &Instance, reason: &str) {
        let series = format!("kpistream_partition_failed{{topic=\"{}\",partition=\"0\",reason=\"{reason}\"}}", self.topic("web_visit"));
        await_some(&series, || self.metric(instance, &series));
        await_some("not ready", || instance.get("/readyz").filter(|(status, _)| *status == 503));
        let (_, kpis) = instance.get("/metrics/kpi").unwrap();
        assert_eq!(kpis, "", "an instance with a failed partition shows no KPIs");
    }
}

/// The broker of all tests of a program.
pub fn shared() -> &'static Broker {
    Broker::shared().unwrap_or_else(|error| panic!("{error}"))
}

/// The time of day in seconds.
pub fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64()
}
