use std::fs;
use std::process::Command;

use crate::problems::write;
use crate::program::{folder, start, wait_for};

#[test]
fn an_interrupt_prints_the_best_so_far() {
    for signal in ["INT", "TERM"] {
        let folder = folder(signal);
        write(&folder);
        let running = start("solve", &folder, &["--seconds", "1000", "mdvrp.txt", "vrptw.txt"]);
        wait_for("a first word", || {
            let said = fs::metadata(folder.with_extension("err")).ok()?;
            (said.len() > 0).then_some(())
        });
        let id = running.child.id().to_string();
        let sent = Command::new("kill").args(["-s", signal, &id]).status();
        assert!(sent.expect("there is a `kill`").success());
        let ended = running.end();
        assert_eq!(ended.code, Some(130), "{ended:?}");
        assert!(ended.err.contains("interrupted"), "{}", ended.err);
        assert!(
            ended.out.contains("mdvrp") && !ended.out.contains("vrptw"),
            "{}",
            ended.out
        );
    }
}
