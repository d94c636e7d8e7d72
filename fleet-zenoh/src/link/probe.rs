//! What nodes send each other to measure their link.

/// Bytes of a probe.
pub(super) const BYTES: usize = 6;
const VERSION: u8 = 1;
const ASK: u8 = 0;
const ANSWER: u8 = 1;

/// A question that wants its number back, or that answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Probe {
    Ask(u32),
    Answer(u32),
}

impl Probe {
    pub(super) fn encode(self) -> [u8; BYTES] {
        let (kind, number) = match self {
            Probe::Ask(number) => (ASK, number),
            Probe::Answer(number) => (ANSWER, number),
        };
        let [a, b, c, d] = number.to_le_bytes();
        [VERSION, kind, a, b, c, d]
    }

    /// `None` of anything else.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        match *bytes {
            [VERSION, ASK, a, b, c, d] => Some(Probe::Ask(u32::from_le_bytes([a, b, c, d]))),
            [VERSION, ANSWER, a, b, c, d] => Some(Probe::Answer(u32::from_le_bytes([a, b, c, d]))),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probe_is_read_as_it_was_written_and_nothing_else_is_one() {
        for probe in [Probe::Ask(0), Probe::Answer(0x0102_0304), Probe::Ask(u32::MAX)] {
            let bytes = probe.encode();
            assert_eq!(Probe::decode(&bytes), Some(probe));
            for end in 0..BYTES {
                assert_eq!(Probe::decode(&bytes[..end]), None);
            }
            assert_eq!(Probe::decode(&[&bytes[..], &[0]].concat()), None);
        }
        assert_eq!(Probe::Answer(7).encode(), [1, 1, 7, 0, 0, 0]);
        assert_eq!(Probe::decode(&[2, 1, 7, 0, 0, 0]), None);
        assert_eq!(Probe::decode(&[1, 2, 7, 0, 0, 0]), None);
    }
}
