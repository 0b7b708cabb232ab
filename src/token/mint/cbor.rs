//! Writes CBOR as the service does: the shortest heads, and floats of 64 bits.

use alloc::vec::Vec;

use ciborium::Value;

use crate::arithmetic::as_u64;

/// The major types of RFC 8949, section 3.1.
const UNSIGNED: u8 = 0;
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const TAG: u8 = 6;

/// The first byte of a float of 64 bits.
const FLOAT: u8 = 0xfb;
const FALSE: u8 = 0xf4;
const TRUE: u8 = 0xf5;
const NULL: u8 = 0xf6;

/// Writes an item.
pub(super) fn write(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Integer(integer) => {
            let integer = i128::from(*integer);
            // -1 is written as 0, -2 as 1, and so on.
            let (major, argument) =
                if integer < 0 { (NEGATIVE, !integer) } else { (UNSIGNED, integer) };
            head(major, u64::try_from(argument).unwrap_or(u64::MAX), out);
        }
        Value::Bytes(bytes) => string(BYTES, bytes, out),
        Value::Text(text) => string(TEXT, text.as_bytes(), out),
        Value::Float(float) => {
            out.push(FLOAT);
            out.extend(float.to_be_bytes());
        }
        Value::Bool(value) => out.push(if *value { TRUE } else { FALSE }),
        Value::Tag(tag, value) => {
            head(TAG, *tag, out);
            write(value, out);
        }
        Value::Array(items) => {
            head_of(ARRAY, items.len(), out);
            items.iter().for_each(|item| write(item, out));
        }
        Value::Map(entries) => {
            head_of(MAP, entries.len(), out);
            for (key, value) in entries {
                write(key, out);
                write(value, out);
            }
        }
        // serde produces no other values.
        _ => out.push(NULL),
    }
}

fn string(major: u8, bytes: &[u8], out: &mut Vec<u8>) {
    head_of(major, bytes.len(), out);
    out.extend(bytes);
}

fn head_of(major: u8, count: usize, out: &mut Vec<u8>) {
    head(major, as_u64(count), out);
}

/// Writes the head of an item in as few bytes as possible.
fn head(major: u8, argument: u64, out: &mut Vec<u8>) {
    let major = major << 5;
    match (u8::try_from(argument), u16::try_from(argument), u32::try_from(argument)) {
        (Ok(argument @ 0..24), ..) => out.push(major | argument),
        (Ok(argument), ..) => out.extend([major | 24, argument]),
        (_, Ok(argument), _) => {
            out.push(major | 25);
            out.extend(argument.to_be_bytes());
        }
        (_, _, Ok(argument)) => {
            out.push(major | 26);
            out.extend(argument.to_be_bytes());
        }
        _ => {
            out.push(major | 27);
            out.extend(argument.to_be_bytes());
        }
    }
}
