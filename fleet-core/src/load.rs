//! What robots carry, in up to four dimensions.

use alloc::vec::Vec;
use core::fmt;
use core::ops::{Add, Sub};

use serde::{Deserialize, Serialize};

use crate::invalid::{Invalid, at_most, in_range};
use crate::limits;

const MILLIONTHS: f64 = 1e6;

/// An amount in each dimension that the fleet uses (kilograms, litres, totes, ...), or a change of it.
///
/// Kept to the nearest millionth, as integers, so that what was picked up and put down again leaves exactly nothing.
/// Dimensions that are not given are zero.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Vec<f64>", into = "Vec<f64>")]
pub struct Load([i64; limits::LOAD_DIMENSIONS]);

impl Load {
    /// Nothing.
    pub const ZERO: Load = Load([0; limits::LOAD_DIMENSIONS]);

    /// The load with these amounts.
    ///
    /// # Errors
    /// If an amount is not finite or beyond [`limits::LOAD`], or there are too many dimensions.
    pub fn new(amounts: &[f64]) -> Result<Self, Invalid> {
        Self::named("load", amounts, -limits::LOAD)
    }

    /// As [`new`](Self::new), for a capacity: no amount may be negative.
    ///
    /// # Errors
    /// As `new`, or an amount below zero; the field is `capacity`.
    pub fn capacity(amounts: &[f64]) -> Result<Self, Invalid> {
        Self::named("capacity", amounts, 0.0)
    }

    fn named(field: &str, amounts: &[f64], min: f64) -> Result<Self, Invalid> {
        at_most(field, amounts.len(), limits::LOAD_DIMENSIONS)?;
        let mut load = Load::ZERO;
        for (kept, &amount) in load.0.iter_mut().zip(amounts) {
            let amount = in_range(field, amount, min, limits::LOAD)?;
            *kept = libm::round(amount * MILLIONTHS) as i64;
        }
        Ok(load)
    }

    /// The amounts, without the zeros at the end.
    pub fn amounts(&self) -> Vec<f64> {
        let used = self
            .0
            .iter()
            .rposition(|amount| *amount != 0)
            .map_or(0, |last| last + 1);
        self.0[..used]
            .iter()
            .map(|amount| *amount as f64 / MILLIONTHS)
            .collect()
    }

    /// Whether every amount is at most that of `other`.
    pub fn fits(&self, other: &Load) -> bool {
        self.0.iter().zip(&other.0).all(|(a, b)| a <= b)
    }

    /// The larger amount in every dimension.
    #[must_use]
    pub fn max(&self, other: &Load) -> Load {
        Load(core::array::from_fn(|k| self.0[k].max(other.0[k])))
    }

    /// The smaller amount in every dimension.
    #[must_use]
    pub fn min(&self, other: &Load) -> Load {
        Load(core::array::from_fn(|k| self.0[k].min(other.0[k])))
    }
}

impl Add for Load {
    type Output = Load;

    fn add(self, other: Load) -> Load {
        Load(core::array::from_fn(|k| self.0[k].saturating_add(other.0[k])))
    }
}

impl Sub for Load {
    type Output = Load;

    fn sub(self, other: Load) -> Load {
        Load(core::array::from_fn(|k| self.0[k].saturating_sub(other.0[k])))
    }
}

impl TryFrom<Vec<f64>> for Load {
    type Error = Invalid;

    fn try_from(amounts: Vec<f64>) -> Result<Self, Invalid> {
        Load::new(&amounts)
    }
}

impl From<Load> for Vec<f64> {
    fn from(load: Load) -> Vec<f64> {
        load.amounts()
    }
}

impl fmt::Debug for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.amounts()).finish()
    }
}
