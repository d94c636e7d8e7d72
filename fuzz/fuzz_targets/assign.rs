//! Any text is an error or a table, of which the assignment has a column of its own for each row.
#![no_main]

use std::collections::BTreeSet;

use fleet_core::allocate::assignment;
use fleet_examples::instances::Table;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(table) = Table::parse(text) else {
        return;
    };
    assert_eq!(table.costs.len(), table.size * table.size);
    let found = assignment(table.size, table.size, &table.costs).expect("what was read is valid");
    let columns: BTreeSet<usize> = found.columns.iter().flatten().copied().collect();
    assert_eq!(columns.len(), table.size);
});
