//! An allocator that counts what the current thread allocates, on demand. During measurements it
//! only reads a flag, so that peers with many allocations are not slowed down by counting.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};

/// Counts of allocations.
#[derive(Debug, Clone, Copy, Default)]
pub struct Count {
    /// The number of allocations, including reallocations.
    pub allocations: u64,
    /// The peak of bytes held, above those held at the start.
    pub peak: i64,
}

static COUNTING: AtomicBool = AtomicBool::new(false);

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
    static HELD: Cell<i64> = const { Cell::new(0) };
    static PEAK: Cell<i64> = const { Cell::new(0) };
}

struct Allocator;

/// Records a change of the held bytes. Growth counts as an allocation.
fn note(change: i64) {
    if COUNTING.load(Ordering::Relaxed) {
        HELD.set(HELD.get() + change);
        if change > 0 {
            ALLOCATIONS.set(ALLOCATIONS.get() + 1);
            PEAK.set(PEAK.get().max(HELD.get()));
        }
    }
}

// SAFETY: every call is passed unchanged to the system's allocator. The counters have no
// destructors, so a thread can use them as long as it allocates.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size() as i64);
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note(layout.size() as i64);
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        note(-(layout.size() as i64));
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(-(layout.size() as i64));
        note(size as i64);
        unsafe { System.realloc(block, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

/// Runs a function and counts what it allocates on this thread.
pub fn count<T>(run: impl FnOnce() -> T) -> (T, Count) {
    ALLOCATIONS.set(0);
    HELD.set(0);
    PEAK.set(0);
    COUNTING.store(true, Ordering::Relaxed);
    let result = run();
    COUNTING.store(false, Ordering::Relaxed);
    (result, Count { allocations: ALLOCATIONS.get(), peak: PEAK.get() })
}
