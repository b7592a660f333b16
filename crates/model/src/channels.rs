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
    by_key: BTreeMap<String, Target>,
    by_source: BTreeMap<String, BTreeMap<String, Target>>,
    of_platform: BTreeMap<String, Target>,
}

/// What a name stands for.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Target {
    channel: String,
    /// Of what is configured, the key under which it is looked up in its turn: once, in the whole table. What the default table says
    /// is not looked up again.
    key: Option<String>,
}

impl Target {
    /// A channel that is the last word.
    fn last(channel: &str) -> Target {
        Target { channel: channel.trim().to_owned(), key: None }
    }

    fn configured(channel: &str) -> Target {
        Target { key: Some(key(channel)), ..Target::last(channel) }
    }
}

impl Default for Channels {
    fn default() -> Channels {
        let names = TABLE.iter().flat_map(|(name, aliases)| std::iter::once(name).chain(*aliases).map(move |key| (key, name)));
        let platforms = OF_PLATFORM.iter().flat_map(|(name, platforms)| platforms.iter().map(move |platform| (platform, name)));
        Channels {
            by_key: names.map(|(key, name)| (key.to_string(), Target::last(name))).collect(),
            by_source: BTreeMap::new(),
            of_platform: platforms.map(|(platform, name)| (platform.to_string(), Target::last(name))).collect(),
        }
    }
}

impl Channels {
    /// Adds an alias for events of every source.
    pub fn add_alias(&mut self, name: &str, channel: &str) {
        self.add_canonical(channel);
        self.by_key.insert(key(name), Target::configured(channel));
    }

    /// Adds an alias for the events of one source.
    pub fn add_alias_of(&mut self, source: &str, name: &str, channel: &str) {
        self.add_canonical(channel);
        self.by_source.entry(source.to_owned()).or_default().insert(key(name), Target::configured(channel));
    }

    /// Takes in the whole table.
    pub fn digest(&self, digest: &mut Digest) {
        let tables = [("", &self.by_key), ("", &self.of_platform)];
        let of_sources = self.by_source.iter().map(|(source, table)| (source.as_str(), table));
        for (source, table) in tables.into_iter().chain(of_sources) {
            digest.text(Some(source)).number(table.len() as u64);
            for (name, target) in table {
                digest.text(Some(name)).text(Some(&target.channel)).text(target.key.as_deref());
            }
        }
    }

    /// What an alias stands for stands for itself, however it is spelled, unless something else is said of it.
    fn add_canonical(&mut self, channel: &str) {
        self.by_key.entry(key(channel)).or_insert_with(|| Target::last(channel));
    }

    /// Sets the channel of a platform's spend.
    pub fn set_platform(&mut self, platform: &str, channel: &str) {
        self.of_platform.insert(key(platform), Target::configured(channel));
    }

    /// The channel of a name, as a source spells it; an unknown name stays as it is, an empty one is [`UNATTRIBUTED`].
    /// KPI D1, D2
    ///
    /// ```
    /// let mut channels = model::Channels::default();
    /// assert_eq!(channels.resolve("crm", " Organic / Social "), "organic_social");
    /// assert_eq!(channels.resolve("crm", "PPC"), "paid_search");
    /// assert_eq!(channels.resolve("crm", "Expo 2026"), "Expo 2026");
    ///
    /// channels.add_alias("LinkedIn Ads", "Paid Social");
    /// assert_eq!(channels.resolve("crm", "linkedin-ads"), "paid_social");
    /// ```
    pub fn resolve<'a>(&'a self, source: &str, name: &'a str) -> &'a str {
        let name = name.trim();
        if name.is_empty() {
            return UNATTRIBUTED;
        }
        let own = self.by_source.get(source);
        self.find(own, &key(name)).map_or(name, |target| self.follow(own, target))
    }

    /// The channel of a name that configuration or a command gives, whatever the source: as [`resolve`](Channels::resolve) has it for
    /// events of sources without aliases of their own.
    pub fn named<'a>(&'a self, name: &'a str) -> &'a str {
        let name = name.trim();
        self.find(None, &key(name)).map_or(name, |target| self.follow(None, target))
    }

    fn find<'a>(&'a self, own: Option<&'a BTreeMap<String, Target>>, key: &str) -> Option<&'a Target> {
        own.and_then(|table| table.get(key)).or_else(|| self.by_key.get(key))
    }

    /// What a target comes to: itself, or where it is configured, what it is an alias of in its turn.
    fn follow<'a>(&'a self, own: Option<&'a BTreeMap<String, Target>>, target: &'a Target) -> &'a str {
        let Some(found) = target.key.as_deref().and_then(|key| self.find(own, key)) else { return &target.channel };
        // It is not looked up a third time, but a channel that stands for itself has one spelling.
        let itself = found.key.as_deref().and_then(|key| self.by_key.get(key).filter(|last| last.key.is_none() && self::key(&last.channel) == key));
        &itself.unwrap_or(found).channel
    }

    /// The channel of spend on a platform where the row names none. KPI D5
    pub fn of_platform(&self, platform: &str) -> &str {
        self.of_platform.get(platform).map_or(UNATTRIBUTED, |target| self.follow(None, target))
    }
}

/// A campaign or segment as a dimension: trimmed, empty or absent as [`NONE`].
pub fn or_none(name: Option<&str>) -> &str {
    match name.map(str::trim) {
        None | Some("") => NONE,
        Some(name) => name,
    }
}

/// A platform's name, read like that of a channel: lower case, with every run of blanks, `-`, `_`, `/` as one `_`.
///
/// ```
/// use model::channels::platform_name;
/// assert_eq!(["Google Ads ", "google_ads", "GOOGLE-ads"].map(|name| platform_name(name).into_owned()), ["google_ads"; 3]);
/// ```
pub fn platform_name(name: &str) -> Cow<'_, str> {
    let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'_');
    // Most are spelled so that there is nothing to do.
    if name.bytes().all(is_plain) && !name.contains("__") { Cow::Borrowed(name) } else { Cow::Owned(key(name)) }
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

    fn check(aliases: &[(&str, &str)], names: &[(&str, &str)]) {
        let mut channels = Channels::default();
        aliases.iter().for_each(|(name, channel)| channels.add_alias(name, channel));
        for (name, channel) in names {
            assert_eq!(channels.resolve("crm", name), *channel, "{name} with {aliases:?}");
            assert_eq!(channels.named(name), *channel, "{name} with {aliases:?}");
        }
    }

    #[test]
    fn what_an_alias_stands_for_is_looked_up_once() {
        check(&[("LinkedIn Ads", "Paid Social")], &[("linkedin ads", "paid_social"), ("PAID SOCIAL", "paid_social")]);
        check(&[("Ads", "CPC")], &[("ads", "paid_search")]);
        check(&[("newsletter", "newsletter")], &[("Newsletter", "newsletter"), ("e-mail", "email")]);
        check(&[("newsletter", "News Letter")], &[("newsletter", "News Letter"), ("news_letter", "News Letter")]);
        check(&[("email", "newsletter")], &[("email", "email"), ("newsletter", "email")]);
        check(&[("paid_search", "Search")], &[("Paid Search", "Search"), ("ppc", "paid_search")]);
        check(&[("A", "B"), ("B", "C"), ("C", "D")], &[("a", "C"), ("b", "D"), ("c", "D"), ("d", "D")]);
        check(&[("A", "B"), ("B", "A")], &[("a", "A"), ("b", "B")]);
        check(&[("LinkedIn Ads", "LI"), ("LI", "Paid Social")], &[("linkedin ads", "paid_social"), ("li", "paid_social")]);
        check(&[("expo", "Trade Fairs"), ("fair", "trade fairs")], &[("expo", "Trade Fairs"), ("fair", "Trade Fairs")]);
        check(&[("nobody", "(not set)")], &[("nobody", UNATTRIBUTED)]);
    }

    #[test]
    fn a_sources_own_names_are_looked_up_among_its_own_first() {
        let mut channels = Channels::default();
        channels.add_alias_of("ads", "expo", "Messe");
        channels.add_alias_of("ads", "messe", "Event");
        channels.add_alias("Messe", "partner");
        let cases = [("ads", "expo", "event"), ("ads", "messe", "event"), ("crm", "messe", "partner"), ("crm", "expo", "expo")];
        for (source, name, channel) in cases {
            assert_eq!(channels.resolve(source, name), channel, "{source} {name}");
        }
        assert_eq!(channels.named("Messe"), "partner");
    }

    /// The table of the definition, word by word.
    #[test]
    fn the_default_table_is_the_definitions() {
        let all = "organic_search; paid_search (ppc, cpc, sem); organic_social (social_media); paid_social; social; email (email_marketing, \
            e_mail, newsletter); referral (referrals, external_referral); direct (direct_traffic); display; affiliate (affiliates); \
            offline (offline_sources); other_campaigns; ai_referral (ai_referrals); organic_video; paid_video; organic_shopping; \
            paid_shopping; cross_network (performance_max); sms; audio; push (mobile_push_notifications); event (trade_show, \
            seminar, events); partner (partner_referral); content (content_marketing, blog); (unattributed) (unassigned, not_set, (not_set))";
        let mut table = BTreeMap::new();
        for entry in all.split("; ") {
            let (name, aliases) = entry.split_once(' ').map_or((entry, ""), |(name, rest)| (name, &rest[1..rest.len() - 1]));
            aliases.split(", ").filter(|alias| !alias.is_empty()).chain([name]).for_each(|key| _ = table.insert(key.to_owned(), Target::last(name)));
        }
        assert_eq!(Channels::default().by_key, table);
    }

    #[test]
    fn spend_takes_its_platforms_channel_however_it_is_spelled() {
        let mut channels = Channels::default();
        channels.set_platform("LinkedIn ", "display");
        channels.set_platform("Agency / Co", "Paid Social");
        for (platform, channel) in [
            ("meta", "paid_social"),
            ("Google  Ads", "paid_search"),
            ("bing-ads", "paid_search"),
            ("linkedin", "display"),
            ("agency-co", "paid_social"),
            ("Agency__Co", "paid_social"),
            ("agencyco", UNATTRIBUTED),
        ] {
            assert_eq!(channels.of_platform(&platform_name(platform)), channel, "{platform}");
        }
    }
}
