//! Encodings: as another implementation has them, any message and back, and bytes that are none.

use super::*;

const NAN: f32 = f32::NAN;

fn header() -> Header {
    Header {
        stamp: Time {
            sec: 1_700_000_000,
            nanosec: 5_000,
        },
        frame_id: "map".into(),
    }
}

fn diagnostics() -> DiagnosticArray {
    let value = KeyValue {
        key: "battery".into(),
        value: "0.1".into(),
    };
    let low = DiagnosticStatus {
        level: Level::Warn,
        name: "fleet: r1".into(),
        message: "low".into(),
        hardware_id: String::new(),
        values: vec![value],
    };
    let lost = DiagnosticStatus {
        level: Level::Stale,
        hardware_id: "id".into(),
        ..DiagnosticStatus::default()
    };
    DiagnosticArray {
        header: header(),
        status: vec![low, lost],
    }
}

fn battery() -> BatteryState {
    BatteryState {
        header: header(),
        voltage: 24.5,
        temperature: NAN,
        current: -1.5,
        charge: NAN,
        capacity: NAN,
        design_capacity: NAN,
        percentage: 0.75,
        power_supply_status: 2,
        power_supply_health: 1,
        power_supply_technology: 0,
        present: true,
        cell_voltage: vec![4.1, 4.2],
        cell_temperature: vec![],
        location: "base".into(),
        serial_number: "7".into(),
    }
}

fn pose() -> PoseStamped {
    let position = Point {
        x: 1.5,
        y: -2.5,
        z: 0.0,
    };
    let orientation = Quaternion {
        x: 0.0,
        y: 0.0,
        z: 0.6,
        w: 0.8,
    };
    PoseStamped {
        header: header(),
        pose: Pose {
            position,
            orientation,
        },
    }
}

fn goals() -> GoalStatusArray {
    let uuid = std::array::from_fn(|k| k as u8);
    let stamp = Time {
        sec: -1,
        nanosec: 999,
    };
    let first = GoalStatus {
        goal_info: GoalInfo {
            goal_id: Uuid { uuid },
            stamp,
        },
        status: GoalState::Executing,
    };
    let second = GoalStatus {
        status: GoalState::Aborted,
        ..GoalStatus::default()
    };
    GoalStatusArray {
        status_list: vec![first, second],
    }
}

/// Each message is encoded so by `rosbags` 0.11.9, and read back so.
#[track_caller]
fn golden<M: Message + std::fmt::Debug>(message: &M, bytes: &str) {
    let hex = |bytes: Vec<u8>| -> String { bytes.iter().map(|byte| format!("{byte:02x}")).collect() };
    let encoded = message.encode();
    let again = M::decode(&encoded).unwrap();
    assert_eq!(format!("{again:?}"), format!("{message:?}"));
    assert_eq!(hex(encoded), bytes.replace(' ', ""));
}

#[test]
fn encodings_are_those_of_another_implementation() {
    golden(&StringMessage { data: "hé".into() }, "00010000 04000000 68c3a900");
    golden(
        &diagnostics(),
        "00010000 00f15365 88130000 04000000 6d617000 02000000 01000000 0a000000 666c6565 743a2072 31000000 04000000 \
         6c6f7700 01000000 00000000 01000000 08000000 62617474 65727900 04000000 302e3100 03000000 01000000 00000000 \
         01000000 00000000 03000000 69640000 00000000",
    );
    golden(
        &battery(),
        "00010000 00f15365 88130000 04000000 6d617000 0000c441 0000c07f 0000c0bf 0000c07f 0000c07f 0000c07f 0000403f \
         02010001 02000000 33338340 66668640 00000000 05000000 62617365 00000000 02000000 3700",
    );
    golden(
        &pose(),
        "00010000 00f15365 88130000 04000000 6d617000 00000000 0000f83f 00000000 000004c0 00000000 00000000 00000000 \
         00000000 00000000 00000000 33333333 3333e33f 9a999999 9999e93f",
    );
    golden(
        &goals(),
        "00010000 02000000 00010203 04050607 08090a0b 0c0d0e0f ffffffff e7030000 02000000 00000000 00000000 00000000 \
         00000000 00000000 00000000 06",
    );
}

/// A sequence of numbers, another one for each seed.
struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: usize) -> usize {
        // Knuth's MMIX generator; its upper bits are the better ones.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }

    fn text(&mut self) -> String {
        const CHARS: [char; 6] = ['a', ' ', 'é', '€', '𝄞', '\n'];
        (0..self.below(9))
            .map(|_| CHARS[self.below(CHARS.len())])
            .collect()
    }

    fn status(&mut self) -> DiagnosticStatus {
        let levels = [Level::Ok, Level::Warn, Level::Error, Level::Stale];
        DiagnosticStatus {
            level: levels[self.below(4)],
            name: self.text(),
            message: self.text(),
            hardware_id: self.text(),
            values: (0..self.below(4))
                .map(|_| KeyValue {
                    key: self.text(),
                    value: self.text(),
                })
                .collect(),
        }
    }

    fn diagnostics(&mut self) -> DiagnosticArray {
        let stamp = Time {
            sec: self.below(1 << 30) as i32 - (1 << 29),
            nanosec: self.below(1_000_000_000) as u32,
        };
        DiagnosticArray {
            header: Header {
                stamp,
                frame_id: self.text(),
            },
            status: (0..self.below(5)).map(|_| self.status()).collect(),
        }
    }
}

#[test]
fn what_is_written_is_read_whatever_it_is() {
    for seed in 0..5_000 {
        let message = Draw(seed).diagnostics();
        let encoded = message.encode();
        assert_eq!(
            DiagnosticArray::decode(&encoded).as_ref(),
            Ok(&message),
            "seed {seed}"
        );
        // Less is an error, and so is more than padding.
        for end in 0..encoded.len() {
            assert!(
                DiagnosticArray::decode(&encoded[..end]).is_err(),
                "seed {seed}, {end} bytes"
            );
        }
        let longer = |more| [&encoded[..], &vec![0; more]].concat();
        assert_eq!(DiagnosticArray::decode(&longer(3)), Ok(message), "seed {seed}");
        assert_eq!(
            DiagnosticArray::decode(&longer(4)),
            Err(CdrError::Long(4)),
            "seed {seed}"
        );
    }
}

#[test]
fn damaged_bytes_are_an_error_or_a_message() {
    let read = |bytes: &[u8]| {
        let _ = (
            BatteryState::decode(bytes),
            PoseStamped::decode(bytes),
            StringMessage::decode(bytes),
        );
        let _ = GoalStatusArray::decode(bytes);
        if let Ok(message) = DiagnosticArray::decode(bytes) {
            assert_eq!(DiagnosticArray::decode(&message.encode()), Ok(message));
        }
    };
    for seed in 0..20_000 {
        let mut draw = Draw(seed);
        let messages = [
            diagnostics().encode(),
            battery().encode(),
            pose().encode(),
            goals().encode(),
        ];
        let mut bytes = messages[draw.below(4)].clone();
        for _ in 0..=draw.below(4) {
            let place = draw.below(bytes.len());
            bytes[place] = draw.below(256) as u8;
        }
        read(&bytes);
    }
}

#[test]
fn a_length_that_cannot_be_is_refused_before_room_is_made() {
    let four_billion = [0, 1, 0, 0, 0xff, 0xff, 0xff, 0xff];
    assert_eq!(StringMessage::decode(&four_billion), Err(CdrError::Short(4)));
    assert_eq!(GoalStatusArray::decode(&four_billion), Err(CdrError::Short(4)));
}

#[test]
fn what_is_no_message_is_told_apart() {
    assert_eq!(
        StringMessage::decode(&[0, 0, 0, 0, 0, 0, 0, 1, 0]),
        Err(CdrError::Header)
    );
    assert_eq!(StringMessage::decode(&[0, 1]), Err(CdrError::Short(2)));
    let text =
        |bytes: &[u8]| StringMessage::decode(&[&[0, 1, 0, 0, bytes.len() as u8, 0, 0, 0], bytes].concat());
    assert_eq!(text(b""), Ok(StringMessage::default()));
    for wrong in [&b"a"[..], b"a\0b\0", b"\xff\0"] {
        assert_eq!(text(wrong), Err(CdrError::Text(4)), "{wrong:?}");
    }
    let inside = StringMessage { data: "a\0b".into() };
    assert_eq!(StringMessage::decode(&inside.encode()).unwrap().data, "ab");
}
