//! A fleet as processes: orchestrators, robots, and the program that people speak to them with.
//!
//! | program | what |
//! |---|---|
//! | `orchestrator` | coordinator and witness, one of the fleet's centre; answers what people ask |
//! | `robot` | a robot's node, with a [body](body::Body) |
//! | `router` | passes on what programs say to each other that have no link |
//! | `fleetctl` | submits tasks, lists, watches, cancels, drains, explains; issues certificates |
//! | `demo` | all of them on one machine |

#![forbid(unsafe_code)]

pub mod answers;
pub mod ask;
pub mod body;
pub mod choices;
pub mod ctl;
pub mod demo;
pub mod desk;
pub mod links;
pub mod log;
pub mod names;
pub mod node;
pub mod orchestrator;
mod out;
pub mod reports;
pub mod robot;
pub mod router;
pub mod settings;
pub mod stop;
pub mod tasks;
mod wrong;

pub use wrong::Wrong;

/// Ends a program: what went wrong goes to the standard error, and the exit code says that something did.
pub fn exit(result: Result<(), String>) -> std::process::ExitCode {
    match result {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            std::process::ExitCode::FAILURE
        }
    }
}
