//! What is left to chance in a world, by its seed.

use testkit::streams::Rng;

/// A sequence of numbers that a seed repeats.
#[derive(Clone, Debug)]
pub struct Chance(Rng);

impl Chance {
    /// The sequence of a seed.
    pub fn new(seed: u64) -> Chance {
        Chance(Rng::new(seed))
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0.next()
    }

    /// A number below `n`, or 0.
    pub fn below(&mut self, n: usize) -> usize {
        self.0.below(n)
    }

    /// True once in `n` times.
    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// One of some.
    pub fn pick<T: Copy>(&mut self, of: &[T]) -> Option<T> {
        of.get(self.below(of.len())).copied()
    }

    /// One of some, as likely as its weight says; none where all weights are 0.
    pub fn weighed<T: Copy>(&mut self, of: &[(T, usize)]) -> Option<T> {
        let mut at = self.below(of.iter().map(|(_, weight)| weight).sum());
        of.iter().find_map(|(one, weight)| {
            if at < *weight {
                Some(*one)
            } else {
                at -= weight;
                None
            }
        })
    }

    /// Puts some in another order.
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        self.0.shuffle(list);
    }
}
