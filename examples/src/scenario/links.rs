use fleet_core::sim::{Fading, Topology};

/// Topologies without numbers, and their names in files and on the command line.
pub const TOPOLOGIES: [(&str, Topology); 4] = [
    ("full", Topology::Full),
    ("line", Topology::Line),
    ("ring", Topology::Ring),
    ("star", Topology::Star),
];

/// A topology as the command line has it: its name, or the range of its radios.
pub fn topology_name(topology: &Topology) -> String {
    let named = TOPOLOGIES.iter().find(|(_, other)| other == topology);
    match topology {
        Topology::Radio { range } => range.to_string(),
        _ => named.map_or("links", |(name, _)| name).into(),
    }
}

/// Fading as the command line has it.
pub fn fading_name(fading: Fading) -> String {
    match fading {
        Fading::Independent => "independent".into(),
        Fading::GilbertElliott { burst } => format!("burst={}", burst.as_secs_f64()),
        Fading::Rayleigh { coherence } => format!("coherence={}", coherence.as_secs_f64()),
    }
}
