//! One column for each row: against all ways there are, and by the proof that duality gives.

use fleet_core::allocate::assignment;
use proptest::prelude::*;

/// The most rows that can be assigned, and the least that so many cost.
fn best(costs: &[Vec<f64>], row: usize, taken: &mut Vec<bool>) -> (usize, f64) {
    let Some(own) = costs.get(row) else {
        return (0, 0.0);
    };
    let better = |a: (usize, f64), b: (usize, f64)| {
        if a.0 > b.0 || (a.0 == b.0 && a.1 <= b.1) {
            a
        } else {
            b
        }
    };
    let mut found = best(costs, row + 1, taken);
    for (column, cost) in own.iter().enumerate() {
        if !taken[column] && *cost < f64::INFINITY {
            taken[column] = true;
            let (count, sum) = best(costs, row + 1, taken);
            found = better(found, (count + 1, sum + cost));
            taken[column] = false;
        }
    }
    found
}

fn cost() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => (0..8_i32).prop_map(f64::from),
        4 => -50.0..100.0,
        1 => Just(f64::INFINITY),
    ]
}

fn table() -> impl Strategy<Value = Vec<Vec<f64>>> {
    (0..=6_usize, 1..=6_usize)
        .prop_flat_map(|(rows, columns)| prop::collection::vec(prop::collection::vec(cost(), columns), rows))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_000) })]

    #[test]
    fn nothing_is_better(costs in table()) {
        let columns = costs.first().map_or(0, Vec::len);
        let found = assignment(costs.len(), columns, &costs.concat()).unwrap();
        let used: Vec<usize> = found.columns.iter().flatten().copied().collect();
        let mut distinct = used.clone();
        distinct.sort_unstable();
        distinct.dedup();
        prop_assert_eq!(used.len(), distinct.len());
        let (count, sum) = best(&costs, 0, &mut vec![false; columns]);
        prop_assert_eq!(used.len(), count);
        prop_assert!((found.cost - sum).abs() < 1e-9, "{} found, {} possible", found.cost, sum);
    }

}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(100) })]

    /// Too many rows to try all, and a sum that is known: `a[row] + b[column]` and no more at the diagonal, more elsewhere.
    #[test]
    fn a_planted_assignment_is_found(
        a in prop::collection::vec(-9.0..9.0, 60),
        b in prop::collection::vec(-9.0..0.0, 60),
        more in prop::collection::vec(0.0..5.0, 60 * 90),
    ) {
        let cost = |row: usize, column: usize| {
            let base = a[row] + b.get(column).copied().unwrap_or(0.0);
            base + if row == column { 0.0 } else { more[row * 90 + column] }
        };
        let costs: Vec<f64> = (0..60).flat_map(|row| (0..90).map(move |column| (row, column)))
            .map(|(row, column)| cost(row, column)).collect();
        let known: f64 = (0..60).map(|row| cost(row, row)).sum();
        let found = assignment(60, 90, &costs).unwrap();
        prop_assert!((found.cost - known).abs() < 1e-9, "{} found, {} possible", found.cost, known);
        let turned: Vec<f64> = (0..90).flat_map(|column| (0..60).map(move |row| (row, column)))
            .map(|(row, column)| cost(row, column)).collect();
        let back = assignment(90, 60, &turned).unwrap();
        prop_assert!((back.cost - known).abs() < 1e-9, "{} found turned, {} possible", back.cost, known);
    }
}

#[test]
fn what_is_no_table_of_costs_is_an_error() {
    assert!(assignment(2, 2, &[1.0; 3]).is_err());
    assert!(assignment(usize::MAX, 2, &[]).is_err());
    assert!(assignment(1, 1, &[f64::NAN]).is_err());
    assert!(assignment(1, 1, &[f64::NEG_INFINITY]).is_err());
    assert_eq!(assignment(0, 0, &[]).unwrap().columns, []);
    assert_eq!(assignment(2, 0, &[]).unwrap().columns, [None, None]);
}
