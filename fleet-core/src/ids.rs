//! Names of things: UUIDs that cannot be mixed up.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The finaliser of splitmix64 (Steele, Lea & Flood 2014).
pub(crate) const fn scramble(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        // The order of the bytes, as one number: comparing them as bytes takes a call.
        impl Ord for $name {
            #[inline]
            fn cmp(&self, other: &Self) -> core::cmp::Ordering {
                self.0.as_u128().cmp(&other.0.as_u128())
            }
        }

        impl PartialOrd for $name {
            #[inline]
            fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
                Some(self.cmp(other))
            }
        }

        impl $name {
            /// The id with this UUID.
            pub const fn new(id: Uuid) -> Self {
                Self(id)
            }

            /// The id whose UUID has this value: for tests, and for fleets that number their members.
            pub const fn from_u128(id: u128) -> Self {
                Self(Uuid::from_u128(id))
            }

            /// The UUID.
            pub const fn uuid(self) -> Uuid {
                self.0
            }

            /// Its bits mixed, for ids are often numbered.
            pub(crate) const fn scrambled(self) -> u64 {
                let id = self.0.as_u128();
                scramble((id as u64) ^ scramble((id >> 64) as u64))
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                Uuid::from_str(text).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }
    };
}

id!(
    /// One node of the fleet: a robot, a coordinator, an operator's client. Transports address nodes.
    NodeId
);
id!(
    /// One robot. Its node has the same UUID.
    RobotId
);
id!(
    /// One task, chosen by whoever submits it: submitting twice under one id is harmless.
    TaskId
);
impl RobotId {
    /// The node that runs on this robot.
    pub const fn node(self) -> NodeId {
        NodeId(self.0)
    }
}

impl NodeId {
    /// The robot that this node would run on, if it runs on one.
    pub const fn robot(self) -> RobotId {
        RobotId(self.0)
    }
}
