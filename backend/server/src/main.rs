//! The process: reads the settings, opens what it needs, and wires the parts that know nothing of each other.

mod batch;
mod clock;
mod config;
mod demo;
mod facts;
mod http;
mod inbox;
mod keys;
mod media_io;
mod plan;
mod readiness;
mod serve;
mod setting;
mod signalling;
mod transport;

use clap::Parser;
use config::{Cli, Command};

/// Messages and facts are made on one thread and dropped on another, which the system's allocator does slowly.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    let cli = Cli::parse();
    let log = setting::Log::begin();
    let done = match cli.command {
        Command::Serve(options) => options.complete().and_then(|settings| serve::run(settings, log)),
    };
    match done {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("belfry: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}
