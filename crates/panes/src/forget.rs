//! Tuples of dimensions are forgotten once nothing names them: with the panes that did.

use std::sync::Arc;

use crate::{
    Panes,
    dims::{Named, Renumbered},
};

/// Tuples without use that are left where they are: to make a table anew costs a copy of all panes.
const UNUSED_LEFT: usize = 1024;

impl Panes {
    /// Makes the table of dimensions anew where more than half of it, and much, is named by nothing: by no pane, no account, and nothing
    /// that `others` note. All panes are then others too, and whoever else has numbers of the table replaces them by the new ones.
    pub fn forget_unnamed(&mut self, others: impl FnOnce(&mut Named)) -> Option<Renumbered> {
        if self.dims.len() <= UNUSED_LEFT {
            return None;
        }
        let mut named = self.dims.none_named();
        self.note_named(&mut named);
        others(&mut named);
        self.dims_in_use = named.len() - named.unnamed();
        if named.unnamed() <= UNUSED_LEFT.max(self.dims_in_use) {
            return None;
        }
        let (anew, numbers) = self.dims.anew(&named);
        self.dims = Arc::new(anew);
        self.renumber(&numbers);
        Some(numbers)
    }

    /// Whether the table has become so large since it was last looked through that it is worth the while to do so again.
    pub fn has_many_new_dims(&self) -> bool {
        self.dims.len() > 2 * self.dims_in_use + 4 * UNUSED_LEFT
    }

    fn note_named(&self, named: &mut Named) {
        let panes = self.days.values().chain(self.minutes.values()).chain(self.standing.values());
        panes.flat_map(|pane| pane.rows()).for_each(|(dims, _)| named.note(dims));
        self.visitors.values().flat_map(|of_day| of_day.groups()).for_each(|(dims, _)| named.note(dims));
        self.audience.values().flat_map(|account| account.each_dims()).for_each(|dims| named.note(dims));
    }

    fn renumber(&mut self, numbers: &Renumbered) {
        self.days.replace_all(|pane| pane.renumbered(numbers));
        self.minutes.replace_all(|pane| pane.renumbered(numbers));
        self.standing.values_mut().for_each(|pane| *pane = Arc::new(pane.renumbered(numbers)));
        self.visitors.values_mut().for_each(|of_day| *of_day = Arc::new(of_day.renumbered(numbers)));
        let accounts = self.audience.iter().map(|(key, account)| (key.clone(), Arc::new(account.renumbered(numbers))));
        self.audience = Arc::new(accounts.collect());
    }
}
