//! One column for each row, at the least sum.

use alloc::borrow::Cow;
use alloc::vec;
use alloc::vec::Vec;

use crate::invalid::{Invalid, Problem};

/// Passes of row reduction before paths are looked for.
const PASSES: usize = 3;
const NONE: u32 = u32::MAX;

/// Which row has which column.
#[derive(Clone, PartialEq, Debug)]
pub struct Assignment {
    /// The column of each row; `None` where there are too few, or none is allowed.
    pub columns: Vec<Option<usize>>,
    /// The sum of the costs.
    pub cost: f64,
}

/// Assigns rows to columns so that as many as possible are assigned, and of all such ways at the least sum of
/// `costs[row * columns + column]`; `f64::INFINITY` where a column is not allowed.
///
/// Row reduction, then shortest augmenting paths (Jonker & Volgenant 1987, "A shortest augmenting path algorithm for
/// dense and sparse linear assignment problems"), for rows and columns of any number (Crouse 2016, "On implementing 2D
/// rectangular assignment algorithms"). O(r² c) for the smaller number r of rows and columns and the larger c, much less
/// as a rule. The sum is exact up to rounding: it is no heuristic.
///
/// # Errors
/// If there are not as many costs as rows times columns, or one is no number or minus infinity.
///
/// # Example
/// ```
/// use fleet_core::allocate::assignment;
///
/// let robots_to_tasks = [
///     4.0, 1.0, 3.0, //
///     2.0, 0.0, 5.0,
/// ];
/// let best = assignment(2, 3, &robots_to_tasks)?;
/// assert_eq!(best.columns, [Some(1), Some(0)]);
/// assert_eq!(best.cost, 3.0);
/// # Ok::<(), fleet_core::Invalid>(())
/// ```
pub fn assignment(rows: usize, columns: usize, costs: &[f64]) -> Result<Assignment, Invalid> {
    if rows.checked_mul(columns) != Some(costs.len()) {
        return Err(wrong("must be as many as rows times columns"));
    }
    let (mut wrongs, mut forbidden) = (false, false);
    for cost in costs {
        wrongs |= cost.is_nan() | (*cost == f64::NEG_INFINITY);
        forbidden |= *cost == f64::INFINITY;
    }
    if wrongs {
        return Err(wrong("must be numbers, and not minus infinity"));
    }
    let turned = rows > columns;
    let (few, many) = if turned { (columns, rows) } else { (rows, columns) };
    let mut table = if turned {
        let cells = (0..columns).flat_map(|column| (0..rows).map(move |row| row * columns + column));
        Cow::Owned(cells.map(|cell| costs[cell]).collect())
    } else {
        Cow::Borrowed(costs)
    };
    if forbidden {
        forbid(table.to_mut(), few);
    }
    let mut solver = Solver::new(few, many, table);
    solver.solve();
    let mut assigned = vec![None; rows];
    for (few, many) in solver.column.iter().enumerate() {
        let (row, column) = if turned {
            (*many as usize, few)
        } else {
            (few, *many as usize)
        };
        if costs[row * columns + column] < f64::INFINITY {
            assigned[row] = Some(column);
        }
    }
    let pairs = assigned.iter().enumerate();
    let cost = pairs.filter_map(|(row, column)| Some(costs[row * columns + (*column)?]));
    Ok(Assignment {
        cost: cost.sum(),
        columns: assigned,
    })
}

fn wrong(what: &'static str) -> Invalid {
    Invalid::new("costs", Problem::Other(what))
}

/// What is not allowed costs more than any way to do without.
fn forbid(table: &mut [f64], few: usize) {
    let finite = table.iter().filter(|cost| **cost < f64::INFINITY);
    let (low, high) = finite.fold((0.0_f64, 0.0_f64), |(low, high), cost| {
        (low.min(*cost), high.max(*cost))
    });
    let dear = high + (high - low + 1.0) * (few as f64 + 1.0);
    table
        .iter_mut()
        .filter(|cost| **cost == f64::INFINITY)
        .for_each(|cost| *cost = dear);
}

/// No more rows than columns, and all costs finite.
struct Solver<'a> {
    rows: usize,
    columns: usize,
    costs: Cow<'a, [f64]>,
    /// The column of each row, and the row of each column.
    column: Vec<u32>,
    row: Vec<u32>,
    /// The price of each column; zero for those that no row has had, and never above.
    price: Vec<f64>,
}

impl<'a> Solver<'a> {
    fn new(rows: usize, columns: usize, costs: Cow<'a, [f64]>) -> Self {
        Solver {
            rows,
            columns,
            costs,
            column: vec![NONE; rows],
            row: vec![NONE; columns],
            price: vec![0.0; columns],
        }
    }

    fn solve(&mut self) {
        let mut free: Vec<u32> = (0..self.rows as u32).collect();
        for _ in 0..PASSES {
            free = self.reduce_rows(free);
        }
        let mut paths = Paths::new(self.columns);
        free.into_iter().for_each(|row| self.augment(row, &mut paths));
    }

    fn costs_of(&self, row: u32) -> &[f64] {
        &self.costs[row as usize * self.columns..][..self.columns]
    }

    /// Gives each free row its cheapest column, at a price at which it is as cheap as the second; whoever had it is free
    /// then. Those that stay free are returned.
    fn reduce_rows(&mut self, free: Vec<u32>) -> Vec<u32> {
        let mut left = Vec::new();
        let mut todo = free;
        todo.reverse();
        // A row that is thrown out may throw out the next at once, but not for ever.
        let mut chances = 4 * self.rows;
        while let Some(row) = todo.pop() {
            let (best, second) = self.two_cheapest(row);
            let (mut column, gain) = (best.1, second.0 - best.0);
            if gain > 0.0 {
                self.price[column] -= gain;
            } else if self.row[column] != NONE && second.1 != usize::MAX {
                column = second.1;
            }
            let former = core::mem::replace(&mut self.row[column], row);
            self.column[row as usize] = column as u32;
            if former == NONE {
                continue;
            }
            self.column[former as usize] = NONE;
            if gain > 0.0 && chances > 0 {
                chances -= 1;
                todo.push(former);
            } else {
                left.push(former);
            }
        }
        left
    }

    /// The two columns that are cheapest for a row, with what is left of their costs.
    fn two_cheapest(&self, row: u32) -> ((f64, usize), (f64, usize)) {
        let (mut best, mut second) = ((f64::INFINITY, usize::MAX), (f64::INFINITY, usize::MAX));
        for (column, (cost, price)) in self.costs_of(row).iter().zip(&self.price).enumerate() {
            let left = cost - price;
            if left < second.0 {
                if left < best.0 {
                    (best, second) = ((left, column), best);
                } else {
                    second = (left, column);
                }
            }
        }
        if second.1 == usize::MAX {
            second.0 = best.0; // the only column there is
        }
        (best, second)
    }

    /// Finds a column for a free row by the cheapest path of rows that change theirs.
    fn augment(&mut self, free: u32, paths: &mut Paths) {
        paths.begin(self.costs_of(free), &self.price, free);
        let mut nearest = paths.nearest(&self.row);
        let (end, length) = loop {
            let (place, length) = nearest;
            let column = paths.open[place] as usize;
            if self.row[column] == NONE {
                break (column, length);
            }
            paths.settle(place);
            let costs = self.costs_of(self.row[column]);
            nearest = paths.extend(column, length, costs, &self.price, &self.row);
        };
        for column in &paths.settled {
            let column = *column as usize;
            self.price[column] += paths.length[column] - length;
        }
        let mut column = end;
        loop {
            let row = paths.from[column];
            self.row[column] = row;
            let former = core::mem::replace(&mut self.column[row as usize], column as u32);
            if row == free {
                return;
            }
            column = former as usize;
        }
    }
}

/// The shortest paths from one free row to columns.
struct Paths {
    length: Vec<f64>,
    /// The row before each column on its path.
    from: Vec<u32>,
    /// Columns whose path may still become shorter.
    open: Vec<u32>,
    settled: Vec<u32>,
}

impl Paths {
    fn new(columns: usize) -> Self {
        Paths {
            length: vec![0.0; columns],
            from: vec![NONE; columns],
            open: Vec::with_capacity(columns),
            settled: Vec::new(),
        }
    }

    fn begin(&mut self, costs: &[f64], price: &[f64], free: u32) {
        self.settled.clear();
        self.open.clear();
        self.open.extend(0..costs.len() as u32);
        self.from.fill(free);
        for ((length, cost), price) in self.length.iter_mut().zip(costs).zip(price) {
            *length = cost - price;
        }
    }

    /// Where in the list of open columns the nearest is, and how far; one without a row before others as near.
    fn nearest(&self, row: &[u32]) -> (usize, f64) {
        let mut nearest = (0, f64::INFINITY);
        for (place, column) in self.open.iter().enumerate() {
            let length = self.length[*column as usize];
            if length < nearest.1 || (length == nearest.1 && row[*column as usize] == NONE) {
                nearest = (place, length);
            }
        }
        nearest
    }

    fn settle(&mut self, place: usize) {
        let column = self.open.swap_remove(place);
        self.settled.push(column);
    }

    /// The row that has the settled `column` could have another one instead. Returns the [nearest](Self::nearest) then.
    fn extend(
        &mut self,
        column: usize,
        length: f64,
        costs: &[f64],
        price: &[f64],
        row: &[u32],
    ) -> (usize, f64) {
        let base = length - (costs[column] - price[column]);
        let mut nearest = (0, f64::INFINITY);
        for (place, other) in self.open.iter().enumerate() {
            let other = *other as usize;
            let through = base + (costs[other] - price[other]);
            let mut best = self.length[other];
            if through < best {
                best = through;
                (self.length[other], self.from[other]) = (through, row[column]);
            }
            if best < nearest.1 || (best == nearest.1 && row[other] == NONE) {
                nearest = (place, best);
            }
        }
        nearest
    }
}
