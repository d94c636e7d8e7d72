//! The settings file.

use std::path::{Path, PathBuf};
use std::time::Duration;

use fleet_core::pattern::LinkBudget;
use fleet_core::{Abilities, BatterySpec, Config};
use serde::Deserialize;

use super::reports::ReportsTable;
use crate::Wrong;
use crate::choices::{Algorithm, Scheme, Strategy};

/// What a settings file can say. Times are in seconds, places in metres.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct File {
    /// The fleet's name.
    pub fleet: Option<String>,
    /// Robots that belong to it.
    pub size: Option<usize>,
    /// Who decides which robot does what.
    pub strategy: Option<Strategy>,
    /// How awards are chosen.
    pub algorithm: Option<Algorithm>,
    /// Which task goes first.
    pub priority: Option<Scheme>,
    /// The orchestrators, by name or UUID, in the order in which they lead: one, three or five.
    pub orchestrators: Vec<String>,
    /// Which of them this is.
    pub orchestrator: Option<String>,
    /// The folder for what nodes must not forget.
    pub data: Option<PathBuf>,
    /// Where robots can charge.
    pub chargers: Vec<[f64; 2]>,
    /// Where robots wait that must not stay where they are.
    pub refuges: Vec<[f64; 2]>,
    /// Links.
    pub link: LinkTable,
    /// Certificates; without them all is said in the open.
    pub tls: Option<TlsTable>,
    /// Timings other than the defaults.
    pub timing: Timing,
    /// The robot.
    pub robot: RobotTable,
    /// Where logs are sent; without it they stay where they are.
    pub reports: Option<ReportsTable>,
}

/// How a program is connected.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LinkTable {
    /// Its part in Zenoh's network; by default a peer, but a router for an orchestrator whose robots choose for
    /// themselves.
    pub mode: Option<Mode>,
    /// Where others can connect.
    pub listen: Vec<String>,
    /// Whom to connect to: the orchestrators, in the order of `orchestrators`, or routers.
    pub connect: Vec<String>,
    /// Time between two tries.
    pub retry: Option<f64>,
    /// Silence after which a link counts as broken.
    pub lease: Option<f64>,
    /// Whether peers are looked for on the local network.
    pub multicast: bool,
    /// Whether peers tell of peers.
    pub gossip: bool,
    /// Bytes that the system holds of a link.
    pub send_buffer: Option<u32>,
    /// Bytes that may be under way on a link.
    pub receive_buffer: Option<u32>,
    /// Bytes that are sent together.
    pub batch: Option<u16>,
    /// What all timings follow from, but for those that `[timing]` has.
    pub assumed: Option<Assumed>,
}

/// What is assumed of the worst link between a robot and an orchestrator, as a [`LinkBudget`].
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assumed {
    /// Longest time from a question to its answer, in seconds.
    pub round_trip: f64,
    /// Share of frames that are lost.
    pub loss: f64,
    /// Longest time in which nothing gets through, in seconds.
    pub outage: f64,
    /// Chance that is taken of losing a lease for want of answers.
    pub risk: Option<f64>,
}

impl Assumed {
    /// Sets all timings.
    pub(super) fn apply(&self, config: &mut Config) -> Result<(), Wrong> {
        let budget = LinkBudget {
            round_trip: span("link.assumed.round_trip", self.round_trip)?,
            loss: self.loss,
            outage: span("link.assumed.outage", self.outage)?,
            risk: self.risk.unwrap_or(LinkBudget::SITE.risk),
        };
        budget
            .apply(config)
            .map_err(|invalid| Wrong::from(invalid).within("link.assumed"))
    }
}

/// Whose certificate a program has.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsTable {
    /// The folder that `fleetctl certs issue` has filled, with `node.pem`, `node.key`, `authority.pem` and `access.json`.
    pub folder: PathBuf,
}

/// A part in Zenoh's network.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Talks to all that it is linked with.
    Peer,
    /// Talks to one router or peer at a time.
    Client,
    /// Passes on what others send.
    Router,
}

/// Timings: as the fields of [`Config`], in seconds.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs)] // they are documented there
pub struct Timing {
    pub heartbeat: Option<f64>,
    pub lease: Option<f64>,
    pub stopping: Option<f64>,
    pub suspicion: Option<f64>,
    pub degrade: Option<f64>,
    pub restore: Option<f64>,
    pub gather: Option<f64>,
    pub auction: Option<f64>,
    pub retry: Option<f64>,
    pub reoffer: Option<f64>,
    pub settle: Option<f64>,
    pub commit: Option<f64>,
    pub absence: Option<f64>,
    pub keep: Option<f64>,
    pub remember: Option<f64>,
}

impl Timing {
    /// What is said, and what it sets; the lease is set elsewhere.
    pub(super) fn spans<'a>(
        &self,
        config: &'a mut Config,
    ) -> [(&'static str, Option<f64>, &'a mut Duration); 14] {
        [
            ("heartbeat", self.heartbeat, &mut config.heartbeat),
            ("stopping", self.stopping, &mut config.stopping),
            ("suspicion", self.suspicion, &mut config.suspicion),
            ("degrade", self.degrade, &mut config.degrade),
            ("restore", self.restore, &mut config.restore),
            ("gather", self.gather, &mut config.gather),
            ("auction", self.auction, &mut config.auction),
            ("retry", self.retry, &mut config.retry),
            ("reoffer", self.reoffer, &mut config.reoffer),
            ("settle", self.settle, &mut config.settle),
            ("commit", self.commit, &mut config.commit),
            ("absence", self.absence, &mut config.absence),
            ("keep", self.keep, &mut config.keep),
            ("remember", self.remember, &mut config.remember),
        ]
    }
}

/// One robot.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RobotTable {
    /// Its name or UUID.
    pub id: Option<String>,
    /// Metres a second.
    pub speed: Option<f64>,
    /// Where it is at first.
    pub at: Option<[f64; 2]>,
    /// What it can do.
    pub abilities: Abilities,
    /// What it can carry.
    pub capacity: Vec<f64>,
    /// Its battery.
    pub battery: Option<BatterySpec>,
    /// From empty to full.
    pub charging_time: Option<f64>,
    /// The file that its execution log is added to.
    pub log: Option<PathBuf>,
    /// How long it may finish what it is at when it is told to stop.
    pub drain_within: Option<f64>,
}

impl File {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// Names the file, and the line and field that are wrong.
    pub fn read(path: &Path) -> Result<Self, Wrong> {
        let text =
            std::fs::read_to_string(path).map_err(|error| Wrong::new(path.display().to_string(), error))?;
        File::parse(&text).map_err(|wrong| Wrong::new(path.display().to_string(), wrong.message))
    }

    /// Reads `text`.
    ///
    /// # Errors
    /// Names the line and field that are wrong.
    pub fn parse(text: &str) -> Result<Self, Wrong> {
        toml::from_str(text).map_err(|error| Wrong::new("", error))
    }
}

/// So many seconds.
pub(super) fn span(field: &str, seconds: f64) -> Result<Duration, Wrong> {
    Duration::try_from_secs_f64(seconds).map_err(|_| {
        Wrong::new(
            field,
            format_args!("must be seconds, 0 or more, but is {seconds}"),
        )
    })
}
