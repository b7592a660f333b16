//! Words that must not stand in the tree: of work left undone, of one machine, of one network.
//!
//! They are put together from parts here, so that this file does not hold them.

use super::{
    Problem,
    rust_text::{code, find_word, line_at},
};
use crate::tree::File;

/// In any text: put off.
const LATER: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME")];
/// In Rust code: put off, or for the programmer's eyes.
const UNDONE: &[&str] = &[concat!("to", "do!"), concat!("unimple", "mented!"), concat!("db", "g!")];
/// Where one machine keeps its things.
const PLACES: &[&str] = &[concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/"), concat!("/Us", "ers/"), concat!("C:", "\\")];
/// Registries: cargo, Maven, apt and the others know theirs, and on another network they are other ones.
const REGISTRIES: &[&str] = &[
    concat!("crates", ".io"),
    concat!("repo.maven", ".apache.org"),
    concat!("repo1.maven", ".org"),
    concat!("deb.deb", "ian.org"),
    concat!("registry.np", "mjs.org"),
    concat!("py", "pi.org"),
    concat!("proxy.go", "lang.org"),
];
/// Hosts a text may name: of standards, of projects we build on, and of nobody.
const HOSTS: &[&str] = &[
    "localhost",
    "127.0.0.1",
    "0.0.0.0",
    "[::1]",
    "example.com",
    "example.org",
    "apache.org",
    "maven.apache.org",
    "kafka.apache.org",
    "avro.apache.org",
    "www.apache.org",
    "cloudevents.io",
    "doc.rust-lang.org",
    "github.com",
    "grafana.com",
    "json-schema.org",
    "kpistream.io",
    "prometheus",
    "prometheus.io",
    "rustup.rs",
    "schemas.openxmlformats.org",
    "sh.rustup.rs",
    "www.ecb.europa.eu",
    "www.iso.org",
    "www.w3.org",
];
/// Written by tools, which name their registries in them.
const GENERATED: &[&str] = &["Cargo.lock", "deny.toml", "web/package-lock.json"];

pub(crate) fn check(files: &[File]) -> Vec<Problem> {
    files.iter().filter(|file| !GENERATED.contains(&file.path.as_str())).flat_map(|file| text(file).into_iter().chain(rust(file))).collect()
}

fn text(file: &File) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (n, line) in file.lines() {
        for word in LATER.iter().filter(|word| find_word(line, word).next().is_some()) {
            problems.push(Problem::new(file, n, format!("`{word}`: do it, or file an issue and take the word out")));
        }
        for place in PLACES.iter().filter(|place| starts_a_path(line, place)) {
            problems.push(Problem::new(file, n, format!("`{place}`: a path of one machine; make it relative, or a setting")));
        }
        match REGISTRIES.iter().find(|host| line.contains(**host)) {
            Some(host) => problems.push(Problem::new(file, n, format!("`{host}`: a registry's host; leave it to the tool's own configuration"))),
            None => problems.extend(strange_hosts(line).map(|host| {
                let what = format!("`{host}`: a host the tree does not know; take it out, or add it to crates/xtask/src/tidy/words.rs");
                Problem::new(file, n, what)
            })),
        }
    }
    problems
}

/// Whether a place stands in a line as the beginning of a path.
fn starts_a_path(line: &str, place: &str) -> bool {
    line.match_indices(place).any(|(at, _)| {
        let before = line.get(..at).and_then(|s| s.chars().next_back());
        !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '}' | '*' | '/'))
    })
}

fn strange_hosts(line: &str) -> impl Iterator<Item = &str> {
    let urls = line.match_indices("://").filter(|(at, _)| line.get(..*at).is_some_and(|s| s.ends_with("http") || s.ends_with("https")));
    let hosts = urls.filter_map(|(at, _)| line.get(at + 3..)?.split(|c: char| !(c.is_alphanumeric() || ".-[]".contains(c) || c == ':')).next());
    // What is left is a name, perhaps with a port; a placeholder such as `{address}` gives none.
    let hosts = hosts.map(|host| host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit())).map_or(host, |(name, _)| name));
    hosts.map(|host| host.trim_end_matches(['.', ':'])).filter(|host| !host.is_empty() && !HOSTS.contains(host) && !host.ends_with(".example"))
}

fn rust(file: &File) -> Vec<Problem> {
    if !file.path.ends_with(".rs") {
        return Vec::new();
    }
    let code = code(&file.text);
    let undone =
        UNDONE.iter().flat_map(|word| find_word(&code, word).map(|at| (at, *word, "write it, or return an error that says what is missing")));
    let ignored = code.match_indices("#[ignore").map(|(at, _)| (at, "#[ignore]", "a test that does not run tells nothing: mend it or take it out"));
    undone.chain(ignored).map(|(at, word, instead)| Problem::new(file, line_at(&code, at), format!("`{word}`: {instead}"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        check(&[File::new(path, text)]).iter().map(|p| p.to_string().split(": ").take(2).collect::<Vec<_>>().join(" ")).collect()
    }

    #[test]
    fn nothing_is_left_undone() {
        let later = LATER[0];
        assert_eq!(found("a.sh", &format!("echo\n# {later}: more\n")), [format!("a.sh:2 `{later}`")]);
        let undone = UNDONE[0];
        assert_eq!(found("a.rs", &format!("fn f() {{ {undone}() }}\n// {undone}()\n")), [format!("a.rs:1 `{undone}`")]);
        assert_eq!(found("a.rs", "#[test]\n#[ignore = \"slow\"]\nfn f() {}\n"), ["a.rs:2 `#[ignore]`"]);
    }

    #[test]
    fn no_machine_and_no_network() {
        let place = PLACES[0];
        assert_eq!(found("a.md", &format!("see {place}x")), [format!("a.md:1 `{place}`")]);
        assert_eq!(found("a.md", &format!("see docs{place}x")), [""; 0]);
        assert_eq!(found("a.md", &format!("from https://{}/x", REGISTRIES[0])), [format!("a.md:1 `{}`", REGISTRIES[0])]);
        let strange = concat!("https", "://mirror.corp.test:8080/x");
        assert_eq!(found("a.toml", strange), ["a.toml:1 `mirror.corp.test`"]);
        for fine in
            ["http://127.0.0.1:9464/metrics", "http://localhost:9464", "https://www.w3.org/2000/svg", "http://{address}/", "at http://", "kafka://x"]
        {
            assert_eq!(found("a.md", fine), [""; 0], "{fine}");
        }
    }
}
