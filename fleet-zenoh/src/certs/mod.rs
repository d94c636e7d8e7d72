//! Certificates: a folder that issues them, and what they say.
//!
//! An [`Authority`] is a folder on a machine of its own. Each node, and each person, gets a folder of four files:
//!
//! | file | what |
//! |---|---|
//! | `node.pem` | its certificate; the common name is its [`Identity`] |
//! | `node.key` | its private key, for nobody else to read; the authority keeps no copy |
//! | `authority.pem` | the certificate of the authority, by which it knows the others |
//! | `access.json` | who may speak now: [`Access`](crate::Access) |
//!
//! [`Tls::open`](crate::Tls::open) reads that folder. The last file changes when somebody comes or goes, and is given out
//! anew then.
//!
//! ```
//! use fleet_core::UtcTime;
//! use fleet_zenoh::certs::{Authority, Request, Role};
//!
//! # let folder = std::env::temp_dir().join(format!("fleet-doc-{}", std::process::id()));
//! # let now = UtcTime::from_secs(1_800_000_000);
//! let mut authority = Authority::init(&folder.join("authority"), &"warehouse-7".parse()?, now)?;
//! let anna = authority.issue(&Request::new(Role::Operator, "anna"), now, &folder.join("anna"))?;
//! assert_eq!(anna.identity.to_string(), "operator.anna.1");
//!
//! let next = authority.rotate(&anna.identity, None, now, &folder.join("anna-2"))?;
//! assert_eq!(next.identity.to_string(), "operator.anna.2");
//! authority.revoke("operator.anna.1", now)?; // when the new one is in use
//! # std::fs::remove_dir_all(&folder)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub(crate) mod authority;
mod error;
pub(crate) mod files;
mod identity;
mod index;
mod sign;

pub use authority::{Authority, Request};
pub use error::CertsError;
pub use identity::{Identity, IdentityError, Role};
pub use index::{Issued, State};
