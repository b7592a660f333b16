//! Query strings that nobody means: each is a query or one line of what is wrong.

use std::path::Path;

use testkit::fuzz::Fuzz;

use crate::{explain::ExplainQuery, query::Query};

/// The pairs of a query string, what is percent-encoded as bytes.
fn pairs(text: &str) -> Vec<(String, String)> {
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (name.to_owned(), value.replace("%2B", "+").replace("%00", "\0"))
    };
    text.split('&').filter(|pair| !pair.is_empty()).map(pair).collect()
}

#[test]
fn any_query_string_is_a_query_or_refused_in_one_line() {
    let seeds = [
        "as_of=2026-03-31&window=this_month&window=7d&by=channel",
        "as_of=2026-03-31T10:00:00%2B02:00&period=month&period=day&from=2026-01-01&by=channel,campaign",
        "kpi=cac&variant=blended&window=30d&channel=paid_search&limit=100",
        "as_of=9999-12-31&period=day",
    ];
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz/query");
    Fuzz { kept, cases: 50_000, seeds: seeds.map(|seed| seed.as_bytes().to_vec()).to_vec() }.hold(|input| {
        let pairs = pairs(&String::from_utf8_lossy(input));
        let errors = [Query::parse(&pairs).err(), ExplainQuery::parse(&pairs).err()];
        for error in errors.into_iter().flatten() {
            let line = error.to_string();
            assert!(!line.contains(['\n', '\r']) && line.len() < 1_000, "{line:?}");
        }
    });
}
