//! How many statements a call costs.

mod observer;
