ALTER TABLE orders ADD half int; ALTER TABLE nowhere ADD other int;
