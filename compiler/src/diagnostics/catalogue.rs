//! The catalogue of codes. A code never changes its meaning; a retired one is never used again.
//!
//! F00xx reading, F01xx names, F02xx units, F03xx instruments, F04xx labels, F05xx histograms, F06xx objectives,
//! F07xx policies, F08xx prices, F09xx lints, F10xx tests.

use std::fmt;

/// The stable code of a kind of diagnostic: `F0101`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(pub u16);

impl Code {
    /// Whether it is a lint: of what can be compiled and judged, and is probably not what was meant.
    pub fn is_lint(self) -> bool {
        self.0 / 100 == 9
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "F{:04}", self.0)
    }
}

macro_rules! catalogue {
    ($($name:ident = $number:literal, $file:literal, $title:literal;)*) => {
        /// The codes by their names.
        pub mod codes {
            use super::Code;
            $(#[doc = $title] pub const $name: Code = Code($number);)*
        }

        /// All codes with their titles and pages, ascending.
        pub const CATALOGUE: &[(Code, &str, &str)] =
            &[$((Code($number), $title, include_str!(concat!("pages/", $file, ".md"))),)*];
    };
}

catalogue! {
    EXPECTED = 1, "F0001", "something else was expected";
    UNKNOWN_KEYWORD = 2, "F0002", "a word starts no declaration";
    UNCLOSED = 3, "F0003", "a bracket or quote is never closed";
    UNOPENED = 4, "F0004", "a closing bracket without an opening one";
    TOO_DEEP = 5, "F0005", "nested too deeply";
    TOO_LARGE = 6, "F0006", "a file is too large";
    CHARACTER = 7, "F0007", "a character has no meaning";
    ESCAPE = 8, "F0008", "an unknown escape in a text";
    NUMBER = 9, "F0009", "a number cannot be read";
    NOT_COMPILED = 10, "F0010", "an objective is not compiled, for no known reason";
    NO_SUCH_DATE = 11, "F0011", "there is no such day";
    EMPTY_FILE = 12, "F0012", "a file declares nothing";
    UNKNOWN_NAME = 101, "F0101", "an unknown name";
    DUPLICATE_NAME = 102, "F0102", "a name is declared twice";
    CYCLE = 103, "F0103", "something is defined by itself";
    UNKNOWN_MODULE = 104, "F0104", "an unknown module";
    UNKNOWN_LABEL = 105, "F0105", "an unknown label";
    UNKNOWN_LABEL_VALUE = 106, "F0106", "a label never has this value";
    UNKNOWN_FIELD = 107, "F0107", "an unknown field of an event";
    NOT_A_VALUE = 108, "F0108", "something that is no value";
    ARGUMENTS = 109, "F0109", "wrong arguments";
    NOT_SELECTABLE = 110, "F0110", "a selector without a metric";
    SELECTS_NOTHING = 111, "F0111", "selectors that exclude each other";
    RESERVED_LABEL = 112, "F0112", "a reserved label";
    METRIC_NAME = 113, "F0113", "a metric is declared in a way that cannot be";
    EVENT_FIELD = 114, "F0114", "a field that cannot be computed";
    STATED_TWICE = 115, "F0115", "something is stated twice";
    PATTERN = 116, "F0116", "a pattern that cannot be read";
    PRIVATE = 131, "F0131", "a name that is private to its file";
    HIDDEN_NAME = 132, "F0132", "a name that hides another";
    TEMPLATE = 133, "F0133", "a template that cannot be used so";
    NO_TEXT = 134, "F0134", "a value without quotes";
    UNKNOWN_UNIT = 201, "F0201", "an unknown unit";
    TARGET_UNIT = 202, "F0202", "units that cannot be compared";
    SUM_UNITS = 203, "F0203", "units that cannot be added";
    CURRENCIES = 204, "F0204", "two currencies without a rate";
    NOT_MONEY = 205, "F0205", "a cost or price is not money";
    ARGUMENT_UNIT = 206, "F0206", "an argument in the wrong unit";
    FIXED_AMOUNT = 207, "F0207", "a fixed amount in a flow";
    DIVISION_BY_ZERO = 208, "F0208", "division by zero";
    RELABEL = 209, "F0209", "`as` where nothing is counted";
    DURATION = 210, "F0210", "a time is expected";
    QUANTILE = 301, "F0301", "a quantile of something that has none";
    HISTOGRAM = 302, "F0302", "a histogram used as a number";
    PRODUCT = 303, "F0303", "a product of two measured values";
    RATIO = 304, "F0304", "ratios cannot be combined";
    NO_RATIO = 305, "F0305", "an objective without a denominator";
    LEVEL_OBJECTIVE = 306, "F0306", "a level compared as a whole";
    NOT_A_FLOW = 307, "F0307", "something that does not accumulate";
    TIME_SHARE = 308, "F0308", "a share of the time of something that is no gauge";
    NEEDS_EVENTS = 309, "F0309", "a share needs single events";
    NOT_CONSTANT = 310, "F0310", "a target that is no constant";
    QUERY = 311, "F0311", "a query that cannot be read";
    PEAK = 312, "F0312", "a peak that cannot be";
    MISSING_LABEL = 401, "F0401", "a flow without the label it is broken down by";
    FIXED_COST_BY = 402, "F0402", "a fixed amount broken down by a label";
    UNBOUNDED_LABEL = 403, "F0403", "broken down by a label without bounds";
    WEIGHTS = 404, "F0404", "weights or shares of classes that cannot be";
    ALLOCATION = 405, "F0405", "an allocation that cannot be";
    RENAMED_LABELS = 406, "F0406", "labels that cannot be renamed so";
    BUCKET_BOUND = 501, "F0501", "a threshold that is no bucket's bound";
    BUCKETS = 502, "F0502", "buckets that cannot be";
    NO_PROMISE = 601, "F0601", "an objective without a condition";
    NO_PERIOD = 602, "F0602", "an objective without a period";
    NO_BUDGET = 603, "F0603", "an objective without a budget";
    BUDGET_OF_SHARE = 604, "F0604", "a budget beside a share";
    TARGET_RANGE = 605, "F0605", "a target out of range";
    SHARE_RANGE = 606, "F0606", "a share out of range";
    BUDGET_RANGE = 607, "F0607", "a budget out of range";
    UNKNOWN_PERIOD = 608, "F0608", "an unknown calendar period";
    UNKNOWN_ZONE = 609, "F0609", "an unknown time zone";
    DATES = 610, "F0610", "a last day before the first";
    EXCLUSION = 611, "F0611", "an exclusion by something that is no gauge";
    GUARD = 612, "F0612", "a guard that guards nothing";
    CLASSES = 613, "F0613", "targets of classes that cannot be";
    TRADEOFF = 614, "F0614", "a trade-off of what does not go together";
    SPENDING = 615, "F0615", "planned spending that cannot be";
    EQUALITY = 616, "F0616", "two measures that say nothing as equals";
    UNREACHABLE = 701, "F0701", "an alert that can never fire";
    WINDOW_OVER_PERIOD = 702, "F0702", "an alert's window is longer than the period";
    WINDOWS = 703, "F0703", "an alert's windows or amount cannot be";
    DEFAULT_POLICY = 704, "F0704", "the default policy does not fit the period";
    BELOW_ONE = 705, "F0705", "an alert that fires inside the budget";
    UNWATCHED_SPENDING = 706, "F0706", "planned spending that no alert watches";
    STALE_PRICE = 801, "F0801", "an old price";
    PRICE_TABLE = 802, "F0802", "a table of prices that cannot be used so";
    RATE = 803, "F0803", "a rate of exchange that cannot be";
    NO_VALUE = 901, "F0901", "an objective that nothing of value divides";
    COST_ALONE = 902, "F0902", "a cost without latency or quality beside it";
    PER_ATTEMPT = 903, "F0903", "a cost per attempt";
    GAMEABLE = 904, "F0904", "a denominator that grows without being worth more";
    UNUSED = 905, "F0905", "a declaration that nothing uses";
    UNWATCHED = 906, "F0906", "a budget that no alert watches";
    LONG_PERIOD = 907, "F0907", "a period longer than series are commonly kept";
    NO_REASON = 910, "F0910", "an `allow` without a reason";
    ALLOWS_NOTHING = 911, "F0911", "an `allow` that allows nothing";
    TEST_LENGTH = 1001, "F1001", "a test's length or step cannot be";
    TEST_TIME = 1002, "F1002", "a time that a test does not have";
    TEST_VALUE = 1003, "F1003", "a metric or field cannot be or do this";
    TEST_LABELS = 1004, "F1004", "the labels of a test's series";
    TEST_UNREAD = 1005, "F1005", "a series that no objective reads";
    TEST_GROUP = 1006, "F1006", "which group of an objective";
    TEST_EXPECTED = 1007, "F1007", "what can never be";
    TEST_EMPTY = 1008, "F1008", "a test that cannot fail";
}

/// The page about a code, in Markdown; `None` for a code that does not exist.
pub fn explain(code: Code) -> Option<&'static str> {
    let found = CATALOGUE.binary_search_by_key(&code, |(own, _, _)| *own).ok()?;
    Some(CATALOGUE[found].2)
}
