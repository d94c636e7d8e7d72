//! What each traffic class asks of the network.
//!
//! | class | short frame | express | long frame |
//! |---|---|---|---|
//! | [`Safety`](Class::Safety) | `RealTime`, at once | yes | `InteractiveLow`, by a thread |
//! | [`Control`](Class::Control) | `InteractiveHigh`, at once | no | `InteractiveLow`, by a thread |
//! | [`State`](Class::State) | `DataHigh`, at once | no | `DataLow`, by another thread |
//! | [`Bulk`](Class::Bulk) | `Background`, by that other thread | no | `Background`, by that other thread |
//!
//! Every priority has a queue of its own on every link, here and in routers, and the more urgent are emptied first.
//! All frames are sent with `CongestionControl::Drop`: one for which a queue has no room is dropped. For a short frame
//! that means that its link moves nothing, and then frames to others need not wait with it. A long frame is cut into
//! pieces that may have to wait for room. While it waits Zenoh holds everybody up who sends with the same priority on
//! that link; that is why long frames have priorities of their own, and why none is sent with `Block`, which
//! would wait for seconds, and then close the link.
//!
//! Frames of one priority are sent together when the link is busy, but for `express` ones, which cost a system call each.
//! Over TCP all classes are reliable: what a link has taken arrives, in order, unless the link breaks.

use fleet_core::transport::Class;
use zenoh::qos::Priority;

/// The classes, most urgent first.
pub(crate) const CLASSES: [Class; 4] = [Class::Safety, Class::Control, Class::State, Class::Bulk];

const NAMES: [&str; 4] = ["safety", "control", "state", "bulk"];

/// The place of `class` among [`CLASSES`].
pub(crate) fn rank(class: Class) -> usize {
    match class {
        Class::Safety => 0,
        Class::Control => 1,
        Class::State => 2,
        _ => 3,
    }
}

/// As keys name it.
pub(crate) fn name(class: Class) -> &'static str {
    NAMES[rank(class)]
}

/// The class that keys name so.
pub(crate) fn class(name: &str) -> Option<Class> {
    let rank = NAMES.iter().position(|known| *known == name)?;
    Some(CLASSES[rank])
}

/// Bytes of a short frame at most.
const SHORT: usize = 1_024;

/// Whether a frame of so many bytes is short, and its class in a hurry.
pub(crate) fn is_sent_at_once(class: Class, bytes: usize) -> bool {
    rank(class) < rank(Class::Bulk) && bytes <= SHORT
}

/// Of what is sent at once.
pub(crate) fn priority(class: Class) -> Priority {
    [
        Priority::RealTime,
        Priority::InteractiveHigh,
        Priority::DataHigh,
        Priority::Background,
    ][rank(class)]
}

/// Of what may wait.
pub(crate) fn waiting_priority(class: Class) -> Priority {
    [
        Priority::InteractiveLow,
        Priority::InteractiveLow,
        Priority::DataLow,
        Priority::Background,
    ][rank(class)]
}

/// Whether its frames leave at once, and do not wait for others to share a packet with.
pub(crate) fn is_express(class: Class) -> bool {
    class == Class::Safety
}

/// Whether its long frames are not to wait for those of other classes.
pub(crate) fn is_urgent(class: Class) -> bool {
    rank(class) <= rank(Class::Control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_urgent_classes_have_higher_priorities() {
        // A lower number is a higher priority.
        assert!(CLASSES.is_sorted_by_key(|class| priority(*class) as u8));
        assert!(CLASSES.is_sorted_by_key(|class| waiting_priority(*class) as u8));
        assert!(CLASSES.is_sorted_by_key(|class| rank(*class)));
        assert_eq!(CLASSES.map(|class| self::class(name(class))), CLASSES.map(Some));
        assert_eq!(class("urgent"), None);
    }

    #[test]
    fn what_waits_holds_up_nothing_that_is_sent_at_once() {
        for waits in CLASSES {
            for class in CLASSES.into_iter().filter(|class| is_sent_at_once(*class, 0)) {
                assert_ne!(priority(class), waiting_priority(waits));
            }
        }
        assert!(!is_sent_at_once(Class::Safety, SHORT + 1));
    }
}
