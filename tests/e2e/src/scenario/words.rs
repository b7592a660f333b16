//! A line's words: separated by blanks, in double quotes where they contain some, up to a `#` that begins a word.

/// A word, as it is meant (without quotes).
pub(super) fn words(line: &str) -> Result<Vec<String>, String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), None::<String>, false);
    for c in line.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            '#' if !quoted && word.is_none() => return Ok(words),
            c if c.is_whitespace() && !quoted => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    if quoted {
        return Err("a quote is not closed".to_owned());
    }
    words.extend(word);
    Ok(words)
}

/// The words as an array of a known length.
pub(super) fn exactly<const N: usize>(words: Vec<String>, usage: &str) -> Result<[String; N], String> {
    words.try_into().map_err(|_| format!("expected: {usage}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_separate_and_quotes_hold_together() {
        assert_eq!(words(r#"lead  L1 channel="Paid Search" campaign="" # why"#).unwrap(), ["lead", "L1", "channel=Paid Search", "campaign="]);
        assert_eq!(words(r#"channel="a#b" x#y"#).unwrap(), ["channel=a#b", "x#y"]);
        assert_eq!(words(r#"lead "L1"#).unwrap_err(), "a quote is not closed");
    }
}
