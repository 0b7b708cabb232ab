//! Tokens: decoding, contents, limits, and renewal.

mod contents;
mod decode;
mod differential;
mod divergences;
mod errors;
mod limits;
mod refresh;
mod samples;
