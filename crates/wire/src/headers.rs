//! A message's headers, of which a few names matter.

use model::{Reason, Rejection};

/// The headers of a message, told one by one in their order. `()` has none.
pub trait Headers<'a> {
    /// Tells every header: its name, and its value where it has one.
    fn each(&self, tell: impl FnMut(&str, Option<&'a [u8]>));
}

impl<'a> Headers<'a> for () {
    fn each(&self, _: impl FnMut(&str, Option<&'a [u8]>)) {}
}

impl<'a> Headers<'a> for &'a [(&'a str, &'a [u8])] {
    fn each(&self, mut tell: impl FnMut(&str, Option<&'a [u8]>)) {
        self.iter().for_each(|(name, value)| tell(name, Some(value)));
    }
}

impl<'a, H: Headers<'a>> Headers<'a> for Option<H> {
    fn each(&self, tell: impl FnMut(&str, Option<&'a [u8]>)) {
        if let Some(headers) = self {
            headers.each(tell);
        }
    }
}

/// A header that matters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Header {
    /// The GUID of the schema by which a bare Avro payload was written.
    Schema,
    /// The payload's media type.
    ContentType,
    /// What tells a binary CloudEvent.
    SpecVersion,
    Id,
    Source,
    Type,
    Time,
    /// The media type of a CloudEvent's data, where there is no `content-type`.
    DataContentType,
}

const NAMES: [&str; 8] = ["__value_schema_id", "content-type", "ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "ce_datacontenttype"];

impl Header {
    /// The header's name; it is read in any case.
    pub(crate) fn name(self) -> &'static str {
        NAMES[self as usize]
    }
}

/// The values of the headers that matter; of several of one name the last.
#[derive(Default)]
pub(crate) struct Known<'a>([Option<&'a [u8]>; NAMES.len()]);

impl<'a> Known<'a> {
    pub(crate) fn of(headers: &impl Headers<'a>) -> Known<'a> {
        let mut known = Known::default();
        headers.each(|name, value| {
            for (_, slot) in NAMES.iter().zip(&mut known.0).filter(|(known, _)| known.eq_ignore_ascii_case(name)) {
                *slot = value;
            }
        });
        known
    }

    /// The value of a header.
    pub(crate) fn get(&self, header: Header) -> Option<&'a [u8]> {
        self.0[header as usize]
    }

    /// The value as text.
    pub(crate) fn text(&self, header: Header) -> Result<Option<&'a str>, Rejection> {
        let text = self.get(header).map(std::str::from_utf8).transpose();
        text.map_err(|_| Rejection::new(Reason::Undecodable, format!("header `{}` is not UTF-8", header.name())))
    }

    /// The payload's media type; empty where none is named.
    pub(crate) fn content_type(&self) -> &'a str {
        self.media(Header::ContentType)
    }

    /// The media type of a binary CloudEvent's data.
    pub(crate) fn data_type(&self) -> &'a str {
        let own = self.content_type();
        if own.is_empty() { self.media(Header::DataContentType) } else { own }
    }

    fn media(&self, header: Header) -> &'a str {
        self.get(header).map(|value| media_type(std::str::from_utf8(value).unwrap_or_default())).unwrap_or_default()
    }
}

/// The media type of a `content-type`, without its parameters.
pub(crate) fn media_type(value: &str) -> &str {
    value.split(';').next().unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_any_case_and_the_last_of_one_name_counts() {
        let pairs: &[(&str, &[u8])] = &[("CE_Id", b"1"), ("ce_id", b"2"), ("Content-Type", b"a/b; charset=utf-8"), ("ce_idx", b"3")];
        let known = Known::of(&pairs);
        assert_eq!((known.get(Header::Id), known.content_type(), known.get(Header::Source)), (Some(&b"2"[..]), "a/b", None));
        assert_eq!(Header::DataContentType.name(), "ce_datacontenttype");
    }

    #[test]
    fn the_datas_media_type_stands_in_for_the_payloads() {
        let of = |pairs: &'static [(&'static str, &'static [u8])]| (Known::of(&pairs).content_type(), Known::of(&pairs).data_type());
        assert_eq!(of(&[("CE_DataContentType", b"application/avro; v=1")]), ("", "application/avro"));
        assert_eq!(of(&[("ce_datacontenttype", b"application/avro"), ("content-type", b"text/json")]), ("text/json", "text/json"));
        assert_eq!(of(&[("ce_datacontenttype", b"application/avro"), ("content-type", b"\xff")]), ("", "application/avro"));
    }
}
