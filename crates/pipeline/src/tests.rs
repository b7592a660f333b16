//! The running pipeline on the broker inside the process.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use exporter::{Board, Build};
use kafka::EmbeddedBroker;
use source::Cluster;
use tokio::sync::mpsc::unbounded_channel;

use crate::{Failure, Running, Setup, running::Threads};

const PATIENCE: Duration = Duration::from_secs(60);

fn await_that(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "{what}: not within {} s", PATIENCE.as_secs());
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn view_age(board: &Board, partition: &str) -> f64 {
    let (topic, number) = partition.split_once('/').unwrap();
    let series = format!("kpistream_view_age_seconds{{topic=\"{topic}\",partition=\"{number}\"}} ");
    board.process_metrics().lines().find_map(|line| line.strip_prefix(&series)?.parse().ok()).unwrap()
}

#[test]
fn a_partition_whose_leader_is_away_grows_old_alone() {
    let setup = Setup::of(model::Settings::default());
    let names = setup.topics.names.iter().map(String::as_str).chain([setup.topics.dead_letters.as_str()]);
    let topics: Vec<(&str, i32)> = names.map(|name| (name, 2)).collect();
    let broker = EmbeddedBroker::start_brokers(2, &topics).unwrap();
    for (topic, partition) in topics.iter().flat_map(|(topic, _)| [(topic, 0), (topic, 1)]) {
        let leader = if *topic == "web-visit" && partition == 0 { 2 } else { 1 };
        broker.lead(topic, partition, leader).unwrap();
    }
    let board = Arc::new(Board::new(Build { version: "0", revision: "0" }, setup.topics.names.iter().map(String::as_str)));
    let cluster: Arc<dyn Cluster> = Arc::new(broker.connection().unwrap());
    let running = Running::start(&setup, &cluster, &board).unwrap();
    await_that("readiness", || board.shown().is_ok());
    broker.set_up(2, false).unwrap();
    await_that("an old partition", || view_age(&board, "web-visit/0") > 9.0);
    for other in ["web-visit/1", "lead-created/0", "social-interaction/1"] {
        assert!(view_age(&board, other) < 5.0, "{other} is {} s old", view_age(&board, other));
    }
    broker.set_up(2, true).unwrap();
    await_that("a young partition", || view_age(&board, "web-visit/0") < 2.0);
    running.drain(Instant::now() + PATIENCE).unwrap();
}

#[test]
fn a_thread_that_panics_ends_the_process_by_name() {
    let (failing, mut failures) = unbounded_channel();
    let mut threads = Threads { handles: Vec::new(), failing };
    threads.start("watch", || std::panic::resume_unwind(Box::new("planted"))).unwrap();
    let Some(Failure::Failed(why)) = failures.blocking_recv() else { panic!("nothing is said") };
    assert!(why.starts_with("the thread watch has panicked"), "{why}");
}
