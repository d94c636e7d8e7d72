use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use fleet_core::Task;
use serde_json::{Value, json};

use super::args::Submit;
use super::{Failure, nothing_refused, refusals, show};
use crate::ask::{Client, TASKS, Verb};
use crate::out::outln;
use crate::tasks::{self, Format};

/// Bytes of a file at most.
const FILE: u64 = 256 << 20;

/// Bytes of one question, without what is around its tasks.
const PART: usize = crate::ask::QUESTION - 64;

/// The tasks of a file; all of them, or with `keep_going` the good ones.
pub(super) fn read(submit: &Submit) -> Result<Vec<Task>, Failure> {
    let text =
        text(&submit.file).map_err(|error| Failure::Input(format!("{}: {error}", submit.file.display())))?;
    let is_csv = submit
        .file
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
    let format = submit
        .format
        .unwrap_or(if is_csv { Format::Csv } else { Format::Json });
    let (good, bad) = tasks::parse(&text, format);
    for line in &bad {
        eprintln!("{line}");
    }
    if !bad.is_empty() && !submit.keep_going {
        let message = format!(
            "{} bad lines: nothing was submitted (--keep-going submits the others)",
            bad.len()
        );
        return Err(Failure::Input(message));
    }
    if good.is_empty() {
        return Err(Failure::Input(format!("{}: no tasks", submit.file.display())));
    }
    Ok(good.into_iter().map(|(_, task)| task).collect())
}

fn text(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let source: Box<dyn Read> = match path == Path::new("-") {
        true => Box::new(io::stdin()),
        false => Box::new(File::open(path)?),
    };
    if source.take(FILE + 1).read_to_string(&mut text)? as u64 > FILE {
        return Err(io::Error::other(format!("more than {FILE} bytes: split it")));
    }
    Ok(text)
}

/// Submits tasks, in as few questions as will do.
pub(super) fn submit(client: &Client, tasks: Vec<Task>, json: bool) -> Result<(), Failure> {
    let mut sum = json!({ "accepted": [], "refused": [] });
    let mut result = Ok(());
    for part in parts(&tasks) {
        match client.seek(Verb::Submit, &json!({ "tasks": part }), nothing_refused) {
            Ok(mut answer) => {
                for field in ["accepted", "refused"] {
                    if let (Some(sum), Some(list)) = (sum[field].as_array_mut(), answer[field].as_array_mut())
                    {
                        sum.append(list);
                    }
                }
            }
            Err(error) => {
                result = Err(error.into());
                break;
            }
        }
    }
    let accepted = sum["accepted"].as_array().map_or(0, Vec::len);
    show::answer(&sum, json, |_| {
        outln!("{accepted} of {} tasks accepted", tasks.len())
    });
    result.and_then(|()| refusals(&sum))
}

fn parts(tasks: &[Task]) -> Vec<Vec<Value>> {
    let (mut parts, mut bytes) = (Vec::<Vec<Value>>::new(), 0);
    for task in tasks {
        let value = tasks::json(task);
        let length = value.to_string().len() + 1;
        match parts.last_mut() {
            Some(part) if part.len() < TASKS && bytes + length <= PART => part.push(value),
            _ => {
                parts.push(vec![value]);
                bytes = 0;
            }
        }
        bytes += length;
    }
    parts
}
