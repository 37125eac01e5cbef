//! From rows of events to columns that the evaluator takes.
