//! How the programs are set up.

use std::fs;
use std::path::Path;

use fleet_deploy::settings::{File, Settings};

use crate::processes::{err, folder, program};

#[test]
fn an_unknown_choice_is_refused_with_those_there_are() {
    for (variable, known) in [
        (
            "COORDINATION_STRATEGY",
            ["centralized", "distributed", "hybrid"].as_slice(),
        ),
        ("SCHEDULING_ALGORITHM", &["auction-based", "auction-regret"]),
        (
            "PRIORITY_SCHEME",
            &["urgency-based", "fixed-classes", "earliest-due", "slack"],
        ),
    ] {
        let output = program("robot").env(variable, "chaotic").output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{variable}");
        let said = err(&output);
        assert!(
            said.contains(variable) && known.iter().all(|known| said.contains(known)),
            "{said}"
        );
    }
}

#[test]
fn a_flag_beats_the_environment_and_that_beats_the_file() {
    let file = folder("settings").join("fleet.toml");
    let refused = |text: &str, variable: Option<&str>, flag: Option<&str>| {
        fs::write(&file, text).unwrap();
        let mut command = program("orchestrator");
        command.arg("--config").arg(&file);
        if let Some(value) = variable {
            command.env("FLEET_ID", value);
        }
        if let Some(value) = flag {
            command.args(["--fleet", value]);
        }
        err(&command.output().unwrap())
    };
    let by_file = "fleet = 'in/file'";
    assert!(refused(by_file, None, None).contains("fleet: "));
    // Each is wrong in another way, so that it is seen which one was taken.
    assert!(refused(by_file, Some("in env"), None).contains("not ` `"));
    assert!(refused(by_file, Some("in env"), Some("in*flag")).contains("not `*`"));
    assert!(refused("fleet = 'fine'", None, None).contains("ORCHESTRATOR_ID"));
}

#[test]
fn the_files_of_the_manual_are_read() {
    let manual = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/src/operations.md");
    let text = fs::read_to_string(manual).unwrap();
    let files: Vec<&str> = text
        .split("```toml\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect();
    assert!(files.len() >= 2, "{}", files.len());
    for file in files {
        let settings = File::parse(file).and_then(Settings::of);
        let settings = settings.unwrap_or_else(|wrong| panic!("{wrong}\n{file}"));
        assert!(
            settings.as_orchestrator().is_ok() || settings.as_robot().is_ok(),
            "{file}"
        );
    }
}
