//! Prints everything that happens, for a seed that is looked at: `FLEET_TRACE=1`.

use fleet_core::Time;
use fleet_core::sim::{Happening, Observer};
use fleet_core::wire;

/// Prints, if it is asked to.
pub(crate) struct Trace;

impl Observer for Trace {
    fn observe(&mut self, now: Time, happening: &Happening<'_>) {
        if std::env::var_os("FLEET_TRACE").is_some() {
            print(now, happening);
        }
    }
}

fn print(now: Time, happening: &Happening<'_>) {
    match happening {
        Happening::Delivered { .. } => {}
        Happening::Sent {
            from,
            to,
            frame,
            lost,
            ..
        } => {
            eprintln!(
                "{now:?} {from:?} -> {to:?}, {lost} lost: {:?}",
                wire::decode(frame, usize::MAX)
            );
        }
        other => eprintln!("{now:?} {other:?}"),
    }
}
