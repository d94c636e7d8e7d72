//! Short JSON that is safe inside a `<script>` element.

use std::io;

use serde_json::ser::Formatter;

/// Writes numbers without digits that nobody can see, and text without anything that HTML could take for its own.
pub(super) struct Embedded;

impl Formatter for Embedded {
    fn write_f64<W: io::Write + ?Sized>(&mut self, out: &mut W, value: f64) -> io::Result<()> {
        let digits = if value.abs() < 10.0 { 3 } else { 2 };
        let text = format!("{value:.digits$}");
        let text = text.trim_end_matches('0').trim_end_matches('.');
        out.write_all(if text == "-0" { b"0" } else { text.as_bytes() })
    }

    fn write_string_fragment<W: io::Write + ?Sized>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(['<', '>', '&', '\u{2028}', '\u{2029}']) {
            let (plain, special) = rest.split_at(at);
            out.write_all(plain.as_bytes())?;
            let mut tail = special.chars();
            if let Some(c) = tail.next() {
                write!(out, "\\u{:04x}", u32::from(c))?;
            }
            rest = tail.as_str();
        }
        out.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Serialize;

    fn written(value: impl Serialize) -> String {
        let mut out = Vec::new();
        let mut serializer = serde_json::Serializer::with_formatter(&mut out, Embedded);
        value.serialize(&mut serializer).expect("a Vec takes everything");
        String::from_utf8(out).expect("JSON is UTF-8")
    }

    #[test]
    fn numbers_are_short() {
        let numbers = [0.0, -0.0001, 1.0, 0.12345, 12.3456, -100.0, 1e6, 9.9996];
        assert_eq!(written(numbers), "[0,0,1,0.123,12.35,-100,1000000,10]");
        assert_eq!(written([f64::NAN]), "[null]");
    }

    #[test]
    fn text_cannot_end_the_script() {
        let hostile = "</script><!--&\u{2028}\u{2029}\"\\\u{7}é";
        let json = written(hostile);
        assert!(!json.contains(['<', '>', '&', '\u{2028}', '\u{2029}']), "{json}");
        assert_eq!(
            serde_json::from_str::<String>(&json).expect("still JSON"),
            hostile
        );
    }
}
