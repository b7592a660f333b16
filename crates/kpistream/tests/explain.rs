//! `explain` as its users meet it: what counts, what does not, and why.
#![allow(clippy::unwrap_used, reason = "helpers of tests, which clippy takes for production code")]

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

use expect_test::{Expect, expect};

/// A folder with the test's events; it goes with the test.
struct Folder(PathBuf);

const EVENTS: &str = r#"
{"type":"lead-created","event_id":"l1","source":"crm","occurred_at":"2026-03-02T09:00:00Z","revision":3,"lead_id":"L1","created_at":"2026-03-02","channel":"ppc","account_id":"acme"}
{"type":"lead-created","event_id":"l2","source":"crm","occurred_at":"2026-03-03T09:00:00Z","lead_id":"L2","created_at":"2026-03-03","channel":"email","status":"disqualified"}
{"type":"lead-created","event_id":"l3","source":"crm","occurred_at":"2026-03-04T09:00:00Z","lead_id":"L3","created_at":"2026-03-04","channel":"email"}
{"type":"deal-closed","event_id":"d1","source":"crm","occurred_at":"2026-03-10T09:00:00Z","deal_id":"D1","status":"won","closed_at":"2026-03-10","amount":"1000","currency":"EUR","lead_id":"L1"}
{"type":"deal-closed","event_id":"d2","source":"crm","occurred_at":"2026-03-12T09:00:00Z","deal_id":"D2","status":"won","closed_at":"2026-03-12","amount":"500","currency":"USD","account_id":"acme"}
{"type":"deal-closed","event_id":"d3","source":"crm","occurred_at":"2026-03-12T09:00:00Z","deal_id":"D3","status":"won","closed_at":"2026-03-12","lead_id":"L4"}
{"type":"deal-closed","event_id":"d4","source":"crm","occurred_at":"2026-03-12T09:00:00Z","deal_id":"D4","status":"won","closed_at":"2026-03-12","amount":"1","currency":"EUR","deal_type":"renewal"}
{"type":"deal-closed","event_id":"d5","source":"crm","occurred_at":"2026-03-12T09:00:00Z","deal_id":"D5","status":"lost","closed_at":"2026-03-12","lead_id":"L3"}
{"type":"ad-spend","event_id":"s1","source":"ads","occurred_at":"2026-04-01T09:00:00Z","platform":"google_ads","account":"a","spend_date":"2026-03-05","amount":"300","currency":"EUR","campaign":"brand"}
{"type":"ad-spend","event_id":"s2","source":"ads","occurred_at":"2026-04-01T09:00:00Z","platform":"google_ads","account":"a","spend_date":"2026-03-20","amount":"100.50","currency":"EUR","campaign":"brand"}
{"type":"ad-spend","event_id":"s3","source":"ads","occurred_at":"2026-04-01T09:00:00Z","platform":"google_ads","account":"a","spend_date":"2026-03-20","amount":"70","currency":"EUR","channel":"paid_search","category":"people"}
{"type":"web-visit","event_id":"v1","source":"web","occurred_at":"2026-03-05T09:00:00Z","visitor_id":"x","channel":"email"}
{"type":"web-visit","event_id":"v2","source":"web","occurred_at":"2026-03-05T10:00:00Z","visitor_id":"x","channel":"email"}
"#;

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("kpistream-explained-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        fs::write(path.join("events.ndjson"), EVENTS).unwrap();
        Folder(path)
    }

    fn run(&self, line: &str) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kpistream"));
        // Nothing of the environment may change what is tested.
        command.env_clear().args(line.split(' ')).current_dir(&self.0).stdin(Stdio::null());
        command.output().unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn shows(name: &str, asked: &str, expected: Expect) {
    let output = Folder::new(name).run(&format!("explain {asked} --input events.ndjson --as-of 2026-03-31"));
    assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap()), (Some(0), String::new()));
    expected.assert_eq(&String::from_utf8(output.stdout).unwrap());
}

#[test]
fn customers_and_their_cost() {
    shows(
        "cac",
        "cac --variant paid --window this_month",
        expect![[r#"
            cac paid in this_month, as of 2026-03-31T23:59:59.999Z (UTC)
              400.50 EUR = 400.50 EUR / 1, over 2026-03-01 to 2026-03-20

            Numerator: media spend = 400.50 EUR (2 entries, 1 left out)
              what      key                                                            adds      amount  booked on   channel      revision, source    why
              ad_spend  google_ads / a / media / brand / - / - / - / 2026-03-05  300.00 EUR  300.00 EUR  2026-03-05  paid_search  1775034000000, ads
              ad_spend  google_ads / a / media / brand / - / - / - / 2026-03-20  100.50 EUR  100.50 EUR  2026-03-20  paid_search  1775034000000, ads
              ad_spend  google_ads / a / people / - / - / - / - / 2026-03-20       left out   70.00 EUR  2026-03-20  paid_search  1775034000000, ads  its category is people, not media

            Denominator: new customers = 1 (1 entry, 1 left out)
              what  key      adds        amount  booked on   channel         revision, source    why
              deal  D1          1  1,000.00 EUR  2026-03-10  paid_search     1773133200000, crm  the earliest won deal of account acme
              deal  D3   left out             -  -           (unattributed)  1773306000000, crm  its channel is not paid: no media spend above 0 in the days of the spend
        "#]],
    );
}

#[test]
fn amounts_without_a_rate_and_wins_without_an_amount() {
    shows(
        "value",
        "average_deal_value --window this_month",
        expect![[r#"
        average_deal_value in this_month, as of 2026-03-31T23:59:59.999Z (UTC)
          undefined (missing_rate), over 2026-03-01 to 2026-03-31

        Numerator: won value (3 entries, 1 left out)
          what  key          adds        amount  booked on   channel         revision, source    why
          deal  D1   1,000.00 EUR  1,000.00 EUR  2026-03-10  paid_search     1773133200000, crm
          deal  D4       1.00 EUR      1.00 EUR  2026-03-12  (unattributed)  1773306000000, crm
          deal  D2        no rate    500.00 USD  2026-03-12  (unattributed)  1773306000000, crm  there is no rate of USD for 2026-03-12, nor of the 10 days before
          deal  D3       left out             -  2026-03-12  (unattributed)  1773306000000, crm  the deal has no amount

        Denominator: won deals with an amount = 3 (3 entries, 1 left out)
          what  key      adds        amount  booked on   channel         revision, source    why
          deal  D1          1  1,000.00 EUR  2026-03-10  paid_search     1773133200000, crm
          deal  D2          1    500.00 USD  2026-03-12  (unattributed)  1773306000000, crm
          deal  D4          1      1.00 EUR  2026-03-12  (unattributed)  1773306000000, crm
          deal  D3   left out             -  2026-03-12  (unattributed)  1773306000000, crm  the deal has no amount
    "#]],
    );
}

#[test]
fn leads_that_did_not_convert() {
    shows(
        "conversion",
        "lead_conversion --variant cohort --window 2026-03",
        expect![[r#"
        lead_conversion cohort in 2026-03, as of 2026-03-31T23:59:59.999Z (UTC)
          50.00% = 1 / 2, over 2026-03-01 to 2026-03-31

        Numerator: converted leads = 1 (1 entry, 2 left out)
          what  key      adds  amount  booked on   channel      revision, source    why
          lead  L1          1       -  2026-03-02  paid_search  3, crm              converted by deal D1, closed on 2026-03-10
          lead  L2   left out       -  2026-03-03  email        1772528400000, crm  the lead is disqualified
          lead  L3   left out       -  2026-03-04  email        1772614800000, crm  none of its deals is won

        Denominator: leads = 2 (2 entries, 1 left out)
          what  key      adds  amount  booked on   channel      revision, source    why
          lead  L1          1       -  2026-03-02  paid_search  3, crm
          lead  L3          1       -  2026-03-04  email        1772614800000, crm
          lead  L2   left out       -  2026-03-03  email        1772528400000, crm  the lead is disqualified
    "#]],
    );
    shows(
        "mature",
        "lead_conversion --variant cohort_mature --window this_month",
        expect![[r#"
        lead_conversion cohort_mature in this_month, as of 2026-03-31T23:59:59.999Z (UTC)
          undefined (no_leads) = 0 / 0, over 2026-03-01 to 2026-03-31

        Numerator: leads converted within the horizon = 0 (0 entries)

        Denominator: leads that matured = 0 (0 entries, 3 left out)
          what  key      adds  amount  booked on   channel      revision, source    why
          lead  L1   left out       -  2026-03-02  paid_search  3, crm              created in the window, but matures on 2026-05-31, outside of it
          lead  L2   left out       -  2026-03-03  email        1772528400000, crm  the lead is disqualified
          lead  L3   left out       -  2026-03-04  email        1772614800000, crm  created in the window, but matures on 2026-06-02, outside of it
    "#]],
    );
}

#[test]
fn interactions_are_summed_up() {
    shows(
        "visits",
        "web_conversion --variant visitors --window 30d",
        expect![[r#"
        web_conversion visitors in 30d, as of 2026-03-31T23:59:59.999Z (UTC)
          0.00% = 0 / 1, over 2026-03-02 to 2026-03-31
        Note: distinct visitors do not add up: one who comes on two days, or by two channels, is one visitor

        Numerator: converting visitors (0 entries)

        Denominator: visitors (1 entry)
          what          key                 adds  amount  booked on   channel  revision, source  why
          interactions  2026-03-05 / email     1       -  2026-03-05  email    -
    "#]],
    );
}

#[test]
fn json_has_every_field() {
    shows(
        "json",
        "customers --window this_month --limit 1 --format json",
        expect![[r#"
        {"kpi":"customers","variant":null,"window":"this_month","channel":null,"as_of":"2026-03-31T23:59:59.999Z","time_zone":"UTC","currency":"EUR","window_start":"2026-03-01T00:00:00Z","window_end":"2026-04-01T00:00:00Z","value":2,"reason":null,"numerator":2,"denominator":null,"sample_size":2,"target":null,"attainment":null,"pace":null,"projected":2.0666666666666664,"notes":[],"parts":[{"part":"new customers","numerator_times":1.0,"in_denominator":false,"sum":2,"counted":2,"left_out":2,"entries":[{"entity":"deal","key":"D1","counts":true,"adds":1,"amount":1000.0,"currency":"EUR","booked_on":"2026-03-10","channel":"paid_search","campaign":"(none)","segment":"(none)","revision":1773133200000,"event_id":"d1","source":"crm","occurred_at":"2026-03-10T09:00:00Z","reason":null,"why":"the earliest won deal of account acme"}]}]}
    "#]],
    );
}

#[test]
fn what_cannot_be_explained_is_told_in_one_line() {
    let folder = Folder::new("wrong");
    let mut said = String::new();
    for asked in
        ["cacc --window 7d", "cac --window 7d", "cac --variant gross --window 7d", "leads --variant x --window 7d", "leads --window 8d", "leads"]
    {
        let output = folder.run(&format!("explain {asked} --input events.ndjson --as-of 2026-03-31"));
        said.push_str(&format!("{} {}", output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap()));
    }
    expect![[r#"
        2 kpistream: unknown KPI "cacc": use one of leads, mqls, sqls, opportunities, customers, wins, losses, win_rate, won_value, average_deal_value, disqualified_leads, visits, impressions, engagements, open_pipeline_value, lead_conversion, sales_cycle, roi, roas, cac, cost_per_lead, unmatched_spend_ratio, spend, ad_impressions, ad_clicks, visitors, converting_visitors, web_conversion, engagement, community_members, community_conversion
        2 kpistream: cac has several variants: use one of blended, paid
        2 kpistream: cac has no variant "gross": use one of blended, paid
        2 kpistream: leads has no variants: leave it out
        2 kpistream: unknown window "8d": use one of 1h, 24h, today, yesterday, 7d, 30d, 90d, previous_7d, previous_30d, this_week, this_month, this_quarter, this_year, last_week, last_month, last_quarter, last_year, last_month_to_date, last_quarter_to_date, last_year_to_date, or all
        2 kpistream: the following required arguments were not provided: --window <W>; see `kpistream explain --help`
    "#]].assert_eq(&said);
}
