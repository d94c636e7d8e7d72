//! Authorities, the folders that they fill, and what is wrong with others.
#![cfg(feature = "tls")]

#[allow(dead_code)]
mod loopback;
mod secure;

use std::fs;
use std::path::Path;
use std::time::Duration;

use fleet_core::NodeId;
use fleet_zenoh::certs::{Authority, CertsError, Request, Role, State};
use fleet_zenoh::{Access, SettingsError, Tls, ZenohSettings};
use secure::{Fleet, now};

const ROBOT: &str = "00000000-0000-0000-0000-0000000000a1";
const DAY: Duration = Duration::from_secs(86_400);

fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_holder_gets_what_it_needs_and_nobody_else_reads_its_key() {
    let mut fleet = Fleet::new("blue");
    let issued = fleet.issue(Role::Robot, ROBOT);
    let folder = fleet.folder.path(ROBOT);
    for key in [
        folder.join("node.key"),
        fleet.folder.path("authority/authority.key"),
    ] {
        assert_eq!(mode(&key), 0o600, "{}", key.display());
    }
    let tls = Tls::open(&folder, now()).unwrap();
    assert_eq!(tls.identity(), &issued.identity);
    assert_eq!(tls.identity().node(), Some(NodeId::from_u128(0xa1)));
    assert_eq!(tls.fleet().to_string(), "blue");
    assert!(tls.expires().since(now()) > 360 * DAY);
}

#[test]
fn what_was_issued_is_there_when_the_authority_is_opened_again() {
    let mut fleet = Fleet::new("blue");
    fleet.issue(Role::Robot, ROBOT);
    fleet.issue(Role::Operator, "anna");
    let (folder, before) = (fleet.folder.path("authority"), fleet.authority.list().to_vec());
    assert!(matches!(Authority::open(&folder), Err(CertsError::Busy(_))));
    let Fleet {
        folder: kept,
        authority,
    } = fleet;
    drop(authority);
    let mut again = Authority::open(&folder).unwrap();
    assert_eq!(again.list(), before);
    let next = again.issue(&Request::new(Role::Observer, "eve"), now(), &kept.path("eve"));
    assert_eq!(next.unwrap().identity.serial(), 3);
    // What it signs now is of the same authority.
    Tls::open(&kept.path("eve"), now()).unwrap();
    drop(again);
    let begun = Authority::init(&folder, &"blue".parse().unwrap(), now());
    assert!(matches!(begun, Err(CertsError::Exists(_))));
}

#[test]
fn a_certificate_is_superseded_then_revoked_and_its_successor_goes_on() {
    let mut fleet = Fleet::new("blue");
    let first = fleet.issue(Role::Robot, ROBOT).identity;
    let into = fleet.folder.path("second");
    let second = fleet.authority.rotate(&first, None, now(), &into).unwrap();
    assert_eq!((second.identity.id(), second.identity.serial()), (ROBOT, 2));
    assert_eq!(second.hosts, ["127.0.0.1", "localhost"]);
    let states =
        |fleet: &Fleet| -> Vec<_> { fleet.authority.list().iter().map(|it| it.state(now())).collect() };
    assert_eq!(states(&fleet), [State::Superseded, State::Live]);
    assert_eq!(fleet.authority.access(now()).live().count(), 2, "both are heard");

    let revoked = fleet.authority.revoke(&first.to_string(), now()).unwrap();
    assert_eq!(revoked, std::slice::from_ref(&first));
    assert_eq!(states(&fleet), [State::Revoked, State::Live]);
    let access = Access::read(&fleet.folder.path("authority/access.json")).unwrap();
    assert_eq!(access.live().collect::<Vec<_>>(), [&second.identity]);
    let again = fleet.authority.revoke(&first.to_string(), now());
    assert!(matches!(again, Err(CertsError::Unknown(_))));

    // A holder as a whole.
    let all = fleet.authority.revoke(&format!("robot.{ROBOT}"), now()).unwrap();
    assert_eq!(all, [second.identity]);
    let next = fleet
        .authority
        .rotate(&first, None, now(), &fleet.folder.path("third"));
    assert!(matches!(next, Err(CertsError::Unknown(_))));
}

#[test]
fn what_is_wrong_with_a_request_is_said() {
    let mut fleet = Fleet::new("blue");
    fleet.issue(Role::Robot, ROBOT);
    let mut refused = |change: &dyn Fn(&mut Request)| {
        let mut request = Request::new(Role::Operator, "anna");
        change(&mut request);
        let into = fleet.folder.path("refused");
        let error = fleet.authority.issue(&request, now(), &into).unwrap_err();
        assert!(!into.join("node.key").exists());
        assert_eq!(fleet.authority.list().len(), 1);
        error.to_string()
    };
    assert!(refused(&|it| it.id = "a/b".into()).contains("`id`"));
    assert!(refused(&|it| it.role = Role::Orchestrator).contains("UUID"));
    assert!(refused(&|it| it.id = ROBOT.into()).contains("is that of robot."));
    for host in ["", "a b", "*", "1.2.3", "-x", "tls/a:1", "::g"] {
        assert!(
            refused(&|it| it.hosts = vec![host.into()]).contains("`hosts`"),
            "{host}"
        );
    }
    assert!(refused(&|it| it.validity = Some(Duration::ZERO)).contains("`validity`"));
    let there = fleet.folder.path(ROBOT);
    let over = fleet
        .authority
        .issue(&Request::new(Role::Operator, "anna"), now(), &there);
    assert!(matches!(over, Err(CertsError::Exists(_))));
}

#[test]
fn files_that_do_not_belong_together_are_named() {
    let (mut blue, mut red) = (Fleet::new("blue"), Fleet::new("red"));
    blue.issue(Role::Robot, ROBOT);
    blue.issue(Role::Operator, "anna");
    red.issue(Role::Robot, ROBOT);
    let folder = blue.folder.path(ROBOT);
    let broken = |file: &str, other: Option<&Path>, word: &str| {
        let (path, kept) = (folder.join(file), folder.join("kept"));
        fs::rename(&path, &kept).unwrap();
        if let Some(other) = other {
            fs::copy(other, &path).unwrap();
        }
        let error = Tls::open(&folder, now()).unwrap_err().to_string();
        fs::rename(&kept, &path).unwrap();
        assert!(error.contains(word), "{file}: {error}");
        assert!(error.contains(ROBOT), "it says where: {error}");
    };
    let of = |fleet: &Fleet, id: &str, file: &str| fleet.folder.path(id).join(file);
    for file in ["node.pem", "node.key", "authority.pem", "access.json"] {
        broken(file, None, "cannot open");
        broken(file, Some(&of(&blue, "authority", "index.json")), "is of no use");
    }
    broken("node.key", Some(&of(&blue, "anna", "node.key")), "not the key of");
    broken(
        "authority.pem",
        Some(&of(&red, ROBOT, "authority.pem")),
        "not issued by",
    );
    broken(
        "access.json",
        Some(&of(&red, ROBOT, "access.json")),
        "of the fleet `blue`",
    );
    Tls::open(&folder, now()).unwrap();

    let late = Tls::open(&folder, now() + 366 * DAY).unwrap_err();
    assert!(late.to_string().contains("expired"), "{late}");
    blue.authority.revoke(&format!("robot.{ROBOT}"), now()).unwrap();
    fs::copy(of(&blue, "authority", "access.json"), folder.join("access.json")).unwrap();
    let revoked = Tls::open(&folder, now()).unwrap_err();
    assert!(revoked.to_string().contains("revoked"), "{revoked}");
}

#[test]
fn nothing_goes_in_the_open_where_there_are_certificates() {
    let mut fleet = Fleet::new("blue");
    fleet.issue(Role::Robot, ROBOT);
    let mut settings = fleet.settings(ROBOT);
    settings.connect = vec!["tls/10.0.0.1:7447".into(), "tcp/10.0.0.1:7447".into()];
    let refused = settings.open().unwrap_err();
    assert!(matches!(
        &refused,
        SettingsError::Protocol { field: "connect", .. }
    ));
    assert!(refused.to_string().contains("tcp/10.0.0.1:7447"), "{refused}");

    let mut open = ZenohSettings::default();
    open.listen = vec!["tls/0.0.0.0:7447".into()];
    let refused = open.config().unwrap_err().to_string();
    assert!(
        refused.contains("`listen`") && refused.contains("set `tls`"),
        "{refused}"
    );
}
