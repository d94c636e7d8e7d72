//! The repository holds itself to its own rules: file length, layers, what the core may not touch.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const MAX_LINES: usize = 700;

/// Who may import whom: a module of the core imports from its own layer and from those before it in this list.
/// It may list modules that are still to come; one that it does not list fails the test.
const LAYERS: &[&[&str]] = &[
    &["limits", "invalid"],
    &["ids", "time", "ability", "load", "place"],
    &[
        "task",
        "robot",
        "objective",
        "standing",
        "epoch",
        "precedence",
        "record",
        "regime",
        "panel",
        "planted",
    ],
    &["bid", "bundle"],
    &["message", "wire", "transport", "journal"],
    &["schedule", "urgency", "travel"],
    &["allocate", "ledger"],
    &["config", "pattern"],
    &["output", "context", "membership"],
    &["strategy"],
    &["node", "drive", "sim"],
];

/// Words that the core may not have, and why.
const NOT_IN_CORE: &[(&str, &str)] = &[
    ("HashMap", "its order changes from run to run"),
    ("HashSet", "its order changes from run to run"),
    ("Instant::now", "the core has no clock"),
    ("SystemTime::now", "the core has no clock"),
    ("thread_rng", "the core has no hidden randomness"),
    ("rand::rng(", "the core has no hidden randomness"),
];

/// Macros of work that is not finished; spelt so that this file has none of them.
const UNFINISHED: &[&str] = &["todo", "unimplemented", "dbg"];

/// Folders at the root of somebody's own machine.
const MACHINES: &[&str] = &["work", "home", "root", "Users", "tmp"];

#[test]
fn no_file_swallows_the_rest() {
    let long = rust_files().into_iter().filter_map(|path| {
        let lines = read(&path).lines().count();
        (lines > MAX_LINES).then(|| format!("{}: {lines} lines, more than {MAX_LINES}", path.display()))
    });
    expect_none(long.collect());
}

#[test]
fn nothing_is_left_unfinished() {
    let mut findings = Vec::new();
    for path in rust_files() {
        for word in UNFINISHED {
            findings.extend(find(&path, &code(&path), &format!("{word}!("), "finish it"));
        }
    }
    expect_none(findings);
}

#[test]
fn the_core_has_no_clock_and_no_hidden_order() {
    let mut findings = Vec::new();
    for path in core_files() {
        for (word, why) in NOT_IN_CORE {
            findings.extend(find(&path, &code(&path), word, why));
        }
    }
    expect_none(findings);
}

#[test]
fn nothing_names_a_machine() {
    let mut findings = Vec::new();
    for path in files(
        &root(),
        &[
            "rs", "toml", "md", "sh", "yml", "run", "json", "html", "css", "js",
        ],
    ) {
        let text = read(&path);
        for (folder, before) in MACHINES
            .iter()
            .flat_map(|folder| "\" ('=`".chars().map(move |c| (folder, c)))
        {
            findings.extend(find(
                &path,
                &text,
                &format!("{before}/{folder}/"),
                "a path of one machine",
            ));
        }
    }
    expect_none(findings);
}

#[test]
fn every_link_between_pages_leads_somewhere() {
    let mut findings = Vec::new();
    for path in files(&root(), &["md"]) {
        for link in links(&read(&path)) {
            if !path.with_file_name(&link).exists() {
                findings.push(format!(
                    "{}: leads to `{link}`, which is not there",
                    path.display()
                ));
            }
        }
    }
    expect_none(findings);
}

#[test]
fn no_layer_imports_a_higher_one() {
    let exports = exports();
    let mut findings = Vec::new();
    for path in core_files() {
        let Some(module) = module(&path) else { continue };
        for name in imports(&code(&path)) {
            let exported = exports.iter().find(|(item, _)| *item == name);
            let from = exported.map_or(name.as_str(), |(_, module)| module);
            match (layer(&module), layer(from)) {
                (Some(own), Some(other)) if other <= own => {}
                (Some(_), Some(_)) => {
                    findings.push(format!(
                        "{}: `{module}` imports the higher `{from}`",
                        path.display()
                    ));
                }
                _ => findings.push(format!(
                    "{}: put `{module}` and `{from}` in a layer",
                    path.display()
                )),
            }
        }
    }
    expect_none(findings);
}

#[test]
fn the_readers_of_imports_and_links_read_all_forms() {
    let code = "use crate::task::Task;\nuse crate::{node::{Node, Event}, ids, sim::*};\nlet x = crate::time::micros(y);";
    let names: Vec<String> = imports(code).into_iter().collect();
    assert_eq!(names, ["ids", "node", "sim", "task", "time"]);
    assert_eq!(strip_comment("let x = 1; // crate::sim"), "let x = 1; ");
    assert_eq!(strip_comment("at(\"tcp://host\")"), "at(\"tcp://host\")");
    assert_eq!(
        links("[a](b.md#c) [d](#e) [f](https://g) [h](../i.md)"),
        ["b.md", "../i.md"]
    );
    assert!(exports().contains(&("TaskSpec".to_owned(), "task".to_owned())));
    assert!(layer("sim") > layer("ledger") && layer("ledger") > layer("task"));
}

/// Fails with all findings at once.
fn expect_none(findings: Vec<String>) {
    assert!(findings.is_empty(), "\n{}", findings.join("\n"));
}

/// The lines of `text` that have `word`.
fn find(path: &Path, text: &str, word: &str, why: &str) -> Vec<String> {
    let lines = text.lines().zip(1..).filter(|(line, _)| line.contains(word));
    lines
        .map(|(_, number)| format!("{}:{number}: `{word}`: {why}", path.display()))
        .collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn rust_files() -> Vec<PathBuf> {
    files(&root(), &["rs"])
}

fn core_files() -> Vec<PathBuf> {
    files(&root().join("fleet-core/src"), &["rs"])
}

/// The files of these kinds below `folder`, sorted, without what is built or fuzzed.
fn files(folder: &Path, kinds: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let kind = name.rsplit('.').next().unwrap();
        if path.is_dir() {
            if !["target", ".git", "corpus", "artifacts", "book"].contains(&name) {
                found.extend(files(&path, kinds));
            }
        } else if kinds.contains(&kind) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The code of a file: without comments, and without the tests at its end.
fn code(path: &Path) -> String {
    let text = read(path);
    let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    code.lines().map(strip_comment).collect::<Vec<_>>().join("\n")
}

/// The line up to its `//`; one after a `:` is part of an address.
fn strip_comment(line: &str) -> &str {
    let comment = line
        .match_indices("//")
        .find(|(at, _)| !line[..*at].ends_with(':'));
    comment.map_or(line, |(at, _)| &line[..at])
}

/// The files that a page links to: no addresses, no anchors.
fn links(page: &str) -> Vec<String> {
    let targets = page.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let files = targets.map(|target| target.split('#').next().unwrap_or_default());
    files
        .filter(|file| !file.is_empty() && !file.contains(':'))
        .map(str::to_owned)
        .collect()
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

/// The top module that a file of the core belongs to; none for `lib.rs`, which may name everything.
fn module(path: &Path) -> Option<String> {
    let inside = path.strip_prefix(root().join("fleet-core/src")).unwrap();
    let top = inside.iter().next().unwrap().to_str().unwrap();
    let name = top.strip_suffix(".rs").unwrap_or(top);
    (name != "lib").then(|| name.to_owned())
}

/// What `lib.rs` exports, and the module that it comes from.
fn exports() -> Vec<(String, String)> {
    let lib = code(&root().join("fleet-core/src/lib.rs"));
    let mut exports = Vec::new();
    for statement in lib.split(';') {
        let path = statement
            .split_once("pub use ")
            .and_then(|(_, path)| path.split_once("::"));
        if let Some((module, items)) = path {
            exports.extend(words(items).map(|item| (item.to_owned(), module.to_owned())));
        }
    }
    exports
}

/// The first names after `crate::`, in imports and in paths: `b` and `c` of `crate::{b::X, c}`.
fn imports(code: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (at, start) in code.match_indices("crate::") {
        let rest = &code[at + start.len()..];
        match rest.strip_prefix('{') {
            Some(group) => names.extend(first_names(group)),
            None => names.extend(words(rest).next().map(str::to_owned)),
        }
    }
    names
}

/// The first name of every item of a group that was just opened.
fn first_names(group: &str) -> Vec<String> {
    let (mut depth, mut expected, mut names) = (1, true, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => break,
            '}' => depth -= 1,
            ',' if depth == 1 => expected = true,
            c if expected && is_word(c) => {
                names.extend(words(&group[at..]).next().map(str::to_owned));
                expected = false;
            }
            _ => {}
        }
    }
    names
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c| !is_word(c)).filter(|word| !word.is_empty())
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}
