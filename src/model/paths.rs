//! Paths below the project, as authors write them: with `/`, relative to the file they stand in.

/// The files that can be the first page of their folder, in the order in which they are.
pub const FIRST_PAGES: [&str; 3] = ["index.md", "README.md", "_index.md"];

/// The folder of a file, without a `/` at its end.
pub fn folder(path: &str) -> &str {
    path.rfind('/').map_or("", |at| &path[..at])
}

/// The path below the project that `path` means in `file`; `None` if it leaves the project.
pub fn join(file: &str, path: &str) -> Option<String> {
    if path.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = folder(file)
        .split('/')
        .filter(|part| !part.is_empty())
        .collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_their_file_and_stay_in_the_project() {
        for (file, path, expected) in [
            ("content/a.md", "b.md", Some("content/b.md")),
            ("content/a.md", "../parts/./b.md", Some("parts/b.md")),
            ("a.md", "../b.md", None), // climbs out
            ("a.md", "/etc/passwd", None),
        ] {
            assert_eq!(join(file, path).as_deref(), expected, "{file} {path}");
        }
    }
}
