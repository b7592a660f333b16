//! A failing case made small, so that a failure prints what one can read.

use super::Case;
use reference::Options;

/// The smallest case found that still fails: without lines, windows, settings and fields that do not matter.
pub fn shrink(case: Case, mut fails: impl FnMut(&Case) -> bool) -> Case {
    let mut smallest = case;
    loop {
        let before = smallest.clone();
        smallest = without_items(smallest, |case| &mut case.lines, &mut fails);
        smallest = without_items(smallest, |case| &mut case.options.windows, &mut fails);
        smallest = without_items(smallest, |case| &mut case.options.periods, &mut fails);
        smallest = without_items(smallest, |case| &mut case.options.by, &mut fails);
        smallest = without_items(smallest, |case| &mut case.options.aliases, &mut fails);
        smallest = without_items(smallest, |case| &mut case.options.aliases_of, &mut fails);
        smallest = without_items(smallest, |case| &mut case.options.of_platform, &mut fails);
        smallest = without_items(smallest, |case| &mut case.options.targets, &mut fails);
        smallest = with_defaults(smallest, &mut fails);
        smallest = without_rates(smallest, &mut fails);
        smallest = without_fields(smallest, &mut fails);
        if smallest == before {
            return smallest;
        }
    }
}

/// Drops runs of a list, long ones first.
fn without_items<T: Clone>(mut case: Case, list: impl Fn(&mut Case) -> &mut Vec<T>, fails: &mut impl FnMut(&Case) -> bool) -> Case {
    let mut run = list(&mut case).len();
    while run > 0 {
        let mut at = 0;
        while at < list(&mut case).len() {
            let mut smaller = case.clone();
            let items = list(&mut smaller);
            let end = (at + run).min(items.len());
            items.drain(at..end);
            if fails(&smaller) { case = smaller } else { at += run }
        }
        run /= 2;
    }
    case
}

/// Takes each setting back to its default.
fn with_defaults(mut case: Case, fails: &mut impl FnMut(&Case) -> bool) -> Case {
    let simpler: [fn(&mut Options); 9] = [
        |o| o.rates_csv = None,
        |o| o.margin = None,
        |o| o.all_wins = false,
        |o| o.lag_days = 0,
        |o| o.horizon_days = 90,
        |o| o.currency = "EUR".to_owned(),
        |o| o.time_zone = "UTC".to_owned(),
        |o| o.conversion_actions = Options::default().conversion_actions,
        |o| o.community_channels = Options::default().community_channels,
    ];
    for simplify in simpler {
        let mut smaller = case.clone();
        simplify(&mut smaller.options);
        if smaller != case && fails(&smaller) {
            case = smaller;
        }
    }
    case
}

/// Drops rows of the rates.
fn without_rates(case: Case, fails: &mut impl FnMut(&Case) -> bool) -> Case {
    let Some(csv) = case.options.rates_csv.clone() else { return case };
    let rows: Vec<&str> = csv.lines().collect();
    let with = |rows: &[&str]| {
        let mut smaller = case.clone();
        smaller.options.rates_csv = Some(rows.join("\n") + "\n");
        smaller
    };
    let mut kept = rows.clone();
    for row in rows.iter().skip(1) {
        let fewer: Vec<&str> = kept.iter().copied().filter(|one| one != row).collect();
        if fails(&with(&fewer)) {
            kept = fewer;
        }
    }
    with(&kept)
}

/// Drops fields of the lines that are JSON objects.
fn without_fields(mut case: Case, fails: &mut impl FnMut(&Case) -> bool) -> Case {
    for at in 0..case.lines.len() {
        let Ok(serde_json::Value::Object(fields)) = serde_json::from_str(&case.lines[at]) else { continue };
        let names: Vec<String> = fields.keys().cloned().collect();
        for name in names {
            let Ok(serde_json::Value::Object(mut fields)) = serde_json::from_str(&case.lines[at]) else { continue };
            fields.remove(&name);
            let mut smaller = case.clone();
            smaller.lines[at] = serde_json::Value::Object(fields).to_string();
            if fails(&smaller) {
                case = smaller;
            }
        }
    }
    case
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_made_small() {
        let case = Case { lines: (0..40).map(|n| format!("{{\"n\": {n}, \"m\": 0}}")).collect(), ..Case::generate(3) };
        let fails = |case: &Case| {
            let has = |n: &str| case.lines.iter().any(|line| line.contains(n));
            has(": 17") && has(": 31") || has(":17") && has(":31") || has(":17") && has(": 31") || has(": 17") && has(":31")
        };
        let smallest = shrink(case, fails);
        assert_eq!(smallest.lines, ["{\"n\":17}", "{\"n\":31}"]);
        assert_eq!((smallest.options.windows.len(), smallest.options.lag_days, smallest.options.rates_csv), (0, 0, None));
    }
}
