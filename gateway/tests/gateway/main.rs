//! The gateway, run as its operators run it.

mod attacks;
mod client;
mod operation;
mod process;
mod proxies;
mod proxy;
mod subrequests;
mod support;
mod upstream;
