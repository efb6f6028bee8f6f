//! Two sides measured in turns.

mod deciding;
mod real;
mod repository;
mod sides;
mod trouble;
mod turns;
