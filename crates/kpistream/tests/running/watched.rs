//! Instances that a real Prometheus scrapes and whose alerts a real Alertmanager sends: the rules and routes of `deploy/`, with a second for
//! each span that they wait.

use std::fs;

use testkit::{
    broker::Broker,
    watch::{Alertmanager, Notification, Prometheus, Receiver, Tempo},
};

use super::{Folder, Instance, await_some, load::now};

/// Three instances, and all that watches them.
pub struct Watched {
    pub instances: [Instance; 3],
    pub prometheus: Prometheus,
    pub receiver: Receiver,
    pub folder: Folder,
    // Ended last: the others ask it.
    _alertmanager: Alertmanager,
    broker: Broker,
}

impl Watched {
    /// Starts all, with more of the configuration, and waits until Prometheus has KPIs.
    pub fn start(name: &str, config: &str) -> Watched {
        let broker = Broker::start().unwrap_or_else(|error| panic!("{error}"));
        let folder = Folder::new(name);
        fs::write(folder.0.join("config.toml"), config).unwrap();
        folder.run(&format!("topics create --brokers {}", broker.bootstrap()));
        let start = |name: &str| {
            let environment = [("KPISTREAM_SNAPSHOTS__INSTANCE", name)];
            Instance::start_logging(&folder, broker.bootstrap(), &environment, &format!("{name}.log"))
        };
        let instances = ["a", "b", "c"].map(start);
        let receiver = Receiver::start().unwrap();
        let alertmanager = Alertmanager::start(&folder.0, &receiver.url(), Tempo::Quick).unwrap_or_else(|error| panic!("{error}"));
        let targets: Vec<String> = instances.iter().map(|instance| instance.address().to_owned()).collect();
        let prometheus = Prometheus::start(&folder.0, &targets, &alertmanager, Tempo::Quick).unwrap_or_else(|error| panic!("{error}"));
        let watched = Watched { instances, prometheus, receiver, folder, _alertmanager: alertmanager, broker };
        watched.await_value("count(kpistream_leads{window=\"7d\"})", 3.0);
        watched
    }

    /// Publishes lines of events.
    pub fn publish(&self, lines: &[String]) {
        self.publish_text((lines.join("\n") + "\n").as_bytes());
    }

    /// Publishes the history of a simulated company that ends today; `more` are flags of `simulate`.
    pub fn simulate(&self, more: &str) {
        let history = self.folder.run(&format!("simulate --end {} {more}", now()));
        self.publish_text(&history.stdout);
    }

    fn publish_text(&self, text: &[u8]) {
        fs::write(self.folder.0.join("events.ndjson"), text).unwrap();
        self.folder.run(&format!("publish --input events.ndjson --brokers {}", self.broker.bootstrap()));
    }

    /// Waits until every instance has accepted so many events.
    pub fn await_accepted(&self, events: usize) {
        self.await_value("min(sum by (instance) (kpistream_events_total{outcome=\"accepted\"}))", events as f64);
    }

    /// Waits until a query has this one value.
    pub fn await_value(&self, query: &str, value: f64) {
        await_some(&format!("{query} = {value}"), || self.prometheus.value(query).filter(|found| *found == value));
    }

    /// Waits until somebody is told of an alert that it fires, or has resolved.
    pub fn await_told(&self, alert: &str, status: &str) -> Notification {
        await_some(&format!("{alert} {status}"), || self.receiver.told_of(alert).into_iter().find(|told| told.status() == status))
    }
}
