//! CDR, the encoding of ROS 2 messages: XCDR1, little-endian, behind a header of four bytes.
//!
//! A number lies at a multiple of its size, counted from behind the header. A text is its length with the final zero, its
//! bytes, and the zero; a list is its length and its elements.

/// What an encoding begins with: plain CDR, little-endian, no options.
const HEADER: [u8; 4] = [0, 1, 0, 0];
/// Zeros that others may put at the end, to make its length a multiple of four.
const PADDING: usize = 3;
/// Elements for which room is made before they are read.
const ROOM: usize = 64;

/// Why bytes are no such message.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CdrError {
    /// They begin with something else than the header.
    #[error("is no little-endian CDR: its header is not 00 01")]
    Header,
    /// They end too early, or name a length that they do not have.
    #[error("ends too early, at byte {0}")]
    Short(usize),
    /// Something follows.
    #[error("has {0} bytes too many")]
    Long(usize),
    /// A text is not UTF-8, has a zero inside, or none at its end.
    #[error("has no text at byte {0}")]
    Text(usize),
    /// A number that stands for nothing.
    #[error("has the unknown value {0}")]
    Value(u8),
}

/// What can be encoded.
pub trait Cdr: Sized {
    /// Bytes that one has at least, without those that align it: no list has more elements than its bytes allow.
    const LEAST: usize;

    /// Appends it.
    fn write(&self, to: &mut Writer);

    /// Reads the next one.
    ///
    /// # Errors
    /// If there is none.
    fn read(from: &mut Reader<'_>) -> Result<Self, CdrError>;
}

/// `value` with its header.
pub fn encode(value: &impl Cdr) -> Vec<u8> {
    let mut writer = Writer(HEADER.to_vec());
    value.write(&mut writer);
    writer.0
}

/// The value that `bytes` encode. What it needs of memory is bounded by their number.
///
/// # Errors
/// If they are no such value, or something follows it.
pub fn decode<T: Cdr>(bytes: &[u8]) -> Result<T, CdrError> {
    if !bytes.starts_with(&HEADER[..2]) {
        return Err(CdrError::Header);
    }
    let bytes = bytes.get(HEADER.len()..).ok_or(CdrError::Short(bytes.len()))?;
    let mut reader = Reader { bytes, at: 0 };
    let value = T::read(&mut reader)?;
    match reader.left() {
        0..=PADDING => Ok(value),
        more => Err(CdrError::Long(more)),
    }
}

/// An encoding that grows.
#[derive(Debug)]
pub struct Writer(Vec<u8>);

impl Writer {
    fn number<const N: usize>(&mut self, bytes: [u8; N]) {
        let place = (self.0.len() - HEADER.len()).next_multiple_of(N);
        self.0.resize(HEADER.len() + place, 0);
        self.0.extend(bytes);
    }

    fn length(&mut self, length: usize) {
        // No message of this crate comes near it.
        self.number(u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
    }
}

/// An encoding that is read.
#[derive(Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], CdrError> {
        let rest = &self.bytes[self.at..];
        let taken = rest.get(..count).ok_or(CdrError::Short(self.bytes.len()))?;
        self.at += count;
        Ok(taken)
    }

    fn number<const N: usize>(&mut self) -> Result<[u8; N], CdrError> {
        let gap = self.at.next_multiple_of(N) - self.at;
        self.take(gap)?;
        let mut number = [0; N];
        number.copy_from_slice(self.take(N)?);
        Ok(number)
    }

    /// A length of elements that have `least` bytes each.
    fn length(&mut self, least: usize) -> Result<usize, CdrError> {
        let length = u32::from_le_bytes(self.number()?) as usize;
        match length.checked_mul(least) {
            Some(bytes) if bytes <= self.left() => Ok(length),
            _ => Err(CdrError::Short(self.bytes.len())),
        }
    }
}

macro_rules! numbers {
    ($($number:ty),*) => {$(
        impl Cdr for $number {
            const LEAST: usize = size_of::<$number>();

            fn write(&self, to: &mut Writer) {
                to.number(self.to_le_bytes());
            }

            fn read(from: &mut Reader<'_>) -> Result<Self, CdrError> {
                Ok(Self::from_le_bytes(from.number()?))
            }
        }
    )*};
}

numbers!(u8, i8, u32, i32, f32, f64);

impl Cdr for bool {
    const LEAST: usize = 1;

    fn write(&self, to: &mut Writer) {
        u8::from(*self).write(to);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, CdrError> {
        match u8::read(from)? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(CdrError::Value(other)),
        }
    }
}

impl Cdr for String {
    /// Some write an empty text without its zero.
    const LEAST: usize = 4;

    /// Zeros inside are left out: whoever reads it would take one for the end.
    fn write(&self, to: &mut Writer) {
        let zeros = self.bytes().filter(|byte| *byte == 0).count();
        to.length(self.len() - zeros + 1);
        to.0.extend(self.bytes().filter(|byte| *byte != 0));
        to.0.push(0);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, CdrError> {
        let length = from.length(1)?;
        let wrong = CdrError::Text(from.at);
        let text = match from.take(length)? {
            [] => return Ok(String::new()),
            [text @ .., 0] if !text.contains(&0) => text,
            _ => return Err(wrong),
        };
        std::str::from_utf8(text).map(str::to_owned).map_err(|_| wrong)
    }
}

impl<T: Cdr> Cdr for Vec<T> {
    const LEAST: usize = 4;

    fn write(&self, to: &mut Writer) {
        to.length(self.len());
        self.iter().for_each(|element| element.write(to));
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, CdrError> {
        let length = from.length(T::LEAST)?;
        let mut elements = Vec::with_capacity(length.min(ROOM));
        for _ in 0..length {
            elements.push(T::read(from)?);
        }
        Ok(elements)
    }
}

impl<const N: usize> Cdr for [u8; N] {
    const LEAST: usize = N;

    fn write(&self, to: &mut Writer) {
        to.0.extend(self);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, CdrError> {
        let mut bytes = [0; N];
        bytes.copy_from_slice(from.take(N)?);
        Ok(bytes)
    }
}
