//! Several files in a run: the later pull counts.

use expect_test::expect;
use import::Decisions;

use super::told;

fn pull(made: &str, rows: &str) -> String {
    format!(
        "Campaign Performance Report (in UTC)\n\"Report Start: March 2, 2026, 12:00 AM\"\n\"Report End: March 3, 2026, 11:59 PM\"\n\"Date Generated: {made}, 8:05 AM\"\nStart Date (in UTC),Account Name,Currency,Campaign ID,Campaign Name,Total Spent,Impressions\n{rows}"
    )
}

#[test]
fn a_later_pull_replaces_an_earlier_one_and_what_it_has_no_more_is_deleted() {
    let first = pull("March 9, 2026", "3/2/2026,N,EUR,1,A,1.50,1\n3/3/2026,N,EUR,1,A,2.00,2\n3/3/2026,N,EUR,2,B,4.00,4\n");
    let later = pull("March 16, 2026", "3/2/2026,N,EUR,1,A (EU),1.25,1\n3/3/2026,N,EUR,1,A (EU),2.00,2\n");
    let both = [("first.csv", first.as_bytes()), ("later.csv", later.as_bytes())];
    let said = |files: &[(&str, &[u8])]| {
        let all = told(files, Decisions::default());
        let mut lines: Vec<&str> = all.lines().filter(|line| !line.contains(": ") || line.starts_with("spend") || line.contains(".csv")).collect();
        lines.sort_unstable();
        lines.join("\n")
    };
    expect![[r#"
        later.csv: 1 rows of an earlier pull are no longer in it: deleted
        spend 2026-03-02 linkedin N A (1): 1.50 EUR, 1 shown, 0 clicked
        spend 2026-03-02 linkedin N A (EU) (1): 1.25 EUR, 1 shown, 0 clicked
        spend 2026-03-03 linkedin N A (1): 2.00 EUR, 2 shown, 0 clicked
        spend 2026-03-03 linkedin N A (EU) (1): 2.00 EUR, 2 shown, 0 clicked
        spend 2026-03-03 linkedin N B (2): 4.00 EUR, 4 shown, 0 clicked
        spend 2026-03-03 linkedin N B (2): deleted"#]]
    .assert_eq(&said(&both));
    assert_eq!(said(&both), said(&[both[1], both[0]]), "whatever their order");
}

#[test]
fn the_same_file_again_changes_nothing() {
    let text = pull("March 9, 2026", "3/2/2026,N,EUR,1,A,1.50,1\n3/3/2026,N,EUR,1,A,1.50,1\n");
    expect![[r#"
        dialect: LinkedIn, English, comma, UTF-8
        currency: EUR: column `Currency`
        dates: month first: the report covers 2026-03-02 to 2026-03-03
        numbers: 1,234.56: `1.50` in line 6, column `Total Spent`
        grain: campaigns by day (column `Start Date (in UTC)`), 2026-03-02 to 2026-03-03
        account: N: column `Account Name`
        total: the file has no total to hold the rows against
        rows: 2 of spend
        pulled: 2026-03-09T08:05:00Z: line 4
        rows: the same file as a.csv: nothing new
        spend 2026-03-02 linkedin N A (1): 1.50 EUR, 1 shown, 0 clicked
        spend 2026-03-03 linkedin N A (1): 1.50 EUR, 1 shown, 0 clicked
    "#]]
    .assert_eq(&told(&[("a.csv", text.as_bytes()), ("b.csv", text.as_bytes())], Decisions::default()));
}

#[test]
fn two_files_of_one_time_that_differ_are_refused() {
    let of = |cost: &str| pull("March 9, 2026", &format!("3/2/2026,N,EUR,1,A,{cost},1\n3/3/2026,N,EUR,1,A,1.50,1\n"));
    let (one, other) = (of("1.50"), of("2.50"));
    let said = told(&[("a.csv", one.as_bytes()), ("b.csv", other.as_bytes())], Decisions::default());
    assert!(said.contains("refused, same_pull: line 6: says something else"), "{said}");
}

#[test]
fn no_event_differs_by_the_time_of_its_import() {
    let text = pull("March 9, 2026", "3/2/2026,N,EUR,1,A,1.50,1\n3/3/2026,N,EUR,1,A,1.50,1\n");
    let events = |now| {
        let mut run = import::Run::new(import::mapping::built_in().unwrap(), Decisions::default(), model::Zone::utc(), now);
        run.file("a.csv", text.as_bytes(), Some(now)).unwrap();
        run.finish().unwrap().events.into_iter().map(|imported| imported.event).collect::<Vec<_>>()
    };
    assert_eq!(events(super::NOW), events(super::NOW.plus(86_400_000)));
}
