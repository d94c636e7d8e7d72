//! From the data to the page.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use serde::Serialize;

use super::data::{Fact, MessageRow, Report, SummaryGroup};
use super::json::Embedded;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = concat!(include_str!("page.css"), include_str!("parts.css"));
const SCRIPT: &[&str] = &[
    include_str!("core.js"),
    include_str!("canvas.js"),
    include_str!("map.js"),
    include_str!("gantt.js"),
    include_str!("charts.js"),
    include_str!("panel.js"),
    include_str!("auction.js"),
    include_str!("table.js"),
    include_str!("main.js"),
];

/// The whole page.
pub fn render(report: &Report) -> String {
    let mut page = Vec::new();
    emit(&mut page, report).expect("a Vec takes everything");
    String::from_utf8(page).expect("the page is made of strings")
}

/// Writes the page to `path`, all of it or nothing: a reader sees the file of before or the new one.
///
/// # Errors
/// When the directory does not exist, cannot be written to or is full. A file that was at `path` is then still there.
pub fn write(path: impl AsRef<Path>, report: &Report) -> io::Result<()> {
    let path = path.as_ref();
    let Some(name) = path.file_name() else {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "the path names no file",
        ));
    };
    let mut hidden = OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(hidden);
    let written = write_part(&part, report).and_then(|()| fs::rename(&part, path));
    if written.is_err() {
        // What matters is the first error; the file may not even exist.
        let _ = fs::remove_file(&part);
    }
    written
}

fn write_part(part: &Path, report: &Report) -> io::Result<()> {
    let mut out = BufWriter::new(File::create(part)?);
    emit(&mut out, report)?;
    out.into_inner()?.sync_all()
}

/// Fills the template. Every place is filled once, from left to right, so that nothing in the data is taken for a place.
fn emit(out: &mut impl Write, report: &Report) -> io::Result<()> {
    let mut rest = PAGE;
    while let Some((before, after)) = rest.split_once("{{") {
        let (place, after) = after.split_once("}}").expect("the template closes what it opens");
        out.write_all(before.as_bytes())?;
        fill(out, place, report)?;
        rest = after;
    }
    out.write_all(rest.as_bytes())
}

fn fill(out: &mut impl Write, place: &str, report: &Report) -> io::Result<()> {
    match place {
        "title" => text(out, &report.title),
        "subtitle" => text(out, &report.subtitle),
        "style" => out.write_all(STYLE.as_bytes()),
        "facts" => rows(out, &report.facts),
        "summary" => report.summary.iter().try_for_each(|group| card(out, group)),
        "messages" => report.message_table.iter().try_for_each(|row| message(out, row)),
        "data" => {
            let mut serializer = serde_json::Serializer::with_formatter(out, Embedded);
            report.serialize(&mut serializer).map_err(io::Error::from)
        }
        "script" => SCRIPT.iter().try_for_each(|part| out.write_all(part.as_bytes())),
        unknown => unreachable!("the template has a place {unknown:?}"),
    }
}

fn card(out: &mut impl Write, group: &SummaryGroup) -> io::Result<()> {
    out.write_all(b"<section class=\"card\"><h2>")?;
    text(out, &group.title)?;
    out.write_all(b"</h2><dl>")?;
    rows(out, &group.rows)?;
    out.write_all(b"</dl></section>")
}

fn rows(out: &mut impl Write, facts: &[Fact]) -> io::Result<()> {
    facts.iter().try_for_each(|fact| {
        out.write_all(b"<div><dt>")?;
        text(out, &fact.label)?;
        out.write_all(b"</dt><dd>")?;
        text(out, &fact.value)?;
        out.write_all(b"</dd></div>")
    })
}

fn message(out: &mut impl Write, row: &MessageRow) -> io::Result<()> {
    out.write_all(b"<tr><th scope=\"row\">")?;
    text(out, &row.kind)?;
    out.write_all(b"</th>")?;
    for number in [row.sent, row.delivered, row.lost, row.bytes] {
        write!(out, "<td>{}</td>", grouped(number))?;
    }
    out.write_all(b"</tr>")
}

/// Digits in groups of three, with a narrow space that does not break.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// Text of the data, with nothing in it that HTML could take for its own.
fn text(out: &mut impl Write, text: &str) -> io::Result<()> {
    let mut buffer = [0; 4];
    text.chars().try_for_each(|c| {
        out.write_all(match c {
            '&' => b"&amp;",
            '<' => b"&lt;",
            '>' => b"&gt;",
            '"' => b"&quot;",
            '\'' => b"&#39;",
            c => c.encode_utf8(&mut buffer).as_bytes(),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_grouped() {
        let texts = [0, 12, 123, 1234, 1_234_567].map(grouped);
        assert_eq!(
            texts,
            ["0", "12", "123", "1\u{202f}234", "1\u{202f}234\u{202f}567"]
        );
    }

    #[test]
    fn the_script_does_not_end_itself() {
        assert!(
            SCRIPT
                .iter()
                .all(|part| !part.contains("</script") && !part.contains("<!--"))
        );
        assert!(!STYLE.contains("</style"));
    }
}
