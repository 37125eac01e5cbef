//! Did you mean ...?

/// The candidate that is nearest to a mistyped name, if one is near enough.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    let length = lower.chars().count();
    // A third of the letters may be wrong: more is another word, not a slip.
    let limit = (name.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .filter(|candidate| *candidate != name)
        .filter_map(|candidate| {
            let other = candidate.to_lowercase();
            // "generated_tokens" for "generation_tokens", "ttft_seconds" for "ttft": what begins alike is meant.
            let long = lower.len().min(other.len()) >= 4;
            let alike = long && (other.starts_with(&lower) || lower.starts_with(&other));
            // Each letter that one has more is one that is wrong.
            if !alike && other.chars().count().abs_diff(length) > limit {
                return None;
            }
            let distance = strsim::osa_distance(&lower, &other);
            Some((if alike { distance.min(limit) } else { distance }, candidate))
        })
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, candidate)| (*distance, *candidate))
        .map(|(_, candidate)| candidate)
}

/// `a`, `a or b`, `a, b or c`: names for a sentence.
pub fn one_of<S: AsRef<str>>(names: &[S]) -> String {
    match names {
        [] => "nothing".to_string(),
        [only] => only.as_ref().to_string(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} or {}", first.join(", "), last.as_ref())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_other_words_are_not() {
        let known = ["generation_tokens", "prompt_tokens", "request_success"];
        assert_eq!(nearest("generated_tokens", known), Some("generation_tokens"));
        assert_eq!(nearest("request_sucess", known), Some("request_success"));
        assert_eq!(nearest("latency", known), None);
    }
}
