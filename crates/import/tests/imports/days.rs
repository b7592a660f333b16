//! Which day a row is of, and what is no day.

use expect_test::expect;
use import::{Decisions, dates::Order};

use super::{check, check_of, spend::google};

#[test]
fn weeks_and_periods_are_no_days() {
    for (text, expected) in [
        (
            "Week,Campaign,Currency code,Cost,Clicks\n2026-03-02,A,EUR,1.50,1\n",
            expect![[r#"
            refused, not_by_day: line 1, column `Week`: the rows are weeks, not days: a day's spend is wanted; export it with Segment > Time > Day
        "#]],
        ),
        (
            "Reporting starts,Reporting ends,Campaign name,Amount spent (EUR),Impressions\n2026-03-01,2026-03-31,A,1.50,1\n",
            expect![[r#"
            refused, not_by_day: line 2, column `Reporting starts`: the row covers 2026-03-01 to 2026-03-31: a day's spend is wanted; export it with Breakdown > By time > Day
        "#]],
        ),
        (
            "Reporting starts,Reporting ends,Campaign name,Amount spent (EUR),Impressions\n2026-03-01,2026-03-02,,3.50,3\n2026-03-01,2026-03-01,A,1.50,1\n2026-03-02,2026-03-02,A,2.00,2\n",
            expect![[r#"
                dialect: Meta Ads Manager, English, comma, UTF-8
                currency: EUR: column `Amount spent (EUR)`
                numbers: 1,234.56: `3.50` in line 2, column `Amount spent (EUR)`
                grain: campaigns by day (column `Reporting starts`), 2026-03-01 to 2026-03-02
                account: default: the file names none; give --account NAME where you have several
                total: the rows add up to `the row without a name` in line 2: 3.50 EUR
                rows: 2 of spend
                spend 2026-03-01 meta default A (-): 1.50 EUR, 1 shown, 0 clicked
                spend 2026-03-02 meta default A (-): 2.00 EUR, 2 shown, 0 clicked
            "#]],
        ),
        (
            "Report Aggregation: Weekly\nGregorian date,Account number,Campaign name,Currency code,Spend\n3/16/2026,F1,A,EUR,1.50\n",
            expect![[r#"
            refused, not_by_day: line 1: the rows are not days: `weekly`: a day's spend is wanted; export it with the unit of time Day
        "#]],
        ),
    ] {
        check(text, Decisions::default(), expected);
    }
}

#[test]
fn the_order_of_days_and_months_is_decided_by_the_file_or_by_a_person() {
    let of = |days: [&str; 2]| google(&format!("{},A,1,EUR,1.50,1\n{},A,1,EUR,2.00,2\n", days[0], days[1]));
    check_of(
        &["dates", "grain"],
        &of(["03/04/2026", "13/04/2026"]),
        Decisions::default(),
        expect![[r#"
            dates: day first: `13/04/2026` in line 3, column `Day`
            grain: campaigns by day (column `Day`), 2026-04-03 to 2026-04-13
        "#]],
    );
    check_of(
        &["dates", "grain"],
        &of(["03/04/2026", "04/04/2026"]),
        Decisions::default(),
        expect![[r#"
        refused, ambiguous_dates: line 2, column `Day`: `03/04/2026` is 2026-04-03 or 2026-03-04, and nothing in the file decides: give --date-order dmy (day first) or --date-order mdy (month first)
    "#]],
    );
    check_of(
        &["dates", "grain"],
        &of(["03/04/2026", "04/04/2026"]),
        Decisions { order: Some(Order::MonthFirst), ..Decisions::default() },
        expect![[r#"
            dates: month first: --date-order
            grain: campaigns by day (column `Day`), 2026-03-04 to 2026-04-04
        "#]],
    );
    check_of(
        &["dates", "grain"],
        &of(["13/04/2026", "04/13/2026"]),
        Decisions::default(),
        expect![[r#"
        refused, mixed_dates: line 2, column `Day`: `13/04/2026` is day first, but `04/13/2026` in line 3 is month first: a spreadsheet has read some of the dates; export again and import the file as downloaded, or give --date-order dmy or mdy, and rows that do not fit are left out
    "#]],
    );
    check_of(
        &["dates", "grain"],
        &of(["2026-03-04", "13/04/2026"]),
        Decisions::default(),
        expect![[r#"
        refused, mixed_dates: line 3, column `Day`: `13/04/2026` stands among dates with the year first, none of which has a day above 12: a spreadsheet has read those, perhaps with day and month the wrong way round; export again and import the file as downloaded, or give --date-order dmy or mdy to take them as they stand
    "#]],
    );
    check_of(
        &["dates", "grain"],
        &format!("\"April 3, 2026 - April 9, 2026\"\n{}", of(["03/04/2026", "04/04/2026"])),
        Decisions::default(),
        expect![[r#"
            dates: day first: the report covers 2026-04-03 to 2026-04-09
            grain: campaigns by day (column `Day`), 2026-04-03 to 2026-04-04
        "#]],
    );
}
