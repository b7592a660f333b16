//! The latest facts of leads and deals, as the book keeps them.

use ledger::{Ix, Reader, folded, put_number, unfolded};
use model::{Currency, Day, DealStatus, DealType, LeadFacts, Micros, ReturnOn, When, Zone, packed::PackedWhen};
use panes::DimsId;
use serde::{Deserialize, Serialize};

/// What the table of leads holds: nothing, since a lead is in its packed facts.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
pub struct Leads;

/// The names of accounts.
#[derive(Clone, Default, Debug)]
pub struct Accounts;

/// The number of a lead.
pub type LeadIx = Ix<Leads>;
/// The number of a deal.
pub type DealIx = Ix<Option<InContext>>;
/// The number of a customer's account.
pub type AccountIx = Ix<Accounts>;

/// A lead that is not deleted. There are millions, so it is kept [packed](Lead::pack).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lead {
    created_at: PackedWhen,
    mql_at: Option<PackedWhen>,
    sql_at: Option<PackedWhen>,
    /// Its dimensions.
    pub dims: DimsId,
    /// Its account.
    pub account: Option<AccountIx>,
    /// Live for its deals, but no lead in the KPIs.
    pub disqualified: bool,
}

/// What a packed lead has.
const LIVE: u8 = 1;
const DISQUALIFIED: u8 = 2;
const ACCOUNT: u8 = 4;
const MQL: u8 = 8;
const SQL: u8 = 16;

/// A deal that is not deleted.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Deal {
    /// Where it stands.
    pub status: DealStatus,
    /// Its value.
    pub amount: Option<(Micros, Currency)>,
    /// The lead it names, known or not.
    pub lead: Option<LeadIx>,
    /// The account it names.
    pub account: Option<AccountIx>,
    /// The type it names.
    pub deal_type: Option<DealType>,
    /// When it was opened.
    pub opened_at: Option<When>,
    /// The segment it names.
    pub segment: Option<Box<str>>,
}

/// A deal's facts with the context they are booked under.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct InContext {
    /// The facts.
    pub deal: Deal,
    /// The context.
    pub context: Context,
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
    pub fn new(facts: &LeadFacts<'_>, dims: DimsId, account: Option<AccountIx>) -> Lead {
        Lead {
            created_at: facts.created_at.into(),
            mql_at: facts.mql_at.map(PackedWhen::from),
            sql_at: facts.sql_at.map(PackedWhen::from),
            dims,
            account,
            disqualified: facts.disqualified,
        }
    }

    /// The lead as bytes, some fifteen of them; of none there are no bytes.
    ///
    /// What it has, dimensions, account, when it came in; the other times by how much later they are.
    pub(crate) fn pack(lead: Option<&Lead>) -> Vec<u8> {
        let mut bytes = Vec::new();
        let Some(Lead { created_at, mql_at, sql_at, dims, account, disqualified }) = lead else { return bytes };
        let has = [(*disqualified, DISQUALIFIED), (account.is_some(), ACCOUNT), (mql_at.is_some(), MQL), (sql_at.is_some(), SQL)];
        bytes.push(has.iter().filter(|(has, _)| *has).fold(LIVE, |all, (_, flag)| all | flag));
        put_number(dims.0.into(), &mut bytes);
        account.iter().for_each(|account| put_number(account.number().into(), &mut bytes));
        put_number(folded(created_at.bits()), &mut bytes);
        for later in [mql_at, sql_at].into_iter().flatten() {
            put_number(folded(later.bits().wrapping_sub(created_at.bits())), &mut bytes);
        }
        bytes
    }

    /// The lead of such bytes.
    pub(crate) fn unpack(bytes: &[u8]) -> Option<Lead> {
        let mut reader = Reader(bytes);
        let has = reader.byte();
        let mut number = |flag| (has & flag != 0).then(|| reader.number());
        let dims = DimsId(u32::try_from(number(LIVE)?).unwrap_or(u32::MAX));
        let account = number(ACCOUNT).map(|account| Ix::numbered(u32::try_from(account).unwrap_or(u32::MAX)));
        let created_at = unfolded(number(LIVE)?);
        let mut later = |flag| number(flag).map(|by| PackedWhen::of_bits(created_at.wrapping_add(unfolded(by))));
        let (mql_at, sql_at) = (later(MQL), later(SQL));
        Some(Lead { created_at: PackedWhen::of_bits(created_at), mql_at, sql_at, dims, account, disqualified: has & DISQUALIFIED != 0 })
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

    /// How many civil days old it is on a day; 0 before its own.
    pub fn age_on(&self, day: Day, zone: &Zone) -> i32 {
        day.0.saturating_sub(zone.day(self.created_at()).0).max(0)
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

#[cfg(test)]
mod tests {
    use model::Millis;

    use super::*;

    #[test]
    fn leads_come_back_as_they_were_packed() {
        let times =
            [When::At(Millis::EARLIEST), When::At(Millis(1_772_323_200_123)), When::On(Day(20_000)), When::At(Millis::LATEST), When::On(Day::LATEST)];
        for (n, created_at) in times.into_iter().enumerate() {
            for mql_at in times.map(Some).into_iter().chain([None]) {
                let lead = Lead {
                    created_at: created_at.into(),
                    mql_at: mql_at.map(PackedWhen::from),
                    sql_at: (n % 2 == 0).then(|| times[4 - n].into()),
                    dims: DimsId(n as u32 * 100_000),
                    account: (n % 3 > 0).then(|| Ix::numbered(u32::MAX - n as u32)),
                    disqualified: n % 2 == 1,
                };
                assert_eq!(Lead::unpack(&Lead::pack(Some(&lead))), Some(lead));
            }
        }
        assert_eq!((Lead::unpack(&[]), Lead::pack(None)), (None, Vec::new()));
    }
}
