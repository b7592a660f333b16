//! The names of objects: `<fingerprint>/<instance>/<number, 20 digits>.segment` or `.manifest`.

use std::{collections::BTreeMap, fmt};

use crate::blobs::Listed;

/// Which snapshot it is: the instance that wrote it, and its sequence number.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Origin {
    /// The instance.
    pub instance: String,
    /// The number of its manifest; it rises with every snapshot of the instance.
    pub sequence: u64,
}

/// A name that cannot be part of an object's.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NameError {
    /// The fingerprint is none.
    #[error("fingerprint {0:?} of a snapshot: give up to 128 hexadecimal digits")]
    Fingerprint(String),
    /// The instance's name does not fit.
    #[error("instance {0:?}: give a name of up to 128 letters, digits, `-`, `_` and `.` that does not begin with `.`")]
    Instance(String),
}

/// The folder of one instance under one fingerprint.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Folder {
    pub(crate) fingerprint: String,
    pub(crate) instance: String,
}

/// The name of an object in its folder.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Name {
    pub(crate) number: u64,
    pub(crate) kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Kind {
    Segment,
    Manifest,
}

/// What a list shows of one folder.
#[derive(Clone, Default, Debug)]
pub(crate) struct Shown {
    /// Objects with their lengths.
    pub(crate) objects: BTreeMap<Name, u64>,
    /// Full names of what interrupted puts left.
    pub(crate) leftovers: Vec<String>,
}

/// Numbers at most; what is above is no name of ours, so that there is always a next.
const NUMBERS: u64 = u64::MAX / 2;

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.instance, self.sequence)
    }
}

impl Folder {
    /// Checked, so that it stays the one folder it is in every store.
    pub(crate) fn new(fingerprint: &str, instance: &str) -> Result<Folder, NameError> {
        let short = |name: &str| !name.is_empty() && name.len() <= 128;
        if !short(fingerprint) || !fingerprint.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(NameError::Fingerprint(fingerprint.to_owned()));
        }
        let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        if !short(instance) || instance.starts_with('.') || !instance.bytes().all(fits) {
            return Err(NameError::Instance(instance.to_owned()));
        }
        Ok(Folder { fingerprint: fingerprint.to_owned(), instance: instance.to_owned() })
    }

    pub(crate) fn path(&self) -> String {
        format!("{}/{}", self.fingerprint, self.instance)
    }

    pub(crate) fn object(&self, name: Name) -> String {
        format!("{}/{}/{name}", self.fingerprint, self.instance)
    }

    pub(crate) fn origin(&self, sequence: u64) -> Origin {
        Origin { instance: self.instance.clone(), sequence }
    }
}

impl Name {
    pub(crate) fn segment(number: u64) -> Name {
        Name { number, kind: Kind::Segment }
    }

    fn parse(text: &str) -> Option<Name> {
        let (digits, kind) = text.split_once('.')?;
        let kind = match kind {
            "segment" => Kind::Segment,
            "manifest" => Kind::Manifest,
            _ => return None,
        };
        let digits = Some(digits).filter(|digits| digits.len() == 20 && digits.bytes().all(|b| b.is_ascii_digit()))?;
        let number = digits.parse().ok().filter(|number| *number < NUMBERS)?;
        Some(Name { number, kind })
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = match self.kind {
            Kind::Segment => "segment",
            Kind::Manifest => "manifest",
        };
        write!(f, "{:020}.{end}", self.number)
    }
}

/// A list, by folder. What is not named as this crate names is not its own and stays out.
pub(crate) fn by_folder(listed: &[Listed]) -> BTreeMap<Folder, Shown> {
    let mut folders: BTreeMap<Folder, Shown> = BTreeMap::new();
    for Listed { name, size } in listed {
        let [fingerprint, instance, file] = name.split('/').collect::<Vec<_>>()[..] else { continue };
        let Ok(folder) = Folder::new(fingerprint, instance) else { continue };
        if let Some(parsed) = Name::parse(file) {
            folders.entry(folder).or_default().objects.insert(parsed, *size);
        } else if file.split_once('#').is_some_and(|(file, _)| Name::parse(file).is_some()) {
            folders.entry(folder).or_default().leftovers.push(name.clone());
        }
    }
    folders
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(number: u64) -> Name {
        Name { number, kind: Kind::Manifest }
    }

    #[test]
    fn names_are_read_as_they_are_written() {
        for name in [Name::segment(0), manifest(17), Name::segment(NUMBERS - 1)] {
            assert_eq!(Name::parse(&name.to_string()), Some(name));
        }
        for other in ["", "x", "1.segment", "00000000000000000001.segments", "99999999999999999999.segment", "+0000000000000000001.segment"] {
            assert_eq!(Name::parse(other), None, "{other}");
        }
        assert_eq!(Folder::new("0aF", "pod-1.x_y").unwrap().object(manifest(6)), "0aF/pod-1.x_y/00000000000000000006.manifest");
    }

    #[test]
    fn a_folder_is_one_folder_in_every_store() {
        for fingerprint in ["", "xyz", "0/1", ".."] {
            assert!(matches!(Folder::new(fingerprint, "a"), Err(NameError::Fingerprint(_))));
        }
        for instance in ["", ".", "..", "a/b", "a b", "a#1", "ä", &"a".repeat(129)] {
            assert!(matches!(Folder::new("0a", instance), Err(NameError::Instance(_))));
        }
    }

    #[test]
    fn what_others_put_beside_is_not_ours() {
        let listed = |name: &str| Listed { name: name.to_owned(), size: 1 };
        let ours = "0a/a/00000000000000000006.segment";
        let folders =
            by_folder(&[listed(ours), listed(&format!("{ours}#1")), listed("0a/a/notes#1"), listed("readme"), listed("0a/a/b/c"), listed("zz/a/b")]);
        let shown = &folders[&Folder::new("0a", "a").unwrap()];
        assert_eq!((folders.len(), shown.objects.len(), &shown.leftovers), (1, 1, &vec![format!("{ours}#1")]));
    }
}
