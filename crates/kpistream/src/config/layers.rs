//! The layers of a configuration: the file, over it the environment, over it the flags.

use std::path::{Path, PathBuf};

use figment::{
    Figment, Metadata, Profile, Provider, Source,
    providers::{Format, Toml},
    value::{Dict, Map, Value},
};

use super::{
    error::ConfigError,
    keys::{self, PathKind},
    values::{Layer, Leaf, Origin, Values},
};

/// Where a configuration comes from.
#[derive(Clone, Debug, Default)]
pub struct Layers {
    /// A TOML file.
    pub file: Option<PathBuf>,
    /// Variables of the environment; those that begin with `KPISTREAM_` are read.
    pub environment: Vec<(String, String)>,
    /// Flags: (the flag, the key it sets, the value).
    pub flags: Vec<(&'static str, &'static str, String)>,
}

const PREFIX: &str = "KPISTREAM_";
const VARIABLE: &str = "environment variable";

impl Layers {
    /// The same, with where `--http` says that HTTP is served.
    pub fn with_http(mut self, address: Option<String>) -> Layers {
        self.flags.extend(address.map(|address| ("--http", "http.address", address)));
        self
    }

    /// The values that hold, each with its origin; a key that is not known is an error.
    pub fn read(self) -> Result<Values, ConfigError> {
        let mut merged = Figment::new();
        if let Some(file) = &self.file {
            merged = merged.merge(toml_file(file)?);
        }
        for (name, value) in self.environment {
            if let Some(path) = variable_path(&name, &value).filter(|_| !value.is_empty()) {
                merged = merged.merge(Setting { origin: format!("{VARIABLE} {name}"), path, value });
            }
        }
        for (flag, key, value) in self.flags {
            merged = merged.merge(Setting { origin: flag.to_owned(), path: key.split('.').map(str::to_owned).collect(), value });
        }
        let data = merged.data().map_err(|error| syntax(self.file.as_deref(), &error))?;
        let mut values = Values::default();
        for (_, dict) in data {
            collect(&merged, &dict, &mut Vec::new(), &mut values)?;
        }
        Ok(values)
    }
}

/// One value from the environment or a flag, always as text.
struct Setting {
    origin: String,
    path: Vec<String>,
    value: String,
}

impl Provider for Setting {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.origin.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let mut value = Value::from(self.value.as_str());
        for step in self.path.iter().rev() {
            value = Value::from(Dict::from([(step.clone(), value)]));
        }
        Ok(Profile::Default.collect(value.into_dict().unwrap_or_default()))
    }
}

/// The path that a variable of the environment sets: `KPISTREAM_KPI__MARGIN` is `kpi.margin`.
fn variable_path(name: &str, value: &str) -> Option<Vec<String>> {
    let name = name.strip_prefix(PREFIX)?.to_lowercase();
    let path: Vec<String> = name.split("__").map(str::to_owned).collect();
    let steps: Vec<&str> = path.iter().map(String::as_str).collect();
    let is_ours = !matches!(keys::kind_of(&steps), PathKind::Nowhere);
    (is_ours || !is_service_link(&name, value)).then_some(path)
}

/// Whether a variable has the form of those that Kubernetes and Docker set in every container for a service named `kpistream`, or
/// `kpistream-` and more: `..._SERVICE_HOST`, `..._SERVICE_PORT`, `..._SERVICE_PORT_NAME`, `..._PORT` with a URL, `..._PORT_9464_TCP` and
/// what follows that. They were not set for us.
fn is_service_link(name: &str, value: &str) -> bool {
    // The name begins with the service's, of which nothing is left where that is our own.
    let name = format!("_{name}");
    let is_url = || value.split_once("://").is_some_and(|(protocol, _)| matches!(protocol, "tcp" | "udp" | "sctp"));
    let is_port = |rest: &str| {
        let mut parts = rest.split('_');
        let number = parts.next().is_some_and(|number| number.parse::<u16>().is_ok());
        let protocol = parts.next().is_some_and(|protocol| matches!(protocol, "tcp" | "udp" | "sctp"));
        number && protocol && matches!(parts.next(), None | Some("proto" | "port" | "addr")) && parts.next().is_none()
    };
    name.ends_with("_service_host")
        || name.ends_with("_service_port")
        || name.contains("_service_port_")
        || (name.ends_with("_port") && is_url())
        || name.rsplit_once("_port_").is_some_and(|(_, rest)| is_port(rest))
}

fn toml_file(file: &Path) -> Result<impl Provider + use<>, ConfigError> {
    let unreadable = |why: String| ConfigError::Unreadable { file: file.display().to_string(), why };
    // figment takes an absent file for an empty one.
    let text = std::fs::read_to_string(file).map_err(|error| unreadable(super::plain(&error)))?;
    Ok(Named { file: file.to_owned(), text: text.trim_start_matches('\u{feff}').to_owned() })
}

/// The text of a file, under the file's name.
struct Named {
    file: PathBuf,
    text: String,
}

impl Provider for Named {
    fn metadata(&self) -> Metadata {
        Metadata::from("file", Source::File(self.file.clone()))
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Toml::string(&self.text).data()
    }
}

fn syntax(file: Option<&Path>, error: &figment::Error) -> ConfigError {
    let text = error.kind.to_string();
    // "TOML parse error at line 2, column 9", a drawing of the line, and mostly what is wrong.
    let drawn = |line: &&str| line.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ').starts_with('|');
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !drawn(line));
    let place = lines.next().unwrap_or_default().trim_start_matches("TOML parse error at ");
    let what = lines.collect::<Vec<_>>().join("; ");
    let what = if what.is_empty() { "a value such as \"text\", 12, true or [\"a\", \"b\"] is expected" } else { &what };
    ConfigError::Syntax { file: file.map(|f| f.display().to_string()).unwrap_or_default(), what: format!("{place}: {what}") }
}

/// Walks the merged tables: every value lands under its full name, and a name that is not known ends the walk.
fn collect(merged: &Figment, dict: &Dict, path: &mut Vec<String>, values: &mut Values) -> Result<(), ConfigError> {
    for (name, value) in dict {
        path.push(name.clone());
        let steps: Vec<&str> = path.iter().map(String::as_str).collect();
        let source = || origin(merged, value);
        match (keys::kind_of(&steps), value) {
            (PathKind::Nowhere, _) => {
                return Err(ConfigError::UnknownKey { origin: source().name, key: path.join("."), nearest: keys::nearest(&steps) });
            }
            (PathKind::Table, value) if keys::is_list(&steps) => collect_list(merged, value, path, values)?,
            (PathKind::Table, Value::Dict(_, inner)) => collect(merged, inner, path, values)?,
            (PathKind::Value(key), Value::Dict(_, inner)) if key.name.ends_with("**") => collect(merged, inner, path, values)?,
            (PathKind::Table, _) => {
                let leaf = Leaf::new(path, value, source());
                return Err(leaf.refused_for(None, "a table of keys".to_owned()));
            }
            (PathKind::Value(_), _) => values.insert(Leaf::new(path, value, source())),
        }
        path.pop();
    }
    Ok(())
}

/// The tables of a list, each under its number.
fn collect_list(merged: &Figment, list: &Value, path: &mut Vec<String>, values: &mut Values) -> Result<(), ConfigError> {
    let refused = |value: &Value, path: &[String]| {
        let takes = format!("a list of tables in the file, each under [[{}]]", path.first().map_or("", String::as_str));
        Leaf::new(path, value, origin(merged, value)).refused_for(None, takes)
    };
    let Value::Array(_, entries) = list else { return Err(refused(list, path)) };
    for (at, entry) in entries.iter().enumerate() {
        let Value::Dict(_, inner) = entry else { return Err(refused(entry, path)) };
        path.push((at + 1).to_string());
        // The table itself too: one without keys is there all the same.
        values.insert(Leaf::new(path, entry, origin(merged, entry)));
        collect(merged, inner, path, values)?;
        path.pop();
    }
    Ok(())
}

/// The name of what set a value, and the folder beside which its relative paths lie.
fn origin(merged: &Figment, value: &Value) -> Origin {
    match merged.get_metadata(first_tag(value)) {
        Some(Metadata { source: Some(Source::File(file)), .. }) => {
            Origin { name: file.display().to_string(), layer: Layer::File, beside: file.parent().map(Path::to_owned) }
        }
        Some(metadata) => {
            let layer = if metadata.name.starts_with(VARIABLE) { Layer::Environment } else { Layer::Flags };
            Origin { name: metadata.name.to_string(), layer, beside: None }
        }
        None => Origin { name: "configuration".to_owned(), layer: Layer::File, beside: None },
    }
}

/// Tables that several layers fill carry the tag of one of them; a value inside tells better.
fn first_tag(value: &Value) -> figment::value::Tag {
    match value {
        Value::Dict(tag, inner) => inner.values().next().map_or(*tag, first_tag),
        other => other.tag(),
    }
}
