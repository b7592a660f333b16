//! Rows of leads.

use std::collections::BTreeMap;

use model::{Channels, Millis, When, Zone};

use super::{Reading, ids, meanings::Unknown};
use crate::{
    decisions::{Decisions, Refusal},
    evidence::Decided,
    mapping::Field,
    sheet::Row,
    table::Table,
    told::{Reject, Seen},
    words::key,
};

/// A lead.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lead {
    /// Where it stands.
    pub line: u64,
    /// Its id in its system.
    pub id: String,
    /// When it was made.
    pub created_at: When,
    /// When it was last changed.
    pub modified: Option<Millis>,
    /// Where it came from.
    pub channel: Option<String>,
    /// The campaign it came by.
    pub campaign: Option<String>,
    /// When marketing qualified it.
    pub mql_at: Option<When>,
    /// When sales qualified it.
    pub sql_at: Option<When>,
    /// Its company's id.
    pub company: Option<String>,
    /// Its segment.
    pub segment: Option<String>,
    /// The deals it became.
    pub deals: Vec<String>,
}

/// Reads a report of leads.
pub fn read(
    table: &Table<'_>,
    decisions: &Decisions,
    zone: &Zone,
    seen: &mut Seen,
    rejects: &mut Vec<Reject>,
) -> Result<(Vec<Lead>, Option<Decided<Millis>>), Refusal> {
    let (reading, pulled) = Reading::new(table, decisions, zone, seen)?;
    let rows = reading.rows(Field::LeadId, rejects);
    reading.is_whole(rows.len(), rejects)?;
    let (mut leads, mut unknown, mut others, mut repeated): (BTreeMap<String, Lead>, _, _, _) = (BTreeMap::new(), Unknown::default(), 0usize, 0usize);
    for (row, id) in rows {
        match is_lead(&reading, row) {
            Some(true) => {}
            Some(false) => {
                others += 1;
                continue;
            }
            None => {
                unknown.note("", table.get(row, Field::Lifecycle));
                continue;
            }
        }
        match (lead(&reading, row, id), &mut leads) {
            (Err(reject), _) => rejects.push(reject),
            (Ok(lead), leads) => match leads.get_mut(&lead.id) {
                Some(known) => {
                    repeated += 1;
                    known.join(lead);
                }
                None => _ = leads.insert(lead.id.clone(), lead),
            },
        }
    }
    unknown.refuse(table, Field::Lifecycle, "lead, none")?;
    let mut said = format!("{} leads", leads.len());
    if others > 0 {
        said.push_str(&format!("; {others} rows are of people who are none by `{}`", table.name(Field::Lifecycle)));
    }
    if repeated > 0 {
        said.push_str(&format!("; {repeated} rows repeat a lead: its id counts, and a campaign that differs among them is left out"));
    }
    seen.say("rows", said);
    Ok((leads.into_values().collect(), pulled))
}

/// Whether a row is of a lead; none where nothing says so.
fn is_lead(reading: &Reading<'_, '_>, row: &Row) -> Option<bool> {
    if !reading.table.has(Field::Lifecycle) {
        return Some(true);
    }
    let Some(stage) = reading.table.value(row, Field::Lifecycle) else { return Some(false) };
    let meaning = reading.decisions.stage("", stage).or_else(|| reading.table.mapping.lifecycle.get(&key(stage)).map(String::as_str));
    match meaning {
        Some("lead") => Some(true),
        Some("none") => Some(false),
        _ => None,
    }
}

fn lead(reading: &Reading<'_, '_>, row: &Row, id: String) -> Result<Lead, Reject> {
    let table = reading.table;
    let created_at = reading.when(row, Field::CreatedAt)?;
    let created_at =
        created_at.ok_or_else(|| Reject::new(row.line, "no_date", format!("lead {id}: column `{}` is empty", table.name(Field::CreatedAt))))?;
    let channel = table.value(row, Field::Channel).map(|text| table.mapping.channels.get(&key(text)).cloned().unwrap_or_else(|| text.to_owned()));
    Ok(Lead {
        line: row.line,
        created_at,
        modified: reading.modified(row),
        campaign: campaign(reading, row, channel.as_deref()),
        channel,
        mql_at: reading.when(row, Field::MqlAt)?,
        sql_at: reading.when(row, Field::SqlAt)?,
        company: reading.company(row),
        segment: reading.text(row, Field::Segment),
        deals: ids(table.get(row, Field::DealId)),
        id,
    })
}

/// The campaign of a lead: in some channels a detail of the channel is its name, in others a keyword or an address.
fn campaign(reading: &Reading<'_, '_>, row: &Row, channel: Option<&str>) -> Option<String> {
    let channels = Channels::default();
    let channel = channels.resolve("", channel.unwrap_or_default());
    let field = reading.table.mapping.campaign_of.get(channel).copied().unwrap_or(Field::Campaign);
    reading.text(row, field)
}

impl Lead {
    /// Another row of the same lead.
    fn join(&mut self, other: Lead) {
        if self.campaign != other.campaign {
            self.campaign = None;
        }
        self.modified = self.modified.max(other.modified);
        self.deals.extend(other.deals);
        self.deals.sort();
        self.deals.dedup();
    }
}
