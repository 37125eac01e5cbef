//! The page about `farthing run` says what is there: its requests are made, and its tables are whole.

use std::{collections::BTreeSet, fs};

use farthing_fake_nvml::{Fake, Gpu, Script};

use crate::{
    ROW,
    http::Stub,
    process::Farthing,
    scratch::{Scratch, repository},
};

fn page() -> String {
    fs::read_to_string(repository().join("docs/src/reference/run.md")).expect("the page")
}

/// The words of a command as a shell has them: quotes keep blanks.
fn words(command: &str) -> Vec<String> {
    let parts = command.split('\'').enumerate();
    let words = parts.flat_map(|(at, part)| match at % 2 {
        0 => part.split_whitespace().map(str::to_string).collect(),
        _ => vec![part.to_string()],
    });
    words.collect()
}

/// Makes the request of a line of curl.
fn curl(command: &str, scratch: &Scratch, farthing: &Farthing) -> String {
    let (mut method, mut headers, mut body, mut path) = ("GET".to_string(), Vec::new(), Vec::new(), None);
    let mut words = words(command).into_iter();
    let next = |words: &mut std::vec::IntoIter<String>| words.next().expect("a value");
    while let Some(word) = words.next() {
        match word.as_str() {
            "-s" => {}
            "-X" => method = next(&mut words),
            "-H" => headers.push(next(&mut words)),
            "--data-binary" => {
                method = "POST".to_string();
                let data = next(&mut words);
                body = match data.strip_prefix('@') {
                    Some(file) => fs::read(scratch.path().join(file)).expect("the page has the file"),
                    None => data.into_bytes(),
                };
            }
            url => {
                path =
                    Some(url.strip_prefix("localhost:9464").unwrap_or_else(|| panic!("{command}: {url}")).to_string())
            }
        }
    }
    let headers: Vec<(&str, &str)> =
        headers.iter().map(|header| header.split_once(": ").expect("a name and a value")).collect();
    farthing.ask(&method, &path.expect("a URL"), &headers, body).body
}

#[test]
fn its_requests_are_answered_so() {
    let (page, scratch) = (page(), Scratch::new());
    let mut farthing = None;
    let mut file = None;
    let mut requests = 0;
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(name) = line.strip_prefix("<!-- file: ").and_then(|rest| rest.strip_suffix(" -->")) {
            file = Some(name);
        }
        let Some(mark) = line.strip_prefix("```") else { continue };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        if let Some(name) = file.take() {
            scratch.file(name, block.join("\n") + "\n");
        } else if mark == "console" {
            let mut rest = String::new();
            for line in block {
                if let Some(command) = line.strip_prefix("$ farthing run service.slo ") {
                    let mut command_line = std::process::Command::new(env!("CARGO_BIN_EXE_farthing"));
                    command_line
                        .args(["run", "service.slo", "--listen", "127.0.0.1:0", "--no-gpu"])
                        .args(words(command));
                    farthing = Some(Farthing::of(command_line, &scratch));
                } else if let Some(command) = line.strip_prefix("$ curl ") {
                    let farthing = farthing.as_ref().expect("the page starts it");
                    rest = curl(command, &scratch, farthing);
                    requests += 1;
                } else if line != "..." && farthing.is_some() && requests > 0 {
                    let place = rest.lines().position(|own| own.trim_end() == line);
                    let place =
                        place.unwrap_or_else(|| panic!("the page shows a line that is not said:\n{line}\n\n{rest}"));
                    rest = rest.lines().skip(place + 1).collect::<Vec<_>>().join("\n");
                }
            }
        }
    }
    assert!(requests >= 5, "{requests}");
}

/// The first cells of a page's tables that are code, without what is in braces.
fn cells(page: &str) -> impl Iterator<Item = &str> {
    page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next())
}

#[test]
fn its_metrics_are_those_that_are_exported() {
    let scratch = Scratch::new();
    let fake = Fake::build_into(scratch.path(), &Script::of(vec![Gpu::h100(0)])).expect("the fake library");
    let library = fake.library().to_str().expect("a path in UTF-8");
    let stub = Stub::new("");
    let target = format!("http://{}", stub.address);
    let arguments = ["--nvml-library", library, "--alert-webhook", &target, "--scrape", &target];
    let farthing = Farthing::start(&scratch, &arguments);
    assert_eq!(farthing.send(&[], ROW).status, 200);
    let text = farthing.get("/metrics").body;
    let elsewhere = |name: &str| name.starts_with("farthing_gpu_") || name.starts_with("farthing_scrape_");
    let names = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
    let exported: BTreeSet<&str> = names.filter(|name| !elsewhere(name)).collect();
    let page = page();
    let told: BTreeSet<&str> = cells(&page).filter(|cell| cell.starts_with("farthing_")).collect();
    assert_eq!(told, exported);
}

#[test]
fn its_flags_are_those_of_the_command() {
    let help = Scratch::new().run(&["run", "--help"]);
    let flags = help.out.lines().filter_map(|line| line.trim_start().strip_prefix("--")?.split(' ').next());
    let flags: BTreeSet<&str> = flags.collect();
    assert!(flags.len() > 10, "{flags:?}");
    let page = page();
    let told: BTreeSet<&str> = cells(&page)
        .filter_map(|cell| cell.strip_prefix("--"))
        .map(|cell| cell.split(' ').next().expect("a word"))
        .collect();
    assert_eq!(told, flags);
}
