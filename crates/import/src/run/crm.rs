//! Leads and deals of all files: a deal's lead is its one contact, or the lead that became it.

use std::collections::BTreeMap;

use model::Millis;

use super::{File, Imported, Outcome, Refused, Run, events};
use crate::{
    crm::{Deal, Status},
    decisions::{DealContact, Refusal},
};

/// What the run knows of leads, by system and id.
struct Known<'a> {
    created: BTreeMap<(&'a str, &'a str), Millis>,
    became: BTreeMap<(&'a str, &'a str), Vec<&'a str>>,
}

pub(super) fn events(run: &Run, outcome: &mut Outcome) -> Result<(), Refused> {
    let mut known = Known { created: BTreeMap::new(), became: BTreeMap::new() };
    for (_, file, lead) in run.leads() {
        known.created.insert((&file.system, &lead.id), run.zone.instant(lead.created_at));
        for deal in &lead.deals {
            known.became.entry((&file.system, deal)).or_default().push(&lead.id);
        }
    }
    for (n, file, lead) in run.leads() {
        outcome.events.push(Imported { file: n, line: lead.line, event: events::lead(file, lead), currency: None });
    }
    for (n, file, deal) in run.deals() {
        let lead = known.lead_of(run, file, deal)?;
        let currency = deal.currency.filter(|_| deal.amount.is_none() && deal.status != Status::Deleted);
        outcome.events.push(Imported { file: n, line: deal.line, event: events::deal(file, deal, lead), currency });
    }
    Ok(())
}

impl<'a> Known<'a> {
    fn lead_of(&self, run: &'a Run, file: &'a File, deal: &'a Deal) -> Result<Option<&'a str>, Refused> {
        let system = file.system.as_str();
        if let Some(leads) = self.became.get(&(system, deal.id.as_str())) {
            return Ok(self.earliest(system, leads.iter().copied()));
        }
        let contacts = || deal.contacts.iter().map(String::as_str);
        match (deal.contacts.as_slice(), run.decisions.deal_contact) {
            ([], _) => Ok(None),
            ([one], _) => Ok(Some(one)),
            (_, Some(DealContact::None)) => Ok(None),
            ([first, ..], Some(DealContact::First)) => Ok(Some(first)),
            (_, Some(DealContact::Earliest)) if self.has(system) => Ok(self.earliest(system, contacts())),
            (_, Some(DealContact::Earliest)) => {
                let what = format!(
                    "deal {} has {} contacts, and --deal-contact earliest needs to know when they were made: import the contacts in the same run",
                    deal.id,
                    deal.contacts.len()
                );
                Err(refused(file, deal, what))
            }
            (_, None) => {
                let what = format!(
                    "deal {} has {} contacts, and its channel is that of its lead: say which of them it is by --deal-contact first, \
                        earliest (with the contacts in the same run) or none",
                    deal.id,
                    deal.contacts.len()
                );
                Err(refused(file, deal, what))
            }
        }
    }

    fn has(&self, system: &str) -> bool {
        self.created.keys().any(|(known, _)| *known == system)
    }

    /// The lead that was made first, of those that are leads.
    fn earliest<'s>(&self, system: &str, leads: impl Iterator<Item = &'s str>) -> Option<&'s str> {
        leads.filter_map(|id| Some((*self.created.get(&(system, id))?, id))).min().map(|(_, id)| id)
    }
}

fn refused(file: &File, deal: &Deal, what: String) -> Refused {
    Refused { file: file.name.clone(), refusal: Refusal::new("several_contacts", format_args!("line {}", deal.line), what) }
}
