//! `fleetctl`: what people say to a fleet, and what they are told.

mod args;
mod certs;
mod show;
mod submit;
mod watch;

use std::time::Instant;

use fleet_zenoh::{SettingsError, Tls};
use serde_json::{Value, json};

pub use args::{Args, Verb as Command};

use crate::ask::{AskError, Client, Verb};
use crate::out::outln;
use crate::settings::Settings;
use crate::{Wrong, answers, names, stop};

/// Why a command did not succeed. Each has an exit code.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// What was asked for was refused, wholly or in part.
    #[error("{0}")]
    Refused(String),
    /// What was given makes no sense; nothing was asked.
    #[error("{0}")]
    Input(String),
    /// Nobody answered.
    #[error("{0}")]
    Silence(String),
    /// It is not known whether it will be done.
    #[error("{0}")]
    NotYet(String),
}

impl Failure {
    /// 1 if it was refused, 2 if the input is wrong, 3 if nobody answered, 4 if it is not done yet.
    pub fn code(&self) -> u8 {
        match self {
            Failure::Refused(_) => 1,
            Failure::Input(_) => 2,
            Failure::Silence(_) => 3,
            Failure::NotYet(_) => 4,
        }
    }
}

impl From<AskError> for Failure {
    fn from(error: AskError) -> Self {
        let text = error.to_string();
        match error {
            AskError::Silence(_) => Failure::Silence(text),
            AskError::NotYet(..) => Failure::NotYet(text),
            AskError::Refused(_) | AskError::Send(_) => Failure::Refused(text),
        }
    }
}

impl From<Wrong> for Failure {
    fn from(wrong: Wrong) -> Self {
        Failure::Input(wrong.to_string())
    }
}

/// Does what the command line says.
///
/// # Errors
/// As [`Failure`] has it.
pub fn run(args: &Args) -> Result<(), Failure> {
    if let Command::Completions { shell } = &args.verb {
        args::completions(*shell);
        return Ok(());
    }
    if let Command::Certs(certs) = &args.verb {
        return certs::run(certs, &args.common, args.json);
    }
    let tasks = match &args.verb {
        Command::Submit(submit) => Some(submit::read(submit)?), // before anybody is asked
        _ => None,
    };
    let client = client(args)?;
    let json = args.json;
    match (&args.verb, tasks) {
        (Command::Submit(_), Some(tasks)) => submit::submit(&client, tasks, json),
        (Command::List { phases }, _) => show::tasks(&list(&client, phases)?, json),
        (Command::Cancel { tasks }, _) => cancel(&client, tasks, json),
        (Command::Drain(drain), _) => drain_robots(&client, drain, json),
        (Command::Explain { task }, _) => explain(&client, task, json),
        (Command::Status, _) => show::status(&client.all(Verb::Status, &json!({}))?, json),
        (Command::Watch { until_done }, _) => watch::watch(&client, *until_done, json),
        (Command::Completions { .. } | Command::Certs(_) | Command::Submit(_), _) => Ok(()),
    }
}

fn client(args: &Args) -> Result<Client, Failure> {
    let mut settings = Settings::read(&args.common)?;
    settings.link.listen.clear(); // the file may be an orchestrator's, and nobody connects to this program
    if settings.link.connect.is_empty() && !settings.link.multicast {
        let message =
            "connect: names nobody: give --connect, FLEET_CONNECT, or a settings file with link.connect";
        return Err(Failure::Input(message.into()));
    }
    let session = settings.session_of_people()?;
    let caller = caller(args, session.tls.as_ref())?;
    let end = Instant::now() + args.timeout;
    let is_client = session.mode == fleet_zenoh::Mode::Client;
    let opened = session.open_unless(|| Instant::now() >= end);
    let session = opened.map_err(|error| match error {
        SettingsError::Open(_) if is_client => AskError::Silence(args.timeout).into(),
        error => Failure::Input(format!("link: {error}")),
    })?;
    let (fleet, within) = (settings.fleet, args.timeout);
    Ok(Client {
        session,
        fleet,
        caller,
        within,
    })
}

/// Who asks. With a certificate nobody can ask as somebody else.
fn caller(args: &Args, tls: Option<&Tls>) -> Result<String, Failure> {
    let holder = tls.map(|tls| tls.identity().id());
    let caller = args.caller.as_deref().or(holder).unwrap_or("fleetctl");
    names::id(caller).map_err(|error| Failure::Input(format!("--as: {error}")))?;
    match holder {
        Some(holder) if holder != caller => Err(Failure::Input(format!(
            "--as: is '{caller}', but the certificate is of '{holder}': leave it out"
        ))),
        _ => Ok(caller.to_owned()),
    }
}

/// All tasks in these phases, or in any.
///
/// # Errors
/// If the orchestrators do not answer.
pub fn list(client: &Client, phases: &[String]) -> Result<Vec<Value>, Failure> {
    let mut tasks = Vec::<Value>::new();
    loop {
        let after = tasks.last().map(|task| task["id"].clone());
        let mut page = client.ask(Verb::List, &json!({ "phases": phases, "after": after }))?;
        match &mut page["tasks"] {
            Value::Array(list) => tasks.append(list),
            _ => return Err(Failure::Refused("the answer has no list of tasks".into())),
        }
        if page["more"] != true {
            return Ok(tasks);
        }
    }
}

fn cancel(client: &Client, tasks: &[String], json: bool) -> Result<(), Failure> {
    let answer = client.seek(Verb::Cancel, &json!({ "tasks": tasks }), nothing_refused)?;
    show::answer(&answer, json, |answer| {
        for (field, text) in [
            ("cancelled", "is called off"),
            ("done", "was done before"),
            ("failed", "had failed before"),
        ] {
            for task in answers::texts(&answer[field]) {
                outln!("{task} {text}");
            }
        }
    });
    refusals(&answer)
}

fn drain_robots(client: &Client, drain: &args::Drain, json: bool) -> Result<(), Failure> {
    let question =
        json!({ "robots": drain.robots, "all": drain.all, "undo": drain.undo, "how": drain.how.name() });
    let answer = client.ask(Verb::Drain, &question)?;
    if !drain.wait || drain.undo {
        show::answer(&answer, json, |answer| {
            let what = if drain.undo {
                "is back in service"
            } else {
                "goes out of service"
            };
            for robot in answers::texts(&answer["robots"]) {
                outln!("{robot} {what}");
            }
        });
        return Ok(());
    }
    let drained: Vec<&str> = answers::texts(&answer["robots"]).collect();
    let stop = stop::when_told(false).map_err(Failure::Input)?;
    while !stop.load(std::sync::atomic::Ordering::Relaxed) {
        let status = client.status()?;
        let busy = answers::items(&status["robots"])
            .filter(|robot| drained.iter().any(|name| robot["robot"] == *name) && robot["tasks"] != 0)
            .count();
        if busy == 0 {
            show::answer(&answer, json, |_| {
                outln!("{} robots have nothing left", drained.len())
            });
            return Ok(());
        }
        std::thread::sleep(std::time::Duration::from_millis(250));
    }
    Err(Failure::NotYet("interrupted: the robots go on draining".into()))
}

fn explain(client: &Client, task: &str, json: bool) -> Result<(), Failure> {
    // Only the one that led knows of the auction.
    let knows = |answer: &Value| !answer["award"].is_null() && answer["award"]["robot"] == answer["robot"];
    let answer = client.seek(Verb::Explain, &json!({ "id": task }), knows)?;
    show::answer(&answer, json, show::explain);
    Ok(())
}

fn nothing_refused(answer: &Value) -> bool {
    answer["refused"].as_array().is_none_or(Vec::is_empty)
}

/// What of it was refused.
fn refusals(answer: &Value) -> Result<(), Failure> {
    let lines: Vec<String> = answers::items(&answer["refused"])
        .map(|refusal| {
            let text = |field: &str| refusal[field].as_str().unwrap_or_default().to_owned();
            format!("{}: {}: {}", text("id"), text("field"), text("message"))
        })
        .collect();
    match lines.is_empty() {
        true => Ok(()),
        false => Err(Failure::Refused(format!(
            "{} refused\n{}",
            lines.len(),
            lines.join("\n")
        ))),
    }
}
