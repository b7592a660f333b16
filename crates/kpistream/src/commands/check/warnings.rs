//! What may be wrong with events that are read all the same: ids that say there is none, revisions of another unit, and two states of one
//! entity under one revision.

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
};

use model::{AdSpend, DailyFigure, DealClosed, Fact, Foldable, Interaction, KeyPart, LeadCreated, Meaning, event::Text, time::Unit};

use crate::output::count;

/// Conflicts of a type that are shown one by one.
const CONFLICTS_SHOWN: usize = 20;
/// What programs write where there is no value.
const NOTHING: [&str; 7] = ["null", "undefined", "none", "nan", "nil", "(null)", "n/a"];

/// All that was noticed, in the order in which it is told.
#[derive(Default)]
pub struct Warnings {
    conflicts: BTreeMap<&'static str, (Vec<Conflict>, u64)>,
    /// By the type, the field and what it says.
    no_ids: BTreeMap<(&'static str, &'static str, &'static str), FirstSeen>,
    units: BTreeMap<(&'static str, Unit), FirstSeen>,
}

/// Where something was seen first, and how often.
struct FirstSeen {
    file: PathBuf,
    line: u64,
    events: u64,
}

struct Conflict {
    file: PathBuf,
    line: u64,
    key: String,
    cure: &'static str,
}

impl Warnings {
    /// Looks at an event; `conflicting`, whether it gives the revision of the line before it on the same entity and says something else.
    pub fn look_at(&mut self, file: &Path, line: u64, event: &Meaning<'_>, conflicting: bool) {
        let of = event.event_type().name();
        let place = || FirstSeen { file: file.to_owned(), line, events: 0 };
        for (field, id) in ids(event) {
            if let Some(word) = nothing(id) {
                self.no_ids.entry((of, field, word)).or_insert_with(place).events += 1;
            }
        }
        if let Some(unit) = event.head().revision.and_then(Unit::guess) {
            self.units.entry((of, unit)).or_insert_with(place).events += 1;
        }
        if conflicting {
            let (shown, all) = self.conflicts.entry(of).or_default();
            *all += 1;
            if shown.len() < CONFLICTS_SHOWN {
                let (key, cure) = named(event);
                shown.push(Conflict { file: file.to_owned(), line, key, cure });
            }
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.conflicts.is_empty() && self.no_ids.is_empty() && self.units.is_empty()
    }
}

impl fmt::Display for Warnings {
    /// A line each.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (of, (shown, all)) in &self.conflicts {
            for Conflict { file, line, key, cure } in shown {
                let at = file.display();
                writeln!(
                    f,
                    "{at}:{line}: warning: {of} {key}: gives the revision of an earlier line and says something else, so one of them is lost; {cure}"
                )?;
            }
            let more = all.saturating_sub(shown.len() as u64);
            if more > 0 {
                writeln!(f, "warning: {} more {of} like these", count(more))?;
            }
        }
        for ((of, field, word), place) in &self.no_ids {
            writeln!(
                f,
                "{place}: field `{field}` says `{word}`, which is taken for an id, one for all that say so; leave it out where there is none{}",
                of_such(place, of)
            )?;
        }
        for ((of, unit), place) in &self.units {
            let unit = unit.name();
            writeln!(
                f,
                "{place}: field `revision` looks like {unit}, but stands for occurred_at in milliseconds where it is absent; give milliseconds{}",
                of_such(place, of)
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for FirstSeen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: warning", self.file.display(), self.line)
    }
}

fn of_such(place: &FirstSeen, of: &str) -> String {
    if place.events > 1 { format!(" (the first of {} such {of})", count(place.events)) } else { String::new() }
}

/// The word that an id is, where it says that there is none.
fn nothing(id: &str) -> Option<&'static str> {
    let id = id.trim();
    NOTHING.into_iter().find(|word| word.eq_ignore_ascii_case(id))
}

/// The ids of an event by their fields.
fn ids<'e>(event: &'e Meaning<'_>) -> impl Iterator<Item = (&'static str, &'e str)> {
    let head = event.head();
    let own: Vec<(&'static str, Option<&'e str>)> = match event {
        Meaning::Fact(Fact::Lead(LeadCreated { lead_id, facts, .. })) => {
            let facts = facts.as_ref();
            let (account, visitor) = (facts.and_then(|f| f.account_id.as_deref()), facts.and_then(|f| f.visitor_id.as_deref()));
            vec![("lead_id", Some(lead_id)), ("account_id", account), ("visitor_id", visitor)]
        }
        Meaning::Fact(Fact::Deal(DealClosed { deal_id, facts, .. })) => {
            let facts = facts.as_ref();
            let (lead, account) = (facts.and_then(|f| f.lead_id.as_deref()), facts.and_then(|f| f.account_id.as_deref()));
            vec![("deal_id", Some(deal_id)), ("lead_id", lead), ("account_id", account)]
        }
        Meaning::Fact(Fact::Spend(row)) => vec![
            ("account", Some(&row.account)),
            ("campaign_id", row.campaign_id.as_deref()),
            ("ad_group_id", row.ad_group_id.as_deref()),
            ("ad_id", row.ad_id.as_deref()),
            ("breakdown", row.breakdown.as_deref()),
        ],
        Meaning::Fact(Fact::Figure(DailyFigure { event: one, .. })) | Meaning::Interaction(Interaction::Social(one)) => {
            vec![("account", one.account.as_deref()), ("post_id", one.post_id.as_deref()), ("lead_id", one.lead_id.as_deref())]
        }
        Meaning::Interaction(Interaction::Visit(visit)) => vec![("visitor_id", visit.visitor_id.as_deref())],
    };
    let common = [("event_id", Some(&*head.event_id)), ("source", Some(&*head.source))];
    common.into_iter().chain(own).filter_map(|(field, id)| Some((field, id?)))
}

/// What an entity is called, and what tells two of its messages apart. An id that may be a person's address is not shown.
fn named(event: &Meaning<'_>) -> (String, &'static str) {
    const HIGHER: &str = "give each change a higher revision";
    let id = |field: &str, id: &str| if id.contains('@') { format!("(its {field} may be an address)") } else { id.to_owned() };
    match event {
        Meaning::Fact(Fact::Lead(lead)) => (id("lead_id", &lead.lead_id), HIGHER),
        Meaning::Fact(Fact::Deal(deal)) => (id("deal_id", &deal.deal_id), HIGHER),
        Meaning::Fact(Fact::Spend(row)) => (
            row_name(row),
            "where rows are finer than this key, tell them apart by ad_group, ad or breakdown, else give each change a higher revision",
        ),
        Meaning::Fact(Fact::Figure(figure)) => (figure_name(figure), HIGHER),
        Meaning::Interaction(one) => (one.event_type().name().to_owned(), HIGHER),
    }
}

fn row_name(row: &AdSpend<'_>) -> String {
    let part = |part: KeyPart<'_>| match part {
        KeyPart::Id(id) => format!("id {id}"),
        KeyPart::Name("") => "-".to_owned(),
        KeyPart::Name(name) => name.to_owned(),
    };
    let parts = row.parts().map(part).join(" / ");
    format!("{} / {} / {} / {parts} / {}", row.platform, row.account, row.category.word(), row.spend_date)
}

fn figure_name(DailyFigure { day, event }: &DailyFigure<'_>) -> String {
    let or_none = |text: &Option<Text<'_>>| text.as_deref().unwrap_or("-").to_owned();
    format!("{} / {} / {} / {} / {day}", event.platform, or_none(&event.account), or_none(&event.post_id), event.kind.word())
}
