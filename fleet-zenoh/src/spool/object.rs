//! A folder, or a service that speaks S3, as a sink.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::{Error, ObjectStore, ObjectStoreExt, PutResult};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::sink::{Sink, SinkError};

/// Where reports go: a path, `file:///folder`, or `s3://bucket/prefix`.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Target {
    /// A folder, which is made if need be. What follows `file://` is taken as it is.
    Folder(PathBuf),
    /// A bucket of a service that speaks S3, and what keys begin with. Needs the feature `s3`.
    S3 {
        /// The bucket.
        bucket: String,
        /// What keys begin with; may be empty.
        prefix: String,
    },
}

/// What is no place for reports.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// It is nothing of the kind.
    #[error("`to` is a path, file:///FOLDER or s3://BUCKET/PREFIX, not `{0}`")]
    Unknown(String),
    /// This program was built without it.
    #[error(
        "`to` is {0}, and this program was built without S3: build it with the feature `s3`, or name a folder"
    )]
    NoS3(Target),
    /// The service's settings are missing, or wrong.
    #[error("`to` is {to}, for which AWS_... in the environment must be set: {why}")]
    S3 {
        /// Where to.
        to: Target,
        /// What is wrong.
        why: String,
    },
    /// The machine gives no runtime.
    #[error("no runtime could be started: {0}")]
    Runtime(#[from] io::Error),
}

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(to: &str) -> Result<Self, TargetError> {
        let unknown = || TargetError::Unknown(to.to_owned());
        match to.split_once("://") {
            None if to.is_empty() => Err(unknown()),
            None => Ok(Target::Folder(to.into())),
            Some(("file", folder)) if folder.starts_with('/') => Ok(Target::Folder(folder.into())),
            Some(("s3", rest)) => {
                let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
                let (bucket, prefix) = (bucket.to_owned(), prefix.trim_matches('/').to_owned());
                match bucket.is_empty() {
                    true => Err(unknown()),
                    false => Ok(Target::S3 { bucket, prefix }),
                }
            }
            Some(_) => Err(unknown()),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Folder(folder) => write!(f, "{}", folder.display()),
            Target::S3 { bucket, prefix } => write!(f, "s3://{bucket}/{prefix}"),
        }
    }
}

type Put = JoinHandle<object_store::Result<PutResult>>;

/// A sink over the crate `object_store`. Each item becomes an object, or a file, under its key.
///
/// It has a Tokio runtime of its own, which works while [`put`](Sink::put) waits; so it must not be called within another
/// one.
#[derive(Debug)]
pub struct ObjectSink {
    place: Place,
    within: Duration,
    /// None when it is dropped.
    runtime: Option<Runtime>,
    /// One that took too long, and is not over. No other begins until it is, so that there is never more than one.
    late: Option<Put>,
}

#[derive(Debug)]
enum Place {
    Folder(PathBuf),
    #[cfg(feature = "s3")]
    Store(Arc<dyn ObjectStore>, Key),
}

impl ObjectSink {
    /// Each put may take as long as `within`. S3 is set up by what the environment says, as `AWS_ENDPOINT`,
    /// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, or `AWS_ALLOW_HTTP`. Whether it can be reached is seen
    /// when something is put.
    ///
    /// # Errors
    /// If S3 is not set up, or not built in, or the machine gives no runtime.
    pub fn open(to: &Target, within: Duration) -> Result<Self, TargetError> {
        Self::with_variables(
            to,
            within,
            std::env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))),
        )
    }

    /// The same with these variables instead of the environment's.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn with_variables(
        to: &Target,
        within: Duration,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, TargetError> {
        let place = match to {
            Target::Folder(folder) => Place::Folder(folder.clone()),
            #[cfg(feature = "s3")]
            Target::S3 { bucket, prefix } => {
                let store = super::s3::store(bucket, within, variables).map_err(|error| TargetError::S3 {
                    to: to.clone(),
                    why: error.to_string(),
                })?;
                Place::Store(store, Key::from_iter(prefix.split('/')))
            }
            #[cfg(not(feature = "s3"))]
            Target::S3 { .. } => {
                drop(variables);
                return Err(TargetError::NoS3(to.clone()));
            }
        };
        let runtime = Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(4)
            .build()?;
        Ok(ObjectSink {
            place,
            within,
            runtime: Some(runtime),
            late: None,
        })
    }
}

impl Place {
    /// The store, and the key in it. A folder is looked for anew each time: it may have come and gone.
    fn of(&self, key: &str) -> Result<(Arc<dyn ObjectStore>, Key), SinkError> {
        match self {
            Place::Folder(folder) => Ok((Arc::new(local(folder)?), key.split('/').collect())),
            #[cfg(feature = "s3")]
            Place::Store(store, prefix) => {
                let parts = prefix.parts().chain(key.split('/').map(Into::into));
                Ok((store.clone(), parts.collect()))
            }
        }
    }
}

/// Syncs what it writes: who confirms must have it.
fn local(folder: &Path) -> Result<LocalFileSystem, SinkError> {
    let refused = |error: &dyn fmt::Display| SinkError::Again(format!("{}: {error}", folder.display()));
    std::fs::create_dir_all(folder).map_err(|error| refused(&error))?;
    let store = LocalFileSystem::new_with_prefix(folder).map_err(|error| refused(&error))?;
    Ok(store.with_fsync(true))
}

impl Sink for ObjectSink {
    fn put(&mut self, key: &str, content: Vec<u8>) -> Result<(), SinkError> {
        let (store, key) = self.place.of(key)?;
        let (within, late) = (self.within, self.late.take());
        let Some(runtime) = &self.runtime else {
            return Err(SinkError::Again("the sink is closed".to_owned()));
        };
        let result = runtime.block_on(async {
            if let Some(mut before) = late
                && timeout(within, &mut before).await.is_err()
            {
                return Err(before);
            }
            let mut put = tokio::spawn(async move { store.put(&key, content.into()).await });
            timeout(within, &mut put).await.map_err(|_| put)
        });
        match result {
            Ok(Ok(result)) => result.map(drop).map_err(sorted),
            Ok(Err(ended)) => Err(SinkError::Again(ended.to_string())),
            Err(late) => {
                self.late = Some(late);
                Err(SinkError::Again(format!("no answer within {within:?}")))
            }
        }
    }
}

impl Drop for ObjectSink {
    /// Does not wait for a disk that hangs.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// What is about the item alone is for good. Wrong credentials are not, nor a bucket that is not there: somebody will see to it,
/// and items should still be there then.
fn sorted(error: Error) -> SinkError {
    match error {
        Error::InvalidPath { .. } | Error::NotSupported { .. } | Error::NotImplemented { .. } => {
            SinkError::Never(error.to_string())
        }
        _ => SinkError::Again(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_a_path_or_a_bucket() {
        let folder = |path: &str| Target::Folder(path.into());
        let s3 = |bucket: &str, prefix: &str| Target::S3 {
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
        };
        for (text, target) in [
            ("reports", folder("reports")),
            ("/var/fleet/reports", folder("/var/fleet/reports")),
            ("file:///var/fleet", folder("/var/fleet")),
            ("s3://bulk", s3("bulk", "")),
            ("s3://bulk/site/7/", s3("bulk", "site/7")),
        ] {
            assert_eq!(text.parse::<Target>().unwrap(), target);
        }
        for text in [
            "",
            "file://var/fleet",
            "s3://",
            "s3:///a",
            "https://bulk/",
            "gs://bulk",
        ] {
            let error = text.parse::<Target>().unwrap_err().to_string();
            assert!(error.starts_with("`to` is a path"), "{text}: {error}");
        }
    }

    #[test]
    fn only_what_is_wrong_with_an_item_is_for_good() {
        let source = || "why".into();
        let path = || "a".to_owned();
        assert!(matches!(
            sorted(Error::NotSupported { source: source() }),
            SinkError::Never(_)
        ));
        for error in [
            Error::Unauthenticated {
                path: path(),
                source: source(),
            },
            Error::NotFound {
                path: path(),
                source: source(),
            },
            Error::Generic {
                store: "S3",
                source: source(),
            },
        ] {
            assert!(matches!(sorted(error), SinkError::Again(_)));
        }
    }
}
