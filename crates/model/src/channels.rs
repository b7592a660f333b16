//! Channel names: one spelling for one channel, so that the spend and the leads of a channel meet.

use std::{borrow::Cow, collections::BTreeMap};

use crate::digest::Digest;

/// What nobody attributed.
pub const UNATTRIBUTED: &str = "(unattributed)";
/// No campaign, no segment.
pub const NONE: &str = "(none)";
/// What a cap on labels folded together.
pub const OTHER: &str = "(other)";

/// The default table: a canonical name and its aliases, all as keys.
const TABLE: &[(&str, &[&str])] = &[
    ("organic_search", &[]),
    ("paid_search", &["ppc", "cpc", "sem"]),
    ("organic_social", &["social_media"]),
    ("paid_social", &[]),
    ("social", &[]),
    ("email", &["email_marketing", "e_mail", "newsletter"]),
    ("referral", &["referrals", "external_referral"]),
    ("direct", &["direct_traffic"]),
    ("display", &[]),
    ("affiliate", &["affiliates"]),
    ("offline", &["offline_sources"]),
    ("other_campaigns", &[]),
    ("ai_referral", &["ai_referrals"]),
    ("organic_video", &[]),
    ("paid_video", &[]),
    ("organic_shopping", &[]),
    ("paid_shopping", &[]),
    ("cross_network", &["performance_max"]),
    ("sms", &[]),
    ("audio", &[]),
    ("push", &["mobile_push_notifications"]),
    ("event", &["trade_show", "seminar", "events"]),
    ("partner", &["partner_referral"]),
    ("content", &["content_marketing", "blog"]),
    (UNATTRIBUTED, &["unassigned", "not_set", "(not_set)"]),
];

/// The channel of a platform's spend where the row names none.
const OF_PLATFORM: &[(&str, &[&str])] = &[
    ("paid_social", &["meta", "facebook", "instagram", "linkedin", "tiktok", "x", "twitter", "pinterest", "reddit", "snapchat"]),
    ("paid_search", &["google_ads", "microsoft_ads", "bing_ads"]),
];

/// The table by which channel names are resolved: the default one and what configuration adds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Channels {
    by_key: BTreeMap<String, String>,
    by_source_and_key: BTreeMap<(String, String), String>,
    of_platform: BTreeMap<String, String>,
}

impl Default for Channels {
    fn default() -> Channels {
        let by_key = TABLE.iter().flat_map(|(name, aliases)| std::iter::once(name).chain(*aliases).map(|key| (key.to_string(), name.to_string())));
        let of_platform = OF_PLATFORM.iter().flat_map(|(name, platforms)| platforms.iter().map(|p| (p.to_string(), name.to_string())));
        Channels { by_key: by_key.collect(), by_source_and_key: BTreeMap::new(), of_platform: of_platform.collect() }
    }
}

impl Channels {
    /// Adds an alias for events of every source.
    pub fn add_alias(&mut self, name: &str, channel: &str) {
        self.add_canonical(channel);
        self.by_key.insert(key(name), channel.trim().to_owned());
    }

    /// Adds an alias for the events of one source.
    pub fn add_alias_of(&mut self, source: &str, name: &str, channel: &str) {
        self.add_canonical(channel);
        self.by_source_and_key.insert((source.to_owned(), key(name)), channel.trim().to_owned());
    }

    /// Takes in the whole table.
    pub fn digest(&self, digest: &mut Digest) {
        digest.number(self.by_key.len() as u64).number(self.by_source_and_key.len() as u64).number(self.of_platform.len() as u64);
        let pairs = self.by_key.iter().chain(&self.of_platform);
        pairs.for_each(|(key, channel)| _ = digest.text(Some(key)).text(Some(channel)));
        let of_sources = self.by_source_and_key.iter();
        of_sources.for_each(|((source, key), channel)| _ = digest.text(Some(source)).text(Some(key)).text(Some(channel)));
    }

    /// A canonical name stands for itself, however it is spelled.
    fn add_canonical(&mut self, channel: &str) {
        self.by_key.entry(key(channel)).or_insert_with(|| channel.trim().to_owned());
    }

    /// Sets the channel of a platform's spend.
    pub fn set_platform(&mut self, platform: &str, channel: &str) {
        self.of_platform.insert(platform_name(platform).into_owned(), channel.trim().to_owned());
    }

    /// The channel of a name, as a source spells it; an unknown name stays as it is, an empty one is [`UNATTRIBUTED`].
    ///
    /// ```
    /// let channels = model::Channels::default();
    /// assert_eq!(channels.resolve("crm", " Organic / Social "), "organic_social");
    /// assert_eq!(channels.resolve("crm", "PPC"), "paid_search");
    /// assert_eq!(channels.resolve("crm", "Expo 2026"), "Expo 2026");
    /// ```
    pub fn resolve<'a>(&'a self, source: &str, name: &'a str) -> &'a str {
        let name = name.trim();
        if name.is_empty() {
            return UNATTRIBUTED;
        }
        let key = key(name);
        if !self.by_source_and_key.is_empty()
            && let Some(channel) = self.by_source_and_key.get(&(source.to_owned(), key.clone()))
        {
            return channel;
        }
        self.by_key.get(&key).map_or(name, String::as_str)
    }

    /// The channel of spend on a platform where the row names none.
    pub fn of_platform(&self, platform: &str) -> &str {
        self.of_platform.get(platform).map_or(UNATTRIBUTED, String::as_str)
    }
}

/// A campaign or segment as a dimension: trimmed, empty or absent as [`NONE`].
pub fn or_none(name: Option<&str>) -> &str {
    match name.map(str::trim) {
        None | Some("") => NONE,
        Some(name) => name,
    }
}

/// A platform's name: trimmed and in lower case.
pub fn platform_name(name: &str) -> Cow<'_, str> {
    let trimmed = name.trim();
    if trimmed.chars().any(|c| c.is_uppercase()) { Cow::Owned(trimmed.to_lowercase()) } else { Cow::Borrowed(trimmed) }
}

/// Lower case, with every run of blanks, `-`, `_`, `/` as one `_`.
fn key(name: &str) -> String {
    let mut key = String::with_capacity(name.len());
    for c in name.trim().chars().flat_map(char::to_lowercase) {
        if !(c.is_whitespace() || matches!(c, '-' | '_' | '/')) {
            key.push(c);
        } else if !key.ends_with('_') {
            key.push('_');
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_has_its_own_spellings_first() {
        let mut channels = Channels::default();
        channels.add_alias("Messe Köln", "event");
        channels.add_alias_of("ads", "expo", "paid_social");
        channels.add_alias("open house", "Partner Days");
        let cases = [
            ("ads", "Expo", "paid_social"),
            ("crm", "Expo", "Expo"),
            ("crm", "MESSE - köln", "event"),
            ("crm", "PARTNER days", "Partner Days"),
            ("crm", "(Not Set)", UNATTRIBUTED),
            ("crm", "\t", UNATTRIBUTED),
            ("crm", "Paid__Social", "paid_social"),
        ];
        for (source, name, channel) in cases {
            assert_eq!(channels.resolve(source, name), channel, "{source} {name}");
        }
    }

    #[test]
    fn spend_takes_its_platforms_channel() {
        let mut channels = Channels::default();
        channels.set_platform("LinkedIn ", "display");
        assert_eq!(
            ["meta", "google_ads", "linkedin", "agency-co"].map(|p| channels.of_platform(p)),
            ["paid_social", "paid_search", "display", UNATTRIBUTED]
        );
    }
}
