//! Who has a link: a liveliness token for each node, which goes when its session or the links to it do.
//!
//! A process that was killed is known after milliseconds, a link that is silent after its
//! [lease](crate::ZenohSettings::lease). That is sooner than heartbeats can tell, and less sure: a token that has gone says
//! nothing of the node, nor do tokens of nodes that hang. So it is a hint, for [`Node::miss`](fleet_core::Node::miss).

use fleet_core::NodeId;
use zenoh::liveliness::LivelinessToken;
use zenoh::pubsub::Subscriber;
use zenoh::sample::{Sample, SampleKind};
use zenoh::{Session, Wait};

use crate::key::{self, FleetId};
use crate::runner::Handle;

/// What became of a node's link.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Change {
    /// It has one, perhaps for longer already: whoever comes late is told of all that are there.
    Linked,
    /// It has none any more.
    Gone,
}

/// Tells who has a link, until it is dropped; that must not happen within a Tokio runtime of one thread.
#[derive(Debug)]
pub struct Presence {
    _subscriber: Subscriber<()>,
}

impl Presence {
    /// Calls `on_change` for each node of `fleet` whose link comes or goes, on one of Zenoh's threads, which it must not hold
    /// up. A link that comes and goes quickly may be told of once, twice, or not at all.
    ///
    /// # Errors
    /// If the session is closed.
    pub fn watch(
        session: &Session,
        fleet: &FleetId,
        on_change: impl Fn(NodeId, Change) + Send + Sync + 'static,
    ) -> zenoh::Result<Self> {
        let prefix = key::alive_prefix(fleet);
        let keys = format!("{prefix}**");
        let tell = move |sample: Sample| {
            if let Some(node) = key::sender(sample.key_expr().as_str(), &prefix) {
                let change = match sample.kind() {
                    SampleKind::Put => Change::Linked,
                    SampleKind::Delete => Change::Gone,
                };
                on_change(node, change);
            }
        };
        let liveliness = session.liveliness();
        let watching = liveliness.declare_subscriber(keys).history(true).callback(tell);
        Ok(Presence {
            _subscriber: watching.wait()?,
        })
    }

    /// Lets the node behind `handle` know whose link has ended.
    ///
    /// # Errors
    /// If the session is closed.
    pub fn hint(session: &Session, fleet: &FleetId, handle: Handle) -> zenoh::Result<Self> {
        Presence::watch(session, fleet, move |node, change| {
            if change == Change::Gone {
                // A node that has no room for commands will miss the other one's heartbeats instead.
                let _ = handle.post(move |turn| turn.node.miss(turn.now, node, turn.travel));
            }
        })
    }
}

/// Says that `node` is there, until the token is dropped.
pub(crate) fn declare(session: &Session, fleet: &FleetId, node: NodeId) -> zenoh::Result<LivelinessToken> {
    session.liveliness().declare_token(key::alive(fleet, node)).wait()
}
