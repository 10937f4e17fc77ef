//! The process: reads the settings, opens what it needs, and wires the parts that know nothing of each other.

mod batch;
mod carrier;
mod certificates;
mod clock;
mod config;
mod demo;
mod dns;
mod doctor;
mod events;
mod facts;
mod fence;
mod ground;
mod http;
mod inbox;
mod kept_sound;
mod keys;
mod listening;
mod log_file;
mod media_browser;
mod media_io;
mod media_stream;
mod network;
mod plan;
mod processor;
mod prompts;
mod readiness;
mod serve;
mod setting;
mod signalling;
mod sounds;
mod transport;
mod trunk;
mod vitals;
mod web;

use clap::Parser;
use config::{Cli, Command};

/// The C library's gives memory back and takes it again all the time, and keeps what a password's hash took (19 MiB).
/// Threads of its own give back what has been idle for ten seconds; without them a thread that sleeps keeps it.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> std::process::ExitCode {
    let cli = Cli::parse();
    let done = match cli.command {
        Command::Serve(options) => {
            let log = setting::Log::begin();
            options.complete().and_then(|settings| serve::run(settings, log)).map(|()| true)
        }
        Command::Carrier { listen } => carrier::run(listen).map(|()| true),
        Command::Doctor(options) => options.complete().and_then(|settings| doctor::run(&settings)),
    };
    match done {
        Ok(true) => std::process::ExitCode::SUCCESS,
        Ok(false) => std::process::ExitCode::FAILURE,
        Err(error) => {
            eprintln!("belfry: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}
