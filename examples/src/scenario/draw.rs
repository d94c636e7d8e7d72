use fleet_core::Point;
use fleet_core::travel::Cell;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

use super::{Floor, Regions};

/// The generator number `stream` of a seed: each part of a scenario draws from its own, so that a change to one
/// leaves the others as they were.
pub(crate) fn generator(seed: u64, stream: u64) -> Xoshiro256PlusPlus {
    Xoshiro256PlusPlus::seed_from_u64(seed ^ stream.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// From the least to the most, both included.
pub(crate) fn between(rng: &mut Xoshiro256PlusPlus, (least, most): (f64, f64)) -> f64 {
    rng.random_range(least..=most)
}

/// Exponentially distributed with mean 1, by comparisons only (von Neumann 1951): the same on every machine,
/// which a logarithm is not.
pub(crate) fn exponential(rng: &mut Xoshiro256PlusPlus) -> f64 {
    let mut whole = 0.0;
    loop {
        let first: f64 = rng.random();
        if falls(rng, first) % 2 == 1 {
            return whole + first;
        }
        whole += 1.0;
    }
}

/// How many draws, the first included, fall until one rises.
fn falls(rng: &mut Xoshiro256PlusPlus, first: f64) -> usize {
    let (mut last, mut count) = (first, 1);
    loop {
        let next: f64 = rng.random();
        if next >= last {
            return count;
        }
        (last, count) = (next, count + 1);
    }
}

/// Where a place may be drawn.
#[derive(Clone, Debug)]
pub(crate) enum Area {
    /// Centres of cells.
    Cells(Vec<Point>),
    /// Left, bottom, right, top, in metres; none without area.
    Rectangles(Vec<[f64; 4]>),
}

impl Area {
    /// All of one region.
    pub(crate) fn region(regions: &Regions<'_>, region: usize) -> Self {
        match regions.floor {
            Floor::Map(map) => {
                let all = [0, 0, map.width() as usize - 1, map.height() as usize - 1];
                Self::cells(regions, region, &[all])
            }
            Floor::Open { width, height } => Area::Rectangles(vec![[0.0, 0.0, *width, *height]]),
        }
    }

    /// The cells of a region in rectangles of first and last column and row: `[column, row, column, row]`.
    pub(crate) fn cells(regions: &Regions<'_>, region: usize, rectangles: &[[usize; 4]]) -> Self {
        let (Some(map), Some(parts)) = (regions.floor.map(), &regions.parts) else {
            return Area::Cells(Vec::new());
        };
        let every = rectangles.iter().flat_map(|[left, top, right, bottom]| {
            (*top..=*bottom).flat_map(move |row| (*left..=*right).map(move |column| (column, row)))
        });
        let cells = every.map(|(column, row)| Cell {
            column: column as u32,
            row: row as u32,
        });
        let cells = cells.filter(|cell| parts.of(*cell) == Some(region));
        Area::Cells(cells.map(|cell| map.centre(cell)).collect())
    }

    /// Whether there is no place in it.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Area::Cells(cells) => cells.is_empty(),
            Area::Rectangles(rectangles) => rectangles.is_empty(),
        }
    }

    /// A place in it, each as likely as any other. It must not be empty.
    pub(crate) fn draw(&self, rng: &mut Xoshiro256PlusPlus) -> Point {
        match self {
            Area::Cells(cells) => cells[rng.random_range(0..cells.len())],
            Area::Rectangles(rectangles) => {
                let sizes = rectangles
                    .iter()
                    .map(|[left, bottom, right, top]| (right - left) * (top - bottom));
                let [left, bottom, right, top] = rectangles[weighted(rng, sizes)];
                Point::new(between(rng, (left, right)), between(rng, (bottom, top)))
            }
        }
    }

    /// `count` places, no cell twice; `None` if there are not so many.
    pub(crate) fn draw_apart(mut self, rng: &mut Xoshiro256PlusPlus, count: usize) -> Option<Vec<Point>> {
        if let Area::Cells(cells) = &mut self {
            if count > cells.len() {
                return None;
            }
            let apart = (0..count).map(|_| cells.swap_remove(rng.random_range(0..cells.len())));
            return Some(apart.collect());
        }
        Some((0..count).map(|_| self.draw(rng)).collect())
    }
}

/// The index of one of `weights`, each as likely as its weight; their sum must be above zero.
pub(crate) fn weighted(rng: &mut Xoshiro256PlusPlus, weights: impl Iterator<Item = f64> + Clone) -> usize {
    let mut left = rng.random::<f64>() * weights.clone().sum::<f64>();
    let mut chosen = 0;
    for (k, weight) in weights.enumerate().filter(|(_, weight)| *weight > 0.0) {
        chosen = k;
        if left < weight {
            break;
        }
        left -= weight;
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponential_has_mean_and_variance_one() {
        let mut rng = generator(1, 0);
        let draws: Vec<f64> = (0..100_000).map(|_| exponential(&mut rng)).collect();
        let mean = draws.iter().sum::<f64>() / draws.len() as f64;
        let variance = draws.iter().map(|draw| (draw - mean).powi(2)).sum::<f64>() / draws.len() as f64;
        assert!((mean - 1.0).abs() < 0.02, "{mean}");
        assert!((variance - 1.0).abs() < 0.05, "{variance}");
    }

    #[test]
    fn weights_of_zero_are_never_drawn() {
        let mut rng = generator(1, 0);
        for _ in 0..1000 {
            assert_eq!(weighted(&mut rng, [0.0, 2.0, 0.0].into_iter()), 1);
        }
    }
}
