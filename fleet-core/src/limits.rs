//! The largest values that the domain types take. A value beyond its limit is an error that names the field.
//!
//! They are far above any real fleet and far below what would overflow the arithmetic: times are kept in
//! microseconds in an `i64`, loads in millionths in an `i64`, and distances in an `f64`.

use core::time::Duration;

/// Stops of one task.
pub const STOPS: usize = 64;
/// Abilities of one robot, or needs of one task.
pub const ABILITIES: usize = 64;
/// Bytes of an ability's name.
pub const ABILITY_BYTES: usize = 64;
/// Predecessors of one task.
pub const AFTER: usize = 64;
/// Tasks of one team, the task itself counted.
pub const TEAM: usize = 8;
/// Bytes of a task's note.
pub const NOTE_BYTES: usize = 1024;
/// Dimensions of a load (for example kilograms, litres, totes).
pub const LOAD_DIMENSIONS: usize = 4;
/// Magnitude of one dimension of a load.
pub const LOAD: f64 = 1e9;
/// Magnitude of a coordinate, in metres.
pub const COORDINATE: f64 = 1e9;
/// Cells of a grid map, free or not.
pub const GRID_CELLS: usize = 1 << 26;
/// Vertices of a road map.
pub const ROAD_VERTICES: usize = 1 << 24;
/// Edges of a road map.
pub const ROAD_EDGES: usize = 1 << 26;
/// Length of one edge of a road map, in metres: no way of [`ROAD_VERTICES`] edges overflows micrometres in a `u64`.
pub const ROAD_LENGTH: f64 = 1e6;
/// Length of a way, in metres; what a [`Travel`](crate::travel::Travel) calls longer is no way.
pub const DISTANCE: f64 = 1e12;
/// Speed of a robot, in metres a second.
pub const SPEED: f64 = 1e4;
/// Energy of a battery, in joules (about 28 MWh).
pub const ENERGY: f64 = 1e11;
/// Service time at one stop.
pub const SERVICE: Duration = Duration::from_secs(30 * 24 * 3600);
/// Magnitude of a calendar time, in microseconds from 1970 (about 100,000 years): sums of times cannot overflow.
pub const UTC_MICROS: i64 = 3_200_000_000_000_000_000;
/// Witnesses of one fleet.
pub const WITNESSES: usize = 64;
