CREATE TABLE products (name TEXT PRIMARY KEY, price REAL, weight INTEGER, stock INTEGER);
INSERT INTO products VALUES
  ('tide clock', 48.00, 620, 14),
  ('brass hook', 3.50, 85, 240),
  ('deck lamp', 27.90, 410, 32),
  ('mooring rope', 12.00, 900, 75),
  ('small fender', 9.80, 350, 60),
  ('large fender', 18.60, 780, 41),
  ('harbour chart', 15.25, 120, 18),
  ('signal whistle', 2.20, 20, 310),
  ('oilskin jacket', 89.00, 1100, 9),
  ('bilge pump', 64.00, 1450, 12),
  ('boat hook', 21.40, 1230, 27),
  ('anchor light', 33.75, 540, 16);

CREATE TABLE orders (id INTEGER PRIMARY KEY, customer TEXT, product TEXT, quantity INTEGER);
INSERT INTO orders VALUES
  (101, 'Almgren', 'brass hook', 40),
  (102, 'Bassett', 'mooring rope', 6),
  (103, 'Coombe', 'tide clock', 1);
