//! The middleware, in the one order that is right.
//!
//! 1. `call`: gives the call its id and its span, so that everything after it can be told apart; on the way back it completes every
//!    error with details and the id.
//! 2. `gate`: finds the rule of the exact path, the caller and the decision, before the message is decoded. Health and reflection
//!    stand beside it, not behind it.

mod call;
mod gate;

pub use self::call::{Call, CallLayer};
pub use self::gate::{Gate, GateLayer};
