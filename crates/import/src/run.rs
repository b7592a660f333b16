//! A run over several files: which pull is the later, what has vanished since, and whose deal is whose lead's.

mod crm;
mod events;
mod spend;

use std::{collections::BTreeSet, sync::Arc};

use model::{Currency, Event, Millis, Zone};

use crate::{
    crm::{Deal, Lead, read_deals, read_leads},
    decisions::{Decisions, Refusal},
    evidence::Decided,
    limits,
    mapping::{Kind, Mapping},
    read,
    spend::Pull,
    table,
    told::{Reject, Seen},
    words::key,
};

/// Files on their way to events.
pub struct Run {
    mappings: Arc<[Mapping]>,
    decisions: Decisions,
    zone: Zone,
    now: Millis,
    files: Vec<File>,
    /// Columns that a person has named and that some file has.
    found: BTreeSet<String>,
}

/// A file that has been read.
struct File {
    name: String,
    digest: u128,
    system: String,
    content: Content,
    pulled_at: Millis,
    rejects: Vec<Reject>,
}

enum Content {
    Spend(Pull),
    Leads(Vec<Lead>),
    Deals(Vec<Deal>),
    /// The same file again.
    Nothing,
}

/// An event, and where it comes from.
#[derive(Clone, Debug)]
pub struct Imported {
    /// Which of the files.
    pub file: usize,
    /// The line in it.
    pub line: u64,
    /// The event.
    pub event: Event<'static>,
    /// The currency of a deal without an amount, which an event of ours does not keep.
    pub currency: Option<Currency>,
}

impl Imported {
    /// The event as a line of a file, without its end.
    pub fn json(&self) -> Vec<u8> {
        let mut line = wire::encode::json(&self.event);
        if let Some(currency) = self.currency.filter(|_| line.pop() == Some(b'}')) {
            line.extend_from_slice(format!(",\"currency\":\"{currency}\"}}").as_bytes());
        }
        line
    }
}

/// What becomes of a run.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// The events, those of a file together.
    pub events: Vec<Imported>,
    /// Rows left out, each with its file.
    pub rejects: Vec<(usize, Reject)>,
    /// For people.
    pub notes: Vec<String>,
}

/// Why nothing of a run is imported: which file, and what decides it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refused {
    /// The file's name; empty where it is the run's.
    pub file: String,
    /// Why.
    pub refusal: Refusal,
}

impl Run {
    /// A run by these mappings and decisions. `zone` is that of times without one, `now` the time of the import.
    pub fn new(mappings: impl Into<Arc<[Mapping]>>, decisions: Decisions, zone: Zone, now: Millis) -> Run {
        Run { mappings: mappings.into(), decisions, zone, now, files: Vec::new(), found: BTreeSet::new() }
    }

    /// Reads a file; `modified` is when it was last written, as far as is known. What is seen in it, or why it is refused.
    pub fn file(&mut self, name: &str, bytes: &[u8], modified: Option<Millis>) -> Result<Seen, Refusal> {
        if self.files.len() >= limits::FILES {
            return Err(Refusal::new("too_many", "", format_args!("more than {} files in a run: import them in several", limits::FILES)));
        }
        let digest = events::digest(bytes);
        let mut seen = Seen::default();
        if let Some(same) = self.files.iter().find(|file| file.digest == digest) {
            seen.say("rows", format!("the same file as {}: nothing new", same.name));
            let (system, name) = (same.system.clone(), name.to_owned());
            self.files.push(File { name, digest, system, content: Content::Nothing, pulled_at: self.now, rejects: Vec::new() });
            return Ok(seen);
        }
        let file = self.read(name, bytes, modified, &mut seen)?;
        self.files.push(File { digest, ..file });
        Ok(seen)
    }

    fn read(&mut self, name: &str, bytes: &[u8], modified: Option<Millis>, seen: &mut Seen) -> Result<File, Refusal> {
        let understood = |rows: &[crate::sheet::Row]| table::understood(&self.mappings, rows);
        let sheet = read::read(bytes, self.decisions.encoding, &understood).map_err(|wrong| Refusal::new("unreadable", "", wrong))?;
        let table = table::recognise(&sheet, &self.mappings, &self.decisions)?;
        let named = self.decisions.breakdown.iter().chain(&self.decisions.sum_over).chain(&self.decisions.ignore);
        self.found.extend(named.filter(|name| table.column_named(name).is_some()).map(|name| key(name)));
        let title = table.mapping.title.clone();
        seen.say("platform", format!("{title}, {}: its columns stand in line {}", table.mapping.kind.name(), table.header.line));
        seen.say("dialect", format!("{title}, {}, {}", language(&table.language), sheet.form));
        let mut rejects = Vec::new();
        let (decisions, zone) = (&self.decisions, &self.zone);
        let (content, pulled) = match table.mapping.kind {
            Kind::Spend => {
                let mut pull = crate::spend::read(&table, decisions, zone, seen, &mut rejects)?;
                let pulled = pull.pulled_at.take();
                seen.say("rows", format!("{} of spend", pull.rows.len()));
                (Content::Spend(pull), pulled)
            }
            Kind::Leads => read_leads(&table, decisions, zone, seen, &mut rejects).map(|(leads, pulled)| (Content::Leads(leads), pulled))?,
            Kind::Deals => read_deals(&table, decisions, zone, seen, &mut rejects).map(|(deals, pulled)| (Content::Deals(deals), pulled))?,
        };
        let pulled = self.pulled(&content, pulled, modified);
        seen.say("pulled", format!("{}: {}", pulled.what, pulled.why));
        if table.mapping.system == "ga4" {
            seen.say("warning", "the same spend from an export of Google Ads would count twice: import one of the two");
        }
        Ok(File { name: name.to_owned(), digest: 0, system: table.mapping.system.clone(), content, pulled_at: pulled.what, rejects })
    }

    /// When a file was pulled: as a person says, as the file says, else when it was written, but not before the last day that it has.
    fn pulled(&self, content: &Content, by_file: Option<Decided<Millis>>, modified: Option<Millis>) -> Decided<Millis> {
        let by = |what: Millis, why: &str| Decided { what, why: why.to_owned() };
        let latest = |at: Millis| at.min(self.now);
        if let Some(at) = self.decisions.pulled_at {
            return by(at, "--pulled-at");
        }
        if let Some(decided) = by_file {
            return Decided { what: latest(decided.what), ..decided };
        }
        let day = if let Content::Spend(pull) = content { pull.rows.iter().map(|row| row.key.day).max() } else { None };
        let complete = day.map(|day| self.zone.first_instant(model::Day::from_date(day).plus(1)));
        match (modified, complete) {
            (Some(at), Some(complete)) if at < complete.plus(-model::time::DAY_MS) => {
                by(latest(complete), "the end of its last day, as the file's own date is before it (--pulled-at says otherwise)")
            }
            (Some(at), _) => by(latest(at), "the file's date, as it names none itself (--pulled-at says otherwise)"),
            (None, _) => by(self.now, "now, as nothing names a time (--pulled-at says otherwise)"),
        }
    }

    /// The events of all files.
    pub fn finish(self) -> Result<Outcome, Refused> {
        let of_run = |kind, what: String| Refused { file: String::new(), refusal: Refusal::new(kind, "", what) };
        let named = self.decisions.breakdown.iter().chain(&self.decisions.sum_over).chain(&self.decisions.ignore);
        if let Some(missing) = named.clone().find(|name| !self.found.contains(&key(name))) {
            return Err(of_run("no_such_column", format!("no file has a column `{missing}`: give it as the header has it")));
        }
        let mut outcome = Outcome::default();
        spend::events(&self, &mut outcome)?;
        crm::events(&self, &mut outcome)?;
        for (n, file) in self.files.iter().enumerate() {
            outcome.rejects.extend(file.rejects.iter().map(|reject| (n, reject.clone())));
        }
        let (mut events, mut rejects) = (Vec::new(), Vec::new());
        for imported in outcome.events {
            match events::checked(&imported, &self.zone, self.now) {
                Ok(event) => events.push(Imported { event, ..imported }),
                Err(reject) => rejects.push((imported.file, reject)),
            }
        }
        outcome.rejects.extend(rejects);
        outcome.rejects.sort_by_key(|(file, reject)| (*file, reject.line));
        Ok(Outcome { events, ..outcome })
    }

    fn pulls(&self) -> impl Iterator<Item = (usize, &File, &Pull)> {
        self.files.iter().enumerate().filter_map(|(n, file)| match &file.content {
            Content::Spend(pull) => Some((n, file, pull)),
            _ => None,
        })
    }

    fn leads(&self) -> impl Iterator<Item = (usize, &File, &Lead)> {
        self.files.iter().enumerate().flat_map(|(n, file)| match &file.content {
            Content::Leads(leads) => leads.iter().map(|lead| (n, file, lead)).collect::<Vec<_>>(),
            _ => Vec::new(),
        })
    }

    fn deals(&self) -> impl Iterator<Item = (usize, &File, &Deal)> {
        self.files.iter().enumerate().flat_map(|(n, file)| match &file.content {
            Content::Deals(deals) => deals.iter().map(|deal| (n, file, deal)).collect::<Vec<_>>(),
            _ => Vec::new(),
        })
    }
}

/// A language's name.
fn language(code: &str) -> &str {
    const NAMES: &[(&str, &str)] = &[
        ("en", "English"),
        ("de", "German"),
        ("fr", "French"),
        ("es", "Spanish"),
        ("it", "Italian"),
        ("pt", "Portuguese"),
        ("nl", "Dutch"),
        ("pl", "Polish"),
        ("sv", "Swedish"),
        ("da", "Danish"),
        ("no", "Norwegian"),
        ("cs", "Czech"),
        ("ja", "Japanese"),
    ];
    NAMES.iter().find(|(known, _)| *known == code).map_or(code, |(_, name)| name)
}
