//! Tokens: what decodes, what it holds, what is refused, and when one is due for renewal.

mod contents;
mod decode;
mod differential;
mod divergences;
mod errors;
mod limits;
mod refresh;
mod samples;
