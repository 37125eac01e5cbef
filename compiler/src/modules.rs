//! Modules: files and the standard library, loaded and their names bound to declarations.

use std::{
    cell::{Cell, RefCell},
    collections::{HashMap, HashSet, VecDeque},
};

use farthing_grammar::{Item, ItemKind, Name, Path, SyntaxTree};

use crate::{
    diagnostics::{Diagnostic, codes, suggest},
    sources::{FileId, Place, SourceFile, SourceMap, Sources},
    syntax_errors,
};

/// A module by its number in [`World`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ModuleId(pub usize);

/// A top-level declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ItemId {
    pub module: ModuleId,
    pub index: usize,
}

/// What a name stands for in a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Binding {
    Item(ItemId),
    Module(ModuleId),
    /// A folder of modules, such as `std::prices`.
    Folder(String),
    /// An import that failed and was reported: uses of it are not reported again.
    Failed,
}

/// A file and the names that can be used in it.
#[derive(Debug)]
pub(crate) struct Module {
    pub file: FileId,
    /// Whether it is one of the files that were asked for, not one that they import.
    pub root: bool,
    pub tree: SyntaxTree,
    pub names: HashMap<String, Binding>,
    /// The aliases of `use`, with their places, in order.
    pub uses: Vec<Name>,
}

/// All modules of a compilation.
#[derive(Debug)]
pub(crate) struct World {
    pub sources: SourceMap,
    pub modules: Vec<Module>,
    by_file: HashMap<FileId, ModuleId>,
    /// The module of units that everybody sees.
    pub prelude: ModuleId,
    /// How many known names were compared with unknown ones.
    compared: Cell<usize>,
    /// The names of modules that something referred to.
    used: RefCell<HashSet<(ModuleId, String)>>,
}

/// So many names are compared with unknown ones to find those that are near: in a file of thousands of both, nobody reads
/// all suggestions.
const MAX_COMPARED: usize = 100_000;

impl World {
    /// Parses the files and everything that they import, and binds names.
    pub fn load(files: Vec<SourceFile>, sources: &dyn Sources, diagnostics: &mut Vec<Diagnostic>) -> World {
        let mut world = World {
            sources: SourceMap::default(),
            modules: Vec::new(),
            by_file: HashMap::new(),
            prelude: ModuleId(0),
            compared: Cell::new(0),
            used: RefCell::default(),
        };
        let units = farthing_stdlib::module("units").unwrap_or("");
        world.prelude = world.add(SourceFile { name: "std::units".into(), text: units.into() }, false, diagnostics);
        let mut queue: VecDeque<ModuleId> = VecDeque::from([world.prelude]);
        for file in files {
            if world.sources.find(&file.name).is_none() {
                queue.push_back(world.add(file, true, diagnostics));
            }
        }
        while let Some(id) = queue.pop_front() {
            world.bind(id, sources, &mut queue, diagnostics);
        }
        world
    }

    fn add(&mut self, file: SourceFile, root: bool, diagnostics: &mut Vec<Diagnostic>) -> ModuleId {
        let id = ModuleId(self.modules.len());
        let parsed = farthing_grammar::parse(&file.text);
        let empty = root && parsed.tree.items.is_empty() && parsed.errors.is_empty();
        let file = self.sources.add(file);
        let text = &self.sources.file(file).text;
        diagnostics.extend(parsed.errors.iter().map(|error| syntax_errors::diagnostic(error, file, text)));
        if empty {
            diagnostics.push(syntax_errors::empty(file));
        }
        self.by_file.insert(file, id);
        self.modules.push(Module { file, root, tree: parsed.tree, names: HashMap::new(), uses: Vec::new() });
        id
    }

    /// Binds the names of one module; modules that it imports are loaded and queued.
    fn bind(
        &mut self,
        id: ModuleId,
        sources: &dyn Sources,
        queue: &mut VecDeque<ModuleId>,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let file = self.modules[id.0].file;
        let mut names: HashMap<String, Binding> = HashMap::new();
        let mut places: HashMap<String, Place> = HashMap::new();
        let mut imports = Vec::new();
        for (index, item) in self.modules[id.0].tree.items.iter().enumerate() {
            if let ItemKind::Use { path, alias } = &item.kind {
                imports.push((path.clone(), alias.clone()));
                continue;
            }
            if let ItemKind::Broken { name: Some(name) } = &item.kind {
                // What could not be read is no unknown name.
                names.entry(name.text.clone()).or_insert(Binding::Failed);
            }
            let Some(name) = item.name() else {
                continue;
            };
            let place = Place { file, span: name.span };
            if let Some(first) = places.get(&name.text) {
                diagnostics.push(duplicate(&name.text, *first, place));
                continue;
            }
            places.insert(name.text.clone(), place);
            names.insert(name.text.clone(), Binding::Item(ItemId { module: id, index }));
        }
        let mut uses = Vec::new();
        for (path, alias) in imports {
            let binding = self.import(file, &path, sources, queue, diagnostics);
            let name = alias.unwrap_or_else(|| path.last().clone());
            let place = Place { file, span: name.span };
            if let Some(first) = places.get(&name.text) {
                diagnostics.push(duplicate(&name.text, *first, place));
                continue;
            }
            places.insert(name.text.clone(), place);
            names.insert(name.text.clone(), binding);
            uses.push(name);
        }
        self.modules[id.0].names = names;
        self.modules[id.0].uses = uses;
    }

    fn import(
        &mut self,
        importer: FileId,
        path: &Path,
        sources: &dyn Sources,
        queue: &mut VecDeque<ModuleId>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Binding {
        let segments: Vec<String> = path.segments.iter().map(|name| name.text.clone()).collect();
        if let Some(binding) = self.module_at(importer, &segments, sources, queue, diagnostics) {
            return binding;
        }
        // `use std::vllm::generation_tokens`: a module and a declaration in it.
        let (last, before) = segments.split_last().expect("INVARIANT: a path has at least one segment");
        if !before.is_empty()
            && let Some(Binding::Module(module)) = self.module_at(importer, before, sources, queue, diagnostics)
        {
            return match self.item_in(module, last) {
                Some(item) if is_private(last) => {
                    diagnostics.push(self.private(item, Place { file: importer, span: path.last().span }));
                    Binding::Failed
                }
                Some(item) => Binding::Item(item),
                None => {
                    let place = Place { file: importer, span: path.last().span };
                    diagnostics.push(self.unknown_in_module(module, path.last(), place));
                    Binding::Failed
                }
            };
        }
        let known: Vec<String> = if segments[0] == "std" {
            farthing_stdlib::MODULES.iter().map(|(name, _)| format!("std::{name}")).collect()
        } else {
            let siblings = sources.siblings(&self.sources.file(importer).name);
            let library = farthing_stdlib::MODULES.iter().map(|(name, _)| format!("std::{name}"));
            siblings.into_iter().chain(library).collect()
        };
        diagnostics.push(unknown_module(path, importer, &known));
        Binding::Failed
    }

    /// The module or folder of modules with exactly this path.
    fn module_at(
        &mut self,
        importer: FileId,
        segments: &[String],
        sources: &dyn Sources,
        queue: &mut VecDeque<ModuleId>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Binding> {
        if segments[0] == "std" {
            let inner = segments[1..].join("::");
            if let Some(module) = self.library(&inner, queue, diagnostics) {
                return Some(Binding::Module(module));
            }
            let folder = format!("{inner}::");
            let is_folder =
                !inner.is_empty() && farthing_stdlib::MODULES.iter().any(|(name, _)| name.starts_with(&folder));
            if is_folder {
                // Everything below is loaded, so that later stages need not load.
                for (name, _) in farthing_stdlib::MODULES.iter().filter(|(name, _)| name.starts_with(&folder)) {
                    self.library(name, queue, diagnostics);
                }
                return Some(Binding::Folder(inner));
            }
            return None;
        }
        let file = sources.module(&self.sources.file(importer).name, segments)?;
        if let Some(known) = self.sources.find(&file.name) {
            return self.by_file.get(&known).map(|module| Binding::Module(*module));
        }
        let module = self.add(file, false, diagnostics);
        queue.push_back(module);
        Some(Binding::Module(module))
    }

    /// A module of the standard library by its path without `std::`.
    fn library(
        &mut self,
        path: &str,
        queue: &mut VecDeque<ModuleId>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<ModuleId> {
        let name = format!("std::{path}");
        if let Some(file) = self.sources.find(&name) {
            return self.by_file.get(&file).copied();
        }
        let text = farthing_stdlib::module(path)?;
        let id = self.add(SourceFile { name, text: text.to_string() }, false, diagnostics);
        queue.push_back(id);
        Some(id)
    }

    /// The loaded module of the standard library with this path.
    pub fn loaded_library(&self, path: &str) -> Option<ModuleId> {
        self.by_file.get(&self.sources.find(&format!("std::{path}"))?).copied()
    }

    pub fn module(&self, id: ModuleId) -> &Module {
        &self.modules[id.0]
    }

    pub fn item(&self, id: ItemId) -> &Item {
        &self.modules[id.module.0].tree.items[id.index]
    }

    /// What messages call a module: `std::vllm`, `prices.slo`.
    pub fn module_name(&self, id: ModuleId) -> &str {
        &self.sources.file(self.modules[id.0].file).name
    }

    /// The declaration with this name that the module itself makes; what it imports is not seen from outside.
    pub fn item_in(&self, module: ModuleId, name: &str) -> Option<ItemId> {
        // A module that is still to be bound has no names yet: its items are looked through instead.
        match self.modules[module.0].names.get(name) {
            Some(Binding::Item(item)) if item.module == module => Some(*item),
            Some(_) => None,
            None if !self.modules[module.0].names.is_empty() => None,
            None => {
                let items = &self.modules[module.0].tree.items;
                let index = items.iter().position(|item| item.name().is_some_and(|own| own.text == name))?;
                Some(ItemId { module, index })
            }
        }
    }

    /// What a name stands for in a module that refers to it.
    pub fn binding(&self, module: ModuleId, name: &str) -> Option<&Binding> {
        let found = self.modules[module.0].names.get(name)?;
        self.mark_used(module, name);
        if let Binding::Item(item) = found
            && item.module != module
            && let Some(own) = self.item(*item).name()
        {
            self.mark_used(item.module, &own.text);
        }
        Some(found)
    }

    /// Remembers that something refers to a name of a module.
    pub fn mark_used(&self, module: ModuleId, name: &str) {
        self.used.borrow_mut().insert((module, name.to_string()));
    }

    /// Whether something refers to a name of a module.
    pub fn is_used(&self, module: ModuleId, name: &str) -> bool {
        self.used.borrow().contains(&(module, name.to_string()))
    }

    /// A name that another file keeps to itself.
    pub fn private(&self, item: ItemId, used_at: Place) -> Diagnostic {
        let name = self.item(item).name().map_or("", |name| name.text.as_str());
        let span = self.item(item).name().map_or(self.item(item).span, |name| name.span);
        let declared = Place { file: self.modules[item.module.0].file, span };
        let message = format!("`{name}` is private to `{}`", self.module_name(item.module));
        Diagnostic::error(codes::PRIVATE, message, used_at, "used from another file")
            .label(declared, "its name begins with `_`")
            .help("use what the file offers, or give it a name without `_` there")
    }

    /// Whether any metric that is declared or imported has this label.
    pub fn declares_label(&self, label: &str) -> bool {
        self.modules.iter().flat_map(|module| &module.tree.items).any(|item| match &item.kind {
            ItemKind::Instrument(instrument) => instrument.labels.iter().any(|own| own.name.text == label),
            _ => false,
        })
    }

    /// The names of the declarations in a module.
    pub fn names_in(&self, module: ModuleId) -> Vec<&str> {
        self.modules[module.0].tree.items.iter().filter_map(Item::name).map(|name| name.text.as_str()).collect()
    }

    /// Whether one more unknown name may be compared with the known ones.
    pub fn may_search(&self) -> bool {
        self.compared.get() < MAX_COMPARED
    }

    /// As [`suggest::nearest`], until too many were compared.
    pub fn nearest<'a, I>(&self, name: &str, candidates: impl FnOnce() -> I) -> Option<&'a str>
    where
        I: IntoIterator<Item = &'a str>,
    {
        if !self.may_search() {
            return None;
        }
        let compared = candidates().into_iter().inspect(|_| self.compared.set(self.compared.get() + 1));
        suggest::nearest(name, compared)
    }

    pub fn unknown_in_module(&self, module: ModuleId, name: &Name, place: Place) -> Diagnostic {
        let message = format!("`{}` has no `{}`", self.module_name(module), name.text);
        let diagnostic = Diagnostic::error(codes::UNKNOWN_NAME, message, place, "not declared there");
        let offered = || self.names_in(module).into_iter().filter(|name| !is_private(name));
        match self.nearest(&name.text, offered) {
            Some(near) => diagnostic.did_you_mean(place, near),
            None => diagnostic.help(format!("`farthing doc {}` lists what it has", self.module_name(module))),
        }
    }
}

/// Whether a name is seen in its own file only.
pub(crate) fn is_private(name: &str) -> bool {
    name.starts_with('_')
}

/// Two declarations of one name.
pub(crate) fn duplicate(name: &str, first: Place, second: Place) -> Diagnostic {
    Diagnostic::error(codes::DUPLICATE_NAME, format!("`{name}` is declared twice"), second, "declared again here")
        .label(first, "first declared here")
        .help("give one of them another name, or remove it")
}

fn unknown_module(path: &Path, importer: FileId, known: &[String]) -> Diagnostic {
    let place = Place { file: importer, span: path.span };
    let text = path.text();
    let diagnostic =
        Diagnostic::error(codes::UNKNOWN_MODULE, format!("there is no module `{text}`"), place, "imported here");
    // "std::vlm" is near "std::vllm", and "vllm" is a part of it.
    let within = |name: &&String| name.rsplit("::").next() == Some(text.as_str());
    let mut within = known.iter().filter(within).map(String::as_str);
    let first = within.next();
    // Of two modules that end so, which one is meant nobody knows.
    if let (Some(one), Some(other)) = (first, within.next()) {
        return diagnostic.help(format!("did you mean `{one}` or `{other}`?"));
    }
    match first.or_else(|| suggest::nearest(&text, known.iter().map(String::as_str))) {
        Some(near) => diagnostic.did_you_mean(place, near),
        None if known.is_empty() => diagnostic.help("put the module's .slo file beside this one"),
        None => diagnostic.help(format!("there are: {}", known.join(", "))),
    }
}
