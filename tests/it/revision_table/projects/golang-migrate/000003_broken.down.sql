ALTER TABLE orders DROP half;
