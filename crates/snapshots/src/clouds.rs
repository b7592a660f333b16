//! The object stores of clouds, each behind its feature, and what their refusals mean.

use object_store::{Error, ObjectStore};

use crate::refused::OpenError;

/// What a cloud says of a bucket, or container, that is not there.
const NO_BUCKET: &[&str] = &["NoSuchBucket", "ContainerNotFound", "specified bucket does not exist"];

/// What a cloud says of credentials that it does not know or that do not fit.
const NOT_LET_IN: &[&str] = &["InvalidAccessKeyId", "SignatureDoesNotMatch", "AuthenticationFailed", "AccessDenied", "InvalidToken", "ExpiredToken"];

/// Opens the store of a cloud; credentials come from the environment.
pub(crate) fn open(scheme: &str, url: &str) -> Result<Box<dyn ObjectStore>, OpenError> {
    // The client of HTTP takes the cryptography that the process has; where it has one already, that stays.
    #[cfg(feature = "cloud")]
    drop(rustls::crypto::ring::default_provider().install_default());
    match scheme {
        #[cfg(feature = "s3")]
        "s3" => built::boxed(url, object_store::aws::AmazonS3Builder::from_env().with_retry(built::retry()).with_url(url).build()),
        #[cfg(not(feature = "s3"))]
        "s3" => Err(OpenError::NotBuilt { scheme: "s3", feature: "s3" }),
        #[cfg(feature = "gcs")]
        "gs" => built::boxed(url, object_store::gcp::GoogleCloudStorageBuilder::from_env().with_retry(built::retry()).with_url(url).build()),
        #[cfg(not(feature = "gcs"))]
        "gs" => Err(OpenError::NotBuilt { scheme: "gs", feature: "gcs" }),
        #[cfg(feature = "azure")]
        "az" => built::boxed(url, object_store::azure::MicrosoftAzureBuilder::from_env().with_retry(built::retry()).with_url(url).build()),
        #[cfg(not(feature = "azure"))]
        "az" => Err(OpenError::NotBuilt { scheme: "az", feature: "azure" }),
        _ => Err(OpenError::Place { place: url.to_owned(), why: "no such store".to_owned() }),
    }
}

#[cfg(feature = "cloud")]
mod built {
    use std::time::Duration;

    use object_store::{ObjectStore, RetryConfig};

    use super::one_line;
    use crate::refused::OpenError;

    /// How often and how long a request is tried again: shorter than the client's own, since the next snapshot is another try.
    pub(super) fn retry() -> RetryConfig {
        RetryConfig { max_retries: 3, retry_timeout: Duration::from_secs(30), ..RetryConfig::default() }
    }

    pub(super) fn boxed<S: ObjectStore>(url: &str, store: object_store::Result<S>) -> Result<Box<dyn ObjectStore>, OpenError> {
        let store = store.map(|store| Box::new(store) as Box<dyn ObjectStore>);
        store.map_err(|wrong| OpenError::Place { place: url.to_owned(), why: one_line(&wrong) })
    }
}

/// What is wrong and what to do where a cloud has none of us, rather than of an object.
pub(crate) fn refusal(wrong: &Error) -> Option<String> {
    let text = wrong.to_string();
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let what = if says(NO_BUCKET) {
        "there is no such bucket: make it, or correct snapshots.url"
    } else if says(NOT_LET_IN) || matches!(wrong, Error::Unauthenticated { .. }) {
        "the store refuses the credentials in the environment (such as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY): correct them, and let them \
         list, read, write and delete there"
    } else {
        return None;
    };
    Some(format!("{what} ({})", one_line(wrong)))
}

/// An error in one line of bounded length, without the queries of URLs: a signature may be in them.
pub(crate) fn one_line(wrong: &dyn std::error::Error) -> String {
    let text = wrong.to_string();
    // Of an answer in XML the code is what tells.
    let text = match text.split_once("<?xml") {
        Some((before, xml)) => format!("{before}{}", element(xml, "Code").unwrap_or_default()),
        None => text,
    };
    let words = text.split_whitespace().map(|word| if word.contains("://") { word.split('?').next().unwrap_or_default() } else { word });
    words.collect::<Vec<_>>().join(" ").chars().take(300).collect()
}

fn element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    rest.split_once(&format!("</{name}>")).map(|(text, _)| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generic(text: &str) -> Error {
        Error::Generic { store: "S3", source: text.into() }
    }

    #[test]
    fn refusals_say_what_to_do() {
        let missing = "Server returned non-2xx status code: 404 Not Found: <?xml version=\"1.0\"?>\n<Error><Code>NoSuchBucket</Code></Error>";
        assert_eq!(
            refusal(&generic(missing)).unwrap(),
            "there is no such bucket: make it, or correct snapshots.url (Generic S3 error: Server returned non-2xx status code: 404 Not Found: \
             NoSuchBucket)"
        );
        assert!(
            refusal(&generic("403: <Error><Code>SignatureDoesNotMatch</Code></Error>")).unwrap().starts_with("the store refuses the credentials")
        );
        assert_eq!(refusal(&generic("timed out")), None);
    }

    #[test]
    fn what_signs_a_url_is_not_shown() {
        assert_eq!(
            one_line(&generic("GET https://example.com/bucket?X-Amz-Signature=secret failed\nthen")),
            "Generic S3 error: GET https://example.com/bucket failed then"
        );
    }
}
