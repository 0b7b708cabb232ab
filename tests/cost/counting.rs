//! An allocator that counts what the current thread allocates.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// Counts of allocations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// The number of allocations, including reallocations.
    pub allocations: u64,
    /// The number of bytes allocated in all.
    pub bytes: u64,
    /// The peak of bytes held, above those held at the start.
    pub peak: u64,
}

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
    static BYTES: Cell<u64> = const { Cell::new(0) };
    static HELD: Cell<i64> = const { Cell::new(0) };
    static PEAK: Cell<i64> = const { Cell::new(0) };
}

struct Counting;

fn grow(size: usize) {
    // A thread that is ending has no counters.
    let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
    let _ = BYTES.try_with(|bytes| bytes.set(bytes.get() + size as u64));
    hold(size as i64);
}

fn hold(change: i64) {
    let _ = HELD.try_with(|held| {
        held.set(held.get() + change);
        let _ = PEAK.try_with(|peak| peak.set(peak.get().max(held.get())));
    });
}

// SAFETY: every call is passed unchanged to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        grow(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        hold(-(layout.size() as i64));
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        hold(-(layout.size() as i64));
        grow(size);
        unsafe { System.realloc(block, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// Runs a function and counts what it allocates on this thread.
pub fn count<T>(run: impl FnOnce() -> T) -> (T, Count) {
    let (allocations, bytes, held) = (ALLOCATIONS.get(), BYTES.get(), HELD.get());
    PEAK.set(held);
    let result = run();
    let count = Count {
        allocations: ALLOCATIONS.get() - allocations,
        bytes: BYTES.get() - bytes,
        peak: u64::try_from(PEAK.get() - held).unwrap_or(0),
    };
    (result, count)
}
