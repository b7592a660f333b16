//! One of three instances is killed under a steady load: the others serve right figures throughout, and it comes back by itself.
#![allow(clippy::unwrap_used, reason = "helpers of tests, which clippy takes for production code")]

mod running;

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant as Moment},
};

use testkit::broker::Broker;

use running::{Folder, Instance, await_some, load::Load};

/// Events published a second, about.
const RATE: u64 = 5_000;
const NAMES: [&str; 3] = ["a", "b", "c"];
/// How often each of the others is asked.
const ASK_EVERY: Duration = Duration::from_millis(100);
/// For how long they are asked before the kill, and again before the start and after it.
const A_WHILE: Duration = Duration::from_secs(3);

fn start(folder: &Folder, brokers: &str, name: &str) -> Instance {
    let environment = [("KPISTREAM_SNAPSHOTS__EVERY", "2s"), ("KPISTREAM_SNAPSHOTS__INSTANCE", name)];
    Instance::start_logging(folder, brokers, &environment, &format!("{name}.log"))
}

fn await_ready(instance: &Instance) {
    await_some("readiness", || instance.get("/readyz").filter(|(status, _)| *status == 200));
}

/// Every answer of an instance is one with KPIs, and counts that never fall; gives how many there were, and the last count.
fn ask(instance: &Instance, until: &AtomicBool) -> (u64, f64) {
    let (mut answers, mut of_metrics, mut of_api) = (0, 0.0, 0.0);
    while !until.load(Ordering::Acquire) {
        let asked = Moment::now();
        let (status, metrics) = instance.get("/metrics").unwrap();
        let families = ["kpistream_leads{", "kpistream_customers{", "kpistream_web_conversion_ratio{"];
        assert!(status == 200 && families.iter().all(|family| metrics.contains(&format!("\n{family}"))), "{status}, answer {answers}");
        let counts = metrics.lines().filter(|line| line.starts_with("kpistream_events_total{"));
        let count = counts.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum();
        assert!(count >= of_metrics, "{count} after {of_metrics}");
        of_metrics = count;

        let shown = instance.json("/api/v1/kpis?window=7d").unwrap();
        assert!(shown["kpis"].as_array().is_some_and(|rows| !rows.is_empty()), "{shown}");
        let count = shown["events"]["accepted"].as_f64().unwrap();
        assert!(count >= of_api, "{count} after {of_api}");
        of_api = count;
        answers += 2;
        thread::sleep(ASK_EVERY.saturating_sub(asked.elapsed()));
    }
    (answers, of_metrics)
}

#[test]
fn while_one_of_three_is_killed_the_others_serve_without_a_gap() {
    let broker = Broker::start().unwrap_or_else(|error| panic!("{error}"));
    let (brokers, folder) = (broker.bootstrap(), Folder::new("no-gap"));
    folder.run(&format!("topics create --brokers {brokers}"));
    let [victim, others @ ..] = NAMES.map(|name| start(&folder, brokers, name));
    [&victim].into_iter().chain(&others).for_each(await_ready);
    let load = Load::start(brokers, 1, RATE);
    for instance in &others {
        // Ratios have a value only once there is something to divide.
        let has_ratio = |metrics: &str| metrics.contains("\nkpistream_web_conversion_ratio{");
        await_some("visitors", || instance.get("/metrics").filter(|(_, metrics)| has_ratio(metrics)));
    }

    let done = AtomicBool::new(false);
    let (asked, again) = thread::scope(|scope| {
        let asking = others.each_ref().map(|instance| scope.spawn(|| ask(instance, &done)));
        thread::sleep(A_WHILE);
        victim.kill();
        thread::sleep(A_WHILE);
        let started = Moment::now();
        let again = start(&folder, brokers, NAMES[0]);
        // Whatever fails, the asking ends.
        let ready = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| await_ready(&again)));
        println!("the killed one is ready again after {:.1?}", started.elapsed());
        thread::sleep(A_WHILE);
        done.store(true, Ordering::Release);
        let asked = asking.map(|asking| asking.join().unwrap());
        ready.unwrap();
        (asked, again)
    });
    for (answers, events) in asked {
        println!("{answers} answers, all with KPIs; {events} events by the last");
        assert!(answers > 40 && events > 0.0, "{answers} answers, {events} events");
    }

    let published = load.end() as f64;
    for instance in [&again].into_iter().chain(&others) {
        await_some("all events", || {
            let (_, metrics) = instance.get("/metrics/process")?;
            let counts = metrics.lines().filter(|line| line.starts_with("kpistream_events_total{"));
            let read: f64 = counts.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum();
            assert!(read <= published, "{read} of {published}: some are counted twice");
            (read == published).then_some(())
        });
    }
}
