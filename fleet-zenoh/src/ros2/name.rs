//! Names of the ROS graph, and the keys of Zenoh that they become.

use twox_hash::XxHash3_128;

use super::message::Message;
use fleet_core::UtcTime;

/// Bytes of a name.
const NAME: usize = 255;
/// Bytes of the attachment of a publication.
const ATTACHMENT: usize = 33;

/// How `rmw_zenoh` spells the quality of service of all topics here: reliable, volatile, the last ten.
const QOS: &str = "::,10:,:,:,,";

/// Why a text is no name of a topic or a node.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// It has no bytes, or too many.
    #[error("has 1 to {NAME} bytes, not {0}")]
    Length(usize),
    /// A part of it cannot be: each has ASCII letters, digits and single `_`, and does not begin with a digit.
    #[error("has parts of ASCII letters, digits and single `_`, none of which begins with a digit")]
    Part,
    /// Another robot has it.
    #[error("is the name of two robots")]
    Taken,
}

/// `name` without the slash at its beginning, if it can be a topic's.
pub(super) fn topic(name: &str) -> Result<&str, NameError> {
    let name = name.strip_prefix('/').unwrap_or(name);
    if !(1..=NAME).contains(&name.len()) {
        return Err(NameError::Length(name.len()));
    }
    name.split('/').try_for_each(part)?;
    Ok(name)
}

/// Whether `name` can be one part of a name: a node's, or a robot's.
pub(super) fn part(name: &str) -> Result<(), NameError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let begins = name.starts_with(|c: char| fits(c) && !c.is_ascii_digit());
    let fits = begins && name.chars().all(fits) && !name.contains("__");
    fits.then_some(()).ok_or(NameError::Part)
}

/// The key of a topic, as nodes with `rmw_zenoh` have it.
pub(super) fn rmw_key<M: Message>(domain: u32, topic: &str, hash: &str) -> String {
    format!("{domain}/{topic}/{}/{hash}", M::dds_type())
}

/// The key of a topic, as `zenoh-bridge-ros2dds` has it, which may put a namespace before.
pub(super) fn bridge_key(namespace: &str, topic: &str) -> String {
    match namespace {
        "" => topic.to_owned(),
        _ => format!("{namespace}/{topic}"),
    }
}

/// Which end of a topic.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum End {
    Publisher,
    Subscription,
}

/// A node as `rmw_zenoh` announces it: by tokens of liveliness, from which others know the graph.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Identity {
    pub(super) domain: u32,
    /// Zenoh's name of the session.
    pub(super) session: String,
    /// Its number in the session.
    pub(super) number: u32,
    pub(super) name: String,
}

impl Identity {
    /// The token of the node itself.
    pub(super) fn token(&self) -> String {
        self.entity(self.number, "NN")
    }

    /// The token of an end of a topic, with a number that no other has in this session.
    pub(super) fn end_token<M: Message>(&self, end: End, number: u32, topic: &str) -> String {
        let kind = match end {
            End::Publisher => "MP",
            End::Subscription => "MS",
        };
        let entity = self.entity(number, kind);
        let topic = topic.replace('/', "%");
        format!("{entity}/%{topic}/{}/{}/{QOS}", M::dds_type(), M::HASH)
    }

    /// Without an enclave, in no namespace.
    fn entity(&self, entity: u32, kind: &str) -> String {
        let Identity {
            domain,
            session,
            number,
            name,
        } = self;
        format!("@ros2_lv/{domain}/{session}/{number}/{entity}/{kind}/%/%/{name}")
    }
}

/// The name of an end of a topic, as `rmw_zenoh` reckons it from its token.
pub(super) fn gid(token: &str) -> [u8; 16] {
    XxHash3_128::oneshot(token.as_bytes()).to_le_bytes()
}

/// What goes along with a message: which of its publisher's it is, when it was sent, and whose it is. Nodes with
/// `rmw_zenoh` drop messages without it.
pub(super) fn attachment(number: i64, sent: UtcTime, gid: [u8; 16]) -> [u8; ATTACHMENT] {
    let nanos = sent.as_micros().saturating_mul(1_000);
    let mut bytes = [0; ATTACHMENT];
    bytes[..8].copy_from_slice(&number.to_le_bytes());
    bytes[8..16].copy_from_slice(&nanos.to_le_bytes());
    bytes[16] = gid.len() as u8;
    bytes[17..].copy_from_slice(&gid);
    bytes
}

#[cfg(test)]
mod tests {
    use super::super::message::StringMessage;
    use super::*;

    const SHORT: [u8; 16] = [
        76, 88, 42, 17, 243, 90, 230, 50, 81, 95, 251, 31, 251, 199, 187, 114,
    ];
    const LONG: [u8; 16] = [
        193, 59, 154, 243, 60, 110, 201, 225, 163, 173, 125, 92, 105, 133, 201, 168,
    ];

    fn talker() -> Identity {
        Identity {
            domain: 2,
            session: "8b20917502ee955ac4476e0266340d5c".into(),
            number: 0,
            name: "talker".into(),
        }
    }

    #[test]
    fn keys_are_those_of_the_design_of_rmw_zenoh() {
        let hash = StringMessage::HASH;
        assert_eq!(
            rmw_key::<StringMessage>(0, "robot1/chatter", hash),
            format!("0/robot1/chatter/std_msgs::msg::dds_::String_/{hash}")
        );
        assert_eq!(
            talker().token(),
            "@ros2_lv/2/8b20917502ee955ac4476e0266340d5c/0/0/NN/%/%/talker"
        );
        let token = talker().end_token::<StringMessage>(End::Publisher, 10, "chatter");
        let rest = format!("%chatter/std_msgs::msg::dds_::String_/{hash}/::,10:,:,:,,");
        assert_eq!(
            token,
            format!("@ros2_lv/2/8b20917502ee955ac4476e0266340d5c/0/10/MP/%/%/talker/{rest}")
        );
        assert!(zenoh::key_expr::KeyExpr::try_from(token).is_ok());
    }

    #[test]
    fn the_name_of_an_end_is_the_xxh3_of_its_token() {
        // As the reference implementation of XXH3 has them: a short text, and one above 240 bytes.
        assert_eq!(gid("@ros2_lv/0"), SHORT);
        assert_eq!(gid(&"@ros2_lv/0".repeat(30)), LONG);
    }

    #[test]
    fn an_attachment_is_33_bytes() {
        let bytes = attachment(7, UtcTime::from_micros(1_000_001), [9; 16]);
        assert_eq!(bytes[..8], [7, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(bytes[8..16], 1_000_001_000_i64.to_le_bytes());
        assert_eq!((bytes[16], &bytes[17..]), (16, &[9; 16][..]));
    }

    #[test]
    fn a_bridge_has_the_topic_as_key() {
        assert_eq!(bridge_key("", "diagnostics"), "diagnostics");
        assert_eq!(bridge_key("site/a", "diagnostics"), "site/a/diagnostics");
    }

    #[test]
    fn what_ros_does_not_take_is_no_name() {
        assert_eq!(topic("/a/b_1"), Ok("a/b_1"));
        assert_eq!(topic("diagnostics"), Ok("diagnostics"));
        for name in ["//a", "a//b", "a/", "1a", "a-b", "a__b", "a/**", "é", "a b", "@a"] {
            assert_eq!(topic(name), Err(NameError::Part), "{name}");
        }
        assert_eq!(topic("/"), Err(NameError::Length(0)));
        assert!(part("a/b").is_err() && part("").is_err() && part("robot_1").is_ok());
    }
}
