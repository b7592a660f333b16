//! Files and mappings that nobody means: each is read, or refused in one line of bounded length.

use std::{fs, path::Path, sync::Arc, sync::LazyLock};

use model::{Millis, Zone};
use testkit::fuzz::Fuzz;

use crate::{Decisions, Mapping, Run, mapping};

const NOW: Millis = Millis(1_777_593_600_000);

static BUILT_IN: LazyLock<Arc<[Mapping]>> = LazyLock::new(|| mapping::built_in().expect("the mappings are sound").into());

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// All files of a folder of the tree.
fn files(folder: &str) -> Vec<Vec<u8>> {
    let mut files: Vec<_> = fs::read_dir(root().join(folder)).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    files.sort();
    files.iter().filter_map(|file| fs::read(file).ok()).collect()
}

/// Decisions that let as much through as any do.
fn decided() -> Decisions {
    Decisions {
        currency: "EUR".parse().ok(),
        order: Some(crate::dates::Order::DayFirst),
        decimal: Some(crate::Decimal::Point),
        sum: true,
        deal_contact: Some(crate::DealContact::Earliest),
        unreconciled: true,
        by_day: true,
        ..Decisions::default()
    }
}

fn one_line(text: &str) {
    assert!(text.len() < 200_000, "{} bytes", text.len());
}

#[test]
fn any_file_is_read_or_refused() {
    let seeds: Vec<Vec<u8>> = files("tests/exports").into_iter().filter(|bytes| bytes.len() < 20_000).collect();
    Fuzz { kept: root().join("tests/fuzz/export"), cases: 300, seeds }.hold(|input| {
        for decisions in [Decisions::default(), decided()] {
            let mut run = Run::new(BUILT_IN.clone(), decisions, Zone::utc(), NOW);
            // The same again, one byte longer: another pull of it.
            for bytes in [input, &[input, b"\n"].concat()] {
                match run.file("a.csv", bytes, Some(NOW)) {
                    Ok(seen) => seen.0.iter().for_each(|(_, said)| one_line(said)),
                    Err(refusal) => one_line(&refusal.to_string()),
                }
            }
            match run.finish() {
                Ok(outcome) => outcome.rejects.iter().for_each(|(_, reject)| one_line(&reject.why)),
                Err(refused) => one_line(&refused.refusal.to_string()),
            }
        }
    });
}

#[test]
fn any_mapping_is_one_or_refused_in_one_line() {
    let seeds = files("deploy/mappings")
        .into_iter()
        .chain([b"name=\"a\"\ntitle=\"A\"\n[[report]]\nkind=\"spend\"\n[report.columns.en]\nday=[\"Day\"]\ncost=[\"Cost\"]\n".to_vec()]);
    Fuzz { kept: root().join("tests/fuzz/mapping"), cases: 200, seeds: seeds.collect() }.hold(|input| {
        let Ok(text) = std::str::from_utf8(input) else { return };
        match mapping::parse("own.toml", text) {
            Ok(own) => {
                let mut run = Run::new(own, decided(), Zone::utc(), NOW);
                let _ = run.file("a.csv", b"Day,Cost\n2026-03-01,1\n", None);
            }
            Err(wrong) => assert!(!wrong.to_string().contains('\n') && wrong.to_string().len() < 20_000, "{wrong}"),
        }
    });
}
