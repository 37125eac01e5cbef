use super::*;
use crate::scrape::{Options, TargetSpec};

fn target() -> Target {
    Target::new(&TargetSpec::parse("http://h:1/;node=n", &Options::default()).expect("a URL"), None)
}

struct Scrapes {
    table: Table,
    target: Target,
    at_ms: i64,
    /// What the sink would know.
    known: Vec<Arc<Series>>,
    epoch: u32,
}

impl Scrapes {
    fn new() -> Self {
        Scrapes { table: Table::default(), target: target(), at_ms: 0, known: Vec::new(), epoch: 0 }
    }

    fn learn(&mut self) {
        let news = self.table.news();
        if news.epoch != self.epoch {
            self.known.clear();
            self.epoch = news.epoch;
        }
        assert_eq!(news.first as usize, self.known.len());
        self.known.extend(news.added);
    }

    /// Names of the series, with values and when they began; then the names of those that ended.
    fn read(&mut self, text: &str) -> Result<(Batch, String, String), ScrapeError> {
        self.at_ms += 15_000;
        let filter = |name: &str| !name.starts_with("not") && (name == "both_created" || !name.ends_with("_created"));
        let read = self.table.read(text.as_bytes(), Format::guess(text.as_bytes()), &self.target, &filter, self.at_ms);
        let (batch, ended) = read?;
        self.learn();
        let samples: Vec<String> = batch
            .samples
            .iter()
            .map(|sample| match sample.created_ms {
                Some(created_ms) => format!("{}={}@{created_ms}", self.name(sample.series), sample.value),
                None => format!("{}={}", self.name(sample.series), sample.value),
            })
            .collect();
        let ended = self.names(&ended);
        Ok((batch, samples.join(" "), ended))
    }

    fn samples(&mut self, text: &str) -> (String, String) {
        let (_, samples, ended) = self.read(text).expect("a scrape");
        (samples, ended)
    }

    fn name(&self, at: u32) -> String {
        let series = &self.known[at as usize];
        let own = series.labels.iter().filter(|(name, _)| !matches!(name.as_str(), "instance" | "node"));
        let own: Vec<&str> = own.map(|(_, value)| value.as_str()).collect();
        format!("{}{}", series.name, own.join(""))
    }

    fn names(&self, all: &[u32]) -> String {
        let names: Vec<String> = all.iter().map(|at| self.name(*at)).collect();
        names.join(" ")
    }
}

fn pair(samples: &str, ended: &str) -> (String, String) {
    (samples.to_string(), ended.to_string())
}

#[test]
fn series_are_known_again_and_end_where_they_are_missing() {
    let mut scrapes = Scrapes::new();
    assert_eq!(scrapes.samples("a{l=\"1\"} 1\na{l=\"2\"} 2\nnot_read 5\nb 3\n"), pair("a1=1 a2=2 b=3", ""));
    assert_eq!(scrapes.samples("b 4\na{l=\"1\"} 2\n"), pair("b=4 a1=2", "a2"));
    assert_eq!(scrapes.samples("b 4\na{l=\"1\"} 2\n"), pair("b=4 a1=2", ""));
    assert_eq!(scrapes.samples("a{l=\"2\"} 0\n"), pair("a2=0", "a1 b"));
    assert_eq!(scrapes.known.len(), 3);
    let labels = &scrapes.known[0].labels;
    assert_eq!(*labels, [("instance", "h:1"), ("l", "1"), ("node", "n")].map(|(a, b)| (a.to_string(), b.to_string())));
    let ended = scrapes.table.end_all();
    assert_eq!(scrapes.names(&ended), "a2");
    assert_eq!(scrapes.table.end_all(), Vec::<u32>::new());
}

#[test]
fn a_refused_scrape_leaves_nothing() {
    let mut scrapes = Scrapes::new();
    scrapes.samples("a 1\n");
    let error = scrapes.read("b{l=\"1\"} 1\nb_created 5\na 2\n!\n").expect_err("a bad line");
    assert_eq!((error.reason, error.message.contains("line 4, column 1")), (Reason::Parse, true), "{error}");
    let ended = scrapes.table.end_all();
    assert_eq!(scrapes.names(&ended), "a");
    assert_eq!((scrapes.table.by_text.len(), scrapes.table.by_series.len(), scrapes.table.families.len()), (1, 1, 1));
    assert_eq!(scrapes.samples("b{l=\"1\"} 1\na 2\n"), pair("b1=1 a=2", ""));
    let error = scrapes.read("a{__name__=\"b\"} 1\n").expect_err("two names");
    assert!(error.message.starts_with("line 1, column 1: the label __name__"), "{error}");
    assert!(scrapes.read("a{l=\"1\",l=\"2\"} 1\n").expect_err("twice").message.contains("is there twice"));
}

#[test]
fn the_same_series_counts_once() {
    let mut scrapes = Scrapes::new();
    let text =
        "a{l=\"1\",m=\"2\"} 1\na{m=\"2\",l=\"1\"} 2\na{l=\"1\",m=\"2\",n=\"\"} 3\nb 1 1000\nb 2 2000\nb 3 2000\n";
    let (batch, samples, _) = scrapes.read(text).expect("a scrape");
    assert_eq!(samples, "a12=1 b=1 b=2");
    assert_eq!((batch.read, batch.duplicates), (6, 3));
    let times: Vec<i64> = batch.samples.iter().map(|sample| sample.time_ms).collect();
    assert_eq!(times, [15_000, 1_000, 2_000]);
    // Whichever way it is written, it is there.
    assert_eq!(scrapes.samples("a{m=\"2\",l=\"1\"} 5\n"), pair("a12=5", ""));
}

#[test]
fn counters_are_told_when_they_began() {
    let mut scrapes = Scrapes::new();
    let text = "# TYPE c counter\nc_total{l=\"1\"} 1\nc_created{l=\"1\"} 10.5\nc_total{l=\"2\"} 2\n# TYPE h histogram\n\
        h_created{l=\"x\"} 20\nh_bucket{l=\"x\",le=\"1\"} 3\nh_bucket{le=\"+Inf\",l=\"x\"} 4\nh_count{l=\"x\"} 4\nh_sum{l=\"x\"} 1\n";
    let read = "c_total1=1@10500 c_total2=2 h_bucketx1=3@20000 h_bucketx+Inf=4@20000 h_countx=4@20000 h_sumx=1@20000";
    assert_eq!(scrapes.samples(&format!("{text}# EOF\n")).0, read);
    assert_eq!(scrapes.samples(&format!("{text}# EOF\n")).0, read);
    assert_eq!(scrapes.samples(text).0, read, "the older format has them, too");
    // What is read by that name is a sample all the same.
    for _ in 0..2 {
        assert_eq!(scrapes.samples("both_total 1\nboth_created 5\n").0, "both_total=1@5000 both_created=5");
    }
    assert_eq!(scrapes.samples("c_total{l=\"1\"} 1\n").0, "c_total1=1", "what it said before is not said again");
    assert_eq!(
        scrapes.samples("# TYPE c counter\nc_total{l=\"1\"} 1\nc_created{l=\"1\"} 30\n# EOF").0,
        "c_total1=1@30000"
    );
}

#[test]
fn series_with_times_of_their_own_do_not_end() {
    let mut scrapes = Scrapes::new();
    scrapes.samples("a 1 1000\nb 1\n");
    assert_eq!(scrapes.samples("c 1\n"), pair("c=1", "b"));
}

#[test]
fn what_is_gone_for_long_is_forgotten() {
    let mut scrapes = Scrapes::new();
    let fixed = "# TYPE k counter\nk_total 1\nk_created 5\na 1\n";
    let mut epochs = 0;
    for round in 0..40 {
        let passing: String = (0..200).map(|at| format!("p{{l=\"{round}-{at}\"}} 1\n")).collect();
        let before = scrapes.epoch;
        let (samples, ended) = scrapes.samples(&format!("{fixed}{passing}# EOF\n"));
        assert!(samples.starts_with("k_total=1@5000 a=1 p"), "{round}: {samples}");
        let count = if round == 0 { 0 } else { 200 };
        assert_eq!(ended.split_terminator(' ').count(), count);
        assert!(ended.split_terminator(' ').all(|name| name.starts_with(&format!("p{}-", round - 1))), "{ended}");
        epochs += u32::from(scrapes.epoch != before);
        scrapes.table.tidy();
        let sizes = [scrapes.table.entries.len(), scrapes.table.by_text.len(), scrapes.table.by_series.len()];
        assert!(
            sizes.into_iter().chain([scrapes.table.families.len()]).all(|size| size <= GONE + 5 * 203),
            "{sizes:?}"
        );
    }
    assert!(epochs >= 3, "{epochs}");
}
