//! A store in memory that does what stores do on bad days, by a seed that repeats it: for tests and for the simulation.
//!
//! What it promises is what [`Blobs`] promises and no more: an object is durable when [`Blobs::put_new`] has returned well. What an
//! operation that failed left behind is open, and so is whether that is still there, or whole, after a [`crash`](Simulated::crash).

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;

use crate::blobs::{BlobError, Blobs, Listed};

/// How often an operation goes wrong, in a thousand.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Faults {
    /// It fails before it did anything.
    pub failed: u32,
    /// It fails after it did everything: the acknowledgement is lost.
    pub unacknowledged: u32,
    /// A put fails and leaves the beginning of the object under its name.
    pub torn: u32,
    /// A put is done, its acknowledgement lost, and tried again by the store's client, which finds the name taken.
    pub repeated: u32,
    /// A list shows what was there some operations ago.
    pub stale: u32,
    /// A put goes well, and a bit of the object flips thereafter.
    pub flipped: u32,
}

/// A store in memory with faults.
pub struct Simulated {
    world: Mutex<World>,
}

struct World {
    random: u64,
    faults: Faults,
    objects: BTreeMap<String, Object>,
    /// Objects whose deletion a crash may undo: no put into their folder has been acknowledged since.
    undead: BTreeMap<String, Object>,
    /// What lists may show instead of the present.
    past: VecDeque<BTreeMap<String, Object>>,
    /// Names of objects of which a bit flipped, that were cut, or lost.
    spoiled: BTreeSet<String>,
    power: Power,
}

#[derive(Clone)]
struct Object {
    bytes: Bytes,
    durable: bool,
}

enum Power {
    On,
    /// It fails during the operation that finds 0.
    Fails(u64),
    Off,
}

/// What an operation comes to.
enum Fate {
    Well,
    Failed,
    Unacknowledged,
    Torn,
    Repeated,
}

/// States of the past that lists may show.
const PAST: usize = 4;

impl Simulated {
    /// An empty store in which nothing goes wrong; the seed decides all that is left to chance.
    pub fn new(seed: u64) -> Simulated {
        let (objects, undead, past, spoiled) = Default::default();
        let world = World { random: seed, faults: Faults::default(), objects, undead, past, spoiled, power: Power::On };
        Simulated { world: Mutex::new(world) }
    }

    /// Makes operations go wrong as often as this from now on.
    pub fn set_faults(&self, faults: Faults) {
        self.world().faults = faults;
    }

    /// The power fails during the operation after `operations` more; from then on all fail until [`crash`](Simulated::crash).
    pub fn cut_power_after(&self, operations: u64) {
        self.world().power = Power::Fails(operations);
    }

    /// The machine loses power and comes back: what was not durable is there, gone or cut, and recent deletions may be undone.
    pub fn crash(&self) {
        let world = &mut *self.world();
        for (name, object) in std::mem::take(&mut world.undead) {
            if one_in(&mut world.random, 2) {
                world.objects.entry(name).or_insert(object);
            }
        }
        for (name, mut object) in std::mem::take(&mut world.objects) {
            match (object.durable, below(&mut world.random, 3)) {
                (false, 0) => continue,
                (false, 1) => object.bytes = beginning(&mut world.random, &object.bytes),
                _ => {}
            }
            world.objects.insert(name, Object { durable: true, ..object });
        }
        world.past.clear();
        world.power = Power::On;
    }

    /// Flips a bit of some object, if there is any, and says which.
    pub fn flip_any(&self) -> Option<String> {
        let name = self.any()?;
        let bit = below(&mut self.world().random, u64::MAX);
        self.flip(&name, bit);
        Some(name)
    }

    /// Flips a bit of an object, counted around its end.
    pub fn flip(&self, name: &str, bit: u64) {
        self.world().flip(name, bit);
    }

    /// Cuts an object to a length, as if that were all of it.
    pub fn cut(&self, name: &str, length: usize) {
        let world = &mut *self.world();
        if let Some(object) = world.objects.get_mut(name) {
            object.bytes.truncate(length);
            world.spoiled.insert(name.to_owned());
        }
    }

    /// Takes an object away, as if it had never been there.
    pub fn lose(&self, name: &str) {
        let world = &mut *self.world();
        if world.objects.remove(name).is_some() {
            world.spoiled.insert(name.to_owned());
        }
    }

    /// Puts an object without any fault, whatever is there.
    pub fn plant(&self, name: &str, bytes: impl Into<Bytes>) {
        self.world().objects.insert(name.to_owned(), Object { bytes: bytes.into(), durable: true });
    }

    /// What is there now, in a store of its own in which nothing goes wrong: to look at it without changing what comes next.
    pub fn at_rest(&self) -> Simulated {
        let rest = Simulated::new(0);
        rest.world().objects = self.world().objects.clone();
        rest
    }

    /// Everything that is there.
    pub fn objects(&self) -> BTreeMap<String, Bytes> {
        self.world().objects.iter().map(|(name, object)| (name.clone(), object.bytes.clone())).collect()
    }

    /// The names of all objects that were spoiled since the beginning, here or by [`Faults::flipped`].
    pub fn spoiled(&self) -> BTreeSet<String> {
        self.world().spoiled.clone()
    }

    fn any(&self) -> Option<String> {
        let world = &mut *self.world();
        let at = below(&mut world.random, world.objects.len() as u64);
        world.objects.keys().nth(usize::try_from(at).ok()?).cloned()
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Blobs for Simulated {
    fn put_new(&self, name: &str, bytes: Bytes) -> Result<(), BlobError> {
        let world = &mut *self.world();
        let fate = world.fate(true);
        let failed = Err(failed("put", name));
        if matches!(fate, Fate::Failed) {
            return failed;
        }
        if world.objects.contains_key(name) {
            return Err(BlobError::Exists(name.to_owned()));
        }
        world.remember();
        let bytes = if matches!(fate, Fate::Torn) { beginning(&mut world.random, &bytes) } else { bytes };
        let durable = matches!(fate, Fate::Well | Fate::Repeated);
        world.objects.insert(name.to_owned(), Object { bytes, durable });
        if durable {
            let folder = folder_of(name);
            world.undead.retain(|name, _| folder_of(name) != folder);
            if below(&mut world.random, 1000) < u64::from(world.faults.flipped) {
                let bit = below(&mut world.random, u64::MAX);
                world.flip(name, bit);
            }
        }
        match fate {
            Fate::Well => Ok(()),
            Fate::Repeated => Err(BlobError::Exists(name.to_owned())),
            Fate::Failed | Fate::Unacknowledged | Fate::Torn => failed,
        }
    }

    fn get(&self, name: &str) -> Result<Bytes, BlobError> {
        let world = &mut *self.world();
        match world.fate(false) {
            Fate::Well => world.objects.get(name).map(|object| object.bytes.clone()).ok_or_else(|| BlobError::Missing(name.to_owned())),
            _ => Err(failed("get", name)),
        }
    }

    fn list(&self, folder: &str) -> Result<Vec<Listed>, BlobError> {
        let world = &mut *self.world();
        if !matches!(world.fate(false), Fate::Well) {
            return Err(failed("list", folder));
        }
        let is_stale = below(&mut world.random, 1000) < u64::from(world.faults.stale);
        let ago = below(&mut world.random, world.past.len() as u64);
        let shown = world.past.get(usize::try_from(ago).unwrap_or_default()).filter(|_| is_stale).unwrap_or(&world.objects);
        let inside = |name: &str| folder.is_empty() || name.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        let listed = shown.iter().filter(|(name, _)| inside(name));
        Ok(listed.map(|(name, object)| Listed { name: name.clone(), size: object.bytes.len() as u64 }).collect())
    }

    fn delete(&self, name: &str) -> Result<(), BlobError> {
        let world = &mut *self.world();
        let fate = world.fate(false);
        if !matches!(fate, Fate::Failed) {
            world.remember();
            if let Some(object) = world.objects.remove(name) {
                world.undead.insert(name.to_owned(), object);
            }
        }
        if matches!(fate, Fate::Well) { Ok(()) } else { Err(failed("delete", name)) }
    }
}

impl World {
    fn fate(&mut self, is_put: bool) -> Fate {
        match self.power {
            Power::On => {}
            Power::Off => return Fate::Failed,
            Power::Fails(0) => {
                self.power = Power::Off;
                return match below(&mut self.random, if is_put { 3 } else { 2 }) {
                    0 => Fate::Failed,
                    1 => Fate::Unacknowledged,
                    _ => Fate::Torn,
                };
            }
            Power::Fails(operations) => self.power = Power::Fails(operations - 1),
        }
        let mut chance = below(&mut self.random, 1000);
        let mut happens = |often: u32| {
            let happens = chance < u64::from(often);
            chance = chance.saturating_sub(u64::from(often)) + if happens { 1000 } else { 0 };
            happens
        };
        let Faults { failed, unacknowledged, torn, repeated, .. } = self.faults;
        if happens(failed) {
            Fate::Failed
        } else if happens(unacknowledged) {
            Fate::Unacknowledged
        } else if is_put && happens(torn) {
            Fate::Torn
        } else if is_put && happens(repeated) {
            Fate::Repeated
        } else {
            Fate::Well
        }
    }

    fn remember(&mut self) {
        if self.faults.stale > 0 {
            self.past.push_back(self.objects.clone());
            self.past.drain(..self.past.len().saturating_sub(PAST));
        }
    }

    fn flip(&mut self, name: &str, bit: u64) {
        let Some(object) = self.objects.get_mut(name) else { return };
        let mut bytes = object.bytes.to_vec();
        let bits = bytes.len() as u64 * 8;
        let at = bit.checked_rem(bits).unwrap_or_default();
        if let Some(byte) = bytes.get_mut((at / 8) as usize) {
            *byte ^= 1 << (at % 8);
        }
        object.bytes = bytes.into();
        self.spoiled.insert(name.to_owned());
    }
}

fn failed(action: &'static str, name: &str) -> BlobError {
    BlobError::Failed { action, name: name.to_owned(), store: "simulated".to_owned(), why: "it fails by the seed".to_owned() }
}

fn folder_of(name: &str) -> &str {
    name.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The beginning of an object: less than all of it, unless it is empty.
fn beginning(random: &mut u64, bytes: &Bytes) -> Bytes {
    bytes.slice(..below(random, bytes.len() as u64) as usize)
}

fn one_in(random: &mut u64, n: u64) -> bool {
    below(random, n) == 0
}

/// A number below `n`, or 0: SplitMix64.
fn below(random: &mut u64, n: u64) -> u64 {
    *random = random.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *random;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 31)).checked_rem(n).unwrap_or_default()
}
