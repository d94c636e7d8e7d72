//! The folder that issues certificates.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use fleet_core::UtcTime;
use rcgen::KeyPair;

use super::error::CertsError;
use super::files::{self, failed, unfit};
use super::identity::{Identity, Role};
use super::index::{Index, Issued};
use super::sign;
use crate::access::Access;
use crate::key::FleetId;

const DAY: Duration = Duration::from_secs(86_400);
/// Of the authority itself.
const AUTHORITY: Duration = Duration::from_secs(10 * 365 * 86_400);
const SHORTEST: Duration = Duration::from_secs(60);

/// Files of an authority, and of those that it has issued to.
pub(crate) const CERTIFICATE: &str = "node.pem";
pub(crate) const KEY: &str = "node.key";
pub(crate) const ROOT: &str = "authority.pem";
pub(crate) const ACCESS: &str = "access.json";
const ROOT_KEY: &str = "authority.key";
const INDEX: &str = "index.json";
const LOCK: &str = "lock";

/// What is asked of an authority.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Request {
    /// What the holder may do.
    pub role: Role,
    /// The UUID of a robot or an orchestrator, or the name of somebody else.
    pub id: String,
    /// Under which names and addresses others connect to it; none if it only connects to others.
    pub hosts: Vec<String>,
    /// From 1 minute to 10 years; none is a year for machines, 90 days for operators and observers.
    pub validity: Option<Duration>,
}

impl Request {
    /// For somebody whom nobody connects to, for as long as is usual.
    pub fn new(role: Role, id: &str) -> Self {
        Request {
            role,
            id: id.to_owned(),
            hosts: Vec::new(),
            validity: None,
        }
    }
}

/// Issues the certificates of one fleet. It is a folder: `authority.pem` and `access.json` are for all to have,
/// `index.json` has what was issued, and `authority.key` must not leave the machine. While it is open no other program
/// can open it.
#[derive(Debug)]
pub struct Authority {
    folder: PathBuf,
    fleet: FleetId,
    index: Index,
    issuer: rcgen::Issuer<'static, KeyPair>,
    /// Unlocked when it is dropped.
    _lock: File,
}

impl Authority {
    /// Begins one in a new folder, or an empty one. Its own certificate holds for ten years.
    ///
    /// # Errors
    /// If the folder has an authority already, or cannot be written.
    pub fn init(folder: &Path, fleet: &FleetId, now: UtcTime) -> Result<Self, CertsError> {
        fs::create_dir_all(folder).map_err(failed("make", folder))?;
        let lock = lock(folder)?;
        let file = folder.join(ROOT_KEY);
        if file.exists() {
            return Err(CertsError::Exists(file));
        }
        let key = KeyPair::generate()?;
        let index = Index {
            fleet: fleet.to_string(),
            // By its moment each has a name of its own, so that certificates of two are not mixed up.
            authority: format!("authority-{}", now.as_micros()),
            certificates: Vec::new(),
        };
        let root = sign::authority(&index.authority, &index.fleet, &key, now, now + AUTHORITY)?;
        files::replace(&folder.join(ROOT), &root.pem())?;
        let authority = Authority {
            folder: folder.to_owned(),
            fleet: fleet.clone(),
            issuer: sign::issuer(
                &index.authority,
                &index.fleet,
                KeyPair::from_pem(&key.serialize_pem())?,
            ),
            index,
            _lock: lock,
        };
        authority.save(now)?;
        // The last, for it is by the key that one exists.
        files::create_secret(&file, &key.serialize_pem())?;
        Ok(authority)
    }

    /// One that was begun before.
    ///
    /// # Errors
    /// If another program has it open, or a file of it is missing or damaged.
    pub fn open(folder: &Path) -> Result<Self, CertsError> {
        let (key, index) = (folder.join(ROOT_KEY), folder.join(INDEX));
        let pem = files::read(&key)?;
        let lock = lock(folder)?;
        let pair = KeyPair::from_pem(&pem).map_err(|error| unfit(&key, error))?;
        let text = files::read(&index)?;
        let parsed: Index = serde_json::from_str(&text).map_err(|error| unfit(&index, error))?;
        let fleet = parsed.fleet.parse();
        Ok(Authority {
            folder: folder.to_owned(),
            fleet: fleet.map_err(|error| unfit(&index, format_args!("`fleet`: {error}")))?,
            issuer: sign::issuer(&parsed.authority, &parsed.fleet, pair),
            index: parsed,
            _lock: lock,
        })
    }

    /// Whose certificates it issues.
    pub const fn fleet(&self) -> &FleetId {
        &self.fleet
    }

    /// All that it has issued, in order.
    pub fn list(&self) -> &[Issued] {
        &self.index.certificates
    }

    /// Who may speak at `now`: what `access.json` says.
    pub fn access(&self, now: UtcTime) -> Access {
        self.index.access(&self.fleet, now)
    }

    /// Issues a certificate to somebody who has none, and writes the four files of its holder into the folder `into`,
    /// which is made. All others hear the holder only when they have the new `access.json`.
    ///
    /// # Errors
    /// If a field of the request is wrong, the id is taken, or `into` has a certificate already.
    pub fn issue(&mut self, request: &Request, now: UtcTime, into: &Path) -> Result<Issued, CertsError> {
        let identity = Identity::new(request.role, &request.id, self.index.next_serial()?)?;
        if let Some(holder) = self.index.holder(&request.id, now) {
            return Err(CertsError::Taken(holder.identity.clone()));
        }
        self.give(identity, request.hosts.clone(), request.validity, now, into)
    }

    /// Issues the next certificate to the holder of `of`, with a new key, for the same hosts. Those before hold until they
    /// are revoked or expire, so that the holder can be heard all the time.
    ///
    /// # Errors
    /// As [`issue`](Self::issue), and if no certificate of that holder still holds: then issue one.
    pub fn rotate(
        &mut self,
        of: &Identity,
        validity: Option<Duration>,
        now: UtcTime,
        into: &Path,
    ) -> Result<Issued, CertsError> {
        let latest = self.index.latest(of.role(), of.id(), now);
        let hosts = latest
            .ok_or_else(|| CertsError::Unknown(of.to_string()))?
            .hosts
            .clone();
        let identity = Identity::new(of.role(), of.id(), self.index.next_serial()?)?;
        self.give(identity, hosts, validity, now, into)
    }

    /// Takes back one certificate, by its common name (`robot.<id>.<serial>`), or all of a holder (`robot.<id>`). What
    /// follows is in `access.json`; nodes that have not read it anew do not know.
    ///
    /// # Errors
    /// If there is none of that name that still holds.
    pub fn revoke(&mut self, name: &str, now: UtcTime) -> Result<Vec<Identity>, CertsError> {
        let is_meant = |issued: &Issued| {
            let identity = &issued.identity;
            name == identity.to_string() || name == format!("{}.{}", identity.role(), identity.id())
        };
        let before = self.index.clone();
        let mut revoked = Vec::new();
        for issued in &mut self.index.certificates {
            if is_meant(issued) && issued.holds(now) {
                issued.revoked = Some(now);
                revoked.push(issued.identity.clone());
            }
        }
        if revoked.is_empty() {
            return Err(CertsError::Unknown(name.to_owned()));
        }
        self.save_or(before, now)?;
        Ok(revoked)
    }

    fn give(
        &mut self,
        identity: Identity,
        hosts: Vec<String>,
        validity: Option<Duration>,
        now: UtcTime,
        into: &Path,
    ) -> Result<Issued, CertsError> {
        let validity = validity.unwrap_or(usual(identity.role()));
        if !(SHORTEST..=AUTHORITY).contains(&validity) {
            return Err(CertsError::Validity(validity));
        }
        if let Some(there) = [KEY, CERTIFICATE]
            .map(|file| into.join(file))
            .iter()
            .find(|file| file.exists())
        {
            return Err(CertsError::Exists(there.clone()));
        }
        let issued = Issued {
            identity,
            hosts,
            issued: now,
            expires: now + validity,
            is_superseded: false,
            revoked: None,
        };
        let key = KeyPair::generate()?;
        let certificate = sign::node(&issued, &self.index.fleet, &key, &self.issuer)?;
        fs::create_dir_all(into).map_err(failed("make", into))?;
        let before = self.index.clone();
        for other in &mut self.index.certificates {
            let (old, new) = (&other.identity, &issued.identity);
            other.is_superseded |= (old.role(), old.id()) == (new.role(), new.id());
        }
        self.index.certificates.push(issued.clone());
        // First the index, so that no serial number is given twice. What then fails leaves one that nobody has.
        self.save_or(before, now)?;
        files::create_secret(&into.join(KEY), &key.serialize_pem())?;
        for file in [ROOT, ACCESS] {
            files::replace(&into.join(file), &files::read(&self.folder.join(file))?)?;
        }
        files::replace(&into.join(CERTIFICATE), &certificate.pem())?;
        Ok(issued)
    }

    /// Writes the index, or goes back to `before`.
    fn save_or(&mut self, before: Index, now: UtcTime) -> Result<(), CertsError> {
        self.save(now).inspect_err(|_| self.index = before)
    }

    fn save(&self, now: UtcTime) -> Result<(), CertsError> {
        let path = self.folder.join(INDEX);
        let text = serde_json::to_string_pretty(&self.index).map_err(|error| unfit(&path, error))?;
        files::replace(&path, &(text + "\n"))?;
        self.access(now).write(&self.folder.join(ACCESS))
    }
}

/// For how long a certificate holds.
const fn usual(role: Role) -> Duration {
    match role {
        Role::Operator | Role::Observer => DAY.saturating_mul(90),
        _ => DAY.saturating_mul(365),
    }
}

fn lock(folder: &Path) -> Result<File, CertsError> {
    let path = folder.join(LOCK);
    let file = File::create(&path).map_err(failed("create", &path))?;
    file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => CertsError::Busy(folder.to_owned()),
        TryLockError::Error(source) => failed("lock", &path)(source),
    })?;
    Ok(file)
}
