//! What of librdkafka's properties may be set, and what is said of the rest.
#![allow(clippy::unwrap_used, reason = "helpers of tests, which clippy takes for production code")]

use expect_test::{Expect, expect};
use kafka::Connection;

fn check(properties: &[(&str, &str)], expected: Expect) {
    let said = properties.iter().map(|(name, value)| match Connection::new("kafka:9092").unwrap().with(name, value) {
        Ok(_) => format!("{name}: allowed\n"),
        Err(error) => format!("{error}\n"),
    });
    expected.assert_eq(&said.collect::<String>());
}

#[test]
fn what_decides_the_numbers_is_not_the_users_to_set() {
    check(
        &[("check.crcs", "false"), ("isolation.level", "read_uncommitted"), ("isolation.level", "read_committed"), ("transactional.id", "x")],
        expect![[r#"
            kafka property `check.crcs`: cannot be set: is always on: a damaged record must not be counted
            kafka property `isolation.level`: is always read_committed: a record that its publisher took back must not be counted
            isolation.level: allowed
            kafka property `transactional.id`: cannot be set: each record is sent by itself, outside of transactions
        "#]],
    );
}

#[test]
fn misspelt_properties_and_wrong_values_are_told() {
    check(
        &[
            ("security.protcol", "ssl"),
            ("sasl.user", "me"),
            ("ssl.ca.file", "ca.pem"),
            ("security.protocol", "tls"),
            ("fetch.max.bytes", "many"),
            ("error_cb", "f"),
            ("ssl.key.pem", "hunter2"),
        ],
        expect![[r#"
            kafka property `security.protcol`: librdkafka has no such property; the nearest is `security.protocol`
            kafka property `sasl.user`: librdkafka has no such property; the nearest is `sasl.username`
            kafka property `ssl.ca.file`: librdkafka has no such property; the nearest is `ssl.ca.pem`
            kafka property `security.protocol`: Invalid value "tls" for configuration property "security.protocol"
            kafka property `fetch.max.bytes`: Invalid value for configuration property "fetch.max.bytes"
            kafka property `error_cb`: Property "error_cb" must be set through dedicated .._set_..() function
            ssl.key.pem: allowed
        "#]],
    );
}

#[test]
fn what_is_not_built_in_is_told() {
    check(
        &[
            ("sasl.mechanism", "OAUTHBEARER"),
            ("sasl.mechanisms", "GSSAPI"),
            ("sasl.oauthbearer.method", "oidc"),
            ("enable.sasl.oauthbearer.unsecure.jwt", "true"),
            ("sasl.kerberos.keytab", "/etc/keytab"),
            ("sasl.mechanism", "SCRAM-SHA-512"),
        ],
        expect![[r#"
            kafka property `sasl.mechanism`: OAUTHBEARER (OIDC) and GSSAPI (Kerberos) are not built in; give sasl.mechanism SCRAM-SHA-512, SCRAM-SHA-256 or PLAIN, or a certificate by ssl.certificate.location and ssl.key.location
            kafka property `sasl.mechanisms`: OAUTHBEARER (OIDC) and GSSAPI (Kerberos) are not built in; give sasl.mechanism SCRAM-SHA-512, SCRAM-SHA-256 or PLAIN, or a certificate by ssl.certificate.location and ssl.key.location
            kafka property `sasl.oauthbearer.method`: OAUTHBEARER (OIDC) and GSSAPI (Kerberos) are not built in; give sasl.mechanism SCRAM-SHA-512, SCRAM-SHA-256 or PLAIN, or a certificate by ssl.certificate.location and ssl.key.location
            kafka property `enable.sasl.oauthbearer.unsecure.jwt`: OAUTHBEARER (OIDC) and GSSAPI (Kerberos) are not built in; give sasl.mechanism SCRAM-SHA-512, SCRAM-SHA-256 or PLAIN, or a certificate by ssl.certificate.location and ssl.key.location
            kafka property `sasl.kerberos.keytab`: OAUTHBEARER (OIDC) and GSSAPI (Kerberos) are not built in; give sasl.mechanism SCRAM-SHA-512, SCRAM-SHA-256 or PLAIN, or a certificate by ssl.certificate.location and ssl.key.location
            sasl.mechanism: allowed
        "#]],
    );
}

/// No broker is asked: what is refused is how the properties go together, and the files that they name.
#[test]
fn what_does_not_go_together_is_told() {
    let tried = |properties: &[(&str, &str)]| {
        let connection = Connection::new("kafka:9092").unwrap();
        let connection = properties.iter().try_fold(connection, |connection, (name, value)| connection.with(name, value)).unwrap();
        connection.try_out().map_err(|error| error.to_string())
    };
    assert_eq!(tried(&[("fetch.max.bytes", "1000000"), ("compression.type", "zstd"), ("client.id", "x")]), Ok(()));
    expect!["kafka property `sasl.mechanism`: is missing; give SCRAM-SHA-512, SCRAM-SHA-256 or PLAIN"]
        .assert_eq(&tried(&[("security.protocol", "sasl_plaintext")]).unwrap_err());
    let nowhere = tried(&[("security.protocol", "ssl"), ("ssl.ca.location", "/none.pem")]).unwrap_err();
    assert!(nowhere.contains("ssl.ca.location") && nowhere.contains("No such file"), "{nowhere}");
    let secret = tried(&[("security.protocol", "ssl"), ("ssl.key.pem", "hunter2")]).unwrap_err();
    assert!(secret.contains("ssl.key.pem") && !secret.contains("hunter2"), "{secret}");
}
