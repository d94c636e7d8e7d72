//! What nodes send, on its way.

use super::happening::{Happening, Observer};
use super::slot::Slot;
use super::world::{Entry, Sim};
use crate::place::{Place, Point};
use crate::transport::{Destination, Outgoing};
use crate::travel::Travel;

impl Sim {
    pub(super) fn send(&mut self, slot: usize, outgoing: Outgoing, observer: &mut dyn Observer) {
        let Outgoing { to, frame, .. } = outgoing;
        let from = self.slots[slot].node.id();
        if self.network.is_due(self.now) {
            let places = self.places_of_nodes();
            self.network.look(self.now, &places);
        }
        let (mut recipients, mut lost) = (0, 0);
        for receiver in self.receivers(slot, to) {
            recipients += 1;
            let arrivals = self.network.arrivals(self.now, slot, receiver, to);
            lost += u32::from(arrivals[0].is_none());
            for at in arrivals.into_iter().flatten() {
                self.agenda.enter(
                    at,
                    Entry::Frame {
                        from,
                        to: receiver,
                        frame: frame.clone(),
                    },
                );
            }
        }
        observer.observe(
            self.now,
            &Happening::Sent {
                from,
                to,
                frame: &frame,
                recipients,
                lost,
            },
        );
    }

    /// The places of those among the slots that a frame is for.
    fn receivers(&self, sender: usize, to: Destination) -> Vec<usize> {
        let mut receivers = match to {
            Destination::Node(node) => self.index.get(&node).copied().into_iter().collect(),
            Destination::Robots => self.robots.clone(),
            Destination::Near => self.network.neighbours(sender),
        };
        receivers.retain(|receiver| *receiver != sender);
        receivers
    }

    /// Where every node is, in the order of the slots, as far as that is known.
    fn places_of_nodes(&mut self) -> Vec<Option<Point>> {
        let (now, places, travel) = (self.now, &self.places, &mut *self.travel);
        let one = |slot: &Slot| {
            let place = match &slot.body {
                Some(body) => Some(body.place_at(now)),
                None => places.get(&slot.node.id()).copied(),
            };
            point_of(place?, travel)
        };
        self.slots.iter().map(one).collect()
    }
}

/// The point of a place; a site has one where ways have a shape.
fn point_of(place: Place, travel: &mut dyn Travel) -> Option<Point> {
    let path = || travel.path(place, place)?.first().copied();
    place.point().or_else(path)
}
