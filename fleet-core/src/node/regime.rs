//! Changing the strategy of a fleet at work.

use super::{Node, Parts};
use crate::context::Context;
use crate::message::Message;
use crate::record::Order;
use crate::regime::{Regime, Strategy};
use crate::time::Time;
use crate::transport::Class;
use crate::travel::Travel;

impl Node {
    /// From now on this strategy is in use, in the whole fleet: nodes tell each other, and of two orders the later one
    /// holds. It may be said to any node. What robots own they keep; what was offered or chosen and is not owned yet is
    /// given out anew.
    pub fn set_strategy(&mut self, now: Time, strategy: Strategy, travel: &mut dyn Travel) {
        let utc = self.calendar.at(now).utc;
        let number = Order::number_after(self.regime.number, utc);
        self.with(now, travel, |parts, cx| {
            parts.adopt(Regime { number, strategy }, cx);
        });
    }

    /// Which strategy is in use here, and since which order.
    pub const fn regime(&self) -> Regime {
        self.regime
    }
}

impl Parts<'_> {
    /// Takes over a later order.
    pub(super) fn adopt(&mut self, regime: Regime, cx: &mut Context<'_>) {
        if regime <= *self.regime {
            return;
        }
        let before = core::mem::replace(self.regime, regime).strategy;
        *self.next_regime = Time::ZERO; // the sooner all know, the better
        if let Some(coordinator) = self.coordinator
            && regime.strategy != before
        {
            coordinator.set_strategy(regime.strategy, cx);
        }
    }

    /// Tells others which strategy is in use, if that was ever changed: witnesses tell all robots, robots those who are
    /// near and the witnesses. Again with every heartbeat, for others may not have heard, or begin anew.
    pub(super) fn tell_regime(&mut self, cx: &mut Context<'_>) {
        let now = cx.now.time;
        if self.regime.number == 0 || now < *self.next_regime {
            return;
        }
        *self.next_regime = now + cx.config.heartbeat;
        let message = Message::Regime(*self.regime);
        cx.out
            .send_each(cx.config.panel().all(), Class::State, message.clone());
        match self.coordinator {
            Some(_) => cx.out.robots(Class::State, &message),
            None => cx.out.near(Class::State, &message),
        }
    }
}
