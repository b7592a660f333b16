//! Places in a batch as a header has them: `2,5-7`.

/// The text of places that rise.
pub fn text(places: &[u32]) -> String {
    let runs = places.chunk_by(|a, b| a + 1 == *b);
    let run = |run: &[u32]| match run {
        [first, .., last] => format!("{first}-{last}"),
        of_one => of_one.iter().map(u32::to_string).collect(),
    };
    runs.map(run).collect::<Vec<_>>().join(",")
}

/// The places of a text: none where it is no such text, or they do not rise. It is of a topic that others may write, so it is no longer than
/// the longest batch.
pub fn parse(text: &str) -> Option<Vec<u32>> {
    let mut places: Vec<u32> = Vec::new();
    for run in text.split(',') {
        let (first, last) = run.split_once('-').unwrap_or((run, run));
        let (first, last): (u32, u32) = (first.parse().ok()?, last.parse().ok()?);
        if first <= places.last().copied().unwrap_or(0) || last < first || usize::try_from(last).ok()? > wire::limits::BATCH_EVENTS {
            return None;
        }
        places.extend(first..=last);
    }
    Some(places)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_told_and_read_back() {
        for (places, told) in [(&[1][..], "1"), (&[1, 2], "1-2"), (&[2, 5, 6, 7, 9], "2,5-7,9"), (&[9_999, 10_000], "9999-10000")] {
            assert_eq!((text(places).as_str(), parse(told).as_deref()), (told, Some(places)));
        }
        for wrong in ["", "a", "0", "2,1", "2,2", "3-2", "1-", "1-99999999", "10001", "-1", "1,,2"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
