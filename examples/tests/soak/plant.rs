//! Mistakes that are put back: found where they can be, refused with advice where they cannot.

use crate::program::{folder, run};

#[cfg(not(all(feature = "planted", debug_assertions)))]
#[test]
fn a_build_without_mistakes_says_how_to_get_one_with_them() {
    let ended = run("soak", &folder("no-plant"), &["--plant", "no-fencing"]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""));
    let advice = "cargo run --example soak --features planted -- --plant no-fencing";
    assert!(ended.err.contains(advice), "{}", ended.err);
}

#[cfg(all(feature = "planted", debug_assertions))]
#[test]
fn a_mistake_is_found_made_smaller_and_replayed() {
    use serde_json::Value;

    let folder = folder("plant");
    let told = |arguments: &[&str]| {
        let ended = run("soak", &folder, &[arguments, &["--json"]].concat());
        assert_eq!((ended.code, ended.err.as_str()), (Some(1), ""), "{arguments:?}");
        serde_json::from_str::<Value>(&ended.out).expect("JSON")
    };
    let options = ["--plant", "grant-without-majority", "--stop-at-failure"];
    let found = told(&options);
    assert_eq!(found["plant"], "grant-without-majority");
    let (failure, smaller) = (&found["failures"][0], &found["smaller"][0]);
    let all = smaller["left_out"].as_array().map_or(0, Vec::len);
    let left = smaller["parts"].as_array().map_or(0, Vec::len);
    assert!(0 < left && left < all, "{left} parts are left, {all} are not");
    for told_so in [failure, smaller] {
        let command = told_so["replay"].as_str().expect("a command");
        let (cargo, options) = command.split_once(" -- ").expect("its options");
        assert_eq!(cargo, "cargo run --example soak --features planted");
        let again = told(&options.split(' ').collect::<Vec<_>>());
        let again = &again["failures"][0];
        for same in ["seed", "promise", "at", "what"] {
            assert_eq!(again[same], told_so[same], "{command}");
        }
    }
}
