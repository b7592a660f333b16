//! What is put together from parts.

/// A whole of which partitions, folds or days each have a part.
///
/// The law: neither the order of the parts nor how they are grouped makes a difference, as long as all are merged by the same bound; and the
/// default is the part that adds nothing. So it does not matter which thread has seen what.
pub trait Merge: Default {
    /// By what its size is bounded; `()` where it has no bound, or one of its own.
    type Bound: Copy;

    /// Adds all that another part has.
    fn merge(&mut self, other: &Self, bound: Self::Bound);
}
