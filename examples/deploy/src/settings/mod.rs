//! How a program is set up: by a file, the environment and flags. A flag beats the environment, which beats the file.

mod args;
mod file;
mod link;
mod reports;

use std::path::PathBuf;
use std::time::Duration;

pub use args::Common;
pub use file::{File, LinkTable, RobotTable, TlsTable};
use fleet_core::ledger::LeaseTerms;
use fleet_core::{BatterySpec, Config, NodeId, Place, Pose, Robot, RobotId, RobotSpec};
use fleet_zenoh::FleetId;
pub use reports::{ReportSettings, ReportsTable};

use crate::{Wrong, names};

/// A fleet as its members see it.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Its name.
    pub fleet: FleetId,
    /// Robots that belong to it, if that is known.
    pub size: Option<usize>,
    /// What its nodes agree on.
    pub config: Config,
    /// Links.
    pub link: LinkTable,
    /// Certificates, if there are any.
    pub tls: Option<TlsTable>,
    /// Where nodes keep what they must not forget.
    pub data: PathBuf,
    /// Which orchestrator this is, if it is one.
    pub orchestrator: Option<String>,
    /// The robot, if this is one.
    pub robot: RobotTable,
    /// Where reports go; none if there are to be none.
    pub reports: Option<ReportSettings>,
}

impl Settings {
    /// From the file and what `common` says over it.
    ///
    /// # Errors
    /// Names the field that is wrong.
    pub fn read(common: &Common) -> Result<Self, Wrong> {
        let mut file = match &common.config {
            Some(path) => File::read(path)?,
            None => File::default(),
        };
        common.over(&mut file);
        Settings::of(file)
    }

    /// From what a file says.
    ///
    /// # Errors
    /// Names the field that is wrong.
    pub fn of(file: File) -> Result<Self, Wrong> {
        let fleet = file.fleet.as_deref().unwrap_or("fleet");
        let fleet = fleet.parse().map_err(|error| Wrong::new("fleet", error))?;
        let mut config = config(&file)?;
        file.strategy.unwrap_or_default().apply(&mut config);
        file.algorithm.unwrap_or_default().apply(&mut config);
        file.priority.unwrap_or_default().apply(&mut config);
        config.chargers = places(&file.chargers);
        config.refuges = places(&file.refuges);
        config.check()?;
        if file.size == Some(0) {
            return Err(Wrong::new("size", "a fleet has one robot at least"));
        }
        let settings = Settings {
            fleet,
            size: file.size,
            config,
            link: file.link,
            tls: file.tls,
            data: file.data.unwrap_or_else(|| "fleet-data".into()),
            orchestrator: file.orchestrator,
            robot: file.robot,
            reports: file.reports.map(|table| table.read()).transpose()?,
        };
        if settings.tls.is_none() {
            settings.link.zenoh(&[], None)?; // with certificates, when they are read
        }
        Ok(settings)
    }

    /// Which of the orchestrators this one is, and its id.
    ///
    /// # Errors
    /// If it is not named, or not among them.
    pub fn as_orchestrator(&self) -> Result<(usize, NodeId), Wrong> {
        let name = self.orchestrator.as_deref();
        let name =
            name.ok_or_else(|| Wrong::new("orchestrator", "is missing: give --id, or ORCHESTRATOR_ID"))?;
        let id = NodeId::from_u128(names::id(name).map_err(|error| Wrong::new("orchestrator", error))?);
        let at = self.config.witnesses.iter().position(|witness| *witness == id);
        let known: Vec<String> = self.config.witnesses.iter().map(|id| names::node(*id)).collect();
        let unknown = || {
            format!(
                "'{name}' is not among the orchestrators, which are {}",
                known.join(", ")
            )
        };
        Ok((at.ok_or_else(|| Wrong::new("orchestrator", unknown()))?, id))
    }

    /// The robot as it is at first.
    ///
    /// # Errors
    /// Names the field that is wrong.
    pub fn as_robot(&self) -> Result<Robot, Wrong> {
        let table = &self.robot;
        let missing = || Wrong::new("robot.id", "is missing: give --id, or ROBOT_ID");
        let id = names::id(table.id.as_deref().ok_or_else(missing)?);
        let id = RobotId::from_u128(id.map_err(|error| Wrong::new("robot.id", error))?);
        let [x, y] = table.at.unwrap_or_default();
        let mut spec = RobotSpec::new(id, Pose::new(Place::at(x, y), 0.0));
        spec.speed = table.speed.unwrap_or(1.0);
        spec.abilities = table.abilities.clone();
        spec.capacity.clone_from(&table.capacity);
        spec.battery = table.battery;
        Robot::new(spec).map_err(|invalid| Wrong::from(invalid).within("robot"))
    }

    /// How long a robot that is told to stop may finish what it is at.
    ///
    /// # Errors
    /// If it is no time.
    pub fn drain_within(&self) -> Result<Duration, Wrong> {
        file::span("robot.drain_within", self.robot.drain_within.unwrap_or(30.0))
    }

    /// What a simulated battery takes from empty to full.
    ///
    /// # Errors
    /// If it is no time.
    pub fn charging_time(&self) -> Result<Duration, Wrong> {
        file::span("robot.charging_time", self.robot.charging_time.unwrap_or(600.0))
    }

    /// The battery, if the robot has one.
    pub fn battery(&self) -> Option<BatterySpec> {
        self.robot.battery
    }
}

/// If nothing is assumed of links, the timings of a site's centre: that an orchestrator is gone is noticed within 1.2 s. Robots
/// wait for another one for longer: one that leads may only be busy with many new tasks.
fn config(file: &File) -> Result<Config, Wrong> {
    let orchestrators = match file.orchestrators.is_empty() {
        true => vec!["orchestrator-1".to_owned()],
        false => file.orchestrators.clone(),
    };
    let mut witnesses = Vec::new();
    for (k, name) in orchestrators.iter().enumerate() {
        let id = names::id(name).map_err(|error| Wrong::new(format!("orchestrators[{k}]"), error))?;
        witnesses.push(NodeId::from_u128(id));
    }
    let mut config = Config::new(witnesses[0]);
    config.witnesses = witnesses;
    match &file.link.assumed {
        Some(assumed) => assumed.apply(&mut config)?,
        None => {
            config.heartbeat = Duration::from_millis(500);
            config.suspicion = Duration::from_millis(1_200);
            config.degrade = Duration::from_secs(5);
        }
    }
    for (field, value, span) in file.timing.spans(&mut config) {
        if let Some(value) = value {
            *span = file::span(&format!("timing.{field}"), value)?;
        }
    }
    if let Some(lease) = file.timing.lease {
        let lease = file::span("timing.lease", lease)?;
        config.lease = LeaseTerms::new(lease, config.lease.drift())
            .map_err(|invalid| Wrong::from(invalid).within("timing"))?;
    }
    Ok(config)
}

fn places(points: &[[f64; 2]]) -> Vec<Place> {
    points.iter().map(|[x, y]| Place::at(*x, *y)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        let settings = File::parse(text).and_then(Settings::of);
        settings.err().map_or_else(String::new, |wrong| wrong.to_string())
    }

    #[test]
    fn an_empty_file_is_a_fleet_of_one_orchestrator() {
        let settings = File::parse("").and_then(Settings::of).unwrap();
        assert_eq!(settings.config.witnesses.len(), 1);
        assert_eq!(settings.fleet.to_string(), "fleet");
        assert!(settings.as_robot().unwrap_err().to_string().contains("ROBOT_ID"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert!(refused("fleet = 'a/b'").starts_with("fleet: "));
        assert!(refused("strategie = 'hybrid'").contains("strategie"));
        let unknown = refused("strategy = 'chaotic'");
        assert!(
            unknown.contains("centralized") && unknown.contains("hybrid"),
            "{unknown}"
        );
        assert!(refused("size = 0").starts_with("size: "));
        assert!(refused("orchestrators = ['a', 'a']").starts_with("witnesses: "));
        assert!(refused("timing.heartbeat = -1.0").starts_with("timing.heartbeat: "));
        assert!(refused("link.lease = 0.001").starts_with("link.lease: "));
        assert!(refused("link.mode = 'star'").contains("peer"));
        let assumed = "link.assumed = { round_trip = 0.4, outage = 1.0, loss = ";
        assert!(refused(&format!("{assumed}0.7 }}")).starts_with("link.assumed.loss: "));
        assert_eq!(refused(&format!("{assumed}0.1 }}")), "");
        assert!(refused("tls.certificate = 'node.pem'").contains("folder"));
        assert!(refused("reports.rate = 5").contains("to"));
        assert!(refused("reports = { to = '' }").starts_with("reports.to: "));
        assert!(refused("reports = { to = 'gs://a' }").starts_with("reports.to: "));
        assert!(refused("reports = { to = 'a', rate = 0 }").starts_with("reports.rate: "));
        assert!(refused("reports = { to = 'a', keep = 1000 }").starts_with("reports.keep: "));
        assert!(refused("reports = { to = 'a', every = 0.0 }").starts_with("reports.every: "));
        assert!(refused("reports = { to = 'a', often = 1 }").contains("often"));
        if !cfg!(feature = "s3") {
            assert!(refused("reports = { to = 's3://a' }").contains("--features s3"));
        }
        let open = refused("link.listen = ['tls/127.0.0.1:7447']");
        assert!(
            open.starts_with("link.listen: ") && open.contains("--certs"),
            "{open}"
        );
    }

    #[test]
    fn reports_go_nowhere_unless_it_is_said_where() {
        let read = |text: &str| File::parse(text).and_then(Settings::of).unwrap().reports;
        assert_eq!(read(""), None);
        let reports = read("reports.to = '/var/fleet/reports'").unwrap();
        assert_eq!(reports.to.to_string(), "/var/fleet/reports");
        assert_eq!((reports.rate, reports.keep.bytes), (50_000, 64 << 20));
        assert_eq!(reports.every, Duration::from_secs(60));
    }

    #[test]
    fn certificates_are_read_when_the_session_is_opened() {
        let text = "link.connect = ['tls/127.0.0.1:7447']\ntls.folder = 'nowhere'";
        let settings = File::parse(text).and_then(Settings::of).unwrap();
        let wrong = settings.session_of_people().unwrap_err().to_string();
        assert!(
            wrong.starts_with("tls.folder: ") && wrong.contains("nowhere"),
            "{wrong}"
        );
    }

    #[test]
    fn a_robot_is_as_its_table_says() {
        let text = "robot = { id = 'r-1', speed = 2.0, at = [1.0, 2.0], abilities = ['lift'] }";
        let settings = File::parse(text).and_then(Settings::of).unwrap();
        let robot = settings.as_robot().unwrap();
        assert_eq!((robot.speed(), names::robot(robot.id())), (2.0, "r-1".to_owned()));
        let wrong = File::parse("robot = { id = 'r-1', speed = -2.0 }").and_then(Settings::of);
        assert!(
            wrong
                .unwrap()
                .as_robot()
                .unwrap_err()
                .to_string()
                .starts_with("robot.speed: ")
        );
    }
}
