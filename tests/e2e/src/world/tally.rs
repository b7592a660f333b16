//! What happened in worlds, so that one sees that all of it did.

macro_rules! tally {
    ($($(#[doc = $doc:literal])* $name:ident),* $(,)?) => {
        /// How often what happened.
        #[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
        pub struct Tally {
            $($(#[doc = $doc])* pub $name: u64),*
        }

        impl Tally {
            /// Each by its name.
            pub fn all(&self) -> Vec<(&'static str, u64)> {
                vec![$((stringify!($name), self.$name)),*]
            }
        }

        impl std::ops::AddAssign for Tally {
            fn add_assign(&mut self, more: Tally) {
                $(self.$name += more.$name;)*
            }
        }
    };
}

tally! {
    /// Steps taken.
    steps,
    /// Instances started.
    starts,
    /// Of them, those that went on from a snapshot.
    restores,
    /// Those that found the store away.
    starts_without_store,
    /// Instances killed.
    kills,
    /// Of them, those killed while they stored a snapshot.
    kills_while_storing,
    /// Instances started while another stored a snapshot.
    starts_while_storing,
    /// Times the store's machine lost power.
    crashes,
    /// Snapshots stored.
    stored,
    /// Snapshots that failed.
    failed,
    /// Two that took themselves for one instance.
    conflicts,
    /// Reads of records that had been read before.
    read_again,
    /// Objects of which a bit was flipped.
    flips,
    /// Instances that said that the log does not reach back.
    said_truncated,
    /// Topics made anew.
    made_anew,
    /// Times that days or months passed.
    long_ticks,
    /// Clocks of instances that were set, right or wrong.
    clocks_set,
    /// Partitions added.
    partitions_added,
    /// Changes of the settings.
    upgrades,
    /// Times the topic of the dead letters began to refuse them.
    letters_refused,
    /// Snapshots that dead letters held back.
    held_back,
    /// Snapshots that there were none of, since the book was torn.
    torn_states,
    /// Streams and books that a panic tore.
    torn,
    /// Instances held against a clean fold.
    held,
    /// Instances held against the naive reference.
    compared,
}
