use clap::ValueEnum;

use super::{Scenario, read_toml};
use crate::readers::Origin;

/// The scenarios that come with the simulator.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug, ValueEnum)]
pub enum Bundled {
    /// 50 robots and 500 tasks on a map, on a lossy network, with a partition and a breakdown.
    #[default]
    Warehouse,
    /// One robot that is its own witness, and no network.
    SingleRobot,
    /// Six robots and a server at their site.
    RobotEdge,
    /// Six robots and three servers behind an uplink that fails twice.
    RobotCloud,
    /// 50 robots and three servers at their site, one part of which is cut off for a while.
    Fleet,
    /// Four robots, two or three of which carry what is too long for one.
    LongLoads,
}

const WAREHOUSE_MAP: &str = include_str!("../../scenarios/warehouse.map");

impl Bundled {
    /// All of them.
    pub const ALL: [Bundled; 6] = [
        Bundled::Warehouse,
        Bundled::SingleRobot,
        Bundled::RobotEdge,
        Bundled::RobotCloud,
        Bundled::Fleet,
        Bundled::LongLoads,
    ];

    /// The name of its file, and what is in it.
    const fn file(self) -> (&'static str, &'static str) {
        match self {
            Bundled::Warehouse => ("warehouse.toml", include_str!("../../scenarios/warehouse.toml")),
            Bundled::SingleRobot => (
                "single-robot.toml",
                include_str!("../../scenarios/single-robot.toml"),
            ),
            Bundled::RobotEdge => ("robot-edge.toml", include_str!("../../scenarios/robot-edge.toml")),
            Bundled::RobotCloud => (
                "robot-cloud.toml",
                include_str!("../../scenarios/robot-cloud.toml"),
            ),
            Bundled::Fleet => ("fleet.toml", include_str!("../../scenarios/fleet.toml")),
            Bundled::LongLoads => ("long-loads.toml", include_str!("../../scenarios/long-loads.toml")),
        }
    }

    /// The scenario; `seed` goes before its own.
    pub fn read(self, seed: Option<u64>) -> Scenario {
        let map = |name: &str| match name {
            "warehouse.map" => Ok((name.to_owned(), WAREHOUSE_MAP.as_bytes().to_vec())),
            _ => Err(Origin::file(name).wrong("is not bundled")),
        };
        let (name, text) = self.file();
        read_toml(name, text, seed, &map).expect("the bundled scenarios are tested")
    }
}
