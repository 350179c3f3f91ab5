//! A storage in memory that is as bad as one far away may be: what others wrote is seen late, an answer
//! may be lost after the call had its effect, any call may fail, and whoever holds a lock may lose it while
//! it lives.
//!
//! A [`Far`] is how one process sees it; [`Far::other_process`] is another. Nothing here waits: late means a number
//! of calls later.

mod kept;
mod record;

use super::{LockGuard, NewRun, Record, Storage, StorageError, failed};
use kept::{Kept, KeptRun};
use record::FarRecord;
use std::fmt;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

/// Of this many times that a process reads without a lock, it sees what is new once.
const LATE: usize = 3;

/// What a call does that fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// It has no effect.
    Refused,
    /// It has its effect, and its answer is lost.
    AnswerLost,
    /// It has no effect, nor has any after it; locks run out.
    OutOfReach,
}

/// Something that happens just before a call.
type Before = Box<dyn FnOnce() + Send>;

/// What all processes share.
struct Shared {
    kept: Kept,
    /// The calls so far, by name.
    calls: Vec<&'static str>,
    /// Which call fails, counted from 1, and how.
    failure: Option<(usize, Failure)>,
    /// What happens before which call.
    before: Option<(usize, Before)>,
}

/// The storage as one process sees it. Clones are the same process.
#[derive(Clone)]
pub(crate) struct Far {
    shared: Arc<Mutex<Shared>>,
    /// Whoever waits to decide is woken by this.
    free: Arc<Condvar>,
    view: Arc<Mutex<View>>,
}

/// What one process knows.
#[derive(Default)]
struct View {
    kept: Kept,
    /// How often it read.
    reads: usize,
    /// How many locks it holds.
    holds: usize,
}

impl fmt::Debug for Far {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a storage far away")
    }
}

impl Far {
    /// An empty storage.
    pub(crate) fn new() -> Self {
        Self {
            shared: Arc::new(Mutex::new(Shared {
                kept: Kept::default(),
                calls: Vec::new(),
                failure: None,
                before: None,
            })),
            free: Arc::default(),
            view: Arc::default(),
        }
    }

    /// Another process that uses the same storage.
    pub(crate) fn other_process(&self) -> Self {
        Self {
            view: Arc::default(),
            ..self.clone()
        }
    }

    /// Lets the call with this number, counted from 1, fail.
    pub(crate) fn fail(&self, nth: usize, failure: Failure) {
        self.shared().failure = Some((nth, failure));
    }

    /// Lets something happen just before the call with this number.
    pub(crate) fn before(&self, nth: usize, happens: impl FnOnce() + Send + 'static) {
        self.shared().before = Some((nth, Box::new(happens)));
    }

    /// Nothing fails any more; locks of those who are gone have run out, and letters have arrived.
    pub(crate) fn heal(&self) {
        let mut shared = self.shared();
        shared.failure = None;
        shared.kept.run_out();
        shared.kept.runs.values_mut().for_each(KeptRun::deliver);
        self.free.notify_all();
    }

    /// Waits, as a person does who looks again, until this process sees what there is.
    pub(crate) fn catch_up(&self) {
        let _deciding = self.deciding().expect("nothing fails");
        self.ids().expect("nothing fails");
    }

    /// The calls so far, by name.
    pub(crate) fn calls(&self) -> Vec<&'static str> {
        self.shared().calls.clone()
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().expect("no test panics while it has it")
    }

    fn view(&self) -> MutexGuard<'_, View> {
        self.view.lock().expect("no test panics while it has it")
    }

    /// A call: it may fail before its effect, or after it. `effect` is told how many calls there were.
    fn call<T>(
        &self,
        name: &'static str,
        effect: impl FnOnce(&mut Kept, usize) -> io::Result<T>,
    ) -> Result<T, StorageError> {
        self.happen();
        let mut shared = self.shared();
        shared.calls.push(name);
        let now = shared.calls.len();
        let fails = match shared.failure {
            Some((nth, Failure::OutOfReach)) if now >= nth => Some(Failure::OutOfReach),
            Some((nth, failure)) if now == nth => Some(failure),
            _ => None,
        };
        let answer = match fails {
            Some(Failure::Refused) => Err(io::Error::other("it refused")),
            Some(Failure::OutOfReach) => Err(io::Error::other("it is out of reach")),
            Some(Failure::AnswerLost) => effect(&mut shared.kept, now)
                .and_then(|_| Err(io::Error::other("its answer was lost"))),
            None => effect(&mut shared.kept, now),
        };
        answer.map_err(failed(name, "a storage far away".to_owned()))
    }

    /// What was to happen before this call.
    fn happen(&self) {
        let mut shared = self.shared();
        let now = shared.calls.len() + 1;
        if let Some((_, happens)) = shared.before.take_if(|(nth, _)| *nth == now) {
            drop(shared);
            happens();
        }
    }

    /// A call that reads: late, if this process holds no lock.
    fn read<T>(
        &self,
        name: &'static str,
        read: impl FnOnce(&Kept) -> io::Result<T>,
    ) -> Result<T, StorageError> {
        let now = self.call(name, |kept, _| Ok(kept.clone()))?;
        let mut view = self.view();
        view.reads += 1;
        if view.holds > 0 || view.reads.is_multiple_of(LATE) {
            view.kept = now;
        }
        read(&view.kept).map_err(failed(name, "a storage far away".to_owned()))
    }

    /// A call that writes: whoever wrote sees it at once, and others late.
    fn write(
        &self,
        name: &'static str,
        write: impl Fn(&mut Kept, usize) -> io::Result<()>,
    ) -> Result<(), StorageError> {
        self.call(name, &write)?;
        let now = self.shared().calls.len();
        // What it does not know of is no error to what it knows.
        let _ = write(&mut self.view().kept, now);
        Ok(())
    }

    /// A lock that was had.
    fn held(&self, lock: Lock) -> LockGuard {
        self.view().holds += 1;
        Box::new(HeldLock {
            far: self.clone(),
            lock,
        })
    }
}

/// Which lock, and the number that it was given out with.
enum Lock {
    Deciding(u64),
    Run(String, u64),
}

struct HeldLock {
    far: Far,
    lock: Lock,
}

impl Drop for HeldLock {
    fn drop(&mut self) {
        self.far.view().holds -= 1;
        let mut shared = self.far.shared();
        let is_out_of_reach = matches!(
            shared.failure,
            Some((nth, Failure::OutOfReach)) if shared.calls.len() >= nth
        );
        // Who cannot be reached cannot be told: the lock runs out one day.
        if !is_out_of_reach {
            match &self.lock {
                Lock::Deciding(number) => shared.kept.give_back(*number),
                Lock::Run(id, number) => shared.kept.release(id, *number),
            }
            self.far.free.notify_all();
        }
    }
}

impl Storage for Far {
    fn ids(&self) -> Result<Vec<String>, StorageError> {
        self.read("list", |kept| Ok(kept.runs.keys().cloned().collect()))
    }

    fn deciding(&self) -> Result<LockGuard, StorageError> {
        loop {
            if let Some(number) = self.call("decide", |kept, _| Ok(kept.decide()))? {
                return Ok(self.held(Lock::Deciding(number)));
            }
            let shared = self.shared();
            let wait = self
                .free
                .wait_while(shared, |shared| shared.kept.decides.is_some());
            drop(wait.expect("no test panics meanwhile"));
        }
    }

    fn create(&self, run: NewRun<'_>) -> Result<(), StorageError> {
        self.write("create", |kept, _| {
            let new = KeptRun::new(run.plan, run.line);
            kept.runs.insert(run.id.to_owned(), new);
            Ok(())
        })
    }

    fn remove(&self, id: &str) -> Result<(), StorageError> {
        self.write("remove", |kept, _| {
            kept.runs.remove(id);
            Ok(())
        })
    }

    fn record(&self, id: &str) -> Arc<dyn Record> {
        Arc::new(FarRecord {
            far: self.clone(),
            id: id.to_owned(),
        })
    }
}
