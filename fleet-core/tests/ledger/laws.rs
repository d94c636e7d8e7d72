//! The laws of records: what is known only grows, in whatever order it is learnt.

use std::sync::Arc;

use fleet_core::ledger::{Order, Phase, TaskRecord, TaskState};
use fleet_core::{Epoch, NodeId, RobotId, UtcTime};
use proptest::option;
use proptest::prelude::*;

use crate::fleet::content;

fn epoch() -> impl Strategy<Value = Epoch> {
    (0..3_u32, 0..2_u32, 0..2_u128).prop_map(|(count, boot, issuer)| Epoch {
        count,
        boot,
        issuer: NodeId::from_u128(issuer),
    })
}

fn phase() -> impl Strategy<Value = Phase> {
    prop::sample::select(vec![
        Phase::Submitted,
        Phase::Held,
        Phase::Running(0),
        Phase::Running(1),
        Phase::Open,
        Phase::Failed("a".into()),
        Phase::Failed("b".into()),
        Phase::Cancelled,
        Phase::Done,
    ])
}

fn state() -> impl Strategy<Value = TaskState> {
    let robot = option::of((0..2_u128).prop_map(RobotId::from_u128));
    (any::<bool>(), epoch(), phase(), 0..2_u32, robot).prop_map(|(settled, epoch, phase, failures, robot)| {
        TaskState {
            settled: settled && phase.is_terminal(),
            epoch,
            phase,
            failures,
            robot,
        }
    })
}

fn order() -> impl Strategy<Value = Order> {
    let by = option::of((0..2_u128).prop_map(NodeId::from_u128));
    (any::<bool>(), 0..3_u64, by, any::<bool>()).prop_map(|(cancelled, number, by, paused)| Order {
        cancelled,
        number,
        by,
        paused,
    })
}

/// A record of one content.
fn record() -> impl Strategy<Value = TaskRecord> {
    (0..3_i64, state(), order()).prop_map(|(submitted, state, order)| TaskRecord {
        task: content(0, 0.0),
        submitted: UtcTime::from_secs(submitted),
        state,
        order,
    })
}

fn joined<T: Clone>(mine: &T, other: &T, join: impl Fn(&mut T, &T) -> bool) -> T {
    let mut both = mine.clone();
    join(&mut both, other);
    both
}

fn states(a: &TaskState, b: &TaskState) -> TaskState {
    joined(a, b, TaskState::join)
}

fn records(a: &TaskRecord, b: &TaskRecord) -> TaskRecord {
    joined(a, b, TaskRecord::join)
}

proptest! {
    #[test]
    fn states_join_in_any_order(a in state(), b in state(), c in state()) {
        prop_assert_eq!(states(&a, &b), states(&b, &a));
        prop_assert_eq!(states(&states(&a, &b), &c), states(&a, &states(&b, &c)));
        prop_assert_eq!(states(&a, &a), a.clone());
    }

    #[test]
    fn a_state_never_shrinks_and_says_whether_it_grew(a in state(), b in state()) {
        let mut both = a.clone();
        let grew = both.join(&b);
        prop_assert!(both >= a && both >= b);
        prop_assert_eq!(grew, both != a);
        prop_assert!(!both.join(&a) && !both.join(&b));
    }

    #[test]
    fn a_settled_end_beats_whatever_is_not(mut a in state(), mut b in state()) {
        (a.settled, b.settled) = (true, false);
        prop_assert_eq!(states(&b, &a), a);
    }

    #[test]
    fn under_one_epoch_what_is_further_wins(mut a in state(), mut b in state()) {
        (a.epoch, a.settled, b.settled) = (b.epoch, false, false);
        let further = a.phase.clone().max(b.phase.clone());
        prop_assert_eq!(states(&b, &a).phase, further);
    }

    #[test]
    fn a_later_epoch_wins_unless_an_end_is_settled(mut a in state(), mut b in state()) {
        (a.settled, b.settled) = (false, false);
        let later = a.epoch.max(b.epoch);
        prop_assert_eq!(states(&b, &a).epoch, later);
    }

    #[test]
    fn records_join_in_any_order(a in record(), b in record(), c in record()) {
        prop_assert_eq!(records(&a, &b), records(&b, &a));
        prop_assert_eq!(records(&records(&a, &b), &c), records(&a, &records(&b, &c)));
        prop_assert_eq!(records(&a, &a), a.clone());
    }

    #[test]
    fn a_record_never_shrinks_and_says_whether_it_grew(a in record(), b in record()) {
        let mut both = a.clone();
        let grew = both.join(&b);
        prop_assert_eq!(grew, both != a);
        prop_assert!(both.state >= a.state && both.state >= b.state);
        prop_assert!(both.order >= a.order && both.order >= b.order);
        prop_assert!(both.submitted <= a.submitted && both.submitted <= b.submitted);
        prop_assert!(!both.join(&a) && !both.join(&b));
    }

    #[test]
    fn of_two_contents_the_accepted_one_stays(mut a in record(), b in record()) {
        a.task = content(0, 1.0);
        let mut both = a.clone();
        let yields = !a.state.is_accepted() && b.state.is_accepted();
        prop_assert_eq!(both.join(&b), yields);
        prop_assert_eq!(both, if yields { b } else { a });
    }
}

#[test]
fn calling_off_holds_whatever_is_ordered_later() {
    let mut record = TaskRecord::new(content(0, 0.0), UtcTime::from_secs(1));
    let paused = Order {
        number: 9,
        paused: true,
        ..Order::default()
    };
    let cancelled = Order {
        cancelled: true,
        number: 1,
        ..Order::default()
    };
    let other = |order| TaskRecord {
        order,
        ..record.clone()
    };
    let (first, second) = (other(cancelled), other(paused));
    assert!(record.join(&first));
    assert!(!record.join(&second));
    assert_eq!(record.order, cancelled);
}

#[test]
fn contents_are_compared_not_where_they_are_kept() {
    let mut record = TaskRecord::new(content(0, 0.0), UtcTime::from_secs(1));
    let mut other = TaskRecord::new(content(0, 0.0), UtcTime::from_secs(1));
    assert!(!Arc::ptr_eq(&record.task, &other.task));
    other.state.phase = Phase::Open;
    assert!(record.join(&other));
}
