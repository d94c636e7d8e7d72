//! What the fleet of the demo has to do: stops that are spread over a square.

use serde_json::{Value, json};

/// Where robot `k` of so many is at first, on a square of this side.
pub(super) fn home(k: usize, robots: usize, side: f64) -> (f64, f64) {
    let columns = (robots as f64).sqrt().ceil().max(1.0);
    let (row, column) = ((k as f64 / columns).floor(), k as f64 % columns);
    let place = |step: f64| ((step + 0.5) * side / columns * 100.0).round() / 100.0;
    (place(column), place(row))
}

/// The id of task `k`.
pub(super) fn id(k: u32) -> String {
    format!("task-{k}")
}

/// Task `k`: one stop, at a place of the square that only depends on the number.
pub(super) fn task(k: u32, side: f64, service: f64) -> Value {
    // Multiples of the golden ratio, and of its square: spread evenly.
    let spread = |ratio: f64| ((f64::from(k) * ratio).fract() * side * 100.0).round() / 100.0;
    let stop = json!({ "x": spread(0.618_033_988_75), "y": spread(0.754_877_666_25), "service": service });
    json!({ "id": id(k), "stops": [stop] })
}
