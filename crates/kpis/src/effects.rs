//! What moved a ratio from one window to the one it is compared with: of each channel, how much its share did and how much its own ratio.

use std::{collections::BTreeMap, sync::Arc};

use panes::{Period, Window, shared::together};

use crate::{
    By, Kpi, Request, Row, Span,
    evaluation::{Effect, Effects},
};

/// The windows that have another to be compared with. KPI E1
const PAIRS: [(Window, Window); 5] = [
    (Window::Days(7), Window::PreviousDays(7)),
    (Window::Days(30), Window::PreviousDays(30)),
    (Window::This(Period::Month), Window::LastToDate(Period::Month)),
    (Window::This(Period::Quarter), Window::LastToDate(Period::Quarter)),
    (Window::This(Period::Year), Window::LastToDate(Period::Year)),
];

/// The pairs of which a request asks for the first, where it asks for channels.
pub(crate) fn pairs(request: &Request) -> Vec<(Window, Window)> {
    if !request.by.contains(&By::CHANNEL) {
        return Vec::new();
    }
    let mut pairs: Vec<(Window, Window)> = Vec::new();
    for span in &request.spans {
        let pair = PAIRS.iter().find(|(window, _)| *span == Span::Window(*window)).filter(|pair| !pairs.contains(pair));
        pairs.extend(pair);
    }
    pairs
}

/// The rows of a window, in total and by channel, in the order of the channels' names.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct Sides {
    pub total: Option<Arc<[Row]>>,
    pub channels: Vec<Arc<[Row]>>,
}

/// The rows of the windows that are compared, by name.
pub(crate) type Compared = BTreeMap<Arc<str>, Sides>;

/// The windows that a request has compared, without rows yet.
pub(crate) fn compared(request: &Request) -> Compared {
    let windows = pairs(request).into_iter().flat_map(|(window, before)| [window, before]);
    windows.map(|window| (window.to_string().into(), Sides::default())).collect()
}

/// The effects that were last worked out, with the rows they are of.
#[derive(Default)]
pub(crate) struct Known(BTreeMap<Arc<str>, OfPair>);

/// The effects of one pair, and the rows they were worked out of.
struct OfPair {
    now: Sides,
    then: Sides,
    effects: Arc<[Effect]>,
}

/// A numerator and a denominator; none where one of them is not known.
type Parts = Option<(f64, f64)>;

impl Known {
    /// The effects of the pairs that a request asks for: only those of rows that are others than before are worked out.
    pub fn effects(&mut self, request: &Request, compared: &Compared) -> Effects {
        let before = std::mem::take(&mut self.0);
        let mut all = Vec::new();
        for (window, earlier) in pairs(request) {
            let (window, earlier): (Arc<str>, Arc<str>) = (window.to_string().into(), earlier.to_string().into());
            let (Some(now), Some(then)) = (compared.get(&window), compared.get(&earlier)) else { continue };
            let same = before.get(&window).filter(|known| known.now.are_shared_with(now) && known.then.are_shared_with(then));
            let effects = same.map_or_else(|| of_pair(&window, &earlier, now, then), |known| known.effects.clone());
            all.push(effects.clone());
            self.0.insert(window, OfPair { now: now.clone(), then: then.clone(), effects });
        }
        Effects(all)
    }
}

impl Sides {
    /// Takes the rows of one of the two breakdowns.
    pub fn take(&mut self, by: By, rows: &[Arc<[Row]>]) {
        if by == By::TOTAL {
            self.total = rows.first().cloned();
        } else {
            self.channels = rows.to_vec();
        }
    }

    fn are_shared_with(&self, other: &Sides) -> bool {
        let of = |sides: &Sides| sides.total.iter().chain(&sides.channels).map(Arc::as_ptr).collect::<Vec<_>>();
        of(self) == of(other)
    }

    fn total(&self, kpi: Kpi) -> Option<(f64, f64)> {
        let row = self.total.as_ref()?.get(kpi as usize)?;
        row.value.is_ok().then(|| parts(row)).flatten()
    }

    fn by_channel(&self) -> impl Iterator<Item = (&Arc<str>, &Arc<[Row]>)> {
        self.channels.iter().filter_map(|rows| Some((rows.first()?.group.channel.as_ref()?, rows)))
    }
}

fn parts(row: &Row) -> Parts {
    Some((row.numerator?.as_f64(), row.denominator?.as_f64()))
}

fn of_pair(window: &Arc<str>, before: &Arc<str>, now: &Sides, then: &Sides) -> Arc<[Effect]> {
    let mut effects = Vec::new();
    let ratios = Kpi::ALL.iter().copied().filter(|kpi| kpi.definition().ratio_of_channels().is_some());
    let both = ratios.filter_map(|kpi| Some((kpi, Change { before: then.total(kpi)?, now: now.total(kpi)? })));
    for (kpi, change) in both {
        for (channel, then, now) in together(then.by_channel(), now.by_channel()) {
            // A channel without a row has nothing there.
            let of = |rows: Option<&Arc<[Row]>>| rows.map_or(Some((0.0, 0.0)), |rows| rows.get(kpi as usize).and_then(parts));
            let effect = match (of(then), of(now)) {
                (Some((0.0, 0.0)), Some((0.0, 0.0))) => continue,
                (Some(before), Some(now)) => Some(change.effects(before, now)),
                _ => None,
            };
            let (mix, rate) = (effect.map(|(mix, _)| mix), effect.map(|(_, rate)| rate));
            effects.push(Effect { kpi, window: window.clone(), before: before.clone(), channel: channel.clone(), mix, rate });
        }
    }
    effects.into()
}

/// The numerator and denominator of a whole in two windows.
struct Change {
    before: (f64, f64),
    now: (f64, f64),
}

impl Change {
    /// By how much a part with these numerators and denominators moved the whole: by its share, and by its own ratio. KPI E3, E4
    fn effects(&self, before: (f64, f64), now: (f64, f64)) -> (f64, f64) {
        let ((above_0, below_0), (above_1, below_1)) = (self.before, self.now);
        let (share_0, share_1) = (before.1 / below_0, now.1 / below_1);
        let mean = f64::midpoint(above_0 / below_0, above_1 / below_1);
        if before.1 > 0.0 && now.1 > 0.0 {
            let (ratio_0, ratio_1) = (before.0 / before.1, now.0 / now.1);
            let mix = (share_1 - share_0) * (f64::midpoint(ratio_0, ratio_1) - mean);
            return (mix, (ratio_1 - ratio_0) * f64::midpoint(share_0, share_1));
        }
        // It has no ratio of its own in one of them: all it moved is its coming or going.
        (now.0 / below_1 - before.0 / below_0 - mean * (share_1 - share_0), 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn effects_add_up_to_the_change() {
        // Spend and customers of three channels; the second comes, the third goes.
        let parts = [((100.0, 10.0), (300.0, 20.0)), ((0.0, 0.0), (50.0, 0.0)), ((80.0, 4.0), (-5.0, 0.0))];
        let sum = |parts: Vec<(f64, f64)>| parts.iter().fold((0.0, 0.0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
        let (before, now): (Vec<_>, Vec<_>) = parts.iter().copied().unzip();
        let change = Change { before: sum(before), now: sum(now) };
        let effects: Vec<(f64, f64)> = parts.iter().map(|(before, now)| change.effects(*before, *now)).collect();
        let moved: f64 = effects.iter().map(|(mix, rate)| mix + rate).sum();
        assert!((moved - (345.0 / 20.0 - 180.0 / 14.0)).abs() < 1e-12, "{effects:?}");
        assert!((effects[0].1 - 5.0 * f64::midpoint(10.0 / 14.0, 1.0)).abs() < 1e-12, "{effects:?}");
    }

    #[test]
    fn where_nothing_moved_there_is_no_effect() {
        let change = Change { before: (10.0, 4.0), now: (20.0, 8.0) };
        assert_eq!(change.effects((5.0, 1.0), (10.0, 2.0)), (0.0, 0.0));
    }
}
