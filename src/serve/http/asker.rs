//! Who asks: only what a person opens on this machine, and the pages of the preview themselves.
//!
//! A page of another site can make the reader's browser ask here, and read what it runs as a script. Browsers
//! say where a request comes from (`Sec-Fetch-*` of the W3C's Fetch Metadata, `Origin` of RFC 6454), and keep
//! an answer from other sites if it says so (`Cross-Origin-Resource-Policy`); both are used. `Host` keeps out
//! a site whose name leads to this machine.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// What each answer says: it is for pages of the same origin alone, is what it is called, and shares no window.
const FOR_ITS_OWN: [(&str, &str); 4] = [
    ("cross-origin-resource-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "SAMEORIGIN"),
];

/// Answers whoever has business here, and marks each answer.
pub(super) async fn judged(request: Request, next: Next) -> Response {
    let mut answer = match refusal(request.headers()) {
        None => next.run(request).await,
        Some(why) => (StatusCode::FORBIDDEN, why).into_response(),
    };
    for (name, value) in FOR_ITS_OWN {
        let name = HeaderName::from_static(name);
        answer
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    answer
}

/// Why a request with these headers is not answered.
fn refusal(headers: &HeaderMap) -> Option<&'static str> {
    let Some(host) = the_only(headers, &header::HOST).filter(|host| is_this_machine(host)) else {
        return Some("the preview answers only to 127.0.0.1 and localhost\n");
    };
    match is_of(host, headers) && (is_of_this_site(headers) || is_a_visit(headers)) {
        true => None,
        false => Some("the preview answers no other site\n"),
    }
}

/// A header that is there once.
fn the_only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

/// Whether `host` is a name of this machine, with any port: a tunnel may lead here from another one.
fn is_this_machine(host: &str) -> bool {
    let (name, port) = host.split_once(':').unwrap_or((host, "80"));
    let is_port = port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok();
    is_port && (name == "127.0.0.1" || name.eq_ignore_ascii_case("localhost"))
}

/// Whether a page that asks is one of the preview at `host`.
fn is_of(host: &str, headers: &HeaderMap) -> bool {
    !headers.contains_key(header::ORIGIN)
        || the_only(headers, &header::ORIGIN)
            .and_then(|origin| origin.strip_prefix("http://"))
            .is_some_and(|origin| origin.eq_ignore_ascii_case(host))
}

/// Whether no page asks, or one of the same origin. One of another port is another site's as well.
fn is_of_this_site(headers: &HeaderMap) -> bool {
    let name = HeaderName::from_static("sec-fetch-site");
    !headers.contains_key(&name)
        || the_only(headers, &name).is_some_and(|site| ["same-origin", "none"].contains(&site))
}

/// Whether a link is followed in a window of its own, in which the other site sees nothing.
fn is_a_visit(headers: &HeaderMap) -> bool {
    let says = |name, value| the_only(headers, &HeaderName::from_static(name)) == Some(value);
    the_only(headers, &HeaderName::from_static("sec-fetch-site")).is_some()
        && says("sec-fetch-mode", "navigate")
        && says("sec-fetch-dest", "document")
}
