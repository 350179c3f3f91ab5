//! What a command has said, read while it runs or later.

use super::control_files;
use super::log::{self, HEAD, Stream};
use crate::exec::record::disk;
use crate::files::regular;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// What a command said, as a stream that may grow: reading gives 0 where nothing more is there
/// yet, and goes on when there is. A line stands where bytes are left out.
#[derive(Debug)]
pub struct Output {
    folder: PathBuf,
    /// How much of what was said lies behind us.
    at: u64,
    /// The file that is read, and where in what was said it has to be left.
    file: Option<(File, u64)>,
    /// What remains of the line that stands for a gap.
    gap: Vec<u8>,
}

impl Output {
    pub(super) fn of(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            at: 0,
            file: None,
            gap: Vec::new(),
        }
    }

    /// Passes over what is further behind than `far` bytes; gives how much that is.
    ///
    /// # Errors
    /// The operating system's reason.
    pub fn pass_over(&mut self, far: u64) -> io::Result<u64> {
        let passed = match self.end() {
            Ok(end) => end.saturating_sub(self.at).saturating_sub(far),
            // A segment was dropped between two looks.
            Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
            Err(error) => return Err(error),
        };
        if passed > 0 {
            self.at += passed;
            self.file = None;
            self.gap.clear();
        }
        Ok(passed)
    }

    /// How much was said by now.
    fn end(&self) -> io::Result<u64> {
        let length = |path| fs::metadata(path).map(|file| file.len());
        if let Some(start) = log::segments(&self.folder)?.last() {
            return Ok(start + length(log::segment(&self.folder, *start))?);
        }
        let length = length(self.folder.join("log"))?;
        let record =
            control_files::read_record(disk::real().as_ref(), &self.folder)?.unwrap_or_default();
        let gap = log::gap(record.left_out).len() as u64;
        Ok(length + record.left_out - gap.min(length))
    }

    /// The file in which the next byte stands, if it is there by now.
    fn open(&mut self) -> io::Result<Option<(File, u64)>> {
        if self.at < HEAD {
            return self
                .open_at(self.folder.join("log"), self.at, HEAD)
                .map(Some);
        }
        let starts = log::segments(&self.folder)?;
        match starts.iter().rposition(|start| *start <= self.at) {
            Some(place) => {
                let (start, next) = (starts[place], starts.get(place + 1));
                let path = log::segment(&self.folder, start);
                let end = next.copied().unwrap_or(u64::MAX);
                self.open_at(path, self.at - start, end).map(Some)
            }
            None if !starts.is_empty() => {
                self.skip_to(starts[0]);
                Ok(None)
            }
            None => self.open_whole(),
        }
    }

    /// The log after it was put together.
    fn open_whole(&mut self) -> io::Result<Option<(File, u64)>> {
        let record =
            control_files::read_record(disk::real().as_ref(), &self.folder)?.unwrap_or_default();
        let tail = HEAD + record.left_out;
        if self.at < tail {
            self.skip_to(tail);
            return Ok(None);
        }
        let place = HEAD + log::gap(record.left_out).len() as u64 + (self.at - tail);
        self.open_at(self.folder.join("log"), place, u64::MAX)
            .map(Some)
    }

    fn open_at(&self, path: PathBuf, place: u64, end: u64) -> io::Result<(File, u64)> {
        let mut file = regular::open(&path)?;
        file.seek(SeekFrom::Start(place))?;
        Ok((file, end))
    }

    fn skip_to(&mut self, at: u64) {
        self.gap = log::gap(at - self.at).into_bytes();
        self.at = at;
    }
}

impl Read for Output {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.gap.is_empty() {
            let given = self.gap.len().min(buffer.len());
            buffer[..given].copy_from_slice(&self.gap[..given]);
            self.gap.drain(..given);
            return Ok(given);
        }
        let mut opened = false;
        loop {
            if let Some((file, end)) = &mut self.file {
                let room = (*end - self.at).min(buffer.len() as u64) as usize;
                let read = file.read(&mut buffer[..room])?;
                self.at += read as u64;
                if read > 0 {
                    return Ok(read);
                }
            }
            // What was open has no more: the next byte may stand elsewhere by now.
            self.file = None;
            if opened {
                return Ok(0);
            }
            opened = true;
            self.file = match self.open() {
                // It was dropped, or put behind the head, between two looks.
                Err(error) if error.kind() == io::ErrorKind::NotFound => None,
                found => found?,
            };
            if !self.gap.is_empty() {
                return self.read(buffer);
            }
        }
    }
}

/// What one stream said, of a log that is whole; no more than `limit` bytes of it.
pub(super) fn read_stream(folder: &Path, stream: Stream, limit: u64) -> io::Result<Vec<u8>> {
    let mut log = regular::open(&folder.join("log"))?;
    let mut said = Vec::new();
    let index = folder.join("index");
    let mut marks = log::marks(&index)?.peekable();
    while let Some(mark) = marks.next() {
        if mark.stream != stream {
            continue;
        }
        let end = marks.peek().map_or(u64::MAX, |next| next.offset);
        let room = (end - mark.offset).min(limit - said.len() as u64);
        log.seek(SeekFrom::Start(mark.offset))?;
        Read::by_ref(&mut log).take(room).read_to_end(&mut said)?;
    }
    Ok(said)
}

#[cfg(test)]
mod tests {
    use super::super::ExitRecord;
    use super::super::log::{Log, TAIL, forget_segments, gap, recover};
    use super::*;
    use crate::exec::record::private;
    use std::io::Write;
    use tempfile::TempDir;

    const MIB: usize = 1 << 20;

    /// One MiB that is like no other.
    fn piece(number: usize) -> Vec<u8> {
        format!("{number:>15}\n").repeat(MIB / 16).into_bytes()
    }

    struct Said {
        folder: TempDir,
        log: Log,
        all: Vec<u8>,
    }

    impl Said {
        fn new() -> Self {
            let folder = tempfile::tempdir().expect("a temporary folder can be made");
            let head = private::file(&folder.path().join("log"));
            let log = Log::begin(folder.path(), head.expect("it can be made"));
            Self {
                log: log.expect("it can be written"),
                folder,
                all: Vec::new(),
            }
        }

        fn say(&mut self, stream: Stream, words: &[u8]) {
            self.log.write(stream, words).expect("it can be written");
            self.all.extend_from_slice(words);
        }

        fn file(&self) -> Vec<u8> {
            fs::read(self.folder.path().join("log")).expect("it is there")
        }

        /// The head and the tail of all that was said, and what stands between them.
        fn cut(&self) -> Vec<u8> {
            let (head, tail) = (HEAD as usize, self.all.len() - TAIL as usize);
            let mut cut = self.all[..head].to_vec();
            cut.extend(gap((tail - head) as u64).as_bytes());
            cut.extend(&self.all[tail..]);
            cut
        }
    }

    fn rest(output: &mut Output) -> Vec<u8> {
        let mut rest = Vec::new();
        output.read_to_end(&mut rest).expect("it can be read");
        rest
    }

    #[test]
    fn who_follows_hears_all_and_who_comes_late_hears_both_ends() {
        let mut said = Said::new();
        let mut follower = Output::of(said.folder.path());
        let mut heard = Vec::new();
        for number in 0..120 {
            said.say(Stream::Both, &piece(number));
            heard.extend(rest(&mut follower));
        }
        assert!(heard == said.all, "who follows misses nothing");
        let late = rest(&mut Output::of(said.folder.path()));
        assert!(late.starts_with(&said.all[..HEAD as usize]));
        assert!(late.ends_with(&said.all[said.all.len() - TAIL as usize..]));
        let on_disk: u64 = fs::read_dir(said.folder.path())
            .expect("it is there")
            .map(|entry| {
                entry
                    .and_then(|entry| entry.metadata())
                    .expect("it is there")
                    .len()
            })
            .sum();
        assert!(on_disk < 80 << 20, "{on_disk} bytes on disk");

        let folder = said.folder.path().to_owned();
        let (cut, all) = (said.cut(), std::mem::take(&mut said.all));
        let missing = said.log.close().expect("it can be put together");
        assert_eq!(missing, all.len() as u64 - HEAD - TAIL);
        let record = ExitRecord {
            left_out: missing,
            ..ExitRecord::default()
        };
        control_files::write_record(disk::real().as_ref(), &folder, &record)
            .expect("it can be written");
        forget_segments(&folder).expect("they can be removed");

        assert!(fs::read(folder.join("log")).expect("it is there") == cut);
        assert!(
            rest(&mut Output::of(&folder)) == cut,
            "a reader sees what is there"
        );
        assert_eq!(rest(&mut follower), b"", "who followed has heard all");
    }

    #[test]
    fn what_a_killed_shim_left_is_put_together() {
        for half_done in [false, true] {
            let mut said = Said::new();
            (0..70).for_each(|number| said.say(Stream::Both, &piece(number)));
            if half_done {
                let mut log = private::file(&said.folder.path().join("log"));
                let log = log.as_mut().expect("it is there");
                log.write_all(b"half a tail").expect("it can be written");
            }

            recover(said.folder.path()).expect("it can be repaired");

            assert!(said.file() == said.cut(), "half done: {half_done}");
            assert_eq!(
                log::segments(said.folder.path()).expect("it is there"),
                [0; 0]
            );
        }
    }

    #[test]
    fn the_streams_can_be_had_apart_even_of_a_cut_log() {
        let mut said = Said::new();
        let (mut out, mut err) = (Vec::new(), Vec::new());
        for number in 0..66 {
            for (stream, kept) in [(Stream::Out, &mut out), (Stream::Err, &mut err)] {
                let words = &piece(number)[..MIB / 2];
                said.say(stream, words);
                kept.extend_from_slice(words);
            }
        }
        let folder = said.folder.path().to_owned();
        said.log.close().expect("it can be put together");

        let of = |stream| super::read_stream(&folder, stream, u64::MAX).expect("it can be read");
        let (half, gap) = (HEAD as usize / 2, gap(2 << 20).len());
        assert!(of(Stream::Out)[..half] == out[..half]);
        assert!(of(Stream::Out)[half..] == out[out.len() - half..]);
        assert!(of(Stream::Err)[half + gap..] == err[err.len() - half..]);
        assert_eq!(
            super::read_stream(&folder, Stream::Out, 5).expect("it can be read"),
            out[..5]
        );
        let offsets: Vec<u64> = log::marks(&folder.join("index"))
            .expect("it is there")
            .map(|mark| mark.offset)
            .collect();
        assert!(offsets.is_sorted(), "{offsets:?}");
    }
}
