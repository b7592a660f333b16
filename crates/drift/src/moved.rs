//! What moved a total, by channel, in customers: the mix of what is put in, or the channels themselves. Exact: all add up to the gap.

use std::sync::Arc;

use panes::DayRange;

use crate::{
    Moved, Watched,
    baseline::{Expecting, Inputs, cohort, observed_in},
    evaluate::Look,
    figures::Group,
    outcome::Gap,
};

/// What a total's alarm is taken apart by.
struct Total<'a> {
    look: &'a Look<'a>,
    kpi: Watched,
    expecting: &'a Expecting,
    baseline: DayRange,
    days: DayRange,
    /// Customers of the baseline, and those expected in the alarm for each of them by the measured level.
    per_customer: f64,
}

/// What each channel has to do with an alarm of a total over some days. KPI F14
pub(crate) fn moved(look: &Look<'_>, kpi: Watched, expecting: &Expecting, baseline: DayRange, days: DayRange, expected: f64) -> Vec<Moved> {
    let customers = came(look, kpi, look.group(None), baseline);
    let per_customer = expected / expecting.ratio / customers as f64;
    let total = Total { look, kpi, expecting, baseline, days, per_customer };
    look.world.channels.iter().filter_map(|(channel, group)| total.of(channel, group)).collect()
}

/// The customers of a baseline: of leads, those that it has made since.
fn came(look: &Look<'_>, kpi: Watched, group: &Group, baseline: DayRange) -> i128 {
    match kpi {
        Watched::Cac => observed_in(kpi, group, baseline),
        Watched::LeadConversion => cohort(group, baseline, look.kpis.horizon_days()).1,
    }
}

impl Total<'_> {
    fn of(&self, channel: &Arc<str>, group: &Group) -> Option<Moved> {
        let inputs = Inputs::of(self.kpi, group, self.look);
        let observed = observed_in(self.kpi, group, self.days);
        let spread = &self.expecting.spread;
        if self.kpi == Watched::Cac && (inputs.lack_a_rate(spread, self.baseline) || inputs.lack_a_rate(spread, self.days)) {
            return Some(Moved { channel: Arc::clone(channel), observed, gap: None });
        }
        let at_total = spread.total(&inputs.amounts, self.days) * self.expecting.per_unit;
        let (put_in, customers, own) = self.own(group, &inputs, at_total);
        if (observed, customers) == (0, 0) && [own, at_total, put_in].iter().all(|x| *x == 0.0) {
            return None;
        }
        let in_baseline = match self.kpi {
            Watched::Cac => put_in * self.expecting.per_unit,
            // The share of leads that convert, by the measured level.
            Watched::LeadConversion => put_in * self.expecting.value / self.expecting.ratio,
        };
        let gap = (customers as f64 - in_baseline) * self.per_customer;
        let [own, at_total, gap] = [own, at_total, gap].map(|x| x * self.expecting.ratio);
        let gap = Gap { expected: own, mix: own - at_total - gap, rate: observed as f64 - own };
        Some(Moved { channel: Arc::clone(channel), observed, gap: Some(gap) })
    }

    /// What was put into the channel in the baseline, what came of it, and what that lets expect of the channel now.
    fn own(&self, group: &Group, inputs: &Inputs, at_total: f64) -> (f64, i128, f64) {
        match self.kpi {
            Watched::Cac => {
                let (put_in, customers) =
                    (self.expecting.spread.total(&inputs.amounts, self.baseline), came(self.look, self.kpi, group, self.baseline));
                let own = if put_in > 0.0 {
                    self.expecting.spread.total(&inputs.amounts, self.days) * customers as f64 / put_in
                } else if customers != 0 {
                    customers as f64 * self.per_customer
                } else {
                    at_total
                };
                (put_in, customers, own)
            }
            Watched::LeadConversion => {
                let (leads, conversions, spread) = cohort(group, self.baseline, self.look.kpis.horizon_days());
                let own = if leads > 0 { spread.total(&inputs.amounts, self.days) } else { at_total };
                (leads as f64, conversions, own)
            }
        }
    }
}
