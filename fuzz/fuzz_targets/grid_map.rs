//! Any bytes are an error or a map, and a map survives being written and read.
#![no_main]

use fleet_core::travel::GridMap;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(map) = GridMap::parse_bytes(bytes) else {
        return;
    };
    let text = map.to_text();
    assert_eq!(
        GridMap::parse(&text)
            .expect("what was written can be read")
            .to_text(),
        text
    );
});
