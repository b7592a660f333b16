//! Channel, campaign and segment, by one spelling each.

use std::collections::BTreeMap;

use crate::{Options, message::Message};

pub(crate) const UNATTRIBUTED: &str = "(unattributed)";
const NONE: &str = "(none)";
const OTHER: &str = "(other)";

/// KPIS.md's table: each canonical name, then its aliases.
const CHANNELS: &str = "organic_search
paid_search ppc cpc sem
organic_social social_media
paid_social
social
email email_marketing e_mail newsletter
referral referrals external_referral
direct direct_traffic
display
affiliate affiliates
offline offline_sources
other_campaigns
ai_referral ai_referrals
organic_video
paid_video
organic_shopping
paid_shopping
cross_network performance_max
sms
audio
push mobile_push_notifications
event trade_show seminar events
partner partner_referral
content content_marketing blog
(unattributed) unassigned not_set (not_set)";

const PLATFORMS: &str = "paid_social meta facebook instagram linkedin tiktok x twitter pinterest reddit snapchat
paid_search google_ads microsoft_ads bing_ads";

/// Where something is counted.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Dimensions {
    /// The canonical channel.
    pub channel: String,
    /// The campaign.
    pub campaign: String,
    /// The market segment.
    pub segment: String,
}

impl Dimensions {
    /// Where all is counted that a cap folds together.
    pub(crate) fn other() -> Dimensions {
        Dimensions { channel: OTHER.to_owned(), campaign: OTHER.to_owned(), segment: OTHER.to_owned() }
    }
}

/// The tables of names, the configured ones on top of KPIS.md's: what each key stands for.
pub(crate) struct Names {
    aliases: BTreeMap<String, Target>,
    aliases_of: BTreeMap<(String, String), Target>,
    platforms: BTreeMap<String, Target>,
}

/// What a name stands for; what is configured is looked up in its turn.
#[derive(Clone)]
enum Target {
    Last(String),
    Configured(String),
}

impl Target {
    fn name(&self) -> &str {
        match self {
            Target::Last(name) | Target::Configured(name) => name.trim(),
        }
    }
}

impl Names {
    pub fn new(options: &Options) -> Names {
        let mut aliases = table(CHANNELS);
        let configured = |channel: &String| Target::Configured(channel.clone());
        aliases.extend(options.aliases.iter().map(|(name, channel)| (key(name), configured(channel))));
        // What an alias stands for is a canonical name too, and stands for itself where nothing else is said of it.
        let named = options.aliases.iter().map(|(_, channel)| channel).chain(options.aliases_of.iter().map(|(_, _, channel)| channel));
        named.for_each(|channel| _ = aliases.entry(key(channel)).or_insert_with(|| Target::Last(channel.clone())));
        let mut platforms = table(PLATFORMS);
        platforms.extend(options.of_platform.iter().map(|(platform, channel)| (platform_name(platform), configured(channel))));
        let aliases_of = options.aliases_of.iter().map(|(source, name, channel)| ((source.clone(), key(name)), configured(channel)));
        Names { aliases, aliases_of: aliases_of.collect(), platforms }
    }

    /// The dimensions a message gives itself, with the channel it has where it names none but blanks.
    pub fn of(&self, message: &Message, absent: &str) -> Dimensions {
        let source = message.must(message.text("source"));
        let named = message.text("channel").filter(|name| !name.trim().is_empty());
        let channel = named.map_or_else(|| absent.to_owned(), |name| self.channel(source, name));
        Dimensions { channel, campaign: or_none(message.text("campaign")), segment: or_none(message.text("segment")) }
    }

    /// The channel of spend on a platform.
    pub fn of_platform(&self, platform: &str) -> String {
        self.platforms.get(platform).map_or_else(|| UNATTRIBUTED.to_owned(), |target| self.meant("", target))
    }

    /// The channel of a name, of a source, or of none where the configuration gives it.
    pub fn channel(&self, source: &str, name: &str) -> String {
        self.find(source, &key(name)).map_or_else(|| name.trim().to_owned(), |target| self.meant(source, target))
    }

    fn find(&self, source: &str, key: &str) -> Option<&Target> {
        self.aliases_of.get(&(source.to_owned(), key.to_owned())).or_else(|| self.aliases.get(key))
    }

    /// What a target comes to, looked up once.
    fn meant(&self, source: &str, target: &Target) -> String {
        let Target::Configured(name) = target else { return target.name().to_owned() };
        let found = self.find(source, &key(name)).unwrap_or(target).name();
        // Once is enough; but another spelling of a channel that stands for itself is that channel.
        match self.aliases.get(&key(found)) {
            Some(Target::Last(itself)) if key(itself) == key(found) => itself.trim().to_owned(),
            _ => found.to_owned(),
        }
    }
}

/// The name as a dimension: trimmed, `(none)` where there is nothing.
pub(crate) fn or_none(name: Option<&str>) -> String {
    Some(name.unwrap_or_default().trim()).filter(|name| !name.is_empty()).unwrap_or(NONE).to_owned()
}

/// A platform's name, read like that of a channel.
pub(crate) fn platform_name(name: &str) -> String {
    key(name)
}

/// Lower case, with runs of blanks, `-`, `_`, `/` as one `_`.
fn key(name: &str) -> String {
    let blank = |c: char| c.is_whitespace() || "-_/".contains(c);
    let lower = name.trim().to_lowercase();
    let words: Vec<&str> = lower.split(blank).collect();
    let last = words.len() - 1;
    // An empty word in the middle lies within a run; at either end the run itself still counts as one `_`.
    let kept: Vec<&str> = words.iter().enumerate().filter(|(at, word)| !word.is_empty() || *at == 0 || *at == last).map(|(_, word)| *word).collect();
    kept.join("_")
}

fn table(text: &str) -> BTreeMap<String, Target> {
    let lines = text.lines().map(|line| line.split(' ').collect::<Vec<_>>());
    lines.flat_map(|names| names.clone().into_iter().map(move |name| (name.to_owned(), Target::Last(names[0].to_owned())))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_meet() {
        let options = Options {
            aliases: [("Messe Köln", "event"), ("LinkedIn Ads", "Paid Social"), ("newsletter", "newsletter"), ("A", "B"), ("B", "C")]
                .map(|(name, channel)| (name.to_owned(), channel.to_owned()))
                .to_vec(),
            of_platform: vec![("Agency / Co".to_owned(), "CPC".to_owned())],
            aliases_of: vec![("ads", "expo", "paid_social"), ("ads", "open house", "Partner Days")]
                .into_iter()
                .map(|(source, name, channel)| (source.to_owned(), name.to_owned(), channel.to_owned()))
                .collect(),
            ..Options::default()
        };
        let names = Names::new(&options);
        for (source, name, channel) in [
            ("crm", " Organic / Social ", "organic_social"),
            ("crm", "MESSE -_ köln", "event"),
            ("crm", "Expo", "Expo"),
            ("ads", "Expo", "paid_social"),
            ("ads", "(Not Set)", UNATTRIBUTED),
            ("ads", "-ppc", "-ppc"),
            ("crm", "PARTNER days", "Partner Days"),
            ("crm", "linkedin_ads", "paid_social"),
            ("crm", "Newsletter", "newsletter"),
            ("crm", "a", "C"),
            ("crm", "b", "C"),
        ] {
            assert_eq!(names.channel(source, name), channel, "{source} {name}");
        }
        assert_eq!(["agency_co", "google_ads", "agency"].map(|platform| names.of_platform(platform)), ["paid_search", "paid_search", UNATTRIBUTED]);
    }
}
