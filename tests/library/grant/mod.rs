//! Grants: requests for tokens, the service's errors, and the smallest missing grant.

mod cases;
mod json;
mod missing;
mod request;
