//! The funnel as pieces of a snapshot: the facts and what they are booked under. What follows from these is worked out anew.

use ledger::{Census, Entities, Names};
use model::Settings;
use panes::DimsTable;
use pieces::{Piece, PieceError, Pieces};

use crate::{
    Funnel,
    facts::{AccountIx, DealIx},
};

const LEADS: &str = "leads";
const DEALS: &str = "deals";
const ACCOUNTS: &str = "accounts";

impl Funnel {
    /// Captures leads, deals and accounts as they now are: clones pointers only.
    pub fn capture(&self, out: &mut Vec<Piece>) {
        self.leads.capture(LEADS, out);
        self.deals.capture(DEALS, out);
        self.accounts.capture(ACCOUNTS, out);
    }

    /// The funnel that was captured; `dims` and the cells are those of its panes, in which nothing is booked again.
    pub fn restore(pieces: &Pieces, settings: &Settings, dims: &DimsTable) -> Result<Funnel, PieceError> {
        let mut funnel = Funnel {
            leads: Entities::restore(LEADS, pieces)?,
            deals: Entities::restore(DEALS, pieces)?,
            accounts: Names::restore(ACCOUNTS, pieces)?,
            ..Funnel::default()
        };
        funnel.check_references(dims)?;
        let deals: Vec<DealIx> = funnel.deals.all().collect();
        deals.iter().for_each(|deal| funnel.enter(*deal, settings));
        deals.iter().try_for_each(|deal| funnel.restore_new_customer(*deal))?;
        Ok(funnel)
    }

    /// The leads and the deals, each in one number.
    pub fn censuses(&self) -> [(&'static str, Census); 2] {
        [(LEADS, self.leads.census()), (DEALS, self.deals.census())]
    }

    fn restore_new_customer(&mut self, deal: DealIx) -> Result<(), PieceError> {
        let (Some(key), Some(booked)) = (self.key_of(deal), self.deals.state(deal)) else { return Ok(()) };
        let is_first = self.first_of(key) == Some(deal);
        if is_first != booked.context.new_customer {
            return Err(PieceError::corrupt(deal.piece(DEALS), "a new customer is not its key's first win"));
        }
        if is_first {
            self.new_customers.insert(key, deal);
        }
        Ok(())
    }

    /// What the facts name by number must be there: the fold relies on it.
    fn check_references(&self, dims: &DimsTable) -> Result<(), PieceError> {
        let account_is_known = |account: Option<AccountIx>| account.is_none_or(|account| self.accounts.name(account).is_some());
        for (ix, lead) in self.leads.all().filter_map(|ix| Some((ix, self.live(ix)?))) {
            if !account_is_known(lead.account) || dims.dims(lead.dims).is_none() {
                return Err(PieceError::corrupt(ix.piece(LEADS), "a lead's account or dimensions are unknown"));
            }
        }
        for (ix, booked) in self.deals.all().filter_map(|ix| Some((ix, self.deals.state(ix).as_ref()?))) {
            let lead_is_known = booked.deal.lead.is_none_or(|lead| self.leads.contains(lead));
            if !lead_is_known || !account_is_known(booked.deal.account) || dims.dims(booked.context.dims).is_none() {
                return Err(PieceError::corrupt(ix.piece(DEALS), "a deal's lead, account or dimensions are unknown"));
            }
        }
        Ok(())
    }
}
