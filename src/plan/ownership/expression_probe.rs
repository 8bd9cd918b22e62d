//! Expressions of a contract that are not provably equal to the live ones of the same name. Only the server knows whether
//! they mean the same: a rehearsal replaces the live expression, and nothing may change.

use super::requirement::unmet;
use crate::schema::{
    DeclaredCheck, DeclaredColumn, DeclaredSchema, DeclaredTable, Expression, Generation, ObjectRef, Schema,
    TableObject,
};

/// A required expression, and the live one that may be the same in other words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpressionProbe {
    pub place: ObjectRef,
    pub live: Expression,
    /// A declaration of this expression alone, in place of the live one.
    pub probe: DeclaredSchema,
}

/// Returns the expressions of `required` that have the name of another expression in `live`.
pub fn expression_probes(required: &DeclaredSchema, live: &Schema) -> Vec<ExpressionProbe> {
    let of_expressions = unmet(required, live).into_iter().filter(|unmet| unmet.attribute.is_expression());
    of_expressions.filter_map(|unmet| probe(required, live, unmet.place)).collect()
}

fn probe(required: &DeclaredSchema, live: &Schema, place: ObjectRef) -> Option<ExpressionProbe> {
    let required = required.tables.iter().find(|table| table.name == place.table)?;
    let table = live.table(&place.table)?;
    let mut probe = DeclaredTable::named(table.name.clone());
    let live = match &place.object {
        TableObject::Check(name) => {
            let live = table.check(name)?;
            let expression = required.checks.iter().find(|check| check.name == *name)?.expression.clone();
            probe.checks = vec![DeclaredCheck { name: live.name.clone(), expression, enforced: None }];
            live.expression.clone()
        }
        TableObject::Column(name) => {
            let required = required.columns.iter().find(|column| column.name == *name)?;
            let live = table.column(name)?;
            let column = DeclaredColumn::named(live.name.clone());
            let (column, expression) = match (&required.generated, live.generated()) {
                (Some(required), Some(live)) => {
                    let generated = Generation { expression: required.expression.clone(), storage: live.storage };
                    (DeclaredColumn { generated: Some(generated), ..column }, live.expression.clone())
                }
                _ => (DeclaredColumn { check: required.check.clone(), ..column }, live.check.clone()?),
            };
            probe.columns = vec![column];
            expression
        }
        _ => return None,
    };
    Some(ExpressionProbe { place, live, probe: DeclaredSchema { tables: vec![probe], absent_tables: Vec::new() } })
}
