//! Rows of spend: days, totals, what tells rows apart, and what is refused.

use expect_test::expect;
use import::{Decimal, Decisions};

use super::{check, check_of};

const HEADER: &str = "Day,Campaign,Campaign ID,Currency code,Cost,Clicks\n";

pub(super) fn google(rows: &str) -> String {
    format!("{HEADER}{rows}")
}

#[test]
fn a_campaign_may_be_called_like_a_total() {
    check(
        &google("2026-03-01,Total,1,EUR,1.50,1\n2026-03-02,Gesamt: A,2,EUR,2.00,2\nTotal: Account, --, --,EUR,3.50,3\n"),
        Decisions::default(),
        expect![[r#"
            dialect: Google Ads, English, comma, UTF-8
            currency: EUR: column `Currency code`
            numbers: 1,234.56: `1.50` in line 2, column `Cost`
            grain: campaigns by day (column `Day`), 2026-03-01 to 2026-03-02
            account: default: the file names none; give --account NAME where you have several
            total: the rows add up to `Total: Account` in line 4: 3.50 EUR
            rows: 2 of spend
            spend 2026-03-01 google_ads default Total (1): 1.50 EUR, 0 shown, 1 clicked
            spend 2026-03-02 google_ads default Gesamt: A (2): 2.00 EUR, 0 shown, 2 clicked
        "#]],
    );
}

#[test]
fn rows_that_miss_their_total_are_refused_with_the_difference() {
    let text = google("2026-03-01,A,1,EUR,1.50,1\nTotal: Account,,,EUR,3.50,3\n");
    check(
        &text,
        Decisions::default(),
        expect![[r#"
        refused, does_not_reconcile: line 3: `Total: Account` says 3.50, the rows of `Cost` add up to 1.50, a difference of 2.00: the file may have been cut short or changed; export it again, or give --unreconciled to go on without what is missing
    "#]],
    );
    check(
        &text,
        Decisions { unreconciled: true, ..Decisions::default() },
        expect![[r#"
        dialect: Google Ads, English, comma, UTF-8
        currency: EUR: column `Currency code`
        numbers: 1,234.56: `1.50` in line 2, column `Cost`
        grain: campaigns by day (column `Day`), 2026-03-01 to 2026-03-01
        account: default: the file names none; give --account NAME where you have several
        total: `Total: Account` says 3.50, the rows of `Cost` add up to 1.50, a difference of 2.00; taken as it is by --unreconciled
        rows: 1 of spend
        spend 2026-03-01 google_ads default A (1): 1.50 EUR, 0 shown, 1 clicked
    "#]],
    );
}

#[test]
fn a_file_that_ends_inside_a_row_is_refused() {
    check(
        &google("2026-03-01,A,1,EUR,1.50,1\n2026-03-02,A,1,EU"),
        Decisions::default(),
        expect![[r#"
        refused, does_not_reconcile: line 3: the file ends inside its last row (4 cells where the header has 6): export it again, or give --unreconciled to go on without it
    "#]],
    );
}

#[test]
fn a_column_that_parts_rows_is_kept_or_added_up_over() {
    let text = "Day,Campaign,Device,Currency code,Cost,Clicks\n2026-03-01,A,Computers,EUR,1.50,1\n2026-03-01,A,Tablets,EUR,2.00,2\n";
    check(
        text,
        Decisions::default(),
        expect![[r#"
        refused, segment_column: line 1, column `Device`: `Device` cuts the rows of a campaign's day in parts: give --breakdown "Device" to keep it, or --sum-over "Device" to add the rows up over it, and the same whenever this report is imported
    "#]],
    );
    check(
        text,
        Decisions { breakdown: vec!["device".into()], ..Decisions::default() },
        expect![[r#"
        dialect: Google Ads, English, comma, UTF-8
        currency: EUR: column `Currency code`
        numbers: 1,234.56: `1.50` in line 2, column `Cost`
        grain: campaigns by day (column `Day`), 2026-03-01 to 2026-03-01, broken down by device
        account: default: the file names none; give --account NAME where you have several
        total: the file has no total to hold the rows against
        rows: 2 of spend
        spend 2026-03-01 google_ads default A (-) [device=Computers]: 1.50 EUR, 0 shown, 1 clicked
        spend 2026-03-01 google_ads default A (-) [device=Tablets]: 2.00 EUR, 0 shown, 2 clicked
    "#]],
    );
    check(
        text,
        Decisions { sum_over: vec!["Device".into()], ..Decisions::default() },
        expect![[r#"
        dialect: Google Ads, English, comma, UTF-8
        currency: EUR: column `Currency code`
        numbers: 1,234.56: `1.50` in line 2, column `Cost`
        grain: campaigns by day (column `Day`), 2026-03-01 to 2026-03-01
        account: default: the file names none; give --account NAME where you have several
        total: the file has no total to hold the rows against
        rows: 1 of spend
        spend 2026-03-01 google_ads default A (-): 3.50 EUR, 0 shown, 3 clicked
    "#]],
    );
    check(
        text,
        Decisions { sum_over: vec!["Devise".into()], sum: true, ..Decisions::default() },
        expect![[r#"
        dialect: Google Ads, English, comma, UTF-8
        currency: EUR: column `Currency code`
        numbers: 1,234.56: `1.50` in line 2, column `Cost`
        grain: campaigns by day (column `Day`), 2026-03-01 to 2026-03-01
        account: default: the file names none; give --account NAME where you have several
        total: the file has no total to hold the rows against
        rows: 1 of spend
        refused, no_such_column: no file has a column `Devise`: give it as the header has it
    "#]],
    );
}

#[test]
fn a_column_that_no_mapping_knows_may_part_rows_too() {
    check(
        "Day,Campaign,Ad slot,Currency code,Cost\n2026-03-01,A,top,EUR,1.50\n2026-03-01,A,side,EUR,2.00\n",
        Decisions::default(),
        expect![[r#"
        refused, segment_column: line 1, column `Ad slot`: `Ad slot` cuts the rows of a campaign's day in parts: give --breakdown "Ad slot" to keep it, or --sum-over "Ad slot" to add the rows up over it, and the same whenever this report is imported
    "#]],
    );
}

#[test]
fn rows_that_nothing_tells_apart_are_added_up_where_the_total_shows_that_they_are_parts() {
    let rows = "2026-03-01,A,,EUR,1.50,1\n2026-03-01,A,,EUR,2.00,2\n";
    check(
        &google(rows),
        Decisions::default(),
        expect![[r#"
        refused, rows_not_told_apart: line 2: rows that nothing tells apart (lines 2, 3, ...) would replace each other: export with a column that does (the campaign's id), or give --sum to add them up
    "#]],
    );
    check(
        &google(rows),
        Decisions { sum: true, ..Decisions::default() },
        expect![[r#"
        dialect: Google Ads, English, comma, UTF-8
        currency: EUR: column `Currency code`
        numbers: 1,234.56: `1.50` in line 2, column `Cost`
        grain: campaigns by day (column `Day`), 2026-03-01 to 2026-03-01
        account: default: the file names none; give --account NAME where you have several
        total: the file has no total to hold the rows against
        rows: 1 of spend
        spend 2026-03-01 google_ads default A (-): 3.50 EUR, 0 shown, 3 clicked
    "#]],
    );
    check(
        &google(&format!("{rows}Total,,,EUR,3.50,3\n")),
        Decisions::default(),
        expect![[r#"
        dialect: Google Ads, English, comma, UTF-8
        currency: EUR: column `Currency code`
        numbers: 1,234.56: `1.50` in line 2, column `Cost`
        grain: campaigns by day (column `Day`), 2026-03-01 to 2026-03-01
        account: default: the file names none; give --account NAME where you have several
        total: the rows add up to `Total` in line 4: 3.50 EUR
        total: rows that nothing tells apart (lines 2, 3, ...) are added up: the total shows that they are parts
        rows: 1 of spend
        spend 2026-03-01 google_ads default A (-): 3.50 EUR, 0 shown, 3 clicked
    "#]],
    );
}

#[test]
fn the_decimal_sign_is_decided_by_the_file_or_by_a_person() {
    let of = |cost: &str, clicks: &str| format!("Tag;Kampagne;Währungscode;Kosten;Klicks\n2026-03-01;A;EUR;{cost};{clicks}\n");
    check_of(
        &["numbers", "spend"],
        &of("1.234", "5"),
        Decisions::default(),
        expect![[r#"
        refused, ambiguous_numbers: line 2, column `Kosten`: `1.234` is 1.234 or 1234.00, and nothing in the file decides: give --decimal point or --decimal comma
    "#]],
    );
    check_of(
        &["numbers", "spend"],
        &of("1.234", "5"),
        Decisions { decimal: Some(Decimal::Comma), ..Decisions::default() },
        expect![[r#"
            numbers: 1.234,56: --decimal
            spend 2026-03-01 google_ads default A (-): 1234.00 EUR, 0 shown, 5 clicked
        "#]],
    );
    check_of(
        &["numbers", "spend"],
        &of("1.234", "5.678"),
        Decisions::default(),
        expect![[r#"
            numbers: 1.234,56: `5.678` in line 2, column `Klicks`
            spend 2026-03-01 google_ads default A (-): 1234.00 EUR, 0 shown, 5678 clicked
        "#]],
    );
    check_of(
        &["numbers", "spend"],
        &of("1.234", "5").replace("EUR", "JPY"),
        Decisions::default(),
        expect![[r#"
            numbers: 1.234,56: JPY has no decimals
            spend 2026-03-01 google_ads default A (-): 1234.00 JPY, 0 shown, 5 clicked
        "#]],
    );
    check_of(
        &["numbers", "spend"],
        &of("1.5", "5").replace("\n2026", "\n2026-03-02;A;EUR;2,5;5\n2026"),
        Decisions::default(),
        expect![[r#"
        refused, mixed_numbers: line 3, column `Kosten`: `1.5` has a decimal point, but `2,5` in line 2, column `Kosten` has a decimal comma: give --decimal point or --decimal comma, and rows that do not fit are left out
    "#]],
    );
}

#[test]
fn the_currency_is_named_by_the_file_or_by_a_person() {
    let of = |cost: &str| format!("Day,Campaign,{cost},Clicks\n2026-03-01,A,1.50,1\n");
    check_of(
        &["currency", "spend"],
        &of("Cost"),
        Decisions::default(),
        expect![[r#"
        refused, missing_currency: line 2, column `Cost`: nothing says of which currency `Cost` is: give the account's by --currency CODE, or export with the currency's column
    "#]],
    );
    check_of(
        &["currency", "spend"],
        &of("Cost"),
        Decisions { currency: "SEK".parse().ok(), ..Decisions::default() },
        expect![[r#"
            currency: SEK: --currency
            spend 2026-03-01 google_ads default A (-): 1.50 SEK, 0 shown, 1 clicked
        "#]],
    );
    check_of(
        &["currency", "spend"],
        &of("Cost (US$)"),
        Decisions::default(),
        expect![[r#"
            currency: USD: column `Cost (US$)`
            spend 2026-03-01 google_ads default A (-): 1.50 USD, 0 shown, 1 clicked
        "#]],
    );
    check_of(
        &["currency", "spend"],
        &of("Cost").replace("1.50", "£1.50"),
        Decisions::default(),
        expect![[r#"
            currency: GBP: beside the amounts
            spend 2026-03-01 google_ads default A (-): 1.50 GBP, 0 shown, 1 clicked
        "#]],
    );
    check_of(
        &["currency", "spend"],
        &of("Cost").replace("1.50", "$1.50"),
        Decisions::default(),
        expect![[r#"
        refused, missing_currency: line 2, column `Cost`: nothing says of which currency `Cost` is: give the account's by --currency CODE, or export with the currency's column
    "#]],
    );
}

#[test]
fn ids_that_a_spreadsheet_has_cut_are_refused() {
    for id in ["1.20253E+17", "1,20253E+17", "120253000000000000"] {
        let text = google(&format!("2026-03-01,A,\"{id}\",EUR,1.50,1\n2026-03-02,B,\"120254000000000000\",EUR,1.50,1\n"));
        let refused = super::told(&[("a.csv", text.as_bytes())], Decisions::default());
        assert!(refused.starts_with("refused, mangled_ids: line 2, column `Campaign ID`: "), "{refused}");
    }
}

#[test]
fn what_is_no_row_of_spend_is_left_out_by_name() {
    check(
        &google("2026-03-01,A,1,EUR,1.50,1\n2026-03-02,A,1,XYZ,1,1\n2026-03-03,A,1,EUR,many,1\nsoon,A,1,EUR,1,1\n2026-03-04,A,1,EUR,2,1\n"),
        Decisions::default(),
        expect![[r#"
            dialect: Google Ads, English, comma, UTF-8
            currency: EUR: column `Currency code`
            numbers: 1,234.56: `1.50` in line 2, column `Cost`
            grain: campaigns by day (column `Day`), 2026-03-01 to 2026-03-04
            account: default: the file names none; give --account NAME where you have several
            total: the file has no total to hold the rows against
            rows: 2 of spend
            left out, line 3, bad_currency: column `Currency code`: no currency's code
            left out, line 4, bad_number: column `Cost`: not a number such as 1,234.56
            left out, line 5, bad_date: column `Day`: no date, and no total
            spend 2026-03-01 google_ads default A (1): 1.50 EUR, 0 shown, 1 clicked
            spend 2026-03-04 google_ads default A (1): 2.00 EUR, 0 shown, 1 clicked
        "#]],
    );
}
