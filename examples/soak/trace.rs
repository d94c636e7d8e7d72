//! What happens in one storm, a line each.

use fleet_core::sim::{Happening, Observer};
use fleet_core::transport::Destination;
use fleet_core::{NodeId, Time, wire};

/// Prints to stderr. Nodes, robots and tasks are named by a letter and their numbers: N1001, R3, T7.
pub(crate) struct Trace;

impl Observer for Trace {
    fn observe(&mut self, now: Time, happening: &Happening<'_>) {
        if let Some(line) = line(happening) {
            eprintln!("{:>12.6} {}", now.as_secs_f64(), short(&line));
        }
    }
}

fn line(happening: &Happening<'_>) -> Option<String> {
    Some(match happening {
        Happening::Sent {
            from,
            to,
            frame,
            recipients,
            lost,
        } => {
            let to = match to {
                Destination::Node(node) => format!("{node:?}"),
                other => format!("{other:?}"),
            };
            let fate = match (lost, recipients) {
                (0, _) => String::new(),
                (1, 1) => ", lost".into(),
                (lost, all) => format!(", lost for {lost} of {all}"),
            };
            format!("{from:?} -> {to}{fate}: {}", message(frame))
        }
        Happening::Delivered { from, to, frame } => {
            format!("{to:?} <- {from:?}: {}", message(frame))
        }
        Happening::Event { node, event } => format!("{node:?} tells: {event:?}"),
        Happening::Body {
            robot,
            doing,
            pose,
            charge,
            ..
        } => {
            let at = pose.place;
            let charge = charge.map_or(String::new(), |charge| format!(", charge {}", charge / 10_000));
            format!("{robot:?} is {doing:?} at {at:?}{charge}")
        }
        Happening::Trouble { node, what, begins } => {
            format!(
                "{node:?} {}: {what:?}",
                if *begins { "suffers" } else { "is back" }
            )
        }
        Happening::Submitted(task) => format!("submitted: {task:?}"),
        other => format!("{other:?}"),
    })
}

fn message(frame: &[u8]) -> String {
    match wire::decode(frame, usize::MAX) {
        Ok(message) => format!("{message:?}"),
        Err(error) => error.to_string(),
    }
}

/// The names of nodes, robots and tasks as letters and numbers, epochs as `count.boot.issuer`.
pub(crate) fn short(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, id)) = rest.split_once("Id(") {
        let (name, after) = id.split_once(')').unwrap_or((id, ""));
        let kind = LETTERS.iter().find(|(kind, _)| before.ends_with(kind));
        match (number(name), kind) {
            (Some(number), Some((kind, letter))) => {
                text += &before[..before.len() - kind.len()];
                text += &format!("{letter}{number}");
            }
            _ => text += &format!("{before}Id({name})"),
        }
        rest = after;
    }
    epochs(&(text + rest))
}

const LETTERS: [(&str, &str); 3] = [("Node", "N"), ("Robot", "R"), ("Task", "T")];

/// The number of a UUID that was made of one.
fn number(uuid: &str) -> Option<u128> {
    let id: NodeId = uuid.parse().ok()?;
    Some(id.uuid().as_u128())
}

fn epochs(line: &str) -> String {
    let mut parts = line.split("Epoch { count: ");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (epoch, after) = part.split_once(" }").unwrap_or((part, ""));
        text += "epoch ";
        text += &epoch.replace(", boot: ", ".").replace(", issuer: ", ".");
        text += after;
    }
    text
}
