//! What `verify` says.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use model::Micros;
use reference::{Key, What};
use verify::{Behind, Comparison, Difference, Tally};

use crate::output::{count, counted, printable};

/// Entities listed with a difference.
const ENTITIES: usize = 5;

/// Writes what came out: one line where all is equal, else a line for each difference and its entities, and one for all.
pub fn write(out: &mut impl Write, comparison: &Comparison, records: BTreeMap<&'static str, u64>) -> io::Result<()> {
    for difference in &comparison.differences {
        of_difference(out, difference)?;
    }
    let of_topics: Vec<String> = records.iter().map(|(topic, n)| format!("{topic} {}", count(*n))).collect();
    let read = format!("{} read anew ({})", counted(records.values().sum::<u64>(), "record"), of_topics.join(", "));
    let (compared, unproven) = (tally(comparison.compared), tally(comparison.unproven));
    let differing = comparison.differences.len() + comparison.more;
    match (differing, comparison.unproven) {
        (0, Tally { cells: 0, counts: 0 }) => writeln!(out, "equal: {read}, {compared}"),
        (0, Tally { cells: 0, .. }) => writeln!(out, "equal: {read}, {compared}; not compared, since the oldest records are gone: {unproven}"),
        (0, _) => writeln!(out, "not proven: {read}, {compared} are equal; not compared, since the oldest records are gone: {unproven}"),
        (differing, _) => {
            let more = if comparison.more > 0 { format!(", of which {} are not listed", count(comparison.more as u64)) } else { String::new() };
            let gone = if comparison.unproven == Tally::default() { String::new() } else { format!("; not compared: {unproven}") };
            writeln!(out, "different: {}{more}; {read}, {compared}{gone}", counted(differing as u64, "number"))
        }
    }
}

fn of_difference(out: &mut impl Write, difference: &Difference) -> io::Result<()> {
    let Difference { key, instance, reference, entities } = difference;
    let (has, should) = (amount(key, instance.n), amount(key, reference.n));
    // The same number of other visitors is a difference too.
    let others = if instance.n == reference.n { ", but others" } else { "" };
    writeln!(out, "{}: instance {has}, reference {should}{others}", printable(&key.to_string()))?;
    for Behind { entity, instance, reference, ambiguous } in entities.iter().take(ENTITIES) {
        let (has, should) = (amount(key, *instance), amount(key, *reference));
        let why = if *ambiguous { "; it has two messages of one revision, time and event id that say different things" } else { "" };
        writeln!(out, "    {}: instance {has}, reference {should}{why}", printable(entity))?;
    }
    if entities.len() > ENTITIES {
        writeln!(out, "    and {} more", count((entities.len() - ENTITIES) as u64))?;
    }
    Ok(())
}

fn amount(key: &Key, n: i128) -> String {
    match &key.what {
        What::Cell { measure, .. } if measure.is_money() => Micros(n).to_string(),
        _ => n.to_string(),
    }
}

fn tally(Tally { cells, counts }: Tally) -> String {
    format!("{}, {}", counted(cells as u64, "cell"), counted(counts as u64, "count"))
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use reference::{Dimensions, Measure, Pane, Part, cells::Who};
    use verify::Amount;

    use super::*;

    fn check(comparison: &Comparison, want: Expect) {
        let mut out = Vec::new();
        write(&mut out, comparison, BTreeMap::from([("deal-closed", 1200), ("web-visit", 3)])).unwrap();
        want.assert_eq(&String::from_utf8(out).unwrap());
    }

    fn won_value() -> Difference {
        let at = Dimensions { channel: "email".to_owned(), campaign: "sp\u{1b}ring".to_owned(), segment: "(none)".to_owned() };
        let what = What::Cell { pane: Pane::Day(20_513), at, measure: Measure::of("won_value", "EUR") };
        let behind = |n| Behind { entity: format!("deal crm/D-{n}"), instance: 0, reference: 100_000_000, ambiguous: n == 1 };
        let amount = |n| Amount { n, of: 0 };
        Difference {
            key: Key { part: Part::Book, what },
            instance: amount(5_000_000),
            reference: amount(705_000_000),
            entities: (1..8).map(behind).collect(),
        }
    }

    #[test]
    fn what_is_said() {
        let compared = Tally { cells: 8901, counts: 40 };
        check(
            &Comparison { compared, ..Comparison::default() },
            expect![[r#"
                equal: 1,203 records read anew (deal-closed 1,200, web-visit 3), 8,901 cells, 40 counts
            "#]],
        );
        let unproven = Tally { cells: 0, counts: 2 };
        check(
            &Comparison { compared, unproven, ..Comparison::default() },
            expect![[r#"
                equal: 1,203 records read anew (deal-closed 1,200, web-visit 3), 8,901 cells, 40 counts; not compared, since the oldest records are gone: 0 cells, 2 counts
            "#]],
        );
        let unproven = Tally { cells: 7, counts: 2 };
        check(
            &Comparison { compared, unproven, ..Comparison::default() },
            expect![[r#"
                not proven: 1,203 records read anew (deal-closed 1,200, web-visit 3), 8,901 cells, 40 counts are equal; not compared, since the oldest records are gone: 7 cells, 2 counts
            "#]],
        );
        let visitors = Difference {
            key: Key { part: Part::Partitions("web-visit"), what: What::Visitors { day: 20_513, channel: "email".to_owned(), who: Who::All } },
            instance: Amount { n: 3, of: 1 },
            reference: Amount { n: 3, of: 2 },
            entities: Vec::new(),
        };
        check(
            &Comparison { compared, unproven, differences: vec![won_value(), visitors], more: 12 },
            expect![[r#"
                book: won_value EUR on 2026-03-01, email / sp�ring / (none): instance 5.00, reference 705.00
                    deal crm/D-1: instance 0.00, reference 100.00; it has two messages of one revision, time and event id that say different things
                    deal crm/D-2: instance 0.00, reference 100.00
                    deal crm/D-3: instance 0.00, reference 100.00
                    deal crm/D-4: instance 0.00, reference 100.00
                    deal crm/D-5: instance 0.00, reference 100.00
                    and 2 more
                web-visit: visitors on 2026-03-01, email: instance 3, reference 3, but others
                different: 14 numbers, of which 12 are not listed; 1,203 records read anew (deal-closed 1,200, web-visit 3), 8,901 cells, 40 counts; not compared: 7 cells, 2 counts
            "#]],
        );
    }
}
