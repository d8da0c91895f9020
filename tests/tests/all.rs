//! The one binary of tests that need more than a module: real processes, real HTTP, the sources.

mod generated;
mod journey;
mod shop_itself;
mod tidy;
mod window_harness;
