//! The type hashes of ROS, reckoned from the very fields by which messages are encoded. Only for tests: the messages have
//! them as constants.
//!
//! A type is described in JSON, with the types that it uses by name; SHA-256 of that text is the hash (REP-2016, "RIHS01").

use std::collections::BTreeMap;

use super::message::*;

/// What a field holds: a number for the kind, its length if that is fixed, and the name of the type if it is one.
#[derive(Clone)]
pub(super) struct Kind(u32, usize, &'static str);

/// Types that were described, by name, with their fields.
pub(super) type Types = BTreeMap<&'static str, Vec<(&'static str, Kind)>>;

impl Kind {
    pub(super) const fn of(number: u32) -> Self {
        Kind(number, 0, "")
    }

    pub(super) const fn nested(name: &'static str) -> Self {
        Kind(1, 0, name)
    }
}

/// What ROS can describe.
pub(super) trait Described {
    /// What it is; all types that it uses are in `types` then.
    fn describe(types: &mut Types) -> Kind;
}

macro_rules! kinds {
    ($($of:ty: $number:literal,)*) => {$(
        impl Described for $of {
            fn describe(_: &mut Types) -> Kind {
                Kind::of($number)
            }
        }
    )*};
}

kinds! { u8: 3, i32: 6, u32: 7, f32: 10, f64: 11, bool: 15, String: 17, }

impl<T: Described> Described for Vec<T> {
    fn describe(types: &mut Types) -> Kind {
        let Kind(number, _, name) = T::describe(types);
        Kind(number + 144, 0, name)
    }
}

impl<const N: usize> Described for [u8; N] {
    fn describe(_: &mut Types) -> Kind {
        Kind(3 + 48, N, "")
    }
}

fn description(name: &str, fields: &[(&str, Kind)]) -> String {
    let fields: Vec<String> = fields
        .iter()
        .map(|(field, Kind(number, length, nested))| {
            format!(
                r#"{{"name": "{field}", "type": {{"type_id": {number}, "capacity": {length}, "string_capacity": 0, "nested_type_name": "{nested}"}}}}"#
            )
        })
        .collect();
    format!(r#"{{"type_name": "{name}", "fields": [{}]}}"#, fields.join(", "))
}

fn hash<M: Message + Described>() -> String {
    let mut types = Types::new();
    M::describe(&mut types);
    let own = types.remove(M::TYPE).expect("a message describes itself");
    let others: Vec<String> = types
        .iter()
        .map(|(name, fields)| description(name, fields))
        .collect();
    let json = format!(
        r#"{{"type_description": {}, "referenced_type_descriptions": [{}]}}"#,
        description(M::TYPE, &own),
        others.join(", ")
    );
    let digest = sha2_const_stable::Sha256::new()
        .update(json.as_bytes())
        .finalize();
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("RIHS01_{hex}")
}

#[test]
fn the_hashes_are_those_of_the_fields() {
    assert_eq!(hash::<StringMessage>(), StringMessage::HASH);
    assert_eq!(hash::<DiagnosticArray>(), DiagnosticArray::HASH);
    assert_eq!(hash::<BatteryState>(), BatteryState::HASH);
    assert_eq!(hash::<PoseStamped>(), PoseStamped::HASH);
    assert_eq!(hash::<GoalStatusArray>(), GoalStatusArray::HASH);
}
