//! Content as it lies on disk and is sent: one gzip file, which has a checksum.

use std::io::{self, Read, Write};

use flate2::Compression;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;

/// Bytes of one item at most, before they are compressed. What is longer is put as several items, one after the other.
pub const PART: usize = 1 << 20;
/// Bytes of a file of the spool at most: what cannot be compressed gets a little longer.
pub(super) const PACKED: usize = PART + PART / 256 + 64;

/// Compresses it.
pub(super) fn pack(content: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content)?;
    encoder.finish()
}

/// Whether this is something packed, whole and undamaged, and nothing else. It is read, and not kept.
pub(super) fn check(packed: &[u8]) -> bool {
    let mut decoder = GzDecoder::new(packed);
    let read = io::copy(&mut (&mut decoder).take(PART as u64 + 1), &mut io::sink());
    read.is_ok_and(|bytes| bytes <= PART as u64) && decoder.into_inner().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes that cannot be compressed, from one step of a generator to the next.
    fn noise(bytes: usize) -> Vec<u8> {
        let mut state = 1_u64;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as u8
        };
        (0..bytes).map(|_| next()).collect()
    }

    #[test]
    fn whatever_a_part_holds_it_fits() {
        for content in [vec![], vec![b'a'; PART], noise(PART)] {
            let packed = pack(&content).unwrap();
            assert!(packed.len() <= PACKED, "{}", packed.len());
            assert!(check(&packed));
            let mut read = Vec::new();
            GzDecoder::new(&packed[..]).read_to_end(&mut read).unwrap();
            assert!(read == content);
        }
    }

    #[test]
    fn every_damage_is_seen() {
        let packed = pack(b"a line\nanother line\n").unwrap();
        for end in 0..packed.len() {
            assert!(!check(&packed[..end]), "cut at {end}");
        }
        assert!(!check(&[&packed[..], b"x"].concat()));
        // Those of the heading say how it was made and when, and mean nothing here.
        for at in 10..packed.len() {
            let mut other = packed.clone();
            other[at] ^= 1;
            assert!(!check(&other), "flipped at {at}");
        }
        assert!(!check(&pack(&vec![0; PART + 1]).unwrap()));
    }
}
