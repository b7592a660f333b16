//! Spans of time as people write them: `90s`, `15m`, `24h`, `30d`.

use std::time::Duration;

/// The span of a number and its unit.
pub fn parse_span(text: &str) -> Option<Duration> {
    let text = text.trim();
    let unit = text.char_indices().find(|(_, c)| !c.is_ascii_digit()).map(|(at, _)| at)?;
    let (number, unit) = text.split_at(unit);
    let seconds: u64 = match unit.trim() {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return None,
    };
    // Milliseconds of it must fit where Kafka and event times keep them.
    let total = number.parse::<u64>().ok()?.checked_mul(seconds)?;
    (total <= i64::MAX as u64 / 1_000_000).then(|| Duration::from_secs(total))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_a_number_and_a_unit() {
        let seconds = |text| parse_span(text).map(|span| span.as_secs());
        assert_eq!(["0s", "90s", "15m", "24 h", "775d"].map(seconds), [Some(0), Some(90), Some(900), Some(86_400), Some(66_960_000)]);
        for bad in ["", "h", "24", "-1h", "1.5h", "1w", "99999999999999999999s", "9999999999999999d", "1hh"] {
            assert_eq!(seconds(bad), None, "{bad}");
        }
    }
}
