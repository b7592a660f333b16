//! The files of `tests/exports`: what is seen in each and what comes of it stands in `expected.txt` beside them.

use std::{fmt::Write, fs, path::Path};

use expect_test::expect_file;
use import::Decisions;

use super::told;

#[test]
fn files_of_many_languages_give_what_is_expected() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/exports");
    let mut files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|end| end == "csv" || end == "xlsx"));
    files.sort();
    let mut all = String::new();
    for file in files {
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        writeln!(all, "# {name}\n{}", told(&[(&name, &fs::read(&file).unwrap())], Decisions::default())).unwrap();
    }
    expect_file!["../../../../tests/exports/expected.txt"].assert_eq(&all);
}
