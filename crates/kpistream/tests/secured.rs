//! A real Apache Kafka behind TLS, SCRAM and client certificates: what is read is what is reported, and whoever is refused is told why.
#![allow(clippy::unwrap_used, reason = "helpers of tests, which clippy takes for production code")]

mod running;

use std::{
    fs,
    path::Path,
    time::{Duration, Instant as Moment},
};

use serde_json::Value;
use testkit::broker::{PASSWORD, Secured, USER};

use running::{Folder, Instance, await_some};

const AS_OF: &str = "2026-01-01T00:00:00Z";

/// A configuration with these librdkafka properties.
fn configure(folder: &Folder, properties: &[(&str, &str)]) {
    let lines = properties.iter().map(|(name, value)| format!("\"{name}\" = \"{value}\"\n"));
    let text = format!("[kpi]\nmargin = '0.8'\n[run]\nthreads = 2\n[snapshots]\nurl = 'none'\n[kafka.properties]\n{}", lines.collect::<String>());
    fs::write(folder.0.join("config.toml"), text).unwrap();
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// What a start that is refused says, but for what is not its error; it ends within its ten seconds.
fn refused(folder: &Folder, brokers: &str) -> (Option<i32>, String) {
    let begun = Moment::now();
    let (code, said) = Instance::start(folder, brokers).ended();
    assert!(begun.elapsed() < Duration::from_secs(25), "{:?}: {said}", begun.elapsed());
    let errors: Vec<&str> = said.lines().filter(|line| !line.contains(" INFO ")).collect();
    assert_eq!(errors.len(), 1, "one line: {said}");
    assert!(!said.contains(PASSWORD) && !said.contains("wrong-horse"), "{said}");
    (code, said)
}

fn is_refused((name, brokers, properties, words): &(&str, &str, &[(&str, &str)], &[&str])) {
    let folder = Folder::new(name);
    fs::write(folder.0.join("password"), PASSWORD).unwrap();
    fs::write(folder.0.join("wrong"), "wrong-horse").unwrap();
    configure(&folder, properties);
    let (code, said) = refused(&folder, brokers);
    println!("{name}: {said}");
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains(brokers) && words.iter().all(|word| said.contains(word)), "{said}");
}

fn rows(report: &Value) -> &Vec<Value> {
    report["kpis"].as_array().unwrap()
}

/// One broker for all of this: it takes longer to start than all that is asked of it.
#[test]
fn tls_scram_and_client_certificates() {
    let secured = Secured::start().unwrap_or_else(|error| panic!("{error}"));
    let Secured { authority, certificates, .. } = &secured;
    let client = certificates.signed("client", "127.0.0.1", authority).unwrap();
    let stranger = certificates.authority("stranger").unwrap();
    let unknown = certificates.signed("unknown", "127.0.0.1", &stranger).unwrap();
    let folder = Folder::new("secured");
    fs::write(folder.0.join("password"), format!("{PASSWORD}\n")).unwrap();

    let ca = ("ssl.ca.location", path(&authority.certificate));
    let tls = [("security.protocol", "ssl"), ca];
    let mutual = [tls[0], ca, ("ssl.certificate.location", path(&client.certificate)), ("ssl.key.pem_file", path(&client.key))];
    let login = [("security.protocol", "sasl_ssl"), ca, ("sasl.mechanism", "SCRAM-SHA-512"), ("sasl.username", USER)];
    let scram = [&login[..], &[("sasl.password_file", "password")]].concat();

    configure(&folder, &scram);
    folder.run(&format!("topics create --brokers {}", secured.scram));
    let events = folder.run("simulate --days 30 --seed 3 --end 2026-01-01T00:00:00Z").stdout;
    fs::write(folder.0.join("events.ndjson"), &events).unwrap();
    folder.run(&format!("publish --input events.ndjson --brokers {}", secured.scram));
    let report = folder.run(&format!("report --input events.ndjson --as-of {AS_OF} --window 30d --by channel --format json")).stdout;
    let report: Value = serde_json::from_slice(&report).unwrap();
    assert!(rows(&report).iter().any(|row| row["kpi"] == "leads" && row["value"].as_f64() > Some(0.0)), "{report}");
    let published = events.split(|b| *b == b'\n').filter(|line| !line.is_empty()).count() as u64;

    for (name, brokers, properties) in [("tls", &secured.tls, &tls[..]), ("mutual", &secured.mutual, &mutual), ("scram", &secured.scram, &scram)] {
        configure(&folder, properties);
        let instance = Instance::start(&folder, brokers);
        let shown = await_some(name, || {
            let shown = instance.json(&format!("/api/v1/kpis?as_of={AS_OF}&window=30d&by=channel"))?;
            let read: u64 = ["accepted", "duplicate", "stale"].iter().filter_map(|outcome| shown["events"][*outcome].as_u64()).sum();
            (read == published).then_some(shown)
        });
        assert_eq!(rows(&shown), rows(&report), "{name}");
        let (code, said) = instance.terminate();
        assert!(code == Some(0) && !said.contains(PASSWORD), "{said}");
    }

    let unknown = [tls[0], ca, ("ssl.certificate.location", path(&unknown.certificate)), ("ssl.key.location", path(&unknown.key))];
    let wrong = [&login[..], &[("sasl.password_file", "wrong")]].concat();
    let no_user = [&login[..3], &[("sasl.username", "nobody"), ("sasl.password_file", "password")]].concat();
    let plain = [&login[..2], &[("sasl.mechanism", "PLAIN"), ("sasl.username", USER), ("sasl.password_file", "password")]].concat();
    let distrust = [tls[0], ("ssl.ca.location", path(&stranger.certificate))];
    let plaintext = secured.broker.bootstrap();
    let cases: [(&str, &str, Properties<'_>, &[&str]); 10] = [
        ("distrust", &secured.tls, &distrust, &["has a certificate that is not trusted", "ssl.ca.location"]),
        ("elsewhere", &secured.elsewhere, &tls, &["has a certificate of another host name", "advertised.listeners"]),
        // A broker that does not like a certificate may hang up before what it says of it is sent.
        ("bare", &secured.mutual, &tls, &["client's certificate", "ssl.certificate.location"]),
        ("unknown", &secured.mutual, &unknown, &["client's certificate", "ssl.certificate.location"]),
        ("password", &secured.scram, &wrong, &["refuses the login", "sasl.password", "invalid credentials"]),
        ("user", &secured.scram, &no_user, &["refuses the login", "sasl.username", "invalid credentials"]),
        ("mechanism", &secured.scram, &plain, &["refuses the login", "sasl.mechanism", "SCRAM-SHA-512"]),
        ("no-login", &secured.scram, &tls, &["closes the connection", "sasl_ssl"]),
        ("no-tls", &secured.tls, &[], &["closes the connection", "security.protocol", "ssl"]),
        // Nor may what is not TLS arrive before that broker hangs up.
        ("too-much-tls", plaintext, &tls, &["TLS", "security.protocol"]),
    ];
    // Side by side: who is not told more than that the connection was closed tries again for ten seconds.
    std::thread::scope(|threads| cases.iter().for_each(|case| drop(threads.spawn(|| is_refused(case)))));

    what_cannot_be_is_bad_usage(&folder, &secured);
}

/// Properties of librdkafka, by name.
type Properties<'a> = &'a [(&'a str, &'a str)];

/// What no broker need be asked for: `check` finds it, and `run` ends with it, the same line from both.
fn what_cannot_be_is_bad_usage(folder: &Folder, secured: &Secured) {
    let ca = ("ssl.ca.location", path(&secured.authority.certificate));
    let cases: &[(Properties<'_>, &[&str])] = &[
        (&[("security.protcol", "ssl")], &["security.protcol", "the nearest is `security.protocol`"]),
        (&[("isolation.level", "read_uncommitted")], &["isolation.level", "is always read_committed", "must not be counted"]),
        (&[("security.protocol", "sasl_ssl"), ("sasl.mechanism", "OAUTHBEARER")], &["OAUTHBEARER (OIDC)", "not built in", "SCRAM-SHA-512"]),
        (&[("sasl.oauthbearer.method", "oidc")], &["OAUTHBEARER (OIDC)", "not built in"]),
        (&[("security.protocol", "sasl_ssl"), ca], &["sasl.mechanism", "is missing", "SCRAM-SHA-512"]),
        (&[("security.protocol", "ssl"), ("ssl.ca.location", "/none.pem")], &["ssl.ca.location", "No such file"]),
        (&[("security.protocol", "ssl"), ("ssl.ca.pem_file", "none.pem")], &["ssl.ca.pem_file", "none.pem: no such file"]),
        (&[("security.protocol", "sasl_ssl"), ca, ("sasl.mechanism", "SCRAM-SHA-512")], &["sasl.username and sasl.password must be set"]),
    ];
    for (properties, words) in cases {
        configure(folder, properties);
        let (code, said) = refused(folder, &secured.scram);
        assert!(code == Some(2) && words.iter().all(|word| said.contains(word)), "{said}");
        // `check` is told of brokers by the configuration alone.
        let config = fs::read_to_string(folder.0.join("config.toml")).unwrap();
        fs::write(folder.0.join("config.toml"), format!("[kafka]\nbrokers = '{}'\n{config}", secured.scram)).unwrap();
        let checked = folder.command("check").output().unwrap();
        let said = String::from_utf8(checked.stderr).unwrap();
        assert!(checked.status.code() == Some(1) && words.iter().all(|word| said.contains(word)), "{said}");
    }
}
