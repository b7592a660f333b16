//! Why something counts or does not, in words: the facts held against the rule.

use std::fmt;

use funnel::entries::{DealEntry, LeadEntry};
use kpis::{
    Money, Unconvertible,
    explain::{Hit, Part, What},
};
use model::{Category, Currency, Day, DealType, Micros, When};
use panes::Measure;

use super::{
    Explainer,
    subjects::{Found, LeftOut, Subject, text},
};

/// Why something counts or does not.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Why {
    // It counts.
    FirstWin { account: Option<String>, typed: bool },
    WonBy { deal: String, on: Day },
    OfLead { lead: String, on: Day },
    // It counts, and cannot be converted.
    NoRate { currency: Currency, on: Day },
    OutOfRange,
    // It is left out.
    OtherChannel { are: &'static str },
    NotCovered,
    Disqualified,
    NoDeal,
    NoWin,
    NoNewBusiness,
    LateConversion { deal: String, on: Day, maturity: Day },
    NotMature { maturity: Day },
    ConvertedBefore { deal: String, on: Day },
    ExistingBusiness,
    NotFirst { deal: String, on: Day, typed: bool },
    FirstIsExisting,
    NoAmount,
    NoLead,
    LeadUnknown { lead: String },
    LeadDisqualified { lead: String },
    ClosedBeforeLead { lead: String, on: Day },
    NotYetOpened { on: Day },
    NotMedia { category: Category },
}

impl Why {
    /// The code of the reason; none where it counts in full.
    pub fn reason(&self) -> Option<&'static str> {
        Some(match self {
            Why::FirstWin { .. } | Why::WonBy { .. } | Why::OfLead { .. } => return None,
            Why::NoRate { .. } => "missing_rate",
            Why::OutOfRange => "out_of_range",
            Why::OtherChannel { .. } => "other_channel",
            Why::NotCovered => "spend_incomplete",
            Why::Disqualified => "disqualified",
            Why::NoDeal => "no_deal",
            Why::NoWin => "no_won_deal",
            Why::NoNewBusiness => "no_new_business",
            Why::LateConversion { .. } => "beyond_horizon",
            Why::NotMature { .. } => "not_mature",
            Why::ConvertedBefore { .. } => "converted_by_another_deal",
            Why::ExistingBusiness => "existing_business",
            Why::NotFirst { .. } => "not_first_of_customer",
            Why::FirstIsExisting => "customer_is_existing",
            Why::NoAmount => "no_amount",
            Why::NoLead => "no_lead",
            Why::LeadUnknown { .. } => "lead_unknown",
            Why::LeadDisqualified { .. } => "lead_disqualified",
            Why::ClosedBeforeLead { .. } => "closed_before_lead",
            Why::NotYetOpened { .. } => "not_yet_opened",
            Why::NotMedia { .. } => "not_media",
        })
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Why::FirstWin { account, typed } => {
                let of = account.as_ref().map_or_else(|| "its customer".to_owned(), |account| format!("account {account}"));
                write!(f, "the earliest won deal{} of {of}", if *typed { " typed new_business" } else { "" })
            }
            Why::WonBy { deal, on } => write!(f, "converted by deal {deal}, closed on {on}"),
            Why::OfLead { lead, on } => write!(f, "from lead {lead}, created on {on}"),
            Why::NoRate { currency, on } => write!(f, "there is no rate of {currency} for {on}, nor of the 10 days before"),
            Why::OutOfRange => f.write_str("converted, the amount is too large to be kept exactly"),
            Why::OtherChannel { are } => write!(f, "its channel is not {are}"),
            Why::NotCovered => f.write_str("spend is not complete for its day yet, so the ratio does not cover it"),
            Why::Disqualified => f.write_str("the lead is disqualified"),
            Why::NoDeal => f.write_str("no live deal names the lead"),
            Why::NoWin => f.write_str("none of its deals is won"),
            Why::NoNewBusiness => f.write_str("its won deals are not new business"),
            Why::LateConversion { deal, on, maturity } => write!(f, "converted by deal {deal} on {on}, after it matured on {maturity}"),
            Why::NotMature { maturity } => write!(f, "created in the window, but matures on {maturity}, outside of it"),
            Why::ConvertedBefore { deal, on } => write!(f, "its conversion is deal {deal}, closed on {on}"),
            Why::ExistingBusiness => f.write_str("the deal is typed existing business"),
            Why::NotFirst { deal, on, typed: true } => {
                write!(f, "deal {deal} of the same customer, typed new_business and closed on {on}, is the new customer")
            }
            Why::NotFirst { deal, on, typed: false } => write!(f, "deal {deal} of the same customer closed earlier, on {on}"),
            Why::FirstIsExisting => f.write_str("the earliest won deal of the same customer is typed existing business"),
            Why::NoAmount => f.write_str("the deal has no amount"),
            Why::NoLead => f.write_str("the deal names no lead"),
            Why::LeadUnknown { lead } => write!(f, "lead {lead} is unknown or deleted"),
            Why::LeadDisqualified { lead } => write!(f, "lead {lead} is disqualified"),
            Why::ClosedBeforeLead { lead, on } => write!(f, "it closed before lead {lead} was created, on {on}"),
            Why::NotYetOpened { on } => write!(f, "it is opened on {on}, after the instant asked for"),
            Why::NotMedia { category } => write!(f, "its category is {}, not media", category.word()),
        }
    }
}

/// Why a part counts something or leaves it out; none where there is nothing to say but that it does.
pub fn of(part: &Part, hit: &Hit<'_, Found<'_>>, explainer: &Explainer<'_>) -> Option<Why> {
    let rule = Rule { what: part.what, explainer };
    match hit.of.left_out {
        None => rule.unconvertible(hit).or_else(|| rule.counts(&hit.of.subject)),
        Some(LeftOut::OtherChannel) => Some(Why::OtherChannel { are: part.channels.as_ref().map_or("", |channels| channels.are) }),
        Some(LeftOut::NotCovered) => Some(Why::NotCovered),
        Some(LeftOut::ByFacts(_)) => rule.left_out(&hit.of.subject),
    }
}

struct Rule<'a> {
    what: What,
    explainer: &'a Explainer<'a>,
}

impl Rule<'_> {
    fn day(&self, when: When) -> Day {
        self.explainer.settings.zone.day(when)
    }

    /// Why something that counts has no counterpart in the reporting currency.
    fn unconvertible(&self, hit: &Hit<'_, Found<'_>>) -> Option<Why> {
        let cell = hit.cell.as_ref().filter(|_| hit.adds.is_none())?;
        let (currency, on) = cell.money?;
        let config = self.explainer.config;
        match config.rates.convert(Micros(cell.amount), currency, config.currency, on) {
            Err(Unconvertible::NoRate) => Some(Why::NoRate { currency, on }),
            // By itself, or what it is converted with.
            Ok(_) | Err(Unconvertible::OutOfRange) => Some(Why::OutOfRange),
        }
    }

    fn counts(&self, subject: &Subject<'_>) -> Option<Why> {
        match (subject, self.what) {
            (Subject::Deal(deal), What::Count(Measure::Customers | Measure::LedCustomers)) => {
                Some(Why::FirstWin { account: deal.account().map(str::to_owned), typed: deal.deal.deal_type == Some(DealType::NewBusiness) })
            }
            (Subject::Deal(deal), What::Count(Measure::CycleWins) | What::Seconds(_) | What::Cycles | What::Money(Money::Cohort | Money::Mature)) => {
                let lead = deal.lead()?;
                Some(Why::OfLead { lead: text(lead.id()), on: self.day(lead.lead.created_at()) })
            }
            (Subject::Lead(lead), What::Count(Measure::Converted | Measure::MatureConverted | Measure::Conversions)) => {
                let deal = lead.conversion()?;
                Some(Why::WonBy { deal: text(deal.id()), on: self.day(deal.deal.won_at()?) })
            }
            _ => None,
        }
    }

    fn left_out(&self, subject: &Subject<'_>) -> Option<Why> {
        match subject {
            Subject::Lead(lead) => self.lead(lead),
            Subject::Deal(deal) => self.deal(deal),
            Subject::Row(row) => Some(Why::NotMedia { category: row.facts.category }),
            Subject::Figure(_) | Subject::Account(_) | Subject::Interactions => None,
        }
    }

    fn lead(&self, lead: &LeadEntry<'_>) -> Option<Why> {
        if lead.lead.disqualified {
            return Some(Why::Disqualified);
        }
        let maturity = self.day(lead.lead.maturity(self.explainer.settings.horizon_days));
        if self.what == What::Count(Measure::Mature) {
            return Some(Why::NotMature { maturity });
        }
        if let Some(deal) = lead.conversion() {
            let (deal, on) = (text(deal.id()), self.day(deal.deal.won_at()?));
            let late = self.what == What::Count(Measure::MatureConverted);
            return Some(if late { Why::LateConversion { deal, on, maturity } } else { Why::ConvertedBefore { deal, on } });
        }
        let won: Vec<bool> = lead.deals().map(|deal| deal.deal.won_at().is_some()).collect();
        Some(match won.iter().any(|won| *won) {
            true => Why::NoNewBusiness,
            false if won.is_empty() => Why::NoDeal,
            false => Why::NoWin,
        })
    }

    fn deal(&self, deal: &DealEntry<'_>) -> Option<Why> {
        let settings = self.explainer.settings;
        let new_customer = deal.context.new_customer;
        match self.what {
            What::Count(Measure::LedCustomers) if new_customer => self.lead_of(deal).err(),
            What::Count(Measure::Customers | Measure::LedCustomers) => self.no_customer(deal),
            What::Money(Money::Open) => {
                let opened_on = deal.deal.opened_at.map(|at| self.day(at)).filter(|_| deal.deal.amount.is_some());
                Some(opened_on.map_or(Why::NoAmount, |on| Why::NotYetOpened { on }))
            }
            What::Count(Measure::CycleWins | Measure::CycleMillis) if deal.deal.is_new_business_win(new_customer) => {
                let lead = match self.lead_of(deal) {
                    Ok(lead) => lead,
                    Err(why) => return Some(why),
                };
                Some(Why::ClosedBeforeLead { lead: text(lead.id()), on: self.day(lead.lead.created_at()) })
            }
            What::Count(Measure::CycleWins | Measure::CycleMillis) => self.no_customer(deal),
            What::Money(Money::Return | Money::Cohort | Money::Mature) if !deal.deal.is_return(new_customer, settings.return_on) => {
                self.no_customer(deal)
            }
            What::Money(Money::Cohort | Money::Mature) => {
                let lead = match self.lead_of(deal) {
                    Ok(lead) if lead.lead.disqualified => return Some(Why::LeadDisqualified { lead: text(lead.id()) }),
                    Ok(lead) => lead,
                    Err(why) => return Some(why),
                };
                let won_at = deal.deal.won_at()?;
                let is_within = self.what == What::Money(Money::Cohort) || lead.lead.is_within(settings.horizon_days, won_at, &settings.zone);
                let maturity = self.day(lead.lead.maturity(settings.horizon_days));
                Some(if is_within { Why::NoAmount } else { Why::LateConversion { deal: text(deal.id()), on: self.day(won_at), maturity } })
            }
            _ => Some(Why::NoAmount),
        }
    }

    /// Why a won deal is not its customer's first.
    fn no_customer(&self, deal: &DealEntry<'_>) -> Option<Why> {
        if deal.deal.deal_type == Some(DealType::ExistingBusiness) {
            return Some(Why::ExistingBusiness);
        }
        let Some(first) = deal.new_customer() else { return Some(Why::FirstIsExisting) };
        let typed = first.deal.deal_type == Some(DealType::NewBusiness) && deal.deal.deal_type.is_none();
        Some(Why::NotFirst { deal: text(first.id()), on: self.day(first.deal.won_at()?), typed })
    }

    fn lead_of<'a>(&self, deal: &DealEntry<'a>) -> Result<LeadEntry<'a>, Why> {
        deal.lead().ok_or_else(|| deal.lead_id().map_or(Why::NoLead, |lead| Why::LeadUnknown { lead: text(lead) }))
    }
}
