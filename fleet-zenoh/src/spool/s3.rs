//! A service that speaks S3.

use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::{ClientOptions, ObjectStore, RetryConfig};

/// The bucket, set up by those of the variables that the crate `object_store` knows.
pub(super) fn store(
    bucket: &str,
    within: Duration,
    variables: impl IntoIterator<Item = (String, String)>,
) -> object_store::Result<Arc<dyn ObjectStore>> {
    // The one that Zenoh's TLS takes too. If somebody has chosen already that one is taken.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = ClientOptions::new()
        .with_timeout(within)
        .with_connect_timeout(within);
    // The forwarder tries again by itself, and says so.
    let retry = RetryConfig {
        max_retries: 0,
        ..RetryConfig::default()
    };
    let mut builder = AmazonS3Builder::new().with_client_options(client);
    for (name, value) in variables {
        if name.starts_with("AWS_")
            && let Ok(key) = name.to_ascii_lowercase().parse::<AmazonS3ConfigKey>()
        {
            builder = builder.with_config(key, value);
        }
    }
    let store = builder.with_bucket_name(bucket).with_retry(retry).build()?;
    Ok(Arc::new(store))
}
