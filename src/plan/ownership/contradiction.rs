//! A contradiction between two declarations, and how one attribute of one object is compared.

use crate::plan::change::Attribute;
use crate::plan::target::{is_of_charset, same_charset, same_collation};
use crate::schema::{Identifier, ObjectRef, TableObject};

/// One attribute of one object that two resources declare differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contradiction {
    pub place: ObjectRef,
    pub attribute: Attribute,
    pub mine: String,
    pub theirs: String,
}

/// What two resources declare of one attribute.
#[derive(Debug)]
pub struct Both<'a, T> {
    pub mine: Option<&'a T>,
    pub theirs: Option<&'a T>,
}

impl<'a, T> Both<'a, T> {
    /// Holds what each declares, or does not.
    pub fn of(mine: Option<&'a T>, theirs: Option<&'a T>) -> Self {
        Self { mine, theirs }
    }
}

impl<T> Clone for Both<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Both<'_, T> {}

/// A character set and a collation as one resource declares them.
#[derive(Debug, Clone, Copy)]
pub struct DeclaredCharset<'a> {
    pub charset: Option<&'a String>,
    pub collation: Option<&'a String>,
}

/// One object that two resources declare, and the contradictions so far.
pub struct ObjectComparison<'a> {
    pub table: &'a Identifier,
    pub object: TableObject,
    pub found: &'a mut Vec<Contradiction>,
}

impl ObjectComparison<'_> {
    /// Notes a contradiction.
    pub fn note(&mut self, attribute: Attribute, mine: impl Into<String>, theirs: impl Into<String>) {
        let place = ObjectRef { table: self.table.clone(), object: self.object.clone() };
        self.found.push(Contradiction { place, attribute, mine: mine.into(), theirs: theirs.into() });
    }

    /// Notes a contradiction where both declare an attribute, and not the same by this rule.
    pub fn compare_by<T>(
        &mut self,
        attribute: Attribute,
        both: Both<'_, T>,
        is_same: impl Fn(&T, &T) -> bool,
        text: impl Fn(&T) -> String,
    ) {
        if let Both { mine: Some(mine), theirs: Some(theirs) } = both
            && !is_same(mine, theirs)
        {
            self.note(attribute, text(mine), text(theirs));
        }
    }

    /// Notes a contradiction where both declare an attribute, and not the same.
    pub fn compare<T: PartialEq + ToString>(&mut self, attribute: Attribute, mine: Option<&T>, theirs: Option<&T>) {
        self.compare_by(attribute, Both::of(mine, theirs), |one, other| one == other, T::to_string);
    }

    /// Compares character sets and collations. Where one resource declares only a collation, it implies a character set.
    pub fn compare_charset(&mut self, mine: DeclaredCharset<'_>, theirs: DeclaredCharset<'_>) {
        let same_charset = |one: &String, other: &String| same_charset(one, other);
        self.compare_by(Attribute::Charset, Both::of(mine.charset, theirs.charset), same_charset, String::clone);
        let same_collation = |one: &String, other: &String| same_collation(one, other);
        self.compare_by(
            Attribute::Collation,
            Both::of(mine.collation, theirs.collation),
            same_collation,
            String::clone,
        );
        if mine.charset.is_none() || theirs.charset.is_none() {
            let of_charset = |collation: &String, charset: &String| is_of_charset(collation, charset);
            self.compare_by(Attribute::Collation, Both::of(mine.collation, theirs.charset), of_charset, String::clone);
            let of_collation = |charset: &String, collation: &String| is_of_charset(collation, charset);
            self.compare_by(Attribute::Charset, Both::of(mine.charset, theirs.collation), of_collation, String::clone);
        }
    }
}
