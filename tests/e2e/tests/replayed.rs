//! Of a batch that is replayed only what was refused is published again, so that nothing counts twice, however late that is.

use e2e::replayed::differences;

#[test]
fn every_event_of_a_replayed_batch_counts_once() {
    (0..300).for_each(|seed| assert_eq!(differences(seed), Vec::<String>::new(), "seed {seed}"));
}
