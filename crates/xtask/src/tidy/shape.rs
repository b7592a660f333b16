//! The shape of files: what a crate says of itself first, and how long a file may be.

use super::Problem;
use crate::tree::File;

/// Lines a source file may have.
const LINES: usize = 400;
/// Lines ARCHITECTURE.md may have.
const MAP_LINES: usize = 300;

const SOURCES: &[&str] = &[".rs", ".sh", ".py", ".js", ".ts", ".html", ".css"];

pub(crate) fn check(files: &[File]) -> Vec<Problem> {
    files.iter().flat_map(|file| first_lines(file).into_iter().chain(length(file))).collect()
}

/// A crate's first line says its one job, the next what is not its job.
fn first_lines(file: &File) -> Option<Problem> {
    let root =
        file.of_crate().is_some_and(|name| file.path == format!("crates/{name}/src/lib.rs") || file.path == format!("crates/{name}/src/main.rs"));
    if !root {
        return None;
    }
    let comment: Vec<&str> = file.text.lines().map_while(|line| line.strip_prefix("//!")).map(str::trim).collect();
    let job = comment.first().is_some_and(|line| line.len() > 20 && line.ends_with(['.', ':', ',']));
    let not_its_job = comment.iter().any(|line| line.starts_with("Not its job:") || line.starts_with("Not here:"));
    match (job, not_its_job) {
        (true, true) => None,
        (false, _) => Some(Problem::new(file, 1, "the crate does not say its one job: begin with `//! ` and a sentence of one line")),
        (true, false) => Some(Problem::new(file, 2, "the crate does not say what it leaves to others: add a line `//! Not its job: ...`")),
    }
}

fn length(file: &File) -> Option<Problem> {
    let lines = file.text.lines().count();
    if file.path == "ARCHITECTURE.md" && lines >= MAP_LINES {
        return Some(Problem::new(file, 0, format!("{lines} lines, a map has less than {MAP_LINES}: move the detail to docs/")));
    }
    let long = lines > LINES && SOURCES.iter().any(|end| file.path.ends_with(end));
    long.then(|| Problem::new(file, 0, format!("{lines} lines, more than {LINES}: split it")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        check(&[File::new(path, text)]).iter().map(|p| p.what.clone()).collect()
    }

    #[test]
    fn a_crate_says_its_job_and_what_is_not() {
        assert!(found("crates/web/src/lib.rs", "//! (being written)\n")[0].contains("one job"));
        assert!(found("crates/web/src/lib.rs", "//! Visits to the web site and what they add.\n")[0].contains("leaves to others"));
        assert_eq!(found("crates/web/src/lib.rs", "//! Visits to the web site and what they add.\n//!\n//! Not its job: the rest.\n"), [""; 0]);
        assert_eq!(found("crates/web/src/visits.rs", "//! Short.\n"), [""; 0]);
    }

    #[test]
    fn long_files_are_split() {
        let long = "//! a\n".repeat(LINES + 1);
        assert!(found("crates/web/src/a.rs", &long)[0].contains("401 lines"));
        assert_eq!(found("Cargo.lock", &long), [""; 0]);
        assert_eq!(found("ARCHITECTURE.md", &long).len(), 1);
    }
}
