//! The groups of a breakdown.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::{dimensions::Dimensions, facts::Facts};

/// A group: the dimensions it fixes, each with its name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Group(Vec<(String, String)>);

impl Group {
    /// Everything.
    pub fn total() -> Group {
        Group(Vec::new())
    }

    /// One channel.
    pub fn channel(name: &str) -> Group {
        Group(vec![("channel".to_owned(), name.to_owned())])
    }

    /// Every group of a breakdown that has anything at all.
    pub fn all(facts: &Facts, by: &[String]) -> BTreeSet<Group> {
        facts.places().map(|at| Group(by.iter().map(|name| (name.clone(), dimension(at, name).to_owned())).collect())).collect()
    }

    pub fn has(&self, at: &Dimensions) -> bool {
        self.0.iter().all(|(name, value)| dimension(at, name) == value)
    }

    pub fn write(&self, row: &mut Map<String, Value>) {
        for name in ["channel", "campaign", "segment"] {
            let value = self.0.iter().find(|(fixed, _)| fixed == name).map(|(_, value)| value);
            row.insert(name.to_owned(), json!(value));
        }
    }
}

fn dimension<'a>(at: &'a Dimensions, name: &str) -> &'a str {
    match name {
        "channel" => &at.channel,
        "campaign" => &at.campaign,
        "segment" => &at.segment,
        _ => panic!("there is no breakdown by {name}"),
    }
}
