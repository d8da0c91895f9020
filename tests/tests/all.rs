//! The one binary of tests that need more than a module: real processes, real HTTP, the sources.

mod bad_files;
mod calendars;
mod changes;
mod command_line;
mod corrections;
mod crash;
mod development;
mod duty;
mod evidence;
mod generated;
mod import;
mod journey;
mod notices;
mod packages;
mod published;
mod reach;
mod recipes;
mod redaction;
mod running;
mod search;
mod shop_itself;
mod similar;
mod sources;
mod tidy;
mod two_processes;
mod window_harness;
