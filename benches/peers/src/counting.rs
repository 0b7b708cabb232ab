//! An allocator that counts what the current thread allocates, but only when told to: while time is
//! taken it costs one look at a flag, so that those who allocate much are not charged for being
//! counted.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};

/// What was allocated.
#[derive(Debug, Clone, Copy, Default)]
pub struct Count {
    /// How often memory was asked for, growing included.
    pub allocations: u64,
    /// The most bytes that were held at one time, over what was held at the start.
    pub peak: i64,
}

static COUNTING: AtomicBool = AtomicBool::new(false);

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
    static HELD: Cell<i64> = const { Cell::new(0) };
    static PEAK: Cell<i64> = const { Cell::new(0) };
}

struct Allocator;

/// Notes a change of what is held; memory that grows is asked for once more.
fn note(change: i64) {
    if COUNTING.load(Ordering::Relaxed) {
        HELD.set(HELD.get() + change);
        if change > 0 {
            ALLOCATIONS.set(ALLOCATIONS.get() + 1);
            PEAK.set(PEAK.get().max(HELD.get()));
        }
    }
}

// SAFETY: every call goes to the system's allocator as it came. The counters have no destructors,
// so that they can be used as long as a thread allocates.
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
