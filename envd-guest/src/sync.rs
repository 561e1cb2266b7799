//! Small helpers around locks.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Takes a lock. A panic ends this process at once, so a poisoned lock can't be met; if it were, its data is still whole.
pub fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
