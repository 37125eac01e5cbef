//! What is sent when, by a clock that the tests set.

use farthing_runtime::alerts::{Alert, BATCH, Book, Due, Firing, Kind, Message, NotifierState, Outcome, QUEUE, Timing};

use crate::firing;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
/// Some noon.
const NOON: i64 = 1_775_044_800_000;

fn book(kind: Kind) -> Book {
    Book::new(Timing::default(), [("it".to_string(), kind)])
}

fn message(book: &mut Book, at: i64) -> Message {
    match book.due(0, at) {
        Due::Send(message) => message,
        wait => panic!("nothing is due at {at}: {wait:?}"),
    }
}

/// What is sent at a time: the objective, when it began, and when it ends or ended.
fn sent(message: &Message) -> Vec<(String, i64, Option<i64>)> {
    let told = |(alert, ends): (&Alert, Option<i64>)| {
        (alert.firing.labels["objective"].clone(), alert.firing.starts_at_ms - NOON, ends.map(|ends| ends - NOON))
    };
    message.alerts().into_iter().map(told).collect()
}

/// Evaluates, and delivers all that is due.
fn minute(book: &mut Book, at: i64, firing: &[Firing]) -> Vec<(String, i64, Option<i64>)> {
    book.evaluate(NOON + at, firing.to_vec());
    let mut all = Vec::new();
    while let Due::Send(message) = book.due(0, NOON + at) {
        all.extend(sent(&message));
        book.done(0, NOON + at, &Outcome::Delivered);
    }
    all
}

fn failed() -> Outcome {
    Outcome::Failed { why: "no".into(), retry_after_ms: None }
}

#[test]
fn an_alertmanager_is_sent_what_prometheus_sends() {
    let mut book = book(Kind::Alertmanager);
    let burns = [firing("cheap", NOON)];
    let of = |at: i64| ("cheap".to_string(), 0, Some(at));
    assert_eq!(minute(&mut book, 0, &burns), [of(4 * MINUTE)], "at once, for four minutes");
    assert_eq!(minute(&mut book, 30_000, &burns), [], "not before a minute has passed");
    assert_eq!(minute(&mut book, MINUTE, &burns), [of(5 * MINUTE)]);
    // Resolved: at once, though it was sent less than a minute ago, and then for 15 minutes.
    let ended = MINUTE + 30_000;
    let resolved: Vec<i64> =
        (0..60).map(|minute| ended + minute * MINUTE).filter(|at| minute(&mut book, *at, &[]) == [of(ended)]).collect();
    assert_eq!(resolved.len(), 16);
    assert_eq!(resolved.last(), Some(&(ended + 15 * MINUTE)));
}

#[test]
fn a_longer_interval_keeps_an_alert_open_for_longer() {
    let timing = Timing { interval_ms: 5 * MINUTE, ..Timing::default() };
    let mut book = Book::new(timing, [("it".to_string(), Kind::Alertmanager)]);
    assert_eq!(minute(&mut book, 0, &[firing("cheap", NOON)]), [("cheap".into(), 0, Some(20 * MINUTE))]);
}

#[test]
fn an_alert_keeps_its_start_and_gets_a_new_one_after_it_was_resolved() {
    let mut book = book(Kind::Alertmanager);
    minute(&mut book, 0, &[firing("cheap", NOON)]);
    let again = minute(&mut book, MINUTE, &[firing("cheap", NOON + MINUTE)]);
    assert_eq!(again, [("cheap".into(), 0, Some(5 * MINUTE))]);
    minute(&mut book, 2 * MINUTE, &[]);
    let anew = minute(&mut book, 3 * MINUTE, &[firing("cheap", NOON + 3 * MINUTE)]);
    assert_eq!(anew, [("cheap".into(), 3 * MINUTE, Some(7 * MINUTE))]);
}

#[test]
fn a_request_has_64_alerts_at_most() {
    let mut book = book(Kind::Alertmanager);
    let many: Vec<Firing> = (0..150).map(|index| firing(&format!("o{index:03}"), NOON)).collect();
    book.evaluate(NOON, many);
    let mut sizes = Vec::new();
    while let Due::Send(message) = book.due(0, NOON) {
        sizes.push(message.alerts().len());
        book.done(0, NOON, &Outcome::Delivered);
    }
    assert_eq!(sizes, [BATCH, BATCH, 22]);
    assert_eq!(book.counts(0), (150, 0, 0));
}

#[test]
fn while_it_is_dead_the_newest_of_each_alert_waits_and_pauses_grow() {
    let mut book = book(Kind::Alertmanager);
    let mut attempts = Vec::new();
    for second in 0..600 {
        let at = second * 1_000;
        if at % MINUTE == 0 {
            let burns = if at < 5 * MINUTE { vec![firing("cheap", NOON)] } else { vec![] };
            book.evaluate(NOON + at, burns);
        }
        if let Due::Send(_) = book.due(0, NOON + at) {
            attempts.push(second);
            book.done(0, NOON + at, &failed());
        }
        assert_eq!(book.counts(0), (0, 0, 1), "one alert, however often it was sent again");
    }
    assert_eq!(attempts[..7], [0, 1, 3, 7, 15, 31, 63]);
    assert_eq!(attempts.windows(2).map(|pair| pair[1] - pair[0]).max(), Some(60));
    // An hour later, long after the time for which it is sent again, it hears that it was resolved.
    assert_eq!(minute(&mut book, HOUR, &[]), [("cheap".into(), 0, Some(5 * MINUTE))]);
    assert_eq!(minute(&mut book, HOUR + MINUTE, &[]), []);
}

#[test]
fn what_comes_while_a_request_is_on_its_way_is_sent_after_it() {
    let mut book = book(Kind::Alertmanager);
    book.evaluate(NOON, vec![firing("cheap", NOON)]);
    let first = message(&mut book, NOON);
    book.evaluate(NOON + MINUTE, vec![]);
    book.done(0, NOON + MINUTE, &failed());
    let second = message(&mut book, NOON + 2 * MINUTE);
    assert_eq!((sent(&first)[0].2, sent(&second)[0].2), (Some(4 * MINUTE), Some(MINUTE)));
    assert_eq!(second.alerts().len(), 1, "the newer one only");
}

#[test]
fn too_many_drop_the_oldest() {
    let mut book = book(Kind::Alertmanager);
    let of = |from: usize, to: usize| (from..to).map(|index| firing(&format!("o{index:05}"), NOON)).collect::<Vec<_>>();
    book.evaluate(NOON, of(0, QUEUE));
    book.evaluate(NOON, of(0, QUEUE + 5));
    assert_eq!(book.counts(0), (0, 5, QUEUE));
    assert_eq!(sent(&message(&mut book, NOON))[0].0, "o00005");
}

#[test]
fn what_is_refused_is_not_sent_again_before_its_time() {
    for kind in [Kind::Alertmanager, Kind::Webhook] {
        let mut book = book(kind);
        book.evaluate(NOON, vec![firing("cheap", NOON)]);
        message(&mut book, NOON);
        book.done(0, NOON, &Outcome::Refused("status 400".into()));
        assert!(matches!(book.due(0, NOON), Due::Wait(_)), "{kind:?}");
        assert_eq!(book.counts(0), (0, 1, 0), "{kind:?}");
    }
}

#[test]
fn one_that_asks_for_a_pause_gets_it() {
    let mut book = book(Kind::Webhook);
    book.evaluate(NOON, vec![firing("cheap", NOON)]);
    message(&mut book, NOON);
    book.done(0, NOON, &Outcome::Failed { why: "busy".into(), retry_after_ms: Some(30_000) });
    assert_eq!(book.due(0, NOON), Due::Wait(Some(NOON + 30_000)));
    message(&mut book, NOON + 30_000);
}

#[test]
fn a_clock_set_back_delays_nothing() {
    let mut book = book(Kind::Alertmanager);
    minute(&mut book, 0, &[firing("cheap", NOON)]);
    assert_eq!(minute(&mut book, -HOUR, &[firing("cheap", NOON)]).len(), 1);
}

#[test]
fn a_webhook_is_told_what_changes_and_reminded_after_hours() {
    let mut book = book(Kind::Webhook);
    let (cheap, fast) = (firing("cheap", NOON), firing("fast", NOON + MINUTE));
    let one = ("cheap".to_string(), 0, None);
    let two = ("fast".to_string(), MINUTE, None);
    assert_eq!(minute(&mut book, 0, std::slice::from_ref(&cheap)), std::slice::from_ref(&one));
    let mut reworded = cheap.clone();
    reworded.annotations.insert("summary".into(), "burns more".into());
    assert_eq!(minute(&mut book, MINUTE, &[reworded]), [], "other numbers are no news");
    // The group as a whole is told, as Alertmanager does.
    let both = [cheap.clone(), fast];
    assert_eq!(minute(&mut book, 2 * MINUTE, &both), [one.clone(), two.clone()]);
    assert_eq!(book.due(0, NOON + 3 * MINUTE), Due::Wait(Some(NOON + 2 * MINUTE + 4 * HOUR)));
    assert_eq!(minute(&mut book, 2 * MINUTE + 4 * HOUR, &both).len(), 2, "reminded");
    let later = 5 * HOUR;
    assert_eq!(minute(&mut book, later, &[cheap]), [one, ("fast".into(), MINUTE, Some(later))]);
    assert_eq!(minute(&mut book, later + MINUTE, &[]), [("cheap".into(), 0, Some(later + MINUTE))]);
    assert_eq!(book.due(0, NOON + 48 * HOUR), Due::Wait(None), "nothing fires: nobody is reminded");
}

#[test]
fn a_dead_webhook_is_told_what_is_so_then() {
    let mut book = book(Kind::Webhook);
    book.evaluate(NOON, vec![firing("cheap", NOON)]);
    message(&mut book, NOON);
    book.done(0, NOON, &failed());
    // Another began, and the first one ended before anybody heard of it.
    book.evaluate(NOON + MINUTE, vec![firing("fast", NOON + MINUTE)]);
    assert_eq!(sent(&message(&mut book, NOON + MINUTE)), [("fast".into(), MINUTE, None)]);
}

#[test]
fn what_is_resolved_while_it_is_told_to_fire_is_told_as_resolved_after() {
    let mut book = book(Kind::Webhook);
    book.evaluate(NOON, vec![firing("cheap", NOON)]);
    message(&mut book, NOON);
    book.evaluate(NOON + MINUTE, vec![]);
    book.done(0, NOON + MINUTE, &Outcome::Delivered);
    assert_eq!(sent(&message(&mut book, NOON + MINUTE)), [("cheap".into(), 0, Some(MINUTE))]);
}

#[test]
fn other_names_and_services_are_other_groups() {
    let mut book = book(Kind::Webhook);
    let mut other = firing("cheap", NOON);
    other.labels.insert("service".into(), "search".into());
    book.evaluate(NOON, vec![firing("cheap", NOON), other]);
    for service in ["chat", "search"] {
        let message = message(&mut book, NOON);
        let services: Vec<_> =
            message.alerts().iter().map(|(alert, _)| alert.firing.labels["service"].clone()).collect();
        assert_eq!(services, [service]);
        book.done(0, NOON, &Outcome::Delivered);
    }
    assert!(matches!(book.due(0, NOON), Due::Wait(Some(_))));
}

fn restarted(book: &Book, kind: Kind) -> Book {
    // As it is stored.
    let text = serde_json::to_string(&book.state()).unwrap();
    let state: NotifierState = serde_json::from_str(&text).unwrap();
    let mut again = self::book(kind);
    again.restore(state);
    again
}

#[test]
fn a_restart_loses_nothing_and_tells_no_webhook_twice() {
    let mut book = book(Kind::Webhook);
    let both = [firing("cheap", NOON), firing("fast", NOON)];
    assert_eq!(minute(&mut book, 0, &both).len(), 2);
    let mut again = restarted(&book, Kind::Webhook);
    assert_eq!(minute(&mut again, 2 * MINUTE, &both), [], "it knows");
    assert_eq!(again.due(0, NOON + 3 * MINUTE), Due::Wait(Some(NOON + 4 * HOUR)), "and is reminded as before");
    // One ends while nobody runs.
    let mut again = restarted(&again, Kind::Webhook);
    let told = minute(&mut again, 5 * MINUTE, &both[..1]);
    assert_eq!(told, [("cheap".into(), 0, None), ("fast".into(), 0, Some(5 * MINUTE))]);
}

#[test]
fn a_resolved_alert_that_did_not_arrive_is_sent_after_a_restart() {
    let mut book = book(Kind::Alertmanager);
    minute(&mut book, 0, &[firing("cheap", NOON)]);
    book.evaluate(NOON + MINUTE, vec![]);
    // On its way when all stops, and the 15 minutes are over.
    message(&mut book, NOON + MINUTE);
    book.evaluate(NOON + HOUR, vec![]);
    let mut again = restarted(&book, Kind::Alertmanager);
    assert_eq!(minute(&mut again, HOUR, &[]), [("cheap".into(), 0, Some(MINUTE))]);
}

#[test]
fn an_alert_that_fires_through_a_restart_keeps_its_start() {
    let mut book = book(Kind::Alertmanager);
    minute(&mut book, 0, &[firing("cheap", NOON)]);
    let mut again = restarted(&book, Kind::Alertmanager);
    let told = minute(&mut again, 10 * MINUTE, &[firing("cheap", NOON + 10 * MINUTE)]);
    assert_eq!(told, [("cheap".into(), 0, Some(14 * MINUTE))]);
}
