//! The [messages](message) of ROS 2 that a fleet speaks, and their [encoding](cdr).

pub mod cdr;
#[cfg(test)]
mod hash;
pub mod message;
