//! One item, as its file is called.

use std::fmt;

use crate::key::fits;

/// Digits of a number: microseconds have as many until the year 2286.
const DIGITS: usize = 16;
/// The highest number.
pub(super) const LAST: u64 = 10_u64.pow(DIGITS as u32) - 1;
/// Bytes of what follows the number: a name, and which part of how many it is.
const LONGEST: usize = 80;
const WAITS: &str = ".gz";
const GONE: &str = ".last";

/// What waits in a spool. Items go in the order of their numbers.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Item {
    number: u64,
    name: String,
}

impl Item {
    pub(super) fn new(number: u64, name: String) -> Self {
        Item { number, name }
    }

    /// Its place in the order. No two items of a spool have the same.
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// What it was put as; with `.<k>of<n>` at its end if the content had several parts.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How its file is called, and the last part of its key: `<number>-<name>.gz`.
    pub fn file(&self) -> String {
        format!("{self}{WAITS}")
    }

    /// How the file is called that remembers it when it is gone.
    pub(super) fn mark(&self) -> String {
        format!("{self}{GONE}")
    }

    /// The item whose file is called so.
    pub(super) fn of_file(file: &str) -> Option<Self> {
        Self::parse(file.strip_suffix(WAITS)?)
    }

    /// The item that such a file remembers.
    pub(super) fn of_mark(file: &str) -> Option<Self> {
        Self::parse(file.strip_suffix(GONE)?)
    }

    fn parse(text: &str) -> Option<Self> {
        let (number, name) = text.split_once('-')?;
        let is_number = number.len() == DIGITS && number.bytes().all(|byte| byte.is_ascii_digit());
        let is_name = (1..=LONGEST).contains(&name.len()) && name.chars().all(fits);
        match is_number && is_name {
            true => Some(Item::new(number.parse().ok()?, name.to_owned())),
            false => None,
        }
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:0DIGITS$}-{}", self.number, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_as_it_was_called() {
        let item = Item::new(42, "a-b.1of2".to_owned());
        assert_eq!(item.file(), "0000000000000042-a-b.1of2.gz");
        assert_eq!(Item::of_file(&item.file()), Some(item.clone()));
        assert_eq!(Item::of_mark(&item.mark()), Some(item));
        assert!(Item::of_file(&Item::new(LAST, "x".to_owned()).file()).is_some());
    }

    #[test]
    fn files_of_others_are_no_items() {
        for file in [
            "",
            ".gz",
            "notes.gz",
            "42-a.gz",
            "0000000000000042.gz",
            "0000000000000042-.gz",
            "0000000000000042-a",
            "0000000000000042-a.gz.new",
            "+000000000000042-a.gz",
            "00000000000000042-a.gz",
            "0000000000000042-a b.gz",
            &format!("0000000000000042-{}.gz", "x".repeat(81)),
        ] {
            assert_eq!(Item::of_file(file), None, "{file}");
        }
    }
}
