//! Configurations that nobody means: each is one, or refused in one line.

use std::{fs, path::Path};

use testkit::fuzz::Fuzz;

use super::*;

const SEEDS: [&str; 5] = [
    "time_zone = \"Europe/Warsaw\"\ncurrency = \"PLN\"\n[kpi]\nmargin = 0.8\nconversion_horizon_days = 30\nspend_lag_days = 3\nconversion_actions = [\"signup\"]\n",
    "[channels.aliases]\n\"Paid LinkedIn\" = \"paid_social\"\n[channels.aliases_of.crm]\n\"Expo\" = \"event\"\n[channels.of_platform]\nlinkedin = \"display\"\n",
    "[kafka]\nbrokers = \"a:9092, b:9092\"\n[kafka.properties]\nsecurity.protocol = \"SASL_SSL\"\n[topics]\ncreate.partitions = 12\n[dedup]\nspan = \"48h\"\n",
    "[schemas.ids]\n7 = \"ad-spend\"\n12 = \"json\"\n00000000-0000-0000-0000-0000000000ff = \"web-visit\"\n[windows]\nserved = [\"7d\", \"all\"]\n[snapshots]\nurl = \"none\"\n",
    "[[targets]]\nkpi = \"cac\"\nvariant = \"paid\"\nvalue = 800\n[[targets]]\nkpi = \"leads\"\nchannel = \"News\"\nperiod = \"week\"\nfrom = \"2026-W05\"\nvalue = \"5\"\nprofile = \"previous\"\n",
];

/// The same as variables of the environment: a line each, `__` where the file has a dot.
const VARIABLES: &str =
    "KPI__MARGIN=0.8\nTIME_ZONE=UTC\nKPI__CONVERSION_ACTIONS=[\"a\",\"b\"]\nWINDOWS__SERVED=7d,all\nKAFKA__BROKERS=a:1\nDEDUP__SPAN=1h\n";

#[test]
fn any_configuration_is_one_or_refused_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz/config");
    let seeds = SEEDS.iter().map(|toml| format!("f{toml}")).chain([format!("e{VARIABLES}")]).map(String::into_bytes).collect();
    Fuzz { kept, cases: 3_000, seeds }.hold(|input| {
        let Some((kind, rest)) = input.split_first() else { return };
        let layers = if *kind == b'e' {
            let text = String::from_utf8_lossy(rest);
            let variables = text.lines().filter_map(|line| line.split_once('='));
            let environment = variables.map(|(name, value)| (format!("KPISTREAM_{name}"), value.to_owned())).collect();
            Layers { environment, ..Layers::default() }
        } else {
            fs::write(&file, rest).unwrap();
            Layers { file: Some(file.clone()), ..Layers::default() }
        };
        if let Err(error) = Loaded::load(layers) {
            let line = error.to_string();
            assert!(!line.contains('\n') && line.len() < 20_000, "{line:?}");
        }
    });
}
