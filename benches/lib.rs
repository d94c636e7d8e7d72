//! Random instances shared by the benchmarks.
