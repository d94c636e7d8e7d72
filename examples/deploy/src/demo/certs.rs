//! Certificates for the fleet of the demo.

use std::path::{Path, PathBuf};

use fleet_zenoh::certs::{Authority, CertsError, Request, Role};
use fleet_zenoh::{FleetId, Tls};

use super::CALLER;
use super::children::{ORCHESTRATORS, ROUTER, orchestrator, robot};
use crate::{names, node};

/// Where the certificate of `name` is.
pub(super) fn of(folder: &Path, name: &str) -> PathBuf {
    folder.join("certs").join(name)
}

/// Begins an authority in `folder`, issues to all, and gives all of them the list of all. What this program needs.
pub(super) fn issue(folder: &Path, fleet: &FleetId, robots: usize) -> Result<Tls, String> {
    let failed = |error: CertsError| format!("certificates: {error}");
    let now = node::utc();
    let mut authority = Authority::init(&folder.join("authority"), fleet, now).map_err(failed)?;
    let orchestrators = (0..ORCHESTRATORS).map(|k| (Role::Orchestrator, orchestrator(k)));
    let robots = (0..robots).map(|k| (Role::Robot, robot(k)));
    let others = [(Role::Operator, CALLER), (Role::Router, ROUTER)];
    let others = others.map(|(role, name)| (role, name.to_owned()));
    let all: Vec<_> = orchestrators.chain(robots).chain(others).collect();
    for (role, name) in &all {
        let id = names::in_certificate(*role, name).map_err(|error| error.to_string())?;
        let mut request = Request::new(*role, &id);
        if matches!(role, Role::Orchestrator | Role::Router) {
            request.hosts = vec!["127.0.0.1".to_owned()];
        }
        authority
            .issue(&request, now, &of(folder, name))
            .map_err(failed)?;
    }
    let list = authority.access(now);
    for (_, name) in &all {
        list.write(&of(folder, name).join("access.json"))
            .map_err(failed)?;
    }
    Tls::open(&of(folder, CALLER), now).map_err(failed)
}
