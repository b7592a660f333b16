//! Events of the five types about a few ids, so that the rules meet.

use super::{clock::Clock, rng::Rng};
use reference::time::{DAY_MS, show_day};

/// An event: its type and fields, each with its JSON text, in writing order.
#[derive(Clone, Debug)]
pub struct Event {
    pub kind: &'static str,
    pub fields: Vec<(&'static str, String)>,
}

/// Makes events.
pub struct Maker<'a> {
    pub clock: &'a Clock,
    pub rng: &'a mut Rng,
    /// How many leads, deals and so on there are.
    pub ids: usize,
    pub currencies: Vec<&'static str>,
    made: usize,
    /// Rows of spend and figures, which may come to be restated.
    stated: Vec<Event>,
}

const CHANNELS: &str = "PPC|cpc|Paid Social|paid-social|PAID_SOCIAL|social|SOCIAL|Social Media|organic_social|Organic / Social|Messe  Köln|expo|Expo|newsletter|chan ü|event|(not set)|Unassigned";
const CAMPAIGNS: &str = "spring|summer|brand|Brand|launch-1";
const SEGMENTS: &str = "ent|smb|public";
const AMOUNTS: &[&str] = &[
    "\"0\"",
    "\"0.000001\"",
    "\"0.0000005\"",
    "\"0.0000015\"",
    "\"19.9999985\"",
    "12.25",
    "1e3",
    "1.5E2",
    "\"-20.50\"",
    "-7",
    "\"33.333333\"",
    "\"1234567.89\"",
    "\"100\"",
    "4.9E-324",
    "0E-41",
    "12500000e-6",
];
/// What stands in fields that nobody reads.
const UNREAD: &[&str] = &["\"0001-01-01\"", "\"n/a\"", "7", "-1", "true", "[]", "\"2200-01-01\"", "\"eur\""];
const DEAL_TYPES: &str = "new_business|New Business|NEW-CUSTOMER|existing customer|Existing Customer - Upgrade|Renewal|Up-Sell|expansion|existingbusiness|Partner deal|other";

impl Event {
    fn new(kind: &'static str) -> Event {
        Event { kind, fields: Vec::new() }
    }

    /// Sets a field, in place where it is there.
    pub fn set(&mut self, field: &'static str, json: impl Into<String>) {
        match self.fields.iter_mut().find(|(name, _)| *name == field) {
            Some((_, value)) => *value = json.into(),
            None => self.fields.push((field, json.into())),
        }
    }

    pub fn get(&self, field: &str) -> Option<&str> {
        self.fields.iter().find(|(name, _)| *name == field).map(|(_, value)| value.as_str())
    }

    pub fn remove(&mut self, field: &str) {
        self.fields.retain(|(name, _)| *name != field);
    }

    fn text(&mut self, field: &'static str, text: &str) {
        self.set(field, quoted(text));
    }
}

/// A text as JSON.
pub fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

impl<'a> Maker<'a> {
    pub fn new(clock: &'a Clock, rng: &'a mut Rng, ids: usize, currencies: Vec<&'static str>) -> Maker<'a> {
        Maker { clock, rng, ids, currencies, made: 0, stated: Vec::new() }
    }

    /// An event of any type.
    pub fn event(&mut self) -> Event {
        let event = match self.rng.below(100) {
            0..24 => self.lead(),
            24..50 => self.deal(),
            50..64 => self.spend(),
            64..81 => self.social(),
            81..90 => self.restated(),
            _ => self.visit(),
        };
        if event.kind == "ad-spend" || event.get("stat_date").is_some() || event.get("kind") == Some("\"audience\"") {
            self.stated.push(event.clone());
        }
        event
    }

    /// Another statement of what was stated before, under the same key.
    fn restated(&mut self) -> Event {
        if self.stated.is_empty() {
            return self.spend();
        }
        let mut event = self.rng.pick(&self.stated);
        let again = if event.kind == "ad-spend" { self.entity(event.kind, "S", "ads|ads|web") } else { self.entity(event.kind, "I", "soc|ads") };
        let is_dated = event.get("stat_date").is_some() || event.kind == "ad-spend";
        event.remove("revision");
        for (field, json) in again.fields {
            // The day of an audience without a date of its own is that of its time, and part of its key.
            if field != "occurred_at" || is_dated {
                event.set(field, json);
            }
        }
        match event.kind {
            "ad-spend" => self.amount(&mut event),
            _ => self.number(&mut event, "count", 100, 1, 30),
        }
        if self.rng.percent(30) {
            event.text("channel", CHANNELS.split('|').next().unwrap_or_default());
        }
        event
    }

    pub fn lead(&mut self) -> Event {
        let mut event = self.entity("lead-created", "L", "crm|crm|crm-2");
        let id = self.id("lead", self.ids);
        event.text("lead_id", &id);
        let deleted = self.rng.percent(10);
        if deleted {
            event.text("status", "deleted");
        }
        if !deleted || self.rng.percent(30) {
            self.time(&mut event, "created_at", 100);
            self.time(&mut event, "mql_at", 30);
            self.time(&mut event, "sql_at", 20);
            self.places(&mut event, CHANNELS);
            self.maybe_id(&mut event, "account_id", "acc", 35);
            self.maybe_id(&mut event, "visitor_id", "v", 20);
        }
        if deleted {
            self.unread(&mut event, &["created_at", "mql_at", "channel", "account_id"]);
        }
        if !deleted && self.rng.percent(40) {
            let status = self.rng.word("active|active|disqualified");
            event.text("status", &status);
        }
        event
    }

    pub fn deal(&mut self) -> Event {
        let mut event = self.entity("deal-closed", "D", "crm|crm|crm-2");
        let id = self.id("deal", self.ids + 1);
        event.text("deal_id", &id);
        let status = self.rng.word("won|won|won|won|won|lost|lost|open|open|refunded|deleted");
        event.text("status", &status);
        if status == "deleted" && self.rng.percent(60) {
            self.unread(&mut event, &["amount", "currency", "closed_at", "opened_at", "lead_id"]);
            return event;
        }
        self.closed_at(&mut event, &status);
        if self.rng.percent(85) {
            self.amount(&mut event);
        }
        match self.rng.below(10) {
            0 => {}
            1 => event.text("lead_id", "lead-none"),
            2 => event.set("lead_id", "\"\""),
            _ => self.maybe_id(&mut event, "lead_id", "lead", 100),
        }
        self.maybe_id(&mut event, "account_id", "acc", 50);
        if self.rng.percent(55) {
            let word = self.rng.word(DEAL_TYPES);
            event.text("deal_type", &word);
        }
        self.time(&mut event, "opened_at", 40);
        self.maybe(&mut event, "segment", SEGMENTS, 35);
        self.maybe(&mut event, "owner", "ann|bob", 20);
        self.maybe(&mut event, "product", "pro|basic", 10);
        event
    }

    pub fn spend(&mut self) -> Event {
        let mut event = self.entity("ad-spend", "S", "ads|ads|web");
        let platform = self.rng.word("meta|META| Meta|google_ads|Google Ads|linkedin|LinkedIn|agency-co|Agency__Co|reviews-x");
        event.text("platform", &platform);
        event.text("account", "acct-1");
        let day = self.clock.day(self.rng);
        event.text("spend_date", &show_day(day));
        self.reported(&mut event, day);
        let deleted = self.rng.percent(8);
        if deleted {
            event.text("status", "deleted");
        }
        if !deleted || self.rng.percent(40) {
            self.amount(&mut event);
        }
        // Names and ids from one list, so that an id might be taken for a name.
        self.maybe(&mut event, "campaign_id", "spring|id-1", 35);
        self.maybe(&mut event, "campaign", CAMPAIGNS, 60);
        self.maybe(&mut event, "ad_group_id", "g1|g2", 20);
        self.maybe(&mut event, "ad_group", "g1|g2", 25);
        self.maybe(&mut event, "ad_id", "a1|a2", 15);
        self.maybe(&mut event, "ad", "a1|a2| a2", 15);
        self.maybe(&mut event, "breakdown", "country=DE|country=PL,device=mobile", 15);
        self.maybe(&mut event, "channel", CHANNELS, 40);
        self.maybe(&mut event, "segment", SEGMENTS, 30);
        self.maybe(&mut event, "category", "media|media|agency|tools|people|event", 50);
        self.number(&mut event, "impressions", 50, 0, 5000);
        self.number(&mut event, "clicks", 50, 0, 80);
        if deleted {
            self.unread(&mut event, &["amount", "currency", "channel", "impressions", "clicks"]);
        }
        event
    }

    pub fn social(&mut self) -> Event {
        let kind = self.rng.word("impression|impression|like|comment|share|click|reaction|follow|follow|unfollow|intent|audience|audience");
        let is_figure = self.rng.percent(if kind == "audience" { 60 } else { 30 });
        let mut event = if is_figure || kind == "audience" {
            self.entity("social-interaction", "I", "soc|ads")
        } else {
            self.single("social-interaction", "i", "soc|web")
        };
        let platform = self.rng.word("li| LI|x|insta");
        event.text("platform", &platform);
        event.text("kind", &kind);
        let most = if kind == "impression" || kind == "audience" { 2000 } else { 30 };
        let given = if kind == "audience" { 100 } else { 60 };
        let least = if self.rng.percent(10) { -20 } else { 1 };
        self.number(&mut event, "count", given, least, most);
        self.maybe(&mut event, "account", "main|pl", 60);
        self.maybe(&mut event, "post_id", "p1|p2", 40);
        self.places(&mut event, CHANNELS);
        if is_figure {
            let day = self.clock.day(self.rng);
            event.text("stat_date", &show_day(day));
        }
        event
    }

    pub fn visit(&mut self) -> Event {
        let mut event = self.single("web-visit", "v", "web|soc");
        self.maybe_id(&mut event, "visitor_id", "v", 80);
        self.maybe(&mut event, "action", "form_submit|purchase|scroll|signup|Purchase", 45);
        self.maybe(&mut event, "session_id", "s1|s2", 20);
        self.maybe(&mut event, "page", "/pricing?x=1|/ü", 20);
        self.places(&mut event, CHANNELS);
        event
    }

    /// An event with an id of its own: no two messages share a stamp, unless they are one.
    fn single(&mut self, kind: &'static str, prefix: &str, sources: &str) -> Event {
        let mut event = Event::new(kind);
        self.made += 1;
        event.text("event_id", &format!("{prefix}{}{:06}", self.rng.below(10), self.made));
        let source = self.rng.word(sources);
        event.text("source", &source);
        let instant = self.clock.instant(self.rng);
        event.set("occurred_at", self.clock.spelled(instant, self.rng));
        event
    }

    /// The same with a revision, often, and often one that others have too.
    fn entity(&mut self, kind: &'static str, prefix: &str, sources: &str) -> Event {
        let mut event = self.single(kind, prefix, sources);
        if self.rng.percent(50) {
            event.set("revision", self.rng.pick(&["0", "1", "2", "3", "7", "-1", "1767225600000"]));
        }
        event
    }

    /// Anything in one of the fields that are not read of what is deleted.
    fn unread(&mut self, event: &mut Event, fields: &[&'static str]) {
        if self.rng.percent(40) {
            event.set(self.rng.pick(fields), self.rng.pick(UNREAD));
        }
    }

    fn closed_at(&mut self, event: &mut Event, status: &str) {
        match status {
            // Not read at all, so anything may stand there.
            "open" | "deleted" if self.rng.percent(40) => {
                event.set("closed_at", self.rng.pick(&["7263000000000", "\"2026-04-29\"", "\"soon\"", "true"]))
            }
            "open" | "deleted" => {}
            "lost" if self.rng.percent(30) => event.set("closed_at", "7263000000000"),
            _ => self.time(event, "closed_at", 100),
        }
    }

    /// Most rows are pulled the next morning, some during their day, some much later.
    fn reported(&mut self, event: &mut Event, day: i64) {
        let after = self.rng.pick(&[0, 1, 1, 1, 1, 2, 3, 9]);
        let instant = ((day + after) * DAY_MS + self.rng.within(0, 86_399) * 1000).min(self.clock.now + DAY_MS);
        event.set("occurred_at", self.clock.spelled(instant, self.rng));
    }

    fn amount(&mut self, event: &mut Event) {
        let amount =
            if self.rng.percent(50) { self.rng.pick(AMOUNTS).to_owned() } else { format!("\"{}.{:02}\"", self.rng.below(5000), self.rng.below(100)) };
        event.set("amount", amount);
        let currency = self.rng.pick(&self.currencies);
        event.text("currency", currency);
    }

    fn places(&mut self, event: &mut Event, channels: &str) {
        self.maybe(event, "channel", channels, 75);
        self.maybe(event, "campaign", CAMPAIGNS, 55);
        self.maybe(event, "segment", SEGMENTS, 45);
    }

    fn time(&mut self, event: &mut Event, field: &'static str, percent: usize) {
        if self.rng.percent(percent) {
            let instant = self.clock.instant(self.rng);
            event.set(field, self.clock.spelled(instant, self.rng));
        }
    }

    fn number(&mut self, event: &mut Event, field: &'static str, percent: usize, from: i64, to: i64) {
        if self.rng.percent(percent) {
            let n = self.rng.within(from, to);
            event.set(field, if n == 0 && field == "count" { 1 } else { n }.to_string());
        }
    }

    /// One of some words, or what counts as nothing.
    fn maybe(&mut self, event: &mut Event, field: &'static str, words: &str, percent: usize) {
        if self.rng.percent(percent) {
            let word = self.rng.word(words);
            let padded = if self.rng.percent(5) && field == "channel" { format!(" {word} ") } else { word };
            event.text(field, &padded);
        } else if self.rng.percent(20) {
            event.set(field, self.rng.pick(&["null", "\"\""]));
        }
    }

    fn maybe_id(&mut self, event: &mut Event, field: &'static str, prefix: &str, percent: usize) {
        if self.rng.percent(percent) {
            let id = self.id(prefix, self.ids);
            event.text(field, &id);
        } else if self.rng.percent(20) {
            event.set(field, self.rng.pick(&["null", "\"\""]));
        }
    }

    fn id(&mut self, prefix: &str, of: usize) -> String {
        format!("{prefix}-{}", self.rng.below(of))
    }
}
