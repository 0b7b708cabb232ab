//! The properties that the fuzz targets try to break, shared with the library's tests.

#[path = "../../tests/library/properties/mod.rs"]
pub mod properties;
#[path = "../../tests/library/support/mod.rs"]
#[allow(dead_code, reason = "the properties use a part of it")]
mod support;
