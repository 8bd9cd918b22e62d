use super::super::*;

fn dialects() -> [Dialect; 2] {
    ["9.7.4", "10.11.6-MariaDB"].map(|version| Dialect::parse(version).unwrap())
}

fn name(text: &str) -> Identifier {
    Identifier::new(text).unwrap()
}

fn column(data_type: &str, change: impl FnOnce(&mut Column)) -> Column {
    let mut column = Column { nullable: false, ..Column::new(name("c"), DataType::parse(data_type).unwrap()) };
    change(&mut column);
    column
}

fn value(text: &str) -> ColumnDefault {
    ColumnDefault::Value(text.to_owned())
}

fn expression(text: &str) -> Expression {
    Expression::new(text).unwrap()
}

#[test]
fn writes_defaults_as_each_type_needs_them() {
    let computed = |text: &str| ColumnDefault::Expression(expression(text));
    for (data_type, default, written) in [
        ("int", value("0"), Some("'0'")),
        ("varchar(9)", value("it's"), Some("'it''s'")),
        ("varchar(9)", value("b'1'"), Some("'b''1'''")),
        ("varchar(9)", value("0x41"), Some("'0x41'")),
        ("bit(3)", value("b'101'"), Some("b'101'")),
        ("bit(3)", value("5"), Some("5")),
        ("bit(3)", value("b'1', x int"), Some("'b''1'', x int'")),
        ("binary(2)", value("0x4142"), Some("0x4142")),
        ("binary(2)", value("AB"), Some("'AB'")),
        ("int", ColumnDefault::None, None),
        ("varchar(36)", computed("uuid()"), Some("(uuid())")),
        ("datetime", computed("CURRENT_TIMESTAMP"), Some("CURRENT_TIMESTAMP")),
        ("datetime", computed("now()"), Some("(now())")),
        ("timestamp(3)", computed("current_timestamp(3)"), Some("CURRENT_TIMESTAMP(3)")),
        ("timestamp(3)", computed("current_timestamp(6)"), Some("(current_timestamp(6))")),
        ("varchar(30)", computed("now()"), Some("(now())")),
    ] {
        let data_type = DataType::parse(data_type).unwrap();
        assert_eq!(default.sql(&data_type).as_deref(), written);
    }
}

#[test]
fn writes_columns_for_both_servers() {
    let text = column("varchar(64)", |c| {
        c.name = name("a`b");
        c.charset = Some("utf8mb4".to_owned());
        c.collation = Some("utf8mb4_bin".to_owned());
        c.comment = "it's".to_owned();
        c.visible = false;
        c.nullable = true;
    });
    let changed = column("timestamp(3)", |c| {
        c.nullable = true;
        c.on_update_now = true;
        c.fill = Fill::Default(ColumnDefault::Expression(Expression::current_timestamp(3)));
    });
    let generated = column("int", |c| {
        c.fill = Fill::Generated(Generation { expression: expression("a + 1"), storage: Storage::Stored });
    });
    let place = column("point", |c| c.srid = Some(4326));
    let counter = column("bigint unsigned", |c| c.fill = Fill::AutoIncrement);
    let squeezed = column("text", |c| {
        c.compressed = true;
        c.check = Some(expression("c <> ''"));
    });
    for (column, mysql, mariadb) in [
        (
            text,
            "`a``b` varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL INVISIBLE COMMENT 'it''s'",
            "`a``b` varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL INVISIBLE COMMENT 'it''s'",
        ),
        (
            changed,
            "`c` timestamp(3) NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3)",
            "`c` timestamp(3) NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3)",
        ),
        (
            generated,
            "`c` int GENERATED ALWAYS AS (a + 1) STORED NOT NULL",
            "`c` int GENERATED ALWAYS AS (a + 1) STORED",
        ),
        (place, "`c` point NOT NULL SRID 4326", "`c` point REF_SYSTEM_ID=4326 NOT NULL"),
        (counter, "`c` bigint unsigned NOT NULL AUTO_INCREMENT", "`c` bigint unsigned NOT NULL AUTO_INCREMENT"),
        (squeezed, "`c` text NOT NULL CHECK (c <> '')", "`c` text COMPRESSED NOT NULL CHECK (c <> '')"),
    ] {
        let [on_mysql, on_mariadb] = dialects().map(|dialect| column.definition(dialect));
        assert_eq!((on_mysql.as_str(), on_mariadb.as_str()), (mysql, mariadb));
    }
}

#[test]
fn writes_indexes_and_constraints() {
    let index = |kind| Index {
        name: name("i"),
        kind,
        parts: ["a(10) desc", "(b + 1)"].map(|part| KeyPart::parse(part).unwrap()).into(),
        algorithm: Some(IndexAlgorithm::BTree),
        comment: "x".to_owned(),
        visible: false,
        key_block_size: Some(8),
        other: String::new(),
    };
    let [mysql, mariadb] = dialects();
    assert_eq!(
        index(IndexKind::Unique).definition(mysql),
        "UNIQUE INDEX `i` (`a`(10) DESC, (b + 1)) USING BTREE KEY_BLOCK_SIZE=8 COMMENT 'x' INVISIBLE"
    );
    let fulltext = index(IndexKind::Fulltext { parser: Some(name("ngram")) });
    assert_eq!(
        fulltext.definition(mariadb),
        "FULLTEXT INDEX `i` (`a`(10) DESC, (b + 1)) WITH PARSER `ngram` KEY_BLOCK_SIZE=8 COMMENT 'x' IGNORED"
    );
    let key = ForeignKey {
        name: name("fk"),
        columns: vec![name("a"), name("b")],
        referenced_database: Some(name("other")),
        referenced_table: name("t"),
        referenced_columns: vec![name("x"), name("y")],
        on_delete: ReferentialAction::Cascade,
        on_update: ReferentialAction::Restrict,
    };
    assert_eq!(
        key.definition(mysql),
        "CONSTRAINT `fk` FOREIGN KEY (`a`, `b`) REFERENCES `other`.`t` (`x`, `y`) ON DELETE CASCADE"
    );
    let check = Check { name: name("k"), expression: expression("a > 0"), enforced: false };
    assert_eq!(check.definition(mysql), "CONSTRAINT `k` CHECK (a > 0) NOT ENFORCED");
    assert_eq!(check.definition(mariadb), "CONSTRAINT `k` CHECK (a > 0)");
}

#[test]
fn writes_a_table() {
    let mut options = TableOptions {
        engine: Some("InnoDB".to_owned()),
        charset: Some("utf8mb4".to_owned()),
        collation: Some("utf8mb4_bin".to_owned()),
        comment: "users".to_owned(),
        ..TableOptions::default()
    };
    options.read_create_options("row_format=DYNAMIC max_rows=7 partitioned COMPRESSION=\"zlib\" unknown=1");
    let table = Table {
        name: name("user"),
        columns: vec![column("int", |c| {
            c.name = name("id");
            c.fill = Fill::AutoIncrement;
        })],
        primary_key: Some(PrimaryKey::of(vec![KeyPart::column(name("id"))])),
        indexes: vec![],
        foreign_keys: vec![],
        checks: vec![],
        options,
        partitioning: None,
    };
    let [mysql, _] = dialects();
    assert_eq!(
        table.create_statement(mysql),
        "CREATE TABLE `user` (\n  `id` int NOT NULL AUTO_INCREMENT,\n  PRIMARY KEY (`id`)\n) ENGINE=InnoDB DEFAULT \
         CHARSET=utf8mb4 COLLATE=utf8mb4_bin ROW_FORMAT=DYNAMIC COMPRESSION='ZLIB' MAX_ROWS=7 COMMENT='users'"
    );
}
