//! The latest facts of leads and deals, as the book keeps them.

use model::{Currency, DealStatus, DealType, LeadFacts, Micros, ReturnOn, When, Zone, packed::PackedWhen};
use panes::{DimsId, Ix};
use serde::{Deserialize, Serialize};

/// A lead that is not deleted. There are millions, so its times are packed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Lead {
    created_at: PackedWhen,
    mql_at: Option<PackedWhen>,
    sql_at: Option<PackedWhen>,
    /// Its dimensions.
    pub dims: DimsId,
    /// Its account.
    pub account: Option<Ix>,
    /// Live for its deals, but no lead in the KPIs.
    pub disqualified: bool,
}

/// A deal that is not deleted.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Deal {
    /// Where it stands.
    pub status: DealStatus,
    /// Its value.
    pub amount: Option<(Micros, Currency)>,
    /// The lead it names, known or not.
    pub lead: Option<Ix>,
    /// The account it names.
    pub account: Option<Ix>,
    /// The type it names.
    pub deal_type: Option<DealType>,
    /// When it was opened.
    pub opened_at: Option<When>,
    /// The segment it names.
    pub segment: Option<Box<str>>,
}

/// What a deal needs to know beside its own facts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Context {
    /// Under which dimensions it is booked.
    pub dims: DimsId,
    /// Whether it is its customer key's new customer.
    pub new_customer: bool,
}

impl Lead {
    /// The facts of a lead, with its dimensions and account.
    pub fn new(facts: &LeadFacts<'_>, dims: DimsId, account: Option<Ix>) -> Lead {
        Lead {
            created_at: facts.created_at.into(),
            mql_at: facts.mql_at.map(PackedWhen::from),
            sql_at: facts.sql_at.map(PackedWhen::from),
            dims,
            account,
            disqualified: facts.disqualified,
        }
    }

    /// When it came in.
    pub fn created_at(&self) -> When {
        self.created_at.into()
    }

    /// When marketing qualified it.
    pub fn mql_at(&self) -> Option<When> {
        self.mql_at.map(When::from)
    }

    /// When sales qualified it.
    pub fn sql_at(&self) -> Option<When> {
        self.sql_at.map(When::from)
    }

    /// Milliseconds from the lead to a deal's close. Between two dates, whole civil days; of an instant and a date
    /// of the same civil day, none. KPI 3.3
    pub fn elapsed(&self, closed_at: When, zone: &Zone) -> i64 {
        match (self.created_at(), closed_at) {
            (When::On(created), When::On(closed)) => i64::from(closed.0 - created.0) * model::time::DAY_MS,
            (When::At(created), When::At(closed)) => closed.0 - created.0,
            (created, closed) if zone.day(created) == zone.day(closed) => 0,
            (created, closed) => zone.instant(closed).0 - zone.instant(created).0,
        }
    }

    /// When the lead is mature: `horizon` x 24 hours on, or so many civil days.
    pub fn maturity(&self, horizon: i32) -> When {
        match self.created_at() {
            When::At(at) => When::At(at.plus(i64::from(horizon) * model::time::DAY_MS)),
            When::On(day) => When::On(day.plus(horizon)),
        }
    }

    /// Whether a deal closed at or before the lead's maturity; by civil days where either has no instant. KPI 2.5
    pub fn is_within(&self, horizon: i32, closed_at: When, zone: &Zone) -> bool {
        match (self.maturity(horizon), closed_at) {
            (When::At(maturity), When::At(closed)) => closed <= maturity,
            _ => zone.day(closed_at) <= zone.day(self.created_at()).plus(horizon),
        }
    }
}

impl Deal {
    /// When it was won, if it was.
    pub fn won_at(&self) -> Option<When> {
        match self.status {
            DealStatus::Won(at) => Some(at),
            _ => None,
        }
    }

    /// Whether it is a new-business win, given whether it is its key's new customer.
    pub fn is_new_business_win(&self, new_customer: bool) -> bool {
        self.won_at().is_some()
            && match self.deal_type {
                Some(DealType::NewBusiness) => true,
                Some(DealType::ExistingBusiness) => false,
                None => new_customer,
            }
    }

    /// Whether its value counts as the return.
    pub fn is_return(&self, new_customer: bool, on: ReturnOn) -> bool {
        match on {
            ReturnOn::NewBusiness => self.is_new_business_win(new_customer),
            ReturnOn::AllWins => self.won_at().is_some(),
        }
    }
}
