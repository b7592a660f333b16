//! What is wrong reaches whoever is to know it, once, by the real Prometheus and Alertmanager with the rules that are shipped.
#![allow(clippy::unwrap_used, reason = "helpers of tests, which clippy takes for production code")]

mod running;

use model::Millis;
use running::{load::now, watched::Watched};

const LEADS: &str = "kpistream:leads:max{window=\"7d\"}";
const DAY_MS: i64 = 86_400_000;

/// A date, so many days ago.
fn days_ago(days: i64) -> String {
    let at: Millis = now().plus(-days * DAY_MS);
    at.to_string().get(..10).unwrap().to_owned()
}

fn lead(id: u32, revision: u32, status: &str) -> String {
    let (at, day) = (now(), days_ago(2));
    format!(
        r#"{{"type":"lead-created","event_id":"l{id}-{revision}","source":"crm","occurred_at":"{at}","revision":{revision},"lead_id":"{id}","created_at":"{day}","status":"{status}"}}"#
    )
}

fn spend(revision: u32, currency: &str) -> String {
    let (at, day) = (now(), days_ago(3));
    format!(
        r#"{{"type":"ad-spend","event_id":"s{revision}","source":"ads","occurred_at":"{at}","revision":{revision},"platform":"google_ads","account":"1","spend_date":"{day}","amount":"1500","currency":"{currency}"}}"#
    )
}

/// Amounts without a rate: told once for three instances, told as mended once they are. One instance that hangs changes no figure, not even
/// one that falls.
#[test]
fn an_alert_of_three_instances_is_one_and_ends_when_it_is_mended() {
    let watched = Watched::start("alerts", "currency = 'EUR'\n[run]\nthreads = 1\n");
    watched.publish(&[lead(1, 1, "active"), lead(2, 1, "active"), lead(3, 1, "active"), spend(1, "USD")]);
    watched.await_value(LEADS, 3.0);
    let told = watched.await_told("KpistreamAmountsWithoutRate", "firing");
    assert_eq!(told.to, "/operations");
    let [alert] = told.alerts() else { panic!("{:?}", told.body) };
    assert_eq!((alert["labels"]["currency"].as_str(), alert["labels"]["measure"].as_str()), (Some("USD"), Some("spend")));
    assert_eq!(alert["labels"]["instance"].as_str(), None, "it is of all replicas");
    assert_eq!(alert["annotations"]["summary"], "1.5k USD of spend have no exchange rate");

    let [frozen, ..] = &watched.instances;
    frozen.signal("-STOP");
    let down = watched.await_told("KpistreamInstanceDown", "firing");
    assert_eq!(down.alerts()[0]["labels"]["instance"].as_str(), Some(frozen.address()));
    watched.publish(&[lead(3, 2, "deleted")]);
    watched.await_value(LEADS, 2.0);
    frozen.signal("-CONT");
    watched.await_told("KpistreamInstanceDown", "resolved");
    watched.await_value("count(kpistream_leads{window=\"7d\"})", 3.0);
    watched.await_value(LEADS, 2.0);

    watched.publish(&[spend(2, "EUR")]);
    watched.await_told("KpistreamAmountsWithoutRate", "resolved");
    let told = watched.receiver.told_of("KpistreamAmountsWithoutRate");
    let told: Vec<&str> = told.iter().map(|notification| notification.status()).collect();
    assert_eq!(told, ["firing", "resolved"]);
    let paged: Vec<String> =
        watched.receiver.told().into_iter().filter(|told| told.to.ends_with("-page")).map(|told| told.alert().to_owned()).collect();
    assert!(paged.iter().all(|alert| !alert.contains("Drift")), "{paged:?}");
}
