//! The transport over Zenoh.

mod counts;
mod courier;
mod inbox;

use std::collections::VecDeque;
use std::collections::btree_map::{BTreeMap, Entry};
use std::io;
use std::sync::Arc;
use std::task::Waker;

use fleet_core::transport::{Class, Destination, Incoming, Outgoing, SendError, Transport};
use fleet_core::{NodeId, RobotId};
use zenoh::key_expr::KeyExpr;
use zenoh::liveliness::LivelinessToken;
use zenoh::pubsub::{Publisher, Subscriber};
use zenoh::qos::CongestionControl;
use zenoh::sample::{Sample, SampleKind};
use zenoh::{Session, Wait};

pub use counts::{Counts, Received};
use courier::{Courier, Parcel};
use inbox::Inbox;
pub use inbox::Room;

use crate::arrivals::Arrivals;
use crate::key::{self, Address, FleetId};
use crate::{presence, quality};

/// Addresses and classes that Zenoh is told of in advance. Beyond that all are forgotten and told anew.
const PUBLISHERS: usize = 4_096;

/// Who sits at one end of the network, and what it takes.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Seat {
    /// The fleet; nodes of other fleets are not heard.
    pub fleet: FleetId,
    /// The node.
    pub node: NodeId,
    /// Whether it is a robot, and hears what is for all robots.
    pub is_robot: bool,
    /// Bytes of a frame at most, in both directions. Not less than the fleet's
    /// [`Limits::frame`](fleet_core::Limits::frame).
    pub frame: usize,
    /// How much is kept until it is read.
    pub room: Room,
}

impl Seat {
    /// Of a robot, which hears what is for all robots.
    pub fn robot(fleet: FleetId, robot: RobotId) -> Self {
        Seat {
            is_robot: true,
            ..Seat::node(fleet, robot.node())
        }
    }

    /// Of a coordinator, or of any other node that is no robot. Frames have up to 64 KiB.
    pub fn node(fleet: FleetId, node: NodeId) -> Self {
        Seat {
            fleet,
            node,
            is_robot: false,
            frame: 64 * 1024,
            room: Room::default(),
        }
    }
}

/// Carries one node's frames over a Zenoh session, which may be shared with the application and with other nodes.
///
/// [`Near`](Destination::Near) reaches every node of the fleet that Zenoh reaches: those that are linked with this one, and
/// where routers are in between those behind them too.
///
/// What arrives is kept until it is read, within [bounds](Seat::room) for each traffic class, and read in the order of
/// the classes, most urgent first, but for up to 32 frames that were taken together. Short frames are sent by the
/// caller itself, and what may have to wait by one of two threads: see [`quality`](crate::quality). Zenoh says nothing of
/// frames that it drops because a link is full; those are in no [count](Self::counts).
///
/// As long as it is there a liveliness token says so, for who [watches](crate::Presence).
///
/// Dropping it ends its subscriptions; the session closes if nobody else has it. That takes two seconds at most, and
/// must not happen within a Tokio runtime of one thread.
#[derive(Debug)]
pub struct ZenohTransport {
    seat: Seat,
    inbox: Arc<Inbox>,
    /// Taken from the inbox, and to be read next.
    in_hand: VecDeque<Incoming>,
    sent: [u64; 4],
    refused: [u64; 4],
    publishers: BTreeMap<(Address, Class), Publisher<'static>>,
    /// Keys that arrived and are not declared yet, and those that are, for as long as they are kept here. What comes under
    /// any other Zenoh looks up among all keys it knows, with each frame anew: some 10 µs.
    new_keys: Vec<String>,
    keys: Vec<KeyExpr<'static>>,
    // It goes first, while who is told of it can still be heard.
    _token: LivelinessToken,
    _subscribers: Vec<Subscriber<()>>,
    urgent: Courier,
    rest: Courier,
    session: Session,
}

/// Why there is no transport.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JoinError {
    /// The session is closed, or does not take subscriptions.
    #[error("the session does not subscribe: {0}")]
    Subscribe(zenoh::Error),
    /// The machine gives no thread.
    #[error("no thread could be started: {0}")]
    Thread(#[from] io::Error),
}

impl ZenohTransport {
    /// Takes `seat` in the network of `session`. Two seats of one node at a time share its frames' fate: each hears
    /// them all.
    ///
    /// # Errors
    /// If the session is closed, or the machine gives no thread.
    pub fn join(session: &Session, seat: Seat) -> Result<Self, JoinError> {
        let inbox = Arc::new(Inbox::new(seat.room));
        let common = [Address::Robots, Address::Near, Address::Node(seat.node)];
        // The node's own comes last: whoever sees that one knows that the others are there.
        let addresses = &common[usize::from(!seat.is_robot)..];
        let subscribers = addresses
            .iter()
            .map(|address| subscribe(session, &seat, *address, inbox.clone()))
            .collect::<Result<_, _>>()
            .map_err(JoinError::Subscribe)?;
        let token = presence::declare(session, &seat.fleet, seat.node).map_err(JoinError::Subscribe)?;
        Ok(ZenohTransport {
            inbox,
            in_hand: VecDeque::new(),
            sent: [0; 4],
            refused: [0; 4],
            publishers: BTreeMap::new(),
            new_keys: Vec::new(),
            keys: Vec::new(),
            _token: token,
            _subscribers: subscribers,
            urgent: Courier::start(session.clone(), "fleet-urgent")?,
            rest: Courier::start(session.clone(), "fleet-rest")?,
            session: session.clone(),
            seat,
        })
    }

    /// Who sits here.
    pub const fn seat(&self) -> &Seat {
        &self.seat
    }

    /// What was sent, received and dropped until now.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts {
            sent: self.sent,
            refused: self.refused,
            ..Counts::default()
        };
        self.inbox.count(&mut counts);
        counts
    }

    /// Whether somebody is known to listen there: for one node, whether frames to it would have a way. Blocks for a
    /// moment; within a Tokio runtime of one thread it panics, as all of Zenoh that blocks does.
    pub fn is_heard(&mut self, to: Destination) -> bool {
        let Some(address) = Address::of(to) else {
            return false;
        };
        let publisher = self.publisher(address, Class::Control);
        publisher.is_ok_and(|publisher| {
            let status = publisher.matching_status().wait();
            status.is_ok_and(|status| status.matching())
        })
    }

    fn try_send(&mut self, outgoing: Outgoing) -> Result<(), SendError> {
        let Outgoing { to, class, frame } = outgoing;
        let address = Address::of(to).ok_or(SendError::Unknown)?;
        if frame.len() > self.seat.frame {
            return Err(SendError::TooLong {
                limit: self.seat.frame,
            });
        }
        if !quality::is_sent_at_once(class, frame.len()) {
            let courier = if quality::is_urgent(class) {
                &self.urgent
            } else {
                &self.rest
            };
            let key = address.key(&self.seat.fleet, class, self.seat.node);
            return courier.take(Parcel { key, class, frame });
        }
        let publisher = self.publisher(address, class)?;
        publisher.put(&frame[..]).wait().map_err(|_| SendError::Closed)
    }

    fn publisher(&mut self, address: Address, class: Class) -> Result<&Publisher<'static>, SendError> {
        if self.publishers.len() >= PUBLISHERS && !self.publishers.contains_key(&(address, class)) {
            self.publishers.clear();
        }
        match self.publishers.entry((address, class)) {
            Entry::Occupied(entry) => Ok(entry.into_mut()),
            Entry::Vacant(entry) => {
                let key = address.key(&self.seat.fleet, class, self.seat.node);
                let publisher = self
                    .session
                    .declare_publisher(key)
                    .priority(quality::priority(class))
                    .express(quality::is_express(class))
                    .congestion_control(CongestionControl::Drop)
                    .wait();
                Ok(entry.insert(publisher.map_err(|_| SendError::Closed)?))
            }
        }
    }
}

impl Transport for ZenohTransport {
    fn send(&mut self, outgoing: Outgoing) -> Result<(), SendError> {
        let rank = quality::rank(outgoing.class);
        let result = self.try_send(outgoing);
        let count = if result.is_ok() {
            &mut self.sent
        } else {
            &mut self.refused
        };
        count[rank] += 1;
        result
    }

    fn recv(&mut self) -> Option<Incoming> {
        if self.in_hand.is_empty() {
            self.inbox.take(&mut self.in_hand, &mut self.new_keys);
            for key in self.new_keys.drain(..) {
                // Undeclared it works as well.
                self.keys.extend(self.session.declare_keyexpr(key).wait());
            }
        }
        self.in_hand.pop_front()
    }
}

impl Arrivals for ZenohTransport {
    fn has_arrived(&self) -> bool {
        !self.in_hand.is_empty() || !self.inbox.is_empty()
    }

    fn wake(&mut self, waker: Waker) {
        self.inbox.wake(waker);
    }
}

/// From now on what arrives at `address` is put into `inbox`.
fn subscribe(
    session: &Session,
    seat: &Seat,
    address: Address,
    inbox: Arc<Inbox>,
) -> zenoh::Result<Subscriber<()>> {
    let prefix = address.prefix(&seat.fleet);
    let (me, limit, keys) = (seat.node, seat.frame, format!("{prefix}**"));
    let receive = move |sample: Sample| {
        let key = sample.key_expr().as_str();
        let origin = key::origin(key, &prefix);
        let Some((class, from)) = origin.filter(|_| sample.kind() == SampleKind::Put) else {
            return inbox.refuse_nameless();
        };
        if from == me {
            return;
        }
        if sample.payload().len() > limit {
            return inbox.refuse_too_long();
        }
        let frame = sample.payload().to_bytes().as_ref().into();
        inbox.put(key, class, Incoming { from, frame });
    };
    session.declare_subscriber(keys).callback(receive).wait()
}
