//! `check` of events: it names what is read all the same and probably means something else, and no personal data in it.
#![allow(clippy::unwrap_used, reason = "helpers of tests, which clippy takes for production code")]

use std::{fs, path::PathBuf, process::Command};

use expect_test::{Expect, expect};

/// A folder of its own that goes with the test.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What `check` says of some lines, behind its exit code.
fn check(name: &str, lines: &[String], said: &Expect) {
    let folder = Folder(std::env::temp_dir().join(format!("kpistream-check-{}-{name}", std::process::id())));
    fs::create_dir_all(&folder.0).unwrap();
    fs::write(folder.0.join("e.ndjson"), lines.join("\n")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_kpistream"));
    let output = command.env_clear().args(["check", "--input", "e.ndjson"]).current_dir(&folder.0).output().unwrap();
    said.assert_eq(&format!("{}\n{}", output.status.code().unwrap(), String::from_utf8_lossy(&output.stdout)));
}

fn lead(id: &str, more: &str) -> String {
    format!(
        r#"{{"type":"lead-created","event_id":"e-{id}","source":"crm","occurred_at":"2026-03-02T10:00:00Z","lead_id":"{id}","created_at":"2026-03-02"{more}}}"#
    )
}

fn spend(event_id: &str, more: &str) -> String {
    format!(
        r#"{{"type":"ad-spend","event_id":"{event_id}","source":"ads","occurred_at":"2026-03-06T06:00:00Z","platform":"Meta","account":"a1","spend_date":"2026-03-05","campaign_id":"c","amount":"5","currency":"EUR"{more}}}"#
    )
}

#[test]
fn rows_that_are_finer_than_their_key_are_named() {
    let lines = [
        spend("1", r#","ad_group":"DE""#),
        spend("2", ""),
        spend("3", r#","amount":"7""#),
        spend("4", r#","amount":"7","breakdown":"device=mobile""#),
        spend("5", r#","amount":"8","breakdown":"device=mobile""#),
        spend("5", r#","amount":"8","breakdown":"device=mobile""#),
    ];
    check(
        "finer",
        &lines,
        &expect![[r#"
            0
            6 events, none refused
            e.ndjson:3: warning: ad-spend meta / a1 / media / id c / - / - / - / 2026-03-05: gives the revision of an earlier line and says something else, so one of them is lost; where rows are finer than this key, tell them apart by ad_group, ad or breakdown, else give each change a higher revision
            e.ndjson:5: warning: ad-spend meta / a1 / media / id c / - / - / device=mobile / 2026-03-05: gives the revision of an earlier line and says something else, so one of them is lost; where rows are finer than this key, tell them apart by ad_group, ad or breakdown, else give each change a higher revision
        "#]],
    );
}

#[test]
fn states_of_one_revision_are_named_without_addresses() {
    let lines = [lead("L1", ""), lead("L1", r#","channel":"ppc""#), lead("jo@example.com", ""), lead("jo@example.com", r#","segment":"smb""#)];
    check(
        "states",
        &lines,
        &expect![[r#"
            0
            4 events, none refused
            e.ndjson:2: warning: lead-created L1: gives the revision of an earlier line and says something else, so one of them is lost; give each change a higher revision
            e.ndjson:4: warning: lead-created (its lead_id may be an address): gives the revision of an earlier line and says something else, so one of them is lost; give each change a higher revision
        "#]],
    );
}

#[test]
fn ids_that_say_nothing_and_revisions_of_another_unit_are_named() {
    let lines = [
        lead("L1", r#","account_id":"undefined","revision":1772445600"#),
        lead("L2", r#","account_id":"undefined","visitor_id":"NULL","revision":1772445601"#),
        lead("L3", r#","account_id":"Undefined Ltd","revision":1772445600000"#),
        lead("L4", r#","revision":7"#),
        spend("1", r#","ad_id":"None","revision":1772445600000000"#),
    ];
    check(
        "nothing",
        &lines,
        &expect![[r#"
            0
            5 events, none refused
            e.ndjson:5: warning: field `ad_id` says `none`, which is taken for an id, one for all that say so; leave it out where there is none
            e.ndjson:1: warning: field `account_id` says `undefined`, which is taken for an id, one for all that say so; leave it out where there is none (the first of 2 such lead-created)
            e.ndjson:2: warning: field `visitor_id` says `null`, which is taken for an id, one for all that say so; leave it out where there is none
            e.ndjson:5: warning: field `revision` looks like microseconds, but stands for occurred_at in milliseconds where it is absent; give milliseconds
            e.ndjson:1: warning: field `revision` looks like seconds, but stands for occurred_at in milliseconds where it is absent; give milliseconds (the first of 2 such lead-created)
        "#]],
    );
}

#[test]
fn times_of_another_unit_are_refused_and_named() {
    let lines = [lead("L1", r#","mql_at":1772445600"#), lead("L2", r#","mql_at":"1772445600000000""#), lead("L3", "")];
    check(
        "units",
        &lines,
        &expect![[r#"
            1
            e.ndjson:1: bad_time: field `mql_at`: looks like seconds: give milliseconds since 1970
            e.ndjson:2: bad_time: field `mql_at`: looks like microseconds: give milliseconds since 1970
            2 of 3 lines; 2 rejected lines: bad_time 2
        "#]],
    );
}
