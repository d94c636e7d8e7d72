//! The programs, as processes of their own on this machine.

mod commands;
mod demo;
mod drains;
mod processes;
mod python;
mod secured;
mod settings;
