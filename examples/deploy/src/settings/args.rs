//! What all programs take from the command line and the environment.

use std::path::PathBuf;

use clap::Args;

use super::file::{File, TlsTable};
use crate::choices::{Algorithm, Scheme, Strategy};

/// Flags that all programs have. A flag beats the environment, which beats the file.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "The fleet")]
pub struct Common {
    /// The settings file
    #[arg(long, value_name = "FILE", env = "FLEET_CONFIG", global = true)]
    pub config: Option<PathBuf>,
    /// The fleet's name
    #[arg(long, value_name = "FLEET_ID", env = "FLEET_ID", global = true)]
    pub fleet: Option<String>,
    /// Robots that belong to it
    #[arg(long, value_name = "FLEET_SIZE", env = "FLEET_SIZE", global = true)]
    pub size: Option<usize>,
    /// Who decides which robot does what
    #[arg(
        long,
        value_name = "COORDINATION_STRATEGY",
        env = "COORDINATION_STRATEGY",
        global = true
    )]
    pub strategy: Option<Strategy>,
    /// How awards are chosen
    #[arg(
        long,
        value_name = "SCHEDULING_ALGORITHM",
        env = "SCHEDULING_ALGORITHM",
        global = true
    )]
    pub algorithm: Option<Algorithm>,
    /// Which task goes first
    #[arg(long, value_name = "PRIORITY_SCHEME", env = "PRIORITY_SCHEME", global = true)]
    pub priority: Option<Scheme>,
    /// The orchestrators, in the order in which they lead
    #[arg(
        long,
        value_name = "NAMES",
        env = "FLEET_ORCHESTRATORS",
        value_delimiter = ',',
        global = true
    )]
    pub orchestrators: Vec<String>,
    /// Whom to connect to, as tcp/HOST:PORT, or tls/HOST:PORT with certificates
    #[arg(
        long,
        value_name = "ENDPOINTS",
        env = "FLEET_CONNECT",
        value_delimiter = ',',
        global = true
    )]
    pub connect: Vec<String>,
    /// Where others can connect, as tcp/ADDRESS:PORT, or tls/ADDRESS:PORT with certificates
    #[arg(
        long,
        value_name = "ENDPOINTS",
        env = "FLEET_LISTEN",
        value_delimiter = ',',
        global = true
    )]
    pub listen: Vec<String>,
    /// The folder for what nodes must not forget
    #[arg(long, value_name = "FOLDER", env = "FLEET_DATA_DIR", global = true)]
    pub data: Option<PathBuf>,
    /// The folder with the certificate of this program, as `fleetctl certs issue` fills it
    #[arg(long, value_name = "FOLDER", env = "FLEET_CERTS", global = true)]
    pub certs: Option<PathBuf>,
}

impl Common {
    /// Over what the file says.
    pub(super) fn over(&self, file: &mut File) {
        or(&self.fleet, &mut file.fleet);
        or(&self.size, &mut file.size);
        or(&self.strategy, &mut file.strategy);
        or(&self.algorithm, &mut file.algorithm);
        or(&self.priority, &mut file.priority);
        or(&self.data, &mut file.data);
        if let Some(folder) = self.certs.clone() {
            file.tls = Some(TlsTable { folder });
        }
        for (said, place) in [
            (&self.orchestrators, &mut file.orchestrators),
            (&self.connect, &mut file.link.connect),
            (&self.listen, &mut file.link.listen),
        ] {
            if !said.is_empty() {
                place.clone_from(said);
            }
        }
    }
}

fn or<T: Clone>(said: &Option<T>, place: &mut Option<T>) {
    if said.is_some() {
        place.clone_from(said);
    }
}
