//! What an operator installs is well formed and as bounded as it says: chart, Compose, image, unit of systemd.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop where its own input is wrong")]

mod deployed;

use std::{fs, process::Command};

use deployed::tree;

/// The most that systemd may find a service exposed, of 100.
const EXPOSED: &str = "20";

#[test]
fn the_chart_and_compose_are_as_their_schemas_and_operators_want() {
    let fetched = Command::new("sh").arg(tree("tests/tools/fetch-python.sh")).arg("deploy").output().unwrap();
    assert!(fetched.status.success(), "{}", String::from_utf8_lossy(&fetched.stderr));
    let python = format!("{}/python", String::from_utf8_lossy(&fetched.stdout).trim());
    let checked = Command::new(python).arg(tree("tests/tools/deploy/check.py")).output().unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
}

#[test]
fn the_image_is_built_by_the_compiler_of_the_tree_and_runs_as_nobody() {
    let dockerfile = fs::read_to_string(tree("deploy/docker/Dockerfile")).unwrap();
    let toolchain = fs::read_to_string(tree("rust-toolchain.toml")).unwrap();
    let channel = toolchain.lines().find_map(|line| line.strip_prefix("channel = ")).unwrap().trim_matches('"');
    assert!(dockerfile.contains(&format!("FROM rust:{channel}-")), "the image is to be built by Rust {channel}");
    let of_image = dockerfile.rsplit_once("\nFROM ").unwrap().1;
    for wanted in ["\nUSER 65532:65532\n", "\nHEALTHCHECK ", "/healthz", "\nENTRYPOINT [\"kpistream\"]\n"] {
        assert!(of_image.contains(wanted), "{wanted:?}");
    }
    // What is left out of the build must not be what it needs.
    let taken = fs::read_to_string(tree("deploy/docker/Dockerfile.dockerignore")).unwrap();
    for needed in taken.lines().filter_map(|line| line.strip_prefix('!')) {
        assert!(tree(needed).exists(), "{needed}");
    }
}

/// Where there is no systemd the unit's own words have to do.
#[test]
fn the_unit_of_systemd_is_hardened() {
    let unit = fs::read_to_string(tree("deploy/systemd/kpistream.service")).unwrap();
    for wanted in ["DynamicUser=yes", "ProtectSystem=strict", "NoNewPrivileges=yes", "CapabilityBoundingSet=\n", "StateDirectory=kpistream"] {
        assert!(unit.contains(wanted), "{wanted}");
    }
    // It is verified with a program that is there, where the binary is not installed.
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("unit");
    fs::create_dir_all(&folder).unwrap();
    let installed = folder.join("kpistream.service");
    fs::write(&installed, unit.replace("/usr/bin/kpistream", "/bin/true")).unwrap();
    let analyze = |arguments: &[&str]| Command::new("systemd-analyze").args(arguments).arg(&installed).output();
    let Ok(verified) = analyze(&["verify"]) else { return };
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
    let judged = analyze(&["security", "--offline=true", &format!("--threshold={EXPOSED}")]).unwrap();
    assert!(judged.status.success(), "{}", String::from_utf8_lossy(&judged.stdout));
}
