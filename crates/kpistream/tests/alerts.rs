//! What is wrong reaches whoever is to know it, once, by the real Prometheus and Alertmanager with the rules that are shipped.
#![allow(clippy::unwrap_used, reason = "helpers of tests, which clippy takes for production code")]

mod running;

use model::Millis;
use running::{load::now, watched::Watched};

const LEADS: &str = "kpistream:leads:max{window=\"7d\"}";
const CAC_ALARM: &str = "kpistream:kpi_drift_alarm:max{kpi=\"cac\", direction=\"worse\"}";
const DAY_MS: i64 = 86_400_000;

/// A date, so many days ago.
fn days_ago(days: i64) -> String {
    let at: Millis = now().plus(-days * DAY_MS);
    at.to_string().get(..10).unwrap().to_owned()
}

fn lead(id: &str, revision: u32, days: i64, status: &str) -> String {
    let (at, day) = (now(), days_ago(days));
    format!(
        r#"{{"type":"lead-created","event_id":"l{id}-{revision}","source":"crm","occurred_at":"{at}","revision":{revision},"lead_id":"{id}","created_at":"{day}","channel":"paid_search","status":"{status}"}}"#
    )
}

/// A new customer of a lead that is won on the day on which it comes.
fn customer(days: i64) -> [String; 2] {
    let (at, day, id) = (now(), days_ago(days), format!("c{days}"));
    let deal = format!(
        r#"{{"type":"deal-closed","event_id":"d{id}","source":"crm","occurred_at":"{at}","deal_id":"{id}","status":"won","closed_at":"{day}","amount":"900","currency":"EUR","lead_id":"{id}"}}"#
    );
    [lead(&id, 1, days, "active"), deal]
}

/// A day's spend on paid search.
fn spend(days: i64, revision: u32, amount: u32, currency: &str) -> String {
    let (at, day) = (now(), days_ago(days));
    format!(
        r#"{{"type":"ad-spend","event_id":"s{days}-{revision}","source":"ads","occurred_at":"{at}","revision":{revision},"platform":"google_ads","account":"1","spend_date":"{day}","amount":"{amount}","currency":"{currency}","channel":"paid_search"}}"#
    )
}

/// What was told of an alert, in order.
fn told_of(watched: &Watched, alert: &str) -> Vec<String> {
    watched.receiver.told_of(alert).iter().map(|notification| notification.status().to_owned()).collect()
}

/// Amounts without a rate: told once for three instances, told as mended once they are. One instance that hangs changes no figure, not even
/// one that falls.
#[test]
fn an_alert_of_three_instances_is_one_and_ends_when_it_is_mended() {
    let watched = Watched::start("alerts", "currency = 'EUR'\n[run]\nthreads = 1\n");
    watched.publish(&[lead("1", 1, 2, "active"), lead("2", 1, 2, "active"), lead("3", 1, 2, "active"), spend(3, 1, 1500, "USD")]);
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
    watched.publish(&[lead("3", 2, 2, "deleted")]);
    watched.await_value(LEADS, 2.0);
    frozen.signal("-CONT");
    watched.await_told("KpistreamInstanceDown", "resolved");
    watched.await_value("count(kpistream_leads{window=\"7d\"})", 3.0);
    watched.await_value(LEADS, 2.0);

    watched.publish(&[spend(3, 2, 1500, "EUR")]);
    watched.await_told("KpistreamAmountsWithoutRate", "resolved");
    assert_eq!(told_of(&watched, "KpistreamAmountsWithoutRate"), ["firing", "resolved"]);
    assert!(!watched.receiver.told().iter().any(|told| told.to.contains("marketing")), "nothing of this is marketing's");
}

/// Drift: a steady company pages nobody. A hundred days of spend that turn out three times as high are one page for three instances, which
/// names the channel and the customers; spend restated as it was is its end.
#[test]
fn a_rise_of_cac_is_one_page_that_names_the_channel_until_it_is_explained_away() {
    let (from, until) = (days_ago(300), days_ago(101));
    let config = format!("[run]\nthreads = 1\n[drift]\nchannels = []\nstep = 'week'\n[drift.baseline.cac]\nfrom = '{from}'\nuntil = '{until}'\n");
    let watched = Watched::start("cac-rise", &config);
    let restated = |revision, amount| (1..=100).map(|days| spend(days, revision, amount, "EUR")).collect::<Vec<_>>();
    // Customers first: spend of which they are not there yet would look like a rise.
    let customers: Vec<String> = (1..=310).step_by(2).flat_map(customer).collect();
    watched.publish(&customers);
    watched.await_accepted(customers.len());
    watched.publish(&(1..=310).map(|days| spend(days, 1, 100, "EUR")).collect::<Vec<_>>());
    watched.await_accepted(customers.len() + 310);
    watched.await_value(CAC_ALARM, 0.0);
    assert_eq!(told_of(&watched, "KpistreamCacDrift"), [""; 0]);

    watched.publish(&restated(2, 300));
    let page = watched.await_told("KpistreamCacDrift", "firing");
    assert_eq!((page.to.as_str(), page.alerts().len()), ("/marketing-page", 1), "{:?}", page.body);
    let summary = page.alerts()[0]["annotations"]["summary"].as_str().unwrap().to_owned();
    assert!(summary.contains("instead of 200 since ") && summary.contains("most by paid_search (-"), "{summary}");
    watched.publish(&restated(3, 100));
    watched.await_told("KpistreamCacDrift", "resolved");
    assert_eq!(told_of(&watched, "KpistreamCacDrift"), ["firing", "resolved"]);
    assert_eq!(told_of(&watched, "KpistreamConversionDrift"), [""; 0]);
}
