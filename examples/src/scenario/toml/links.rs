//! Who hears whom, and how links fade.

use std::fmt;

use fleet_core::sim::{Fading, Faults, Topology};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::values::seconds;
use crate::scenario::{TOPOLOGIES, Wrong};

/// `"ring"` or `{ range = 20.0 }`.
#[derive(Default)]
pub(super) struct TopologyKeys(Topology);

impl TopologyKeys {
    pub(super) fn read(&self) -> Result<Topology, Wrong> {
        let check = self.0.check(|_| true);
        check.map_err(|invalid| Wrong::from(invalid).within("network.topology"))?;
        Ok(self.0.clone())
    }
}

impl<'de> Deserialize<'de> for TopologyKeys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TopologyVisitor)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RadioTable {
    range: f64,
}

struct TopologyVisitor;

impl<'de> Visitor<'de> for TopologyVisitor {
    type Value = TopologyKeys;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("full, line, ring, star or { range }")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<TopologyKeys, E> {
        let named = TOPOLOGIES.into_iter().find(|(name, _)| *name == text);
        let unknown = || E::unknown_variant(text, &["full", "line", "ring", "star"]);
        named
            .map(|(_, topology)| TopologyKeys(topology))
            .ok_or_else(unknown)
    }

    fn visit_map<A: MapAccess<'de>>(self, keys: A) -> Result<TopologyKeys, A::Error> {
        let RadioTable { range } = Deserialize::deserialize(MapAccessDeserializer::new(keys))?;
        Ok(TopologyKeys(Topology::Radio { range }))
    }
}

/// `"independent"`, `{ burst = 1.5 }` or `{ coherence = 0.5 }`.
#[derive(Clone, Copy, Default)]
pub(super) enum FadingKeys {
    #[default]
    Independent,
    Burst(f64),
    Coherence(f64),
}

impl FadingKeys {
    pub(super) fn read(self) -> Result<Fading, Wrong> {
        let fading = match self {
            FadingKeys::Independent => Fading::Independent,
            FadingKeys::Burst(burst) => Fading::GilbertElliott {
                burst: seconds("fading.burst", burst)?,
            },
            FadingKeys::Coherence(coherence) => Fading::Rayleigh {
                coherence: seconds("fading.coherence", coherence)?,
            },
        };
        let faults = Faults {
            fading,
            ..Faults::default()
        };
        faults.check()?;
        Ok(fading)
    }
}

impl<'de> Deserialize<'de> for FadingKeys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FadingVisitor)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FadingTable {
    burst: Option<f64>,
    coherence: Option<f64>,
}

struct FadingVisitor;

impl<'de> Visitor<'de> for FadingVisitor {
    type Value = FadingKeys;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("independent, { burst } or { coherence }")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<FadingKeys, E> {
        match text {
            "independent" => Ok(FadingKeys::Independent),
            _ => Err(E::unknown_variant(text, &["independent"])),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, keys: A) -> Result<FadingKeys, A::Error> {
        let FadingTable { burst, coherence } = Deserialize::deserialize(MapAccessDeserializer::new(keys))?;
        match (burst, coherence) {
            (Some(burst), None) => Ok(FadingKeys::Burst(burst)),
            (None, Some(coherence)) => Ok(FadingKeys::Coherence(coherence)),
            _ => Err(A::Error::custom("give either burst or coherence")),
        }
    }
}
