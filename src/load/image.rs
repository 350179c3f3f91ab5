//! The size of a picture, from the first bytes of its file.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// How much of an SVG is read to find its size.
const SVG_HEAD: u64 = 4096;

/// Width and height in pixels of CSS; `None` for other files, and for pictures that do not say.
pub fn size(path: &Path) -> Option<(u32, u32)> {
    let extension = path.extension()?.to_str()?.to_ascii_lowercase();
    match extension.as_str() {
        "svg" => {
            let mut head = Vec::new();
            File::open(path)
                .ok()?
                .take(SVG_HEAD)
                .read_to_end(&mut head)
                .ok()?;
            of_svg(&String::from_utf8_lossy(&head))
        }
        "png" | "jpg" | "jpeg" | "gif" | "webp" => {
            let found = imagesize::size(path).ok()?;
            Some((
                u32::try_from(found.width).ok()?,
                u32::try_from(found.height).ok()?,
            ))
        }
        _ => None,
    }
}

/// From `width` and `height` of the element `svg`, else from its `viewBox`.
fn of_svg(text: &str) -> Option<(u32, u32)> {
    let tag = &text[text.find("<svg")?..];
    let tag = &tag[..tag.find('>')?];
    let attribute = |name: &str| {
        let (_, rest) = tag.split_once(&format!(" {name}="))?;
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        rest[1..].split(quote).next()
    };
    let pixels = |text: &str| {
        let number: f64 = text.trim().trim_end_matches("px").parse().ok()?;
        (1.0..100_000.0)
            .contains(&number)
            .then_some(number.round() as u32)
    };
    let sides = attribute("width")
        .and_then(pixels)
        .zip(attribute("height").and_then(pixels));
    sides.or_else(|| {
        let mut parts = attribute("viewBox")?
            .split([' ', ','])
            .filter(|part| !part.is_empty());
        let (width, height) = (parts.nth(2)?, parts.next()?);
        pixels(width).zip(pixels(height))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawings_say_their_size_in_one_of_two_ways() {
        for (text, expected) in [
            ("<svg width=\"10\" height='20px'>", Some((10, 20))),
            ("<?xml?><svg viewBox=\"0 0 300 150.4\">", Some((300, 150))),
            (
                "<svg width=\"100%\" height=\"50\" viewBox=\"0,0,8,9\">",
                Some((8, 9)),
            ),
            ("<svg>", None),
            ("<svg width=\"10\"", None), // cut off
        ] {
            assert_eq!(of_svg(text), expected, "{text}");
        }
    }
}
