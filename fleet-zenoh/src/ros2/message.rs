//! The messages of ROS 2 that a fleet speaks, with the names and the order of their fields in ROS.

use super::cdr::{self, Cdr, CdrError, Reader, Writer};

/// A message that can be a topic's.
pub trait Message: Cdr {
    /// Its type in ROS.
    const TYPE: &'static str;
    /// The hash of its type's description, by which ROS knows that both sides mean the same.
    const HASH: &'static str;

    /// Its encoding.
    fn encode(&self) -> Vec<u8> {
        cdr::encode(self)
    }

    /// The message that `bytes` encode.
    ///
    /// # Errors
    /// If they are none.
    fn decode(bytes: &[u8]) -> Result<Self, CdrError> {
        cdr::decode(bytes)
    }

    /// Its type as DDS spells it.
    fn dds_type() -> String {
        let (package, name) = Self::TYPE.split_once("/msg/").unwrap_or(("", Self::TYPE));
        format!("{package}::msg::dds_::{name}_")
    }
}

/// A type of ROS as its fields are: how it is encoded, and how ROS describes it.
macro_rules! fields {
    ($(#[$doc:meta])* $name:ident as $ros:literal { $($(#[$about:meta])* $field:ident: $of:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Debug, Default)]
        #[allow(clippy::exhaustive_structs)]
        pub struct $name {
            $($(#[$about])* pub $field: $of,)*
        }

        impl Cdr for $name {
            const LEAST: usize = 0 $(+ <$of as Cdr>::LEAST)*;

            fn write(&self, to: &mut Writer) {
                $(self.$field.write(to);)*
            }

            fn read(from: &mut Reader<'_>) -> Result<Self, CdrError> {
                Ok($name { $($field: Cdr::read(from)?,)* })
            }
        }

        #[cfg(test)]
        impl super::hash::Described for $name {
            fn describe(types: &mut super::hash::Types) -> super::hash::Kind {
                let fields = vec![$((stringify!($field), <$of as super::hash::Described>::describe(types)),)*];
                types.insert($ros, fields);
                super::hash::Kind::nested($ros)
            }
        }
    };
}

/// A number of ROS that stands for one of a few things.
macro_rules! codes {
    ($(#[$doc:meta])* $name:ident as $number:ty, $kind:literal { $($(#[$about:meta])* $code:ident = $value:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
        #[allow(clippy::exhaustive_enums)]
        pub enum $name {
            #[default]
            $($(#[$about])* $code = $value,)*
        }

        impl Cdr for $name {
            const LEAST: usize = 1;

            fn write(&self, to: &mut Writer) {
                (*self as $number).write(to);
            }

            fn read(from: &mut Reader<'_>) -> Result<Self, CdrError> {
                match <$number>::read(from)? {
                    $($value => Ok($name::$code),)*
                    other => Err(CdrError::Value(other as u8)),
                }
            }
        }

        #[cfg(test)]
        impl super::hash::Described for $name {
            fn describe(_: &mut super::hash::Types) -> super::hash::Kind {
                super::hash::Kind::of($kind)
            }
        }
    };
}

macro_rules! messages {
    ($($name:ident: $ros:literal, $hash:literal;)*) => {$(
        impl Message for $name {
            const TYPE: &'static str = $ros;
            const HASH: &'static str = $hash;
        }
    )*};
}

messages! {
    StringMessage: "std_msgs/msg/String",
        "RIHS01_df668c740482bbd48fb39d76a70dfd4bd59db1288021743503259e948f6b1a18";
    DiagnosticArray: "diagnostic_msgs/msg/DiagnosticArray",
        "RIHS01_5a8a36efb05fb25070fa0fb3810290c0e6cd4862b54a8fb975a1ee8dc55a333e";
    BatteryState: "sensor_msgs/msg/BatteryState",
        "RIHS01_4bee5dfce981c98faa6828b868307a0a73f992ed0789f374ee96c8f840e69741";
    PoseStamped: "geometry_msgs/msg/PoseStamped",
        "RIHS01_10f3786d7d40fd2b54367835614bff85d4ad3b5dab62bf8bca0cc232d73b4cd8";
    GoalStatusArray: "action_msgs/msg/GoalStatusArray",
        "RIHS01_6c1684b00f177d37438febe6e709fc4e2b0d4248dca4854946f9ed8b30cda83e";
}

fields! {
    /// A text.
    StringMessage as "std_msgs/msg/String" {
        /// The text.
        data: String,
    }
}

fields! {
    /// A moment of the calendar.
    Time as "builtin_interfaces/msg/Time" {
        /// Seconds since 1970, rounded down.
        sec: i32,
        /// And so many nanoseconds.
        nanosec: u32,
    }
}

fields! {
    /// When and where.
    Header as "std_msgs/msg/Header" {
        /// When it was so.
        stamp: Time,
        /// In which frame of coordinates.
        frame_id: String,
    }
}

codes! {
    /// How well something is.
    Level as u8, 16 {
        /// As it should be.
        Ok = 0,
        /// Somebody should look at it.
        Warn = 1,
        /// It does not work.
        Error = 2,
        /// Nothing was heard of it for too long.
        Stale = 3,
    }
}

fields! {
    /// One thing to know of something.
    KeyValue as "diagnostic_msgs/msg/KeyValue" {
        /// What.
        key: String,
        /// How it is.
        value: String,
    }
}

fields! {
    /// How one thing is.
    DiagnosticStatus as "diagnostic_msgs/msg/DiagnosticStatus" {
        /// How well.
        level: Level,
        /// Which thing.
        name: String,
        /// In a few words.
        message: String,
        /// Of which machine.
        hardware_id: String,
        /// In numbers.
        values: Vec<KeyValue>,
    }
}

fields! {
    /// How several things are.
    DiagnosticArray as "diagnostic_msgs/msg/DiagnosticArray" {
        /// When.
        header: Header,
        /// Each of them.
        status: Vec<DiagnosticStatus>,
    }
}

fields! {
    /// A battery. What is not known is not a number.
    BatteryState as "sensor_msgs/msg/BatteryState" {
        /// When.
        header: Header,
        /// Volts.
        voltage: f32,
        /// Degrees Celsius.
        temperature: f32,
        /// Amperes; negative while it discharges.
        current: f32,
        /// Ampere-hours that are left.
        charge: f32,
        /// Ampere-hours when full.
        capacity: f32,
        /// Ampere-hours when it was new.
        design_capacity: f32,
        /// Charge, from 0 to 1.
        percentage: f32,
        /// 0 unknown, 1 it charges, 2 it discharges, 3 neither, 4 full.
        power_supply_status: u8,
        /// 0 unknown, 1 good; others are defects.
        power_supply_health: u8,
        /// 0 unknown; others are chemistries.
        power_supply_technology: u8,
        /// Whether it is there.
        present: bool,
        /// Volts of each cell.
        cell_voltage: Vec<f32>,
        /// Degrees Celsius of each cell.
        cell_temperature: Vec<f32>,
        /// Where it is built in.
        location: String,
        /// Its number.
        serial_number: String,
    }
}

fields! {
    /// A point, in metres.
    Point as "geometry_msgs/msg/Point" {
        /// Forward.
        x: f64,
        /// To the left.
        y: f64,
        /// Up.
        z: f64,
    }
}

fields! {
    /// A turn in space.
    Quaternion as "geometry_msgs/msg/Quaternion" {
        /// Of the axis.
        x: f64,
        /// Of the axis.
        y: f64,
        /// Of the axis.
        z: f64,
        /// Cosine of half the angle.
        w: f64,
    }
}

fields! {
    /// Where something is, and how it is turned.
    Pose as "geometry_msgs/msg/Pose" {
        /// Where.
        position: Point,
        /// How turned.
        orientation: Quaternion,
    }
}

fields! {
    /// A pose at a time, in a frame.
    PoseStamped as "geometry_msgs/msg/PoseStamped" {
        /// When, and in which frame.
        header: Header,
        /// The pose.
        pose: Pose,
    }
}

fields! {
    /// A UUID, its bytes in the order in which it is spelt.
    Uuid as "unique_identifier_msgs/msg/UUID" {
        /// The bytes.
        uuid: [u8; 16],
    }
}

fields! {
    /// Which goal, and since when.
    GoalInfo as "action_msgs/msg/GoalInfo" {
        /// Which.
        goal_id: Uuid,
        /// When it was taken.
        stamp: Time,
    }
}

codes! {
    /// How a goal stands.
    GoalState as i8, 2 {
        /// It is not known.
        Unknown = 0,
        /// It is taken, and waits.
        Accepted = 1,
        /// Somebody is at it.
        Executing = 2,
        /// It is to be called off.
        Canceling = 3,
        /// It is done.
        Succeeded = 4,
        /// It was called off.
        Canceled = 5,
        /// It failed.
        Aborted = 6,
    }
}

fields! {
    /// A goal, and how it stands.
    GoalStatus as "action_msgs/msg/GoalStatus" {
        /// Which.
        goal_info: GoalInfo,
        /// How.
        status: GoalState,
    }
}

fields! {
    /// Several goals, and how they stand.
    GoalStatusArray as "action_msgs/msg/GoalStatusArray" {
        /// Each of them.
        status_list: Vec<GoalStatus>,
    }
}

#[cfg(test)]
mod tests;
