//! Rust source with what is not code blanked out, place by place, so that line numbers stay.

/// The source with comments and the contents of texts as blanks.
pub(crate) fn code(source: &str) -> String {
    let mut code = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        let before = code.chars().next_back().unwrap_or(' ');
        let skipped = comment(rest).or_else(|| text(rest, before)).or_else(|| character(rest));
        let (part, after) = rest.split_at(skipped.unwrap_or(c.len_utf8()));
        match skipped {
            Some(_) => code.extend(part.chars().map(|c| if c == '\n' { c } else { ' ' })),
            None => code.push(c),
        }
        rest = after;
    }
    code
}

/// The code without what is compiled for tests only.
pub(crate) fn without_tests(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut kept = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(at) = rest.find(MARK) {
        let (before, from) = rest.split_at(at);
        let (item, after) = from.split_at(item_length(from));
        kept.push_str(before);
        kept.extend(item.chars().map(|c| if c == '\n' { c } else { ' ' }));
        rest = after;
    }
    kept + rest
}

/// How long the item at the start is: to its `;`, or to the brace that closes its first.
fn item_length(code: &str) -> usize {
    let mut depth = 0;
    for (at, c) in code.char_indices() {
        match c {
            ';' if depth == 0 => return at + 1,
            '{' => depth += 1,
            '}' if depth <= 1 => return at + 1,
            '}' => depth -= 1,
            _ => {}
        }
    }
    code.len()
}

fn comment(rest: &str) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    let mut inner = rest.strip_prefix("/*")?;
    let mut depth = 1;
    while depth > 0 {
        let next = inner.find(['/', '*'])?;
        inner = inner.get(next..)?;
        let step = match inner.get(..2) {
            Some("/*") => 1,
            Some("*/") => -1,
            _ => 0,
        };
        depth += step;
        inner = inner.get(if step == 0 { 1 } else { 2 }..)?;
    }
    Some(rest.len() - inner.len())
}

/// A text's length: plain, raw, of bytes or of C; `before` is what stands in front of it.
fn text(rest: &str, before: char) -> Option<usize> {
    let in_a_word = before.is_alphanumeric() || before == '_';
    let start = if in_a_word { rest } else { rest.trim_start_matches(['b', 'c', 'r']) };
    let prefix = rest.len() - start.len();
    if prefix > 2 {
        return None;
    }
    if rest.get(..prefix)?.contains('r') {
        let hashes = start.len() - start.trim_start_matches('#').len();
        let inner = start.get(hashes..)?.strip_prefix('"')?;
        let end = format!("\"{}", "#".repeat(hashes));
        return Some(inner.find(&end).map_or(rest.len(), |at| prefix + hashes + 1 + at + end.len()));
    }
    let mut inner = start.strip_prefix('"')?.char_indices();
    while let Some((at, c)) = inner.next() {
        match c {
            '\\' => _ = inner.next(),
            '"' => return Some(prefix + at + 2),
            _ => {}
        }
    }
    Some(rest.len())
}

/// A character's length; a lifetime is none.
fn character(rest: &str) -> Option<usize> {
    let inner = rest.strip_prefix('\'')?;
    let first = inner.chars().next()?;
    if first == '\\' {
        let escaped = inner.get(1..)?.chars().next()?.len_utf8();
        return Some(1 + 1 + escaped + inner.get(1 + escaped..)?.find('\'')? + 1);
    }
    inner.get(first.len_utf8()..)?.starts_with('\'').then(|| first.len_utf8() + 2)
}

/// Whether `word` stands at `at` as a word of its own.
pub(crate) fn is_word(code: &str, at: usize, word: &str) -> bool {
    let part_of_word = |c: char| c.is_alphanumeric() || c == '_';
    let before = code.get(..at).and_then(|s| s.chars().next_back());
    let after = code.get(at + word.len()..).and_then(|s| s.chars().next());
    !before.is_some_and(part_of_word) && !after.is_some_and(part_of_word)
}

/// Where `word` stands as a word of its own.
pub(crate) fn find_word<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    code.match_indices(word).map(|(at, _)| at).filter(move |at| is_word(code, *at, word))
}

/// The line of a place, from 1.
pub(crate) fn line_at(code: &str, at: usize) -> usize {
    1 + code.bytes().take(at).filter(|b| *b == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_code_is_blank() {
        for (source, kept) in [
            ("let a = 1; // rand", "let a = 1;"),
            ("/* a /* b */ rand */ x", "x"),
            (r#"f("rand \" rand", y)"#, "f( , y)"),
            (r##"f(r#"rand " rand"#, y)"##, "f( , y)"),
            (r"f(b'\'', 'r', '\u{1f}', z)", "f(b , , , z)"),
            ("fn f<'a>(x: &'a str)", "fn f<'a>(x: &'a str)"),
            (r#"for"x""#, "for"),
        ] {
            let code = code(source);
            assert_eq!(code.chars().count(), source.chars().count(), "places stay: {source}");
            assert_eq!(code.split_whitespace().collect::<Vec<_>>(), kept.split_whitespace().collect::<Vec<_>>(), "{source}");
        }
    }

    #[test]
    fn tests_are_left_out() {
        let code = "use a;\n#[cfg(test)]\nmod tests {\n fn f() { {} }\n}\nfn g() {}\n#[cfg(test)]\nmod more;\nfn h() {}";
        let kept = without_tests(code);
        assert_eq!(kept.lines().map(str::trim).filter(|l| !l.is_empty()).collect::<Vec<_>>(), ["use a;", "fn g() {}", "fn h() {}"]);
        assert_eq!(kept.lines().count(), code.lines().count());
    }

    #[test]
    fn words_stand_alone() {
        assert_eq!(find_word("operand rand x.rand() rand_core", "rand").count(), 2);
        assert_eq!(line_at("a\nb\nc", 4), 3);
    }
}
