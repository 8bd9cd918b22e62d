-- two tables, as a dump writes them
DROP TABLE IF EXISTS `orders`;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE IF NOT EXISTS `orders` (
  `id` bigint unsigned NOT NULL AUTO_INCREMENT COMMENT 'it''s "one"',
  state enum('new','paid') CHARACTER SET ascii COLLATE ascii_bin DEFAULT 'new',
  total decimal(10,2) GENERATED ALWAYS AS (price * (1 + rate)) STORED,
  changed timestamp(3) NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3),
  extra json DEFAULT (json_array()) INVISIBLE,
  PRIMARY KEY (id),
  UNIQUE KEY `by_state` (`state`(3) DESC, (lower(state))) USING BTREE,
  CONSTRAINT c CHECK (total >= 0) NOT ENFORCED,
  CONSTRAINT f FOREIGN KEY (customer) REFERENCES customers (id) ON DELETE SET NULL ON UPDATE CASCADE
) ENGINE=InnoDB AUTO_INCREMENT=7 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='x'
/*!50100 PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN MAXVALUE) */;
