//! The merged values of a configuration, each under its full name, and how they are read into types.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    fmt::Display,
    path::PathBuf,
};

use figment::value::{Num, Value};

use super::{error::ConfigError, keys};

/// All values that are set, by full name.
#[derive(Clone, Debug, Default)]
pub struct Values(BTreeMap<String, Leaf>);

/// One value.
#[derive(Clone)]
pub struct Leaf {
    path: Vec<String>,
    origin: Origin,
    given: Given,
}

/// Where a value is from.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The file, variable or flag.
    pub name: String,
    /// The layer it belongs to.
    pub layer: Layer,
    /// The folder beside which relative paths lie.
    pub beside: Option<PathBuf>,
}

/// The layers, in rising order of precedence.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Layer {
    /// The file.
    File,
    /// The environment.
    Environment,
    /// The flags.
    Flags,
}

#[derive(Clone)]
enum Given {
    Text(String),
    List(Vec<String>),
    Table,
}

impl std::fmt::Debug for Leaf {
    /// Without the value: it may be a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} from {}", self.path.join("."), self.origin.name)
    }
}

impl Values {
    /// Puts a value under its name. Where a name can be written in two ways (`"sasl.password"`, or `sasl.password`) the higher layer's holds.
    pub fn insert(&mut self, leaf: Leaf) {
        match self.0.entry(leaf.path.join(".")) {
            Entry::Occupied(known) if known.get().origin.layer > leaf.origin.layer => {}
            Entry::Occupied(mut known) => _ = known.insert(leaf),
            Entry::Vacant(free) => _ = free.insert(leaf),
        }
    }

    /// The value of a key, read by `parse`, if it is set.
    pub fn get<T, E: Display>(&self, key: &str, parse: impl FnOnce(&str) -> Result<T, E>) -> Result<Option<T>, ConfigError> {
        self.leaf(key).map(|leaf| leaf.read(parse)).transpose()
    }

    /// The value of a key as a whole number from `least` to `most`, or `default`.
    pub fn number(&self, key: &str, least: i64, most: i64, default: i64) -> Result<i64, ConfigError> {
        let within = |text: &str| text.parse::<i64>().ok().filter(|n| (least..=most).contains(n)).ok_or("");
        Ok(self.get(key, within)?.unwrap_or(default))
    }

    /// The list under a key, each entry read by `parse`, if it is set. A text, as from the environment and flags, is a JSON list of texts,
    /// or has its entries parted by commas.
    pub fn list<T, E: Display>(&self, key: &str, parse: impl Fn(&str) -> Result<T, E>) -> Result<Option<Vec<T>>, ConfigError> {
        let Some(leaf) = self.leaf(key) else { return Ok(None) };
        let trimmed = |entry: &str| entry.trim().to_owned();
        let entries: Vec<String> = match &leaf.given {
            Given::List(entries) => entries.iter().map(|entry| trimmed(entry)).collect(),
            Given::Text(text) if text.trim_start().starts_with('[') => {
                let entries: Vec<String> =
                    serde_json::from_str(text).map_err(|_| leaf.refused("it begins like a JSON list of texts, and is none"))?;
                entries.iter().map(|entry| trimmed(entry)).collect()
            }
            Given::Text(text) => text.split(',').map(trimmed).filter(|entry| !entry.is_empty()).collect(),
            Given::Table => return Err(leaf.refused("")),
        };
        let read = |entry: &String| parse(entry).map_err(|why| leaf.refused(format!("{entry:?} is not one {why}").trim_end()));
        entries.iter().map(read).collect::<Result<_, _>>().map(Some)
    }

    /// The values in a table and in the tables in it.
    pub fn under(&self, table: &str) -> impl Iterator<Item = &Leaf> {
        let prefix = format!("{table}.");
        self.0.iter().filter(move |(name, _)| name.starts_with(&prefix)).map(|(_, leaf)| leaf)
    }

    /// The tables of a list, in the file's order: each by its number, from 1.
    pub fn tables(&self, list: &str) -> impl Iterator<Item = (usize, &Leaf)> {
        (1..).map_while(move |number| Some((number, self.leaf(&format!("{list}.{number}"))?)))
    }

    /// The value of a key, if it is set.
    pub fn leaf(&self, key: &str) -> Option<&Leaf> {
        self.0.get(key)
    }
}

impl Leaf {
    /// A value at a path, from an origin beside which its relative paths lie.
    pub fn new(path: &[String], value: &Value, origin: Origin) -> Leaf {
        let given = match value {
            Value::Array(_, entries) => entries.iter().map(scalar).collect::<Option<Vec<_>>>().map_or(Given::Table, Given::List),
            other => scalar(other).map_or(Given::Table, Given::Text),
        };
        Leaf { path: path.to_vec(), origin, given }
    }

    /// The file, variable or flag it is from.
    pub fn origin(&self) -> &str {
        &self.origin.name
    }

    /// The layer it is from.
    pub fn layer(&self) -> Layer {
        self.origin.layer
    }

    /// The steps of its name.
    pub fn path(&self) -> Vec<&str> {
        self.path.iter().map(String::as_str).collect()
    }

    /// The value, read by `parse`.
    pub fn read<T, E: Display>(&self, parse: impl FnOnce(&str) -> Result<T, E>) -> Result<T, ConfigError> {
        match &self.given {
            Given::Text(text) => parse(text.trim()).map_err(|why| self.refused(why)),
            Given::List(_) | Given::Table => Err(self.refused("")),
        }
    }

    /// The value as it stands.
    pub fn text(&self) -> Result<&str, ConfigError> {
        match &self.given {
            Given::Text(text) => Ok(text),
            Given::List(_) | Given::Table => Err(self.refused("")),
        }
    }

    /// The value as a path; a relative one in a file lies beside that file.
    pub fn file(&self) -> Result<PathBuf, ConfigError> {
        let path = PathBuf::from(self.text()?);
        Ok(self.origin.beside.as_ref().map_or_else(|| path.clone(), |folder| folder.join(&path)))
    }

    /// That the value is not one its key takes, and why where there is more to say.
    pub fn refused(&self, why: impl Display) -> ConfigError {
        let why = Some(why.to_string()).filter(|why| !why.is_empty());
        self.refused_for(why, keys::takes(&self.path()).to_owned())
    }

    /// That the value is not what is taken here.
    pub fn refused_for(&self, why: Option<String>, takes: String) -> ConfigError {
        ConfigError::Value { origin: self.origin.name.clone(), key: self.path.join("."), value: self.shown(), why, takes }
    }

    /// That a file the value names is of no use.
    pub fn useless(&self, file: &std::path::Path, what: impl Display) -> ConfigError {
        ConfigError::Named { origin: self.origin.name.clone(), key: self.path.join("."), file: file.display().to_string(), what: what.to_string() }
    }

    fn shown(&self) -> String {
        if self.path.first().is_some_and(|first| first == "kafka") && self.path.get(1).is_some_and(|second| second == "properties") {
            return "(not shown)".to_owned();
        }
        match &self.given {
            Given::Text(text) => quoted(text),
            Given::List(entries) => format!("[{}]", entries.iter().map(|entry| quoted(entry)).collect::<Vec<_>>().join(", ")),
            Given::Table => "a table or nested list".to_owned(),
        }
    }
}

fn quoted(text: &str) -> String {
    let short: String = text.chars().take(60).collect();
    if short.len() < text.len() { format!("{short:?}...") } else { format!("{short:?}") }
}

/// The text of a value that is neither a table nor a list; numbers by their shortest digits.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(_, text) => Some(text.clone()),
        Value::Char(_, c) => Some(c.to_string()),
        Value::Bool(_, b) => Some(b.to_string()),
        Value::Num(_, Num::F64(x)) => Some(x.to_string()),
        Value::Num(_, Num::F32(x)) => Some(x.to_string()),
        Value::Num(_, number) => number.to_i128().map(|n| n.to_string()).or_else(|| number.to_u128().map(|n| n.to_string())),
        Value::Empty(..) | Value::Dict(..) | Value::Array(..) => None,
    }
}
