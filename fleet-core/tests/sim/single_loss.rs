//! The loss of one frame costs time only.

use fleet_core::{Config, NodeId};

use crate::one_frame::sweep;

fn costs_time_only(witnesses: u128) {
    let config = Config::new(NodeId::from_u128(1));
    let (whole, runs) = sweep(witnesses);
    assert_eq!((whole.starts, whole.ended), (1, true), "{whole:?}");
    let latest = whole.started + config.auction + config.retry * 2;
    for (frame, run) in runs.iter().enumerate() {
        assert!(run.starts == 1 && run.ended, "without frame {frame}: {run:?}");
        assert!(
            run.started <= latest,
            "without frame {frame}: {run:?}, not {whole:?}"
        );
    }
}

#[test]
fn the_loss_of_any_one_frame_costs_time_only() {
    costs_time_only(1);
}

#[test]
fn the_loss_of_any_one_frame_costs_time_only_among_three_witnesses() {
    costs_time_only(3);
}
