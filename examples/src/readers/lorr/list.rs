use crate::readers::{ReadError, Source};

/// The lines of an `.agents` or `.tasks` file: after the count, one entry a line.
///
/// Lines that are empty or begin with `#` are left out.
pub(super) struct List<'s> {
    /// The number of each line in the file, from 1, and its text.
    pub(super) lines: Vec<(usize, &'s str)>,
}

impl<'s> List<'s> {
    pub(super) fn parse(source: &'s Source) -> Result<Self, ReadError> {
        let numbered = source.text.lines().enumerate();
        let numbered = numbered.map(|(k, line)| (k + 1, line.trim()));
        let mut lines = numbered.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        let Some((at, count)) = lines.next() else {
            return Err(source
                .origin()
                .line(1)
                .wrong("is empty: the first line must be the count"));
        };
        let wrong = |message: String| source.origin().line(at).key("count").wrong(message);
        let Ok(count) = count.parse::<u64>() else {
            return Err(wrong(format!("must be a whole number, but is {count:?}")));
        };
        let lines: Vec<_> = lines.collect();
        if lines.len() as u64 != count {
            return Err(wrong(format!("says {count}, but {} lines follow", lines.len())));
        }
        Ok(List { lines })
    }
}
