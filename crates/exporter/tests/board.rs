//! What the live board says of the KPIs, in a language of its own, is what the table of KPIs says.

use std::collections::BTreeSet;

use kpis::{Kpi, Unit};

const CATALOG: &str = include_str!("../../../web/src/catalog.ts");

/// The words in quotes from where a list begins up to the end of its statement.
fn words(list: &str) -> BTreeSet<&'static str> {
    let (_, from) = CATALOG.split_once(list).unwrap_or_else(|| panic!("no {list}"));
    let statement = from.split(';').next().unwrap_or_default();
    statement.lines().flat_map(|line| line.split('"').skip(1).step_by(2)).collect()
}

/// The units' line of the table.
fn of_unit(unit: &str) -> BTreeSet<&'static str> {
    let (_, units) = CATALOG.split_once("const UNITS").unwrap_or_else(|| panic!("no units"));
    let line = units
        .lines()
        .find(|line| line.trim_start().strip_prefix(unit).is_some_and(|rest| rest.starts_with(':')))
        .unwrap_or_else(|| panic!("no {unit}"));
    line.split('"').skip(1).step_by(2).collect()
}

fn of_table(is_one: impl Fn(Kpi) -> bool) -> BTreeSet<&'static str> {
    Kpi::ALL.iter().copied().filter(|kpi| is_one(*kpi)).map(Kpi::name).collect()
}

#[test]
fn units_are_those_of_the_table() {
    assert_eq!(of_unit("money"), of_table(|kpi| kpi.unit() == Unit::Money));
    assert_eq!(of_unit("time"), of_table(|kpi| kpi.unit() == Unit::Seconds));
    assert_eq!(&of_unit("share") | &of_unit("times"), of_table(|kpi| kpi.unit() == Unit::Ratio));
}

#[test]
fn the_better_way_is_that_of_the_table() {
    let says = |better: &str| of_table(|kpi| kpi.definition().better.name() == better);
    assert_eq!(words("const LOWER_IS_BETTER ="), says("down"));
    assert_eq!(words("const NEITHER_IS_BETTER ="), says("near"));
}

#[test]
fn what_adds_up_is_what_the_table_says() {
    assert_eq!(words("const ADDITIVE ="), of_table(|kpi| kpi.definition().daily_sum().is_some()));
}
