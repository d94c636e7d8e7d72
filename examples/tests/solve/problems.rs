//! Small problems of our own making, in the formats of the published ones.

use std::fs;
use std::path::Path;

/// Two depots, two robots each that carry 2, and four tasks of 1 beside them: two routes of 4 metres.
pub(crate) const MDVRP: &str = "\
2 2 4 2
0 2
0 2
1 0 1 0 1 1 2 1 2
2 0 2 0 1 1 2 1 2
3 10 1 0 1 1 2 1 2
4 10 2 0 1 1 2 1 2
5 0 0 0 0 0 0
6 10 0 0 0 0 0
";

/// One depot, two robots; the second task opens when the way back from the first is over.
pub(crate) const VRPTW: &str = "\
T1

VEHICLE
NUMBER     CAPACITY
  2          10

CUSTOMER
CUST NO.  XCOORD.   YCOORD.    DEMAND   READY TIME  DUE DATE   SERVICE   TIME

    0      0          0          0          0        100          0
    1      3          4          4          0          9          1
    2      6          8          4         50         60          1
";

/// A pickup in the east, its delivery in the west, and another pair on the way there.
pub(crate) const PDPTW: &str = "\
2\t5\t1
0\t0\t0\t0\t0\t100\t0\t0\t0
1\t10\t0\t5\t0\t90\t0\t0\t2
2\t-10\t0\t-5\t0\t90\t0\t1\t0
3\t-11\t0\t2\t0\t90\t0\t0\t4
4\t-12\t0\t-2\t0\t90\t0\t3\t0
";

/// Two tasks of which only one can be finished in time by the one robot.
pub(crate) const TAPTC: &str = "1 100 100 2\n0 10 0 4 13\n1 0 20 4 30\n";
pub(crate) const TEAM: &str = "1 100 100\n0 0 0 2.0\n";

/// Writes all of them below a folder.
pub(crate) fn write(folder: &Path) {
    fs::create_dir_all(folder.join("agent")).unwrap();
    fs::create_dir_all(folder.join("tasks")).unwrap();
    for (name, text) in [
        ("mdvrp.txt", MDVRP),
        ("vrptw.txt", VRPTW),
        ("pdptw.txt", PDPTW),
        ("tasks/r1a1.txt", TAPTC),
        ("agent/a1.txt", TEAM),
    ] {
        fs::write(folder.join(name), text).unwrap();
    }
}
