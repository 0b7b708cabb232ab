//! Names that are chosen to collide: all have the same hash in the table of names. The hash
//! function is repeated here; the test below fails if the two functions differ.

const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

fn mix(state: u64, word: u64) -> u64 {
    let product = (state ^ word).wrapping_mul(FACTOR);
    product ^ product >> 29
}

/// Returns the word that changes one state to another.
fn between(state: u64, wanted: u64) -> u64 {
    let product = wanted ^ wanted >> 29 ^ wanted >> 58;
    // Newton's method doubles the correct bits of an inverse; an odd number is its own to three.
    let inverse = (0..5).fold(FACTOR, |inverse, _| {
        inverse.wrapping_mul(2_u64.wrapping_sub(FACTOR.wrapping_mul(inverse)))
    });
    product.wrapping_mul(inverse) ^ state
}

/// Returns a number of names, unordered: `prefix`, whose length is a multiple of eight, and 24 more
/// ASCII characters.
pub fn names(prefix: &str, count: usize) -> Vec<String> {
    assert_eq!(prefix.len() % 8, 0);
    let word = |text: &[u8]| u64::from_le_bytes(text.try_into().unwrap());
    let length = (prefix.len() as u64 + 24).wrapping_mul(FACTOR);
    let begun = prefix.as_bytes().chunks(8).map(word).fold(length, mix);
    let free = (0_u64..).map(|number| format!("{number:08x}"));
    let colliding = free.filter_map(|free| {
        // A free word is followed by the word that leads back to the same state; the rest is equal.
        let chosen =
            between(mix(begun, word(free.as_bytes())), 0x0123_4567_89ab_cdef).to_le_bytes();
        let printable = chosen.is_ascii();
        printable
            .then(|| format!("{prefix}{free}{}--------", std::str::from_utf8(&chosen).unwrap()))
    });
    let mut names: Vec<String> = colliding.take(count).collect();
    // Shuffles the names, since sorted names are the easiest to sort.
    names.sort_unstable_by(|a, b| a[prefix.len() + 8..].cmp(&b[prefix.len() + 8..]));
    names
}

pub fn hash(name: &str) -> u64 {
    let begun = (name.len() as u64).wrapping_mul(FACTOR);
    let words = name
        .as_bytes()
        .chunks_exact(8)
        .chain(name.as_bytes().last_chunk::<8>().map(|last| &last[..]));
    words.map(|word| u64::from_le_bytes(word.try_into().unwrap())).fold(begun, mix) >> 32
}

#[test]
fn the_names_collide() {
    for prefix in ["", "a prefix of many"] {
        let names = names(prefix, 50);
        assert!(names.iter().all(|name| hash(name) == hash(&names[0])), "{names:?}");
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
