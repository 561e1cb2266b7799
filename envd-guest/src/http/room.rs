//! Memory for requests that are gathered whole. Small ones need none of it: they are always taken.

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::fault::{Code, Fault, Outcome};

const UNIT: usize = 1 << 20;
const UNITS: usize = 64;

/// The memory belongs to the process, and so does its bound.
static FREE: Semaphore = Semaphore::const_new(UNITS);

/// What one request has taken so far; free again when it is dropped.
#[derive(Default)]
pub struct Room {
    permit: Option<SemaphorePermit<'static>>,
}

impl Room {
    /// Takes as much as so many bytes need.
    pub fn hold(&mut self, bytes: usize) -> Outcome<()> {
        let held = self.permit.as_ref().map_or(0, SemaphorePermit::num_permits);
        let missing = (bytes / UNIT).saturating_sub(held);
        if missing == 0 {
            return Ok(());
        }
        let full = |_| Fault::new(Code::ResourceExhausted, format!("requests with {UNITS} MiB are under way: send less at once, or try again"));
        let more = FREE.try_acquire_many(missing as u32).map_err(full)?;
        match &mut self.permit {
            Some(permit) => permit.merge(more),
            None => self.permit = Some(more),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_requests_are_taken_when_large_ones_no_longer_are() {
        let (mut one, mut two, mut small) = (Room::default(), Room::default(), Room::default());
        one.hold(40 << 20).unwrap();
        one.hold(50 << 20).unwrap();
        assert_eq!(two.hold(20 << 20).unwrap_err().code, Code::ResourceExhausted);
        two.hold(14 << 20).unwrap();
        small.hold(UNIT - 1).unwrap();
        assert!(small.hold(UNIT).is_err());
        drop(one);
        small.hold(UNIT).unwrap();
        two.hold(60 << 20).unwrap();
    }
}
