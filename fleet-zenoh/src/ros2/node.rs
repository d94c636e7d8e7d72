//! A node of the ROS graph, and its topics.

use std::collections::{BTreeMap, BTreeSet};
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use fleet_core::{RobotId, UtcTime};
use zenoh::liveliness::LivelinessToken;
use zenoh::pubsub::{Publisher, Subscriber};
use zenoh::qos::{CongestionControl, Priority};
use zenoh::sample::{Sample, SampleKind};
use zenoh::{Session, Wait};

use super::cdr::CdrError;
use super::message::Message;
use super::name::{self, End, Identity, NameError};

/// Bytes of a message that is taken; more are refused.
const LIMIT: usize = 64 * 1024;

/// How a program takes part in the ROS graph.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Ros2Settings {
    /// The domain (`ROS_DOMAIN_ID`) in which nodes with `rmw_zenoh` see it; `None` if they are not to.
    pub domain: Option<u32>,
    /// The namespace of `zenoh-bridge-ros2dds`, empty if it has none, if that is to carry the topics to nodes with DDS.
    pub bridge: Option<String>,
    /// The name of this node: one part, unique in its domain.
    pub node: String,
    /// The frame of coordinates that places are in.
    pub frame: String,
    /// Names of robots in topics; one without has its id as name.
    pub names: BTreeMap<RobotId, String>,
}

/// Why a node, or one of its topics, is not there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Ros2Error {
    /// A name that ROS does not take.
    #[error("{field}: `{name}`: {source}")]
    Name {
        /// Of what.
        field: &'static str,
        /// The name.
        name: String,
        /// Why not.
        source: NameError,
    },
    /// Zenoh did not do it; the session may be closed.
    #[error("{what}: {source}")]
    Zenoh {
        /// What.
        what: &'static str,
        /// Why not.
        source: zenoh::Error,
    },
}

/// Why a message that arrived was not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Unreadable {
    /// It is too long.
    #[error("has {0} bytes, more than {LIMIT}")]
    TooLong(usize),
    /// It is no message of its type.
    #[error(transparent)]
    Cdr(#[from] CdrError),
}

impl Default for Ros2Settings {
    /// A node `fleet` for nodes with `rmw_zenoh` in domain 0, with places in the frame `map`.
    fn default() -> Self {
        Ros2Settings {
            domain: Some(0),
            bridge: None,
            node: "fleet".to_owned(),
            frame: "map".to_owned(),
            names: BTreeMap::new(),
        }
    }
}

impl Ros2Settings {
    /// The name of a robot in topics: what `names` says, or `robot_` and its id without hyphens.
    pub fn name_of(&self, robot: RobotId) -> String {
        let named = self.names.get(&robot).cloned();
        named.unwrap_or_else(|| format!("robot_{}", robot.uuid().simple()))
    }

    fn check(&self) -> Result<(), Ros2Error> {
        let names = self.names.values().map(|name| ("names", name));
        for (field, part) in names.chain([("node", &self.node)]) {
            name::part(part).map_err(refused(field, part))?;
        }
        let mut taken = BTreeSet::new();
        if let Some(name) = self.names.values().find(|name| !taken.insert(*name)) {
            return Err(refused("names", name)(NameError::Taken));
        }
        if let Some(namespace) = self.bridge.as_deref().filter(|namespace| !namespace.is_empty()) {
            name::topic(namespace).map_err(refused("bridge", namespace))?;
        }
        Ok(())
    }
}

fn refused(field: &'static str, name: &str) -> impl FnOnce(NameError) -> Ros2Error {
    let name = name.to_owned();
    move |source| Ros2Error::Name { field, name, source }
}

fn failed(what: &'static str) -> impl FnOnce(zenoh::Error) -> Ros2Error {
    move |source| Ros2Error::Zenoh { what, source }
}

/// A node of the ROS graph, over a Zenoh session that it may share with others. `ros2 node list` of nodes with
/// `rmw_zenoh` shows it as long as it lives, and so does `ros2 topic list` with its topics.
///
/// Its calls block for a moment on Zenoh: within a Tokio runtime of one thread they panic.
#[derive(Debug)]
pub struct Ros2Node {
    session: Session,
    settings: Ros2Settings,
    identity: Option<Identity>,
    _token: Option<LivelinessToken>,
}

impl Ros2Node {
    /// Takes part in the ROS graph over `session`.
    ///
    /// # Errors
    /// Names the setting that ROS does not take; or the session is closed.
    pub fn open(session: &Session, settings: Ros2Settings) -> Result<Self, Ros2Error> {
        settings.check()?;
        let identity = settings.domain.map(|domain| Identity {
            domain,
            session: session.zid().to_string(),
            number: next_number(),
            name: settings.node.clone(),
        });
        let token = identity
            .as_ref()
            .map(|identity| announce(session, identity.token()));
        Ok(Ros2Node {
            session: session.clone(),
            settings,
            identity,
            _token: token.transpose()?,
        })
    }

    /// As it was opened.
    pub const fn settings(&self) -> &Ros2Settings {
        &self.settings
    }

    /// Announces that it publishes `topic`, such as `/diagnostics`.
    ///
    /// # Errors
    /// If ROS does not take the name, or the session is closed.
    pub fn publisher<M: Message>(&self, topic: &str) -> Result<Ros2Publisher<M>, Ros2Error> {
        let topic = name::topic(topic).map_err(refused("topic", topic))?;
        let rmw = self.identity.as_ref().map(|identity| {
            let token = identity.end_token::<M>(End::Publisher, next_number(), topic);
            let key = name::rmw_key::<M>(identity.domain, topic, M::HASH);
            Ok(Outlet {
                publisher: declare(&self.session, key)?,
                gid: name::gid(&token),
                _token: announce(&self.session, token)?,
            })
        });
        let bridge = self.settings.bridge.as_ref().map(|namespace| {
            let namespace = namespace.trim_start_matches('/');
            declare(&self.session, name::bridge_key(namespace, topic))
        });
        Ok(Ros2Publisher {
            rmw: rmw.transpose()?,
            bridge: bridge.transpose()?,
            published: 0,
            message: PhantomData,
        })
    }

    /// Calls `on_message` with each message of `topic`, and with why one was not taken, until what it returns is dropped.
    /// It is called on Zenoh's threads, and must not block.
    ///
    /// Both forms are heard, as the settings say; that of `rmw_zenoh` with any hash of the type, as some versions send none.
    ///
    /// # Errors
    /// If ROS does not take the name, or the session is closed.
    pub fn subscribe<M: Message>(
        &self,
        topic: &str,
        on_message: impl Fn(Result<M, Unreadable>) + Send + Sync + 'static,
    ) -> Result<Ros2Subscription, Ros2Error> {
        let topic = name::topic(topic).map_err(refused("topic", topic))?;
        let (mut keys, mut token) = (Vec::new(), None);
        if let Some(identity) = &self.identity {
            keys.push(name::rmw_key::<M>(identity.domain, topic, "*"));
            let end = identity.end_token::<M>(End::Subscription, next_number(), topic);
            token = Some(announce(&self.session, end)?);
        }
        if let Some(namespace) = &self.settings.bridge {
            keys.push(name::bridge_key(namespace.trim_start_matches('/'), topic));
        }
        let on_message = Arc::new(on_message);
        let subscribers = keys.into_iter().map(|key| {
            let on_message = on_message.clone();
            let receive = move |sample: Sample| {
                if sample.kind() == SampleKind::Put {
                    on_message(read(&sample));
                }
            };
            let subscriber = self.session.declare_subscriber(key).callback(receive).wait();
            subscriber.map_err(failed("the topic was not subscribed"))
        });
        Ok(Ros2Subscription {
            _subscribers: subscribers.collect::<Result<_, _>>()?,
            _token: token,
        })
    }
}

fn read<M: Message>(sample: &Sample) -> Result<M, Unreadable> {
    match sample.payload().len() {
        length if length > LIMIT => Err(Unreadable::TooLong(length)),
        _ => Ok(M::decode(&sample.payload().to_bytes())?),
    }
}

/// No other entity of this process has it.
fn next_number() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

fn announce(session: &Session, token: String) -> Result<LivelinessToken, Ros2Error> {
    let announced = session.liveliness().declare_token(token).wait();
    announced.map_err(failed("the ROS graph was not told"))
}

/// Behind what the fleet says to itself, and dropped where a link is full.
fn declare(session: &Session, key: String) -> Result<Publisher<'static>, Ros2Error> {
    let declared = session
        .declare_publisher(key)
        .priority(Priority::DataLow)
        .congestion_control(CongestionControl::Drop)
        .wait();
    declared.map_err(failed("the topic was not announced"))
}

/// Publishes one topic, in the forms that the settings of its node name.
#[derive(Debug)]
pub struct Ros2Publisher<M> {
    rmw: Option<Outlet>,
    bridge: Option<Publisher<'static>>,
    published: i64,
    message: PhantomData<fn(M)>,
}

/// One end of a topic of `rmw_zenoh`.
#[derive(Debug)]
struct Outlet {
    publisher: Publisher<'static>,
    gid: [u8; 16],
    _token: LivelinessToken,
}

impl<M: Message> Ros2Publisher<M> {
    /// Publishes `message`, at `now`.
    ///
    /// # Errors
    /// If the session is closed.
    pub fn publish(&mut self, message: &M, now: UtcTime) -> Result<(), Ros2Error> {
        let payload = message.encode();
        self.published += 1;
        if let Some(outlet) = &self.rmw {
            let attachment = name::attachment(self.published, now, outlet.gid);
            let put = outlet
                .publisher
                .put(&payload[..])
                .attachment(&attachment[..])
                .wait();
            put.map_err(failed("nothing was published"))?;
        }
        if let Some(publisher) = &self.bridge {
            let put = publisher.put(payload).wait();
            put.map_err(failed("nothing was published"))?;
        }
        Ok(())
    }
}

/// Hears a topic until it is dropped.
#[derive(Debug)]
pub struct Ros2Subscription {
    _subscribers: Vec<Subscriber<()>>,
    _token: Option<LivelinessToken>,
}
