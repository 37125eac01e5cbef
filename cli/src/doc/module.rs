//! A module of the standard library, as a page.

use farthing_grammar::{Item, ItemKind, SyntaxTree};

/// A module with its text.
pub(super) struct Module<'a> {
    /// Without `std::`.
    path: &'a str,
    text: &'a str,
    tree: SyntaxTree,
}

impl<'a> Module<'a> {
    /// Reads it. The standard library is sound; its own tests see to that.
    pub fn read(path: &'a str, text: &'a str) -> Self {
        Module { path, text, tree: farthing_grammar::parse(text).tree }
    }

    /// Without `std::`.
    pub fn path(&self) -> &str {
        self.path
    }

    /// What the module says of itself, up to the first full stop.
    pub fn first_sentence(&self) -> String {
        let doc = self.tree.doc.as_deref().unwrap_or("");
        let paragraph: Vec<&str> = doc.lines().map(str::trim).take_while(|line| !line.is_empty()).collect();
        let paragraph = paragraph.join(" ");
        let end = paragraph.find(". ").map_or(paragraph.len(), |stop| stop + 1);
        paragraph[..end].to_string()
    }

    /// The names of the declarations that other files can use.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.items().filter_map(Item::name).map(|name| name.text.as_str())
    }

    /// The declarations that other files can use: not those whose names begin with `_`, and no imports.
    fn items(&self) -> impl Iterator<Item = &Item> {
        let is_private = |item: &&Item| item.name().is_some_and(|name| name.text.starts_with('_'));
        let items = self.tree.items.iter().filter(|item| !matches!(item.kind, ItemKind::Use { .. }));
        items.filter(move |item| !is_private(item))
    }

    /// All of it, but for the examples of single declarations.
    pub fn page(&self) -> String {
        let mut page = format!("# std::{}\n\n{}\n", self.path, self.tree.doc.as_deref().unwrap_or("").trim());
        let mut shortened = None;
        for item in self.items() {
            let doc = item.doc.as_deref().unwrap_or("").trim();
            let short = doc.split("```").next().unwrap_or("").trim();
            if short.len() < doc.len() && shortened.is_none() {
                shortened = item.name().map(|name| name.text.as_str());
            }
            page.push_str(&format!("\n{}", self.section("##", item, short)));
        }
        if let Some(name) = shortened {
            page.push_str(&format!("\n`farthing doc std::{}::{name}` shows that one with its example.\n", self.path));
        }
        page
    }

    /// All about one declaration.
    pub fn declaration(&self, wanted: &str) -> Option<String> {
        let item = self.items().find(|item| item.name().is_some_and(|name| name.text == wanted))?;
        Some(self.section("#", item, item.doc.as_deref().unwrap_or("").trim()))
    }

    fn section(&self, level: &str, item: &Item, doc: &str) -> String {
        let heading =
            item.name().map(|name| format!("{level} std::{}::{}\n\n", self.path, name.text)).unwrap_or_default();
        format!("{heading}```slo\n{}\n```\n\n{doc}\n", self.written(item))
    }

    /// The declaration as written, without the doc comment before it.
    fn written(&self, item: &Item) -> String {
        let text = self.text.get(item.span.start..item.span.end).unwrap_or("");
        let lines = text.lines().skip_while(|line| line.trim().is_empty() || line.trim_start().starts_with("//"));
        lines.collect::<Vec<_>>().join("\n").trim().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_declarations_are_not_shown() {
        let module =
            Module::read("prices", "//! Prices.\n\nprice _list = $3 per gpu hour\nprice h100 = 80% of _list\n");
        assert_eq!(module.names().collect::<Vec<_>>(), ["h100"]);
        assert!(!module.page().contains("std::prices::_list"), "{}", module.page());
        assert!(module.declaration("_list").is_none());
    }
}
