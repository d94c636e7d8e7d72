//! What a robot can do and what a task asks for.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeSet;
use alloc::string::String;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::invalid::{Invalid, Problem, at_most};
use crate::limits;

/// The name of one ability: `lift-20kg`, `door`, `stairs`.
///
/// Lower-case letters, digits, `-`, `_` and `.`, at most [`limits::ABILITY_BYTES`] bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Ability(String);

impl Ability {
    /// The ability with this name.
    ///
    /// # Errors
    /// If the name is empty, too long, or has another character.
    pub fn new(name: &str) -> Result<Self, Invalid> {
        Self::try_from(name.to_owned())
    }

    /// Its name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Ability {
    type Error = Invalid;

    fn try_from(name: String) -> Result<Self, Invalid> {
        at_most("ability", name.len(), limits::ABILITY_BYTES)?;
        if name.is_empty() {
            return Err(Invalid::new("ability", Problem::Empty));
        }
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
        if name.chars().all(allowed) {
            Ok(Ability(name))
        } else {
            Err(Invalid::new("ability", Problem::Name(name)))
        }
    }
}

impl From<Ability> for String {
    fn from(ability: Ability) -> String {
        ability.0
    }
}

impl fmt::Display for Ability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Ability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ability({})", self.0)
    }
}

/// A set of abilities: those of a robot, or the needs of a task.
pub type Abilities = BTreeSet<Ability>;

/// The first need that `abilities` does not meet.
pub fn missing<'a>(needs: &'a Abilities, abilities: &Abilities) -> Option<&'a Ability> {
    needs.iter().find(|need| !abilities.contains(*need))
}
