//! What can be wrong with certificates.

use std::io;
use std::path::PathBuf;

use super::identity::{Identity, IdentityError};

/// Why something with certificates was not done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CertsError {
    /// A file cannot be read or written.
    #[error("cannot {what} {}: {source}", path.display())]
    File {
        /// What was tried, like `read`.
        what: &'static str,
        /// Which file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is not what it should be.
    #[error("{} is of no use: {why}", path.display())]
    Content {
        /// Which file.
        path: PathBuf,
        /// What is wrong, and what to do.
        why: String,
    },
    /// What would be overwritten.
    #[error("{} exists already: take another folder", .0.display())]
    Exists(PathBuf),
    /// Another program has the authority open.
    #[error("{} is in use by another program: try again when it has ended", .0.display())]
    Busy(PathBuf),
    /// The role or the id.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// One that others can connect to by that name needs a name that TLS knows.
    #[error("`hosts` has names of hosts and addresses, not `{0}`")]
    Host(String),
    /// Nobody needs a certificate of so long, or of no time.
    #[error("`validity` is from 1 minute to 10 years, not {0:?}")]
    Validity(std::time::Duration),
    /// Ids stand alone in keys: one means one holder, whatever the role.
    #[error("`id` is that of {0} already: rotate that certificate, revoke it, or take another id")]
    Taken(Identity),
    /// Nothing of that name is in the index, or nothing that still holds.
    #[error("there is no certificate `{0}` that holds: `list` names them")]
    Unknown(String),
    /// Serial numbers have run out.
    #[error("the authority has issued all its serial numbers: begin a new one")]
    Full,
    /// The library of certificates refuses.
    #[error("the certificate was not made: {0}")]
    Sign(#[from] rcgen::Error),
}
