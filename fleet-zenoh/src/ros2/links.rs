//! The health of links, for `/diagnostics`.

use fleet_core::pattern::LinkBudget;

use super::message::{DiagnosticStatus, Level};
use super::report::value;
use crate::link::{LinkReport, Shortfall};

/// How a link is beside what was assumed of it, under this name: `STALE` if it is silent for too long, and `WARN` if anything
/// else is worse.
pub fn link_status(link: &LinkReport, assumed: &LinkBudget, name: &str) -> DiagnosticStatus {
    let shortfall = link.shortfall(assumed);
    let seconds = |span: std::time::Duration| format!("{:.6}", span.as_secs_f64());
    let known = |span: Option<_>| span.map_or("unknown".to_owned(), seconds);
    DiagnosticStatus {
        level: match shortfall {
            None => Level::Ok,
            Some(Shortfall::Silent) => Level::Stale,
            Some(_) => Level::Warn,
        },
        name: name.to_owned(),
        message: shortfall.map_or("as assumed".to_owned(), |shortfall| shortfall.to_string()),
        hardware_id: link.node.to_string(),
        values: vec![
            value("round trip [s]", known(link.round_trip)),
            value("longest round trip [s]", known(link.longest)),
            value("jitter [s]", seconds(link.jitter)),
            value("loss", format!("{:.3}", link.loss)),
            value("probes", link.probes),
            value("silence [s]", seconds(link.silence)),
            value("outage [s]", seconds(link.outage)),
            value("bytes a second", format!("{:.0}", link.bytes_per_second)),
        ],
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use fleet_core::{NodeId, Time};

    use super::*;
    use crate::link::{LinkMonitor, LinkSettings};

    #[test]
    fn a_link_that_falls_silent_is_stale() {
        let node = NodeId::from_u128(2);
        let mut monitor = LinkMonitor::new(LinkSettings::default()).unwrap();
        monitor.watch(node, Time::ZERO);
        let level = |second| {
            let link = monitor.report(node, Time::from_secs(second)).unwrap();
            link_status(&link, &LinkBudget::SITE, "link").level
        };
        assert_eq!((level(1), level(9)), (Level::Ok, Level::Stale));
        assert!(LinkBudget::SITE.outage < Duration::from_secs(9));
    }
}
