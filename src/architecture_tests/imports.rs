//! Reads from Rust source text which paths a file names, and which names it defines or imports.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};

/// What one module says: its own names, and the paths that its code names.
#[derive(Debug, Default)]
pub struct Module {
    /// The path of its file from the root of the repository.
    pub file: String,
    /// The names of its types, functions, constants, statics, traits and macros.
    pub items: BTreeSet<String>,
    /// The child modules, each with whether a file of its own holds it.
    pub children: BTreeMap<String, Child>,
    /// What each `use` brings into scope, by the name that it has here.
    pub imports: BTreeMap<String, Vec<String>>,
    /// The modules whose names a `use ..::*` brings into scope.
    pub globs: Vec<Vec<String>>,
    /// Each path that the code names, imports included.
    pub mentions: Vec<Mention>,
}

/// A child module.
#[derive(Debug)]
pub enum Child {
    /// `mod name;`
    File,
    /// `mod name { .. }`
    Inline(Box<Module>),
}

/// A path as the code names it.
#[derive(Debug, Clone)]
pub struct Mention {
    pub path: Vec<String>,
    pub line: usize,
    pub kind: MentionKind,
}

/// Where a path is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MentionKind {
    /// In a `use` that others do not see.
    Use,
    /// In a `pub use`: a name that is handed on. Who takes it from here depends on where it is defined.
    ReExport,
    /// In a signature, a type, a pattern, an expression, a macro or an attribute.
    Code,
}

/// Returns the module that a file's text holds, without its tests.
pub fn module(file: &str, text: &str) -> syn::Result<Module> {
    let parsed = syn::parse_file(text)?;
    Ok(collect(file, &parsed.items))
}

fn collect(file: &str, items: &[syn::Item]) -> Module {
    let mut collector = Collector { module: Module { file: file.to_owned(), ..Module::default() } };
    for item in items {
        collector.visit_item(item);
    }
    collector.module
}

struct Collector {
    module: Module,
}

impl Collector {
    fn mention(&mut self, path: Vec<String>, line: usize, kind: MentionKind) {
        self.module.mentions.push(Mention { path, line, kind });
    }

    fn import(&mut self, tree: &syn::UseTree, before: &[String], kind: MentionKind) {
        let with = |ident: &syn::Ident| before.iter().cloned().chain([ident.to_string()]).collect::<Vec<_>>();
        match tree {
            syn::UseTree::Path(path) => self.import(&path.tree, &with(&path.ident), kind),
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.import(tree, before, kind)),
            syn::UseTree::Name(name) if name.ident == "self" => {
                self.bring(before.last().cloned().unwrap_or_default(), before.to_vec(), &name.ident, kind);
            }
            syn::UseTree::Name(name) => self.bring(name.ident.to_string(), with(&name.ident), &name.ident, kind),
            syn::UseTree::Rename(rename) => {
                let path = if rename.ident == "self" { before.to_vec() } else { with(&rename.ident) };
                self.bring(rename.rename.to_string(), path, &rename.ident, kind);
            }
            syn::UseTree::Glob(glob) => {
                let line = glob.star_token.spans[0].start().line;
                self.module.globs.push(before.to_vec());
                self.mention(before.to_vec(), line, kind);
            }
        }
    }

    fn bring(&mut self, name: String, path: Vec<String>, at: &syn::Ident, kind: MentionKind) {
        self.module.imports.insert(name, path.clone());
        self.mention(path, at.span().start().line, kind);
    }

    /// Takes the paths out of tokens that are not parsed: of a macro, or of an attribute.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut line = 0;
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) if colons == 2 && !path.is_empty() => path.push(ident.to_string()),
                TokenTree::Punct(punct) if punct.as_char() == ':' => {
                    colons += 1;
                    continue;
                }
                TokenTree::Ident(ident) => {
                    self.end_path(&mut path, line);
                    line = ident.span().start().line;
                    path.push(ident.to_string());
                }
                TokenTree::Group(group) => {
                    self.end_path(&mut path, line);
                    self.tokens(group.stream());
                }
                TokenTree::Literal(literal) => {
                    self.end_path(&mut path, line);
                    self.path_in_literal(&literal);
                }
                TokenTree::Punct(_) => self.end_path(&mut path, line),
            }
            colons = 0;
        }
        self.end_path(&mut path, line);
    }

    fn end_path(&mut self, path: &mut Vec<String>, line: usize) {
        if !path.is_empty() {
            self.mention(std::mem::take(path), line, MentionKind::Code);
        }
    }

    /// Takes a path such as that of `#[serde(with = "super::seconds")]`.
    fn path_in_literal(&mut self, literal: &proc_macro2::Literal) {
        let text = literal.to_string();
        let Some(text) = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) else { return };
        let Ok(path) = syn::parse_str::<syn::Path>(text) else { return };
        if path.segments.len() > 1 {
            self.mention(segments(&path), literal.span().start().line, MentionKind::Code);
        }
    }
}

impl<'ast> Visit<'ast> for Collector {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if is_test(attributes(item)) {
            return;
        }
        if let Some(name) = name(item) {
            self.module.items.insert(name);
        }
        visit::visit_item(self, item);
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        let child = match &module.content {
            Some((_, items)) => Child::Inline(Box::new(collect(&self.module.file, items))),
            None => Child::File,
        };
        self.module.children.insert(module.ident.to_string(), child);
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let kind = match item.vis {
            syn::Visibility::Inherited => MentionKind::Use,
            _ => MentionKind::ReExport,
        };
        self.import(&item.tree, &[], kind);
    }

    fn visit_impl_item(&mut self, item: &'ast syn::ImplItem) {
        let attributes = match item {
            syn::ImplItem::Fn(function) => &function.attrs,
            syn::ImplItem::Const(constant) => &constant.attrs,
            _ => return visit::visit_impl_item(self, item),
        };
        if !is_test(attributes) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if let Some(first) = path.segments.first() {
            self.mention(segments(path), first.ident.span().start().line, MentionKind::Code);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.visit_path(&call.path);
        self.tokens(call.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        match &attribute.meta {
            syn::Meta::List(list) if !list.path.is_ident("cfg") => self.tokens(list.tokens.clone()),
            _ => {}
        }
    }

    /// Skips the `super` of `pub(super)`, which is no import.
    fn visit_vis_restricted(&mut self, _: &'ast syn::VisRestricted) {}
}

fn segments(path: &syn::Path) -> Vec<String> {
    path.segments.iter().map(|segment| segment.ident.to_string()).collect()
}

fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        syn::Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string() == "test",
        syn::Meta::Path(path) => path.is_ident("test"),
        syn::Meta::NameValue(_) => false,
    })
}

fn attributes(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Enum(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Macro(item) => &item.attrs,
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Static(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Trait(item) => &item.attrs,
        syn::Item::Type(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn name(item: &syn::Item) -> Option<String> {
    let ident = match item {
        syn::Item::Const(item) => &item.ident,
        syn::Item::Enum(item) => &item.ident,
        syn::Item::Fn(item) => &item.sig.ident,
        syn::Item::Macro(item) => item.ident.as_ref()?,
        syn::Item::Static(item) => &item.ident,
        syn::Item::Struct(item) => &item.ident,
        syn::Item::Trait(item) => &item.ident,
        syn::Item::Type(item) => &item.ident,
        _ => return None,
    };
    Some(ident.to_string())
}
