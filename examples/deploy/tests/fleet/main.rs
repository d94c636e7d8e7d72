//! The programs, as processes of their own on this machine.

mod chaos;
mod commands;
mod demo;
mod drains;
mod namespaces;
mod patterns;
mod processes;
mod python;
mod reports;
mod secured;
mod settings;
mod site;
