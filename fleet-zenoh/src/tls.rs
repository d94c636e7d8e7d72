//! Who this node is, whom it trusts, and who may speak to it.

use std::path::{Path, PathBuf};

use fleet_core::UtcTime;
use rcgen::{KeyPair, PublicKeyData};
use x509_parser::certificate::X509Certificate;
use x509_parser::pem::Pem;

use crate::access::Access;
use crate::certs::files::{self, unfit};
use crate::certs::{CertsError, Identity, authority};
use crate::key::FleetId;

/// Links over TLS 1.3, with certificates at both ends, the name of the other end verified, and nothing that is not
/// [allowed](crate::access). A link is closed when the certificate at its other end expires.
///
/// Zenoh reads the files when a link is made, so that they must stay where they are.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Tls {
    /// The file of this node's certificate, in PEM.
    pub certificate: PathBuf,
    /// The file of its private key.
    pub key: PathBuf,
    /// The file with the certificate of the authority: who has one of its certificates is let in.
    pub authority: PathBuf,
    /// Who may speak; all others can say and hear nothing.
    pub access: Access,
    identity: Identity,
    expires: UtcTime,
}

impl Tls {
    /// From a folder that an [`Authority`](crate::certs::Authority) has filled, with `node.pem`, `node.key`,
    /// `authority.pem` and `access.json`.
    ///
    /// # Errors
    /// If a file is missing or damaged, they do not belong together, or the certificate does not hold at `now`: who starts
    /// with such a certificate would be heard by nobody.
    pub fn open(folder: &Path, now: UtcTime) -> Result<Self, CertsError> {
        let [certificate, key, root, access] = [
            authority::CERTIFICATE,
            authority::KEY,
            authority::ROOT,
            authority::ACCESS,
        ]
        .map(|file| folder.join(file));
        let list = Access::read(&access)?;
        let tls = Tls::new(certificate, key, root, list)?;
        if tls.expires <= now {
            return Err(unfit(&tls.certificate, "it has expired: issue or rotate it"));
        }
        if tls.access.holder(&tls.identity.to_string()).is_none() {
            let why = format!(
                "{} is not in it: it was revoked, or the list is an old one",
                tls.identity
            );
            return Err(unfit(&access, why));
        }
        Ok(tls)
    }

    /// From files wherever they are. Neither whether the certificate holds now is asked, nor whether it is in the list.
    ///
    /// # Errors
    /// If a file is missing or damaged, or they do not belong together.
    pub fn new(
        certificate: PathBuf,
        key: PathBuf,
        authority: PathBuf,
        access: Access,
    ) -> Result<Self, CertsError> {
        let (own, root) = (read_pem(&certificate)?, read_pem(&authority)?);
        let (own, root) = (parse(&certificate, &own)?, parse(&authority, &root)?);
        let text = files::read(&key)?;
        let pair = KeyPair::from_pem(&text).map_err(|error| unfit(&key, error))?;
        if pair.subject_public_key_info() != own.public_key().raw {
            return Err(unfit(
                &key,
                format_args!("it is not the key of {}", certificate.display()),
            ));
        }
        if own.issuer().as_raw() != root.subject().as_raw() {
            let why = format!("it was not issued by {}", authority.display());
            return Err(unfit(&certificate, why));
        }
        let fleet = own.subject().iter_organization().next();
        let fleet = fleet.and_then(|name| name.as_str().ok()).unwrap_or_default();
        if fleet != access.fleet().to_string() {
            let why = format!(
                "it is of the fleet `{fleet}`, and the list of `{}`",
                access.fleet()
            );
            return Err(unfit(&certificate, why));
        }
        let name = own.subject().iter_common_name().next();
        let name = name.and_then(|name| name.as_str().ok()).unwrap_or_default();
        let identity = name.parse().map_err(|error| unfit(&certificate, error))?;
        let expires = UtcTime::from_secs(own.validity().not_after.timestamp());
        Ok(Tls {
            certificate,
            key,
            authority,
            access,
            identity,
            expires,
        })
    }

    /// Who this node is.
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Its fleet.
    pub const fn fleet(&self) -> &FleetId {
        self.access.fleet()
    }

    /// When its certificate expires.
    pub const fn expires(&self) -> UtcTime {
        self.expires
    }

    /// What Zenoh is told.
    pub(crate) fn fields(&self) -> Vec<(&'static str, String)> {
        let file = |path: &Path| format!("{:?}", path.display().to_string());
        let yes = || "true".to_owned();
        vec![
            // Links that gossip or multicast finds as well.
            ("transport/link/protocols", r#"["tls"]"#.to_owned()),
            ("transport/link/tls/root_ca_certificate", file(&self.authority)),
            ("transport/link/tls/listen_certificate", file(&self.certificate)),
            ("transport/link/tls/listen_private_key", file(&self.key)),
            ("transport/link/tls/connect_certificate", file(&self.certificate)),
            ("transport/link/tls/connect_private_key", file(&self.key)),
            ("transport/link/tls/enable_mtls", yes()),
            ("transport/link/tls/verify_name_on_connect", yes()),
            ("transport/link/tls/close_link_on_expiration", yes()),
            ("access_control", self.access.rules()),
        ]
    }
}

fn read_pem(path: &Path) -> Result<Pem, CertsError> {
    let text = files::read(path)?;
    let pem = x509_parser::pem::parse_x509_pem(text.as_bytes());
    pem.map(|(_, pem)| pem).map_err(|error| unfit(path, error))
}

fn parse<'a>(path: &Path, pem: &'a Pem) -> Result<X509Certificate<'a>, CertsError> {
    pem.parse_x509().map_err(|error| unfit(path, error))
}
