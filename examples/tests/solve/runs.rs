use serde_json::Value;

use crate::problems::write;
use crate::program::{folder, run};

fn solved(arguments: &[&str]) -> Vec<Value> {
    let folder = folder(&arguments.join("-").replace(['/', '.'], "_"));
    write(&folder);
    let ended = run("solve", &folder, arguments);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let lines = ended.out.lines();
    lines
        .map(|line| serde_json::from_str(line).expect(line))
        .collect()
}

#[test]
fn every_format_is_told_from_its_content_and_solved() {
    let files = ["mdvrp.txt", "vrptw.txt", "pdptw.txt", "tasks/r1a1.txt"];
    let answers = solved(&[&["--json", "--rounds", "2000"], &files[..]].concat());
    let of = |answer: &Value| {
        (
            answer["format"].as_str().unwrap().to_string(),
            answer["goal"].as_str().unwrap().to_string(),
            answer["distance"].as_f64().unwrap(),
            answer["robots"].as_u64().unwrap(),
            answer["served"].as_u64().unwrap(),
        )
    };
    let expected = [
        ("mdvrp", "distance", 8.0, 2, 4),
        ("vrptw", "distance", 20.0, 1, 2),
        ("pdptw", "robots", 44.0, 1, 2),
        ("taptc", "served", 10.0, 1, 1),
    ];
    for (answer, (format, goal, distance, robots, served)) in answers.iter().zip(expected) {
        assert_eq!(answer["feasible"], true, "{answer}");
        assert_eq!(
            of(answer),
            (format.into(), goal.into(), distance, robots, served),
            "{answer}"
        );
    }
    assert_eq!(answers[3]["left_out"], serde_json::json!([1]));
    assert_eq!(
        answers[3]["reasons"],
        serde_json::json!([{ "has too much else to do": 1 }])
    );
    let route = &answers[2]["routes"][0]["stops"];
    assert_eq!(
        *route,
        serde_json::json!([[1, 0], [1, 1], [3, 0], [3, 1]]),
        "{route}"
    );
}

#[test]
fn a_run_by_rounds_repeats_itself_and_another_goal_is_another_result() {
    let once = |goal: &str| {
        let arguments = [
            "--json",
            "--rounds",
            "500",
            "--seed",
            "7",
            "--goal",
            goal,
            "mdvrp.txt",
        ];
        let mut answer = solved(&arguments).remove(0);
        answer["seconds"] = Value::Null;
        answer
    };
    assert_eq!(once("distance"), once("distance"));
    assert_eq!(once("robots")["robots"], 2);
    assert_eq!(once("makespan")["cost"], 4.0);
}

#[test]
fn other_allocators_solve_the_same_files() {
    let by = |allocator: &str, files: &[&str]| {
        let options = ["--json", "--rounds", "2000", "--allocator", allocator];
        solved(&[&options[..], files].concat())
    };
    for allocator in ["nearest", "sequential", "bundle", "exchange"] {
        let answers = by(allocator, &["vrptw.txt", "tasks/r1a1.txt"]);
        assert!(
            answers.iter().all(|answer| answer["feasible"] == true),
            "{answers:?}"
        );
        assert_eq!(answers[0]["served"], 2, "{allocator}");
        assert_eq!(answers[1]["served"], 1, "{allocator}");
    }
    let length = |allocator: &str| by(allocator, &["mdvrp.txt"])[0]["distance"].as_f64().unwrap();
    assert!(length("exchange") <= length("bundle"));
    assert_eq!(length("exchange"), 8.0);
}

#[test]
fn a_table_is_for_people_and_files_are_for_programs() {
    let folder = folder("table");
    write(&folder);
    let ended = run(
        "solve",
        &folder,
        &["--rounds", "100", "--out", "found", "mdvrp.txt", "vrptw.txt"],
    );
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(
        ended.out.contains("problem") && ended.out.contains("8.00"),
        "{}",
        ended.out
    );
    let text = std::fs::read_to_string(folder.join("found/vrptw.json")).unwrap();
    let answer: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(answer["distance"], 20.0);
}

#[test]
fn an_assignment_is_solved_to_the_optimum() {
    let folder = folder("assignment");
    std::fs::write(folder.join("assign3.txt"), " 3\n 4 1 3\n 2 0 5\n 3 2\n 2\n").unwrap();
    let ended = run("solve", &folder, &["--json", "assign3.txt"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let answer: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(answer["cost"], 5.0);
    assert_eq!(answer["columns"], serde_json::json!([1, 0, 2]));
}

#[test]
fn of_several_runs_the_best_counts() {
    let folder = folder("runs");
    let customers = 1..=40_u32;
    let places = customers.map(|k| format!("{k} {} {} 0 1 1 1 1", k * 37 % 101, k * 53 % 89));
    let lines = ["2 4 40 1".to_string(), "0 10".to_string()];
    let depot = "41 50 45 0 0 0 0".to_string();
    let text: Vec<String> = lines.into_iter().chain(places).chain([depot]).collect();
    std::fs::write(folder.join("forty.txt"), text.join("\n")).unwrap();
    let cost = |seed: &str, runs: &str| {
        let arguments = [
            "--json",
            "--rounds",
            "64",
            "--seed",
            seed,
            "--runs",
            runs,
            "forty.txt",
        ];
        let ended = run("solve", &folder, &arguments);
        let answer: Value = serde_json::from_str(&ended.out).expect(&ended.err);
        answer["cost"].as_f64().unwrap()
    };
    let alone = ["3", "4", "5"].map(|seed| cost(seed, "1"));
    let best = alone.into_iter().fold(f64::INFINITY, f64::min);
    assert!(alone.iter().any(|cost| *cost > best), "all are alike");
    assert_eq!(cost("3", "3"), best);
}
