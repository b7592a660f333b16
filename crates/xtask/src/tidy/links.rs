//! Links between files of the tree lead somewhere.

use std::collections::BTreeSet;

use super::Problem;
use crate::tree::File;

pub(crate) fn check(files: &[File]) -> Vec<Problem> {
    let paths: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
    let known = |path: &str| {
        let folder = format!("{}/", path.trim_end_matches('/'));
        path.is_empty() || paths.contains(path) || paths.range(folder.as_str()..).next().is_some_and(|next| next.starts_with(&folder))
    };
    let mut problems = Vec::new();
    for file in files.iter().filter(|file| file.path.ends_with(".md")) {
        let mut fenced = false;
        for (n, line) in file.lines() {
            fenced ^= line.trim_start().starts_with("```");
            let broken = targets(line).filter(|_| !fenced).filter(|target| !resolve(&file.path, target).is_some_and(|path| known(&path)));
            problems.extend(
                broken.map(|target| {
                    Problem::new(file, n, format!("the link `{target}` leads nowhere: name a file of the tree, from this file's folder"))
                }),
            );
        }
    }
    problems
}

/// What a line's links lead to, where that is in the tree.
fn targets(line: &str) -> impl Iterator<Item = &str> {
    let ends = line.match_indices("](").filter_map(|(at, _)| line.get(at + 2..)?.split_once(')'));
    let targets = ends.map(|(target, _)| target.split(['#', ' ']).next().unwrap_or_default());
    targets.filter(|target| !target.is_empty() && !target.contains("://") && !target.starts_with("mailto:"))
}

/// A target as a path from the root; none where it leads out of the tree.
fn resolve(from: &str, target: &str) -> Option<String> {
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => _ = parts.pop()?,
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_files_and_folders() {
        let readme = "[a](docs/a.md) [b](docs/) [c](docs/c.md#x)\n[d](#top) [e](https://example.com/x.md)\n```\n[f](nowhere)\n```\n";
        let files = [File::new("README.md", readme), File::new("docs/a.md", "[up](../README.md) [out](../../x.md)")];
        let found: Vec<String> = check(&files).iter().map(|p| format!("{}:{} {}", p.path, p.line, p.what.split('`').nth(1).unwrap())).collect();
        assert_eq!(found, ["README.md:1 docs/c.md", "docs/a.md:1 ../../x.md"]);
    }
}
