use crate::problems::write;
use crate::program::{folder, start};
use crate::signal::send;

#[test]
fn an_interrupt_prints_the_best_so_far() {
    for signal in ["INT", "TERM"] {
        let folder = folder(signal);
        write(&folder);
        let running = start("solve", &folder, &["--seconds", "1000", "mdvrp.txt", "vrptw.txt"]);
        send(signal, &running, &folder.with_extension("err"));
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
