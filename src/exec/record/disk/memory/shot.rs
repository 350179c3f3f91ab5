//! The disk at one moment, and every disk that a death at that moment may leave.

use super::Memory;
use super::bytes::Left;
use super::content::{Content, Node};

/// The disk at the moment when a process died.
pub(crate) struct Shot {
    /// What it was about to do.
    pub(crate) moment: String,
    content: Content,
}

impl Shot {
    pub(super) fn of(moment: String, content: &Content) -> Self {
        Self {
            moment,
            content: content.clone(),
        }
    }

    /// Every disk that a kill or a power cut may leave, each with what was lost.
    pub(crate) fn left(&self) -> Vec<(String, Memory)> {
        let nodes = &self.content.nodes;
        let mut disks = vec![("killed".to_owned(), Memory::of(self.content.clone()))];
        let open: Vec<usize> = (0..nodes.len())
            .filter(|node| matches!(&nodes[*node], Node::Folder { seen, safe } if seen != safe))
            .collect();
        let all_bytes_safe = nodes
            .iter()
            .all(|node| !matches!(node, Node::File(bytes) if bytes.seen != bytes.safe));
        let left: &[Left] = match all_bytes_safe {
            true => &[Left::Nothing],
            false => &[Left::Nothing, Left::All, Left::Head, Left::Tail],
        };
        for names in 0..1_usize << open.len() {
            for left in left {
                let kept = |node: usize| {
                    let bit = open.iter().position(|open| *open == node);
                    bit.is_some_and(|bit| names >> bit & 1 == 1)
                };
                let content = Content {
                    nodes: after_power_cut(nodes, *left, kept),
                    facts: self.content.facts.clone(),
                };
                let what = format!("power cut, unsynced bytes: {left:?}, names: {names:b}");
                disks.push((what, Memory::of(content)));
            }
        }
        disks
    }
}

fn after_power_cut(nodes: &[Node], left: Left, kept: impl Fn(usize) -> bool) -> Vec<Node> {
    let survive = |(at, node): (usize, &Node)| match node {
        Node::File(bytes) => Node::File(bytes.after_power_cut(left)),
        Node::Folder { seen, safe } => {
            let names = if kept(at) { seen } else { safe };
            Node::Folder {
                seen: names.clone(),
                safe: names.clone(),
            }
        }
    };
    nodes.iter().enumerate().map(survive).collect()
}
