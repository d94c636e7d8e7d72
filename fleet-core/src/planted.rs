//! Known mistakes that can be put back, one at a time, to see that the checks find them (feature `planted`).
//!
//! Without the feature, and in every build without debug assertions, none of this is there.

/// One of them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Bug {
    /// The owner counts its lease from when the grant arrived, not from when it asked.
    LeaseFromReceipt,
    /// A witness holds its grant for as long as the owner's lease, without the margin for drifting clocks.
    NoDriftMargin,
    /// A claim under an epoch that was granted before, to another, is granted again.
    EpochReuse,
    /// The robot acts on whatever it was told, without looking at the end of its lease.
    NoFencing,
    /// An award that is not answered is not repeated.
    AwardOnce,
    /// The end of a task is reported once, and not until it was noted.
    DoneOnce,
    /// A witness without memory grants at once, and does not ask the others what it forgot.
    NoRestartGrace,
    /// One grant is taken for a lease.
    GrantWithoutMajority,
    /// A witness forgets an ended task though others may still think that it is open.
    ForgetTooEarly,
    /// What a witness says leaves before what it must remember is on disk.
    AckBeforeSync,
    /// A robot begins a task of a team without waiting for the others.
    BeginAlone,
}

impl Bug {
    /// All of them.
    pub const ALL: [Bug; 11] = [
        Bug::LeaseFromReceipt,
        Bug::NoDriftMargin,
        Bug::EpochReuse,
        Bug::NoFencing,
        Bug::AwardOnce,
        Bug::DoneOnce,
        Bug::NoRestartGrace,
        Bug::GrantWithoutMajority,
        Bug::ForgetTooEarly,
        Bug::AckBeforeSync,
        Bug::BeginAlone,
    ];

    /// Its name on a command line.
    pub const fn name(self) -> &'static str {
        match self {
            Bug::LeaseFromReceipt => "lease-from-receipt",
            Bug::NoDriftMargin => "no-drift-margin",
            Bug::EpochReuse => "epoch-reuse",
            Bug::NoFencing => "no-fencing",
            Bug::AwardOnce => "award-once",
            Bug::DoneOnce => "done-once",
            Bug::NoRestartGrace => "no-restart-grace",
            Bug::GrantWithoutMajority => "grant-without-majority",
            Bug::ForgetTooEarly => "forget-too-early",
            Bug::AckBeforeSync => "ack-before-sync",
            Bug::BeginAlone => "begin-alone",
        }
    }
}

#[cfg(all(feature = "planted", debug_assertions))]
std::thread_local! {
    static PLANTED: core::cell::Cell<Option<Bug>> = const { core::cell::Cell::new(None) };
}

/// Puts back this mistake, on this thread, and none other; `None` mends all.
#[cfg(all(feature = "planted", debug_assertions))]
pub fn plant(bug: Option<Bug>) {
    PLANTED.set(bug);
}

/// Whether this mistake is made.
#[cfg(all(feature = "planted", debug_assertions))]
pub(crate) fn is(bug: Bug) -> bool {
    PLANTED.get() == Some(bug)
}

/// Whether this mistake is made: never.
#[cfg(not(all(feature = "planted", debug_assertions)))]
pub(crate) const fn is(_bug: Bug) -> bool {
    false
}
