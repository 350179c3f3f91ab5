//! The bytes of a file in memory: what is seen, what is safe, and what a power cut leaves of the rest.

/// The bytes of a file.
#[derive(Clone, Default, Hash)]
pub(super) struct Bytes {
    pub(super) seen: Vec<u8>,
    pub(super) safe: Vec<u8>,
    /// What was done since the last sync.
    unsafe_yet: Vec<Change>,
}

/// What is done to them.
#[derive(Clone, Hash)]
pub(super) enum Change {
    Write(usize, Vec<u8>),
    Cut(usize),
}

/// What a power cut leaves of unsynced bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    Nothing,
    /// Everything.
    All,
    /// Of the last write, the first half.
    Head,
    /// Of the last write, the second half, with zeros before it.
    Tail,
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Cut(length) => bytes.truncate(*length),
            Self::Write(offset, new) => {
                let end = offset + new.len();
                if bytes.len() < end {
                    bytes.resize(end, 0);
                }
                bytes[*offset..end].copy_from_slice(new);
            }
        }
    }

    fn torn(&self, left: Left) -> Option<Self> {
        let Self::Write(offset, bytes) = self else {
            return (left != Left::Nothing).then(|| self.clone());
        };
        let half = bytes.len() / 2;
        match left {
            Left::Nothing => None,
            Left::All => Some(self.clone()),
            Left::Head => Some(Self::Write(*offset, bytes[..half].to_vec())),
            Left::Tail => Some(Self::Write(offset + half, bytes[half..].to_vec())),
        }
    }
}

impl Bytes {
    pub(super) fn change(&mut self, change: Change) {
        change.apply(&mut self.seen);
        self.unsafe_yet.push(change);
    }

    pub(super) fn sync(&mut self) {
        for change in self.unsafe_yet.drain(..) {
            change.apply(&mut self.safe);
        }
    }

    /// What a failed sync was for is given up, and never written.
    pub(super) fn fail_to_sync(&mut self) {
        self.unsafe_yet.clear();
    }

    pub(super) fn after_power_cut(&self, left: Left) -> Self {
        let mut bytes = self.safe.clone();
        let whole = match left {
            Left::Nothing => 0,
            _ => self.unsafe_yet.len().saturating_sub(1),
        };
        let (first, last) = self.unsafe_yet.split_at(whole);
        first.iter().for_each(|change| change.apply(&mut bytes));
        if let Some(change) = last.first().and_then(|change| change.torn(left)) {
            change.apply(&mut bytes);
        }
        Self {
            seen: bytes.clone(),
            safe: bytes,
            unsafe_yet: Vec::new(),
        }
    }
}
