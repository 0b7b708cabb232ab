//! Shared by the tests: referees that are independent of the library, random cases, and readers of
//! test data.

pub mod change;
pub mod enumeration;
pub mod escapes;
pub mod golden;
pub mod line;
pub mod naive;
pub mod oracle;
pub mod question;
pub mod random;
pub mod shapes;
pub mod wire;
