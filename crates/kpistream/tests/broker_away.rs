//! A broker that is away: at the start, and for longer than a view may be old.
#![allow(clippy::unwrap_used, reason = "helpers of tests, which clippy takes for production code")]

mod running;

use std::time::{Duration, Instant as Moment};

use testkit::broker::Broker;

use running::{Instance, await_some, field::Field};

/// Until a view is too old to be shown.
const LIMIT: Duration = Duration::from_secs(30);

fn view_age(field: &Field, instance: &Instance) -> f64 {
    field.metric(instance, &format!("kpistream_view_age_seconds{{topic=\"{}\",partition=\"0\"}}", field.topic("web_visit"))).unwrap()
}

#[test]
fn a_start_without_a_broker_ends_and_says_where_it_looked() {
    let folder = running::Folder::new("nobody");
    // Taken and never listened to again.
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let begun = Moment::now();
    let (code, said) = Instance::start(&folder, &nobody).ended();
    let last = said.lines().last().unwrap_or_default();
    assert_eq!(code, Some(1), "{said}");
    assert!(last.contains(&format!("no broker answers at {nobody}")) && last.contains("check that Kafka runs there"), "{said}");
    assert!(begun.elapsed() < LIMIT, "{:?}", begun.elapsed());
}

#[test]
fn a_broker_that_is_away_for_a_while() {
    let mut broker = Broker::start().unwrap_or_else(|error| panic!("{error}"));
    let field = Field::on("away-broker", broker.bootstrap());
    field.visit(0, 10);
    let instance = field.start();
    field.await_accepted(&instance, 10.0);
    field.await_ready(&instance);

    let killed = Moment::now();
    broker.kill();
    // For as long as a view may be old, what was known is served.
    while killed.elapsed() < LIMIT - Duration::from_secs(5) {
        let kpis = instance.get("/metrics/kpi").unwrap();
        assert!(kpis.0 == 200 && kpis.1.contains("kpistream_leads"), "after {:?}", killed.elapsed());
        assert_eq!(instance.get("/readyz").map(|(status, _)| status), Some(200));
        std::thread::sleep(Duration::from_millis(500));
    }
    assert!(view_age(&field, &instance) > 20.0, "the view grows old");
    let (_, why) = await_some("no longer ready", || instance.get("/readyz").filter(|(status, _)| *status == 503));
    println!("not ready after {:.1?}: {}", killed.elapsed(), why.trim());
    assert!(why.contains("old"), "{why}");
    assert_eq!(instance.get("/metrics/kpi").unwrap().1, "", "old KPIs are left out");
    assert_eq!(instance.get("/healthz").map(|(status, _)| status), Some(200));

    broker.restart().unwrap_or_else(|error| panic!("{error}"));
    let back = Moment::now();
    field.visit(10, 5);
    field.await_accepted(&instance, 15.0);
    field.await_ready(&instance);
    println!("ready {:.1?} after the broker was back", back.elapsed());
    assert_eq!(instance.json("/api/v1/kpis").map(|shown| shown["events"]["accepted"].clone()), Some(15.into()), "each counts once");
    let (code, said) = instance.terminate();
    let warnings: Vec<&str> = said.lines().filter(|line| line.contains("what is shown grows old until the broker answers")).collect();
    assert_eq!((code, warnings.len()), (Some(0), 1), "{said}");
    assert!(warnings[0].contains(&format!("no broker answers at {}", broker.bootstrap())), "{said}");
}
