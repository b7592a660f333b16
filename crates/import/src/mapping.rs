//! Mappings: by which column names a system's reports are known, and what their columns and words mean.

mod columns;

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{
    limits,
    words::{key, norm},
};

pub use columns::{Field, Kind};

/// The mappings that are built in: the files of `deploy/mappings`.
const BUILT_IN: &[(&str, &str)] = &[
    ("google_ads.toml", include_str!("../../../deploy/mappings/google_ads.toml")),
    ("meta.toml", include_str!("../../../deploy/mappings/meta.toml")),
    ("linkedin.toml", include_str!("../../../deploy/mappings/linkedin.toml")),
    ("microsoft_ads.toml", include_str!("../../../deploy/mappings/microsoft_ads.toml")),
    ("ga4.toml", include_str!("../../../deploy/mappings/ga4.toml")),
    ("hubspot.toml", include_str!("../../../deploy/mappings/hubspot.toml")),
    ("salesforce.toml", include_str!("../../../deploy/mappings/salesforce.toml")),
    ("pipedrive.toml", include_str!("../../../deploy/mappings/pipedrive.toml")),
];

/// A mapping that cannot be read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}: {1}")]
pub struct BadMapping(pub String, pub String);

/// The reports of one system.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
struct System {
    /// Its name, as `source` of the events and before their ids.
    name: String,
    /// Its name for people.
    title: String,
    /// The `platform` of its rows of spend; its name, where it is absent.
    platform: Option<String>,
    /// Words in the lines around the table that only this system writes.
    #[serde(default)]
    marks: Vec<String>,
    /// Its reports.
    report: Vec<Report>,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
struct Report {
    kind: Kind,
    /// A field's column names, by language; the first that is there counts.
    columns: BTreeMap<String, BTreeMap<Field, Vec<String>>>,
    /// Columns by which a platform cuts its rows finer, by the name that they get in `breakdown`.
    #[serde(default)]
    segments: BTreeMap<String, Vec<String>>,
    /// What a deal's stage means, by `open`, `won`, `lost`.
    #[serde(default)]
    stages: BTreeMap<String, Vec<String>>,
    /// What a deal's status means, by `open`, `won`, `lost`, `deleted`.
    #[serde(default)]
    statuses: BTreeMap<String, Vec<String>>,
    /// Which lifecycle stages are those of leads, by `lead`, `none`.
    #[serde(default)]
    lifecycle: BTreeMap<String, Vec<String>>,
    /// What a deal's type means, by `new_business`, `existing_business`.
    #[serde(default)]
    deal_types: BTreeMap<String, Vec<String>>,
    /// What a channel's name means, by the channel's name in events.
    #[serde(default)]
    channels: BTreeMap<String, Vec<String>>,
    /// Which field holds the campaign of leads of a channel; without it the field `campaign` does.
    #[serde(default)]
    campaign_of: BTreeMap<String, Field>,
    /// The platform of a row by the source before the `/` of its field `source_medium`.
    #[serde(default)]
    platforms: BTreeMap<String, Vec<String>>,
    /// What to do where nothing of the report can be imported.
    instead: Option<String>,
}

/// A report's meaning, ready to be looked up.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// The file and the place in it.
    pub name: String,
    /// `source` of the events.
    pub system: String,
    /// For people.
    pub title: String,
    /// `platform` of the events.
    pub platform: String,
    /// What the report is of.
    pub kind: Kind,
    /// Words around the table, as [`norm`] has them.
    pub marks: Vec<String>,
    /// By a column's name: its field, its rank among the field's names, and its language.
    pub columns: BTreeMap<String, (Field, usize, String)>,
    /// By a column's name: what it is called in `breakdown`.
    pub segments: BTreeMap<String, String>,
    /// Words of each kind by their meaning.
    pub stages: BTreeMap<String, String>,
    /// Words of a deal's status.
    pub statuses: BTreeMap<String, String>,
    /// Words of a contact's lifecycle.
    pub lifecycle: BTreeMap<String, String>,
    /// Words of a deal's type.
    pub deal_types: BTreeMap<String, String>,
    /// Words of channels.
    pub channels: BTreeMap<String, String>,
    /// Where the campaign of a channel's leads stands.
    pub campaign_of: BTreeMap<String, Field>,
    /// Platforms by their sources.
    pub platforms: BTreeMap<String, String>,
    /// What to do where nothing of the report can be imported.
    pub instead: Option<String>,
}

/// The mappings that are built in.
pub fn built_in() -> Result<Vec<Mapping>, BadMapping> {
    let read: Result<Vec<_>, _> = BUILT_IN.iter().map(|(name, text)| parse(name, text)).collect();
    Ok(read?.into_iter().flatten().collect())
}

/// The mappings of a file.
pub fn parse(file: &str, text: &str) -> Result<Vec<Mapping>, BadMapping> {
    let bad = |what: String| BadMapping(file.to_owned(), what);
    if text.len() > limits::MAPPING_BYTES {
        return Err(bad(format!("{} KiB: a mapping has at most {}", text.len() >> 10, limits::MAPPING_BYTES >> 10)));
    }
    let system: System = toml::from_str(text).map_err(|error| bad(one_line(error.message())))?;
    let own = system.report.iter().map(|report| mapping(file, &system, report));
    own.collect::<Result<_, String>>().map_err(bad)
}

fn mapping(file: &str, system: &System, report: &Report) -> Result<Mapping, String> {
    let mut columns = BTreeMap::new();
    for (language, fields) in &report.columns {
        for (field, names) in fields {
            for (rank, name) in names.iter().enumerate() {
                if key(name).is_empty() {
                    return Err(format!("`{}`: a name without a letter", field.name()));
                }
                // The same word in two languages is one.
                let (_, known, _) = columns.entry(key(name)).or_insert((*field, rank, language.clone()));
                *known = (*known).min(rank);
            }
        }
    }
    for (language, fields) in &report.columns {
        for (field, names) in fields {
            let clash = names.iter().find(|name| columns.get(&key(name)).is_some_and(|(known, _, _)| known != field));
            if let Some(name) = clash {
                return Err(format!("column `{name}` ({language}) stands for two fields: `{}` is one; name it once", field.name()));
            }
        }
    }
    Ok(Mapping {
        name: file.to_owned(),
        system: system.name.clone(),
        title: system.title.clone(),
        platform: system.platform.clone().unwrap_or_else(|| system.name.clone()),
        kind: report.kind,
        marks: system.marks.iter().map(|mark| norm(mark)).collect(),
        columns,
        segments: turned("segments", &report.segments, None)?,
        stages: turned("stages", &report.stages, Some(&["open", "won", "lost"]))?,
        statuses: turned("statuses", &report.statuses, Some(&["open", "won", "lost", "deleted"]))?,
        lifecycle: turned("lifecycle", &report.lifecycle, Some(&["lead", "none"]))?,
        deal_types: turned("deal_types", &report.deal_types, Some(&["new_business", "existing_business"]))?,
        channels: turned("channels", &report.channels, None)?,
        campaign_of: report.campaign_of.clone(),
        platforms: turned("platforms", &report.platforms, None)?,
        instead: report.instead.clone(),
    })
}

/// Words by their meaning to meanings by their word.
fn turned(table: &str, by_meaning: &BTreeMap<String, Vec<String>>, allowed: Option<&[&str]>) -> Result<BTreeMap<String, String>, String> {
    let mut by_word = BTreeMap::new();
    for (meaning, words) in by_meaning {
        if allowed.is_some_and(|allowed| !allowed.contains(&meaning.as_str())) {
            return Err(format!("`{table}.{meaning}`: may be {}", allowed.unwrap_or_default().join(", ")));
        }
        for word in words {
            let other = by_word.insert(key(word), meaning.clone()).filter(|other| other != meaning);
            if let Some(other) = other {
                return Err(format!("`{word}` is both `{table}.{other}` and `{table}.{meaning}`: name it once"));
            }
        }
    }
    Ok(by_word)
}

pub(crate) fn one_line(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ")
}

impl Mapping {
    /// `Google Ads spend`
    pub fn called(&self) -> String {
        format!("{} {}", self.title, self.kind.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "name = \"acme\"\ntitle = \"Acme\"\n[[report]]\nkind = \"spend\"\n[report.columns.en]\nday = [\"Date\"]\ncost = [\"Cost\"]\n";

    #[test]
    fn all_that_are_built_in_are_sound() {
        let all = built_in().unwrap();
        assert!(all.len() > BUILT_IN.len());
        for mapping in &all {
            let has = |field: Field| mapping.columns.values().any(|(known, _, _)| *known == field);
            let is_whole = mapping.instead.is_some() || mapping.kind.needs().iter().all(|group| group.iter().any(|field| has(*field)));
            assert!(is_whole, "{}", mapping.called());
        }
    }

    #[test]
    fn the_docs_name_every_field() {
        let docs = include_str!("../../../docs/import.md");
        let missing: Vec<&str> = Field::ALL.iter().map(|(name, _)| *name).filter(|name| !docs.contains(&format!("`{name}`"))).collect();
        assert_eq!(missing, [""; 0]);
    }

    #[test]
    fn what_is_wrong_in_a_mapping_is_told_in_a_line() {
        assert_eq!(parse("own.toml", OWN).map(|all| all.len()), Ok(1));
        for (from, to, said) in [
            ("cost = ", "costs = ", "unknown variant `costs`"),
            ("cost = [\"Cost\"]", "cost = [\"date \"]", "two fields"),
            ("kind = \"spend\"", "kind = \"visits\"", "unknown variant `visits`"),
            ("kind = \"spend\"", "kind = \"deals\"\nstages.done = [\"x\"]", "`stages.done`: may be open, won, lost"),
            ("title = \"Acme\"", "", "missing field `title`"),
        ] {
            let told = parse("own.toml", &OWN.replace(from, to)).unwrap_err().to_string();
            assert!(told.starts_with("own.toml: ") && told.contains(said) && !told.contains('\n'), "{told}");
        }
    }
}
