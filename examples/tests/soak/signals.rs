use crate::program::{Ended, folder, start};
use crate::signal::send;

/// Sends a signal to a run without end as soon as it has begun.
fn interrupted(signal: &str) -> Ended {
    let folder = folder(signal);
    let running = start("soak", &folder, &["--seeds", "100000000", "--threads", "2"]);
    send(signal, &running, &folder.with_extension("err"));
    running.end()
}

#[test]
fn an_interrupt_and_a_request_to_end_end_it_in_good_order() {
    for signal in ["INT", "TERM"] {
        let ended = interrupted(signal);
        assert_eq!(ended.code, Some(130), "{ended:?}");
        assert!(ended.err.contains("interrupted: "), "{}", ended.err);
        assert!(ended.out.contains("broken promises none"), "{}", ended.out);
        assert!(!ended.err.contains("panicked"), "{}", ended.err);
    }
}
