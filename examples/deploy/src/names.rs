//! Names that people give to robots, tasks and orchestrators, and the ids that they stand for.
//!
//! A UUID stands for itself. A name of up to 15 characters is written into the bytes of the id, so that every program can
//! show it again; a longer one stands for an id that is reckoned from it and shown as a UUID.

use fleet_core::{NodeId, RobotId, TaskId};
use fleet_zenoh::certs::Role;

/// Characters of a name at most.
const LONGEST: usize = 64;
/// Characters that fit into an id; its last byte is zero.
const SHORT: usize = 15;

/// What cannot be a name.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("'{0}' is neither a UUID nor a name of 1 to {LONGEST} ASCII letters, digits, '-', '_' and '.'")]
pub struct NameError(String);

/// The id that `text` stands for.
///
/// # Errors
/// If it is neither a UUID nor a name.
pub fn id(text: &str) -> Result<u128, NameError> {
    if text.len() == 36
        && let Ok(id) = text.parse::<TaskId>()
    {
        return Ok(id.uuid().as_u128());
    }
    if !(1..=LONGEST).contains(&text.len()) || !text.bytes().all(is_fit) {
        return Err(NameError(text.chars().take(LONGEST).collect()));
    }
    if text.len() > SHORT {
        return Ok(reckoned(text));
    }
    let mut bytes = [0; 16];
    bytes[..text.len()].copy_from_slice(text.as_bytes());
    Ok(u128::from_be_bytes(bytes))
}

/// The name that an id was made from, or its UUID.
pub fn name(id: u128) -> String {
    let bytes = id.to_be_bytes();
    let length = bytes.iter().take_while(|byte| is_fit(**byte)).count();
    let is_name = length > 0 && bytes[length..].iter().all(|byte| *byte == 0) && length <= SHORT;
    match is_name {
        true => bytes[..length].iter().map(|byte| char::from(*byte)).collect(),
        false => TaskId::from_u128(id).to_string(),
    }
}

/// How people call this task.
pub fn task(task: TaskId) -> String {
    name(task.uuid().as_u128())
}

/// How people call this robot.
pub fn robot(robot: RobotId) -> String {
    name(robot.uuid().as_u128())
}

/// How people call this node.
pub fn node(node: NodeId) -> String {
    name(node.uuid().as_u128())
}

/// The id that the certificate of `name` has in this role: that of a node is its UUID.
///
/// # Errors
/// If it is a node's, and neither a UUID nor a name.
pub fn in_certificate(role: Role, name: &str) -> Result<String, NameError> {
    match role.is_node() {
        true => id(name).map(|id| NodeId::from_u128(id).to_string()),
        false => Ok(name.to_owned()),
    }
}

fn is_fit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)
}

/// FNV-1a of 128 bits; its last bit is set, so that it is never taken for a short name.
fn reckoned(text: &str) -> u128 {
    let step = |hash: u128, byte: u8| (hash ^ u128::from(byte)).wrapping_mul((1 << 88) + 0x13b);
    text.bytes().fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d, step) | 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_name_can_be_read_again() {
        for text in ["a", "robot-17", "orchestrator-1", "123456789012345"] {
            assert_eq!(name(id(text).unwrap()), text);
        }
    }

    #[test]
    fn a_uuid_stands_for_itself() {
        let uuid = "01234567-89ab-cdef-0123-456789abcdef";
        assert_eq!(id(uuid), Ok(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef));
        assert_eq!(name(id(uuid).unwrap()), uuid);
        assert_eq!(name(0), "00000000-0000-0000-0000-000000000000");
    }

    #[test]
    fn a_long_name_has_an_id_of_its_own() {
        let [one, other] = ["fleet-agent-7d9c-aaaa", "fleet-agent-7d9c-aaab"].map(|text| id(text).unwrap());
        assert_ne!(one, other);
        assert_eq!(id(&name(one)), Ok(one));
    }

    #[test]
    fn what_keys_could_misread_is_no_name() {
        for text in ["", "a/b", "*", "a b", "é", &"x".repeat(65)] {
            assert!(id(text).is_err(), "{text}");
        }
    }
}
