//! The middleware, in the one order that is right.
//!
//! 1. `protocol`: refuses what is no gRPC call, as HTTP refuses it; nothing after it meets anything else.
//! 2. `call`: gives the call its id and its span, so that everything after it can be told apart; on the way back it completes every
//!    error with details and the id.
//! 3. `guard`: turns a panic of anything below into an answer.
//! 4. `capacity`: refuses what is more than the connection may ask for at once, before any work is done for it.
//! 5. `deadline`: refuses a deadline that is none, and ends what takes too long, the reading of the message included.
//! 6. `gate`: finds the rule of the exact path, the caller and the decision, before the message is decoded. Health and reflection
//!    stand beside it, not behind it.
//! 7. `one_message`: refuses a second message. Reflection, whose calls have many, stands beside it.
//!
//! `connection` is what a call knows of the connection that it came over.

mod call;
mod capacity;
mod connection;
mod deadline;
mod gate;
mod guard;
mod one_message;
mod protocol;
mod trailers;

pub use self::call::{Call, CallLayer};
pub use self::capacity::{Capacity, CapacityLayer};
pub use self::connection::Connection;
pub use self::deadline::{Deadline, DeadlineLayer};
pub use self::gate::{Gate, GateLayer};
pub use self::guard::{Guard, GuardLayer};
pub use self::one_message::{OneMessage, OneMessageLayer};
pub use self::protocol::{Protocol, ProtocolLayer};
