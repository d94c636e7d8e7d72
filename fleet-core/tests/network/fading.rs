//! Long times on one link: what is lost, and when.

use std::time::Duration;

use fleet_core::Time;
use fleet_core::sim::{Fading, Faults, Network, Topology};

use crate::{joined, to};

const BURST: Fading = Fading::GilbertElliott {
    burst: Duration::from_millis(200),
};
const RAYLEIGH: Fading = Fading::Rayleigh {
    coherence: Duration::from_millis(200),
};

fn faults(fading: Fading, loss: f64) -> Faults {
    Faults {
        fading,
        loss,
        ..Faults::default()
    }
}

fn air(fading: Fading, loss: f64, seed: u64) -> Network {
    joined(Network::new(faults(fading, loss), Topology::Full, seed), 3)
}

fn is_lost(network: &mut Network, now: Time, from: usize, end: usize) -> bool {
    network.arrivals(now, from, end, to(end))[0].is_none()
}

/// Whether each of `count` frames is lost that are sent `step` microseconds after each other.
fn lost(fading: Fading, loss: f64, step: u64, count: u64) -> Vec<bool> {
    let mut network = air(fading, loss, 7);
    let one = |k| is_lost(&mut network, Time::from_micros(k * step), 0, 1);
    (0..count).map(one).collect()
}

fn share(lost: impl IntoIterator<Item = bool>) -> f64 {
    let (mut all, mut bad) = (0_u64, 0_u64);
    for one in lost {
        (all, bad) = (all + 1, bad + u64::from(one));
    }
    bad as f64 / all as f64
}

/// The share that is lost of what is sent right after something that was lost.
fn share_after_a_loss(lost: &[bool]) -> f64 {
    share(lost.windows(2).filter(|pair| pair[0]).map(|pair| pair[1]))
}

#[test]
fn over_long_times_the_share_is_the_same_for_all() {
    for fading in [Fading::Independent, BURST, RAYLEIGH] {
        for loss in [0.1, 0.5, 0.9] {
            let mean = share(lost(fading, loss, 50_000, 400_000));
            println!("{fading:?}: {mean:.4} of {loss}");
            assert!((mean - loss).abs() < 0.01, "{fading:?}, {loss}: {mean}");
        }
        assert_eq!(share(lost(fading, 0.0, 50_000, 10_000)), 0.0, "{fading:?}");
        assert_eq!(share(lost(fading, 1.0, 50_000, 10_000)), 1.0, "{fading:?}");
    }
}

#[test]
fn bad_times_last_as_long_as_is_said() {
    for loss in [0.1, 0.5, 0.9] {
        let lost = lost(BURST, loss, 1_000, 4_000_000);
        let bursts = lost.windows(2).filter(|pair| !pair[0] && pair[1]).count();
        let bad = lost.iter().filter(|lost| **lost).count();
        // Sent every millisecond.
        let mean = bad as f64 / bursts as f64 / 1e3;
        println!("{loss}: {bursts} bursts of {mean:.4} s");
        assert!((mean - 0.2).abs() < 0.02, "{loss}: {mean}");
    }
}

#[test]
fn what_fades_is_lost_together() {
    // A tenth of the time later, as the two processes have it: 0.1 + 0.9 exp(-0.1 / 0.9), and a double integral.
    for (fading, soon) in [(BURST, 0.905), (RAYLEIGH, 0.373)] {
        let near = share_after_a_loss(&lost(fading, 0.1, 20_000, 400_000));
        let far = share_after_a_loss(&lost(fading, 0.1, 2_000_000, 100_000));
        println!("{fading:?}: {near:.3} soon after a loss, {far:.3} long after");
        assert!((near - soon).abs() < 0.02, "{fading:?}: {near}");
        assert!((far - 0.1).abs() < 0.02, "{fading:?}: {far}");
    }
    let near = share_after_a_loss(&lost(Fading::Independent, 0.1, 20_000, 400_000));
    assert!((near - 0.1).abs() < 0.01, "{near}");
}

#[test]
fn a_link_does_not_depend_on_what_others_carry() {
    for fading in [BURST, RAYLEIGH] {
        let mut alone = air(fading, 0.5, 3);
        let mut busy = air(fading, 0.5, 3);
        let mut differs = false;
        for k in 0..2_000 {
            let now = Time::from_micros(k * 50_000);
            let other = is_lost(&mut busy, now, 2, 0);
            let lost = is_lost(&mut alone, now, 0, 1);
            assert_eq!(lost, is_lost(&mut busy, now, 0, 1), "{fading:?} at {now:?}");
            assert_eq!(
                lost,
                is_lost(&mut alone, now, 1, 0),
                "the other way at the same time"
            );
            differs |= other != lost;
        }
        assert!(differs, "two links are two links");
    }
}

#[test]
fn the_seed_decides() {
    let pattern = |seed| {
        let mut network = air(RAYLEIGH, 0.5, seed);
        let one = |k| is_lost(&mut network, Time::from_micros(k * 50_000), 0, 1);
        (0..1_000_u64).map(one).collect::<Vec<_>>()
    };
    assert_eq!(pattern(1), pattern(1));
    assert_ne!(pattern(1), pattern(2));
}

#[test]
fn times_that_are_none_are_refused() {
    let refused = |fading| faults(fading, 0.1).check().unwrap_err().to_string();
    let burst = Duration::ZERO;
    assert_eq!(
        refused(Fading::GilbertElliott { burst }),
        "fading.burst: must be greater than zero, but is 0"
    );
    let coherence = Duration::from_secs(4_000);
    assert_eq!(
        refused(Fading::Rayleigh { coherence }),
        "fading.coherence: must be from 0 to 3600, but is 4000"
    );
}

#[test]
fn faults_without_fading_are_read() {
    let old = r#"{"loss": 0.25}"#;
    let faults: Faults = serde_json::from_str(old).unwrap();
    assert_eq!(faults, self::faults(Fading::Independent, 0.25));
    let new = self::faults(BURST, 0.25);
    let text = serde_json::to_string(&new).unwrap();
    assert_eq!(serde_json::from_str::<Faults>(&text).unwrap(), new);
}
