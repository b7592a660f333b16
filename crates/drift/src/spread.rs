//! Spreads: how late what was put in brings its customers.

use std::collections::BTreeMap;

use model::Day;
use panes::DayRange;

/// What a unit put in on a day brings so many days later.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Spread {
    /// Days before the first can come.
    lag: i32,
    /// By age; trailing ages that bring nothing are not there.
    shares: Vec<f64>,
    /// The sums of the shares before each age, and of all.
    sums: Vec<f64>,
}

/// Amounts by the day on which they were put in.
pub(crate) type PutIn = BTreeMap<Day, f64>;

impl Spread {
    /// All at once.
    pub fn at_once(lag: i32) -> Spread {
        Spread::of(lag, &[(0, 1)].into(), 1)
    }

    /// So many of a whole by age.
    pub fn of(lag: i32, counts: &BTreeMap<u16, i128>, whole: i128) -> Spread {
        let ages = counts.iter().filter(|(_, n)| **n != 0).map(|(age, _)| usize::from(*age) + 1).max().unwrap_or(0);
        let mut shares = vec![0.0; ages];
        for (age, n) in counts {
            if let Some(share) = shares.get_mut(usize::from(*age)) {
                *share = *n as f64 / whole as f64;
            }
        }
        let mut sum = 0.0;
        let mut sums = vec![0.0];
        sums.extend(shares.iter().map(|share| {
            sum += share;
            sum
        }));
        Spread { lag, shares, sums }
    }

    /// What is put in brings to each of some days.
    pub fn arrivals(&self, put_in: &PutIn, days: DayRange) -> Vec<f64> {
        let mut arrivals = vec![0.0; usize::try_from(days.len()).unwrap_or(0)];
        for (day, amount) in put_in.range(self.reaching(days)) {
            let first = i64::from(day.0) + i64::from(self.lag) - i64::from(days.first.0);
            for (at, share) in (first..).zip(&self.shares) {
                if let Some(sum) = usize::try_from(at).ok().and_then(|at| arrivals.get_mut(at)) {
                    *sum += amount * share;
                }
            }
        }
        arrivals
    }

    /// What is put in brings to all of some days.
    pub fn total(&self, put_in: &PutIn, days: DayRange) -> f64 {
        if days.is_empty() {
            return 0.0;
        }
        // From 0, not from what an empty sum is: that is written as -0.0.
        put_in.range(self.reaching(days)).map(|(day, amount)| amount * self.share_within(*day, days)).fold(0.0, |sum, part| sum + part)
    }

    /// Whether what is put in on a day brings anything to some days.
    pub fn reaches(&self, day: Day, days: DayRange) -> bool {
        let (first, last) = self.ages(day, days);
        !days.is_empty() && self.shares.iter().enumerate().any(|(age, share)| *share != 0.0 && (first..=last).contains(&(age as i64)))
    }

    fn share_within(&self, day: Day, days: DayRange) -> f64 {
        let (first, last) = self.ages(day, days);
        let upto = |age: i64| self.sums.get(usize::try_from(age).unwrap_or(0).min(self.shares.len())).copied().unwrap_or(0.0);
        upto(last + 1) - upto(first)
    }

    /// The ages that what is put in on a day has on some days.
    fn ages(&self, day: Day, days: DayRange) -> (i64, i64) {
        let put_in = i64::from(day.0) + i64::from(self.lag);
        (i64::from(days.first.0) - put_in, i64::from(days.last.0) - put_in)
    }

    /// The days on which what is put in can bring anything to some days.
    fn reaching(&self, days: DayRange) -> std::ops::RangeInclusive<Day> {
        let longest = i32::try_from(self.shares.len()).unwrap_or(i32::MAX);
        let (first, last) = (days.first.plus(-self.lag).plus(-longest), days.last.plus(-self.lag));
        if first <= last { first..=last } else { last..=last }
    }

    /// The least age with this share of all at or below it, in hundredths.
    pub fn age_of_share(&self, hundredths: f64) -> i32 {
        let all = self.sums.last().copied().unwrap_or(0.0);
        let least = self.sums.iter().skip(1).position(|sum| *sum * 100.0 >= all * hundredths - 1e-9);
        least.and_then(|age| i32::try_from(age).ok()).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_add_up_to_their_total() {
        let spread = Spread::of(2, &[(0, 1), (3, 2), (5, 1)].into(), 4);
        let put_in: PutIn = [(Day(10), 4.0), (Day(12), -8.0), (Day(13), 2.0)].into();
        for (first, last) in (8..22).flat_map(|first| (first - 1..22).map(move |last| (first, last))) {
            let days = DayRange::new(Day(first), Day(last));
            let arrivals = spread.arrivals(&put_in, days);
            assert_eq!(arrivals.len() as i32, last - first + 1);
            assert!((arrivals.iter().sum::<f64>() - spread.total(&put_in, days)).abs() < 1e-12, "{days:?}");
        }
        assert!(spread.total(&PutIn::new(), DayRange::new(Day(8), Day(9))).is_sign_positive(), "nothing is 0, not -0");
        assert_eq!(spread.arrivals(&put_in, DayRange::new(Day(12), Day(15))), [1.0, 0.0, -2.0, 2.5]);
        assert_eq!([50.0, 74.0, 75.0, 76.0].map(|share| spread.age_of_share(share)), [3, 3, 3, 5]);
        let reached = |first, last| spread.reaches(Day(10), DayRange::new(Day(first), Day(last)));
        assert_eq!([reached(12, 12), reached(13, 14), reached(15, 15), reached(18, 30), reached(2, 11)], [true, false, true, false, false]);
    }
}
