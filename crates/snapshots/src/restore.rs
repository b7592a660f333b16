//! Reading what a manifest names, and holding every byte against it.

use std::{
    collections::BTreeMap,
    num::NonZero,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use bytes::Bytes;
use zstd::bulk::Decompressor;

use crate::{
    blobs::{BlobError, Blobs},
    flaw::{Flaw, Skipped},
    manifest::{Location, MANIFEST_BYTES, Manifest},
    names::{Folder, Kind, Name, Shown},
    segment::unpack,
};

/// Segments that are in memory at a time beside the pieces.
const TOGETHER: usize = 4;
/// Bytes that are worth the start of more threads.
const WORTH_THREADS: u64 = 4 << 20;

/// Where is told how many bytes are read, of how many.
pub type Tell<'a> = &'a dyn Fn(u64, u64);

/// A piece to unpack.
struct Job<'a> {
    name: &'a str,
    place: &'a Location,
    segment: &'a [u8],
}

/// The number of a manifest, and what it says or what is wrong with it.
type Numbered = (u64, Result<Manifest, Skipped>);

/// The manifests in a folder by sequence, each whole or with what is wrong with it.
pub(crate) fn manifests(blobs: &dyn Blobs, folder: &Folder, shown: &Shown) -> Result<Vec<Numbered>, BlobError> {
    let skipped = |name: Name, why| Err(Skipped { object: folder.object(name), why });
    let listed: Vec<(Name, u64)> = shown.objects.iter().filter(|(name, _)| name.kind == Kind::Manifest).map(|(name, size)| (*name, *size)).collect();
    let (sound, long): (Vec<_>, Vec<_>) = listed.into_iter().partition(|(_, size)| *size <= MANIFEST_BYTES);
    let mut found: Vec<_> = long.into_iter().map(|(name, size)| (name.number, skipped(name, Flaw::TooLong(size)))).collect();
    let objects: Vec<String> = sound.iter().map(|(name, _)| folder.object(*name)).collect();
    for ((name, _), fetched) in sound.into_iter().zip(blobs.get_all(&objects)) {
        let manifest = match fetched {
            Ok(bytes) => Manifest::decode(&bytes, folder, name.number).or_else(|why| skipped(name, why)),
            Err(BlobError::Missing(_)) => skipped(name, Flaw::Gone),
            Err(wrong) => return Err(wrong),
        };
        found.push((name.number, manifest));
    }
    found.sort_unstable_by_key(|(sequence, _)| *sequence);
    Ok(found)
}

/// All pieces of a snapshot, or the object for which it is passed over; told is how many of its bytes are read, of how many.
pub(crate) fn pieces(blobs: &dyn Blobs, manifest: &Manifest, tell: Tell<'_>) -> Result<Result<BTreeMap<String, Vec<u8>>, Skipped>, BlobError> {
    let folder = manifest.folder();
    let mut of_segment: BTreeMap<u64, Vec<(&String, &Location)>> = BTreeMap::new();
    for (name, place) in &manifest.pieces {
        of_segment.entry(place.segment).or_default().push((name, place));
    }
    let mut pieces = BTreeMap::new();
    let (mut done, of) = (0u64, manifest.segments.values().fold(0u64, |sum, length| sum.saturating_add(*length)));
    tell(done, of);
    for group in manifest.segments.iter().collect::<Vec<_>>().chunks(TOGETHER) {
        let names: Vec<String> = group.iter().map(|(number, _)| folder.object(Name::segment(**number))).collect();
        let fetched = blobs.get_all(&names);
        let mut segments: Vec<(u64, Bytes)> = Vec::new();
        for ((number, length), fetched) in group.iter().zip(fetched) {
            match fetched {
                Ok(bytes) if bytes.len() as u64 == **length => segments.push((**number, bytes)),
                Ok(bytes) => return Ok(Err(manifest.flaw_of(**number, Flaw::Length { found: bytes.len() as u64, written: **length }))),
                Err(BlobError::Missing(_)) => return Ok(Err(manifest.flaw_of(**number, Flaw::Gone))),
                Err(wrong) => return Err(wrong),
            }
        }
        let in_segment = |(number, bytes): &'_ (u64, Bytes)| of_segment.get(number).map(|named| (named.clone(), bytes.clone()));
        let held: Vec<_> = segments.iter().filter_map(in_segment).collect();
        let jobs: Vec<Job<'_>> =
            held.iter().flat_map(|(named, segment)| named.iter().map(move |(name, place)| Job { name, place, segment })).collect();
        for (job, unpacked) in jobs.iter().zip(unpack_all(&jobs)) {
            match unpacked {
                Ok(piece) => _ = pieces.insert(job.name.to_owned(), piece),
                Err(why) => return Ok(Err(manifest.flaw_of(job.place.segment, why))),
            }
        }
        done = group.iter().fold(done, |sum, (_, length)| sum.saturating_add(**length));
        tell(done, of);
    }
    Ok(Ok(pieces))
}

/// Unpacks pieces on as many threads as there is work for; the results are in the order of the jobs.
fn unpack_all(jobs: &[Job<'_>]) -> Vec<Result<Vec<u8>, Flaw>> {
    let work: u64 = jobs.iter().map(|job| job.place.size).fold(0, u64::saturating_add);
    let cores = || thread::available_parallelism().map_or(1, NonZero::get);
    let threads = if work < WORTH_THREADS { 1 } else { cores() };
    let next = AtomicUsize::new(0);
    let share = || {
        let mut decompressor = Decompressor::new();
        let mut done = Vec::new();
        while let Some((at, job)) = Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|at| Some((at, jobs.get(at)?))) {
            let unpacked = match &mut decompressor {
                Ok(decompressor) => unpack(decompressor, job.name, job.place, job.segment),
                Err(_) => Err(Flaw::Piece(job.name.to_owned())),
            };
            done.push((at, unpacked));
        }
        done
    };
    let mut done = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(share)).collect();
        let mut done = share();
        for other in others {
            done.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        done
    });
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, unpacked)| unpacked).collect()
}
