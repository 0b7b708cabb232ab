//! The library as WebAssembly: `answer` for questions as JSON, and a quick verdict about a token
//! that is kept. All exports take and return addresses in linear memory; `npm/core.js` is their
//! counterpart.

#![no_std]

extern crate alloc;

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::{ptr, slice, str};

use pubnub_access::{Operation, Policy, Request, ResourceKind, UnverifiedToken, Verdict, evaluate};

#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

/// The most names of a quick question. `answer` reports the error of more.
const MOST_NAMES: usize = 4_096;

/// Returns memory for `len` bytes, which [`release`] frees.
#[unsafe(no_mangle)]
pub extern "C" fn allocate(len: usize) -> *mut u8 {
    Box::into_raw(alloc::vec![0_u8; len].into_boxed_slice()).cast()
}

/// Frees memory.
///
/// # Safety
/// `place` and `len` come from [`allocate`] or from an answer, and are freed only once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn release(place: *mut u8, len: usize) {
    drop(unsafe { Box::from_raw(ptr::slice_from_raw_parts_mut(place, len)) });
}

/// Answers a question, as JSON. The lower half of the result is the answer's address, the upper
/// half its length.
///
/// # Safety
/// There are `len` bytes at `place`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn answer(place: *const u8, len: usize) -> u64 {
    let question = unsafe { slice::from_raw_parts(place, len) };
    let answer = pubnub_access::json::answer(question).into_bytes().into_boxed_slice();
    let len = answer.len() as u64;
    len << 32 | Box::into_raw(answer).cast::<u8>() as u64
}

/// Decodes a token and keeps it; null if it does not decode.
///
/// # Safety
/// There are `len` bytes at `place`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn token_open(place: *const u8, len: usize) -> *mut UnverifiedToken {
    let text = unsafe { slice::from_raw_parts(place, len) };
    let token = str::from_utf8(text).ok().and_then(|text| UnverifiedToken::parse(text).ok());
    token.map_or(ptr::null_mut(), |token| Box::into_raw(Box::new(token)))
}

/// Releases a token.
///
/// # Safety
/// `token` comes from [`token_open`], and is released only once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn token_close(token: *mut UnverifiedToken) {
    drop(unsafe { Box::from_raw(token) });
}

/// Returns 0 for allow, 1 for deny and 2 for indeterminate, under the default policy. Returns -1 if
/// `answer` has to take the question, since it has a fault or too many names.
///
/// The question is `fields` lines: the operation, and names with a letter before each.
///
/// # Safety
/// `token` is open, and there are `len` bytes at `place`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn token_check(
    token: *const UnverifiedToken,
    place: *const u8,
    len: usize,
    fields: usize,
    at: u64,
) -> i32 {
    let (token, question) = unsafe { (&*token, slice::from_raw_parts(place, len)) };
    match verdict(token, question, fields, at) {
        Some(Verdict::Allow) => 0,
        Some(Verdict::Deny) => 1,
        Some(Verdict::Indeterminate) => 2,
        None => -1,
    }
}

fn verdict(token: &UnverifiedToken, question: &[u8], fields: usize, at: u64) -> Option<Verdict> {
    let lines: Vec<&str> = str::from_utf8(question).ok()?.split('\n').collect();
    let (operation, names) = lines.split_first()?;
    // A name may contain a line break. Then there are more lines than fields.
    if lines.len() != fields || names.len() > MOST_NAMES {
        return None;
    }
    let mut builder = Request::builder(operation.parse::<Operation>().ok()?);
    for field in names {
        let (kind, name) = field.split_at_checked(1)?;
        builder = match kind {
            "=" => builder.user_id(name),
            "c" => builder.resource(ResourceKind::Channel, name),
            "g" => builder.resource(ResourceKind::Group, name),
            "i" => builder.resource(ResourceKind::Uuid, name),
            "u" => builder.resource(ResourceKind::User, name),
            "e" => builder.resource(ResourceKind::Entity, name),
            "r" => builder.resource(ResourceKind::Relationship, name),
            "m" => builder.resource(ResourceKind::Membership, name),
            _ => return None,
        };
    }
    Some(evaluate(token, &builder.build().ok()?, at, &Policy::new()).verdict())
}
