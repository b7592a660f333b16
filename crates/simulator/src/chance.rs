//! Chance: a generator with a seed (xoshiro256++), and the distributions the company lives by.
//!
//! Only operations that IEEE 754 rounds exactly (`+ - * /` and `sqrt`) are used: the platform's `exp` or `ln` would make the events
//! of one seed differ from machine to machine.

/// A stream of chance.
#[derive(Clone, Debug)]
pub(crate) struct Chance([u64; 4]);

/// One step of splitmix64, which spreads a seed over a state.
fn splitmix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Chance {
    /// The stream of a seed and a path: other paths are other streams, so that one part of the company never shifts another.
    pub(crate) fn new(seed: u64, path: &[u64]) -> Chance {
        let mut state = seed;
        for step in path {
            state = splitmix(&mut state) ^ step;
        }
        Chance([(); 4].map(|()| splitmix(&mut state)))
    }

    /// 64 random bits (xoshiro256++ by Blackman and Vigna, public domain).
    pub(crate) fn bits(&mut self) -> u64 {
        let [a, b, c, d] = self.0;
        let result = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let (c, d) = (c ^ a, d ^ b);
        self.0 = [a ^ d, b ^ c, c ^ (b << 17), d.rotate_left(45)];
        result
    }

    /// From 0 up to 1, which it never is.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A whole number from 0 up to `n`, which it never is; 0 where `n` is.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(n)) >> 64) as u64
    }

    /// From `low` up to `high`.
    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// True with probability `p`.
    pub(crate) fn happens(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// One of the items, all alike; none of none.
    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        let n = self.below(items.len() as u64) as usize;
        items.get(n)
    }

    /// One of the items by their weights; none of none.
    pub(crate) fn weighted<'a, T>(&mut self, items: &'a [T], weight: impl Fn(&T) -> f64) -> Option<&'a T> {
        let total: f64 = items.iter().map(&weight).sum();
        let mut left = self.unit() * total;
        let found = items.iter().find(|item| {
            left -= weight(item);
            left < 0.0
        });
        found.or(items.last())
    }

    /// About normal, mean 0 and deviation 1: the sum of twelve uniforms less six.
    pub(crate) fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }

    /// Log-normal: half of all lie below `median`; `spread` is the deviation of the logarithm.
    pub(crate) fn around(&mut self, median: f64, spread: f64) -> f64 {
        median * exp(spread * self.normal())
    }

    /// How many of something happen when `mean` are expected (Poisson; normal where there are many).
    pub(crate) fn count(&mut self, mean: f64) -> u64 {
        if mean > 40.0 {
            return (mean + mean.sqrt() * self.normal()).round().max(0.0) as u64;
        }
        let (floor, mut product, mut n) = (exp(-mean), self.unit(), 0);
        while product > floor {
            product *= self.unit();
            n += 1;
        }
        n
    }
}

/// e to the `x`, near enough, for -20 < x < 20: a short series at x / 1024, squared ten times.
fn exp(x: f64) -> f64 {
    let s = x / 1024.0;
    let mut y = 1.0 + s * (1.0 + s / 2.0 * (1.0 + s / 3.0));
    for _ in 0..10 {
        y *= y;
    }
    y
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_those_of_the_published_generator() {
        let mut chance = Chance([1, 2, 3, 4]);
        assert_eq!([(); 4].map(|()| chance.bits()), [41_943_041, 58_720_359, 3_588_806_011_781_223, 3_591_011_842_654_386]);
        assert_ne!(Chance::new(1, &[2, 3]).bits(), Chance::new(1, &[3, 2]).bits(), "paths are told apart");
    }

    #[test]
    fn distributions_have_their_means() {
        let mut chance = Chance::new(9, &[]);
        let mut mean = |draw: &mut dyn FnMut(&mut Chance) -> f64| (0..20_000).map(|_| draw(&mut chance)).sum::<f64>() / 20_000.0;
        let near = |a: f64, b: f64| assert!((a - b).abs() < 0.03 * b.max(1.0), "{a} is not {b}");
        near(mean(&mut |c| c.unit()), 0.5);
        near(mean(&mut |c| c.below(10) as f64), 4.5);
        near(mean(&mut |c| c.normal()), 0.0);
        near(mean(&mut |c| c.count(0.4) as f64), 0.4);
        near(mean(&mut |c| c.count(90.0) as f64), 90.0);
        near(mean(&mut |c| f64::from(c.around(10.0, 0.8) < 10.0)), 0.5);
        near(mean(&mut |c| *c.weighted(&[1.0, 3.0], |w| *w).unwrap()), 2.5);
    }

    #[test]
    fn our_exp_is_near_enough() {
        for x in [-12.0f64, -1.0, 0.0, 0.5, 3.0, 12.0] {
            assert!((exp(x) / x.exp() - 1.0).abs() < 1e-6, "{x}");
        }
    }
}
