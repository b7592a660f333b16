//! Ids by what they name: a lead's is of another type than an account's, and cannot stand in its place.

use std::{borrow::Cow, fmt, ops::Deref};

use crate::head::Text;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name<'a>(Text<'a>);

        impl<'a> $name<'a> {
            /// The id with a text of its own.
            pub fn into_owned(self) -> $name<'static> {
                $name(Cow::Owned(self.0.into_owned()))
            }

            /// The id's text.
            pub fn into_text(self) -> Text<'a> {
                self.0
            }
        }

        impl Deref for $name<'_> {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl<'a> From<Text<'a>> for $name<'a> {
            fn from(text: Text<'a>) -> $name<'a> {
                $name(text)
            }
        }

        impl<'a> From<&'a str> for $name<'a> {
            fn from(text: &'a str) -> $name<'a> {
                $name(Cow::Borrowed(text))
            }
        }

        impl From<String> for $name<'_> {
            fn from(text: String) -> Self {
                $name(Cow::Owned(text))
            }
        }

        impl fmt::Debug for $name<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

ids!(
    /// A lead's id.
    LeadId,
    /// A deal's id.
    DealId,
    /// The id of a customer's account.
    AccountId,
    /// The id of a visitor of the web site.
    VisitorId,
);
