//! Changes to the bytes of a token: what a fuzzer does, as a strategy.

use proptest::prelude::*;

/// One change to the bytes of a token. Places count from the first byte, round and round.
#[derive(Debug, Clone)]
pub enum Change {
    Set(usize, u8),
    Flip(usize, u8),
    Insert(usize, u8),
    Remove(usize),
    Copy(usize, usize, u8),
}

pub fn change() -> impl Strategy<Value = Change> {
    // Bytes that begin items are worth more than others.
    let byte = || {
        prop_oneof![
            any::<u8>(),
            (0_u8..8).prop_map(|major| major << 5 | 1),
            0x40_u8..=0xbf,
            0xf4_u8..=0xff
        ]
    };
    prop_oneof![
        (any::<usize>(), byte()).prop_map(|(at, byte)| Change::Set(at, byte)),
        (any::<usize>(), 0_u8..8).prop_map(|(at, bit)| Change::Flip(at, bit)),
        (any::<usize>(), byte()).prop_map(|(at, byte)| Change::Insert(at, byte)),
        any::<usize>().prop_map(Change::Remove),
        (any::<usize>(), any::<usize>(), 1_u8..12)
            .prop_map(|(from, to, len)| Change::Copy(from, to, len)),
    ]
}

pub fn apply(mut cbor: Vec<u8>, change: &Change) -> Vec<u8> {
    if cbor.is_empty() {
        return cbor;
    }
    let len = cbor.len();
    match change {
        Change::Set(at, byte) => cbor[at % len] = *byte,
        Change::Flip(at, bit) => cbor[at % len] ^= 1 << bit,
        Change::Insert(at, byte) => cbor.insert(at % len, *byte),
        Change::Remove(at) => {
            cbor.remove(at % len);
        }
        Change::Copy(from, to, bytes) => {
            let from = from % len;
            let part = cbor[from..len.min(from + usize::from(*bytes))].to_vec();
            let to = to % len;
            cbor.splice(to..to, part);
        }
    }
    cbor
}
