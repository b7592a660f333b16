//! The width of prose: lines of Markdown that a screen shows whole, side by side with another.

use super::Problem;
use crate::tree::File;

/// Columns that a line of prose may have. Tables and code have as many as they need.
const COLUMNS: usize = 140;

pub(crate) fn check(files: &[File]) -> Vec<Problem> {
    let long = |file: &File| {
        let wrapped = wrapped(&file.text);
        let first = file.lines().zip(wrapped.lines()).find(|((_, line), wrapped)| line != wrapped);
        first.map(|((number, _), _)| Problem::new(file, number, format!("more than {COLUMNS} columns: `cargo run -p xtask -- wrap` breaks it")))
    };
    files.iter().filter(|file| is_prose(file)).filter_map(long).collect()
}

/// Whether a file is prose of ours.
pub(crate) fn is_prose(file: &File) -> bool {
    file.path.ends_with(".md")
}

/// A text with no line of prose too long: what is over goes to the next line of its paragraph, and lines that fit stay as they are.
pub(crate) fn wrapped(text: &str) -> String {
    let (mut out, mut in_code) = (String::new(), false);
    let mut rest: Vec<String> = text.lines().rev().map(str::to_owned).collect();
    while let Some(line) = rest.pop() {
        let is_fence = line.trim_start().starts_with("```");
        in_code ^= is_fence;
        let cut = if in_code || is_fence || is_verbatim(&line) { None } else { place_to_cut(&line) };
        let Some(cut) = cut else {
            out.push_str(&line);
            out.push('\n');
            continue;
        };
        let (kept, over) = line.split_at(cut);
        out.push_str(kept.trim_end());
        out.push('\n');
        match rest.last_mut().filter(|next| is_continuation(next)) {
            Some(next) => *next = format!("{}{} {}", indent(next), over.trim_start(), next.trim_start()),
            None => rest.push(format!("{}{}", hanging(&line), over.trim_start())),
        }
    }
    out
}

/// Where a line that is too long is cut: before its last word that still fits, unless the rest would begin as something else does.
fn place_to_cut(line: &str) -> Option<usize> {
    let (end, _) = line.char_indices().nth(COLUMNS)?;
    let begin = indent(line).len() + 2;
    let mut places = line.rmatch_indices(' ').map(|(at, _)| at).filter(|at| (begin..=end).contains(at));
    places.find(|at| !begins_anew(line.get(*at..).unwrap_or_default().trim_start()))
}

fn is_verbatim(line: &str) -> bool {
    ["|", "#", "<"].iter().any(|mark| line.trim_start().starts_with(mark))
}

fn is_continuation(line: &str) -> bool {
    !line.trim().is_empty() && !is_verbatim(line) && !begins_anew(line.trim_start()) && !line.trim_start().starts_with("```")
}

/// Whether Markdown takes this at the beginning of a line for more than prose.
fn begins_anew(text: &str) -> bool {
    let numbered = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_numbered = numbered.len() < text.len() && [". ", ") "].iter().any(|end| numbered.starts_with(end));
    is_numbered || ["- ", "* ", "+ ", "> ", "#", "|", "<", "=", "```"].iter().any(|mark| text.starts_with(mark))
}

fn indent(line: &str) -> &str {
    line.get(..line.len() - line.trim_start().len()).unwrap_or_default()
}

/// The indent of what follows a line in its paragraph.
fn hanging(line: &str) -> String {
    let text = line.trim_start();
    let mark = if begins_anew(text) { text.find(' ').map_or(0, |at| at + 1) } else { 0 };
    format!("{}{}", indent(line), " ".repeat(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_over_goes_to_the_next_line() {
        let words = "word ".repeat(30);
        let fitting = "word ".repeat(27).trim_end().to_owned() + " word";
        assert_eq!(wrapped(&format!("{words}end\n")), format!("{fitting}\nword word end\n"));
        assert_eq!(wrapped(&format!("- {words}end\nmore\n")), format!("- {}\nword word word end more\n", "word ".repeat(27).trim_end()));
        assert_eq!(wrapped(&format!("- {words}end\n- more\n")), format!("- {}\n  word word word end\n- more\n", "word ".repeat(27).trim_end()));
    }

    #[test]
    fn tables_code_and_what_fits_stay() {
        let long = "word ".repeat(40);
        for text in [format!("| {long}|\n"), format!("```sh\n{long}\n```\n"), format!("# {long}\n"), "a\nb\n\n- c\n  d\n".to_owned()] {
            assert_eq!(wrapped(&text), text);
        }
    }

    #[test]
    fn no_line_begins_as_a_list_by_being_cut() {
        let text = format!("{}x - y and more words\n", "word ".repeat(28).trim_end().to_owned() + " ");
        assert!(wrapped(&text).lines().all(|line| !line.starts_with("- ")), "{}", wrapped(&text));
        let again = wrapped(&wrapped(&text));
        assert_eq!(again, wrapped(&text));
    }
}
