//! `fleetctl certs`: who belongs to the fleet, in the folder of its authority.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Subcommand;
use fleet_core::UtcTime;
use fleet_zenoh::certs::{Authority, CertsError, Identity, Issued, Request, Role};
use serde_json::{Value, json};

use super::{Failure, show};
use crate::out::outln;
use crate::settings::{Common, Settings};
use crate::{names, node};

const DAY: u64 = 86_400;

/// Which authority, and what it is to do.
#[derive(clap::Args)]
pub struct Certs {
    /// The folder of the authority; its key must not leave it
    #[arg(
        long,
        global = true,
        default_value = "authority",
        env = "FLEET_AUTHORITY",
        value_name = "FOLDER"
    )]
    pub authority: PathBuf,
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// What an authority does.
#[derive(Subcommand)]
pub enum Verb {
    /// Begin an authority for the fleet
    Init,
    /// Issue a certificate to somebody who has none
    Issue {
        #[command(flatten)]
        whose: Whose,
        /// A name or an address under which others connect to it
        #[arg(long = "host", value_name = "HOSTS", value_delimiter = ',')]
        hosts: Vec<String>,
        /// The folder for its four files; by default certs/NAME
        #[arg(long, value_name = "FOLDER")]
        into: Option<PathBuf>,
        /// Days for which it holds; by default a year for machines, 90 days for people
        #[arg(long)]
        days: Option<u64>,
    },
    /// Issue the next certificate to somebody who has one; both hold
    Rotate {
        #[command(flatten)]
        whose: Whose,
        /// A new folder for its four files
        #[arg(long, value_name = "FOLDER")]
        into: PathBuf,
        /// Days for which it holds; by default a year for machines, 90 days for people
        #[arg(long)]
        days: Option<u64>,
    },
    /// Take back the certificates of somebody, or one of them
    Revoke {
        #[command(flatten)]
        whose: Whose,
        /// Only the one with this serial number
        #[arg(long)]
        serial: Option<u32>,
    },
    /// List what was issued
    List,
}

/// The holder of a certificate.
#[derive(clap::Args)]
pub struct Whose {
    /// robot, orchestrator, router, operator or observer
    #[arg(value_name = "ROLE")]
    role: Role,
    /// The name or UUID of a node, or the name of somebody else
    #[arg(value_name = "NAME")]
    name: String,
}

impl Whose {
    /// The id that a certificate has.
    fn id(&self) -> Result<String, Failure> {
        names::in_certificate(self.role, &self.name).map_err(|error| Failure::Input(format!("NAME: {error}")))
    }
}

impl From<CertsError> for Failure {
    fn from(error: CertsError) -> Self {
        match error {
            CertsError::Taken(_) | CertsError::Unknown(_) | CertsError::Full => {
                Failure::Refused(error.to_string())
            }
            error => Failure::Input(error.to_string()),
        }
    }
}

/// Does what the command line says.
///
/// # Errors
/// 1 if the authority refuses, 2 if the input or the folder is wrong.
pub(super) fn run(certs: &Certs, common: &Common, json: bool) -> Result<(), Failure> {
    let now = node::utc();
    if matches!(certs.verb, Verb::Init) {
        return init(&certs.authority, common, now, json);
    }
    let mut authority = open(&certs.authority)?;
    match &certs.verb {
        Verb::Init => {}
        Verb::Issue {
            whose,
            hosts,
            into,
            days,
        } => {
            let into = into
                .clone()
                .unwrap_or_else(|| Path::new("certs").join(&whose.name));
            let mut request = Request::new(whose.role, &whose.id()?);
            (request.hosts, request.validity) = (hosts.clone(), validity(*days));
            issued(&authority.issue(&request, now, &into)?, &into, now, json);
        }
        Verb::Rotate { whose, into, days } => {
            let of = Identity::new(whose.role, &whose.id()?, 0).map_err(CertsError::from)?;
            issued(
                &authority.rotate(&of, validity(*days), now, into)?,
                into,
                now,
                json,
            );
        }
        Verb::Revoke { whose, serial } => {
            let mut name = format!("{}.{}", whose.role, whose.id()?);
            if let Some(serial) = serial {
                name += &format!(".{serial}");
            }
            revoked(&authority.revoke(&name, now)?, &certs.authority, json);
        }
        Verb::List => list(authority.list(), now, json),
    }
    Ok(())
}

fn open(folder: &Path) -> Result<Authority, Failure> {
    Authority::open(folder).map_err(|error| match error {
        CertsError::File { ref source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
            Failure::Input(format!(
                "{error}: begin an authority with fleetctl certs init, or name its folder with --authority"
            ))
        }
        error => error.into(),
    })
}

fn init(folder: &Path, common: &Common, now: UtcTime, json: bool) -> Result<(), Failure> {
    let fleet = Settings::read(common)?.fleet;
    Authority::init(folder, &fleet, now)?;
    let folder = folder.display().to_string();
    let value = json!({ "fleet": fleet.to_string(), "authority": folder });
    show::answer(&value, json, |_| {
        outln!(
            "{folder} issues certificates for the fleet {fleet}; {folder}/authority.key must not leave it"
        );
    });
    Ok(())
}

fn validity(days: Option<u64>) -> Option<Duration> {
    days.map(|days| Duration::from_secs(days.saturating_mul(DAY)))
}

fn issued(issued: &Issued, into: &Path, now: UtcTime, json: bool) {
    let mut value = certificate(issued, now);
    value["folder"] = into.display().to_string().into();
    show::answer(&value, json, |_| {
        outln!(
            "{} is in {}, and holds for {}",
            issued.identity,
            into.display(),
            left(issued, now)
        );
        outln!("the others hear it when they have the new access.json, and have started again");
    });
}

fn revoked(revoked: &[Identity], folder: &Path, json: bool) {
    let names: Vec<String> = revoked.iter().map(Identity::to_string).collect();
    show::answer(&json!({ "revoked": names }), json, |_| {
        for name in &names {
            outln!("{name} is revoked");
        }
        outln!(
            "give {} to all nodes, and start them again: orchestrators and routers first",
            folder.join("access.json").display()
        );
    });
}

fn list(issued: &[Issued], now: UtcTime, json: bool) {
    if json {
        let list: Vec<Value> = issued.iter().map(|issued| certificate(issued, now)).collect();
        return outln!("{}", Value::from(list));
    }
    let row = |issued: &Issued| {
        let value = certificate(issued, now);
        let [role, name, serial, state] =
            ["role", "name", "serial", "state"].map(|field| show::plain(&value[field]));
        vec![
            role,
            name,
            serial,
            state,
            left(issued, now),
            issued.hosts.join(" "),
        ]
    };
    show::table(
        &["role", "name", "serial", "state", "holds for", "hosts"],
        issued.iter().map(row),
    );
}

/// As JSON, with times in seconds since 1970.
fn certificate(issued: &Issued, now: UtcTime) -> Value {
    let identity = &issued.identity;
    let name = identity
        .node()
        .map_or_else(|| identity.id().to_owned(), names::node);
    json!({
        "common_name": identity.to_string(),
        "role": identity.role().name(),
        "id": identity.id(),
        "name": name,
        "serial": identity.serial(),
        "state": issued.state(now),
        "issued": issued.issued.as_secs_f64(),
        "expires": issued.expires.as_secs_f64(),
        "hosts": issued.hosts,
    })
}

/// For how long it still holds.
fn left(issued: &Issued, now: UtcTime) -> String {
    let seconds = (issued.expires.as_secs_f64() - now.as_secs_f64()).max(0.0);
    match (issued.revoked, seconds / DAY as f64) {
        (Some(_), _) => "-".to_owned(),
        (None, days) if days < 2.0 => format!("{:.1} hours", seconds / 3_600.0),
        (None, days) => format!("{days:.0} days"),
    }
}
