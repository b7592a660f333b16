//! Every error text of the configuration, and that each key lands where it should.

mod targets;

use std::{fs, path::PathBuf};

use expect_test::{Expect, expect};
use model::{Currency, Micros, ReturnOn};

use super::*;

/// A folder of its own that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("kpistream-config-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn load(name: &str, toml: &str, environment: &[(&str, &str)], flags: &[(&'static str, &'static str, &str)]) -> (Folder, Result<Loaded, ConfigError>) {
    let folder = Folder::new(name);
    let file = folder.write("config.toml", toml);
    let environment = environment.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    let flags = flags.iter().map(|(flag, key, value)| (*flag, *key, value.to_string())).collect();
    let loaded = Loaded::load(Layers { file: Some(file), environment, flags });
    (folder, loaded)
}

fn refused(name: &str, cases: &[&str], expected: Expect) {
    let mut lines = String::new();
    for toml in cases {
        let (folder, loaded) = load(name, toml, &[], &[]);
        let error = loaded.expect_err(toml).to_string().replace(&format!("{}/", folder.0.display()), "");
        assert!(!error.contains('\n'), "one line: {error}");
        lines.push_str(&error);
        lines.push('\n');
    }
    expected.assert_eq(&lines);
}

#[test]
fn wrong_values_say_what_is_allowed() {
    refused(
        "values",
        &[
            "time_zone = 'Europe/Warschau'",
            "currency = 'eur'",
            "currency = 978",
            "kpi.margin = '1.5'",
            "kpi.margin = 0",
            "kpi.margin = ['0.8']",
            "kpi.conversion_horizon_days = -1",
            "kpi.conversion_horizon_days = 'ninety'",
            "kpi.spend_lag_days = 1.5",
            "kpi.return_on = 'wins'",
            "kpi.conversion_actions = ['']",
            "kpi.community_channels = {social = true}",
            "windows.served = ['7d', '8d']",
            "channels.aliases.x = ''",
            "channels.aliases_of.crm = 'event'",
            "http.address = 'localhost'",
            "dedup.span = '24'",
            "topics.ad_spend = 'ad spend'",
            "topics.ad_spend = 'web-visit'\ntopics.web_visit = 'web-visit'",
            "kafka.brokers = ['localhost']",
            "kafka.properties.'sasl.password' = ['hunter2']",
            "kafka.properties.'auto.offset.reset' = 'latest'",
            "kafka.properties.'sasl.password' = 'a'\nkafka.properties.'sasl.password_file' = 'b'",
            "kpi.conversion_actions = '[\"signup\"'",
            "schemas.ids.x = 'web-visit'",
            "schemas.ids.7 = 'web-visits'",
            "log.level = 'loud'",
            "topics.create.interaction_retention = '25 months'",
        ],
        expect![[r#"
            config.toml: `time_zone` = "Europe/Warschau" is not allowed; give an IANA time zone such as Europe/Warsaw
            config.toml: `currency` = "eur" is not allowed; give an ISO 4217 code in upper case such as EUR
            config.toml: `currency` = "978" is not allowed; give an ISO 4217 code in upper case such as EUR
            config.toml: `kpi.margin` = "1.5" is not allowed; give a decimal above 0 and at most 1 such as 0.8
            config.toml: `kpi.margin` = "0" is not allowed; give a decimal above 0 and at most 1 such as 0.8
            config.toml: `kpi.margin` = ["0.8"] is not allowed; give a decimal above 0 and at most 1 such as 0.8
            config.toml: `kpi.conversion_horizon_days` = "-1" is not allowed; give whole days from 0 to 3650
            config.toml: `kpi.conversion_horizon_days` = "ninety" is not allowed; give whole days from 0 to 3650
            config.toml: `kpi.spend_lag_days` = "1.5" is not allowed; give whole days from 0 to 3650
            config.toml: `kpi.return_on` = "wins" is not allowed; give new_business or all_wins
            config.toml: `kpi.conversion_actions` = [""] is not allowed ("" is not one); give a list of web-visit actions
            config.toml: `kpi.community_channels` = a table or nested list is not allowed; give a list of channels
            config.toml: `windows.served` = ["7d", "8d"] is not allowed ("8d" is not one); give a list of windows such as 7d, 24h, this_month, last_quarter_to_date
            config.toml: `channels.aliases.x` = "" is not allowed; give a channel
            config.toml: `channels.aliases_of.crm` = "event" is not allowed; give a table of keys
            config.toml: `http.address` = "localhost" is not allowed; give IP:PORT such as 127.0.0.1:9464
            config.toml: `dedup.span` = "24" is not allowed; give a number and s, m, h or d, such as 24h
            config.toml: `topics.ad_spend` = "ad spend" is not allowed; give a topic's name: up to 249 letters, digits, `.`, `_` and `-`
            config.toml: `topics.web_visit` = "web-visit" is not allowed (another topic has that name); give a topic's name: up to 249 letters, digits, `.`, `_` and `-`
            config.toml: `kafka.brokers` = ["localhost"] is not allowed ("localhost" is not one); give a list of HOST:PORT
            config.toml: `kafka.properties.sasl.password` = (not shown) is not allowed; give a librdkafka property as text
            config.toml: `kafka.properties.auto.offset.reset` = (not shown) is not allowed (kafka property `auto.offset.reset`: cannot be set: a lost offset is a failure of its partition, never a jump); give a property and a value that librdkafka takes, or leave it out
            config.toml: `kafka.properties.sasl.password_file` = (not shown) is not allowed (`sasl.password` is given too); give one of the two
            config.toml: `kpi.conversion_actions` = "[\"signup\"" is not allowed (it begins like a JSON list of texts, and is none); give a list of web-visit actions
            config.toml: `schemas.ids.x` = "web-visit" is not allowed; give a schema id (a whole number or a GUID) as the key
            config.toml: `schemas.ids.7` = "web-visits" is not allowed; give the name of an event type whose embedded schema it is, the path of an .avsc file, or json
            config.toml: `log.level` = "loud" is not allowed; give error, warn, info, debug or trace
            config.toml: `topics.create.interaction_retention` = "25 months" is not allowed; give a span such as 775d, or forever
        "#]],
    );
}

#[test]
fn unknown_keys_name_the_nearest_known() {
    refused(
        "keys",
        &["timezone = 'UTC'", "[kpi]\nmarign = '0.8'", "[kpis]\nmargin = '0.8'", "kpi.margin.net = 1", "kpi = 3"],
        expect![[r#"
        config.toml: unknown key `timezone`; the nearest known one is `time_zone`
        config.toml: unknown key `kpi.marign`; the nearest known one is `kpi.margin`
        config.toml: unknown key `kpis`; the nearest known one is `kpi`
        config.toml: `kpi.margin` = a table or nested list is not allowed; give a decimal above 0 and at most 1 such as 0.8
        config.toml: `kpi` = "3" is not allowed; give a table of keys
    "#]],
    );
}

#[test]
fn files_of_no_use_are_named() {
    refused(
        "files",
        &[
            "time_zone = ",
            "time_zone = 'UTC'\ntime_zone = 'UTC'",
            "money.rates = 'none.csv'",
            "money.rates = 'config.toml'",
            "kafka.properties.'sasl.password_file' = 'none'",
            "schemas.ids.7 = 'none.avsc'",
        ],
        expect![[r#"
            config.toml: not TOML: line 1, column 13: a value such as "text", 12, true or ["a", "b"] is expected
            config.toml: not TOML: line 2, column 1: duplicate key `time_zone` in document root
            config.toml: `money.rates`: none.csv: no such file; give the path of a CSV file of rates
            config.toml: `money.rates`: config.toml: line 1: the header begins with "money.rates = 'config.toml'", not Date
            config.toml: `kafka.properties.sasl.password_file`: none: no such file; give a file that holds the value
            config.toml: `schemas.ids.7`: none.avsc: no such file
        "#]],
    );
    let missing = Loaded::load(Layers { file: Some("none.toml".into()), ..Layers::default() });
    expect!["none.toml: cannot read the configuration (no such file); give the path of a TOML file"].assert_eq(&missing.unwrap_err().to_string());
}

#[test]
fn flags_go_over_the_environment_over_the_file() {
    let toml = "time_zone = 'UTC'\ncurrency = 'USD'\nkpi.margin = '0.5'";
    let environment = [("KPISTREAM_CURRENCY", "JPY"), ("KPISTREAM_KPI__MARGIN", "0.6"), ("KPISTREAM_TIME_ZONE", ""), ("PATH", "/bin")];
    let (_folder, loaded) = load("layers", toml, &environment, &[("--margin", "kpi.margin", "0.7")]);
    let loaded = loaded.unwrap();
    assert_eq!(
        (loaded.setup.settings.zone.name(), loaded.setup.kpis.currency.code(), loaded.setup.kpis.margin),
        ("UTC", "JPY", Some(Micros(700_000)))
    );
}

#[test]
fn errors_name_the_variable_or_flag() {
    let error = |environment: &[(&str, &str)], flags: &[(&'static str, &'static str, &str)]| {
        load("origin", "", environment, flags).1.unwrap_err().to_string()
    };
    expect![[r#"environment variable KPISTREAM_KPI__MARGIN: `kpi.margin` = "2" is not allowed; give a decimal above 0 and at most 1 such as 0.8"#]]
        .assert_eq(&error(&[("KPISTREAM_KPI__MARGIN", "2")], &[]));
    expect!["environment variable KPISTREAM_TIMEZONE: unknown key `timezone`; the nearest known one is `time_zone`"]
        .assert_eq(&error(&[("KPISTREAM_TIMEZONE", "UTC")], &[]));
    expect![[r#"--currency: `currency` = "zł" is not allowed; give an ISO 4217 code in upper case such as EUR"#]]
        .assert_eq(&error(&[], &[("--currency", "currency", "zł")]));
}

#[test]
fn every_key_lands_where_it_should() {
    let toml = r#"
        time_zone = "Europe/Warsaw"
        currency = "PLN"
        [kpi]
        margin = 0.8
        conversion_horizon_days = 30
        spend_lag_days = 3
        conversion_actions = ["signup"]
        community_channels = ["social", "Social Media"]
        return_on = "all_wins"
        [channels.aliases]
        "Paid LinkedIn" = "paid_social"
        [channels.aliases_of.crm]
        "Expo" = "event"
        [channels.of_platform]
        linkedin = "display"
        [windows]
        served = ["7d", "all", "7d"]
        [kafka]
        brokers = "a:9092, b:9092"
        [kafka.properties]
        security.protocol = "SASL_SSL"
        "sasl.password_file" = "password"
        [topics]
        ad_spend = "ads"
        create.partitions = 12
        create.interaction_retention = "forever"
        [schemas.ids]
        7 = "ad-spend"
        00000000-0000-0000-0000-0000000000ff = "web-visit"
        [http]
        address = "0.0.0.0:80"
        [dedup]
        span = "48h"
        max_ids = 5000
        [run]
        threads = 3
        [log]
        level = "warn"
        format = "json"
    "#;
    let folder = Folder::new("all");
    folder.write("password", "hunter2\n");
    let loaded = Loaded::load(Layers { file: Some(folder.write("config.toml", toml)), ..Layers::default() }).unwrap();
    assert_eq!(
        (loaded.setup.settings.zone.name(), loaded.setup.kpis.currency, loaded.setup.kpis.margin),
        ("Europe/Warsaw", "PLN".parse().unwrap(), Some(Micros(800_000)))
    );
    assert_eq!(
        (loaded.setup.settings.horizon_days, loaded.setup.kpis.horizon_days(), loaded.setup.kpis.lag_days, loaded.setup.settings.return_on),
        (30, 30, 3, ReturnOn::AllWins)
    );
    assert_eq!(loaded.setup.settings.conversion_actions, ["signup".to_owned()].into());
    assert_eq!(loaded.setup.kpis.community_channels, ["social", "organic_social"].map(str::to_owned).into());
    let channels = &loaded.setup.settings.channels;
    assert_eq!(
        [channels.resolve("ads", "paid-linkedin"), channels.resolve("crm", "expo"), channels.of_platform("linkedin")],
        ["paid_social", "event", "display"]
    );
    assert_eq!(loaded.setup.served.len(), 2, "a window given twice is one");
    assert_eq!(loaded.kafka.brokers.as_deref(), Some("a:9092,b:9092"));
    assert_eq!(loaded.kafka.properties.get("security.protocol").map(String::as_str), Some("SASL_SSL"));
    assert_eq!(loaded.kafka.properties.get("sasl.password").map(String::as_str), Some("hunter2"));
    assert!(!format!("{loaded:?}").contains("hunter2"), "secrets are never printed");
    assert_eq!((loaded.setup.topics.of(model::EventType::AdSpend), loaded.setup.topics.of(model::EventType::WebVisit)), ("ads", "web-visit"));
    assert_eq!((loaded.create.partitions, loaded.create.interaction_retention), (12, kafka::Retention::Forever));
    let known =
        [wire::SchemaId::Guid(255u128.to_be_bytes()), wire::SchemaId::Number(7), wire::SchemaId::Number(8)].map(|id| loaded.setup.schemas.knows(id));
    assert_eq!(known, [true, true, false]);
    assert_eq!(
        (loaded.http.address.to_string().as_str(), loaded.setup.dedup.span_ms, loaded.setup.dedup.ids),
        ("0.0.0.0:80", Some(172_800_000), 5000)
    );
    assert_eq!((loaded.setup.threads, loaded.log_level, loaded.log_format), (3, LogLevel::Warn, LogFormat::Json));
}

#[test]
fn the_defaults_are_those_of_the_definitions() {
    let loaded = Loaded::load(Layers::default()).unwrap();
    assert_eq!((loaded.setup.settings.zone.name(), loaded.setup.kpis.currency, loaded.setup.kpis.margin), ("UTC", Currency::EUR, None));
    assert_eq!((loaded.setup.kpis.horizon_days(), loaded.setup.kpis.lag_days, loaded.setup.served.len()), (90, 0, 10));
    assert_eq!(loaded.http.address.to_string(), "127.0.0.1:9464");
}

#[test]
fn what_kubernetes_sets_is_not_ours() {
    for service in ["KPISTREAM", "KPISTREAM_METRICS", "KPISTREAM_EU_1", "KPISTREAM__CANARY", "KPISTREAM_PORT"] {
        let environment = [
            ("SERVICE_HOST", "10.0.0.1"),
            ("SERVICE_PORT", "9464"),
            ("SERVICE_PORT_HTTP", "9464"),
            ("PORT", "tcp://10.0.0.1:9464"),
            ("PORT_9464_TCP", "tcp://10.0.0.1:9464"),
            ("PORT_9464_TCP_PROTO", "tcp"),
            ("PORT_9464_TCP_PORT", "9464"),
            ("PORT_9464_TCP_ADDR", "10.0.0.1"),
            ("PORT_53_UDP_ADDR", "10.0.0.1"),
        ];
        for (name, value) in environment {
            let name = format!("{service}_{name}");
            load("kubernetes", "", &[(&name, value)], &[]).1.unwrap_or_else(|error| panic!("{name}: {error}"));
        }
    }
    for (name, value) in [
        ("KPISTREAM_KPI__MARGN", "0.8"),
        ("KPISTREAM_PORT", "9464"),
        ("KPISTREAM_HTTP_PORT", "9464"),
        ("KPISTREAM_HTTP__PORT_9464", "1"),
        ("KPISTREAM_SERVICE", "x"),
    ] {
        let error = load("kubernetes", "", &[(name, value)], &[]).1.unwrap_err().to_string();
        assert!(error.contains("unknown key") && error.contains("nearest known one is"), "{error}");
    }
    // What looks like one, and is a key of ours.
    let ours = [("KPISTREAM_CHANNELS__ALIASES__EVENT_SERVICE_HOST", "event")];
    let loaded = load("kubernetes", "", &ours, &[]).1.unwrap();
    assert_eq!(loaded.setup.settings.channels.resolve("", "Event Service Host"), "event");
}

#[test]
fn lists_in_the_environment_are_json_or_have_commas() {
    let actions = |text: &str| {
        let loaded = load("lists", "", &[("KPISTREAM_KPI__CONVERSION_ACTIONS", text)], &[]).1.unwrap();
        loaded.setup.settings.conversion_actions.into_iter().collect::<Vec<_>>().join("|")
    };
    assert_eq!(actions(r#"["signup","purchase"]"#), "purchase|signup");
    assert_eq!(actions(r#" [ "a, b" , " c " ] "#), "a, b|c");
    assert_eq!(actions("signup, purchase,"), "purchase|signup");
    assert_eq!(actions("[]"), "");
}

#[test]
fn the_layers_hold_for_a_property_and_its_file_alike() {
    let password = |toml: &str, environment: &[(&str, &str)]| {
        let (folder, _) = load("secrets", "", &[], &[]);
        folder.write("secret", "of-the-file\n");
        let secret = folder.0.join("secret").display().to_string();
        let file = folder.write("config.toml", &toml.replace("SECRET", &secret));
        let environment = environment.iter().map(|(name, value)| (name.to_string(), value.replace("SECRET", &secret))).collect();
        let loaded = Loaded::load(Layers { file: Some(file), environment, flags: Vec::new() }).unwrap();
        loaded.kafka.properties.get("sasl.password").cloned()
    };
    let (itself, its_file) = ("KPISTREAM_KAFKA__PROPERTIES__SASL__PASSWORD", "KPISTREAM_KAFKA__PROPERTIES__SASL__PASSWORD_FILE");
    for spelling in ["kafka.properties.'sasl.password_file' = 'SECRET'", "kafka.properties.sasl.password_file = 'SECRET'"] {
        assert_eq!(password(spelling, &[(itself, "of-the-environment")]).as_deref(), Some("of-the-environment"));
    }
    for spelling in ["kafka.properties.'sasl.password' = 'low'", "kafka.properties.sasl.password = 'low'"] {
        assert_eq!(password(spelling, &[(its_file, "SECRET")]).as_deref(), Some("of-the-file"));
        assert_eq!(password(spelling, &[(itself, "of-the-environment")]).as_deref(), Some("of-the-environment"));
        assert_eq!(password(spelling, &[]).as_deref(), Some("low"));
    }
}

#[test]
fn what_is_wrong_with_drift_says_what_is_allowed() {
    refused(
        "drift",
        &[
            "[drift]\ndetect = '1'",
            "[drift]\ntreshold = 3",
            "[drift]\nstep = 'day'",
            "[drift.baseline.cac]\nvalue = '-5'",
            "[drift.baseline.lead_conversion]\nvalue = '1.2'",
            "[drift.baseline.roi]\nfrom = '2025-01-01'",
            "[drift.baseline.cac]\nfrom = '2025-01-01'",
            "[drift.baseline.cac]\nfrom = '2025-02-01'\nuntil = '2025-01-31'",
            "[drift.baseline.cac]\nfrom = '2025-02-01'\nuntil = '2025-03-31'\n[drift.baseline.cac.of_channel.email]\nuntil = '2025-01-31'",
            "[drift.baseline.cac.of_channel.email]\nvalue = 5\n[drift.baseline.cac.of_channel.Newsletter]\nvalue = 6",
        ],
        expect![[r#"
            config.toml: `drift.detect` = "1" is not allowed; give a number from 1.01 to 100 such as 1.5
            config.toml: unknown key `drift.treshold`; the nearest known one is `drift.threshold`
            config.toml: `drift.step` = "day" is not allowed; give auto, week, month or quarter
            config.toml: `drift.baseline.cac.value` = "-5" is not allowed; give an amount above 0 such as 750
            config.toml: `drift.baseline.lead_conversion.value` = "1.2" is not allowed; give a share above 0 and at most 1 such as 0.2
            config.toml: unknown key `drift.baseline.roi`; the nearest known one is `drift.baseline.cac`
            config.toml: `drift.baseline.cac.from` = "2025-01-01" is not allowed (there is no `until`); give both ends of the baseline, `from` and `until`
            config.toml: `drift.baseline.cac.from` = "2025-02-01" is not allowed (the baseline from 2025-02-01 until 2025-01-31 has no day); give a `from` that is not after its `until`
            config.toml: `drift.baseline.cac.of_channel.email.until` = "2025-01-31" is not allowed (the baseline from 2025-02-01 until 2025-01-31 has no day); give a `from` that is not after its `until`
            config.toml: `drift.baseline.cac.of_channel.email.value` = "5" is not allowed ("Newsletter" is the same channel); give an amount above 0 such as 750
        "#]],
    );
}

/// KPI F7
#[test]
fn what_drift_is_configured_with_is_read() {
    let toml = "[channels.aliases]\n'Paid LinkedIn' = 'paid_social'\n[drift]\ndetect = 2\nthreshold = 'auto'\nsettle_days = 3\nstep = 'month'\n\
                spread_spend = false\nchannels = ['Paid LinkedIn', 'sem']\n[drift.baseline.cac]\nfrom = '2025-01-01'\nuntil = '2025-06-30'\n\
                [drift.baseline.cac.of_channel.'Paid LinkedIn']\nvalue = 750.5";
    let (_folder, loaded) = load("drift-read", toml, &[("KPISTREAM_DRIFT__SETTLE_DAYS", "4")], &[]);
    let read = loaded.unwrap().setup.drift;
    let day = |text| Some(model::Day::parse(text).unwrap());
    assert_eq!((read.detect, read.threshold, read.settle_days, read.spread_spend), (2.0, None, 4, false));
    assert_eq!(read.step, Some(::drift::Step::Month));
    assert_eq!(read.channels, Some(["paid_search".to_owned(), "paid_social".to_owned()].into()));
    let own = read.cac.of(Some("paid_social"));
    assert_eq!((own.from, own.until, own.value, own.start), (day("2025-01-01"), day("2025-06-30"), Some(750.5), None));
}
