//! Patches, each held against the tree as it is: found by the lines that they show, whatever their line numbers, and put in together.

use std::collections::BTreeMap;

use crate::{
    problem::Problem,
    tree::{File, lines_of},
};

/// Where the patches lie: those of bugs, and below `tree/` those that make a tree of it in which bugs can be chosen.
const FOLDER: &str = "tests/planted/";
const OF_TREE: &str = "tests/planted/tree/";

/// What a line of a hunk is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Line<'p> {
    Kept(&'p str),
    Out(&'p str),
    In(&'p str),
}

/// A stretch of a file, before and after.
#[derive(Debug)]
struct Hunk<'p> {
    path: &'p str,
    /// Where it begins in the patch.
    at: usize,
    makes_file: bool,
    lines: Vec<Line<'p>>,
}

/// What is done to a file: lines that come before a line, and lines that come instead of one.
#[derive(Default, Debug)]
struct Edits<'p> {
    before: BTreeMap<usize, Vec<&'p str>>,
    instead: BTreeMap<usize, (&'p str, Vec<&'p str>)>,
}

/// The files as all patches have them, and what is wrong with patches.
pub(crate) fn apply(files: &[File]) -> (Vec<File>, Vec<Problem>) {
    let (mut problems, mut made, mut edits) = (Vec::new(), Vec::new(), BTreeMap::<&str, Edits<'_>>::new());
    for patch in files.iter().filter(|file| is_patch(file)) {
        problems.extend(unnamed(patch));
        for hunk in hunks(patch) {
            let edited = match files.iter().find(|file| file.path == hunk.path) {
                None if hunk.makes_file => {
                    let text = hunk.lines.iter().filter_map(|line| if let Line::In(text) = line { Some(format!("{text}\n")) } else { None });
                    made.push(File { path: hunk.path.to_owned(), text: text.collect() });
                    Ok(())
                }
                None => Err(format!("there is no {}", hunk.path)),
                Some(_) if hunk.makes_file => Err(format!("there is a {} already", hunk.path)),
                Some(file) => place(&hunk, &lines_of(&file.text)).and_then(|at| edit(&hunk, at, &patch.path, edits.entry(hunk.path).or_default())),
            };
            problems.extend(edited.err().map(|what| Problem::new(patch, hunk.at, what)));
        }
    }
    let edited = files.iter().filter_map(|file| Some(File { path: file.path.clone(), text: edited(&file.text, edits.get(&*file.path)?) }));
    made.extend(edited);
    (made, problems)
}

fn is_patch(file: &File) -> bool {
    file.path.starts_with(FOLDER) && file.path.ends_with(".patch")
}

/// A bug says in its first line what it is, and is chosen by the name of its patch.
fn unnamed(patch: &File) -> Option<Problem> {
    let name = patch.path.strip_prefix(FOLDER)?.strip_suffix(".patch")?;
    let switch = format!("planted!(\"{name}\")");
    let wrong = match () {
        () if patch.path.starts_with(OF_TREE) => return None,
        () if patch.text.starts_with("---") || patch.text.starts_with("diff ") => "does not say in its first line what the bug is".to_owned(),
        () if !lines_of(&patch.text).iter().any(|line| line.starts_with('+') && line.contains(&switch)) => {
            format!("adds no line with `{switch}`, by which the bug is chosen")
        }
        () => return None,
    };
    Some(Problem::new(patch, 1, wrong))
}

/// The hunks of a unified diff; what stands before the first file is words.
fn hunks(patch: &File) -> Vec<Hunk<'_>> {
    let (mut hunks, mut path, mut makes_file) = (Vec::<Hunk<'_>>::new(), "", false);
    for (at, line) in patch.lines() {
        if let Some(from) = line.strip_prefix("--- ") {
            makes_file = from == "/dev/null";
            path = "";
        } else if let Some(to) = line.strip_prefix("+++ b/") {
            path = to;
        } else if line.starts_with("@@") {
            hunks.push(Hunk { path, at, makes_file, lines: Vec::new() });
        } else if let Some(hunk) = hunks.last_mut().filter(|hunk| hunk.path == path) {
            hunk.lines.extend(match line.split_at_checked(1) {
                None => Some(Line::Kept("")),
                Some((" ", text)) => Some(Line::Kept(text)),
                Some(("-", text)) => Some(Line::Out(text)),
                Some(("+", text)) => Some(Line::In(text)),
                Some(_) => None,
            });
        }
    }
    hunks
}

/// The one place of a file at which a hunk's lines stand.
fn place(hunk: &Hunk<'_>, lines: &[&str]) -> Result<usize, String> {
    let wanted = hunk.lines.iter().filter_map(|line| match line {
        Line::Kept(text) | Line::Out(text) => Some(*text),
        Line::In(_) => None,
    });
    let wanted: Vec<&str> = wanted.collect();
    let mut found = lines.windows(wanted.len().max(1)).enumerate().filter(|(_, there)| *there == wanted.as_slice()).map(|(at, _)| at);
    match (found.next(), found.next()) {
        (Some(at), None) => Ok(at),
        (Some(_), Some(_)) => Err(format!("{} has such lines more than once: show more of what stands around", hunk.path)),
        (None, _) => {
            let lacking = wanted.iter().find(|line| !lines.contains(line));
            let what = lacking.map_or("in this order".to_owned(), |line| format!("such as `{}`", line.trim()));
            Err(format!("does not apply: {} has no such lines any more, {what}", hunk.path))
        }
    }
}

/// Takes down what a hunk does at its place.
fn edit<'p>(hunk: &Hunk<'p>, mut at: usize, patch: &'p str, edits: &mut Edits<'p>) -> Result<(), String> {
    let mut gone = None;
    for line in &hunk.lines {
        match line {
            Line::Kept(_) => (gone, at) = (None, at + 1),
            Line::Out(_) => {
                if let Some((other, _)) = edits.instead.insert(at, (patch, Vec::new())) {
                    return Err(format!("changes line {} of {} as {other} does: word one of them so that it adds a line", at + 1, hunk.path));
                }
                (gone, at) = (Some(at), at + 1);
            }
            Line::In(text) => match gone.and_then(|gone| edits.instead.get_mut(&gone)) {
                Some((_, instead)) => instead.push(text),
                None => edits.before.entry(at).or_default().push(text),
            },
        }
    }
    Ok(())
}

fn edited(text: &str, edits: &Edits<'_>) -> String {
    let lines = lines_of(text);
    let mut edited = Vec::new();
    for (at, line) in lines.iter().copied().map(Some).chain([None]).enumerate() {
        edited.extend(edits.before.get(&at).into_iter().flatten().copied());
        match edits.instead.get(&at) {
            Some((_, instead)) => edited.extend(instead),
            None => edited.extend(line),
        }
    }
    edited.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: &str = "fn a() {\n    one();\n    two();\n}\n\nfn b() {\n    one();\n}\n";

    fn check(patches: &[(&str, &str)]) -> Result<String, Vec<String>> {
        let patches = patches.iter().map(|(name, text)| File::new(&format!("tests/planted/{name}.patch"), text));
        let files: Vec<File> = [File::new("crates/x/src/lib.rs", CODE)].into_iter().chain(patches).collect();
        let (made, problems) = apply(&files);
        if problems.is_empty() {
            Ok(made.into_iter().map(|file| file.text).collect())
        } else {
            Err(problems.into_iter().map(|p| p.to_string()).collect())
        }
    }

    fn patch(hunk: &str) -> String {
        format!("What it is.\n--- a/crates/x/src/lib.rs\n+++ b/crates/x/src/lib.rs\n@@ -90,1 +90,1 @@\n{hunk}")
    }

    #[test]
    fn patches_are_put_in_together_wherever_their_lines_stand_now() {
        let skipped = patch(" fn a() {\n+    if planted!(\"skipped\") { return; }\n     one();\n");
        let twice = patch("     one();\n-    two();\n+    two(planted!(\"twice\"));\n }\n");
        let done = "fn a() {\n    if planted!(\"skipped\") { return; }\n    one();\n    two(planted!(\"twice\"));\n}\n\nfn b() {\n    one();\n}\n";
        assert_eq!(check(&[("skipped", &skipped), ("twice", &twice)]), Ok(done.to_owned()));
        let new = "--- /dev/null\n+++ b/crates/x/src/new.rs\n@@ -0,0 +1,2 @@\n+//! New.\n+\n";
        assert_eq!(check(&[("tree/switch", new)]), Ok("//! New.\n\n".to_owned()));
    }

    #[test]
    fn a_patch_that_does_not_fit_says_why() {
        let wrong = |hunk: &str| check(&[("x", &patch(&format!("{hunk}+planted!(\"x\")\n")))]).unwrap_err().concat();
        assert!(wrong("     three();\n").contains("does not apply: crates/x/src/lib.rs has no such lines any more, such as `three();`"));
        assert!(wrong("     two();\n     one();\n").contains("in this order"));
        assert!(wrong("     one();\n").contains("more than once"));
        let unnamed = patch(" fn b() {\n+    planted!(\"y\");\n");
        assert!(check(&[("x", &unnamed)]).unwrap_err().concat().starts_with("tests/planted/x.patch:1: adds no line with `planted!(\"x\")`"));
        let one = |name| patch(&format!("-    two();\n+    two(planted!(\"{name}\"));\n"));
        let both = check(&[("x", &one("x")), ("y", &one("y"))]).unwrap_err().concat();
        assert!(both.contains("tests/planted/y.patch:4: changes line 3 of crates/x/src/lib.rs as tests/planted/x.patch does"), "{both}");
    }
}
