//! What is known of a gate: the question that was asked, and who answered it how.

/// A gate that was opened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gate {
    /// What is to be allowed, filled in.
    pub text: Option<String>,
    /// How many people have to approve.
    pub wanted: u32,
    /// When silence becomes a no, RFC 3339.
    pub expires: Option<String>,
    /// Who approved, in order.
    pub approved_by: Vec<String>,
    /// Those of the people who approved in whose name somebody else did.
    pub claimed: Vec<String>,
}

impl Gate {
    /// Whether enough people approved.
    pub fn is_satisfied(&self) -> bool {
        self.approved_by.len() >= self.wanted as usize
    }

    /// Whether silence has become a no by now.
    pub fn is_expired(&self, now: jiff::Timestamp) -> bool {
        let expires = self.expires.as_ref();
        let at = expires.and_then(|at| at.parse::<jiff::Timestamp>().ok());
        at.is_some_and(|at| at < now)
    }
}
