use alloc::vec::Vec;

use crate::place::Point;

/// Finds the nearest of some points: sorted along x, looked at outwards from the question.
#[derive(Clone)]
pub(super) struct Nearest {
    /// Sorted; the number is the point's place in what was given.
    points: Vec<(Point, u32)>,
}

impl Nearest {
    pub(super) fn new(points: impl Iterator<Item = Point>) -> Self {
        let mut points: Vec<(Point, u32)> = points.zip(0..).collect();
        points.sort_unstable();
        Nearest { points }
    }

    /// The number of the nearest point and how far it is; the lower number of two that are as near.
    ///
    /// Complexity: O(n) at worst, O(sqrt n) where the points are spread evenly.
    pub(super) fn of(&self, point: Point) -> Option<(u32, f64)> {
        let middle = self.points.partition_point(|(other, _)| other.x() < point.x());
        let (left, right) = self.points.split_at(middle);
        let mut best = None;
        scan(left.iter().rev(), point, &mut best);
        scan(right.iter(), point, &mut best);
        best.map(|(metres, number)| (number, metres))
    }
}

/// Looks at `others`, which come ever further from `point` along x, until none can be nearer than `best`.
fn scan<'a>(others: impl Iterator<Item = &'a (Point, u32)>, point: Point, best: &mut Option<(f64, u32)>) {
    for (other, number) in others {
        let far = (other.x() - point.x()).abs();
        if best.is_some_and(|(metres, _)| far > metres) {
            return;
        }
        let found = (point.distance(*other), *number);
        if best.is_none_or(|best| found < best) {
            *best = Some(found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_nearest_and_the_first_of_equals() {
        let points: Vec<Point> = (0..200)
            .map(|k| Point::new(f64::from(k * 37 % 50), f64::from(k * 61 % 40)))
            .collect();
        let nearest = Nearest::new(points.iter().copied());
        for k in 0..500 {
            let from = Point::new(f64::from(k % 61) - 5.5, f64::from(k * 7 % 53) - 6.0);
            let all = points.iter().zip(0..);
            let expected = all
                .map(|(point, number)| (from.distance(*point), number))
                .min_by(|a, b| a.partial_cmp(b).unwrap())
                .map(|(metres, number)| (number, metres));
            assert_eq!(nearest.of(from), expected);
        }
    }

    #[test]
    fn of_nothing_there_is_no_nearest() {
        let nearest = Nearest::new(core::iter::empty());
        assert_eq!(nearest.of(Point::new(0.0, 0.0)), None);
    }
}
