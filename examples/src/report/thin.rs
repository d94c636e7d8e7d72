//! Fewer keyframes for the same picture.

use super::data::RobotTrack;

impl RobotTrack {
    /// Drops the keyframes without which the robot is still shown within `tolerance` metres of where it was.
    ///
    /// Keyframes that stand in a straight line at constant speed all go with a tolerance of 0.01. Needs
    /// `O(n log n)` steps for usual tracks (Ramer, Douglas and Peucker, with the distance taken at equal times).
    pub fn thin(&mut self, tolerance: f64) {
        let frames = &self.keyframes;
        if frames.len() < 3 {
            return;
        }
        let mut keep = vec![false; frames.len()];
        let last = frames.len() - 1;
        (keep[0], keep[last]) = (true, true);
        let mut spans = vec![(0, last)];
        while let Some((from, to)) = spans.pop() {
            if let Some(split) = farthest(frames, from, to, tolerance) {
                keep[split] = true;
                spans.extend([(from, split), (split, to)]);
            }
        }
        let mut keep = keep.into_iter();
        self.keyframes.retain(|_| keep.next() == Some(true));
    }
}

/// The frame between two others that straight motion between them misses most, if by more than `tolerance`.
fn farthest(frames: &[[f64; 3]], from: usize, to: usize, tolerance: f64) -> Option<usize> {
    let miss = |at: usize| miss(frames[from], frames[to], frames[at]);
    let worst = (from + 1..to).max_by(|&a, &b| miss(a).total_cmp(&miss(b)))?;
    (miss(worst) > tolerance).then_some(worst)
}

fn miss(from: [f64; 3], to: [f64; 3], at: [f64; 3]) -> f64 {
    let span = to[0] - from[0];
    let share = if span > 0.0 { (at[0] - from[0]) / span } else { 0.0 };
    let [dx, dy] = [1, 2].map(|axis| from[axis] + share * (to[axis] - from[axis]) - at[axis]);
    dx.hypot(dy)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thinned(keyframes: Vec<[f64; 3]>) -> Vec<[f64; 3]> {
        let mut track = RobotTrack {
            keyframes,
            ..RobotTrack::default()
        };
        track.thin(0.01);
        track.keyframes
    }

    #[test]
    fn straight_motion_needs_two_keyframes() {
        let frames = (0..100)
            .map(|i| [f64::from(i), f64::from(i) * 0.5, 3.0])
            .collect();
        assert_eq!(thinned(frames), [[0.0, 0.0, 3.0], [99.0, 49.5, 3.0]]);
    }

    #[test]
    fn corners_waits_and_jumps_stay() {
        let corner = vec![[0.0, 0.0, 0.0], [1.0, 1.0, 0.0], [2.0, 1.0, 1.0]];
        let wait = vec![[0.0, 0.0, 0.0], [5.0, 0.0, 0.0], [6.0, 1.0, 0.0]];
        let jump = vec![[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [1.0, 9.0, 9.0], [2.0, 9.0, 9.0]];
        for frames in [corner, wait, jump, vec![], vec![[0.0; 3]]] {
            assert_eq!(thinned(frames.clone()), frames);
        }
    }
}
