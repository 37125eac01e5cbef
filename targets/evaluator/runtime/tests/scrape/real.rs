//! A real Prometheus, as an exporter of its own metrics.

use std::{
    fs,
    net::TcpListener,
    process::{Child, Command, Stdio},
};

use crate::{WAIT, all, start};

struct Prometheus(Child);

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn prometheus_can_be_scraped() {
    let folder = std::env::temp_dir().join(format!("farthing-scrape-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    let config = folder.join("prometheus.yml");
    fs::write(&config, "global: {}\n").expect("a file");
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    let prometheus = Command::new("prometheus")
        .arg(format!("--config.file={}", config.display()))
        .arg(format!("--storage.tsdb.path={}", folder.join("data").display()))
        .arg(format!("--web.listen-address=127.0.0.1:{port}"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("prometheus is there: scripts/test installs it");
    let prometheus = Prometheus(prometheus);
    let (scraper, scrapes) = start(&[format!("http://127.0.0.1:{port};;interval=200ms")], all());
    // It takes its time to start.
    let (scrape, batch) = loop {
        let scrape = scrapes.recv_timeout(WAIT).expect("a scrape");
        match &scrape.result {
            Ok(batch) => {
                let batch = batch.clone();
                break (scrape, batch);
            }
            Err(error) => assert!(matches!(error.reason.as_str(), "connect" | "status" | "timeout"), "{error}"),
        }
    };
    assert!(batch.samples.len() > 200, "{}", batch.samples.len());
    assert_eq!((batch.samples.len(), batch.duplicates), (batch.read, 0));
    let build = scrape.series.added.iter().find(|series| series.name == "prometheus_build_info").expect("its version");
    assert!(build.labels.contains(&("instance".to_string(), format!("127.0.0.1:{port}"))));
    drop((scraper, prometheus));
    let _ = fs::remove_dir_all(folder);
}
