//! The rules of docs/kpis.md: each is held by a test that cites it, and what is cited is there.

use std::collections::{BTreeMap, BTreeSet};

use super::Problem;
use crate::tree::File;

const RULES: &str = "docs/kpis.md";
/// What stands before the numbers that are cited.
const CITES: &str = "KPI ";

pub(crate) fn check(files: &[File]) -> Vec<Problem> {
    let Some(document) = files.iter().find(|file| file.path == RULES) else { return Vec::new() };
    let (mut problems, mut rules) = (Vec::new(), BTreeMap::new());
    for (line, rule) in document.lines().filter_map(|(n, line)| Some((n, rule(line)?))) {
        if rules.insert(rule, line).is_some() {
            problems.push(Problem::new(document, line, format!("there are two rules {rule}: the next number is free for one of them")));
        }
    }
    let mut held = BTreeSet::new();
    // This crate's own tests are about no numbers of a company.
    for file in files.iter().filter(|file| file.path.ends_with(".rs") || file.path.ends_with(".txt")).filter(|file| file.of_crate() != Some("xtask"))
    {
        let tests_from = file.lines().find(|(_, line)| line.trim() == "#[cfg(test)]").map_or(usize::MAX, |(n, _)| n);
        for (line, text) in file.lines() {
            for cited in cited(text) {
                match rules.contains_key(cited) {
                    false => problems.push(Problem::new(file, line, format!("{RULES} has no rule {cited}"))),
                    true if !file.is_source() || line > tests_from => _ = held.insert(cited),
                    true => {}
                }
            }
        }
    }
    let unheld = rules.iter().filter(|(rule, _)| !held.contains(*rule));
    problems.extend(
        unheld.map(|(rule, line)| Problem::new(document, *line, format!("no test cites rule {rule}: write `{CITES}{rule}` where one holds it"))),
    );
    problems
}

/// The number of the rule that a line, an item or a row of the document begins with.
fn rule(line: &str) -> Option<&str> {
    let line = line.strip_prefix("- ").or_else(|| line.strip_prefix("| ")).unwrap_or(line);
    let (number, _) = line.strip_prefix("**")?.split_once("** ")?;
    (leading_number(number)? == number).then_some(number)
}

/// The numbers that a line cites: `KPI W4`, or several with commas between.
fn cited(line: &str) -> Vec<&str> {
    let mut cited = Vec::new();
    for (at, _) in line.match_indices(CITES).filter(|(at, _)| !line[..*at].ends_with(|c: char| c.is_alphanumeric())) {
        let mut rest = &line[at + CITES.len()..];
        while let Some(number) = leading_number(rest) {
            cited.push(number);
            let Some(next) = rest[number.len()..].strip_prefix(", ") else { break };
            rest = next;
        }
    }
    cited
}

/// A rule's number at the beginning of a text: a figure, a point and a figure, or a capital and a figure.
fn leading_number(text: &str) -> Option<&str> {
    let digits = |from: usize| text[from..].bytes().take_while(u8::is_ascii_digit).count();
    let head = match text.bytes().next()? {
        b'A'..=b'Z' => 1,
        b'1'..=b'9' if text[1..].starts_with('.') => 2,
        _ => return None,
    };
    let end = head + digits(head);
    (end > head && !text[end..].starts_with(|c: char| c.is_alphanumeric())).then(|| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        let document = "## Windows\n**W1** A window.\n\n- **W2** **Minutes** are.\n| **2.10** `x` | y |\nSee **W9** too.\n";
        check(&[File::new(RULES, document), File::new(path, text)]).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_rule_is_cited_by_a_test() {
        assert_eq!(found("tests/scenarios/a.txt", "# KPI W1, 2.10: what it says, KPI W2.\n"), Vec::<String>::new());
        let unheld =
            |rule| format!("docs/kpis.md:{}: no test cites rule {rule}: write `KPI {rule}` where one holds it", if rule == "W1" { 2 } else { 4 });
        let code = "/// KPI W1\nfn a() {}\n#[cfg(test)]\nmod tests {\n    // KPI W2, 2.10\n}\n";
        assert_eq!(found("crates/a/src/lib.rs", code), [unheld("W1")]);
        assert_eq!(found("crates/a/tests/a.rs", "// KPI W1. KPI 2.10"), [unheld("W2")]);
    }

    #[test]
    fn what_is_cited_is_there() {
        let all = "KPI W1, W2, 2.10\n";
        assert_eq!(found("tests/a.rs", &format!("{all}// KPI W9")), ["tests/a.rs:2: docs/kpis.md has no rule W9"]);
        assert_eq!(found("tests/a.rs", &format!("{all}// a KPI is no rule; nor is KPI 7, or KPI CAC")), Vec::<String>::new());
    }

    #[test]
    fn numbers_are_given_once() {
        let twice = check(&[File::new(RULES, "**W1** a\n**W1** b\n"), File::new("tests/a.rs", "KPI W1")]);
        assert_eq!(twice.len(), 1);
    }
}
