//! The dimensions that leads and deals name, so that those that nothing names any more can be forgotten.

use panes::dims::{Named, Renumbered};

use crate::{Funnel, Lead, facts::LeadIx};

impl Funnel {
    /// Notes all dimensions that are named.
    pub fn note_dims(&self, named: &mut Named) {
        let leads = self.leads.all().filter_map(|ix| self.live(ix));
        leads.for_each(|lead| named.note(lead.dims));
        let deals = self.deals.all().filter_map(|ix| self.deals.state(ix).as_ref());
        deals.for_each(|booked| named.note(booked.context.dims));
    }

    /// Gives the dimensions their new numbers.
    pub fn renumber_dims(&mut self, numbers: &Renumbered) {
        let leads: Vec<LeadIx> = self.leads.all().collect();
        for ix in leads {
            if let Some(mut lead) = self.live(ix) {
                lead.dims = numbers.of(lead.dims);
                self.leads.set_facts(ix, &Lead::pack(Some(&lead)));
            }
        }
        self.deals.renumber(numbers, |booked| booked.as_mut().map(|booked| &mut booked.context.dims));
    }
}
