//! Makes statements and values of the parser's syntax tree.

use ruff_python_ast::helpers::any_over_expr;
use ruff_python_ast::{self as ast, Expr, FStringPart, InterpolatedStringElement, Operator, Stmt};
use ruff_python_parser::parse_module;
use ruff_text_size::Ranged;

use super::super::file::Lines;
use super::depth::is_shallow;
use super::{Call, Import, InvalidPython, Keyword, Statement, StatementKind, TextValue, Value, WithItem};

/// So many bytes of source are parsed.
const LONGEST: usize = 8 << 20;

/// What is deeper is not looked at.
const DEEPEST_READ: usize = 100;

/// Parses a module.
///
/// # Errors
/// It is no Python of version 3, or nests too deep.
pub fn parse(source: &str) -> Result<Vec<Statement>, InvalidPython> {
    if source.len() > LONGEST {
        return Err(InvalidPython { line: 1, what: format!("it has more than {LONGEST} bytes") });
    }
    if !is_shallow(source) {
        return Err(InvalidPython { line: 1, what: "it nests too deep to be read".to_owned() });
    }
    let lines = Lines::of(source);
    match parse_module(source) {
        Ok(parsed) => Ok(Converter { lines: &lines }.statements(parsed.suite(), 0)),
        Err(error) => {
            let line = lines.at(error.location.start().to_usize());
            Err(InvalidPython { line, what: format!("it is no Python 3: {}", error.error) })
        }
    }
}

struct Converter<'a> {
    lines: &'a Lines,
}

impl Converter<'_> {
    fn line(&self, node: &impl Ranged) -> usize {
        self.lines.at(node.start().to_usize())
    }

    fn statements(&self, statements: &[Stmt], depth: usize) -> Vec<Statement> {
        if depth > DEEPEST_READ {
            return statements.first().map(|first| self.other(first)).into_iter().collect();
        }
        statements.iter().map(|statement| self.statement(statement, depth)).collect()
    }

    fn other(&self, statement: &Stmt) -> Statement {
        Statement { line: self.line(statement), kind: StatementKind::Other }
    }

    fn statement(&self, statement: &Stmt, depth: usize) -> Statement {
        let body = |body: &[Stmt]| self.statements(body, depth + 1);
        let kind = match statement {
            Stmt::Assign(assign) => StatementKind::Assign {
                names: assign.targets.iter().filter_map(name_of).collect(),
                value: self.value(&assign.value, 0),
            },
            Stmt::AnnAssign(assign) => match &assign.value {
                Some(value) => StatementKind::Assign {
                    names: name_of(&assign.target).into_iter().collect(),
                    value: self.value(value, 0),
                },
                None => StatementKind::Other,
            },
            // What is computed is not known afterwards.
            Stmt::AugAssign(assign) => {
                StatementKind::Assign { names: name_of(&assign.target).into_iter().collect(), value: Value::Other }
            }
            Stmt::Expr(expression) => StatementKind::Expression(self.value(&expression.value, 0)),
            Stmt::With(with) => StatementKind::With {
                items: with.items.iter().map(|item| self.with_item(item)).collect(),
                body: body(&with.body),
            },
            Stmt::If(branch) => {
                let others = branch.elif_else_clauses.iter().map(|clause| body(&clause.body));
                StatementKind::Branches(std::iter::once(body(&branch.body)).chain(others).collect())
            }
            Stmt::For(each) => StatementKind::Branches(vec![body(&each.body), body(&each.orelse)]),
            Stmt::While(repeat) => StatementKind::Branches(vec![body(&repeat.body), body(&repeat.orelse)]),
            Stmt::Try(attempt) => {
                let handlers = attempt.handlers.iter().map(|handler| match handler {
                    ast::ExceptHandler::ExceptHandler(handler) => body(&handler.body),
                });
                let parts = [body(&attempt.body)].into_iter().chain(handlers);
                StatementKind::Branches(parts.chain([body(&attempt.orelse), body(&attempt.finalbody)]).collect())
            }
            Stmt::Match(choice) => StatementKind::Branches(choice.cases.iter().map(|case| body(&case.body)).collect()),
            Stmt::FunctionDef(function) => {
                let parameters = &function.parameters;
                StatementKind::Function {
                    name: function.name.to_string(),
                    has_parameters: !(parameters.args.is_empty() && parameters.posonlyargs.is_empty()),
                    body: body(&function.body),
                }
            }
            Stmt::ClassDef(class) => StatementKind::Class { name: class.name.to_string(), body: body(&class.body) },
            Stmt::Import(import) => {
                StatementKind::Import(import.names.iter().map(|alias| imported("", alias)).collect())
            }
            Stmt::ImportFrom(import) => {
                let module = import.module.as_ref().map(ToString::to_string).unwrap_or_default();
                StatementKind::Import(import.names.iter().map(|alias| imported(&module, alias)).collect())
            }
            Stmt::Return(_) | Stmt::Raise(_) => StatementKind::Leave,
            Stmt::Delete(_)
            | Stmt::TypeAlias(_)
            | Stmt::Assert(_)
            | Stmt::Global(_)
            | Stmt::Nonlocal(_)
            | Stmt::Pass(_)
            | Stmt::Break(_)
            | Stmt::Continue(_)
            | Stmt::IpyEscapeCommand(_) => StatementKind::Other,
        };
        Statement { line: self.line(statement), kind }
    }

    fn with_item(&self, item: &ast::WithItem) -> WithItem {
        let name = item.optional_vars.as_deref().and_then(name_of);
        WithItem { value: self.value(&item.context_expr, 0), name }
    }

    fn value(&self, expression: &Expr, depth: usize) -> Value {
        if depth > DEEPEST_READ {
            return Value::Other;
        }
        let depth = depth + 1;
        match expression {
            Expr::NoneLiteral(_) => Value::Nothing,
            Expr::StringLiteral(literal) => {
                Value::Text(TextValue { text: literal.value.to_str().to_owned(), line: self.line(literal) })
            }
            Expr::FString(literal) => self.format_string(literal),
            Expr::Tuple(tuple) => self.sequence(&tuple.elts, depth),
            Expr::List(list) => self.sequence(&list.elts, depth),
            Expr::Set(set) => self.sequence(&set.elts, depth),
            Expr::Name(_) | Expr::Attribute(_) => path_of(expression).map_or(Value::Other, Value::Path),
            Expr::Call(call) => self.call(call, depth),
            Expr::BinOp(sum) if sum.op == Operator::Add => {
                joined(self.value(&sum.left, depth), self.value(&sum.right, depth))
            }
            Expr::BinOp(formatted) if formatted.op == Operator::Mod => {
                beginning(&self.value(&formatted.left, depth), '%')
            }
            // An operation within `a and b()`, a comprehension or the like may run, and may not.
            _ if any_over_expr(expression, is_operation) => Value::Call(Box::new(Call {
                line: self.line(expression),
                path: Vec::new(),
                is_whole_path: false,
                arguments: Vec::new(),
                keywords: Vec::new(),
            })),
            _ => Value::Other,
        }
    }

    fn sequence(&self, elements: &[Expr], depth: usize) -> Value {
        Value::Sequence(elements.iter().map(|element| self.value(element, depth)).collect())
    }

    fn format_string(&self, literal: &ast::ExprFString) -> Value {
        let mut text = String::new();
        for part in &literal.value {
            let part = match part {
                FStringPart::Literal(literal) => {
                    text.push_str(&literal.value);
                    continue;
                }
                FStringPart::FString(part) => part,
            };
            for element in &part.elements {
                match element {
                    InterpolatedStringElement::Literal(literal) => text.push_str(&literal.value),
                    InterpolatedStringElement::Interpolation(_) => return Value::TextBeginning(text),
                }
            }
        }
        Value::Text(TextValue { text, line: self.line(literal) })
    }

    fn call(&self, call: &ast::ExprCall, depth: usize) -> Value {
        let whole = path_of(&call.func);
        let is_whole_path = whole.is_some();
        let path = match (whole, &*call.func) {
            (Some(path), _) => path,
            (None, Expr::Attribute(attribute)) => {
                if attribute.attr.as_str() == "format" {
                    let text = self.value(&attribute.value, depth);
                    if text.text().is_some() {
                        return beginning(&text, '{');
                    }
                }
                vec![attribute.attr.to_string()]
            }
            // What is called is computed.
            _ => Vec::new(),
        };
        let keyword = |keyword: &ast::Keyword| Keyword {
            name: keyword.arg.as_ref().map(ToString::to_string),
            value: self.value(&keyword.value, depth),
        };
        Value::Call(Box::new(Call {
            line: self.line(call),
            path,
            is_whole_path,
            arguments: call.arguments.args.iter().map(|argument| self.value(argument, depth)).collect(),
            keywords: call.arguments.keywords.iter().map(keyword).collect(),
        }))
    }
}

/// Returns whether an expression is a call that looks like an operation of Alembic's.
fn is_operation(expression: &Expr) -> bool {
    const BEGINNINGS: [&str; 5] = ["add_", "alter_", "create_", "drop_", "rename_"];
    let called = match expression {
        Expr::Call(call) => match &*call.func {
            Expr::Attribute(attribute) => Some(attribute.attr.as_str()),
            _ => None,
        },
        _ => None,
    };
    called.is_some_and(|name| BEGINNINGS.iter().any(|beginning| name.starts_with(beginning)))
}

fn name_of(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Name(name) => Some(name.id.to_string()),
        _ => None,
    }
}

/// Returns the parts of a dotted name.
fn path_of(expression: &Expr) -> Option<Vec<String>> {
    let mut parts = Vec::new();
    let mut rest = expression;
    loop {
        match rest {
            Expr::Name(name) => {
                parts.push(name.id.to_string());
                parts.reverse();
                return Some(parts);
            }
            Expr::Attribute(attribute) => {
                parts.push(attribute.attr.to_string());
                rest = &attribute.value;
            }
            _ => return None,
        }
    }
}

fn imported(module: &str, alias: &ast::Alias) -> Import {
    let name = alias.name.as_str();
    let stands_for = if module.is_empty() { name.to_owned() } else { format!("{module}.{name}") };
    let binds = alias.asname.as_ref().map_or(name, |alias| alias.as_str());
    Import { binds: binds.to_owned(), stands_for }
}

/// Joins two texts as `+` does.
fn joined(left: Value, right: Value) -> Value {
    match (left, right) {
        (Value::Text(left), Value::Text(right)) => {
            Value::Text(TextValue { text: left.text + &right.text, line: left.line })
        }
        (Value::Text(left), Value::TextBeginning(right)) => Value::TextBeginning(left.text + &right),
        (Value::Text(left), _) => Value::TextBeginning(left.text),
        (Value::TextBeginning(left), _) => Value::TextBeginning(left),
        _ => Value::Other,
    }
}

/// Returns what is known of a text that is formatted: the part before the first place that is filled in.
fn beginning(text: &Value, mark: char) -> Value {
    match text.text() {
        Some(text) => Value::TextBeginning(text.split(mark).next().unwrap_or_default().to_owned()),
        None => Value::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::super::depth::DEEPEST;
    use super::*;

    /// The tree is dropped, and searched, by functions that call themselves for each level.
    #[test]
    fn the_deepest_source_that_is_parsed_ends_no_thread() {
        let levels = DEEPEST - 10;
        for source in [
            format!("x = {}1{}", "[".repeat(levels), "]".repeat(levels)),
            format!("x = {}1{}", "{1: ".repeat(levels / 2), "}".repeat(levels / 2)),
            format!("x = a{}", ".a".repeat(levels)),
            format!("x = f{}", "()".repeat(levels)),
            format!("x = {}f(){}", "f(".repeat(levels - 1), ")".repeat(levels - 1)),
            format!("x = a{}", "[0]".repeat(levels)),
            format!("x = 1{}", " + 1".repeat(levels)),
            format!("x = 1{}", " ** 1".repeat(levels)),
            format!("x = {}1", "not ".repeat(levels)),
            format!("x = {}1", "lambda a, b: ".repeat(levels / 4)),
            format!("x = {}1", "1 if 1 else ".repeat(levels / 2)),
            format!("x = {}1{}", "f'{".repeat(levels / 4), "}'".repeat(levels / 4)),
            (0..levels / 2).fold(String::new(), |source, level| source + &" ".repeat(level) + "if a:\n")
                + &" ".repeat(levels / 2)
                + "pass\n",
        ] {
            assert!(parse(&source).is_ok(), "{source:.40}: {:?}", parse(&source));
        }
    }
}
