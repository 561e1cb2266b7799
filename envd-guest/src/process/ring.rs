//! Output of one process: a bounded ring that every subscriber reads with a cursor of its own.
//!
//! While nobody is subscribed the oldest bytes give way to new ones. While somebody is, no unread byte is dropped:
//! the producer must wait for `room` before it reads on, so a slow client slows only its own process.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use tokio::sync::watch;

use super::exit::End;
use crate::sync::locked;

pub const CAPACITY: usize = 1 << 20;
const MAX_CHUNKS: usize = 4096;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Stdout,
    Stderr,
    Pty,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Stdout => "stdout",
            Kind::Stderr => "stderr",
            Kind::Pty => "pty",
        }
    }

    pub fn of_name(name: &str) -> Option<Kind> {
        [Kind::Stdout, Kind::Stderr, Kind::Pty].into_iter().find(|kind| kind.name() == name)
    }

    /// Most bytes that one read, and so one message, may hold.
    pub fn chunk(self) -> usize {
        if self == Kind::Pty { 16 << 10 } else { 32 << 10 }
    }
}

struct Chunk {
    start: u64,
    kind: Kind,
    bytes: Vec<u8>,
}

impl Chunk {
    fn end(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }
}

#[derive(Default)]
struct Inner {
    chunks: VecDeque<Chunk>,
    head: u64,
    cursors: BTreeMap<u64, u64>,
    next_subscriber: u64,
    end: Option<End>,
}

impl Inner {
    fn tail(&self) -> u64 {
        self.chunks.front().map_or(self.head, |chunk| chunk.start)
    }

    fn slowest(&self) -> u64 {
        self.cursors.values().copied().min().unwrap_or(self.head)
    }

    fn over(&self, capacity: usize) -> bool {
        (self.head - self.tail()) as usize > capacity || self.chunks.len() > MAX_CHUNKS
    }

    fn has_room(&self, capacity: usize) -> bool {
        let slowest = self.slowest();
        let unread = self.chunks.len() - self.chunks.partition_point(|chunk| chunk.end() <= slowest);
        ((self.head - slowest) as usize) < capacity && unread < MAX_CHUNKS
    }
}

pub struct Ring {
    inner: Mutex<Inner>,
    capacity: usize,
    written: watch::Sender<()>,
    read: watch::Sender<()>,
}

/// What a subscriber sees next.
pub enum Next {
    Data(Kind, Vec<u8>),
    End(End),
    Nothing,
}

impl Ring {
    pub fn new(capacity: usize) -> Arc<Ring> {
        Arc::new(Ring { inner: Mutex::default(), capacity, written: watch::Sender::new(()), read: watch::Sender::new(()) })
    }

    /// Appends output. Callers wait for `room` first; one chunk more than the capacity is tolerated.
    pub fn push(&self, kind: Kind, bytes: &[u8]) {
        let mut inner = locked(&self.inner);
        let start = inner.head;
        inner.head += bytes.len() as u64;
        match inner.chunks.back_mut() {
            Some(last) if last.kind == kind && last.bytes.len() + bytes.len() <= kind.chunk() => last.bytes.extend_from_slice(bytes),
            _ => inner.chunks.push_back(Chunk { start, kind, bytes: bytes.to_vec() }),
        }
        let slowest = inner.slowest();
        while inner.over(self.capacity) && inner.chunks.front().is_some_and(|oldest| oldest.end() <= slowest) {
            inner.chunks.pop_front();
        }
        drop(inner);
        self.written.send_replace(());
    }

    /// Waits until output may be appended without loss for any subscriber.
    pub async fn room(&self) {
        let mut changes = self.read.subscribe();
        while !locked(&self.inner).has_room(self.capacity) {
            // The sender lives as long as this ring does.
            let _ = changes.changed().await;
        }
    }

    /// No output comes after this.
    pub fn finish(&self, end: End) {
        locked(&self.inner).end.get_or_insert(end);
        self.written.send_replace(());
    }

    /// Starts reading at the oldest byte that is kept (`replay`), or at the next one that comes.
    pub fn subscribe(self: &Arc<Ring>, replay: bool) -> Subscriber {
        let mut inner = locked(&self.inner);
        let id = inner.next_subscriber;
        inner.next_subscriber += 1;
        let cursor = if replay { inner.tail() } else { inner.head };
        inner.cursors.insert(id, cursor);
        let changes = self.written.subscribe();
        drop(inner);
        Subscriber { ring: self.clone(), id, changes }
    }

    /// Bytes that are held now.
    #[cfg(test)]
    fn held(&self) -> usize {
        let inner = locked(&self.inner);
        (inner.head - inner.tail()) as usize
    }
}

pub struct Subscriber {
    ring: Arc<Ring>,
    id: u64,
    changes: watch::Receiver<()>,
}

impl Subscriber {
    pub fn next(&mut self) -> Next {
        self.changes.mark_unchanged();
        let mut inner = locked(&self.ring.inner);
        let cursor = inner.cursors.get(&self.id).copied().unwrap_or(inner.head);
        if cursor == inner.head {
            return inner.end.clone().map_or(Next::Nothing, Next::End);
        }
        let at = inner.chunks.partition_point(|chunk| chunk.end() <= cursor);
        let Some(chunk) = inner.chunks.get(at) else { return Next::Nothing };
        let data = chunk.bytes[(cursor - chunk.start) as usize..].to_vec();
        let (kind, next) = (chunk.kind, chunk.end());
        inner.cursors.insert(self.id, next);
        drop(inner);
        self.ring.read.send_replace(());
        Next::Data(kind, data)
    }

    /// Waits until there may be something new since the last `next`.
    pub async fn changed(&mut self) {
        // The sender lives as long as the ring, which this subscriber holds.
        let _ = self.changes.changed().await;
    }
}

impl Drop for Subscriber {
    fn drop(&mut self) {
        locked(&self.ring.inner).cursors.remove(&self.id);
        self.ring.read.send_replace(());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drain(subscriber: &mut Subscriber) -> Vec<(Kind, Vec<u8>)> {
        let mut all = Vec::new();
        while let Next::Data(kind, bytes) = subscriber.next() {
            all.push((kind, bytes));
        }
        all
    }

    fn has_room(ring: &Ring) -> bool {
        locked(&ring.inner).has_room(ring.capacity)
    }

    #[test]
    fn unattended_output_gives_way_to_newer() {
        let ring = Ring::new(100);
        for number in 0..1000u32 {
            ring.push(if number % 2 == 0 { Kind::Stdout } else { Kind::Stderr }, format!("{number:04}").as_bytes());
            assert!(has_room(&ring));
            assert!(ring.held() <= 104);
        }
        let kept = drain(&mut ring.subscribe(true));
        assert_eq!(kept.last().map(|(_, bytes)| bytes.clone()), Some(b"0999".to_vec()));
        assert_eq!(kept.len(), 25);
        assert!(drain(&mut ring.subscribe(false)).is_empty());
    }

    #[test]
    fn a_subscriber_loses_nothing_and_stops_the_producer() {
        let ring = Ring::new(100);
        let mut slow = ring.subscribe(true);
        let mut pushed = Vec::new();
        while has_room(&ring) {
            ring.push(Kind::Stdout, b"abcdefgh");
            pushed.extend_from_slice(b"abcdefgh");
        }
        assert!(pushed.len() >= 100);
        let mut fast = ring.subscribe(true);
        assert_eq!(drain(&mut fast).concat_bytes(), pushed);
        assert!(!has_room(&ring), "the slowest decides");
        assert_eq!(drain(&mut slow).concat_bytes(), pushed);
        assert!(has_room(&ring));
        while has_room(&ring) {
            ring.push(Kind::Stderr, b"x");
        }
        drop(slow);
        drop(fast);
        assert!(has_room(&ring), "a client that has gone holds nobody up");
    }

    #[test]
    fn many_tiny_pieces_are_bounded_too() {
        let ring = Ring::new(CAPACITY);
        for _ in 0..MAX_CHUNKS * 3 {
            ring.push(Kind::Stdout, b"a");
            ring.push(Kind::Stderr, b"b");
        }
        assert!(locked(&ring.inner).chunks.len() <= MAX_CHUNKS);
        let _slow = ring.subscribe(false);
        for _ in 0..MAX_CHUNKS {
            ring.push(Kind::Stdout, b"a");
            ring.push(Kind::Stderr, b"b");
        }
        assert!(!has_room(&ring));
    }

    #[test]
    fn the_end_comes_after_all_data() {
        let ring = Ring::new(100);
        let mut subscriber = ring.subscribe(false);
        ring.push(Kind::Pty, b"last words");
        ring.finish(End::exited(3));
        assert!(matches!(subscriber.next(), Next::Data(Kind::Pty, bytes) if bytes == b"last words"));
        assert!(matches!(subscriber.next(), Next::End(end) if end.code == 3));
        assert!(matches!(subscriber.next(), Next::End(_)));
    }

    trait Concat {
        fn concat_bytes(self) -> Vec<u8>;
    }

    impl Concat for Vec<(Kind, Vec<u8>)> {
        fn concat_bytes(self) -> Vec<u8> {
            self.into_iter().flat_map(|(_, bytes)| bytes).collect()
        }
    }
}
