//! The configuration that chart, image, Compose and systemd give is one that the program takes.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests, which clippy takes for production code")]

use std::{collections::BTreeMap, fs, path::Path, process::Command};

/// Of Grafana's provisioning, not of ours.
const OTHERS: [&str; 2] = ["KPISTREAM_DASHBOARDS", "KPISTREAM_PROMETHEUS_URL"];

fn deploy(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy").join(path)).unwrap()
}

/// `check` of a configuration under some variables; it must find nothing wrong.
fn check(name: &str, config: &str, variables: &BTreeMap<String, String>) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("kpistream.toml"), config).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_kpistream"));
    let output = command.env_clear().envs(variables).args(["check", "--config", "kpistream.toml"]).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
}

/// The variables of ours that a text sets, `NAME=value` or `NAME: value`.
fn variables(text: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for line in text.lines() {
        for (at, _) in line.match_indices("KPISTREAM_") {
            let rest = line.get(at..).unwrap_or_default();
            let name: String = rest.chars().take_while(|c| c.is_ascii_uppercase() || *c == '_').collect();
            let value = rest.get(name.len()..).unwrap_or_default();
            let Some(value) = value.strip_prefix('=').or_else(|| value.strip_prefix(": ")) else { continue };
            let value = value.trim_start_matches('"').split(['"', ' ', '}']).next().unwrap_or_default();
            found.insert(name, value.to_owned());
        }
    }
    found.retain(|name, _| !OTHERS.contains(&name.as_str()));
    found
}

#[test]
fn what_the_chart_writes_is_a_configuration() {
    let rendered = deploy("helm/rendered.yaml");
    let block = rendered.split_once("  kpistream.toml: |\n").unwrap().1.lines();
    let block = block.take_while(|line| line.trim().is_empty() || line.starts_with("    ")).map(str::trim_start);
    let config = block.collect::<Vec<_>>().join("\n");
    assert!(config.contains("brokers") && config.contains("[snapshots]"), "{config}");
    check("chart", &config, &BTreeMap::new());
}

#[test]
fn the_variables_of_image_compose_and_systemd_are_known() {
    for (file, at_least) in [("docker/Dockerfile", 3), ("compose/compose.yml", 4), ("systemd/kpistream.service", 1)] {
        let found = variables(&deploy(file));
        assert!(found.len() >= at_least, "{file}: {found:?}");
        check(&file.replace('/', "-"), "", &found);
    }
}

#[test]
fn a_variable_that_is_unknown_would_be_found() {
    assert_eq!(
        variables("{ <<: *x, KPISTREAM_A__B: \"1\" }\nENV KPISTREAM_C=2 \\"),
        [("KPISTREAM_A__B", "1"), ("KPISTREAM_C", "2")].map(|(n, v)| (n.to_owned(), v.to_owned())).into()
    );
}
