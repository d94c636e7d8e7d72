//! What is printed for people.

use std::fmt::Arguments;
use std::io::{self, ErrorKind, Write};

/// One line. Whoever reads our output may stop reading: then there is nobody to go on for.
pub(crate) fn line(text: Arguments<'_>) {
    let mut out = io::stdout().lock();
    let printed = writeln!(out, "{text}").and_then(|()| out.flush());
    match printed {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => {
            eprintln!("error: the output cannot be written: {error}");
            std::process::exit(1);
        }
    }
}

/// Prints a line, as `println!` does, and does not panic.
macro_rules! outln {
    () => { $crate::out::line(format_args!("")) };
    ($($text:tt)*) => { $crate::out::line(format_args!($($text)*)) };
}
pub(crate) use outln;
