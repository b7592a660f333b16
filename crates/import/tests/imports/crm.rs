//! Leads and deals.

use expect_test::expect;
use import::{DealContact, Decisions};

use super::{check, told};

const DEALS: &str = "Record ID,Deal Name,Pipeline,Deal Stage,Amount,Currency,Close Date,Create Date,Last Modified Date,Associated Contact IDs,Associated Company IDs\n";
const CONTACTS: &str =
    "Record ID,First Name,Email,Lifecycle Stage,Create Date,Original Traffic Source,Original Traffic Source Drill-Down 1,Last Modified Date\n";

fn deals(rows: &str) -> String {
    format!("{DEALS}{rows}")
}

#[test]
fn a_stage_without_a_meaning_is_refused_with_all_that_have_none() {
    let text = deals(
        "1,A,Sales,Signed,10,EUR,2026-03-02 10:00,2026-01-01 10:00,2026-03-03 10:00,,\n2,B,Care,Closed won (Care),10,EUR,2026-03-02 10:00,2026-01-01 10:00,2026-03-03 10:00,,7\n3,C,Care,Signed,10,EUR,2026-03-02 10:00,2026-01-01 10:00,2026-03-03 10:00,,7;8\n",
    );
    check(
        &text,
        Decisions::default(),
        expect![[r#"
        refused, stages_unmapped: column `Deal Stage`: nothing says what these mean, with the rows that have each: "Care / Signed" (1), "Sales / Signed" (1). Say it of each by --stage "Signed=won", or in a mapping under [report.stages]: won, lost, open
    "#]],
    );
    let stages = [("Sales / Signed".to_owned(), "won".to_owned()), ("signed".to_owned(), "open".to_owned())].into();
    check(
        &text,
        Decisions { stages, ..Decisions::default() },
        expect![[r#"
        dialect: HubSpot, English, comma, UTF-8
        rows: 3 deals: 2 won, 0 lost, 1 open, 0 deleted
        deal hubspot:1: won 2026-03-02T09:00:00Z, 10.00 EUR, lead -, account -, None
        deal hubspot:2: won 2026-03-02T09:00:00Z, 10.00 EUR, lead -, account hubspot:7, None
        deal hubspot:3: open, 10.00 EUR, lead -, account -, None
    "#]],
    );
}

#[test]
fn which_of_several_contacts_is_the_lead_is_for_a_person_to_say() {
    let deals = deals("1,A,Sales,Closed won,10,EUR,2026-03-02 10:00,2026-01-01 10:00,2026-03-03 10:00,12;11;13,\n");
    let contacts = format!(
        "{CONTACTS}11,Ann,a@mail.example,Lead,2026-01-02 10:00,Paid Search,Brand,2026-03-01 10:00\n12,Bob,b@mail.example,Lead,2026-01-03 10:00,Direct Traffic,x.example/contact,2026-03-01 10:00\n13,Cy,c@mail.example,Subscriber,2026-01-01 10:00,Email Marketing,News,2026-03-01 10:00\n"
    );
    let by = |contact: Option<DealContact>, with_contacts: bool| {
        let files = [("deals.csv", deals.as_bytes()), ("contacts.csv", contacts.as_bytes())];
        let all = told(if with_contacts { &files } else { &files[..1] }, Decisions { deal_contact: contact, ..Decisions::default() });
        all.lines()
            .filter(|line| line.starts_with("refused") || line.starts_with("deal ") || line.starts_with("lead "))
            .map(|line| format!("{line}\n"))
            .collect::<String>()
    };
    expect![[r#"
        refused, several_contacts: line 2: deal 1 has 3 contacts, and its channel is that of its lead: say which of them it is by --deal-contact first, earliest (with the contacts in the same run) or none
    "#]].assert_eq(&by(None, true));
    expect![[r#"
        refused, several_contacts: line 2: deal 1 has 3 contacts, and --deal-contact earliest needs to know when they were made: import the contacts in the same run
    "#]].assert_eq(&by(Some(DealContact::Earliest), false));
    expect![[r#"
        lead hubspot:11: 2026-01-02T09:00:00Z, paid_search / Brand, mql -, sql -
        lead hubspot:12: 2026-01-03T09:00:00Z, direct / -, mql -, sql -
        deal hubspot:1: won 2026-03-02T09:00:00Z, 10.00 EUR, lead hubspot:11, account -, None
    "#]]
    .assert_eq(&by(Some(DealContact::Earliest), true));
    assert!(by(Some(DealContact::First), false).contains("lead hubspot:12"));
    assert!(by(Some(DealContact::None), false).contains("lead -"));
}

#[test]
fn a_lead_that_stands_twice_is_one_and_leads_to_its_deal() {
    let leads = "Lead ID,First Name,Lead Source,Create Date,Opportunity ID,Campaign Name\nL1,Ann,Web,2026-01-02,O1,Fair\nL1,Ann,Web,2026-01-02,O1,Mail\n\n\n\"Grand Totals (2 records)\"\n";
    let deals = "Opportunity ID,Stage,Won,Closed,Amount,Amount Currency,Close Date,Created Date\nO1,Signed,1,1,10,EUR,2026-03-02,2026-01-05\nO2,Lost it,0,1,,EUR,2026-03-03,2026-01-05\n";
    expect![[r#"
        dialect: Salesforce, English, comma, UTF-8
        rows: 1 leads; 1 rows repeat a lead: its id counts, and a campaign that differs among them is left out
        dialect: Salesforce, English, comma, UTF-8
        rows: 2 deals: 1 won, 1 lost, 0 open, 0 deleted
        lead salesforce:L1: 2026-01-02, Web / -, mql -, sql -
        deal salesforce:O1: won 2026-03-02, 10.00 EUR, lead salesforce:L1, account -, None
        deal salesforce:O2: lost 2026-03-03, no amount, lead -, account -, None
    "#]]
    .assert_eq(&told(&[("leads.csv", leads.as_bytes()), ("deals.csv", deals.as_bytes())], Decisions::default()));
    let cut = leads.replace("(2 records)", "(3 records)");
    let said = told(&[("leads.csv", cut.as_bytes())], Decisions::default());
    assert!(said.contains("refused, does_not_reconcile: line 6: says 3 rows, but there are 2"), "{said}");
}

#[test]
fn a_win_without_a_time_is_left_out_and_a_deleted_deal_is_said_to_be() {
    check(
        "Deal - ID,Deal - Title,Deal - Value,Deal - Currency of Value,Deal - Status,Deal - Won time,Deal - Deal closed on,Deal - Update time\n1,A,5,PLN,Won,,2026-03-02 08:00:00,2026-03-02 08:00:00\n2,B,5,PLN,Won,,,2026-03-02 08:00:00\n3,C,,PLN,Deleted,,,2026-03-02 08:00:00\n4,D,5,PLN,Won,2026-12-01 10:00:00,,2026-03-02 08:00:00\n",
        Decisions::default(),
        expect![[r#"
            dialect: Pipedrive, English, comma, UTF-8
            rows: 3 deals: 2 won, 0 lost, 0 open, 1 deleted
            left out, line 3, no_date: deal 2: won, and no time at which it was
            left out, line 5, future_event: field `closed_at`: more than 24 hours ahead of its record
            deal pipedrive:1: won 2026-03-02T07:00:00Z, 5.00 PLN, lead -, account -, None
            deal pipedrive:3: deleted
        "#]],
    );
}
