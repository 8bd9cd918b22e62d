//! A shop of the size of Magento's: entities with a table for each type of value, documents with items and addresses,
//! indexes with their replicas for each store, and keys across them all.

use std::fmt::Write as _;

/// The types of value; an entity has a table for each.
const VALUES: [(&str, &str); 5] = [
    ("datetime", "datetime DEFAULT NULL"),
    ("decimal", "decimal(20,6) DEFAULT NULL"),
    ("int", "int DEFAULT NULL"),
    ("text", "mediumtext"),
    ("varchar", "varchar(255) DEFAULT NULL"),
];

const ENTITIES: [&str; 8] = [
    "catalog_product",
    "catalog_category",
    "customer",
    "customer_address",
    "cms_block",
    "quote_address",
    "vendor",
    "company",
];

const DOCUMENTS: [&str; 8] =
    ["order", "invoice", "creditmemo", "shipment", "quote", "return", "subscription", "giftcard"];

const INDEXES: [&str; 10] = [
    "product_price",
    "product_eav",
    "product_eav_decimal",
    "category_product",
    "stock_status",
    "rule_product",
    "search_fulltext",
    "url_rewrite",
    "bestsellers",
    "viewed",
];

const STORES: u32 = 7;

/// Writes the statements that create it.
pub fn statements() -> String {
    let mut sql = String::from(
        "CREATE TABLE store_website (website_id smallint unsigned NOT NULL AUTO_INCREMENT, code varchar(32) DEFAULT NULL, \
         is_default smallint unsigned DEFAULT '0', PRIMARY KEY (website_id), UNIQUE KEY WEBSITE_CODE (code));
         CREATE TABLE store_group (group_id smallint unsigned NOT NULL AUTO_INCREMENT, website_id smallint unsigned NOT \
         NULL DEFAULT '0', name varchar(255) NOT NULL, PRIMARY KEY (group_id), KEY STORE_GROUP_WEBSITE_ID (website_id), \
         CONSTRAINT FK_STORE_GROUP_WEBSITE FOREIGN KEY (website_id) REFERENCES store_website (website_id) ON DELETE CASCADE);
         CREATE TABLE store (store_id smallint unsigned NOT NULL AUTO_INCREMENT, code varchar(32) DEFAULT NULL, group_id \
         smallint unsigned NOT NULL DEFAULT '0', PRIMARY KEY (store_id), UNIQUE KEY STORE_CODE (code), KEY STORE_GROUP_ID \
         (group_id), CONSTRAINT FK_STORE_GROUP FOREIGN KEY (group_id) REFERENCES store_group (group_id) ON DELETE CASCADE);
         CREATE TABLE eav_attribute (attribute_id smallint unsigned NOT NULL AUTO_INCREMENT COMMENT 'Attribute ID', \
         entity_type_id smallint unsigned NOT NULL DEFAULT '0', attribute_code varchar(255) NOT NULL, backend_type \
         varchar(8) NOT NULL DEFAULT 'static', default_value text, note varchar(255) DEFAULT NULL, PRIMARY KEY \
         (attribute_id), UNIQUE KEY EAV_ATTRIBUTE_TYPE_CODE (entity_type_id, attribute_code)) COMMENT='Eav Attribute';\n",
    );
    for entity in ENTITIES {
        entity_tables(entity, &mut sql);
    }
    for document in DOCUMENTS {
        document_tables(document, &mut sql);
    }
    for index in INDEXES {
        index_tables(index, &mut sql);
    }
    sql
}

fn entity_tables(entity: &str, sql: &mut String) {
    let _ = writeln!(
        sql,
        "CREATE TABLE {entity}_entity (entity_id int unsigned NOT NULL AUTO_INCREMENT, attribute_set_id smallint unsigned \
         NOT NULL DEFAULT '0', sku varchar(64) DEFAULT NULL, created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP, \
         updated_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, PRIMARY KEY (entity_id), \
         KEY {entity}_SKU (sku)) COMMENT='{entity} of the shop';"
    );
    for (kind, value) in VALUES {
        let _ = writeln!(
            sql,
            "CREATE TABLE {entity}_entity_{kind} (value_id int NOT NULL AUTO_INCREMENT COMMENT 'Value ID', attribute_id \
             smallint unsigned NOT NULL DEFAULT '0', store_id smallint unsigned NOT NULL DEFAULT '0', entity_id int \
             unsigned NOT NULL DEFAULT '0', value {value}, PRIMARY KEY (value_id), UNIQUE KEY U_{entity}_{kind} \
             (entity_id, attribute_id, store_id), KEY A_{entity}_{kind} (attribute_id), KEY S_{entity}_{kind} (store_id), \
             CONSTRAINT FA_{entity}_{kind} FOREIGN KEY (attribute_id) REFERENCES eav_attribute (attribute_id) ON DELETE \
             CASCADE, CONSTRAINT FE_{entity}_{kind} FOREIGN KEY (entity_id) REFERENCES {entity}_entity (entity_id) ON \
             DELETE CASCADE);"
        );
    }
    for link in ["website", "store", "tag", "media", "link", "option"] {
        let _ = writeln!(
            sql,
            "CREATE TABLE {entity}_{link} (entity_id int unsigned NOT NULL, {link}_id smallint unsigned NOT NULL, position \
             int NOT NULL DEFAULT '0', label varchar(255) DEFAULT NULL, disabled tinyint(1) NOT NULL DEFAULT '0', PRIMARY \
             KEY (entity_id, {link}_id), KEY {entity}_{link}_ID ({link}_id, position));"
        );
    }
}

fn document_tables(document: &str, sql: &mut String) {
    let money = ["grand_total", "subtotal", "tax_amount", "shipping_amount", "discount_amount"];
    let money: String = money.iter().map(|name| format!("{name} decimal(20,4) DEFAULT NULL, ")).collect();
    let _ = writeln!(
        sql,
        "CREATE TABLE sales_{document} (entity_id int unsigned NOT NULL AUTO_INCREMENT, state varchar(32) DEFAULT NULL, \
         store_id smallint unsigned DEFAULT NULL, {money}increment_id varchar(50) DEFAULT NULL, extra json DEFAULT NULL, \
         PRIMARY KEY (entity_id), UNIQUE KEY U_{document} (increment_id, store_id), KEY S_{document} (state), CONSTRAINT \
         FS_{document} FOREIGN KEY (store_id) REFERENCES store (store_id) ON DELETE SET NULL);"
    );
    for part in ["item", "address", "comment", "payment", "tax", "status", "track"] {
        let _ = writeln!(
            sql,
            "CREATE TABLE sales_{document}_{part} (entity_id int unsigned NOT NULL AUTO_INCREMENT, parent_id int unsigned \
             NOT NULL, name varchar(255) DEFAULT NULL, {money}comment text, created_at timestamp NOT NULL DEFAULT \
             CURRENT_TIMESTAMP, PRIMARY KEY (entity_id), KEY P_{document}_{part} (parent_id), KEY C_{document}_{part} \
             (created_at), CONSTRAINT FP_{document}_{part} FOREIGN KEY (parent_id) REFERENCES sales_{document} (entity_id) \
             ON DELETE CASCADE);"
        );
    }
    let _ = writeln!(
        sql,
        "CREATE TABLE sales_{document}_grid (entity_id int unsigned NOT NULL, {money}billing_name varchar(255) DEFAULT \
         NULL, customer_email varchar(255) DEFAULT NULL, PRIMARY KEY (entity_id), FULLTEXT KEY FT_{document} \
         (billing_name, customer_email)) COMMENT='Grid of sales_{document}';"
    );
    for period in ["daily", "monthly", "yearly"] {
        let _ = writeln!(
            sql,
            "CREATE TABLE sales_{document}_{period} (period date NOT NULL, store_id smallint unsigned NOT NULL DEFAULT '0', \
             total decimal(20,4) NOT NULL DEFAULT '0.0000', rating_pos smallint unsigned NOT NULL DEFAULT '0', PRIMARY KEY \
             (period, store_id));"
        );
    }
}

fn index_tables(index: &str, sql: &mut String) {
    let stores =
        (1..=STORES).flat_map(|store| ["", "_replica"].map(|suffix| format!("{index}_index_store{store}{suffix}")));
    let columns = "entity_id int unsigned NOT NULL, website_id smallint unsigned NOT NULL, price decimal(20,6) DEFAULT \
                   NULL, position int DEFAULT NULL, is_parent smallint unsigned NOT NULL DEFAULT '0', PRIMARY KEY \
                   (entity_id, website_id)";
    for table in stores.chain([format!("{index}_index_idx")]) {
        let _ = writeln!(sql, "CREATE TABLE {table} ({columns}, KEY BY_PRICE (website_id, price, position));");
    }
    let _ = writeln!(sql, "CREATE TABLE {index}_index_tmp ({columns}, KEY BY_WEBSITE (website_id)) ENGINE=MEMORY;");
}
