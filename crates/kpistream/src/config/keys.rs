//! Every configuration key, with what it takes: the one list by which unknown keys are found and wrong values explained.

/// A key of the configuration.
#[derive(Debug)]
pub struct Key {
    /// Its full name; `*` stands for any one name, `**` for any names, `N` for the number of a table in a list of them.
    pub name: &'static str,
    /// What may be given, to end the sentence "give ...".
    pub takes: &'static str,
}

const fn key(name: &'static str, takes: &'static str) -> Key {
    Key { name, takes }
}

const DATE: &str = "a date in quotes such as \"2025-01-01\"";
const SPAN: &str = "a number and s, m, h or d, such as 24h";
const PERIOD_NAME: &str = "the name of one of its periods, such as 2026-W05, 2026-01, 2026-Q1 or 2026";
const TOPIC: &str = "a topic's name: up to 249 letters, digits, `.`, `_` and `-`";

/// All keys.
pub const KEYS: &[Key] = &[
    key("time_zone", "an IANA time zone such as Europe/Warsaw"),
    key("currency", "an ISO 4217 code in upper case such as EUR"),
    key("kpi.margin", "a decimal above 0 and at most 1 such as 0.8"),
    key("kpi.conversion_horizon_days", "whole days from 0 to 3650"),
    key("kpi.spend_lag_days", "whole days from 0 to 3650"),
    key("kpi.conversion_actions", "a list of web-visit actions"),
    key("kpi.community_channels", "a list of channels"),
    key("kpi.return_on", "new_business or all_wins"),
    key("channels.aliases.*", "a channel"),
    key("channels.aliases_of.*.*", "a channel"),
    key("channels.of_platform.*", "a channel"),
    key("windows.served", "a list of windows such as 7d, 24h, this_month, last_quarter_to_date"),
    key("drift.detect", "a number from 1.01 to 100 such as 1.5"),
    key("drift.threshold", "auto, or a number above 0 and at most 1000"),
    key("drift.settle_days", "whole days from 0 to 3650"),
    key("drift.step", "auto, week, month or quarter"),
    key("drift.spread_spend", "true or false"),
    key("drift.channels", "a list of channels"),
    key("drift.baseline.cac.from", DATE),
    key("drift.baseline.cac.until", DATE),
    key("drift.baseline.cac.value", "an amount above 0 such as 750"),
    key("drift.baseline.cac.start", DATE),
    key("drift.baseline.cac.of_channel.*.from", DATE),
    key("drift.baseline.cac.of_channel.*.until", DATE),
    key("drift.baseline.cac.of_channel.*.value", "an amount above 0 such as 750"),
    key("drift.baseline.cac.of_channel.*.start", DATE),
    key("drift.baseline.lead_conversion.from", DATE),
    key("drift.baseline.lead_conversion.until", DATE),
    key("drift.baseline.lead_conversion.value", "a share above 0 and at most 1 such as 0.2"),
    key("drift.baseline.lead_conversion.start", DATE),
    key("drift.baseline.lead_conversion.of_channel.*.from", DATE),
    key("drift.baseline.lead_conversion.of_channel.*.until", DATE),
    key("drift.baseline.lead_conversion.of_channel.*.value", "a share above 0 and at most 1 such as 0.2"),
    key("drift.baseline.lead_conversion.of_channel.*.start", DATE),
    key("targets.N.kpi", "a KPI's name such as cac"),
    key("targets.N.variant", "a variant of the KPI such as blended"),
    key("targets.N.channel", "a channel"),
    key("targets.N.period", "week, month, quarter or year"),
    key("targets.N.from", PERIOD_NAME),
    key("targets.N.until", PERIOD_NAME),
    key("targets.N.value", "a decimal above 0 such as 800"),
    key("targets.N.better", "up, down or near"),
    key("targets.N.profile", "even, weekday or previous"),
    key("money.rates", "the path of a CSV file of rates"),
    key("kafka.brokers", "a list of HOST:PORT"),
    key("kafka.properties.**", "a librdkafka property as text"),
    key("topics.lead_created", TOPIC),
    key("topics.deal_closed", TOPIC),
    key("topics.ad_spend", TOPIC),
    key("topics.social_interaction", TOPIC),
    key("topics.web_visit", TOPIC),
    key("topics.dead_letters", TOPIC),
    key("topics.create.partitions", "a whole number from 1 to 1000"),
    key("topics.create.replication", "a whole number from 1 to 9"),
    key("topics.create.interaction_retention", "a span such as 775d, or forever"),
    key("topics.create.dead_letter_retention", "a span such as 90d, or forever"),
    key("schemas.ids.*", "the name of an event type whose embedded schema it is, the path of an .avsc file, or json"),
    key("http.address", "IP:PORT such as 127.0.0.1:9464"),
    key("http.allowed_hosts", "a list of names of hosts, without ports, such as kpis.example.com"),
    key("http.token_file", "the path of a file that holds a token"),
    key("http.tls_certificate", "the path of a PEM file, and http.tls_key beside it"),
    key("http.tls_key", "the path of a PEM file, and http.tls_certificate beside it"),
    key("http.explain", "true or false"),
    key("shutdown_seconds", "a whole number from 1 to 3600"),
    key("dedup.span", SPAN),
    key("dedup.max_ids", "a whole number from 1000 to 1000000000"),
    key("run.threads", "a whole number from 1 to 256"),
    key("snapshots.url", "a folder, or a URL such as s3://bucket/folder, gs://bucket/folder or az://container/folder; or none"),
    key("snapshots.every", SPAN),
    key("snapshots.instance", "a name of up to 128 letters, digits, `.`, `_` and `-`"),
    key("log.level", "error, warn, info, debug or trace"),
    key("log.format", "text or json"),
];

/// What stands at a path.
#[derive(Debug)]
pub enum PathKind {
    /// A key that takes a value.
    Value(&'static Key),
    /// A table of keys.
    Table,
    /// Nothing.
    Nowhere,
}

/// What stands at a path.
pub fn kind_of(path: &[&str]) -> PathKind {
    let exact = KEYS.iter().find(|key| fits(key.name, path) == Some(Fit::Whole));
    match exact {
        // Below `**` tables and values both may stand; the value is what ends the walk.
        Some(key) => PathKind::Value(key),
        None if KEYS.iter().any(|key| fits(key.name, path) == Some(Fit::Part)) => PathKind::Table,
        None => PathKind::Nowhere,
    }
}

/// Whether a list of tables stands at a path: `[[targets]]`.
pub fn is_list(path: &[&str]) -> bool {
    let prefix = format!("{}.N.", path.join("."));
    KEYS.iter().any(|key| key.name.starts_with(&prefix))
}

/// The known key or table that reads most like an unknown one.
pub fn nearest(path: &[&str]) -> &'static str {
    let (whole, last) = (path.join("."), path.last().copied().unwrap_or_default());
    let likeness = |name: &'static str| {
        let own_last = name.rsplit('.').find(|part| !part.starts_with('*')).unwrap_or(name);
        let of_whole = strsim::normalized_damerau_levenshtein(name, &whole);
        // The right name in the wrong table.
        of_whole.max(strsim::normalized_damerau_levenshtein(own_last, last) * 0.99)
    };
    let tables = KEYS.iter().flat_map(|key| key.name.match_indices('.').filter_map(|(at, _)| key.name.get(..at)));
    let names = KEYS.iter().map(|key| key.name).chain(tables);
    names.filter(|name| !name.ends_with('*')).max_by(|a, b| likeness(a).total_cmp(&likeness(b))).unwrap_or_default()
}

/// What the key of a name takes.
pub fn takes(path: &[&str]) -> &'static str {
    match kind_of(path) {
        PathKind::Value(key) => key.takes,
        PathKind::Table => "a table",
        PathKind::Nowhere => "another key",
    }
}

#[derive(PartialEq, Eq)]
enum Fit {
    Whole,
    Part,
}

/// Whether a path is what a name stands for, or the beginning of it.
fn fits(name: &str, path: &[&str]) -> Option<Fit> {
    let mut parts = name.split('.');
    for step in path {
        match parts.next() {
            Some("**") => return Some(Fit::Whole),
            Some("*") => {}
            Some("N") if step.bytes().all(|b| b.is_ascii_digit()) => {}
            Some(part) if part == *step => {}
            _ => return None,
        }
    }
    Some(if parts.next().is_none() { Fit::Whole } else { Fit::Part })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_told_apart() {
        for (path, expected) in [
            (&["kpi", "margin"][..], "value"),
            (&["kpi"], "table"),
            (&["channels", "aliases", "Paid LinkedIn"], "value"),
            (&["channels", "aliases_of", "crm"], "table"),
            (&["kafka", "properties", "security", "protocol"], "value"),
            (&["kafka", "properties"], "table"),
            (&["kpi", "margin", "net"], "nowhere"),
            (&["margin"], "nowhere"),
            (&["targets", "12", "kpi"], "value"),
            (&["targets", "cac", "kpi"], "nowhere"),
            (&["targets"], "table"),
        ] {
            let found = match kind_of(path) {
                PathKind::Value(_) => "value",
                PathKind::Table => "table",
                PathKind::Nowhere => "nowhere",
            };
            assert_eq!(found, expected, "{path:?}");
        }
    }

    #[test]
    fn the_nearest_key_is_what_was_meant() {
        for (path, meant) in [
            (&["timezone"][..], "time_zone"),
            (&["kpi", "marign"], "kpi.margin"),
            (&["margin"], "kpi.margin"),
            (&["kpis", "spend_lag"], "kpi.spend_lag_days"),
            (&["kpis"], "kpi"),
            (&["broker"], "kafka.brokers"),
            (&["money", "rate"], "money.rates"),
        ] {
            assert_eq!(nearest(path), meant);
        }
    }
}
