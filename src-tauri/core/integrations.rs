//! What reaches out of this machine: one small trait for each kind of outside, one file (or one
//! recipe) for each system behind it.
//!
//! These modules know protocols and their own request types. They know no event, no model and no
//! journal, and not one another; they share [`http`], [`command`] and [`matchers`]. What an answer *means* for
//! a hot fix is decided by the engine.

pub mod archive;
pub mod checks;
pub mod command;
pub mod deploy;
pub mod http;
pub mod intake;
pub mod matchers;
pub mod message;
pub mod monitor;
pub mod publish;
pub mod vcs;
