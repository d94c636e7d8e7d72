//! The fencing token of a task.

use serde::{Deserialize, Serialize};

use crate::ids::NodeId;

/// One period of ownership of one task. Each new owner has a higher one, so that whatever an earlier owner still
/// says or does can be told apart and refused.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Epoch {
    /// Rises by one with each change of owner.
    pub count: u32,
    /// Which life of the issuer gave it out: a node that restarts without memory never reuses an epoch.
    pub boot: u32,
    /// The node that gave it out.
    pub issuer: NodeId,
}

impl Epoch {
    /// Before the first owner.
    pub const ZERO: Epoch = Epoch {
        count: 0,
        boot: 0,
        issuer: NodeId::from_u128(0),
    };

    /// The next one, given out by `issuer` in its life `boot`.
    #[must_use]
    pub const fn next(self, boot: u32, issuer: NodeId) -> Self {
        Epoch {
            count: self.count.saturating_add(1),
            boot,
            issuer,
        }
    }
}
