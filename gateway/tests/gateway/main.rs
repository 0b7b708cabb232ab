//! The gateway, run as its operators run it.

mod attacks;
mod bounds;
mod client;
mod faults;
mod heads;
mod loops;
mod operation;
mod patience;
mod process;
mod proxies;
mod proxy;
mod reload;
mod story;
mod subrequests;
mod support;
mod tls;
mod upstream;
