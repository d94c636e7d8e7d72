//! The programs, as processes of their own on this machine.

mod chaos;
mod clocks;
mod commands;
mod demo;
mod drains;
mod namespaces;
mod patterns;
mod processes;
mod python;
#[path = "../../../../fleet-zenoh/tests/loopback/relay.rs"]
mod relay;
mod reports;
mod secured;
mod settings;
mod site;
mod weather;
