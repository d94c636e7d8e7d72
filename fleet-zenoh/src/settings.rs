//! How a session is opened that suits a fleet.

use std::io;
use std::panic::resume_unwind;
use std::thread;
use std::time::Duration;

use zenoh::{Config, Session, Wait};

#[cfg(feature = "tls")]
use crate::tls::Tls;

/// A shorter lease would break links that are only busy.
const SHORTEST_LEASE: Duration = Duration::from_millis(20);
/// Shorter is no time to wait.
const SHORTEST_RETRY: Duration = Duration::from_millis(1);
/// How long a new link may take until it works; after that it is tried again. Two leases, if that is longer.
const HANDSHAKE: Duration = Duration::from_secs(2);
/// The queues of the priorities that frames have.
const QUEUES: [&str; 6] = [
    "transport/link/tx/queue/size/real_time",
    "transport/link/tx/queue/size/interactive_high",
    "transport/link/tx/queue/size/interactive_low",
    "transport/link/tx/queue/size/data_high",
    "transport/link/tx/queue/size/data_low",
    "transport/link/tx/queue/size/background",
];
/// Batches that wait in each of them; the most that Zenoh takes.
const BATCHES: u8 = 16;
/// How long Zenoh may keep a sender waiting before it drops a frame, in microseconds. With each piece of a frame that
/// is cut into pieces, that time is doubled.
const PATIENCE: u32 = 100;

/// How a node is connected. [`open`](Self::open) opens a session that suits a fleet.
///
/// ```no_run
/// use fleet_zenoh::ZenohSettings;
///
/// let mut settings = ZenohSettings::default();
/// settings.connect = vec!["tcp/10.0.0.1:7447".into()];
/// let session = settings.open()?;
/// # Ok::<(), fleet_zenoh::SettingsError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct ZenohSettings {
    /// Its part in Zenoh's network.
    pub mode: Mode,
    /// Where others can connect, as `tcp/<address>:<port>`; with certificates `tls/<address>:<port>`. Nowhere by default.
    pub listen: Vec<String>,
    /// Whom to connect to, as `tcp/<host>:<port>`; with certificates `tls/<host>:<port>`. A link that cannot be opened, or
    /// is lost, is tried again for ever.
    pub connect: Vec<String>,
    /// Time until a link that is lost, or could not be opened, is tried again.
    pub retry: Duration,
    /// Silence after which a link counts as broken. Zenoh's own default is 10 s, too long for a fleet.
    pub lease: Duration,
    /// Whether peers are looked for by multicast on the local network.
    pub multicast: bool,
    /// Whether peers tell each other of peers, and connect to those that they are told of. Such a link is not opened
    /// again by itself when it breaks: name in [`connect`](Self::connect) whom this node must always reach.
    pub gossip: bool,
    /// Bytes of the send buffer of a link; none leaves it to the system. Frames in it are not overtaken: on a slow link
    /// take about 8,192, and as many at the other end for [`receive_buffer`](Self::receive_buffer).
    pub send_buffer: Option<u32>,
    /// Bytes that may be under way to this end of a link; none leaves it to the system. It bounds what the kernel at the other
    /// end sends in one piece, and how much is sent in one round trip.
    pub receive_buffer: Option<u32>,
    /// Bytes that are sent together at most; none is 65,535. A frame that is being sent is not overtaken: on a slow link
    /// take about 2,048.
    pub batch: Option<u16>,
    /// Certificates, and who may speak. With it there are links over TLS and no others; without it none is over TLS.
    #[cfg(feature = "tls")]
    pub tls: Option<Tls>,
}

/// The part of a node in Zenoh's network.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Mode {
    /// Talks to every peer that it is connected to, and to routers. Passes nothing on.
    Peer,
    /// Talks to one router, or peer, at a time: the first that it finds, and another one when that is lost.
    Client,
    /// Passes on what others send, beside its own part in the fleet.
    Router,
}

/// Why a session was not opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// A time is shorter than it may be.
    #[error("`{field}` is at least {least:?}, not {is:?}")]
    TooShort {
        /// The setting.
        field: &'static str,
        /// The least that it may be.
        least: Duration,
        /// What it is.
        is: Duration,
    },
    /// An endpoint is of another protocol than the links of these settings.
    #[error("`{field}` takes `{protocol}/<host>:<port>` with these settings, not `{is}`{hint}")]
    Protocol {
        /// The setting.
        field: &'static str,
        /// What all links are over.
        protocol: &'static str,
        /// What it is.
        is: String,
        /// What to do.
        hint: &'static str,
    },
    /// Zenoh does not take a setting.
    #[error("`{field}` is no setting: {source}")]
    Field {
        /// Zenoh's name of it.
        field: &'static str,
        /// Why.
        source: zenoh::Error,
    },
    /// A client has to connect to somebody.
    #[error("`connect` names nobody, and a client needs a router or peer to talk to")]
    Nobody,
    /// Zenoh could not open the session: often because it cannot listen there, or, of a client, because nobody is there.
    #[error("the session was not opened: {0}")]
    Open(zenoh::Error),
    /// The machine gives no thread.
    #[error("no thread could be started: {0}")]
    Thread(#[from] io::Error),
}

impl Default for ZenohSettings {
    /// A peer that nobody can connect to, with a lease of one second, tries four times a second, and looks for nobody.
    fn default() -> Self {
        ZenohSettings {
            mode: Mode::Peer,
            listen: Vec::new(),
            connect: Vec::new(),
            retry: Duration::from_millis(250),
            lease: Duration::from_secs(1),
            multicast: false,
            gossip: false,
            send_buffer: None,
            receive_buffer: None,
            batch: None,
            #[cfg(feature = "tls")]
            tls: None,
        }
    }
}

impl ZenohSettings {
    /// As Zenoh takes them, for an application that has settings of its own to add.
    ///
    /// # Errors
    /// Names the setting that is too short, or that Zenoh does not take.
    pub fn config(&self) -> Result<Config, SettingsError> {
        for (field, is, least) in [
            ("lease", self.lease, SHORTEST_LEASE),
            ("retry", self.retry, SHORTEST_RETRY),
        ] {
            if is < least {
                return Err(SettingsError::TooShort { field, least, is });
            }
        }
        self.check_protocol()?;
        let mut config = Config::default();
        for (field, value) in self.fields() {
            config
                .insert_json5(field, &value)
                .map_err(|source| SettingsError::Field { field, source })?;
        }
        Ok(config)
    }

    /// Opens a session with them. Blocks until it listens; whom it connects to need not be there, but for a
    /// [client](Mode::Client), which waits for the first of them that is.
    ///
    /// It may be called within any runtime, as it opens the session on a thread of its own; `zenoh::open` panics within a
    /// Tokio runtime of one thread. So does dropping the last handle of a session there.
    ///
    /// # Errors
    /// If a setting cannot be taken, Zenoh cannot listen, or a client has nobody to connect to.
    pub fn open(&self) -> Result<Session, SettingsError> {
        self.open_unless(|| false)
    }

    /// The same, but a client gives up when `ends` says so. It is asked after each try, which takes some seconds where
    /// nothing is refused and nothing answers.
    ///
    /// # Errors
    /// As [`open`](Self::open), and if a client has connected to nobody.
    pub fn open_unless(&self, ends: impl Fn() -> bool) -> Result<Session, SettingsError> {
        if self.mode == Mode::Client && self.connect.is_empty() && !self.multicast {
            return Err(SettingsError::Nobody);
        }
        loop {
            let opened = self.try_to_open()?;
            if opened.is_ok() || self.mode != Mode::Client || ends() {
                return opened.map_err(SettingsError::Open);
            }
            thread::sleep(self.retry);
        }
    }

    fn try_to_open(&self) -> Result<zenoh::Result<Session>, SettingsError> {
        let config = self.config()?;
        let opened = thread::scope(|scope| {
            let opening = thread::Builder::new().spawn_scoped(scope, || zenoh::open(config).wait());
            opening.map(|opening| opening.join())
        });
        opened?.map_or_else(|panic| resume_unwind(panic), Ok)
    }

    /// That nothing is sent in the open if there are certificates, nor refused at every try if there are none.
    fn check_protocol(&self) -> Result<(), SettingsError> {
        let (protocol, hint) = if self.is_secure() {
            ("tls", "")
        } else {
            ("tcp", ": for TLS set `tls`, of the feature `tls`")
        };
        for (field, endpoints) in [("listen", &self.listen), ("connect", &self.connect)] {
            let other = endpoints
                .iter()
                .find(|is| is.split_once('/').is_some_and(|(of, _)| of != protocol));
            if let Some(is) = other.cloned() {
                return Err(SettingsError::Protocol {
                    field,
                    protocol,
                    is,
                    hint,
                });
            }
        }
        Ok(())
    }

    #[cfg(feature = "tls")]
    fn is_secure(&self) -> bool {
        self.tls.is_some()
    }

    #[cfg(not(feature = "tls"))]
    fn is_secure(&self) -> bool {
        false
    }

    fn fields(&self) -> Vec<(&'static str, String)> {
        let mode = match self.mode {
            Mode::Peer => "peer",
            Mode::Client => "client",
            Mode::Router => "router",
        };
        // A client that tries for ever does so with the first that it is to connect to, and never comes to the others.
        let tries = if self.mode == Mode::Client { "0" } else { "-1" };
        let retry = self.retry.as_millis();
        let handshake = HANDSHAKE
            .max(self.lease.saturating_mul(2))
            .as_millis()
            .to_string();
        let mut fields = vec![
            ("mode", format!("{mode:?}")),
            ("listen/endpoints", format!("{:?}", self.listen)),
            ("connect/endpoints", format!("{:?}", self.connect)),
            ("connect/timeout_ms", tries.to_owned()),
            ("connect/exit_on_failure", "false".to_owned()),
            (
                "connect/retry",
                format!("{{ period_init_ms: {retry}, period_max_ms: {retry}, period_increase_factor: 1 }}"),
            ),
            ("scouting/multicast/enabled", self.multicast.to_string()),
            ("scouting/gossip/enabled", self.gossip.to_string()),
            (
                "open/return_conditions/connect_scouted",
                self.multicast.to_string(),
            ),
            ("transport/link/tx/lease", self.lease.as_millis().to_string()),
            ("transport/unicast/open_timeout", handshake.clone()),
            ("transport/unicast/accept_timeout", handshake),
            (
                "transport/link/tx/queue/congestion_control/drop/wait_before_drop",
                PATIENCE.to_string(),
            ),
            (
                "transport/link/tx/queue/congestion_control/drop/max_wait_before_drop_fragments",
                (self.lease / 2).as_micros().to_string(),
            ),
        ];
        fields.extend(QUEUES.map(|queue| (queue, BATCHES.to_string())));
        let [send, receive] = match self.is_secure() {
            true => ["transport/link/tls/so_sndbuf", "transport/link/tls/so_rcvbuf"],
            false => ["transport/link/tcp/so_sndbuf", "transport/link/tcp/so_rcvbuf"],
        };
        for (field, bytes) in [(send, self.send_buffer), (receive, self.receive_buffer)] {
            fields.extend(bytes.map(|bytes| (field, bytes.to_string())));
        }
        if let Some(bytes) = self.batch {
            fields.push(("transport/link/tx/batch_size", bytes.to_string()));
        }
        #[cfg(feature = "tls")]
        fields.extend(self.tls.iter().flat_map(Tls::fields));
        fields
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zenoh_takes_every_setting_and_keeps_it() {
        let settings = ZenohSettings {
            mode: Mode::Router,
            listen: vec!["tcp/127.0.0.1:0".into()],
            connect: vec!["tcp/10.0.0.1:7447".into(), "tcp/robot.local:7447".into()],
            lease: Duration::from_millis(500),
            send_buffer: Some(16_384),
            receive_buffer: Some(8_192),
            batch: Some(2_048),
            ..ZenohSettings::default()
        };
        let config = settings.config().unwrap();
        for (field, value) in [
            ("mode", r#""router""#),
            ("listen/endpoints", r#"["tcp/127.0.0.1:0"]"#),
            (
                "connect/endpoints",
                r#"["tcp/10.0.0.1:7447","tcp/robot.local:7447"]"#,
            ),
            ("transport/link/tx/lease", "500"),
            ("transport/link/tx/batch_size", "2048"),
            ("transport/link/tcp/so_sndbuf", "16384"),
            ("transport/link/tcp/so_rcvbuf", "8192"),
            ("transport/link/tx/queue/size/real_time", "16"),
            ("scouting/multicast/enabled", "false"),
            ("scouting/gossip/enabled", "false"),
        ] {
            assert_eq!(config.get_json(field).unwrap(), value, "{field}");
        }
    }

    #[test]
    fn what_cannot_be_an_address_is_named() {
        let settings = ZenohSettings {
            listen: vec!["nowhere".into()],
            ..ZenohSettings::default()
        };
        let field = "listen/endpoints";
        assert!(matches!(settings.config(), Err(SettingsError::Field { field: f, .. }) if f == field));
    }

    #[test]
    fn a_lease_of_no_time_is_refused() {
        let settings = ZenohSettings {
            lease: Duration::ZERO,
            ..ZenohSettings::default()
        };
        let refused = settings.config().unwrap_err();
        assert_eq!(refused.to_string(), "`lease` is at least 20ms, not 0ns");
    }
}
