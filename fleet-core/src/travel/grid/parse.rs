use alloc::string::String;
use alloc::vec::Vec;

use super::{Cell, GridMap};
use crate::limits;

/// Why a text is no map, and in which line (the first is line 1).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MapError {
    /// Bytes that are not UTF-8.
    #[error(
        "line {line}: is not text; a map is plain ASCII, save it without compression or another encoding"
    )]
    NotText {
        /// Where.
        line: usize,
    },
    /// A line of the header that is missing or says something else.
    #[error("line {line}: must be {expected}")]
    Header {
        /// Where.
        line: usize,
        /// What belongs there.
        expected: &'static str,
    },
    /// More cells than the limit.
    #[error(
        "line {line}: {width} x {height} cells are more than the {} allowed; cut the map into parts",
        limits::GRID_CELLS
    )]
    TooLarge {
        /// Where.
        line: usize,
        /// Columns that the header names.
        width: u64,
        /// Rows that the header names.
        height: u64,
    },
    /// A row that is longer or shorter than the header says.
    #[error("line {line}: has {found} cells, but the header says width {width}; correct one of them")]
    Width {
        /// Where.
        line: usize,
        /// Characters in this line.
        found: usize,
        /// What the header says.
        width: u32,
    },
    /// The text ends early.
    #[error(
        "line {line}: the map ends after {found} rows, but the header says height {height}; is the file cut off?"
    )]
    MissingRows {
        /// Where the next row belongs.
        line: usize,
        /// Rows before the end.
        found: u32,
        /// What the header says.
        height: u32,
    },
    /// Text after the last row.
    #[error(
        "line {line}: comes after the {height} rows that the header names; remove it or correct the height"
    )]
    ExtraRow {
        /// Where.
        line: usize,
        /// What the header says.
        height: u32,
    },
    /// A character that is neither passable nor an obstacle.
    #[error(
        "line {line}, column {column}: is {found:?}, but must be one of . G S E (free) or @ O T W (obstacle)"
    )]
    Character {
        /// Where.
        line: usize,
        /// Where in the line; the first is column 1.
        column: usize,
        /// What is there.
        found: char,
    },
}

/// Lines of the header: the first row is in line 5.
const HEADER: usize = 4;

impl GridMap {
    /// Reads the MovingAI format (`type octile`, height, width, `map`, then the rows), with cells of 1 m.
    ///
    /// Free are `.` `G` `S` `E`, obstacles `@` `O` `T` `W`. Lines may end in CRLF, and blank lines may follow
    /// the last row. Memory is taken for rows that are there, whatever the header says. O(bytes).
    ///
    /// # Errors
    /// Names the first line that is wrong, and what belongs there.
    ///
    /// Reference: N. Sturtevant, "Benchmarks for Grid-Based Pathfinding", 2012.
    pub fn parse(text: &str) -> Result<Self, MapError> {
        let mut lines = text.lines();
        let (width, height) = parse_header(&mut lines)?;
        let mut free = Vec::with_capacity((width as usize * height as usize).min(text.len()));
        for row in 0..height {
            let line = HEADER + 1 + row as usize;
            let text = lines.next().ok_or(MapError::MissingRows {
                line,
                found: row,
                height,
            })?;
            parse_row(text, line, width, &mut free)?;
        }
        match lines.position(|line| !line.is_empty()) {
            Some(blank) => Err(MapError::ExtraRow {
                line: HEADER + 1 + height as usize + blank,
                height,
            }),
            None => Ok(GridMap::from_parts(width, height, free)),
        }
    }

    /// The same, from the bytes of a file.
    ///
    /// # Errors
    /// Also if the bytes are not UTF-8.
    pub fn parse_bytes(bytes: &[u8]) -> Result<Self, MapError> {
        let text = str::from_utf8(bytes).map_err(|error| {
            let before = &bytes[..error.valid_up_to()];
            let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
            MapError::NotText { line }
        })?;
        GridMap::parse(text)
    }

    /// Writes the MovingAI format with `.` for free cells and `@` for obstacles; the size of a cell is not
    /// part of it.
    pub fn to_text(&self) -> String {
        let mut text = alloc::format!("type octile\nheight {}\nwidth {}\nmap\n", self.height, self.width);
        text.reserve(self.free.len() + self.height as usize);
        for row in 0..self.height {
            let cells = (0..self.width).map(|column| self.is_free(Cell { column, row }));
            text.extend(cells.map(|free| if free { '.' } else { '@' }));
            text.push('\n');
        }
        text
    }
}

/// Width and height, whose product is within the limit.
fn parse_header<'a>(lines: &mut impl Iterator<Item = &'a str>) -> Result<(u32, u32), MapError> {
    parse_words(lines.next(), ["type", "octile"], 1, "`type octile`")?;
    let height = parse_size(
        lines.next(),
        "height",
        2,
        "`height` and how many rows follow, at least 1",
    )?;
    let width = parse_size(
        lines.next(),
        "width",
        3,
        "`width` and how many cells a row has, at least 1",
    )?;
    let cells = width.checked_mul(height);
    if cells.is_none_or(|cells| cells > limits::GRID_CELLS as u64) {
        return Err(MapError::TooLarge {
            line: 3,
            width,
            height,
        });
    }
    parse_words(
        lines.next(),
        ["map"],
        4,
        "`map`, with the rows in the lines that follow",
    )?;
    Ok((width as u32, height as u32))
}

fn parse_words<const N: usize>(
    text: Option<&str>,
    words: [&str; N],
    line: usize,
    expected: &'static str,
) -> Result<(), MapError> {
    let found = text.is_some_and(|text| text.split_ascii_whitespace().eq(words));
    found.then_some(()).ok_or(MapError::Header { line, expected })
}

/// The number above zero that follows `name`.
fn parse_size(text: Option<&str>, name: &str, line: usize, expected: &'static str) -> Result<u64, MapError> {
    let words = text.and_then(|text| text.trim_ascii().split_once(' '));
    let number = words.filter(|(first, _)| *first == name);
    let size = number.and_then(|(_, number)| number.trim_ascii().parse().ok());
    size.filter(|size| *size > 0)
        .ok_or(MapError::Header { line, expected })
}

fn parse_row(text: &str, line: usize, width: u32, free: &mut Vec<bool>) -> Result<(), MapError> {
    let found = text.chars().count();
    if found != width as usize {
        return Err(MapError::Width { line, found, width });
    }
    for (k, found) in text.chars().enumerate() {
        free.push(match found {
            '.' | 'G' | 'S' | 'E' => true,
            '@' | 'O' | 'T' | 'W' => false,
            _ => {
                return Err(MapError::Character {
                    line,
                    column: k + 1,
                    found,
                });
            }
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    use alloc::borrow::ToOwned;
    use alloc::string::ToString;

    fn error(text: &str) -> String {
        GridMap::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn all_eight_letters_are_known() {
        let map = GridMap::parse("type octile\nheight 2\nwidth 4\nmap\n.GSE\n@OTW").unwrap();
        assert_eq!(map.free_count(), 4);
        assert!(map.free_cells().all(|cell| cell.row == 0));
    }

    #[test]
    fn line_ends_are_tolerated() {
        let plain = GridMap::parse("type octile\nheight 1\nwidth 2\nmap\n.@").unwrap();
        let crlf = GridMap::parse("type octile\r\nheight 1\r\nwidth 2\r\nmap\r\n.@\r\n\r\n").unwrap();
        assert_eq!(plain, crlf);
    }

    #[test]
    fn a_huge_claim_is_refused_at_the_header() {
        for size in ["1000000000", "18446744073709551615"] {
            let text = alloc::format!("type octile\nheight {size}\nwidth {size}\nmap\n.");
            assert!(error(&text).starts_with("line 3: "), "{}", error(&text));
        }
    }

    #[test]
    fn errors_name_the_line_and_what_belongs_there() {
        let head = "type octile\nheight 2\nwidth 2\nmap\n";
        for (text, expected) in [
            (String::new(), "line 1: must be `type octile`"),
            ("type tile\n".into(), "line 1: must be `type octile`"),
            ("type octile\nheight -3\n".into(), "line 2: must be `height`"),
            (
                "type octile\nheight 2\nwidth 0\n".into(),
                "line 3: must be `width`",
            ),
            (
                "type octile\nheight 2\nwidth 2\n..\n..".into(),
                "line 4: must be `map`",
            ),
            (head.into(), "line 5: the map ends after 0 rows"),
            (head.to_owned() + "..\n", "line 6: the map ends after 1 rows"),
            (head.to_owned() + "..\n.\n", "line 6: has 1 cells"),
            (head.to_owned() + "...\n..\n", "line 5: has 3 cells"),
            (head.to_owned() + "..\n.x\n", "line 6, column 2: is 'x'"),
            (
                head.to_owned() + "..\n..\n\n..\n",
                "line 8: comes after the 2 rows",
            ),
        ] {
            assert!(error(&text).starts_with(expected), "{text:?}: {}", error(&text));
        }
    }

    #[test]
    fn bytes_that_are_no_text_name_their_line() {
        let error = GridMap::parse_bytes(b"type octile\nheight \xff").unwrap_err();
        assert_eq!(error, MapError::NotText { line: 2 });
    }
}
