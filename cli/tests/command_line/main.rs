//! The binary as people and scripts use it: what it says, what it writes and how it exits.

mod check;
mod compile;
mod doc;
mod explain;
mod input;
mod json;
mod world;
