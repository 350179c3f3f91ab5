//! The log of a try: what the command said, the first and the last 32 MiB of it, and an index that
//! says when which stream said it.
//!
//! The head goes to the file `log`. What follows goes to segments `log.OFFSET`, named by where they
//! begin in what was said; the oldest is dropped as soon as those after it hold the tail. When all
//! is said the tail is put behind the head, with a line between them that says how much is missing.
//! So neither memory nor disk depends on how much a command says, and the command never waits for
//! us to make room. Each line of the file `index` is `MILLISECONDS STREAM OFFSET`, with the offset in
//! the file `log` where the output begins that came at that time.

use crate::exec::record::private;
use crate::files::regular;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How many bytes of the beginning are kept.
pub(super) const HEAD: u64 = 32 << 20;
/// How many bytes of the end are kept.
pub(super) const TAIL: u64 = 32 << 20;
/// Length of a segment: what the disk holds too much while a command runs.
const SEGMENT: u64 = 8 << 20;
/// Output of one stream that comes within this time has one line in the index. With a line for each write, the index
/// of a command that writes letter by letter would be longer than its log.
const GRAIN: Duration = Duration::from_millis(100);

/// Where a piece of output came from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stream {
    /// Standard output and standard error, through one pipe and so in their true order.
    #[default]
    Both,
    /// Standard output alone.
    Out,
    /// Standard error alone.
    Err,
}

impl Stream {
    /// Its word in the index.
    fn as_str(self) -> &'static str {
        match self {
            Self::Both => "both",
            Self::Out => "out",
            Self::Err => "err",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        [Self::Both, Self::Out, Self::Err]
            .into_iter()
            .find(|stream| stream.as_str() == word)
    }
}

/// A line of an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    /// Milliseconds since the command was started.
    millis: u64,
    pub(super) stream: Stream,
    pub(super) offset: u64,
}

impl Mark {
    pub(super) fn parse(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        Some(Self {
            millis: words.next()?.parse().ok()?,
            stream: Stream::from_word(words.next()?)?,
            offset: words.next()?.parse().ok()?,
        })
    }

    fn write(self, mut to: impl Write) -> io::Result<()> {
        writeln!(
            to,
            "{} {} {}",
            self.millis,
            self.stream.as_str(),
            self.offset
        )
    }
}

/// A log being written.
pub(super) struct Log {
    folder: PathBuf,
    /// The head, or the segment that is written to.
    file: File,
    index: File,
    /// Where that file begins and ends in what was said.
    start: u64,
    end: u64,
    started: Instant,
    last: Option<(Instant, Stream)>,
}

impl Log {
    /// Begins the log of the try in `folder`, whose head is the open file `head`.
    pub(super) fn begin(folder: &Path, head: File) -> io::Result<Self> {
        Ok(Self {
            folder: folder.to_owned(),
            file: head,
            index: private::file(&folder.join("index"))?,
            start: 0,
            end: 0,
            started: Instant::now(),
            last: None,
        })
    }

    /// Keeps what a stream said.
    pub(super) fn write(&mut self, stream: Stream, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let limit = if self.start == 0 { HEAD } else { SEGMENT };
            let room = self.start + limit - self.end;
            if room == 0 {
                self.next_segment()?;
                continue;
            }
            let (now, later) = bytes.split_at(bytes.len().min(room as usize));
            self.mark(stream)?;
            self.file.write_all(now)?;
            self.end += now.len() as u64;
            bytes = later;
        }
        Ok(())
    }

    fn mark(&mut self, stream: Stream) -> io::Result<()> {
        let now = Instant::now();
        let is_new = self
            .last
            .is_none_or(|(at, last)| last != stream || now - at >= GRAIN);
        if is_new {
            self.last = Some((now, stream));
            let mark = Mark {
                millis: (now - self.started).as_millis() as u64,
                stream,
                offset: self.end,
            };
            mark.write(&self.index)?;
        }
        Ok(())
    }

    fn next_segment(&mut self) -> io::Result<()> {
        self.start = self.end;
        self.last = None;
        self.file = private::file(&segment(&self.folder, self.start))?;
        self.index = private::file(&segment_index(&self.folder, self.start))?;
        let starts = segments(&self.folder)?;
        for pair in starts.windows(2) {
            if self.end - pair[1] >= TAIL {
                remove_segment(&self.folder, pair[0])?;
            }
        }
        Ok(())
    }

    /// Puts the tail behind the head and makes sure that the disk has it; gives how many bytes
    /// between them are missing. [`forget_segments`] has to follow once that is written down.
    pub(super) fn close(self) -> io::Result<u64> {
        let starts = segments(&self.folder)?;
        let path = self.folder.join("log");
        let mut head = private::file(&path)?;
        let missing = missing(&starts, self.end);
        if !starts.is_empty() {
            put_together(&self.folder, &mut head, &starts, missing)?;
        }
        head.sync_data()?;
        Ok(missing)
    }
}

/// Mends the log of a command whose shim was killed while it put the log together.
pub(super) fn recover(folder: &Path) -> io::Result<()> {
    let starts = segments(folder)?;
    let Some(last) = starts.last() else {
        return Ok(());
    };
    let mut head = private::file(&folder.join("log"))?;
    head.set_len(HEAD)?;
    let end = last + fs::metadata(segment(folder, *last))?.len();
    let missing = missing(&starts, end);
    let path = folder.join("index");
    let whole: Vec<Mark> = marks(&path)?.filter(|mark| mark.offset < HEAD).collect();
    let mut index = File::create(&path)?;
    for mark in whole {
        mark.write(&mut index)?;
    }
    put_together(folder, &mut head, &starts, missing)?;
    head.sync_data()?;
    forget_segments(folder)
}

/// Removes the segments, after what they held was put behind the head.
pub(super) fn forget_segments(folder: &Path) -> io::Result<()> {
    for start in segments(folder)? {
        remove_segment(folder, start)?;
    }
    Ok(())
}

/// The line that stands where `bytes` bytes are missing.
pub(super) fn gap(bytes: u64) -> String {
    match bytes {
        0 => String::new(),
        _ => format!("\n[{bytes} bytes are left out here]\n"),
    }
}

fn missing(starts: &[u64], end: u64) -> u64 {
    match starts {
        [] => 0,
        _ => end.saturating_sub(TAIL).saturating_sub(HEAD),
    }
}

/// Puts the gap and the tail behind the head, and their marks behind the index.
fn put_together(folder: &Path, head: &mut File, starts: &[u64], missing: u64) -> io::Result<()> {
    let gap = gap(missing);
    head.write_all(gap.as_bytes())?;
    let from = HEAD + missing;
    let mut index = private::file(&folder.join("index"))?;
    // What the first bytes of the tail belong to was marked before them.
    let mut before: Option<Mark> = None;
    for start in starts {
        let mut segment = regular::open(&segment(folder, *start))?;
        segment.seek(SeekFrom::Start(from.saturating_sub(*start)))?;
        io::copy(&mut segment, head)?;
        for mark in marks(&segment_index(folder, *start))? {
            if mark.offset <= from {
                before = Some(Mark {
                    offset: from,
                    ..mark
                });
                continue;
            }
            for mark in before.take().into_iter().chain([mark]) {
                let offset = mark.offset - missing + gap.len() as u64;
                Mark { offset, ..mark }.write(&index)?;
            }
        }
    }
    if let Some(mark) = before {
        let offset = mark.offset - missing + gap.len() as u64;
        Mark { offset, ..mark }.write(&index)?;
    }
    index.flush()
}

/// The marks of an index, as far as it is whole.
pub(super) fn marks(index: &Path) -> io::Result<impl Iterator<Item = Mark>> {
    let lines = BufReader::new(regular::open(index)?).lines();
    Ok(lines.map_while(|line| Mark::parse(&line.ok()?)))
}

/// Where the segments of a log begin, in order.
pub(super) fn segments(folder: &Path) -> io::Result<Vec<u64>> {
    let mut starts = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let start = name
            .to_str()
            .and_then(|name| name.strip_prefix("log."))
            .and_then(|start| start.parse::<u64>().ok());
        starts.extend(start);
    }
    starts.sort_unstable();
    Ok(starts)
}

pub(super) fn segment(folder: &Path, start: u64) -> PathBuf {
    folder.join(format!("log.{start}"))
}

fn segment_index(folder: &Path, start: u64) -> PathBuf {
    folder.join(format!("index.{start}"))
}

fn remove_segment(folder: &Path, start: u64) -> io::Result<()> {
    fs::remove_file(segment(folder, start))?;
    fs::remove_file(segment_index(folder, start))
}
