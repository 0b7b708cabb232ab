//! The gateway, run as its operators run it.

mod client;
mod operation;
mod process;
mod proxy;
mod subrequests;
mod support;
mod upstream;
