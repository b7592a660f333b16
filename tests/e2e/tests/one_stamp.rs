//! Of messages of one key, revision, time and event id the same one counts, whatever their order; and those that contradict are counted.

use e2e::one_stamp::{folded, pairs, permuted, spend, with};

#[test]
fn of_two_messages_that_differ_in_one_field_the_same_one_counts_in_either_order() {
    assert_eq!(pairs(), Ok(()));
}

/// KPI R1, R2
#[test]
fn every_permutation_of_messages_of_one_stamp_ends_in_one_state() {
    (0..500).for_each(|seed| assert_eq!(permuted(seed), Ok(()), "seed {seed}"));
}

/// KPI R6: each pair that differs under one revision is counted, and nothing that is the same event again.
#[test]
fn what_gives_one_revision_and_says_something_else_is_counted() {
    let row: &str = &spend();
    let finer: &str = &with(&with(row, "event_id", "f".into()), "amount", "7".into());
    let later: &str = &with(finer, "revision", 1_800_000_000_000_i64.into());
    let of_another_source: &str = &with(row, "source", "b".into());
    for (lines, conflicts) in [
        (&[row, row][..], 0),
        (&[row, of_another_source], 0),
        (&[row, finer], 1),
        (&[finer, row], 1),
        (&[row, finer, finer], 1),
        (&[row, later], 0),
        (&[later, row, finer], 0),
    ] {
        assert_eq!(folded(lines.iter().copied()).counts().conflicting, conflicts, "{lines:#?}");
    }
}
