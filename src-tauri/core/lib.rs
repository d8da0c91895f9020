//! Hotfix Desk without a window: the journal, the decisions, the views and the engine.
//!
//! Shells (the Tauri window, the command line) hold a [`desk::Desk`] and speak the requests of
//! [`api`]. This crate knows no Tauri and no WebKit; ARCHITECTURE.md has the import table, and the
//! tidy test enforces it.

pub mod api;
pub mod calendar;
pub mod clock;
pub mod desk;
pub mod engine;
pub mod error;
pub mod event;
pub mod evidence;
pub mod gates;
pub mod import;
pub mod integrations;
pub mod journal;
pub mod model;
pub mod secrets;
pub mod stages;
pub mod store;
pub mod views;
pub mod web;
